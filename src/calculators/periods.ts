import { Temporal } from 'temporal-polyfill';
import type { PeriodUnit } from '../domain/metrics-report.ts';
import { epochMs, type EpochMs } from '../domain/units.ts';

/** A half-open stretch of calendar time `[start, end)` in the workspace's time zone. */
export interface Period {
  /** `2026-11-20`, `2026-W47`, `2026-11`, `2026-Q4`, `2026`. */
  readonly label: string;
  readonly start: EpochMs;
  readonly end: EpochMs;
  /** Calendar days; a day of 23 or 25 hours is one. */
  readonly days: number;
}

/** How many complete periods are shown when nobody says, besides the running one. */
const DEFAULT_COUNT: Readonly<Record<PeriodUnit, number>> = {
  day: 30,
  week: 12,
  month: 12,
  quarter: 8,
  year: 5,
};

/** Nobody reads more rows than this; a longer range is a mistake in `--from`. */
export const MOST_PERIODS = 5000;

export interface Range {
  /** A label of any unit or a date; its start. `null` for the default. */
  readonly from: string | null;
  /** A label of any unit or a date, itself included. `null` for as-of. */
  readonly to: string | null;
}

/**
 * The periods of `unit` that cover `range`, in ascending order.
 *
 * By default the last complete ones and the one that contains as-of. Periods that begin after as-of are left out: nothing can be
 * known of them. Throws `RangeError` with a readable message for a label that is none or a range that is empty or too long.
 */
export function periodsIn(unit: PeriodUnit, range: Range, asOf: EpochMs, timezone: string): Period[] {
  const running = startOf(unit, dateAt(asOf, timezone));
  const from = range.from === null ? null : parseLabel(range.from).start;
  const last = range.to === null ? running : startOf(unit, parseLabel(range.to).end.subtract({ days: 1 }));
  const first =
    from === null ? step(unit, earlier(last, running), -DEFAULT_COUNT[unit]) : startOf(unit, from);
  const periods: Period[] = [];
  for (
    let start = first;
    Temporal.PlainDate.compare(start, earlier(last, running)) <= 0;
    start = step(unit, start, 1)
  ) {
    if (periods.length === MOST_PERIODS)
      throw new RangeError(
        `more than ${String(MOST_PERIODS)} periods: choose a later --from or a longer --period`,
      );
    periods.push(periodFrom(unit, start, timezone));
  }
  if (periods.length === 0)
    throw new RangeError('the range holds no period: --from is later than --to or than as-of');
  return periods;
}

/** The period that a label of any unit names. Throws `RangeError` for anything else. */
export function periodNamed(
  label: string,
  timezone: string,
): { readonly unit: PeriodUnit; readonly period: Period } {
  const { unit, start } = parseLabel(label);
  return { unit, period: periodFrom(unit, start, timezone) };
}

/** Calendar date of an instant, `2026-11-20`. */
export function dayOf(instant: number, timezone: string): string {
  return dateAt(instant, timezone).toString();
}

/** The instants at which the calendar days from `start` to before `end` begin. */
export function dayStarts(start: EpochMs, end: EpochMs, timezone: string): number[] {
  const starts: number[] = [];
  for (let date = dateAt(start, timezone); ; date = date.add({ days: 1 })) {
    const instant = instantOf(date, timezone);
    if (instant >= end) return starts;
    starts.push(instant);
  }
}

/** The ISO weeks whose Thursday lies in the period. */
export function weeksOf(period: Period, timezone: string): Period[] {
  const weeks: Period[] = [];
  let start = startOf('week', dateAt(period.start, timezone));
  for (;;) {
    const week = periodFrom('week', start, timezone);
    const thursday = instantOf(start.add({ days: 3 }), timezone);
    if (thursday >= period.end) return weeks;
    if (thursday >= period.start) weeks.push(week);
    start = start.add({ weeks: 1 });
  }
}

function periodFrom(unit: PeriodUnit, start: Temporal.PlainDate, timezone: string): Period {
  const next = step(unit, start, 1);
  return {
    label: labelOf(unit, start),
    start: instantOf(start, timezone),
    end: instantOf(next, timezone),
    days: start.until(next).days,
  };
}

export function startOf(unit: PeriodUnit, date: Temporal.PlainDate): Temporal.PlainDate {
  switch (unit) {
    case 'day':
      return date;
    case 'week':
      return date.subtract({ days: date.dayOfWeek - 1 });
    case 'month':
      return date.with({ day: 1 });
    case 'quarter':
      return date.with({ month: date.month - ((date.month - 1) % 3), day: 1 });
    case 'year':
      return date.with({ month: 1, day: 1 });
  }
}

function step(unit: PeriodUnit, date: Temporal.PlainDate, count: number): Temporal.PlainDate {
  switch (unit) {
    case 'day':
      return date.add({ days: count });
    case 'week':
      return date.add({ weeks: count });
    case 'month':
      return date.add({ months: count });
    case 'quarter':
      return date.add({ months: 3 * count });
    case 'year':
      return date.add({ years: count });
  }
}

export function labelOf(unit: PeriodUnit, start: Temporal.PlainDate): string {
  const year = String(start.year).padStart(4, '0');
  switch (unit) {
    case 'day':
      return start.toString();
    case 'week': {
      const week = String(start.weekOfYear ?? 0).padStart(2, '0');
      return `${String(start.yearOfWeek ?? start.year).padStart(4, '0')}-W${week}`;
    }
    case 'month':
      return start.toString().slice(0, 7);
    case 'quarter':
      return `${year}-Q${String((start.month + 2) / 3)}`;
    case 'year':
      return year;
  }
}

const LABEL =
  /^(?<year>\d{4})(?:-Q(?<quarter>[1-4])|-W(?<week>0[1-9]|[1-4]\d|5[0-3])|-(?<month>0[1-9]|1[0-2])(?:-(?<day>\d\d))?)?$/u;

function parseLabel(label: string): {
  readonly unit: PeriodUnit;
  readonly start: Temporal.PlainDate;
  readonly end: Temporal.PlainDate;
} {
  const found = LABEL.exec(label)?.groups;
  if (found === undefined) throw notAPeriod(label);
  const { year, quarter, week, month, day } = found;
  const unit = unitOf(found);
  try {
    let start = Temporal.PlainDate.from({ year: Number(year), month: 1, day: 1 });
    if (quarter !== undefined) start = start.with({ month: Number(quarter) * 3 - 2 });
    // the week that holds 4 January is the first
    if (week !== undefined) start = startOf('week', start.with({ day: 4 })).add({ weeks: Number(week) - 1 });
    if (month !== undefined) start = start.with({ month: Number(month) });
    if (day !== undefined) start = start.with({ day: Number(day) }, { overflow: 'reject' });
    if (week !== undefined && labelOf('week', start) !== label) throw notAPeriod(label);
    return { unit, start, end: day === undefined ? step(unit, start, 1) : start.add({ days: 1 }) };
  } catch {
    throw notAPeriod(label);
  }
}

function unitOf({ quarter, week, month, day }: Record<string, string | undefined>): PeriodUnit {
  if (quarter !== undefined) return 'quarter';
  if (week !== undefined) return 'week';
  if (day !== undefined) return 'day';
  return month === undefined ? 'year' : 'month';
}

function notAPeriod(label: string): RangeError {
  return new RangeError(`not a period: ${label} (write 2026-11-20, 2026-W47, 2026-11, 2026-Q4 or 2026)`);
}

function dateAt(instant: number, timezone: string): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(timezone).toPlainDate();
}

export function instantOf(date: Temporal.PlainDate, timezone: string): EpochMs {
  return epochMs(date.toZonedDateTime(timezone).epochMilliseconds);
}

function earlier(a: Temporal.PlainDate, b: Temporal.PlainDate): Temporal.PlainDate {
  return Temporal.PlainDate.compare(a, b) < 0 ? a : b;
}
