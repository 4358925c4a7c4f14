import type { ChangeColumns, Dataset, ShippedPullRequest } from '../domain/dataset.ts';
import { authoredAt, earlierOf } from './change-columns.ts';
import type { EntriesByDeployment } from './entries-by-deployment.ts';

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

/** Whether the times of any pull request are known, as only a host of code tells them. */
export function hasKnownTimes({ pullRequests }: ChangeColumns): boolean {
  return pullRequests.some(hasTimes);
}

/**
 * The pull requests of the deployments at `positions`, by the position of the first one that shipped one of their changes.
 *
 * Those without the time at which they were opened and merged are left out: no host of code was asked about them. `rows` are those of
 * `changes`.
 */
export function deployedPullRequests(
  { changes, deployments }: Dataset,
  positions: readonly number[],
  rows: EntriesByDeployment,
): ReadonlyMap<number, readonly DeployedPullRequest[]> {
  const ends = new Map<number, { first: number; earliest: number }>();
  for (const position of positions) {
    for (const row of rows.of(position)) {
      const number = changes.pullRequest[row] ?? -1;
      if (number < 0) continue;
      const known = ends.get(number) ?? { first: -1, earliest: Infinity };
      ends.set(number, known);
      known.first = earlierOf(deployments, known.first, position);
      known.earliest = Math.min(known.earliest, authoredAt(changes, deployments, row));
    }
  }
  const found = new Map<number, DeployedPullRequest[]>();
  for (const [number, { first, earliest }] of ends) {
    const pullRequest = changes.pullRequests[number];
    const deployedAt = deployments[first]?.finishedAt;
    if (pullRequest === undefined || deployedAt === undefined || !hasTimes(pullRequest)) continue;
    const { openedAt, firstReviewAt, mergedAt } = pullRequest;
    const list = found.get(first) ?? [];
    found.set(first, list);
    list.push({
      authoredAt: earliest,
      openedAt,
      firstReviewAt: firstReviewAt === null || firstReviewAt > mergedAt ? null : firstReviewAt,
      mergedAt,
      deployedAt,
    });
  }
  return found;
}

type Timed = ShippedPullRequest & { readonly openedAt: number; readonly mergedAt: number };

function hasTimes(pullRequest: ShippedPullRequest): pullRequest is Timed {
  return pullRequest.openedAt !== null && pullRequest.mergedAt !== null;
}
