import type { MetricsGroup, MetricsReport, PeriodMetrics } from '../../domain/metrics-report.ts';

/** Seconds to three decimals, everything else to four: as exact as the sources are, and stable in a diff. */
export const SECONDS = 1e3;
export const SHARES = 1e4;

/** The report as JSON, in the order of its fields, with numbers rounded and a line feed at the end. */
export function metricsJson(report: MetricsReport): string {
  return `${JSON.stringify(roundedReport(report), null, 2)}\n`;
}

/** The report with every number as it is written: what other outputs show must agree with the JSON. */
export function roundedReport(report: MetricsReport): MetricsReport {
  const { withPullRequest, byBots } = report.coverage;
  return {
    ...report,
    groups: report.groups.map((group): MetricsGroup => ({
      ...group,
      periods: group.periods.map(roundedPeriod),
    })),
    coverage: {
      ...report.coverage,
      withPullRequest: withPullRequest === null ? null : round(withPullRequest, SHARES),
      byBots: byBots === null ? null : round(byBots, SHARES),
    },
  };
}

/** The same for the numbers of one period. */
export function roundedPeriod(period: PeriodMetrics): PeriodMetrics {
  return {
    ...period,
    deploymentFrequency: rounded(period.deploymentFrequency, SHARES),
    leadTime: {
      ...rounded(period.leadTime, SECONDS),
      stages: rounded(period.leadTime.stages, SECONDS),
    },
    changeFailRate: rounded(period.changeFailRate, SHARES),
    timeToRestore: rounded(period.timeToRestore, SECONDS),
    reworkRate: rounded(period.reworkRate, SHARES),
    incidents: rounded(period.incidents, SECONDS),
  };
}

/** The same metric with its numbers, and those in its intervals, rounded. */
function rounded<Metric extends object>(metric: Metric, scale: number): Metric {
  const copy = { ...metric };
  for (const [name, value] of Object.entries(metric))
    Object.assign(copy, { [name]: roundedValue(value, scale) });
  return copy;
}

function roundedValue(value: unknown, scale: number): unknown {
  if (typeof value === 'number') return round(value, scale);
  return Array.isArray(value) ? value.map((item) => roundedValue(item, scale)) : value;
}

export function round(value: number, scale: number): number {
  return Math.round(value * scale) / scale;
}
