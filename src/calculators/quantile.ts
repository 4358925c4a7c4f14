import type { Interval } from '../domain/metrics-report.ts';
import { SECOND } from '../domain/units.ts';

/** Two-sided 95 % of the normal distribution. */
export const Z95 = 1.959963984540054;

/** Above this many values the binomial tails are taken from the normal distribution; the ranks then differ by at most one. */
const EXACT_UP_TO = 1000;

/** A copy of `values` in ascending order. */
export function sorted(values: Iterable<number>): Float64Array {
  return Float64Array.from(values).sort();
}

/**
 * The `p`-quantile of ascending `values`, in their unit: Hyndman & Fan (1996), type 7, linear between order statistics.
 *
 * Throws `RangeError` when there are none.
 */
export function quantile(values: Float64Array, p: number): number {
  const position = (values.length - 1) * p;
  const below = values[Math.floor(position)];
  const above = values[Math.ceil(position)];
  if (below === undefined || above === undefined) throw new RangeError('quantile of no values');
  return below + (above - below) * (position % 1);
}

/**
 * The mean of durations in seconds; their order does not matter, because whole milliseconds are added up.
 *
 * Throws `RangeError` when there are none.
 */
export function mean(values: Float64Array): number {
  if (values.length === 0) throw new RangeError('mean of no values');
  let sum = 0;
  for (const value of values) sum += Math.round(value * SECOND);
  return sum / SECOND / values.length;
}

/**
 * A 95 % confidence interval of the median of ascending `values`: two of the values, by the binomial distribution of ranks.
 *
 * Makes no assumption about the shape of the distribution. `null` below six values: no two of them reach 95 %.
 */
export function medianInterval(values: Float64Array): Interval | null {
  const n = values.length;
  const below = n <= EXACT_UP_TO ? exactTail(n) : Math.floor((n - Z95 * Math.sqrt(n)) / 2);
  if (below < 1) return null;
  const low = values[below - 1];
  const high = values[n - below];
  return low === undefined || high === undefined ? null : [low, high];
}

/** The largest rank `r` for which fewer than `r` values lie below the median with probability at most 2.5 %; 0 for none. */
function exactTail(n: number): number {
  let term = 0.5 ** n;
  let sum = term;
  let rank = 0;
  while (sum <= 0.025 && rank < n) {
    rank += 1;
    term *= (n - rank + 1) / rank;
    sum += term;
  }
  return rank;
}
