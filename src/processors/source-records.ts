import type { Opinion } from '../domain/annotation.ts';
import type { DeploymentRecord } from '../domain/deployment-record.ts';
import type { IncidentRecord } from '../domain/incident.ts';
import type { PullRequest } from '../domain/pull-request.ts';

/** What sources other than git know of one repository. */
export interface SourceRecords {
  readonly pullRequests: readonly PullRequest[];
  /** Whether those are all that were ever merged. */
  readonly hasAllPullRequests: boolean;
  readonly deployments: readonly DeploymentRecord[];
  readonly incidents: readonly IncidentRecord[];
  /** What people said of its commits and deployments. */
  readonly opinions: readonly Opinion[];
}
