import type { PeriodMetrics } from '../domain/metrics-report.ts';
import { isoInstant } from '../domain/units.ts';
import { changeFailRate } from './change-fail-rate.ts';
import { deploymentFrequency } from './deployment-frequency.ts';
import { incidents } from './incidents.ts';
import { leadTime } from './lead-time.ts';
import type { Period } from './periods.ts';
import { reworkRate } from './rework-rate.ts';
import type { MetricsContext, Scope } from './scope.ts';
import { timeToRestore } from './time-to-restore.ts';

/** All metrics of one scope in one period. */
export function metricsOf(scope: Scope, period: Period, context: MetricsContext): PeriodMetrics {
  return {
    period: period.label,
    start: isoInstant(period.start),
    end: isoInstant(period.end),
    complete: period.end <= context.asOf,
    deploymentFrequency: deploymentFrequency(scope, period, context),
    leadTime: leadTime(scope, period, context),
    changeFailRate: changeFailRate(scope, period, context),
    timeToRestore: timeToRestore(scope, period, context),
    reworkRate: reworkRate(scope, period, context),
    incidents: incidents(scope, period, context),
  };
}
