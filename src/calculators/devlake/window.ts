import { DAY, type EpochMs } from '../../domain/units.ts';
import type { Period } from '../periods.ts';
import type { Dialect } from './medians.ts';

/** What a dashboard is opened for, `[start, end)`. */
export interface BoardWindow {
  readonly start: number;
  readonly end: number;
}

/** MySQL's board makes its list of days from so many numbers. */
const MOST_DAYS = 400;

/** The window that a period is looked at through; a running one ends with as-of, itself included. */
export function windowOf({ start, end }: Pick<Period, 'start' | 'end'>, asOf: EpochMs): BoardWindow {
  return { start, end: Math.min(end, asOf + 1) };
}

export function isIn(instant: number | null, { start, end }: BoardWindow): boolean {
  return instant !== null && instant >= start && instant < end;
}

/** The day of the database, which keeps UTC, as a number. */
export function dayOfDatabase(instant: number): number {
  return Math.floor(instant / DAY);
}

/**
 * The days that the board counts, ascending.
 *
 * - MySQL goes back from the last instant in steps of a day while it is later than the start, 400 days at most.
 * - PostgreSQL goes forward from the start in steps of a day while a whole one is left. So it leaves out the day on which a window ends in
 *   the middle.
 */
export function listedDays({ start, end }: BoardWindow, dialect: Dialect): number[] {
  const days: number[] = [];
  if (dialect === 'postgres') {
    for (let at = start; at <= end - DAY; at += DAY) days.push(dayOfDatabase(at));
    return days;
  }
  for (let at = end - 1; at > start && days.length < MOST_DAYS; at -= DAY) days.push(dayOfDatabase(at));
  return days.reverse();
}

/** The ISO week of a day, as a number: they begin on Monday. Day 0 was a Thursday. */
export function weekOf(day: number): number {
  return Math.floor((day + 3) / 7);
}

/** The calendar month of a day: `year * 12 + month`, January being 1. */
export function monthOf(day: number): number {
  const date = new Date(day * DAY);
  return date.getUTCFullYear() * 12 + date.getUTCMonth() + 1;
}
