import type { ChangeFailRate } from '../domain/metrics-report.ts';
import { bandOf } from './bands.ts';
import { outcomeAsOf } from './failure-as-of.ts';
import type { Period } from './periods.ts';
import { finishedIn, type MetricsContext, type Scope } from './scope.ts';
import { wilsonInterval } from './wilson.ts';

/**
 * Change fail rate: failed deployments among those that finished in the period and whose outcome is known.
 *
 * - A deployment fails by the first rule that holds as of as-of; it counts once, whatever it caused.
 * - Unknown outcomes are left out and counted beside it. The interval is Wilson's.
 * - Source: https://dora.dev/guides/dora-metrics/, change fail rate.
 */
export function changeFailRate(scope: Scope, period: Period, context: MetricsContext): ChangeFailRate {
  const counts = { succeeded: 0, failed: 0, unknown: 0 };
  for (const position of finishedIn(scope, period, context)) {
    const deployment = scope.deployments[position];
    if (deployment !== undefined) counts[outcomeAsOf(deployment, context.asOf)] += 1;
  }
  const { failed, unknown } = counts;
  const n = counts.succeeded + failed;
  if (n === 0) {
    const reason = unknown > 0 ? 'no-known-outcomes' : 'no-deployments';
    return { value: null, reason, n, failed, unknown, interval: null, band: null };
  }
  const value = failed / n;
  return {
    value,
    n,
    failed,
    unknown,
    interval: wilsonInterval(failed, n),
    band: bandOf('changeFailRate', value, n, context.bands),
  };
}
