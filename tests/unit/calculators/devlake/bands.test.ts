import { describe, expect, it } from 'vitest';
import { levelOfRate, levelOfTime, placeFrequency } from '../../../../src/calculators/devlake/bands.ts';

const DAY = 1440;

describe('levels of DevLake', () => {
  it.each([
    [2023, [DAY - 1, DAY, 7 * DAY, 30 * DAY]],
    [2021, [59, 60, 7 * DAY, 180 * DAY]],
  ] as const)('of lead time by the report of %i', (report, minutes) => {
    expect(minutes.map((value) => levelOfTime('lead-time', value, report))).toEqual([
      'elite',
      'high',
      'medium',
      'low',
    ]);
  });

  it.each([2021, 2023] as const)('of time to restore by the report of %i', (report) => {
    expect(
      [59, 60, DAY - 1, DAY, 7 * DAY].map((value) => levelOfTime('time-to-restore', value, report)),
    ).toEqual(['elite', 'high', 'high', 'medium', 'low']);
  });

  it.each([
    [2023, [0.05, 0.1, 0.15, 0.16]],
    [2021, [0.15, 0.2, 0.3, 0.31]],
  ] as const)('of the failure rate by the report of %i', (report, rates) => {
    expect(rates.map((rate) => levelOfRate(rate, report))).toEqual(['elite', 'high', 'medium', 'low']);
  });

  it.each([
    [2023, { week: 5, month: 20, sixMonths: 120 }, 'week', 'elite'],
    [2023, { week: 1, month: 4, sixMonths: 24 }, 'week', 'high'],
    [2023, { week: 0, month: 1, sixMonths: 6 }, 'month', 'medium'],
    [2023, { week: 0, month: 0, sixMonths: 3 }, 'month', 'low'],
    [2021, { week: 5, month: 20, sixMonths: 120 }, 'week', 'elite'],
    [2021, { week: 0, month: 1, sixMonths: 6 }, 'month', 'high'],
    [2021, { week: 0, month: 0, sixMonths: 1 }, 'six months', 'medium'],
    [2021, { week: 0, month: 0, sixMonths: 0 }, 'six months', 'low'],
  ] as const)('of frequency by the report of %i: %o', (report, medians, per, band) => {
    expect(placeFrequency(medians, true, report)).toMatchObject({ per, band });
  });

  it('have no low where the board takes the days for not collected', () => {
    expect(placeFrequency({ week: 0, month: 0, sixMonths: null }, false, 2023)).toBeNull();
  });
});
