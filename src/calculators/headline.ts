import type { MetricName, PeriodMetrics } from '../domain/metrics-report.ts';
import type { Comparison } from '../domain/report-model.ts';
import { counted } from '../domain/counted.ts';
import { durationWords } from '../domain/duration-words.ts';

/** One sentence, as a person would say it, about a period against the one before. */
export function headlineOf(
  period: PeriodMetrics | undefined,
  comparisons: Readonly<Record<MetricName, Comparison>>,
): string {
  if (period === undefined || period.deploymentFrequency.value === null)
    return 'No deployment is known in this period.';
  const parts = [frequency(period, comparisons.deploymentFrequency), leadTime(period, comparisons.leadTime)];
  const { previous } = comparisons.deploymentFrequency;
  const opening =
    previous === null ? `In ${period.period}` : `In ${period.period}, compared with ${previous},`;
  return `${opening} ${parts.filter((part) => part !== '').join(' and ')}; ${failures(period, comparisons.changeFailRate)}.`;
}

function frequency(
  { deploymentFrequency: { value } }: PeriodMetrics,
  { verdict, previousValue }: Comparison,
): string {
  const now = counted(value ?? 0, 'deployment');
  if (previousValue === null) return `there ${value === 1 ? 'was' : 'were'} ${now}`;
  const change = `(${String(previousValue)} → ${now})`;
  if (verdict === 'same') return `you ship about as often as before ${change}`;
  return `you ship ${verdict === 'better' ? 'more' : 'less'} often ${change}`;
}

function leadTime({ leadTime: { value } }: PeriodMetrics, { verdict, previousValue }: Comparison): string {
  if (value === null) return 'no change was shipped';
  if (previousValue === null) return `changes wait ${durationWords(value)} (median)`;
  const change = `(median ${durationWords(previousValue)} → ${durationWords(value)})`;
  if (verdict === 'same') return `changes wait about as long ${change}`;
  return `changes wait ${verdict === 'better' ? 'less' : 'longer'} ${change}`;
}

function failures({ changeFailRate: { value, n, failed } }: PeriodMetrics, { verdict }: Comparison): string {
  if (value === null) return 'nothing is known of failures';
  const share = `${String(failed)} of ${counted(n, 'deployment')} failed`;
  if (verdict === 'none') return share;
  if (verdict === 'same') return `${share}, about as before`;
  return `${share}, ${verdict === 'better' ? 'fewer' : 'more'} than before`;
}
