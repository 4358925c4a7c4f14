import { quantileSorted } from 'd3-array';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mean, medianInterval, quantile, sorted } from '../../../src/calculators/quantile.ts';

const values = fc
  .array(fc.integer({ min: -1_000_000, max: 1_000_000 }), { minLength: 1, maxLength: 60 })
  .map(sorted);

describe('quantile', () => {
  it('lies between the two values around it, as far as the rank does (Hyndman & Fan, type 7)', () => {
    const four = sorted([10, 20, 30, 40]);

    expect([0, 0.25, 0.5, 0.75, 0.9, 1].map((p) => quantile(four, p))).toEqual([10, 17.5, 25, 32.5, 37, 40]);
  });

  it('is the value itself where there is one only', () => {
    expect([0, 0.5, 1].map((p) => quantile(sorted([7]), p))).toEqual([7, 7, 7]);
  });

  it('refuses to speak for nothing', () => {
    expect(() => quantile(sorted([]), 0.5)).toThrow(RangeError);
  });

  it('is what d3-array says, for any values and any p', () => {
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (sample, p) => {
        expect(quantile(sample, p)).toBeCloseTo(quantileSorted([...sample], p) ?? NaN, 6);
      }),
    );
  });

  it('grows with p and never leaves the values', () => {
    const twoShares = fc.tuple(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
    );

    fc.assert(
      fc.property(values, twoShares, (sample, [p, q]) => {
        const low = quantile(sample, Math.min(p, q));
        const high = quantile(sample, Math.max(p, q));

        expect(low).toBeLessThanOrEqual(high + 1e-6);
        expect(low).toBeGreaterThanOrEqual((sample[0] ?? NaN) - 1e-6);
        expect(high).toBeLessThanOrEqual((sample.at(-1) ?? NaN) + 1e-6);
      }),
    );
  });
});

describe('sorted', () => {
  it('orders numbers as numbers and leaves what it was given alone', () => {
    const given = [10, 9, 100, -1];

    expect([...sorted(given)]).toEqual([-1, 9, 10, 100]);
    expect(given).toEqual([10, 9, 100, -1]);
  });
});

describe('mean', () => {
  it('is the sum over the count', () => {
    expect(mean(sorted([1, 2, 6]))).toBe(3);
  });

  it('refuses to speak for nothing', () => {
    expect(() => mean(sorted([]))).toThrow(RangeError);
  });

  it('moves by as much as every value does', () => {
    fc.assert(
      fc.property(values, fc.integer({ min: -1000, max: 1000 }), (sample, shift) => {
        expect(mean(sample.map((value) => value + shift))).toBeCloseTo(mean(sample) + shift, 6);
      }),
    );
  });
});

/**
 * Ranks (from 1) of the narrowest interval, symmetric in rank, that holds the median with at least 95 %.
 *
 * Counts the ways in which at most `below` of `n` coins show heads, in whole numbers: 2.5 % is one in forty.
 */
function ranksByCounting(n: number): readonly [number, number] | null {
  const all = 2n ** BigInt(n);
  let ways = 1n;
  let counted = 1n;
  let below = 0;
  while (counted * 40n <= all) {
    below += 1;
    ways = (ways * BigInt(n - below + 1)) / BigInt(below);
    counted += ways;
  }
  return below === 0 ? null : [below, n - below + 1];
}

describe('medianInterval', () => {
  it('has none for five values: even all of them hold the median too seldom', () => {
    expect(medianInterval(sorted([1, 2, 3, 4, 5]))).toBeNull();
    expect(medianInterval(sorted([]))).toBeNull();
  });

  it.each([
    [6, [1, 6]],
    [8, [1, 8]],
    [9, [2, 8]],
    [10, [2, 9]],
    [15, [4, 12]],
    [20, [6, 15]],
    [25, [8, 18]],
    [30, [10, 21]],
    [50, [18, 33]],
    [100, [40, 61]],
  ])('of %i values takes those of the published ranks %j', (n, ranks) => {
    const ranked = sorted(Array.from({ length: n }, (_, index) => index + 1));

    expect(medianInterval(ranked)).toEqual(ranks);
  });

  it('takes the ranks that counting all outcomes gives, up to 300 values', () => {
    const wrong = Array.from({ length: 300 }, (_, index) => index + 1).filter((n) => {
      const ranked = sorted(Array.from({ length: n }, (_, index) => index + 1));
      return JSON.stringify(medianInterval(ranked)) !== JSON.stringify(ranksByCounting(n));
    });

    expect(wrong).toEqual([]);
  });

  it.each([1000, 1001, 1500, 2001])('is at most one rank off counting with %i values', (n) => {
    const interval = medianInterval(sorted(Array.from({ length: n }, (_, index) => index + 1))) ?? [0, 0];

    const counted = ranksByCounting(n) ?? [0, 0];
    expect(Math.abs(interval[0] - counted[0])).toBeLessThanOrEqual(1);
    expect(interval[0] + interval[1]).toBe(n + 1);
  });

  it('always holds the median', () => {
    fc.assert(
      fc.property(values, (sample) => {
        const [low, high] = medianInterval(sample) ?? [-Infinity, Infinity];

        expect(low).toBeLessThanOrEqual(quantile(sample, 0.5));
        expect(high).toBeGreaterThanOrEqual(quantile(sample, 0.5));
      }),
    );
  });
});
