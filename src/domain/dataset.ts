import type { AssessedDeployment } from './deployment.ts';
import type { Incident } from './incident.ts';
import type { SetAsideKind, SetAsideReason } from './set-aside.ts';

/** What the calculators read: the dataset without the texts, in columns where it can be large. */
export interface Dataset {
  /** In the order of the table: by repository, component and time. */
  readonly deployments: readonly AssessedDeployment[];
  readonly changes: ChangeColumns;
  /** What lead time is measured on: `changes` themselves, or one entry for each pull request of a component. */
  readonly measured: ChangeColumns;
  readonly incidents: readonly Incident[];
  readonly setAside: readonly SetAsideCount[];
}

/** The shipped changes, one entry a row. */
export interface ChangeColumns {
  readonly length: number;
  /** Position in `deployments` of the deployment that shipped it. */
  readonly deployment: Int32Array;
  /** Seconds from authored to deployed. */
  readonly leadTime: Float64Array;
  /** Position in `pullRequests`, -1 where none is known. */
  readonly pullRequest: Int32Array;
  /** One for each pull request of a repository, in the order in which they are met. */
  readonly pullRequests: readonly ShippedPullRequest[];
  /** 1 where a bot wrote it. */
  readonly byBot: Uint8Array;
  /** The shas of repositories of several components, where a change may stand in more than one; empty for other repositories. `null`: there are none. */
  readonly commits: readonly string[] | null;
  /** Row of the table that each entry stands for; `null` where the entries are the rows. */
  readonly rows: Int32Array | null;
}

/** A pull request of which at least one change shipped; `openedAt` is `null` where only its number is known. */
export interface ShippedPullRequest {
  readonly repository: string;
  readonly number: number;
  readonly openedAt: number | null;
  readonly firstReviewAt: number | null;
  readonly mergedAt: number | null;
}

export interface SetAsideCount {
  readonly reason: SetAsideReason;
  readonly kind: SetAsideKind;
  readonly repository: string;
  readonly component: string;
  readonly count: number;
}
