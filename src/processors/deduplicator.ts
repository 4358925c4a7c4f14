import { compareText } from '../domain/compare.ts';
import { DEPLOYMENT_SOURCES, type Deployment } from '../domain/deployment.ts';
import { HOUR } from '../domain/units.ts';

/** Records of the same revision closer together than this speak of one deployment. */
const SAME_DEPLOYMENT_WITHIN = HOUR;

/**
 * One deployment for each group of records that speak of the same one: same revision, component and environment within an
 * hour of the group's first.
 *
 * The strongest source wins (then the earliest, then the smaller id) and keeps all sightings, its own first. The order
 * of the input does not matter; the output is in no promised order.
 */
export function deduplicate(deployments: readonly Deployment[]): Deployment[] {
  const byRevision = new Map<string, Deployment[]>();
  for (const deployment of deployments) {
    const key = [
      deployment.repository,
      deployment.component,
      deployment.environment,
      deployment.revision,
    ].join('\n');
    const group = byRevision.get(key);
    if (group === undefined) byRevision.set(key, [deployment]);
    else group.push(deployment);
  }
  return [...byRevision.values()].flatMap((group) => (group.length === 1 ? group : oneByOne(group)));
}

function oneByOne(records: readonly Deployment[]): Deployment[] {
  const clusters: Deployment[][] = [];
  for (const record of records.toSorted((a, b) => a.finishedAt - b.finishedAt || compareText(a.id, b.id))) {
    const cluster = clusters.at(-1);
    const first = cluster?.[0];
    if (
      cluster !== undefined &&
      first !== undefined &&
      record.finishedAt - first.finishedAt < SAME_DEPLOYMENT_WITHIN
    ) {
      cluster.push(record);
    } else clusters.push([record]);
  }
  return clusters.flatMap((cluster) => {
    const ranked = cluster.toSorted(byStrength);
    const [kept] = ranked;
    return kept === undefined ? [] : [{ ...kept, sightings: ranked.flatMap(({ sightings }) => sightings) }];
  });
}

function byStrength(a: Deployment, b: Deployment): number {
  const strength = DEPLOYMENT_SOURCES.indexOf(a.source) - DEPLOYMENT_SOURCES.indexOf(b.source);
  return strength || a.finishedAt - b.finishedAt || compareText(a.id, b.id);
}
