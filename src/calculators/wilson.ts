import type { Interval } from '../domain/metrics-report.ts';
import { Z95 } from './quantile.ts';

/**
 * The 95 % Wilson score interval of a rate: Wilson (1927).
 *
 * Sensible at 0 and 1 and for few trials, where the usual one is not. Throws `RangeError` without trials.
 */
export function wilsonInterval(successes: number, trials: number): Interval {
  if (!(trials > 0 && successes >= 0 && successes <= trials)) throw new RangeError('a rate needs trials');
  const rate = successes / trials;
  const square = Z95 * Z95;
  const centre = rate + square / (2 * trials);
  const spread = Z95 * Math.sqrt((rate * (1 - rate)) / trials + square / (4 * trials * trials));
  const scale = 1 + square / trials;
  // at the ends the bound is exact, and rounding must not push it beyond
  const low = successes === 0 ? 0 : Math.max(0, (centre - spread) / scale);
  const high = successes === trials ? 1 : Math.min(1, (centre + spread) / scale);
  return [low, high];
}
