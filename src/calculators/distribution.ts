import type { LeadTimeDistribution } from '../domain/report-model.ts';
import { quantile } from './quantile.ts';

/** Bin edges a decade: 1, 2, 5. */
const STEPS = [1, 2, 5];
const SMALLEST = 60;

/** Lead times in bins that grow 1, 2, 5, 10 …, from a minute up; `null` for none. Seconds in, seconds out. */
export function distributionOf(period: string, values: Float64Array): LeadTimeDistribution | null {
  const longest = values.at(-1);
  if (longest === undefined) return null;
  const bins: { from: number; to: number; count: number }[] = [];
  let from = 0;
  for (const to of edges(longest)) {
    bins.push({ from, to, count: 0 });
    from = to;
  }
  let bin = 0;
  for (const value of values) {
    while (bin < bins.length - 1 && value >= (bins[bin]?.to ?? Infinity)) bin += 1;
    const found = bins[bin];
    if (found !== undefined) found.count += 1;
  }
  const first = bins.findIndex(({ count }) => count > 0);
  const quantiles = {
    p50: quantile(values, 0.5),
    p75: quantile(values, 0.75),
    p90: quantile(values, 0.9),
    p95: quantile(values, 0.95),
  };
  return { period, n: values.length, bins: bins.slice(first), quantiles };
}

function edges(longest: number): number[] {
  const found: number[] = [];
  for (let decade = SMALLEST; ; decade *= 10) {
    for (const step of STEPS) {
      found.push(decade * step);
      if (decade * step > longest) return found;
    }
  }
}
