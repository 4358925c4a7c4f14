import type { LeadTime } from '../domain/metrics-report.ts';
import { bandOf } from './bands.ts';
import { leadTimeStages } from './lead-time-stages.ts';
import type { Period } from './periods.ts';
import { mean, medianInterval, quantile } from './quantile.ts';
import { finishedIn, type MetricsContext, type Scope } from './scope.ts';

/**
 * Lead time for changes: from the author's commit to the first deployment that carried it, for the changes shipped by the succeeded
 * deployments that finished in the period. With `leadTime.unit: pull-request` a pull request is one change, from its first commit.
 *
 * - Out: seconds; the median with its 95 % interval, beside it mean and upper quantiles.
 * - Nothing shipped gives `no-shipped-changes`, never 0.
 * - Source: https://dora.dev/guides/dora-metrics/, change lead time.
 */
export function leadTime(scope: Scope, period: Period, context: MetricsContext): LeadTime {
  const values = leadTimesIn(scope, period, context);
  const n = values.length;
  const stages = leadTimeStages(scope, period, context);
  if (n === 0) {
    const nothing = { mean: null, p75: null, p90: null, p95: null, interval: null, band: null };
    return { value: null, reason: 'no-shipped-changes', n, ...nothing, stages };
  }
  const value = quantile(values, 0.5);
  return {
    value,
    n,
    mean: mean(values),
    p75: quantile(values, 0.75),
    p90: quantile(values, 0.9),
    p95: quantile(values, 0.95),
    interval: medianInterval(values),
    band: bandOf('leadTime', value, n, context.bands),
    stages,
  };
}

/** Lead times, in seconds and ascending, of the changes shipped in the period. */
export function leadTimesIn(scope: Scope, period: Period, context: MetricsContext): Float64Array {
  const parts = finishedIn(scope, period, context).map(
    (position) => scope.leadTimes[position] ?? new Float64Array(),
  );
  const values = new Float64Array(parts.reduce((length, part) => length + part.length, 0));
  let used = 0;
  for (const part of parts) {
    values.set(part, used);
    used += part.length;
  }
  return values.sort();
}
