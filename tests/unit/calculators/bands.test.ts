import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bandOf,
  bandOfCadence,
  cadenceOf,
  type BandedValue,
  type BandSettings,
} from '../../../src/calculators/bands.ts';
import {
  BAND_LEVELS,
  BENCHMARK_YEARS,
  BENCHMARKS,
  CADENCES,
  type BenchmarkYear,
  type Cadence,
} from '../../../src/domain/benchmarks.ts';
import { DAY, HOUR, SECOND, WEEK } from '../../../src/domain/units.ts';

const hour = HOUR / SECOND;
const day = DAY / SECOND;
const week = WEEK / SECOND;
const month = 30.436875 * day;

function settings(year: BenchmarkYear, minimumSample = 5): BandSettings {
  return { table: BENCHMARKS[year], minimumSample };
}

function bands(year: BenchmarkYear, metric: BandedValue, values: readonly number[]): (string | null)[] {
  return values.map((value) => bandOf(metric, value, 5, settings(year)));
}

// the numbers of the reports: PDFs of 2018, 2019 and 2021, their sponsors' tables after that
const LEAD_TIMES = [hour / 2, 5 * hour, 3 * day, 2 * week, 3 * month, 8 * month];
const RATES = [0, 0.05, 0.07, 0.1, 0.12, 0.18, 0.25, 0.35, 0.5, 0.62, 0.7];
const RECOVERIES = [hour / 2, 5 * hour, 3 * day, 2 * week, 3 * month, 8 * month];

describe.each([
  {
    year: 2018,
    leadTime: ['elite', 'between elite and high', 'high', 'medium', 'low', 'beyond low'],
    timeToRestore: [
      'elite',
      'high or medium',
      'between high or medium and low',
      'low',
      'beyond low',
      'beyond low',
    ],
    changeFailRate: [
      ...Array.from({ length: 5 }, () => 'elite or high or medium'),
      ...Array.from({ length: 3 }, () => 'between elite or high or medium and low'),
      'low',
      'beyond low',
      'beyond low',
    ],
    frequency: ['elite', 'high', 'medium or low', 'beyond medium or low', 'beyond medium or low'],
  },
  {
    year: 2019,
    leadTime: ['elite', 'elite', 'high', 'medium', 'low', 'beyond low'],
    timeToRestore: [
      'elite',
      'high or medium',
      'between high or medium and low',
      'low',
      'beyond low',
      'beyond low',
    ],
    changeFailRate: [
      ...Array.from({ length: 5 }, () => 'elite or high or medium'),
      ...Array.from({ length: 3 }, () => 'between elite or high or medium and low'),
      'low',
      'beyond low',
      'beyond low',
    ],
    frequency: ['elite', 'high', 'medium', 'low', 'beyond low'],
  },
  {
    year: 2021,
    leadTime: ['elite', 'between elite and high', 'high', 'between high and medium', 'medium', 'low'],
    timeToRestore: ['elite', 'high', 'medium', 'between medium and low', 'between medium and low', 'low'],
    changeFailRate: [
      ...Array.from({ length: 5 }, () => 'elite'),
      'high or medium or low',
      'high or medium or low',
      ...Array.from({ length: 4 }, () => 'beyond high or medium or low'),
    ],
    frequency: ['elite', 'between elite and high', 'high', 'medium', 'low'],
  },
  {
    year: 2022,
    leadTime: ['high', 'high', 'high', 'medium', 'low', 'beyond low'],
    timeToRestore: ['high', 'high', 'medium', 'low', 'beyond low', 'beyond low'],
    changeFailRate: [
      ...Array.from({ length: 5 }, () => 'high'),
      'medium',
      'medium',
      'between medium and low',
      'low',
      'beyond low',
      'beyond low',
    ],
    frequency: ['high', 'between high and medium', 'medium', 'low', 'beyond low'],
  },
  {
    year: 2023,
    leadTime: ['elite', 'elite', 'high', 'medium or low', 'beyond medium or low', 'beyond medium or low'],
    timeToRestore: ['elite', 'high', 'medium', 'between medium and low', 'low', 'beyond low'],
    changeFailRate: [
      'elite',
      'elite',
      'between elite and high',
      'high',
      'between high and medium',
      ...Array.from({ length: 5 }, () => 'between medium and low'),
      'beyond low',
    ],
    frequency: ['elite', 'high', 'medium or low', 'beyond medium or low', 'beyond medium or low'],
  },
  {
    year: 2024,
    leadTime: ['elite', 'elite', 'high', 'medium', 'low', 'beyond low'],
    timeToRestore: [
      'elite',
      'high or medium',
      'between high or medium and low',
      'low',
      'beyond low',
      'beyond low',
    ],
    changeFailRate: [
      'elite',
      'elite',
      'between elite and medium',
      'medium',
      'between medium and high',
      'between medium and high',
      'between high and low',
      'between high and low',
      'beyond low',
      'beyond low',
      'beyond low',
    ],
    frequency: ['elite', 'high', 'medium', 'low', 'beyond low'],
  },
] as const)('the bands of $year', ({ year, leadTime, timeToRestore, changeFailRate, frequency }) => {
  it('place lead times, holes and overlaps included', () => {
    expect(bands(year, 'leadTime', LEAD_TIMES)).toEqual(leadTime);
  });

  it('place recovery times', () => {
    expect(bands(year, 'timeToRestore', RECOVERIES)).toEqual(timeToRestore);
  });

  it('place fail rates', () => {
    expect(bands(year, 'changeFailRate', RATES)).toEqual(changeFailRate);
  });

  it('place cadences', () => {
    expect(CADENCES.map((cadence) => bandOfCadence(cadence, 5, settings(year)))).toEqual(frequency);
  });
});

describe('a band', () => {
  it('is the better one on the border of two that only touch', () => {
    expect(bands(2024, 'leadTime', [day, week, month, 6 * month])).toEqual([
      'elite',
      'high',
      'medium',
      'low',
    ]);
  });

  it('is the single published number itself, and what is worse lies beyond', () => {
    expect(bands(2024, 'changeFailRate', [0.4, 0.400001])).toEqual(['low', 'beyond low']);
  });

  it.each([
    [4, null],
    [5, 'elite'],
  ])('needs the smallest sample: %i values give %s', (n, band) => {
    expect(bandOf('leadTime', hour, n, settings(2024))).toBe(band);
    expect(bandOfCadence('on-demand', n, settings(2024))).toBe(band);
  });

  it('is missing where the table says nothing of the metric', () => {
    const table = { deploymentFrequency: {}, leadTime: {}, changeFailRate: {}, timeToRestore: {} };

    expect(bandOf('leadTime', 1, 5, { table, minimumSample: 1 })).toBeNull();
    expect(bandOfCadence('weekly', 5, { table, minimumSample: 1 })).toBeNull();
  });

  it('never gets better when a lead time or a recovery gets longer, in any year', () => {
    const best = (band: string | null) => BAND_LEVELS.findIndex((level) => (band ?? '').includes(level));
    const seconds = fc.double({ min: 0, max: 12 * month, noNaN: true });
    const metric = fc.constantFrom('leadTime', 'timeToRestore');

    fc.assert(
      fc.property(fc.constantFrom(...BENCHMARK_YEARS), metric, seconds, seconds, (year, name, a, b) => {
        const [shorter, longer] = bands(year, name, [Math.min(a, b), Math.max(a, b)]);

        expect(best(shorter ?? null)).toBeLessThanOrEqual(best(longer ?? null));
      }),
    );
  });
});

describe('cadenceOf', () => {
  it.each<[number | null, number, Cadence]>([
    [5, 0.7, 'on-demand'],
    [4.5, 0.6, 'weekly'],
    [1, 0.1, 'weekly'],
    [0.5, 1 / 7, 'monthly'],
    [0, 1 / 30, 'monthly'],
    [0, 1 / 31, 'half-yearly'],
    [0, 1 / 182, 'half-yearly'],
    [0, 1 / 183, 'rarer'],
    [0, 0, 'rarer'],
    [null, 5 / 7, 'on-demand'],
    [null, 1 / 7, 'weekly'],
    [null, 1 / 8, 'monthly'],
  ])('of %s days in the median week and %d a day is %s', (median, perDay, cadence) => {
    expect(cadenceOf(median, perDay)).toBe(cadence);
  });

  it('never gets rarer when there are more deployment days', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });

    fc.assert(
      fc.property(share, share, (a, b) => {
        const rank = (perDay: number) => CADENCES.indexOf(cadenceOf(null, perDay));

        expect(rank(Math.max(a, b))).toBeLessThanOrEqual(rank(Math.min(a, b)));
      }),
    );
  });
});
