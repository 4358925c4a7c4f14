import { isInstant, type EpochMs } from '../domain/units.ts';

const WRITTEN = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d))?$/u;

/** `2026-11-20T00:00:00Z`, or `2026-11-20` for midnight UTC, as people give it to an option; `null` for anything else. */
export function instantIn(text: string): EpochMs | null {
  const instant = WRITTEN.test(text) && isOnCalendar(text.slice(0, 10)) ? Date.parse(text) : NaN;
  return isInstant(instant) ? instant : null;
}

/** Whether the day exists: JavaScript moves 30 February to March. */
function isOnCalendar(date: string): boolean {
  return new Date(`${date}T00:00:00Z`).toISOString().startsWith(date);
}
