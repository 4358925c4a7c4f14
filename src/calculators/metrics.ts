import { bisectRight } from 'd3-array';

import type { AssessedDeployment } from '../domain/deployment.ts';
import type { Incident } from '../domain/incident.ts';
import type {
  ChangeFailRate,
  DeploymentFrequency,
  Incidents,
  LeadTime,
  PeriodMetrics,
  ReworkRate,
  TimeToRestore,
} from '../domain/metrics-report.ts';
import { epochMs, isoInstant, SECOND, type EpochMs } from '../domain/units.ts';
import { bandOf, bandOfCadence, cadenceOf, type BandSettings } from './bands.ts';
import { failureAsOf, outcomeAsOf, recoveryAsOf } from './failure-as-of.ts';
import { dayStarts, weeksOf, type Period } from './periods.ts';
import { mean, medianInterval, quantile, sorted } from './quantile.ts';
import { wilsonInterval } from './wilson.ts';

/** The rows of one scope (everything, or one component or repository). */
export interface Scope {
  /** In order of `finishedAt`. */
  readonly deployments: readonly AssessedDeployment[];
  /** Lead times in seconds of the changes that each of `deployments` shipped, at the same position. */
  readonly leadTimes: readonly Float64Array[];
  readonly incidents: readonly Incident[];
}

export interface MetricsContext {
  readonly asOf: EpochMs;
  readonly timezone: string;
  readonly bands: BandSettings;
}

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

/** The deployments that finished in the period, no later than as-of, as positions in the scope. */
export function finishedIn({ deployments }: Scope, period: Period, { asOf }: MetricsContext): number[] {
  const positions: number[] = [];
  for (const [position, { finishedAt }] of deployments.entries()) {
    if (finishedAt >= period.start && finishedAt < period.end && finishedAt <= asOf) positions.push(position);
  }
  return positions;
}

/**
 * Deployment frequency: succeeded deployments that finished in the period.
 *
 * - Out: the count; per day and week over the days that have passed by as-of; days with at least one; the median deployment days of the ISO
 *   weeks whose Thursday lies in the period, as far as they are over.
 * - A period that ends before the first known deployment has no value: nothing is known of it. After that, none is 0.
 * - Source: https://dora.dev/guides/dora-metrics/, deployment frequency.
 */
export function deploymentFrequency(
  scope: Scope,
  period: Period,
  context: MetricsContext,
): DeploymentFrequency {
  const { asOf, timezone, bands } = context;
  const succeeded = finishedIn(scope, period, context).flatMap((position) => {
    const deployment = scope.deployments[position];
    return deployment?.outcome === 'succeeded' ? [deployment] : [];
  });
  const first = scope.deployments[0]?.finishedAt ?? Infinity;
  if (first >= period.end || first > asOf) {
    const nothing = {
      perDay: null,
      perWeek: null,
      deploymentDays: 0,
      medianDeploymentDaysPerWeek: null,
      band: null,
    };
    return { value: null, reason: 'no-deployments', n: 0, ...nothing };
  }
  const days = distinctDays(succeeded, dayStarts(period.start, period.end, timezone));
  const elapsedDays = elapsedShare(period, asOf) * period.days;
  const perDay = elapsedDays > 0 ? succeeded.length / elapsedDays : null;
  const median = medianDaysPerWeek(scope, period, context);
  const cadence = cadenceOf(median, elapsedDays > 0 ? days.size / elapsedDays : 0);
  return {
    value: succeeded.length,
    n: succeeded.length,
    perDay,
    perWeek: perDay === null ? null : perDay * 7,
    deploymentDays: days.size,
    medianDeploymentDaysPerWeek: median,
    band: bandOfCadence(cadence, succeeded.length, bands),
  };
}

/**
 * Lead time for changes: from the author's commit to the first deployment that carried it, for the changes shipped by the succeeded
 * deployments that finished in the period.
 *
 * - Out: seconds; the median with its 95 % interval, beside it mean and upper quantiles.
 * - Nothing shipped gives `no-shipped-changes`, never 0.
 * - Source: https://dora.dev/guides/dora-metrics/, change lead time.
 */
export function leadTime(scope: Scope, period: Period, context: MetricsContext): LeadTime {
  const values = leadTimesIn(scope, period, context);
  const n = values.length;
  if (n === 0) {
    const nothing = { mean: null, p75: null, p90: null, p95: null, interval: null, band: null };
    return { value: null, reason: 'no-shipped-changes', n, ...nothing };
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

/**
 * Deployment rework rate: succeeded deployments that repaired a failed one, among the succeeded ones that finished in the period.
 *
 * - A repair is a rollback, or ships a revert or a hotfix that marked a failure.
 * - Source: https://dora.dev/guides/dora-metrics/, deployment rework rate.
 */
export function reworkRate(scope: Scope, period: Period, context: MetricsContext): ReworkRate {
  const succeeded = finishedIn(scope, period, context).flatMap((position) => {
    const deployment = scope.deployments[position];
    return deployment?.outcome === 'succeeded' ? [deployment] : [];
  });
  const n = succeeded.length;
  if (n === 0) return { value: null, reason: 'no-deployments', n, rework: 0, interval: null };
  const rework = succeeded.filter(({ repairs }) => repairs.length > 0).length;
  return { value: rework / n, n, rework, interval: wilsonInterval(rework, n) };
}

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

/** Share of the period that has passed by as-of, 0 to 1. */
function elapsedShare({ start, end }: Period, asOf: EpochMs): number {
  return Math.min(1, Math.max(0, (asOf - start) / (end - start)));
}

function medianDaysPerWeek(
  { deployments }: Scope,
  period: Period,
  { asOf, timezone }: MetricsContext,
): number | null {
  const weeks = weeksOf(period, timezone).filter(({ end }) => end <= asOf);
  if (weeks.length === 0) return null;
  const weekStarts = weeks.map(({ start }) => start);
  const first = weekStarts[0] ?? period.start;
  const last = weeks.at(-1)?.end ?? period.end;
  const counted = deployments.filter(
    ({ finishedAt, outcome }) => outcome === 'succeeded' && finishedAt >= first && finishedAt < last,
  );
  const perWeek = new Float64Array(weeks.length);
  for (const day of distinctDays(counted, dayStarts(epochMs(first), epochMs(last), timezone))) {
    const week = bisectRight(weekStarts, day) - 1;
    perWeek[week] = (perWeek[week] ?? 0) + 1;
  }
  return quantile(perWeek.sort(), 0.5);
}

/** The starts of the days on which at least one deployment finished. */
function distinctDays(
  deployments: readonly AssessedDeployment[],
  starts: readonly number[],
): ReadonlySet<number> {
  const days = new Set<number>();
  for (const { finishedAt } of deployments) {
    const start = starts[bisectRight(starts, finishedAt) - 1];
    if (start !== undefined) days.add(start);
  }
  return days;
}
