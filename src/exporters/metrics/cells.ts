import { counted } from '../../domain/counted.ts';
import { durationWords } from '../../domain/duration-words.ts';
import {
  groupName,
  type MetricsGroup,
  type MetricsReport,
  type PeriodMetrics,
} from '../../domain/metrics-report.ts';
import { printable } from '../../domain/printable.ts';
import { REASON_WORDS } from '../../domain/reason-words.ts';

export const TITLES = [
  'Period',
  'Deployments',
  'Lead time',
  'Change fail rate',
  'Time to restore',
  'Rework rate',
] as const;

/** What people call a group; empty for the whole. */
export function groupTitle({ by, key }: MetricsGroup): string {
  return by === null ? '' : printable(groupName(by, key));
}

/** The row of a period as people read it; `*` marks the running one. */
export function cells(period: PeriodMetrics): string[] {
  const { deploymentFrequency: frequency, leadTime, changeFailRate, timeToRestore, reworkRate } = period;
  return [
    period.complete ? period.period : `${period.period}*`,
    frequency.value === null
      ? REASON_WORDS[frequency.reason]
      : `${String(frequency.value)}${band(frequency.band)}`,
    leadTime.value === null
      ? REASON_WORDS[leadTime.reason]
      : `${durationWords(leadTime.value)}${band(leadTime.band)}`,
    changeFailRate.value === null
      ? REASON_WORDS[changeFailRate.reason]
      : `${percent(changeFailRate.value)} (${String(changeFailRate.failed)}/${String(changeFailRate.n)})${band(changeFailRate.band)}`,
    timeToRestore.value === null
      ? REASON_WORDS[timeToRestore.reason]
      : `${durationWords(timeToRestore.value)}${band(timeToRestore.band)}`,
    reworkRate.value === null
      ? REASON_WORDS[reworkRate.reason]
      : `${percent(reworkRate.value)} (${String(reworkRate.rework)}/${String(reworkRate.n)})`,
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

function band(name: string | null): string {
  return name === null ? '' : ` · ${name}`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1).replace(/\.0$/u, '')} %`;
}
