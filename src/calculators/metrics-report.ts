import { compareText } from '../domain/compare.ts';
import type { Dataset } from '../domain/dataset.ts';
import {
  METRICS_SCHEMA,
  type Coverage,
  type GroupBy,
  type MetricsReport,
  type PeriodUnit,
} from '../domain/metrics-report.ts';
import type { LeadTimeUnit, TeamSettings } from '../domain/settings.ts';
import { isoInstant, type EpochMs } from '../domain/units.ts';
import { metricsOf } from './metrics.ts';
import type { MetricsContext } from './scope.ts';
import type { Period } from './periods.ts';
import { scopesOf } from './scopes.ts';

export interface ReportRequest {
  readonly context: MetricsContext;
  readonly unit: PeriodUnit;
  readonly periods: readonly Period[];
  readonly by: GroupBy | null;
  /** What `by` team groups by; each has a group. */
  readonly teams: readonly TeamSettings[];
  /** What `measured` of the dataset is made of. */
  readonly leadTimeUnit: LeadTimeUnit;
  readonly benchmarkYear: number;
  readonly environment: string;
  readonly repositories: readonly string[];
}

/** All metrics for each group and period, with what was left out and how much is covered. */
export function metricsReport(dataset: Dataset, request: ReportRequest): MetricsReport {
  const { context, unit, periods, by, teams, leadTimeUnit, benchmarkYear, environment, repositories } =
    request;
  return {
    schema: METRICS_SCHEMA,
    asOf: isoInstant(context.asOf),
    timezone: context.timezone,
    period: unit,
    profile: 'dora',
    benchmark: { year: benchmarkYear },
    scope: { repositories: repositories.toSorted(compareText), environment },
    groups: scopesOf(dataset, by, teams).map(({ by: group, key, scope }) => ({
      by: group,
      key,
      periods: periods.map((period) => metricsOf(scope, period, context)),
    })),
    setAside: setAsideCounts(dataset, context.asOf),
    coverage: coverageOf(dataset, context.asOf),
    leadTimeUnit,
  };
}

/** Rows set aside by reason, as of as-of: what shipped, deployed or opened later is unreleased, or not there yet. */
function setAsideCounts(dataset: Dataset, asOf: EpochMs): Record<string, number> {
  const counts = new Map<string, number>();
  const add = (reason: string, count: number) => {
    if (count > 0) counts.set(reason, (counts.get(reason) ?? 0) + count);
  };
  for (const { reason, count } of dataset.setAside) add(reason, count);
  add('unreleased', shippedAfter(dataset, asOf));
  add('after-as-of', dataset.deployments.filter(({ finishedAt }) => finishedAt > asOf).length);
  add('after-as-of', dataset.incidents.filter(({ openedAt }) => openedAt > asOf).length);
  return Object.fromEntries([...counts].sort(([a], [b]) => compareText(a, b)));
}

function coverageOf(dataset: Dataset, asOf: EpochMs): Coverage {
  const { changes } = dataset;
  const commits = dataset.setAside.filter(
    ({ kind, reason }) => kind === 'commit' && reason !== 'merge-commit',
  );
  const later = shippedAfter(dataset, asOf);
  let withPullRequest = 0;
  let byBots = 0;
  for (let row = 0; row < changes.length; row += 1) {
    if ((changes.pullRequest[row] ?? -1) >= 0) withPullRequest += 1;
    byBots += changes.byBot[row] ?? 0;
  }
  const unreleased = commits
    .filter(({ reason }) => reason === 'unreleased')
    .reduce((sum, { count }) => sum + count, later);
  return {
    commits: commits.reduce((sum, { count }) => sum + count, changes.length),
    withPullRequest: changes.length === 0 ? null : withPullRequest / changes.length,
    unreleased,
    byBots: changes.length === 0 ? null : byBots / changes.length,
  };
}

/** Changes that the dataset has as shipped by a deployment that as-of does not know yet. */
function shippedAfter({ deployments, changes }: Dataset, asOf: EpochMs): number {
  if (!deployments.some(({ finishedAt }) => finishedAt > asOf)) return 0;
  let later = 0;
  for (let row = 0; row < changes.length; row += 1) {
    if ((deployments[changes.deployment[row] ?? -1]?.finishedAt ?? 0) > asOf) later += 1;
  }
  return later;
}
