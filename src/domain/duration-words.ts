import { DAY, HOUR, MINUTE, SECOND } from './units.ts';

/** Seconds in words people use, two units at the most: `45 s`, `12 min`, `3 h 20 min`, `2 d 4 h`, `41 d`. */
export function durationWords(seconds: number): string {
  const milliseconds = seconds * SECOND;
  if (milliseconds < MINUTE) return `${String(Math.round(seconds))} s`;
  if (milliseconds < HOUR) return `${String(Math.round(milliseconds / MINUTE))} min`;
  if (milliseconds < DAY)
    return twoUnits(milliseconds, { unit: HOUR, name: 'h' }, { unit: MINUTE, name: 'min' });
  if (milliseconds < 10 * DAY)
    return twoUnits(milliseconds, { unit: DAY, name: 'd' }, { unit: HOUR, name: 'h' });
  return `${String(Math.round(milliseconds / DAY))} d`;
}

interface Named {
  readonly unit: number;
  readonly name: string;
}

function twoUnits(milliseconds: number, large: Named, small: Named): string {
  const total = Math.round(milliseconds / small.unit);
  const perLarge = large.unit / small.unit;
  const rest = total % perLarge;
  const text = `${String(Math.floor(total / perLarge))} ${large.name}`;
  return rest === 0 ? text : `${text} ${String(rest)} ${small.name}`;
}
