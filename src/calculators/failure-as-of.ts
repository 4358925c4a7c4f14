import type { AssessedDeployment, FailureEvidence } from '../domain/deployment.ts';
import type { EpochMs } from '../domain/units.ts';

/** What was known at `asOf` of why a deployment failed: the first rule that holds; `null` when none does. */
export function failureAsOf(
  { failures, finishedAt }: AssessedDeployment,
  asOf: EpochMs,
): FailureEvidence | null {
  if (finishedAt > asOf) return null;
  return failures.find(({ knownAt }) => knownAt <= asOf) ?? null;
}

/** When a failure was over, as far as `asOf` knows; `null` while it is open. */
export function recoveryAsOf(failure: FailureEvidence | null, asOf: EpochMs): EpochMs | null {
  const recoveredAt = failure?.recoveredAt ?? null;
  return recoveredAt !== null && recoveredAt <= asOf ? recoveredAt : null;
}

/** How a deployment ended, rules included. */
export function outcomeAsOf(
  deployment: AssessedDeployment,
  asOf: EpochMs,
): 'succeeded' | 'failed' | 'unknown' {
  return failureAsOf(deployment, asOf) === null ? deployment.outcome : 'failed';
}
