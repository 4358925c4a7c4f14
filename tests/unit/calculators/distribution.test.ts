import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distributionOf } from '../../../src/calculators/distribution.ts';
import { sorted } from '../../../src/calculators/quantile.ts';

describe('distributionOf', () => {
  it('has none where nothing shipped', () => {
    expect(distributionOf('2026-Q3', sorted([]))).toBeNull();
  });

  it('counts a value that lies on an edge in the bin above it', () => {
    expect(distributionOf('2026-Q3', sorted([59, 60, 119, 120, 299, 300]))?.bins).toEqual([
      { from: 0, to: 60, count: 1 },
      { from: 60, to: 120, count: 2 },
      { from: 120, to: 300, count: 2 },
      { from: 300, to: 600, count: 1 },
    ]);
  });

  it('begins with the first bin that holds something', () => {
    const { bins } = distributionOf('2026-Q3', sorted([86_400])) ?? { bins: [] };

    expect(bins).toEqual([{ from: 60_000, to: 120_000, count: 1 }]);
  });

  it('holds zero, and names the quantiles', () => {
    expect(distributionOf('2026-Q3', sorted([0, 0, 0]))).toEqual({
      period: '2026-Q3',
      n: 3,
      bins: [{ from: 0, to: 60, count: 3 }],
      quantiles: { p50: 0, p75: 0, p90: 0, p95: 0 },
    });
  });

  it('puts every value into exactly one bin, and the bins side by side', () => {
    const samples = fc.array(fc.integer({ min: 0, max: 100_000_000 }), { minLength: 1, maxLength: 50 });

    fc.assert(
      fc.property(samples, (sample) => {
        const { bins, n } = distributionOf('2026', sorted(sample)) ?? { bins: [], n: 0 };

        expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(n);
        expect(bins.slice(1).map(({ from }) => from)).toEqual(bins.slice(0, -1).map(({ to }) => to));
        for (const { from, to, count } of bins) {
          expect(sample.filter((value) => value >= from && value < to)).toHaveLength(count);
        }
      }),
    );
  });
});
