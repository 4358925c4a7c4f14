import { describe, expect, it } from 'vitest';
import { daysOf, yearOf } from '../../../src/calculators/calendar.ts';
import { periodNamed } from '../../../src/calculators/periods.ts';
import { at } from '../../support/builders.ts';

describe('the days of a calendar', () => {
  it('are those of whole years, with the labels of the periods that hold them', () => {
    const days = [...daysOf(2026, 2027, 'UTC')];

    expect(days).toHaveLength(730);
    expect(days[0]).toEqual({
      day: '2026-01-01',
      weekday: 4,
      week: '2026-W01',
      month: '2026-01',
      quarter: '2026-Q1',
      year: '2026',
      start: at('2026-01-01T00:00:00Z'),
      end: at('2026-01-02T00:00:00Z'),
    });
    expect(days.at(-1)).toMatchObject({
      day: '2027-12-31',
      weekday: 5,
      week: '2027-W52',
      quarter: '2027-Q4',
    });
  });

  it.each(['Europe/Berlin', 'America/St_Johns', 'Pacific/Auckland'])(
    'begin and end as periods do in %s',
    (zone) => {
      const days = [...daysOf(2026, 2026, zone)];

      for (const label of ['2026-03-29', '2026-W13', '2026-04', '2026-Q2', '2026']) {
        const { unit, period } = periodNamed(label, zone);
        const own = days.filter((day) => day[unit] === label);
        expect([own[0]?.start, own.at(-1)?.end, own.length]).toEqual([period.start, period.end, period.days]);
      }
    },
  );

  it('include one that the time zone skipped, which has no length', () => {
    const skipped = [...daysOf(2011, 2011, 'Pacific/Apia')].find(({ day }) => day === '2011-12-30');

    expect(skipped?.start).toBe(skipped?.end);
  });

  it('are of a year in the time zone', () => {
    expect(yearOf(at('2026-12-31T12:00:00Z'), 'Pacific/Auckland')).toBe(2027);
  });
});
