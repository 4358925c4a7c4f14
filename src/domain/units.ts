/** Units of time. Instants and durations are milliseconds; the types keep the two apart. */

declare const unit: unique symbol;

/** An instant: milliseconds since the Unix epoch, UTC. Negative before 1970. */
export type EpochMs = number & { readonly [unit]: 'EpochMs' };

/** A length of time in milliseconds; finite, never negative. */
export type DurationMs = number & { readonly [unit]: 'DurationMs' };

/** The instants an ISO-8601 date with a four-digit year can name; anything outside is a broken clock. */
const EARLIEST = Date.UTC(0, 0, 1) - 1900 * 366 * 86_400_000;
const LATEST = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const WEEK = 7 * DAY;

/** An instant from a number of milliseconds. Throws `RangeError` for what no four-digit year can hold. */
export function epochMs(value: number): EpochMs {
  if (!isInstant(value)) throw new RangeError(`not an instant: ${String(value)}`);
  return value;
}

/** Whether `value` is a whole number of milliseconds between the years 0 and 9999. */
export function isInstant(value: number): value is EpochMs {
  return Number.isInteger(value) && value >= EARLIEST && value <= LATEST;
}

/** A duration from a number of milliseconds. Throws `RangeError` for a negative or infinite one. */
export function durationMs(value: number): DurationMs {
  if (!(value >= 0 && value < Infinity)) throw new RangeError(`not a duration: ${String(value)} ms`);
  return value as DurationMs;
}

const TWO_DIGITS = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'));

/** The date part of each day that was asked for: a dataset has millions of instants on a few thousand days. */
const dates = new Map<number, string>();

/** `2026-01-02T03:04:05Z`; milliseconds appear only where there are some. */
export function isoInstant(instant: number): string {
  if (instant % SECOND !== 0) return new Date(instant).toISOString();
  const day = Math.floor(instant / DAY);
  let date = dates.get(day);
  if (date === undefined) {
    date = new Date(instant).toISOString().slice(0, 11);
    dates.set(day, date);
  }
  const seconds = (instant - day * DAY) / SECOND;
  const minutes = Math.floor(seconds / 60);
  const hour = TWO_DIGITS[Math.floor(minutes / 60)] ?? '';
  return `${date}${hour}:${TWO_DIGITS[minutes % 60] ?? ''}:${TWO_DIGITS[seconds % 60] ?? ''}Z`;
}
