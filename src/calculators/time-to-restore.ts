import type { TimeToRestore } from '../domain/metrics-report.ts';
import { SECOND } from '../domain/units.ts';
import { bandOf } from './bands.ts';
import { failureAsOf, recoveryAsOf } from './failure-as-of.ts';
import type { Period } from './periods.ts';
import { mean, medianInterval, quantile, sorted } from './quantile.ts';
import type { MetricsContext, Scope } from './scope.ts';

/**
 * Time to restore (failed deployment recovery time): from a failure to its recovery, for the failures that began in the period.
 *
 * - Out: seconds; the median over the recovered ones. `open` counts those with no recovery by as-of; they are in no median.
 * - No failure gives `no-failures`; only open ones `no-recoveries`.
 * - Source: https://dora.dev/guides/dora-metrics/, failed deployment recovery time.
 */
export function timeToRestore(scope: Scope, period: Period, context: MetricsContext): TimeToRestore {
  const { asOf, bands } = context;
  let open = 0;
  const recovered: number[] = [];
  for (const deployment of scope.deployments) {
    const failure = failureAsOf(deployment, asOf);
    if (failure === null || failure.failureAt < period.start || failure.failureAt >= period.end) continue;
    const recoveredAt = recoveryAsOf(failure, asOf);
    if (recoveredAt === null) open += 1;
    else recovered.push((recoveredAt - failure.failureAt) / SECOND);
  }
  const values = sorted(recovered);
  const n = values.length;
  if (n === 0) {
    const reason = open > 0 ? 'no-recoveries' : 'no-failures';
    return { value: null, reason, n, mean: null, open, interval: null, band: null };
  }
  const value = quantile(values, 0.5);
  const interval = medianInterval(values);
  return { value, n, mean: mean(values), open, interval, band: bandOf('timeToRestore', value, n, bands) };
}
