import { isRework } from '../domain/deployment.ts';
import type { ReworkRate } from '../domain/metrics-report.ts';
import type { Period } from './periods.ts';
import { finishedIn, type MetricsContext, type Scope } from './scope.ts';
import { wilsonInterval } from './wilson.ts';

/**
 * Deployment rework rate: succeeded deployments that repaired a failed one, among the succeeded ones that finished in the period.
 *
 * - A repair is a rollback, or ships a revert or a hotfix that marked a failure, or is what a person said was a hotfix or a rollback.
 * - Source: https://dora.dev/guides/dora-metrics/, deployment rework rate.
 */
export function reworkRate(scope: Scope, period: Period, context: MetricsContext): ReworkRate {
  const succeeded = finishedIn(scope, period, context).flatMap((position) => {
    const deployment = scope.deployments[position];
    return deployment?.outcome === 'succeeded' ? [deployment] : [];
  });
  const n = succeeded.length;
  if (n === 0) return { value: null, reason: 'no-deployments', n, rework: 0, interval: null };
  const rework = succeeded.filter(isRework).length;
  return { value: rework / n, n, rework, interval: wilsonInterval(rework, n) };
}
