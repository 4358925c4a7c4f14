import type { LeadTimeStages } from '../domain/metrics-report.ts';
import { SECOND } from '../domain/units.ts';
import type { DeployedPullRequest } from './deployed-pull-requests.ts';
import type { Period } from './periods.ts';
import { quantile, sorted } from './quantile.ts';
import { finishedIn, type MetricsContext, type Scope } from './scope.ts';

/**
 * Where the lead time went, for the pull requests whose first deployment finished in the period.
 *
 * - Out: seconds; for each stage the median over the pull requests that have it. The medians need not add up to the lead time.
 * - Coding begins with the earliest shipped change. One written after the pull request was opened gives 0, as does a deployment
 *   that finished before the merge (of a release branch).
 * - Pickup and review are of those that another person reviewed before the merge; with none they are `null`.
 * - No pull request with known times gives `no-pull-requests`.
 */
export function leadTimeStages(scope: Scope, period: Period, context: MetricsContext): LeadTimeStages {
  const all = finishedIn(scope, period, context).flatMap((position) => scope.pullRequests[position] ?? []);
  const n = all.length;
  const reviewed = all.filter(({ firstReviewAt }) => firstReviewAt !== null).length;
  if (n === 0) {
    return {
      n,
      reviewed,
      coding: null,
      pickup: null,
      review: null,
      deploy: null,
      reason: 'no-pull-requests',
    };
  }
  return {
    n,
    reviewed,
    coding: medianOf(all, ({ authoredAt, openedAt }) => openedAt - authoredAt),
    pickup: medianOf(all, ({ openedAt, firstReviewAt }) =>
      firstReviewAt === null ? null : firstReviewAt - openedAt,
    ),
    review: medianOf(all, ({ firstReviewAt, mergedAt }) =>
      firstReviewAt === null ? null : mergedAt - firstReviewAt,
    ),
    deploy: medianOf(all, ({ mergedAt, deployedAt }) => deployedAt - mergedAt),
  };
}

/** Seconds, from milliseconds; those of a length that is not known are left out, and none is less than 0. */
function medianOf(
  all: readonly DeployedPullRequest[],
  length: (pullRequest: DeployedPullRequest) => number | null,
): number | null {
  const values = sorted(
    all.flatMap((pullRequest) => {
      const milliseconds = length(pullRequest);
      return milliseconds === null ? [] : [Math.max(0, milliseconds) / SECOND];
    }),
  );
  return values.length === 0 ? null : quantile(values, 0.5);
}
