import { compareText } from '../domain/compare.ts';
import type { ArgoDatasetSettings } from '../domain/argocd-settings.ts';
import type { DeploymentRecord } from '../domain/deployment-record.ts';
import { DAY, epochMs, type EpochMs } from '../domain/units.ts';
import type { Shipment } from './argocd-shipments.ts';

/** The same in another cluster belongs to the same rollout, when it comes within so long. */
const ONE_ROLLOUT_WITHIN = DAY;

/**
 * The shipments of one repository as records of deployments, in the order of time.
 *
 * With `rollout: component` the same in several clusters is one deployment, which finished with the last of them; with `cluster` each is one of its own.
 * The order of the shipments does not matter.
 */
export function rolloutRecords(
  shipments: readonly Shipment[],
  { rollout }: Pick<ArgoDatasetSettings, 'rollout'>,
): readonly DeploymentRecord[] {
  const byPlace = new Map<string, Shipment[]>();
  for (const shipment of shipments.toSorted(inOrder)) {
    const { component, environment, cluster } = shipment;
    const key = JSON.stringify([component, environment, rollout === 'cluster' ? cluster : '']);
    const same = byPlace.get(key) ?? [];
    byPlace.set(key, same);
    same.push(shipment);
  }
  return [...byPlace.values()]
    .map(rolloutsOf)
    .flatMap((rollouts) => rollouts.map((members) => recordOf(members, rollouts)))
    .sort((a, b) => (a.finishedAt ?? 0) - (b.finishedAt ?? 0) || compareText(a.id, b.id));
}

function inOrder(a: Shipment, b: Shipment): number {
  return a.at - b.at || compareText(a.id, b.id) || compareText(a.cluster, b.cluster);
}

type Members = readonly [Shipment, ...Shipment[]];

/** A cluster that gets the same a second time begins another rollout. */
function rolloutsOf(shipments: readonly Shipment[]): Members[] {
  const rollouts: [Shipment, ...Shipment[]][] = [];
  const open = new Map<string, [Shipment, ...Shipment[]]>();
  for (const shipment of shipments) {
    const key = whatOf(shipment);
    const members = open.get(key);
    const isOne =
      members !== undefined &&
      shipment.at - members[0].at < ONE_ROLLOUT_WITHIN &&
      members.every(({ cluster }) => cluster !== shipment.cluster);
    if (isOne) members.push(shipment);
    else {
      const begun: [Shipment, ...Shipment[]] = [shipment];
      open.set(key, begun);
      rollouts.push(begun);
    }
  }
  return rollouts;
}

/** The same for the same in every cluster. */
function whatOf({ kind, images, revision, notBecause }: Shipment): string {
  return JSON.stringify([kind, images.map(({ reference }) => reference).sort(), revision, notBecause]);
}

/** `rollouts` are all of the same place, in the order in which they began. */
function recordOf(members: Members, rollouts: readonly Members[]): DeploymentRecord {
  const [first] = members;
  const { id, component, environment, images, revision, untraced, notBecause } = first;
  const failed = members.filter(({ outcome }) => outcome === 'failed');
  return {
    source: 'argocd',
    id,
    name: component,
    url: null,
    revision,
    tag: null,
    environment,
    workflow: null,
    rollout: {
      component,
      clusters: members.map(({ cluster, at }) => ({ name: cluster, at })),
      images,
      untraced,
      isUnverified: members.some(({ isUnverified }) => isUnverified),
      problem: problemOf(failed, members.length),
      recoveredAt: recoveredAt(failed),
    },
    finishedAt: finishedAt(members, rollouts),
    outcome: failed.length > 0 ? 'failed' : 'succeeded',
    notBecause,
  };
}

/** When the last cluster had it; of those that got it after something newer was on its way, none. A laggard of something older is nothing newer. */
function finishedAt(members: Members, rollouts: readonly Members[]): EpochMs {
  const [first] = members;
  const what = whatOf(first);
  const [next] =
    rollouts.find(
      ([other]) =>
        other.at > first.at &&
        other.kind === 'deployment' &&
        other.notBecause === null &&
        whatOf(other) !== what,
    ) ?? [];
  const inTime = members.filter(({ at }) => next === undefined || at < next.at);
  return epochMs(Math.max(first.at, ...inTime.map(({ at }) => at)));
}

function problemOf(failed: readonly Shipment[], clusters: number): string | null {
  const [first] = failed;
  if (first === undefined) return null;
  const problems = new Set(failed.map(({ problem }) => problem ?? ''));
  const where = clusters === 1 ? '' : ` (${failed.map(({ cluster }) => cluster).join(', ')})`;
  return `${[...problems].join('; ')}${where}`;
}

/** When every cluster was well again. */
function recoveredAt(failed: readonly Shipment[]): EpochMs | null {
  const ends = failed.map((one) => one.recoveredAt);
  if (failed.length === 0 || ends.includes(null)) return null;
  return epochMs(Math.max(...ends.map((at) => at ?? 0)));
}
