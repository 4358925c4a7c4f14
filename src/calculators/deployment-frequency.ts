import { bisectRight } from 'd3-array';
import type { AssessedDeployment } from '../domain/deployment.ts';
import type { DeploymentFrequency } from '../domain/metrics-report.ts';
import type { EpochMs } from '../domain/units.ts';
import { bandOfCadence, cadenceOf } from './bands.ts';
import { dayStarts, weeksOf, type Period } from './periods.ts';
import { quantile } from './quantile.ts';
import { finishedIn, firstSince, type MetricsContext, type Scope } from './scope.ts';

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
  const succeeded = finishedIn(scope, period, context).flatMap((position) => {
    const deployment = scope.deployments[position];
    return deployment?.outcome === 'succeeded' ? [deployment] : [];
  });
  const calendar = calendarOf(period, timezone);
  const days = distinctDays(succeeded, calendar.days);
  const elapsedDays = elapsedShare(period, asOf) * period.days;
  const perDay = elapsedDays > 0 ? succeeded.length / elapsedDays : null;
  const median = medianDaysPerWeek(scope, calendar, context);
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

/** What the calendar says of a period, whatever was deployed in it. */
interface PeriodCalendar {
  /** When each of its days begins. */
  readonly days: readonly number[];
  /** Those that have their Thursday in it. */
  readonly weeks: readonly Period[];
  /** When each day of those weeks begins. */
  readonly daysOfWeeks: readonly number[];
}

/** Asked once for all scopes: a thousand of them share the periods, and calendar arithmetic costs more than counting. */
const calendars = new WeakMap<Period, Map<string, PeriodCalendar>>();

function calendarOf(period: Period, timezone: string): PeriodCalendar {
  const known = calendars.get(period) ?? new Map<string, PeriodCalendar>();
  calendars.set(period, known);
  const found = known.get(timezone);
  if (found !== undefined) return found;
  const weeks = weeksOf(period, timezone);
  const [first, last] = [weeks[0]?.start ?? period.start, weeks.at(-1)?.end ?? period.start];
  const calendar = {
    days: dayStarts(period.start, period.end, timezone),
    weeks,
    daysOfWeeks: weeks.length === 0 ? [] : dayStarts(first, last, timezone),
  };
  known.set(timezone, calendar);
  return calendar;
}

function medianDaysPerWeek(
  { deployments }: Scope,
  { weeks: all, daysOfWeeks }: PeriodCalendar,
  { asOf }: MetricsContext,
): number | null {
  const weeks = all.filter(({ end }) => end <= asOf);
  const [first, last] = [weeks[0]?.start, weeks.at(-1)?.end];
  if (first === undefined || last === undefined) return null;
  const weekStarts = weeks.map(({ start }) => start);
  const counted = deployments
    .slice(firstSince(deployments, first), firstSince(deployments, last))
    .filter(({ outcome }) => outcome === 'succeeded');
  const perWeek = new Float64Array(weeks.length);
  for (const day of distinctDays(counted, daysOfWeeks)) {
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
