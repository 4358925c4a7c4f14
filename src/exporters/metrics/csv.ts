import { stringify } from 'csv-stringify/sync';
import type { MetricsReport, PeriodMetrics } from '../../domain/metrics-report.ts';
import { groupTitle } from './cells.ts';
import { roundedReport } from './json.ts';

/** One column each: a period is a row, so that a spreadsheet can draw it. Durations are seconds, rates fractions. */
const COLUMNS = {
  period: (p) => p.period,
  start: (p) => p.start,
  end: (p) => p.end,
  complete: (p) => (p.complete ? 'yes' : 'no'),
  deployments: (p) => p.deploymentFrequency.value,
  deployments_per_day: (p) => p.deploymentFrequency.perDay,
  deployment_days: (p) => p.deploymentFrequency.deploymentDays,
  median_deployment_days_per_week: (p) => p.deploymentFrequency.medianDeploymentDaysPerWeek,
  deployment_frequency_band: (p) => p.deploymentFrequency.band,
  changes: (p) => p.leadTime.n,
  lead_time_median_seconds: (p) => p.leadTime.value,
  lead_time_mean_seconds: (p) => p.leadTime.mean,
  lead_time_p75_seconds: (p) => p.leadTime.p75,
  lead_time_p90_seconds: (p) => p.leadTime.p90,
  lead_time_p95_seconds: (p) => p.leadTime.p95,
  lead_time_low_seconds: (p) => p.leadTime.interval?.[0] ?? null,
  lead_time_high_seconds: (p) => p.leadTime.interval?.[1] ?? null,
  lead_time_band: (p) => p.leadTime.band,
  change_fail_rate: (p) => p.changeFailRate.value,
  known_outcomes: (p) => p.changeFailRate.n,
  failed_deployments: (p) => p.changeFailRate.failed,
  unknown_outcomes: (p) => p.changeFailRate.unknown,
  change_fail_rate_low: (p) => p.changeFailRate.interval?.[0] ?? null,
  change_fail_rate_high: (p) => p.changeFailRate.interval?.[1] ?? null,
  change_fail_rate_band: (p) => p.changeFailRate.band,
  time_to_restore_median_seconds: (p) => p.timeToRestore.value,
  time_to_restore_mean_seconds: (p) => p.timeToRestore.mean,
  recovered_failures: (p) => p.timeToRestore.n,
  open_failures: (p) => p.timeToRestore.open,
  time_to_restore_band: (p) => p.timeToRestore.band,
  rework_rate: (p) => p.reworkRate.value,
  rework_deployments: (p) => p.reworkRate.rework,
  pull_requests: (p) => p.leadTime.stages.n,
  reviewed_pull_requests: (p) => p.leadTime.stages.reviewed,
  lead_time_coding_median_seconds: (p) => p.leadTime.stages.coding,
  lead_time_pickup_median_seconds: (p) => p.leadTime.stages.pickup,
  lead_time_review_median_seconds: (p) => p.leadTime.stages.review,
  lead_time_deploy_median_seconds: (p) => p.leadTime.stages.deploy,
  incidents: (p) => p.incidents.n,
  unattributed_incidents: (p) => p.incidents.unattributed,
  time_to_resolve_median_seconds: (p) => p.incidents.value,
  time_to_resolve_mean_seconds: (p) => p.incidents.mean,
} satisfies Record<string, (period: PeriodMetrics) => string | number | null>;

/** The report as CSV with a header; empty cells where there is no value. */
export function metricsCsv(report: MetricsReport): string {
  const rows = roundedReport(report).groups.flatMap((group) =>
    group.periods.map((period) => [
      group.by ?? '',
      groupTitle(group),
      ...Object.values(COLUMNS).map((value) => value(period)),
    ]),
  );
  return stringify([['group_by', 'group', ...Object.keys(COLUMNS)], ...rows], {
    escape_formulas: true,
    quoted_match: /[\r\n;\t]/u,
  });
}
