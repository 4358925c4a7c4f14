import type { Incidents } from '../domain/metrics-report.ts';
import { SECOND } from '../domain/units.ts';
import type { Period } from './periods.ts';
import { mean, quantile, sorted } from './quantile.ts';
import type { MetricsContext, Scope } from './scope.ts';

/** Incidents that opened in the period, whatever caused them: seconds from opened to resolved, the median and mean. */
export function incidents(scope: Scope, period: Period, { asOf }: MetricsContext): Incidents {
  const opened = scope.incidents.filter(
    ({ openedAt }) => openedAt >= period.start && openedAt < period.end && openedAt <= asOf,
  );
  const unattributed = opened.filter(({ deployment }) => deployment === null).length;
  const values = sorted(
    opened.flatMap(({ openedAt, resolvedAt }) =>
      resolvedAt === null || resolvedAt > asOf ? [] : [(resolvedAt - openedAt) / SECOND],
    ),
  );
  const n = opened.length;
  if (values.length === 0) {
    return {
      value: null,
      reason: n === 0 ? 'no-incidents' : 'no-resolved-incidents',
      n,
      mean: null,
      unattributed,
    };
  }
  return { value: quantile(values, 0.5), n, mean: mean(values), unattributed };
}
