import type { Deployment } from '../domain/deployment.ts';
import type { ReportRollout } from '../domain/report-model.ts';
import { rolloutFacts } from '../domain/rollout-facts.ts';

/** What keeps the file small, however many clusters there are. */
const MOST_CLUSTERS = 3;

/** What the report shows of what Argo CD says. */
export function reportRollout(deployment: Pick<Deployment, 'sightings'>): ReportRollout | null {
  const facts = rolloutFacts(deployment);
  if (facts === null) return null;
  const { clusters, ...said } = facts;
  const [first, last] = [clusters[0], clusters.at(-1)];
  return {
    clusters: clusters.slice(0, MOST_CLUSTERS).map(({ name }) => name),
    foldedClusters: Math.max(0, clusters.length - MOST_CLUSTERS),
    spread:
      first === undefined || last === undefined || clusters.length === 1
        ? null
        : { from: first.at, to: last.at },
    ...said,
  };
}
