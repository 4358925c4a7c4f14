import {
  METRIC_NAMES,
  type Interval,
  type MetricName,
  type PeriodMetrics,
} from '../domain/metrics-report.ts';
import type { Comparison } from '../domain/report-model.ts';

/** Which way is better; every metric but the first should be small. */
const MORE_IS_BETTER: ReadonlySet<MetricName> = new Set(['deploymentFrequency']);

/** Position of the period to show: the latest complete one, else the last. */
export function focusOf(periods: readonly PeriodMetrics[]): number {
  const complete = periods.findLastIndex((period) => period.complete);
  return complete < 0 ? periods.length - 1 : complete;
}

/**
 * Each metric of a period against the one before.
 *
 * `same` where the two 95 % intervals overlap: the difference is not more than noise. Counts have a Poisson interval.
 */
export function comparisonsOf(
  periods: readonly PeriodMetrics[],
  focus: number,
): Record<MetricName, Comparison> {
  const now = periods[focus];
  const before = periods[focus - 1];
  const entries = METRIC_NAMES.map((name): [MetricName, Comparison] => [name, compare(name, before, now)]);
  const all = new Map(entries);
  const of = (name: MetricName) => all.get(name) ?? NOTHING;
  return {
    deploymentFrequency: of('deploymentFrequency'),
    leadTime: of('leadTime'),
    changeFailRate: of('changeFailRate'),
    timeToRestore: of('timeToRestore'),
    reworkRate: of('reworkRate'),
  };
}

const NOTHING: Comparison = {
  previous: null,
  previousValue: null,
  previousInterval: null,
  verdict: 'none',
  direction: 'none',
};

function compare(
  name: MetricName,
  before: PeriodMetrics | undefined,
  now: PeriodMetrics | undefined,
): Comparison {
  const a = before?.[name].value ?? null;
  const b = now?.[name].value ?? null;
  if (before === undefined || now === undefined || a === null || b === null) return NOTHING;
  const previousInterval = intervalOf(name, before);
  const interval = intervalOf(name, now);
  const change = { previous: before.period, previousValue: a, previousInterval };
  if (a === b) return { ...change, verdict: 'same', direction: 'flat' };
  const direction = b > a ? 'up' : 'down';
  if (overlaps(previousInterval, interval)) return { ...change, verdict: 'same', direction };
  const isBetter = (direction === 'up') === MORE_IS_BETTER.has(name);
  return { ...change, verdict: isBetter ? 'better' : 'worse', direction };
}

function intervalOf(name: MetricName, period: PeriodMetrics): Interval | null {
  if (name !== 'deploymentFrequency') return period[name].interval;
  const { value } = period[name];
  return value === null ? null : poissonInterval(value);
}

/** About 95 % limits of the mean behind a count, by the square-root transformation (Freeman & Tukey, 1950). */
function poissonInterval(count: number): Interval {
  return [Math.max(0, Math.sqrt(count) - 1) ** 2, (Math.sqrt(count + 1) + 1) ** 2];
}

/** Without both intervals nothing can be told apart. */
function overlaps(a: Interval | null, b: Interval | null): boolean {
  if (a === null || b === null) return true;
  return a[0] <= b[1] && b[0] <= a[1];
}
