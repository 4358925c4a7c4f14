import type { PullRequestRule } from './pull-request.ts';
import type { EpochMs } from './units.ts';

/** How an original came to be in the history that was deployed: itself, or as a copy. */
export const LANDINGS = ['commit', 'cherry-pick', 'rebase', 'squash'] as const;
export type Landing = (typeof LANDINGS)[number];

/** An original commit, with the first deployment of its component that carried it to the environment. */
export interface ShippedChange {
  readonly repository: string;
  readonly component: string;
  readonly commit: string;
  /** The commit that carried it, where that is not the original. */
  readonly landedAs: string | null;
  readonly landing: Landing;
  readonly deployment: string;
  readonly authoredAt: EpochMs;
  readonly deployedAt: EpochMs;
  readonly pullRequest: ChangePullRequest | null;
  readonly byBot: boolean;
  readonly author: string;
  readonly subject: string;
}

/** The pull request of a change. Only the number is known where a subject names it and no host was asked. */
export interface ChangePullRequest {
  readonly number: number;
  readonly rule: PullRequestRule;
  readonly url: string | null;
  readonly openedAt: EpochMs | null;
  readonly firstReviewAt: EpochMs | null;
  readonly mergedAt: EpochMs | null;
  readonly labels: readonly string[];
}
