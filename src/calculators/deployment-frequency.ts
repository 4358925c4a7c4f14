import { bisectRight } from 'd3-array';
import type { AssessedDeployment } from '../domain/deployment.ts';
import type { DeploymentFrequency } from '../domain/metrics-report.ts';
import { epochMs, type EpochMs } from '../domain/units.ts';
import { bandOfCadence, cadenceOf } from './bands.ts';
import { dayStarts, weeksOf, type Period } from './periods.ts';
import { quantile } from './quantile.ts';
import { finishedIn, type MetricsContext, type Scope } from './scope.ts';

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
