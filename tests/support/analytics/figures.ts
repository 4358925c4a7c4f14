import type {
  GroupBy,
  MetricsReport,
  PeriodMetrics,
  PeriodUnit,
} from '../../../src/domain/metrics-report.ts';
import type { LeadTimeUnit } from '../../../src/domain/settings.ts';
import { block } from './page.ts';
import type { SqlRow } from './duckdb.ts';

/** Figures of a metric by scope and period. Where there is no value there is no entry. */
type Figures = Record<string, Record<string, number | null>>;

export interface Choice {
  readonly asOf: number;
  readonly unit: PeriodUnit;
  readonly by: GroupBy | null;
}

/** How `calculate` rounds: src/exporters/metrics/json.ts. */
const SECONDS = 1e3;
const SHARES = 1e4;

interface Metric {
  /** Name of the statement. */
  readonly sql: string;
  /** What `calculate` says, in the columns of the statement; `null` where it has no value. */
  readonly of: (period: PeriodMetrics) => Record<string, number | null> | null;
  readonly scale: number;
}

const METRICS: readonly Metric[] = [
  {
    sql: 'deployment-frequency',
    scale: SHARES,
    of: ({ deploymentFrequency: found }) =>
      found.value === null
        ? null
        : {
            n: found.value,
            deployment_days: found.deploymentDays,
            per_day: found.perDay,
            per_week: found.perWeek,
            median_deployment_days_per_week: found.medianDeploymentDaysPerWeek,
          },
  },
  {
    sql: 'change-fail-rate',
    scale: SHARES,
    of: ({ changeFailRate: { n, failed, unknown, value } }) =>
      n + unknown === 0 ? null : { n, failed, unknown, rate: value },
  },
  {
    sql: 'time-to-restore',
    scale: SECONDS,
    of: ({ timeToRestore: { n, open, value, mean } }) =>
      n + open === 0 ? null : { n, open, median: value, mean },
  },
  {
    sql: 'rework-rate',
    scale: SHARES,
    of: ({ reworkRate: { n, rework, value } }) => (n === 0 ? null : { n, rework, rate: value }),
  },
  {
    sql: 'incidents',
    scale: SECONDS,
    of: ({ incidents: { n, unattributed, value, mean } }) =>
      n === 0 ? null : { n, unattributed, median: value, mean },
  },
];

function leadTime(unit: LeadTimeUnit): Metric {
  return {
    sql: unit === 'commit' ? 'lead-time' : 'lead-time-by-pull-request',
    scale: SECONDS,
    of: ({ leadTime: { n, mean, value, p75, p90, p95 } }) =>
      n === 0 ? null : { n, mean, median: value, p75, p90, p95 },
  };
}

/** Every figure that a report has and this page has a statement for, by name of the statement. */
export function figuresOf(report: MetricsReport): Record<string, Figures> {
  return Object.fromEntries(
    [leadTime(report.leadTimeUnit), ...METRICS].map(({ sql, of }) => {
      const figures: Figures = {};
      for (const { key, periods } of report.groups) {
        for (const period of periods) {
          const found = of(period);
          if (found !== null) figures[`${key ?? 'all'} ${period.period}`] = found;
        }
      }
      return [sql, figures];
    }),
  );
}

/** The statement with the three things chosen that docs/analytics.md says one may choose. */
export function statement(name: string, { asOf, unit, by }: Choice): string {
  const text = block(name).replace('1795132800000', String(asOf));
  const scoped = by === null ? text : text.replaceAll("'all' AS scope", `${by} AS scope`);
  return scoped.replaceAll(/\bquarter\b/gu, unit);
}

/** The same figures from an engine, rounded as `calculate` does. */
export function figuresFrom(
  query: (sql: string) => readonly SqlRow[],
  leadTimeUnit: LeadTimeUnit,
  choice: Choice,
): Record<string, Figures> {
  return Object.fromEntries(
    [leadTime(leadTimeUnit), ...METRICS].map(({ sql, scale }) => {
      const figures: Figures = {};
      for (const { scope, period, ...values } of query(statement(sql, choice))) {
        // an incident of no component in particular belongs to no scope
        if (scope === '') continue;
        figures[`${unescaped(String(scope))} ${String(period)}`] = Object.fromEntries(
          Object.entries(values).map(([column, value]) => [column, rounded(value ?? null, scale)]),
        );
      }
      return [sql, figures];
    }),
  );
}

/** The name of a repository as it is: this DuckDB leaves it as it stands in the path. */
function unescaped(scope: string): string {
  return /%[0-9A-F]{2}/u.test(scope) ? decodeURIComponent(scope) : scope;
}

function rounded(value: SqlRow[string], scale: number): number | null {
  return value === null ? null : Math.round(Number(value) * scale) / scale;
}

/** The rows set aside by reason. */
export function setAsideFrom(
  query: (sql: string) => readonly SqlRow[],
  choice: Choice,
): Record<string, number> {
  const rows = query(statement('set-aside', choice));
  return Object.fromEntries(rows.map(({ reason, n }) => [String(reason), Number(n)]));
}
