import type { ChangeColumns } from '../domain/dataset.ts';
import type { AssessedDeployment } from '../domain/deployment.ts';
import { SECOND } from '../domain/units.ts';

/** When the change of an entry was authored, milliseconds; `NaN` where its deployment is not known. */
export function authoredAt(
  { deployment, leadTime }: ChangeColumns,
  deployments: readonly AssessedDeployment[],
  entry: number,
): number {
  const deployedAt = deployments[deployment[entry] ?? -1]?.finishedAt ?? NaN;
  // instants are whole milliseconds, and seconds with a fraction lose a little on the way
  return Math.round(deployedAt - (leadTime[entry] ?? NaN) * SECOND);
}

/** Which of two deployments, as positions, was first; of two at the same instant the one that stands first. */
export function earlierOf(deployments: readonly AssessedDeployment[], a: number, b: number): number {
  const difference = (deployments[a]?.finishedAt ?? Infinity) - (deployments[b]?.finishedAt ?? Infinity);
  return difference < 0 || (difference === 0 && a < b) ? a : b;
}
