import type { AssessedDeployment } from './deployment.ts';

/** How a deployment ended, in the words of Apache DevLake, whose metrics know the first two only. */
export type DevlakeResult = 'SUCCESS' | 'FAILURE' | 'UNKNOWN';

/**
 * How a deployment itself ended: what people say, else its own outcome.
 *
 * Failures that other rules find (an incident, a rollback, a revert, a hotfix) leave it a success: DevLake has its change failure rate from the
 * incidents of successful deployments, and leaves failed ones out of everything.
 */
export function devlakeResult({
  outcome,
  annotation,
}: Pick<AssessedDeployment, 'outcome' | 'annotation'>): DevlakeResult {
  const said = annotation?.failed ?? null;
  if (said !== null) return said ? 'FAILURE' : 'SUCCESS';
  return outcome === 'unknown' ? 'UNKNOWN' : outcome === 'failed' ? 'FAILURE' : 'SUCCESS';
}
