import type { ChangeColumns, ShippedPullRequest } from '../domain/dataset.ts';
import type { AssessedDeployment } from '../domain/deployment.ts';
import { authoredAt, earlierOf } from './change-columns.ts';

/** A pull request whose way to production is known. Instants are milliseconds. */
export interface DeployedPullRequest {
  /** The earliest of its shipped changes. */
  readonly authoredAt: number;
  readonly openedAt: number;
  /** By another person, before it was merged; `null` where there was none. */
  readonly firstReviewAt: number | null;
  readonly mergedAt: number;
  /** The first deployment that shipped one of its changes. */
  readonly deployedAt: number;
}

/**
 * The pull requests of the kept deployments, by the position of the first one that shipped one of their changes.
 *
 * Those without the time at which they were opened and merged are left out: no host of code was asked about them. Empty where none has.
 */
export function deployedPullRequests(
  changes: ChangeColumns,
  deployments: readonly AssessedDeployment[],
  kept: Uint8Array,
): ReadonlyMap<number, readonly DeployedPullRequest[]> {
  const found = new Map<number, DeployedPullRequest[]>();
  // most histories know numbers only, and need not be walked through
  if (!changes.pullRequests.some(hasTimes)) return found;
  const { first, earliest } = endsOf(changes, deployments, kept);
  for (const [position, pullRequest] of changes.pullRequests.entries()) {
    const shipped = first[position] ?? -1;
    const deployedAt = deployments[shipped]?.finishedAt;
    if (deployedAt === undefined || !hasTimes(pullRequest)) continue;
    const { openedAt, firstReviewAt, mergedAt } = pullRequest;
    const list = found.get(shipped) ?? [];
    found.set(shipped, list);
    list.push({
      authoredAt: earliest[position] ?? openedAt,
      openedAt,
      firstReviewAt: firstReviewAt === null || firstReviewAt > mergedAt ? null : firstReviewAt,
      mergedAt,
      deployedAt,
    });
  }
  return found;
}

/** For each pull request when the earliest of its changes was authored, and the position of the first deployment of one; -1 for none. */
function endsOf(changes: ChangeColumns, deployments: readonly AssessedDeployment[], kept: Uint8Array) {
  const first = new Int32Array(changes.pullRequests.length).fill(-1);
  const earliest = new Float64Array(changes.pullRequests.length).fill(Infinity);
  for (let row = 0; row < changes.length; row += 1) {
    const pullRequest = changes.pullRequest[row] ?? -1;
    const deployment = changes.deployment[row] ?? -1;
    if (pullRequest < 0 || kept[deployment] !== 1) continue;
    first[pullRequest] = earlierOf(deployments, first[pullRequest] ?? -1, deployment);
    earliest[pullRequest] = Math.min(
      earliest[pullRequest] ?? Infinity,
      authoredAt(changes, deployments, row),
    );
  }
  return { first, earliest };
}

type Timed = ShippedPullRequest & { readonly openedAt: number; readonly mergedAt: number };

function hasTimes(pullRequest: ShippedPullRequest): pullRequest is Timed {
  return pullRequest.openedAt !== null && pullRequest.mergedAt !== null;
}
