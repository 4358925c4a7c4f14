import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  dayOf,
  dayStarts,
  MOST_PERIODS,
  periodNamed,
  periodsIn,
  weeksOf,
  type Period,
} from '../../../src/calculators/periods.ts';
import { PERIOD_UNITS } from '../../../src/domain/metrics-report.ts';
import { epochMs, HOUR, isoInstant } from '../../../src/domain/units.ts';
import { at } from '../../support/builders.ts';

const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/St_Johns',
  'Asia/Kathmandu',
  'Pacific/Auckland',
  'Australia/Lord_Howe',
  'America/Sao_Paulo',
];

const DEFAULT = { from: null, to: null };

function hoursOf({ start, end }: Period): number {
  return (end - start) / HOUR;
}

function named(label: string, timezone = 'UTC'): Period {
  return periodNamed(label, timezone).period;
}

function labels(periods: readonly Period[]): string[] {
  return periods.map(({ label }) => label);
}

describe('a period', () => {
  it.each([
    ['2026-11-20', 'day', '2026-11-20T00:00:00Z', '2026-11-21T00:00:00Z', 1],
    ['2026-W47', 'week', '2026-11-16T00:00:00Z', '2026-11-23T00:00:00Z', 7],
    ['2026-11', 'month', '2026-11-01T00:00:00Z', '2026-12-01T00:00:00Z', 30],
    ['2026-Q4', 'quarter', '2026-10-01T00:00:00Z', '2027-01-01T00:00:00Z', 92],
    ['2026', 'year', '2026-01-01T00:00:00Z', '2027-01-01T00:00:00Z', 365],
    ['2024-02', 'month', '2024-02-01T00:00:00Z', '2024-03-01T00:00:00Z', 29],
  ])('%s is the %s from %s to before %s', (label, unit, start, end, days) => {
    const found = periodNamed(label, 'UTC');

    expect(found.unit).toBe(unit);
    expect(found.period).toEqual({ label, start: at(start), end: at(end), days });
  });

  it.each([
    ['Europe/Berlin', '2026-W13', 167],
    ['Europe/Berlin', '2026-W43', 169],
    ['America/New_York', '2026-W10', 167],
    ['Pacific/Auckland', '2026-W39', 167],
    ['Australia/Lord_Howe', '2026-W14', 168.5],
    ['UTC', '2026-W13', 168],
  ])('in %s has seven days when the clocks change: %s has %d hours', (timezone, label, hours) => {
    const week = named(label, timezone);

    expect(hoursOf(week)).toBe(hours);
    expect(week.days).toBe(7);
  });

  it('begins when the day does, also where midnight does not exist', () => {
    // on 4 November 2018 the clocks of São Paulo went from 23:59:59 to 01:00
    const day = named('2018-11-04', 'America/Sao_Paulo');

    expect(isoInstant(day.start)).toBe('2018-11-04T03:00:00Z');
    expect(hoursOf(day)).toBe(23);
  });

  it('keeps the whole day that a country skipped out of the calendar', () => {
    // Samoa had no 30 December 2011
    const before = named('2011-12-29', 'Pacific/Apia');
    const after = named('2011-12-31', 'Pacific/Apia');

    expect(before.end).toBe(after.start);
  });

  it.each([
    ['Asia/Kathmandu', '2026-09-30T18:15:00Z', '2026-12-31T18:15:00Z'],
    ['America/St_Johns', '2026-10-01T02:30:00Z', '2027-01-01T03:30:00Z'],
    ['Pacific/Auckland', '2026-09-30T11:00:00Z', '2026-12-31T11:00:00Z'],
  ])('is a quarter of the calendar in %s', (timezone, start, end) => {
    const quarter = named('2026-Q4', timezone);

    expect([isoInstant(quarter.start), isoInstant(quarter.end)]).toEqual([start, end]);
    expect(quarter.days).toBe(92);
  });

  it.each([
    ['2024-12-30', '2025-W01'],
    ['2024-12-29', '2024-W52'],
    ['2021-01-03', '2020-W53'],
    ['2027-01-03', '2026-W53'],
    ['2023-01-01', '2022-W52'],
  ])('counts %s to week %s, whatever the calendar year', (day, week) => {
    const { start } = named(day);

    const [found] = periodsIn('week', { from: day, to: day }, epochMs(start + HOUR), 'UTC');

    expect(found?.label).toBe(week);
  });

  it.each([
    '',
    '26',
    '2026-13',
    '2026-00',
    '2026-11-31',
    '2026-02-29',
    '2026-W00',
    '2026-W54',
    '2025-W53',
    '2026-Q0',
    '2026-Q5',
    '2026-W7',
    '2026-1',
    '2026-11-1',
    ' 2026',
    '2026-11-20T00:00:00Z',
    'last month',
    '0000-00',
  ])('is not what %j names, and the message says what to write', (label) => {
    expect(() => periodNamed(label, 'UTC')).toThrow(RangeError);
    expect(() => periodNamed(label, 'UTC')).toThrow(/not a period: .*write 2026-11-20/u);
  });

  const instants = fc.integer({ min: Date.UTC(1971, 0, 1), max: Date.UTC(2090, 0, 1) });

  it('begins where the one before it ends, in any zone and unit', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...PERIOD_UNITS),
        fc.constantFrom(...ZONES),
        instants,
        (unit, zone, now) => {
          const periods = periodsIn(unit, DEFAULT, epochMs(now), zone);

          expect(periods.slice(1).map(({ start }) => start)).toEqual(
            periods.slice(0, -1).map(({ end }) => end),
          );
          expect(new Set(labels(periods)).size).toBe(periods.length);
        },
      ),
    );
  });

  it('is found again by its label, and holds its own first instant and not its last', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...PERIOD_UNITS),
        fc.constantFrom(...ZONES),
        instants,
        (unit, zone, now) => {
          const period = periodsIn(unit, DEFAULT, epochMs(now), zone).at(-1);

          expect(period?.start).toBeLessThanOrEqual(now);
          expect(period?.end).toBeGreaterThan(now);
          expect(periodNamed(period?.label ?? '', zone)).toEqual({ unit, period });
        },
      ),
    );
  });
});

describe('periodsIn', () => {
  const asOf = at('2026-11-20T12:00:00Z');

  it.each([
    ['day', 31, '2026-10-21', '2026-11-20'],
    ['week', 13, '2026-W35', '2026-W47'],
    ['month', 13, '2025-11', '2026-11'],
    ['quarter', 9, '2024-Q4', '2026-Q4'],
    ['year', 6, '2021', '2026'],
  ] as const)(
    'shows by default, by %s, %i periods from %s to the running one',
    (unit, count, first, last) => {
      const periods = periodsIn(unit, DEFAULT, asOf, 'UTC');

      expect([periods.length, periods[0]?.label, periods.at(-1)?.label]).toEqual([count, first, last]);
    },
  );

  it('holds the period in which --to lies, whatever unit it is given in', () => {
    expect(labels(periodsIn('month', { from: '2026-Q1', to: '2026-Q1' }, asOf, 'UTC'))).toEqual([
      '2026-01',
      '2026-02',
      '2026-03',
    ]);
    expect(labels(periodsIn('quarter', { from: '2026-02-10', to: '2026-04' }, asOf, 'UTC'))).toEqual([
      '2026-Q1',
      '2026-Q2',
    ]);
    expect(labels(periodsIn('year', { from: '2025-12-31', to: '2026-01-01' }, asOf, 'UTC'))).toEqual([
      '2025',
      '2026',
    ]);
  });

  it('counts back from --to where no --from is given', () => {
    expect(labels(periodsIn('year', { from: null, to: '2020' }, asOf, 'UTC'))).toEqual([
      '2015',
      '2016',
      '2017',
      '2018',
      '2019',
      '2020',
    ]);
  });

  it('says nothing of periods that begin after as-of', () => {
    expect(labels(periodsIn('month', { from: '2026-10', to: '2027-12' }, asOf, 'UTC'))).toEqual([
      '2026-10',
      '2026-11',
    ]);
  });

  it('takes the date that as-of is in the zone, not in UTC', () => {
    const lateEvening = at('2026-12-31T23:30:00Z');

    expect(periodsIn('year', DEFAULT, lateEvening, 'UTC').at(-1)?.label).toBe('2026');
    expect(periodsIn('year', DEFAULT, lateEvening, 'Pacific/Auckland').at(-1)?.label).toBe('2027');
  });

  it('refuses a range that holds nothing', () => {
    expect(() => periodsIn('month', { from: '2026-05', to: '2026-04' }, asOf, 'UTC')).toThrow(
      /holds no period/u,
    );
    expect(() => periodsIn('month', { from: '2027', to: null }, asOf, 'UTC')).toThrow(/holds no period/u);
  });

  it('refuses more periods than anybody reads', () => {
    expect(() => periodsIn('day', { from: '1990', to: null }, asOf, 'UTC')).toThrow(
      new RegExp(`more than ${String(MOST_PERIODS)} periods`, 'u'),
    );
  });
});

describe('dayOf', () => {
  it('is the date on the wall in the zone', () => {
    const instant = at('2026-03-28T23:30:00Z');

    expect(['UTC', 'Europe/Berlin', 'America/St_Johns'].map((zone) => dayOf(instant, zone))).toEqual([
      '2026-03-28',
      '2026-03-29',
      '2026-03-28',
    ]);
  });
});

describe('dayStarts', () => {
  it('steps over the days of a week in which one has 23 hours', () => {
    const { start, end } = named('2026-W13', 'Europe/Berlin');

    const starts = dayStarts(start, end, 'Europe/Berlin');

    const gaps = starts.slice(1).map((next, position) => (next - (starts[position] ?? NaN)) / HOUR);
    expect(starts[0]).toBe(start);
    expect(starts).toHaveLength(7);
    expect([...gaps, (end - (starts.at(-1) ?? NaN)) / HOUR]).toEqual([24, 24, 24, 24, 24, 24, 23]);
  });

  it('are none in an empty stretch', () => {
    const { start } = named('2026');

    expect(dayStarts(start, start, 'UTC')).toEqual([]);
  });
});

describe('weeksOf', () => {
  it('gives each week to the month of its Thursday', () => {
    expect(labels(weeksOf(named('2026-10'), 'UTC'))).toEqual([
      '2026-W40',
      '2026-W41',
      '2026-W42',
      '2026-W43',
      '2026-W44',
    ]);
    expect(labels(weeksOf(named('2026-11'), 'UTC'))[0]).toBe('2026-W45');
  });

  it('gives every week of a year to one of its months, in any zone', () => {
    const years = fc.integer({ min: 1975, max: 2080 }).map(String);

    fc.assert(
      fc.property(years, fc.constantFrom(...ZONES), (year, zone) => {
        const byMonth = Array.from({ length: 12 }, (_, month) =>
          weeksOf(named(`${year}-${String(month + 1).padStart(2, '0')}`, zone), zone),
        ).flat();

        expect(labels(byMonth)).toEqual(labels(weeksOf(named(year, zone), zone)));
        expect([52, 53]).toContain(byMonth.length);
      }),
      { numRuns: 30 },
    );
  });

  it('is the week itself for a week', () => {
    expect(labels(weeksOf(named('2026-W47'), 'UTC'))).toEqual(['2026-W47']);
  });

  it('are none in a day that is no Thursday', () => {
    expect(weeksOf(named('2026-11-20'), 'UTC')).toEqual([]);
    expect(labels(weeksOf(named('2026-11-19'), 'UTC'))).toEqual(['2026-W47']);
  });
});
