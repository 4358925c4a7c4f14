import type { Opinion } from '../domain/annotation.ts';
import type { AssessedDeployment, Deployment, FailureEvidence } from '../domain/deployment.ts';

export type Verdict = Pick<AssessedDeployment, 'failures' | 'repairs'>;

/** `failed` beats every rule: a `yes` stands before them, a `no` takes away what they found, and with it what was repaired. */
export function withAnnotatedOutcomes(
  deployments: readonly Deployment[],
  verdicts: readonly Verdict[],
  opinionOf: (position: number) => Opinion | null,
): Verdict[] {
  const denied = new Set(
    deployments.flatMap(({ id }, position) => (opinionOf(position)?.failed === false ? [id] : [])),
  );
  return verdicts.map(({ failures, repairs }, position): Verdict => {
    const opinion = opinionOf(position);
    const deployment = deployments[position];
    const said =
      opinion?.failed === true && deployment !== undefined
        ? [annotated(opinion, deployment, failures[0] ?? null)]
        : [];
    return {
      failures: opinion?.failed === false ? [] : [...said, ...failures],
      repairs: denied.size === 0 ? repairs : repairs.filter((repair) => !denied.has(repair.deployment)),
    };
  });
}

/** The times that a person wrote, else those of the rule that would have held; a recovery before the failure is none. */
function annotated(
  { failedAt, recoveredAt: written }: Opinion,
  { finishedAt }: Deployment,
  rule: FailureEvidence | null,
): FailureEvidence {
  const failureAt = failedAt ?? rule?.failureAt ?? finishedAt;
  const told = written ?? rule?.recoveredAt ?? null;
  const recoveredAt = told !== null && told >= failureAt ? told : null;
  return {
    rule: 'annotated',
    failureAt,
    recoveredAt,
    knownAt: failureAt,
    repairedBy: written === null && recoveredAt !== null ? (rule?.repairedBy ?? null) : null,
    commits: [],
    incident: null,
  };
}
