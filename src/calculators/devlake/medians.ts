import { quantile } from '../quantile.ts';

/** The two databases that DevLake's dashboards are written for; they compute different things. */
export type Dialect = 'mysql' | 'postgres';

/**
 * The largest of ascending `values` whose percent rank is at most a half, which is the lower median: of an even number of values the lower
 * of the two in the middle. `null` for none.
 */
export function lowerMedian(values: Float64Array): number | null {
  return values[Math.floor((values.length - 1) / 2)] ?? null;
}

/**
 * The smallest of ascending `values` whose percent rank is at least a half; `null` where none has one, which is so for a single value and
 * for values that are all equal.
 *
 * The percent rank of a value is the share of the others that are smaller: `smaller / (n - 1)`, and 0 for a single value.
 */
export function upperRanked(values: Float64Array): number | null {
  for (const value of values) {
    const smaller = values.indexOf(value);
    if (smaller > 0 && smaller * 2 >= values.length - 1) return value;
  }
  return null;
}

/** The median of ascending `values` as the dialect's overall table takes it: PostgreSQL lies between the two in the middle. `null` for none. */
export function medianOf(values: Float64Array, dialect: Dialect): number | null {
  if (values.length === 0) return null;
  return dialect === 'mysql' ? lowerMedian(values) : quantile(values, 0.5);
}
