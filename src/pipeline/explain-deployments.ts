import { failureAsOf, recoveryAsOf } from '../calculators/failure-as-of.ts';
import type { Period } from '../calculators/periods.ts';
import type { MetricsContext, Scope } from '../calculators/scope.ts';
import type { Dataset } from '../domain/dataset.ts';
import { sourcesOf, type AssessedDeployment } from '../domain/deployment.ts';
import type { ExplainedDeployment, ExplainedRollout } from '../domain/explanation.ts';
import { byDeployment, type Incident } from '../domain/incident.ts';
import type { MetricName } from '../domain/metrics-report.ts';
import { rolloutFacts, type RolloutFacts } from '../domain/rollout-facts.ts';
import { isoInstant, SECOND, type EpochMs } from '../domain/units.ts';

interface DeploymentRequest {
  readonly scope: Scope;
  readonly finished: readonly AssessedDeployment[];
  readonly period: Period;
  readonly context: MetricsContext;
  /** Of the whole dataset: what one of them broke may belong to another component. */
  readonly incidents: Dataset['incidents'];
}

/** The deployments that the metric is made of. */
export function deploymentRows(metric: MetricName, request: DeploymentRequest): ExplainedDeployment[] {
  const { scope, finished, period, context, incidents } = request;
  const known: Known = {
    asOf: context.asOf,
    names: new Map(scope.deployments.map(({ id, name }) => [id, name])),
    incidents: byDeployment(incidents.filter(({ openedAt }) => openedAt <= context.asOf)),
  };
  const explainOne = (deployment: AssessedDeployment) => explainDeployment(deployment, known);
  if (metric === 'timeToRestore') {
    return scope.deployments
      .filter((deployment) => {
        const failureAt = failureAsOf(deployment, context.asOf)?.failureAt;
        return failureAt !== undefined && failureAt >= period.start && failureAt < period.end;
      })
      .map(explainOne);
  }
  const needsSuccess = metric === 'deploymentFrequency' || metric === 'reworkRate';
  return finished.filter(({ outcome }) => !needsSuccess || outcome === 'succeeded').map(explainOne);
}

/** What is known at as-of besides the deployment itself. */
interface Known {
  readonly asOf: EpochMs;
  readonly names: ReadonlyMap<string, string>;
  /** By the id of the deployment that caused them. */
  readonly incidents: ReadonlyMap<string, readonly Incident[]>;
}

function explainDeployment(
  deployment: AssessedDeployment,
  { asOf, names, incidents }: Known,
): ExplainedDeployment {
  const failure = failureAsOf(deployment, asOf);
  const recoveredAt = recoveryAsOf(failure, asOf);
  const nameOf = (id: string) => names.get(id) ?? id;
  return {
    kind: 'deployment',
    id: deployment.id,
    name: deployment.name,
    url: deployment.url,
    sources: sourcesOf(deployment),
    component: deployment.component,
    revision: deployment.revision,
    finishedAt: isoInstant(deployment.finishedAt),
    outcome: failure === null ? deployment.outcome : 'failed',
    rule: failure?.rule ?? (deployment.annotation?.failed === false ? 'annotated' : 'source'),
    failureAt: isoOrNull(failure?.failureAt ?? null),
    recoveredAt: isoOrNull(recoveredAt),
    timeToRestore:
      failure === null || recoveredAt === null ? null : (recoveredAt - failure.failureAt) / SECOND,
    repairedBy: typeof failure?.repairedBy === 'string' ? nameOf(failure.repairedBy) : null,
    evidence: failure?.commits ?? [],
    incidents: (incidents.get(deployment.id) ?? []).map(({ id, title, url }) => ({ id, title, url })),
    repairs: deployment.repairs.map((repair) => `${repair.rule} of ${nameOf(repair.deployment)}`),
    rollout: explainRollout(rolloutFacts(deployment)),
    annotation: null,
  };
}

function explainRollout(facts: RolloutFacts | null): ExplainedRollout | null {
  if (facts === null) return null;
  const { clusters, isUnverified, untraced, problem } = facts;
  return {
    clusters: clusters.map(({ name, at }) => ({ name, at: isoInstant(at) })),
    unverified: isUnverified,
    untraced,
    problem,
  };
}

export function isoOrNull(instant: EpochMs | null): string | null {
  return instant === null ? null : isoInstant(instant);
}
