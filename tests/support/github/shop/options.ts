import type { Content } from '../../../../fixtures/history/fast-import.ts';
import type { CloseReason } from '../model/issue.ts';
import type { PullRequest } from '../model/pull-request.ts';
import type { RunConclusion } from '../model/workflow.ts';

// Moments are epoch seconds, people are logins.

export type MergeStyle = 'merge' | 'squash' | 'rebase' | 'fast-forward';

/** `null` removes a file. */
export type Files = Readonly<Record<string, Content | null>>;

export interface CommitOptions {
  readonly at: number;
  /** Default: `alice`; in a pull request its author. */
  readonly author?: string;
  readonly message?: string;
  /** Default: a file of its own. */
  readonly files?: Files;
}

export interface PullRequestOptions {
  readonly style: MergeStyle;
  readonly commits: readonly CommitOptions[];
  readonly openedAt: number;
  /** Without one it stays open. */
  readonly mergedAt?: number;
  readonly reviewedAt?: number;
  /** Default `bob`. */
  readonly reviewer?: string;
  readonly labels?: readonly string[];
  /** Default `alice`. */
  readonly author?: string;
  /** Default: the author. */
  readonly mergedBy?: string;
  /** Default: the subject of the first commit. */
  readonly title?: string;
  /** Default `change-N`. */
  readonly headBranch?: string;
  /** Where it goes to; default `main`. */
  readonly base?: string;
  /** Where its branch begins: a branch, tag or sha; default the base. */
  readonly from?: string;
  /** What others do after the branch was written and before it is merged, for instance commit to the base. */
  readonly meanwhile?: () => Promise<unknown>;
  /** When the base is merged into the branch. */
  readonly updateBranchAt?: number;
  /** Its branch is not deleted when it is merged. */
  readonly keepBranch?: boolean;
}

/** What became of a pull request. */
export interface Landed {
  readonly number: number;
  readonly request: PullRequest;
  /** What people wrote on the branch, oldest first. */
  readonly originals: readonly { readonly sha: string; readonly authoredAt: number }[];
  /** The merge that brought the branch up to date. */
  readonly update: string | null;
  /** What its base got by it, oldest first: with a merge also the originals. */
  readonly landed: readonly string[];
  readonly mergeCommit: string | null;
}

export interface ReleaseOptions {
  readonly tag: string;
  readonly at: number;
  /** Branch or sha that is tagged, unless there is such a tag; default `main`. */
  readonly target?: string;
  readonly name?: string;
  readonly draft?: boolean;
  readonly prerelease?: boolean;
  readonly author?: string;
}

export interface DeployOptions {
  readonly at: number;
  /** Branch, tag or sha; default `main`. */
  readonly target?: string;
  /** Default `production`. */
  readonly environment?: string;
  /** Default `success`; `pending` has no status at all. */
  readonly outcome?: 'success' | 'failure' | 'error' | 'in_progress' | 'pending';
  /** Default: ten minutes later. */
  readonly finishedAt?: number;
}

export interface IncidentOptions {
  readonly title: string;
  readonly at: number;
  readonly closedAt?: number;
  readonly reason?: CloseReason;
  /** Default `incident`. */
  readonly labels?: readonly string[];
  readonly body?: string;
}

export interface RunOptions {
  readonly at: number;
  /** Default `deploy.yml`. */
  readonly file?: string;
  /** Branch, tag or sha; default `main`. */
  readonly target?: string;
  /** Default `push`. */
  readonly event?: string;
  /** What its attempts come to; a last one of `null` is still running. Default: one success. */
  readonly conclusions?: readonly (RunConclusion | null)[];
  /** How long an attempt takes, and the pause before the next; default ten minutes. */
  readonly seconds?: number;
}
