import { failureAsOf, recoveryAsOf } from '../calculators/failure-as-of.ts';
import { metricsOf } from '../calculators/metrics.ts';
import { finishedIn, type MetricsContext, type Scope } from '../calculators/scope.ts';
import { periodNamed, type Period } from '../calculators/periods.ts';
import { scopeOf } from '../calculators/scopes.ts';
import type { ShippedChange } from '../domain/change.ts';
import type { AssessedDeployment } from '../domain/deployment.ts';
import { compareText } from '../domain/compare.ts';
import { DoraError } from '../domain/errors.ts';
import {
  EXPLANATION_SCHEMA,
  type ExplainedChange,
  type ExplainedDeployment,
  type ExplainedRow,
  type Explanation,
} from '../domain/explanation.ts';
import type { MetricName } from '../domain/metrics-report.ts';
import type { SetAside } from '../domain/set-aside.ts';
import type { Settings } from '../domain/settings.ts';
import { isoInstant, SECOND, type EpochMs } from '../domain/units.ts';
import { scanChanges, scanSetAside } from '../storage/dataset-store.ts';
import type { Storage } from '../storage/storage.ts';
import { withDataset, orUsage, periodsOrUsage, type OpenedDataset } from './calculate.ts';
import type { Ports } from './ports.ts';

export interface ExplainRequest {
  readonly settings: Settings;
  readonly metric: MetricName;
  /** `null`: the period that is shown first in the report, the latest complete quarter. */
  readonly period: string | null;
  readonly component: string | null;
  readonly asOf: EpochMs | null;
}

const DEFINITIONS: Readonly<Record<MetricName, string>> = {
  deploymentFrequency: 'the number of rows: deployments that succeeded at first and finished in the period',
  leadTime: 'the median of leadTime over the rows: from authoredAt of the original commit to deployedAt',
  changeFailRate: 'rows that failed, divided by rows whose outcome is known',
  timeToRestore: 'the median of timeToRestore over the rows that have one: from failureAt to recoveredAt',
  reworkRate: 'rows that repaired a failed deployment, divided by all rows',
};

/** The rows behind a number, and the rows that were set aside beside them. Throws for an unknown component or period. */
export async function explain(request: ExplainRequest, ports: Ports): Promise<Explanation> {
  return await withDataset(request, ports, (opened) => explainFrom(opened, request, ports));
}

async function explainFrom(
  opened: OpenedDataset,
  { metric, component, period: label }: ExplainRequest,
  ports: Ports,
): Promise<Explanation> {
  const { dataset, context } = opened;
  if (component !== null) requireComponent(component, opened);
  const period = choosePeriod(label, context);
  const isIn = (row: { readonly component: string }) => component === null || row.component === component;
  const scope = scopeOf(dataset, isIn);
  const positions = finishedIn(scope, period, context);
  const finished = positions.flatMap((position) => scope.deployments[position] ?? []);
  const rows: ExplainedRow[] =
    metric === 'leadTime'
      ? await changeRows(ports.storage, finished, dataset.changes.commits !== null)
      : deploymentRows(metric, { scope, finished, period, context });
  const setAside = await setAsideRows(ports.storage, { metric, finished, period, context, isIn });
  const result = metricsOf(scope, period, context);
  return {
    schema: EXPLANATION_SCHEMA,
    metric,
    period: { label: period.label, start: result.start, end: result.end, complete: result.complete },
    component,
    asOf: isoInstant(context.asOf),
    definition: DEFINITIONS[metric],
    result: result[metric],
    rows,
    setAside: { counts: countByReason(setAside), rows: setAside },
  };
}

function requireComponent(component: string, { dataset }: OpenedDataset): void {
  const known = [...new Set(dataset.deployments.map((deployment) => deployment.component))].sort();
  if (known.includes(component)) return;
  const hint =
    known.length === 0 ? 'no component has a deployment yet.' : `known: ${known.slice(0, 10).join(', ')}.`;
  throw new DoraError('usage', `no component ${component} has a deployment`, { hint });
}

function choosePeriod(label: string | null, context: MetricsContext): Period {
  if (label !== null) return orUsage(() => periodNamed(label, context.timezone)).period;
  const quarters = periodsOrUsage('quarter', { from: null, to: null }, context);
  const latest = quarters.findLast(({ end }) => end <= context.asOf) ?? quarters.at(-1);
  if (latest === undefined) throw new DoraError('usage', 'no period to explain');
  return latest;
}

/** The changes that the deployments shipped, slowest first; of the same commit in several components only the first. */
async function changeRows(
  storage: Storage,
  finished: readonly AssessedDeployment[],
  mayRepeat: boolean,
): Promise<ExplainedChange[]> {
  const byId = new Map(finished.map((deployment) => [deployment.id, deployment]));
  const rows: ExplainedChange[] = [];
  const first = new Map<string, number>();
  await scanChanges(
    storage,
    (id) => byId.has(id),
    (change) => {
      const key = `${change.repository}\n${change.commit}`;
      const known = mayRepeat ? first.get(key) : undefined;
      if (known === undefined) first.set(key, rows.push(explainChange(change, byId)) - 1);
      else if (change.deployedAt < Date.parse(rows[known]?.deployedAt ?? ''))
        rows[known] = explainChange(change, byId);
    },
  );
  return rows.sort((a, b) => b.leadTime - a.leadTime || compareText(a.commit, b.commit));
}

function explainChange(
  change: ShippedChange,
  byId: ReadonlyMap<string, AssessedDeployment>,
): ExplainedChange {
  return {
    kind: 'change',
    commit: change.commit,
    landedAs: change.landedAs,
    pullRequest: change.pullRequest,
    subject: change.subject,
    author: change.author,
    authoredAt: isoInstant(change.authoredAt),
    deployment: byId.get(change.deployment)?.name ?? change.deployment,
    deployedAt: isoInstant(change.deployedAt),
    leadTime: (change.deployedAt - change.authoredAt) / SECOND,
    rule: change.landedAs === null ? 'ancestry' : 'cherry-pick',
  };
}

interface DeploymentRequest {
  readonly scope: Scope;
  readonly finished: readonly AssessedDeployment[];
  readonly period: Period;
  readonly context: MetricsContext;
}

/** The deployments that the metric is made of. */
function deploymentRows(
  metric: MetricName,
  { scope, finished, period, context }: DeploymentRequest,
): ExplainedDeployment[] {
  const names = new Map(scope.deployments.map(({ id, name }) => [id, name]));
  const explainOne = (deployment: AssessedDeployment) => explainDeployment(deployment, names, context.asOf);
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

function explainDeployment(
  deployment: AssessedDeployment,
  names: ReadonlyMap<string, string>,
  asOf: EpochMs,
): ExplainedDeployment {
  const failure = failureAsOf(deployment, asOf);
  const recoveredAt = recoveryAsOf(failure, asOf);
  const nameOf = (id: string) => names.get(id) ?? id;
  return {
    kind: 'deployment',
    id: deployment.id,
    name: deployment.name,
    component: deployment.component,
    revision: deployment.revision,
    finishedAt: isoInstant(deployment.finishedAt),
    outcome: failure === null ? deployment.outcome : 'failed',
    rule: failure?.rule ?? 'source',
    failureAt: failure === null ? null : isoInstant(failure.failureAt),
    recoveredAt: recoveredAt === null ? null : isoInstant(recoveredAt),
    timeToRestore:
      failure === null || recoveredAt === null ? null : (recoveredAt - failure.failureAt) / SECOND,
    repairedBy: typeof failure?.repairedBy === 'string' ? nameOf(failure.repairedBy) : null,
    evidence: failure?.commits ?? [],
    repairs: deployment.repairs.map((repair) => `${repair.rule} of ${nameOf(repair.deployment)}`),
  };
}

interface SetAsideRequest {
  readonly metric: MetricName;
  readonly finished: readonly AssessedDeployment[];
  readonly period: Period;
  readonly context: MetricsContext;
  readonly isIn: (row: { readonly component: string }) => boolean;
}

/** For lead time the commits that these deployments carried and did not count; else the deployments of that time. */
async function setAsideRows(
  storage: Storage,
  { metric, finished, period, context, isIn }: SetAsideRequest,
): Promise<SetAside[]> {
  const carried = new Set(finished.map(({ id }) => id));
  const isInPeriod = (at: number | null) =>
    at !== null && at >= period.start && at < period.end && at <= context.asOf;
  const rows: SetAside[] = [];
  await scanSetAside(storage, (row) => {
    if (row.component !== '' && !isIn(row)) return;
    const belongs =
      metric === 'leadTime'
        ? row.kind === 'commit' &&
          (row.deployment === null ? isInPeriod(row.at) : carried.has(row.deployment))
        : row.kind === 'deployment' && isInPeriod(row.at);
    if (belongs) rows.push(row);
  });
  return rows;
}

function countByReason(rows: readonly SetAside[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { reason } of rows) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}
