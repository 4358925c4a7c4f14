import type { AssessedDeployment } from './deployment.ts';
import type { Incident } from './incident.ts';
import type { SetAsideReason } from './set-aside.ts';

/** What the calculators read: the dataset without the texts, in columns where it can be large. */
export interface Dataset {
  /** In the order of the table: by repository, component and time. */
  readonly deployments: readonly AssessedDeployment[];
  readonly changes: ChangeColumns;
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
  /** 1 where a pull request is known. */
  readonly hasPullRequest: Uint8Array;
  /** The shas, only where a repository has several components and a change may stand in more than one. */
  readonly commits: readonly string[] | null;
}

export interface SetAsideCount {
  readonly reason: SetAsideReason;
  readonly kind: 'commit' | 'deployment';
  readonly repository: string;
  readonly component: string;
  readonly count: number;
}
