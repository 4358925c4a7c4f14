import { bisector } from 'd3-array';
import { compareText } from '../domain/compare.ts';
import { DEPLOYMENT_SOURCES, type Deployment } from '../domain/deployment.ts';
import { HOUR } from '../domain/units.ts';

/** Records of the same revision closer together than this speak of one deployment. */
const SAME_DEPLOYMENT_WITHIN = HOUR;

/**
 * One deployment for each group of records that speak of the same one: same revision, component and environment within an
 * hour of the group's first.
 *
 * The strongest source wins (then the earliest, then the smaller id) and keeps all sightings, its own first. What it says of the outcome
 * holds. The order of the input does not matter; the output is in no promised order.
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
  const isBetween = goingElsewhere(deployments);
  return [...byRevision.values()].flatMap((group) =>
    group.length === 1 ? group : oneByOne(group, isBetween),
  );
}

/** Whether another revision succeeded between two records of one: then the later one goes back, and is a deployment of its own. */
type IsBetween = (earlier: Deployment, later: Deployment) => boolean;

/** Only sources that tell of every roll-out tell of going back; two tags of one commit do not, whatever was tagged between them. */
function goingElsewhere(deployments: readonly Deployment[]): IsBetween {
  const successes = deployments.filter(
    ({ source, outcome }) =>
      outcome === 'succeeded' &&
      (source === 'argocd' || source === 'github-deployment' || source === 'workflow-run'),
  );
  const ordered = successes.toSorted((a, b) => a.finishedAt - b.finishedAt);
  const byTime = bisector(({ finishedAt }: Deployment) => finishedAt);
  return (earlier, later) => {
    if (earlier.source !== later.source) return false;
    for (let n = byTime.right(ordered, earlier.finishedAt); n < ordered.length; n += 1) {
      const other = ordered[n];
      if (other === undefined || other.finishedAt >= later.finishedAt) return false;
      const isSamePlace = other.component === earlier.component && other.environment === earlier.environment;
      if (isSamePlace && other.source === earlier.source && other.revision !== earlier.revision) return true;
    }
    return false;
  };
}

function oneByOne(records: readonly Deployment[], isBetween: IsBetween): Deployment[] {
  const clusters: Deployment[][] = [];
  for (const record of records.toSorted((a, b) => a.finishedAt - b.finishedAt || compareText(a.id, b.id))) {
    const cluster = clusters.at(-1);
    const first = cluster?.[0];
    if (
      cluster !== undefined &&
      first !== undefined &&
      record.finishedAt - first.finishedAt < SAME_DEPLOYMENT_WITHIN &&
      !cluster.some((member) => isBetween(member, record))
    ) {
      cluster.push(record);
    } else clusters.push([record]);
  }
  return clusters.flatMap(merged);
}

/**
 * One deployment for each outcome that the strongest source of a cluster tells, with what the weaker ones saw as sightings of the one that
 * succeeded: a failed attempt and the one that succeeded soon after are two.
 */
function merged(cluster: readonly Deployment[]): Deployment[] {
  const ranked = cluster.toSorted(byStrength);
  const strongest = ranked[0]?.source;
  const told = ranked.filter(({ source }) => source === strongest);
  const kept = OUTCOMES.flatMap((outcome) => told.find((record) => record.outcome === outcome) ?? []);
  return kept.map((deployment, n) => {
    const same = told.filter(({ outcome }) => outcome === deployment.outcome);
    const others = n === 0 ? ranked.filter(({ source }) => source !== strongest) : [];
    return { ...deployment, sightings: [...same, ...others].flatMap(({ sightings }) => sightings) };
  });
}

const OUTCOMES = ['succeeded', 'failed', 'unknown'] as const;

function byStrength(a: Deployment, b: Deployment): number {
  const known = Number(a.outcome === 'unknown') - Number(b.outcome === 'unknown');
  const strength = DEPLOYMENT_SOURCES.indexOf(a.source) - DEPLOYMENT_SOURCES.indexOf(b.source);
  return known || strength || a.finishedAt - b.finishedAt || compareText(a.id, b.id);
}
