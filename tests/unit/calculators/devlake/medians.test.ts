import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lowerMedian, medianOf, upperRanked } from '../../../../src/calculators/devlake/medians.ts';

/** `percent_rank()` of SQL, as the standard defines it: the share of the other rows that come before the first of its peers. */
function percentRank(value: number, values: readonly number[]): number {
  const before = values.filter((other) => other < value).length;
  return values.length === 1 ? 0 : before / (values.length - 1);
}

/** `percentile_cont(0.5)`: half way between the row at or below the middle and the one at or above it. */
function percentileCont(values: readonly number[]): number {
  const ordered = values.toSorted((a, b) => a - b);
  const middle = (ordered.length - 1) / 2;
  return ((ordered[Math.floor(middle)] ?? NaN) + (ordered[Math.ceil(middle)] ?? NaN)) / 2;
}

const few = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 40 });
const ascending = (values: readonly number[]) => Float64Array.from(values).sort();

describe('medians of a board', () => {
  it('the lower median is the largest value with a percent rank of a half at most', () => {
    fc.assert(
      fc.property(few, (values) => {
        const wanted = Math.max(...values.filter((value) => percentRank(value, values) <= 0.5));
        expect(lowerMedian(ascending(values))).toBe(wanted);
      }),
    );
  });

  it('the upper one is the smallest value with a percent rank of a half at least, and may not be there', () => {
    fc.assert(
      fc.property(few, (values) => {
        const ranked = values.filter((value) => percentRank(value, values) >= 0.5);
        expect(upperRanked(ascending(values))).toBe(ranked.length === 0 ? null : Math.min(...ranked));
      }),
    );
  });

  it('that of PostgreSQL is the quantile of type 7', () => {
    fc.assert(
      fc.property(few, (values) => {
        expect(medianOf(ascending(values), 'postgres')).toBe(percentileCont(values));
      }),
    );
  });

  it('are none of nothing', () => {
    const nothing = new Float64Array();
    expect([
      lowerMedian(nothing),
      upperRanked(nothing),
      medianOf(nothing, 'mysql'),
      medianOf(nothing, 'postgres'),
    ]).toEqual([null, null, null, null]);
  });
});
