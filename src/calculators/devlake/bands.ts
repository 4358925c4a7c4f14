import type { BandLevel } from '../../domain/benchmarks.ts';

/** The tables that DevLake has. */
export type DevlakeReport = 2021 | 2023;

type TimedMetric = 'lead-time' | 'time-to-restore';

const HOUR = 60;
const DAY = 24 * HOUR;

/** Minutes below which a value is elite, high, medium. */
const TIMES: Readonly<Record<TimedMetric, Record<DevlakeReport, readonly number[]>>> = {
  'lead-time': { 2023: [DAY, 7 * DAY, 30 * DAY], 2021: [HOUR, 7 * DAY, 180 * DAY] },
  'time-to-restore': { 2023: [HOUR, DAY, 7 * DAY], 2021: [HOUR, DAY, 7 * DAY] },
};

/** Fractions up to which a rate is elite, high, medium. */
const RATES: Readonly<Record<DevlakeReport, readonly number[]>> = {
  2023: [0.05, 0.1, 0.15],
  2021: [0.15, 0.2, 0.3],
};

const LEVELS = ['elite', 'high', 'medium'] as const;

/** The level of a time in minutes. */
export function levelOfTime(metric: TimedMetric, minutes: number, report: DevlakeReport): BandLevel {
  const limits = TIMES[metric][report];
  return LEVELS[limits.findIndex((limit) => minutes < limit)] ?? 'low';
}

/** The level of a change failure rate. */
export function levelOfRate(rate: number, report: DevlakeReport): BandLevel {
  return LEVELS[RATES[report].findIndex((limit) => rate <= limit)] ?? 'low';
}

/** Medians of deployment days; `null` where a board has none. */
export interface DayMedians {
  readonly week: number | null;
  readonly month: number | null;
  readonly sixMonths: number | null;
}

export interface PlacedFrequency {
  readonly value: number;
  readonly per: 'week' | 'month' | 'six months';
  readonly band: BandLevel;
}

/** A median, the number that it must reach, and the level that this gives. */
type Step = readonly [median: keyof DayMedians, from: number, band: BandLevel];

/** Asked in order. The last one is for what reaches none of the others. */
const STEPS: Readonly<Record<DevlakeReport, readonly Step[]>> = {
  2023: [
    ['week', 5, 'elite'],
    ['week', 1, 'high'],
    ['month', 1, 'medium'],
    ['month', 0, 'low'],
  ],
  2021: [
    ['week', 5, 'elite'],
    ['month', 1, 'high'],
    ['sixMonths', 1, 'medium'],
    ['sixMonths', 0, 'low'],
  ],
};

const UNITS = { week: 'week', month: 'month', sixMonths: 'six months' } as const;

/** The first level that a median reaches. Low is given only where `isCollected`, else `null`: the board prints N/A. */
export function placeFrequency(
  medians: DayMedians,
  isCollected: boolean,
  report: DevlakeReport,
): PlacedFrequency | null {
  for (const [median, from, band] of STEPS[report]) {
    const value = medians[median];
    if (value !== null && value >= from && (band !== 'low' || isCollected))
      return { value, per: UNITS[median], band };
  }
  return null;
}
