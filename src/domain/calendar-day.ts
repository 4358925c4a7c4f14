/** A day in a time zone, with the labels of the periods that hold it. Instants are milliseconds, `[start, end)`. */
export interface CalendarDay {
  /** `2026-11-20` */
  readonly day: string;
  /** ISO-8601: 1 for Monday, 7 for Sunday. */
  readonly weekday: number;
  /** `2026-W47`, `2026-11`, `2026-Q4`, `2026`: the labels of `calculate`. */
  readonly week: string;
  readonly month: string;
  readonly quarter: string;
  readonly year: string;
  readonly start: number;
  readonly end: number;
}
