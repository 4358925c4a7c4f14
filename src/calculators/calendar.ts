import { Temporal } from 'temporal-polyfill';
import type { CalendarDay } from '../domain/calendar-day.ts';
import { instantOf, labelOf, startOf } from './periods.ts';

/** Every day of whole years, the first and the last of them included, in order. A day that the time zone skipped is there and has no length. */
export function* daysOf(firstYear: number, lastYear: number, timezone: string): Generator<CalendarDay> {
  let date = Temporal.PlainDate.from({ year: firstYear, month: 1, day: 1 });
  let start = instantOf(date, timezone);
  while (date.year <= lastYear) {
    const next = date.add({ days: 1 });
    const end = instantOf(next, timezone);
    yield {
      day: labelOf('day', date),
      weekday: date.dayOfWeek,
      week: labelOf('week', startOf('week', date)),
      month: labelOf('month', date),
      quarter: labelOf('quarter', startOf('quarter', date)),
      year: labelOf('year', date),
      start,
      end,
    };
    date = next;
    start = end;
  }
}

/** The year of an instant. */
export function yearOf(instant: number, timezone: string): number {
  return Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(timezone).year;
}
