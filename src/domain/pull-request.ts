import type { EpochMs } from './units.ts';

/** A merged pull request (or whatever a code host calls its own), as far as the metrics need it. */
export interface PullRequest {
  readonly number: number;
  readonly url: string;
  /** Login; `null` for an account that is gone. */
  readonly author: string | null;
  /** The host says that the author is a bot. */
  readonly byBot: boolean;
  readonly openedAt: EpochMs;
  readonly mergedAt: EpochMs;
  readonly headBranch: string;
  readonly labels: readonly string[];
  /** What it left on the base branch: the merge, the squash, or the last of the rebased copies. */
  readonly mergeCommit: string | null;
  /** The first review by another person; `null` where there was none. */
  readonly firstReviewAt: EpochMs | null;
  /** As they were written on its branch, oldest first. After a squash or a rebase no clone has them. */
  readonly commits: readonly PullRequestCommit[];
}

export interface PullRequestCommit {
  readonly sha: string;
  readonly authoredAt: EpochMs | null;
  /** Name; empty where unknown. */
  readonly author: string;
  readonly subject: string;
}

/** How a commit was found to belong to a pull request, best first. */
export const PULL_REQUEST_RULES = ['merge-commit', 'pull-request-commit', 'rebase', 'subject'] as const;
export type PullRequestRule = (typeof PULL_REQUEST_RULES)[number];
