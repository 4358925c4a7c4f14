import { counted } from '../../domain/counted.ts';
import { metricWords } from '../../domain/metric-words.ts';
import {
  groupName,
  type MetricsGroup,
  type MetricsReport,
  type PeriodMetrics,
} from '../../domain/metrics-report.ts';
import { printable } from '../../domain/printable.ts';

export const TITLES = [
  'Period',
  'Deployments',
  'Lead time',
  'Change fail rate',
  'Time to restore',
  'Rework rate',
] as const;

/** What people call a group; empty for the whole. */
export function groupTitle({ by, key }: Pick<MetricsGroup, 'by' | 'key'>): string {
  return by === null ? '' : printable(groupName(by, key));
}

/** The row of a period as people read it; `*` marks the running one. */
export function cells(period: PeriodMetrics): string[] {
  const { deploymentFrequency, leadTime, changeFailRate, timeToRestore } = period;
  const words = metricWords(period);
  return [
    period.complete ? period.period : `${period.period}*`,
    words.deploymentFrequency + band(deploymentFrequency.band),
    words.leadTime + band(leadTime.band),
    words.changeFailRate + band(changeFailRate.band),
    words.timeToRestore + band(timeToRestore.band),
    words.reworkRate,
  ];
}

/** What stands below every table: what the marks mean and how far the data goes. */
export function footer(report: MetricsReport): string[] {
  const { asOf, benchmark, coverage, leadTimeUnit, setAside, timezone } = report;
  const hasRunning = report.groups.some(({ periods }) => periods.some(({ complete }) => !complete));
  const aside = Object.entries(setAside).map(([reason, count]) => `${String(count)} ${reason}`);
  const unit = leadTimeUnit === 'commit' ? '' : ', lead time by pull request';
  return [
    `as of ${asOf}, time zone ${timezone}, levels of the ${String(benchmark.year)} report${unit}${hasRunning ? ', * not over yet' : ''}`,
    `${counted(coverage.commits, 'commit')}; set aside: ${aside.length === 0 ? 'none' : aside.join(', ')}`,
  ];
}

export function band(name: string | null): string {
  return name === null ? '' : ` · ${name}`;
}
