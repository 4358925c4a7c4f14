import * as z from 'zod';
import { DAY, durationMs, HOUR, MINUTE, WEEK, type DurationMs } from '../domain/units.ts';

/** Lengths of time as people write them: `90m`, `12h`, `7d`, `2w`. */

const UNITS: Readonly<Record<string, number>> = { m: MINUTE, h: HOUR, d: DAY, w: WEEK };
const DURATION = /^(\d{1,6}(?:\.\d+)?)\s*([mhdw])$/u;

const AS_DURATION = 'write a number and a unit: 90m, 12h, 7d or 2w';
export const duration = z.string(AS_DURATION).regex(DURATION, AS_DURATION);

/** Milliseconds of a duration that the schema has let through. */
export function parseDuration(text: string): DurationMs {
  const [, amount, unit] = DURATION.exec(text) ?? [];
  return durationMs(Number(amount) * (UNITS[unit ?? ''] ?? NaN));
}
