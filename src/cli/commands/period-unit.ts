import { Option } from '@commander-js/extra-typings';
import { DoraError } from '../../domain/errors.ts';
import type { PeriodUnit } from '../../domain/metrics-report.ts';

/** Both `month` and `monthly` are understood. */
const UNITS: ReadonlyMap<string, PeriodUnit> = new Map([
  ['day', 'day'],
  ['daily', 'day'],
  ['week', 'week'],
  ['weekly', 'week'],
  ['month', 'month'],
  ['monthly', 'month'],
  ['quarter', 'quarter'],
  ['quarterly', 'quarter'],
  ['year', 'year'],
  ['yearly', 'year'],
]);

export function periodOption(fallback: PeriodUnit) {
  return new Option(
    '--period <unit>',
    'length of a period: day, week, month, quarter, year (or daily, weekly …)',
  )
    .argParser(parsePeriodUnit)
    .default(fallback);
}

function parsePeriodUnit(text: string): PeriodUnit {
  const unit = UNITS.get(text);
  if (unit !== undefined) return unit;
  throw new DoraError('usage', `--period ${text} is not a length of time that is known`, {
    hint: 'choose day, week, month, quarter or year.',
  });
}
