import type { EpochMs } from './units.ts';

/** An original commit, with the first deployment of its component that carried it to the environment. */
export interface ShippedChange {
  readonly repository: string;
  readonly component: string;
  readonly commit: string;
  /** The commit that carried it (a cherry-pick), where that is not the original. */
  readonly landedAs: string | null;
  readonly deployment: string;
  readonly authoredAt: EpochMs;
  readonly deployedAt: EpochMs;
  /** Number of the pull request, as the message tells it. */
  readonly pullRequest: number | null;
  readonly author: string;
  readonly subject: string;
}
