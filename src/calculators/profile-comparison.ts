import { compareText } from '../domain/compare.ts';
import {
  COMPARED_METRICS,
  COMPARISON_SCHEMA,
  type ComparedGroup,
  type ComparedMetric,
  type ComparedPeriod,
  type ComparedValues,
  type ComparisonReport,
  type DevlakeValue,
  type Difference,
  type OurValue,
} from '../domain/comparison-report.ts';
import type { Dataset } from '../domain/dataset.ts';
import { differenceWords } from '../domain/difference-words.ts';
import { metricWords } from '../domain/metric-words.ts';
import type { MetricName, PeriodMetrics } from '../domain/metrics-report.ts';
import { isDevlake, type DevlakeProfile, type Profile } from '../domain/profiles.ts';
import { isoInstant, type DurationMs } from '../domain/units.ts';
import type { DevlakeReport } from './devlake/bands.ts';
import { boardOf } from './devlake/board.ts';
import type { Dialect } from './devlake/medians.ts';
import { databaseOf, projectOf, type Project } from './devlake/project.ts';
import { windowOf } from './devlake/window.ts';
import type { ReportRequest } from './metrics-report.ts';
import { metricsOf } from './metrics.ts';
import type { Period } from './periods.ts';
import { differencesFromOurs, differencesOfPostgres } from './profile-differences/all.ts';
import type { Compared, Found } from './profile-differences/asked.ts';
import type { Scope } from './scope.ts';
import { scopesOf } from './scopes.ts';

export interface ComparisonRequest extends ReportRequest {
  readonly profiles: readonly Profile[];
  /** How long before an incident the deployment may lie that ours blames. */
  readonly incidentWithin: DurationMs;
}

type Board = Readonly<Record<ComparedMetric, DevlakeValue>>;

const DIALECTS: Readonly<Record<DevlakeProfile, Dialect>> = {
  'devlake-mysql': 'mysql',
  'devlake-postgres': 'postgres',
};

/** The metrics of each group and period by several definitions, and why they differ. */
export function profileComparison(dataset: Dataset, request: ComparisonRequest): ComparisonReport {
  const { context, unit, periods, by, teams, benchmarkYear, environment, repositories, profiles } = request;
  const database = databaseOf(dataset, context.asOf);
  return {
    schema: COMPARISON_SCHEMA,
    asOf: isoInstant(context.asOf),
    timezone: context.timezone,
    period: unit,
    profiles,
    benchmark: Object.fromEntries(
      profiles.map((profile) => [profile, isDevlake(profile) ? reportFor(benchmarkYear) : benchmarkYear]),
    ),
    scope: { repositories: repositories.toSorted(compareText), environment },
    groups: scopesOf(dataset, by, teams).map(({ by: group, key, scope }): ComparedGroup => {
      const project = projectOf(scope, database);
      return {
        by: group,
        key,
        periods: periods.map((period) => comparedPeriod(scope, project, period, request)),
      };
    }),
    notes: notesOn(profiles),
  };
}

/** DevLake has the tables of two reports; who asks for another one gets the newer. */
function reportFor(benchmarkYear: number): DevlakeReport {
  return benchmarkYear === 2021 ? 2021 : 2023;
}

function comparedPeriod(
  scope: Scope,
  project: Project,
  period: Period,
  request: ComparisonRequest,
): ComparedPeriod {
  const { context, profiles, benchmarkYear, leadTimeUnit, incidentWithin } = request;
  const ours = metricsOf(scope, period, context);
  const window = windowOf(period, context.asOf);
  const boards = new Map<DevlakeProfile, Board>();
  const differences = new Map<DevlakeProfile, Readonly<Record<ComparedMetric, readonly Found[]>>>();
  for (const profile of profiles.filter(isDevlake)) {
    const kind = { dialect: DIALECTS[profile], report: reportFor(benchmarkYear) };
    const board = boardOf(project, window, kind);
    const compared: Compared = {
      scope,
      project,
      window,
      kind,
      asOf: context.asOf,
      ours,
      board,
      leadTimeUnit,
      incidentWithin,
    };
    boards.set(profile, board);
    if (profiles.includes('dora')) differences.set(profile, differencesFromOurs(compared));
    else if (kind.dialect === 'postgres' && profiles.includes('devlake-mysql'))
      differences.set(
        profile,
        differencesOfPostgres(compared, boardOf(project, window, { ...kind, dialect: 'mysql' })),
      );
  }
  return {
    period: period.label,
    start: ours.start,
    end: ours.end,
    complete: ours.complete,
    metrics: COMPARED_METRICS.map((metric) => ({
      metric,
      values: valuesOf(metric, profiles, ours, boards),
      differences: [...differences].flatMap(([profile, all]) =>
        all[metric].map(({ code, count }): Difference => {
          return { profile, code, count, reason: differenceWords(code, count) };
        }),
      ),
    })),
  };
}

/** In the order in which the profiles were asked for. */
function valuesOf(
  metric: ComparedMetric,
  profiles: readonly Profile[],
  ours: PeriodMetrics,
  boards: ReadonlyMap<DevlakeProfile, Board>,
): ComparedValues {
  const values = {};
  for (const profile of profiles) {
    const value = isDevlake(profile) ? boards.get(profile)?.[metric] : ourValue(metric, ours);
    Object.assign(values, { [profile]: value });
  }
  return values;
}

const NAMES: Readonly<Record<ComparedMetric, MetricName>> = {
  'deployment-frequency': 'deploymentFrequency',
  'lead-time': 'leadTime',
  'change-fail-rate': 'changeFailRate',
  'time-to-restore': 'timeToRestore',
  'rework-rate': 'reworkRate',
};

function ourValue(metric: ComparedMetric, ours: PeriodMetrics): OurValue {
  const name = NAMES[metric];
  const { value, n, reason } = ours[name];
  const band = name === 'reworkRate' ? null : ours[name].band;
  return { value, n, text: metricWords(ours)[name], band, ...(reason === undefined ? {} : { reason }) };
}

/** What a reader must know of every number of these profiles. */
function notesOn(profiles: readonly Profile[]): string[] {
  if (!profiles.some(isDevlake)) return [];
  const notes = [
    'DevLake: a period is the window of the dashboard, a running one until as-of; days are those of UTC, the usual time zone of its database.',
  ];
  if (profiles.includes('devlake-postgres'))
    notes.push(
      'devlake-postgres: the numbers of the overall table; what a small panel of the same board shows differently stands in square brackets.',
      'devlake-postgres: merged and not deployed pull requests are not known here; DevLake counts them in its lead time.',
    );
  return notes;
}
