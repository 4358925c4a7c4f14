import type { Deployment, FailureEvidence } from '../domain/deployment.ts';
import type { DatasetSettings } from '../domain/settings.ts';
import { clusterLane } from './cluster-lane.ts';
import type { RepositoryHistory } from './repository-history.ts';
import type { Timeline } from './timeline.ts';

/** The rules that need no commits: a roll-out that failed, and one that goes back. */

/**
 * For each deployment which others it takes turns with: those with the same text.
 *
 * Where each cluster counts by itself, what is deployed to one says nothing of what was there before in another.
 */
export function lanesOf(
  { deployments }: Pick<Timeline, 'deployments'>,
  { argocd: { rollout } }: DatasetSettings,
): readonly string[] {
  return deployments.map((deployment) => (rollout === 'cluster' ? clusterLane(deployment) : ''));
}

/** Positions: deployment `failed` went back with deployment `repairer`. */
interface Rollback {
  readonly rule: 'rollback';
  readonly failed: number;
  readonly repairer: number;
  /** No commit proves it. */
  readonly commit: null;
}

/** V1 V2 V1: the next deployment that succeeds goes back to an ancestor that was deployed before. */
export function* rollbacks(
  { graph }: RepositoryHistory,
  { revisions, deployments }: Timeline,
  lanes: readonly string[],
): Generator<Rollback> {
  const known = new Map<string, { readonly deployedBefore: Set<number>; last: number }>();
  for (const [position, revision] of revisions.entries()) {
    if (deployments[position]?.outcome !== 'succeeded') continue;
    const lane = lanes[position] ?? '';
    const own = known.get(lane) ?? { deployedBefore: new Set<number>(), last: -1 };
    known.set(lane, own);
    const before = revisions[own.last];
    const isBack = before !== undefined && revision !== before && own.deployedBefore.has(revision);
    if (isBack && graph.isAncestor(revision, before))
      yield { rule: 'rollback', failed: own.last, repairer: position, commit: null };
    own.deployedBefore.add(revision);
    own.last = position;
  }
}

/** For each deployment the next one in its lane that succeeded. */
function nextSuccesses({ deployments }: Timeline, lanes: readonly string[]): readonly (Deployment | null)[] {
  const next = new Map<string, Deployment>();
  const found = new Array<Deployment | null>(deployments.length).fill(null);
  for (let position = deployments.length - 1; position >= 0; position -= 1) {
    const deployment = deployments[position];
    const lane = lanes[position] ?? '';
    found[position] = next.get(lane) ?? null;
    if (deployment?.outcome === 'succeeded') next.set(lane, deployment);
  }
  return found;
}

/** For each deployment what its own outcome says: one that failed is over when the next one succeeds, or when it is well again by itself. */
export function failedRollouts(timeline: Timeline, lanes: readonly string[]): readonly FailureEvidence[][] {
  const successes = nextSuccesses(timeline, lanes);
  return timeline.deployments.map((failed, position) => {
    if (failed.outcome !== 'failed') return [];
    const next = successes[position] ?? null;
    return [
      {
        rule: 'rollout',
        failureAt: failed.finishedAt,
        ...recoveryOf(failed, next),
        // whenever it was over, that it had failed was known at once
        knownAt: failed.finishedAt,
        commits: [],
        incident: null,
      },
    ];
  });
}

function recoveryOf(
  { finishedAt, recoveredAt }: Deployment,
  next: Deployment | null,
): Pick<FailureEvidence, 'recoveredAt' | 'repairedBy'> {
  // a person may have moved the deployment behind its recovery
  const isByItself =
    recoveredAt !== undefined && recoveredAt >= finishedAt && recoveredAt < (next?.finishedAt ?? Infinity);
  if (isByItself) return { recoveredAt, repairedBy: null };
  return { recoveredAt: next?.finishedAt ?? null, repairedBy: next?.id ?? null };
}
