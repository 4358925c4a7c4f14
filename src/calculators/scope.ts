import { bisector } from 'd3-array';
import type { AssessedDeployment } from '../domain/deployment.ts';
import type { Incident } from '../domain/incident.ts';
import type { EpochMs } from '../domain/units.ts';
import type { BandSettings } from './bands.ts';
import type { DeployedPullRequest } from './deployed-pull-requests.ts';
import type { Period } from './periods.ts';

/** The rows of one scope (everything, or one component, repository or team). */
export interface Scope {
  /** In order of `finishedAt`. */
  readonly deployments: readonly AssessedDeployment[];
  /** Lead times in seconds of the changes that each of `deployments` shipped, at the same position. */
  readonly leadTimes: readonly Float64Array[];
  /** The pull requests that each of `deployments` was the first to ship something of, as far as their times are known. */
  readonly pullRequests: readonly (readonly DeployedPullRequest[])[];
  readonly incidents: readonly Incident[];
}

export interface MetricsContext {
  readonly asOf: EpochMs;
  readonly timezone: string;
  readonly bands: BandSettings;
}

/** The deployments that finished in the period, no later than as-of, as positions in the scope. */
export function finishedIn({ deployments }: Scope, period: Period, { asOf }: MetricsContext): number[] {
  const positions: number[] = [];
  for (let position = firstSince(deployments, period.start); position < deployments.length; position += 1) {
    const { finishedAt = Infinity } = deployments[position] ?? {};
    if (finishedAt >= period.end || finishedAt > asOf) break;
    positions.push(position);
  }
  return positions;
}

const timeOf = bisector((deployment: AssessedDeployment) => deployment.finishedAt);

/** Position of the first deployment, of those in order of time, that finished at `instant` or later. */
export function firstSince(deployments: readonly AssessedDeployment[], instant: EpochMs): number {
  return timeOf.left(deployments, instant);
}
