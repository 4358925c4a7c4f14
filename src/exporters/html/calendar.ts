const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Instants as people write them, in one time zone. */
export interface Calendar {
  readonly timeZone: string;
  /** `20 Nov 2026`. */
  day(instant: number): string;
  /** `20 Nov 2026, 13:05`. */
  minute(instant: number): string;
  /** `2026-11-20T13:05`, for the `datetime` of a `time` element. */
  machine(instant: number): string;
}

/** Only digits are asked of Intl: its words and separators change with the version of ICU. */
export function calendar(timeZone: string): Calendar {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  const fields = (instant: number): Record<'year' | 'month' | 'day' | 'hour' | 'minute', string> => {
    const found = { year: '', month: '', day: '', hour: '', minute: '' };
    for (const { type, value } of format.formatToParts(instant)) {
      if (type === 'year' || type === 'month' || type === 'day' || type === 'hour' || type === 'minute') {
        found[type] = value;
      }
    }
    return found;
  };
  const day = (instant: number): string => {
    const { year, month, day: date } = fields(instant);
    return `${String(Number(date))}\u00a0${monthName(Number(month))}\u00a0${year}`;
  };
  return {
    timeZone,
    day,
    minute: (instant) => {
      const { hour, minute } = fields(instant);
      return `${day(instant)}, ${hour}:${minute}`;
    },
    machine: (instant) => {
      const { year, month, day: date, hour, minute } = fields(instant);
      return `${year.padStart(4, '0')}-${month}-${date}T${hour}:${minute}`;
    },
  };
}

/** `1` is `Jan`. */
export function monthName(month: number): string {
  return MONTHS[month - 1] ?? String(month);
}
