import type { AssessedDeployment } from './deployment.ts';

/** What Apache DevLake is told, or would be told, of how a deployment ended. */
export type DevlakeResult = 'SUCCESS' | 'FAILURE' | 'UNKNOWN';

/**
 * The `result` of a deployment in DevLake's tables.
 *
 * - `SUCCESS`: its outcome is `succeeded` and nobody said in the spreadsheet that it failed.
 * - `FAILURE`: its outcome is `failed`, or a person said that it failed, whatever its outcome.
 * - `UNKNOWN`: nobody said how it ended. DevLake's metrics know only the other two, so it counts nowhere.
 *
 * What our own rules find (an incident, a rollback, a revert, a hotfix) leaves a success one: DevLake counts a failed change by the incidents
 * that it links to a deployment itself, and it links them to successes only. A person who said that a roll-out did not fail has made its
 * outcome `succeeded` by the time this is asked.
 */
export function devlakeResult(deployment: AssessedDeployment): DevlakeResult {
  const { annotation, failures, outcome } = deployment;
  if (annotation?.failed === true || failures.some(({ rule }) => rule === 'annotated')) return 'FAILURE';
  if (outcome === 'succeeded') return 'SUCCESS';
  return outcome === 'failed' ? 'FAILURE' : 'UNKNOWN';
}
