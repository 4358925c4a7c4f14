import { bisector } from 'd3-array';
import type { Rollout } from '../domain/argocd-settings.ts';
import { compareText } from '../domain/compare.ts';
import { DEPLOYMENT_SOURCES, type Deployment } from '../domain/deployment.ts';
import { epochMs, HOUR } from '../domain/units.ts';
import { clusterLane } from './cluster-lane.ts';

/** Records of the same revision closer together than this speak of one deployment. */
const SAME_DEPLOYMENT_WITHIN = HOUR;

/**
 * One deployment for each group of records that speak of the same one: same revision, component and environment within an
 * hour of the group's first.
 *
 * The strongest source wins (then the earliest, then the smaller id) and keeps all sightings, its own first. What it says of the outcome
 * holds. What Argo CD did in several clusters is one deployment, or by `rollout` one for each cluster; done again in the same cluster it is
 * another. The order of the input does not matter; the output is in no promised order.
 */
export function deduplicate(
  deployments: readonly Deployment[],
  rollout: Rollout = 'component',
): Deployment[] {
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
  return [...byRevision.values()].flatMap((records) =>
    records.length === 1 ? records : grouped(records, rollout, isBetween).flatMap(merged),
  );
}

/** Whether another revision succeeded between two records of one: then the later one goes back, and is a deployment of its own. */
type IsBetween = (earlier: Deployment, later: Deployment) => boolean;

/**
 * Only sources that tell of every roll-out tell of going back; two tags of one commit do not, whatever was tagged between them.
 *
 * Argo CD is not asked: what it does again in a cluster is a deployment of its own, whatever was between.
 */
function goingElsewhere(deployments: readonly Deployment[]): IsBetween {
  const successes = deployments.filter(
    ({ source, outcome }) =>
      outcome === 'succeeded' && (source === 'github-deployment' || source === 'workflow-run'),
  );
  const ordered = successes.toSorted((a, b) => a.finishedAt - b.finishedAt);
  const byFinish = bisector(({ finishedAt }: Deployment) => finishedAt);
  return (earlier, later) => {
    if (earlier.source !== later.source) return false;
    for (let n = byFinish.right(ordered, earlier.finishedAt); n < ordered.length; n += 1) {
      const other = ordered[n];
      if (other === undefined || other.finishedAt >= later.finishedAt) return false;
      const isSamePlace = other.component === earlier.component && other.environment === earlier.environment;
      if (isSamePlace && other.source === earlier.source && other.revision !== earlier.revision) return true;
    }
    return false;
  };
}

/** Records of one revision that speak of the same deployment. */
type Group = Deployment[];

/**
 * Argo CD knows which roll-out a record is of, and decides about the groups. What other sources say joins the group with the record nearest to it
 * in time; what is an hour or more from all of them is grouped by itself.
 */
function grouped(records: readonly Deployment[], rollout: Rollout, isBetween: IsBetween): Group[] {
  const told = records.filter(({ source }) => source === 'argocd');
  if (told.length === 0) return oneByOne(records, isBetween);
  const rollouts = lanesOf(told, rollout).flatMap(oneByRollout);
  const groups = rollouts.map((group) => [...group]);
  const left: Deployment[] = [];
  for (const record of records.toSorted(byTime)) {
    if (record.source === 'argocd') continue;
    const gaps = rollouts.map((group) =>
      Math.min(...group.map(({ finishedAt }) => Math.abs(finishedAt - record.finishedAt))),
    );
    const nearest = Math.min(...gaps);
    const group = nearest < SAME_DEPLOYMENT_WITHIN ? groups[gaps.indexOf(nearest)] : undefined;
    if (group === undefined) left.push(record);
    else group.push(record);
  }
  return [...groups, ...oneByOne(left, isBetween)];
}

/** What is rolled out together: everything, or what goes to the same cluster. */
function lanesOf(told: readonly Deployment[], rollout: Rollout): (readonly Deployment[])[] {
  if (rollout === 'component') return [told];
  const lanes = new Map<string, Deployment[]>();
  for (const record of told.toSorted(byTime)) {
    const key = clusterLane(record);
    const lane = lanes.get(key);
    if (lane === undefined) lanes.set(key, [record]);
    else lane.push(record);
  }
  return [...lanes.values()];
}

/**
 * Every record of Argo CD is a roll-out of its own: the first of each cluster are one deployment, the second ones the next.
 *
 * A cluster where it failed and then succeeded has been rolled out to once, and so has one where several parts of the component were.
 */
function oneByRollout(records: readonly Deployment[]): Group[] {
  const all: OpenGroup[] = [];
  let open: OpenGroup[] = [];
  for (const record of records.toSorted(byTime)) {
    open = open.filter(({ since }) => record.finishedAt - since < SAME_DEPLOYMENT_WITHIN);
    const ends = endsOf(record);
    const fitting = open.find(({ taken }) => !ends.some((end) => taken.has(end)));
    const group = fitting ?? { since: record.finishedAt, taken: new Set<string>(), records: [] };
    if (fitting === undefined) {
      all.push(group);
      open.push(group);
    }
    group.records.push(record);
    for (const end of ends) group.taken.add(end);
  }
  return all.map((group) => group.records);
}

interface OpenGroup {
  /** When its first record finished. */
  readonly since: number;
  /** How it ended in which cluster. */
  readonly taken: Set<string>;
  readonly records: Deployment[];
}

function endsOf(record: Deployment): string[] {
  return record.sightings.map(({ part = '', cluster = '' }) =>
    JSON.stringify([record.outcome, part, cluster]),
  );
}

function oneByOne(records: readonly Deployment[], isBetween: IsBetween): Group[] {
  const groups: Group[] = [];
  for (const record of records.toSorted(byTime)) {
    const group = groups.at(-1);
    const first = group?.[0];
    if (
      group !== undefined &&
      first !== undefined &&
      record.finishedAt - first.finishedAt < SAME_DEPLOYMENT_WITHIN &&
      !group.some((member) => isBetween(member, record))
    ) {
      group.push(record);
    } else groups.push([record]);
  }
  return groups;
}

function byTime(a: Deployment, b: Deployment): number {
  return a.finishedAt - b.finishedAt || compareText(a.id, b.id);
}

/**
 * One deployment for each outcome that the strongest source of a group tells, with what the weaker ones saw as sightings of the one that
 * succeeded: a failed attempt and the one that succeeded soon after are two, and so are the clusters where it failed and those where it did not.
 */
function merged(group: Group): Deployment[] {
  const ranked = group.toSorted(byStrength);
  const strongest = ranked[0]?.source;
  const told = ranked.filter(({ source }) => source === strongest);
  const kept = OUTCOMES.flatMap((outcome) => told.find((record) => record.outcome === outcome) ?? []);
  return kept.map((deployment, n) => {
    const same = told.filter(({ outcome }) => outcome === deployment.outcome);
    const others = n === 0 ? ranked.filter(({ source }) => source !== strongest) : [];
    const whole = strongest === 'argocd' ? inAllClusters(deployment, same) : deployment;
    return { ...whole, sightings: [...same, ...others].flatMap(({ sightings }) => sightings) };
  });
}

const OUTCOMES = ['succeeded', 'failed', 'unknown'] as const;

/**
 * What succeeded is deployed when the last cluster has it; what failed began to with the first, and was over with the last.
 */
function inAllClusters(
  { recoveredAt: _ofOne, ...first }: Deployment,
  records: readonly Deployment[],
): Deployment {
  const ends = records.map(({ finishedAt }) => finishedAt);
  const recoveries = records.flatMap(({ recoveredAt }) => recoveredAt ?? []);
  return {
    ...first,
    finishedAt: first.outcome === 'succeeded' ? epochMs(Math.max(...ends)) : first.finishedAt,
    ...(recoveries.length === records.length && { recoveredAt: epochMs(Math.max(...recoveries)) }),
  };
}

function byStrength(a: Deployment, b: Deployment): number {
  const known = Number(a.outcome === 'unknown') - Number(b.outcome === 'unknown');
  const strength = DEPLOYMENT_SOURCES.indexOf(a.source) - DEPLOYMENT_SOURCES.indexOf(b.source);
  return known || strength || a.finishedAt - b.finishedAt || compareText(a.id, b.id);
}
