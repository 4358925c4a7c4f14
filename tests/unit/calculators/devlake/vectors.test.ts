import { describe, expect, it } from 'vitest';
import { assessed, at } from '../../../support/builders.ts';
import { board, daysFrom, deployedOn, outage, project } from '../../../support/devlake.ts';

/**
 * What DevLake's own SQL gave for these rows, on MariaDB 10.11 and PostgreSQL 15. All deployments are to production, all days those of UTC.
 */

const NO_DEPLOYMENTS = 'N/A. Please check if you have collected deployments.';
const frequency = (...args: Parameters<typeof board>) => board(...args)['deployment-frequency'].text;

describe('one deployment on Wednesday 2026-01-14, four weeks', () => {
  const rows = project({ deployments: deployedOn('2026-01-14') });
  const window = { from: '2026-01-05', to: '2026-02-02' } as const;

  it('MySQL: N/A', () => {
    expect(board(rows, { dialect: 'mysql', ...window })['deployment-frequency']).toEqual({
      value: null,
      unit: null,
      n: 1,
      text: NO_DEPLOYMENTS,
      band: null,
      reason: 'taken-for-no-data',
    });
  });

  it('PostgreSQL: 0.5 a month (low)', () => {
    expect(frequency(rows, { dialect: 'postgres', ...window })).toBe('0.5 deployment days per month(low)');
  });
});

describe('one deployment on 2026-02-11', () => {
  const rows = project({ deployments: deployedOn('2026-02-11') });

  it('thirteen weeks, MySQL: N/A', () => {
    expect(frequency(rows, { dialect: 'mysql', from: '2026-01-05', to: '2026-04-06' })).toBe(NO_DEPLOYMENTS);
  });

  it('thirteen weeks, PostgreSQL: 0 a month (low)', () => {
    expect(frequency(rows, { dialect: 'postgres', from: '2026-01-05', to: '2026-04-06' })).toBe(
      '0 deployment days per month(low)',
    );
  });

  it('twenty-six weeks, MySQL: 0 a month (low)', () => {
    expect(frequency(rows, { dialect: 'mysql', from: '2025-10-05', to: '2026-04-06' })).toBe(
      '0 deployment days per month(low)',
    );
  });
});

describe('a deployment on each of 13 Wednesdays from 2026-01-07', () => {
  const wednesdays = daysFrom('2026-01-07', 13 * 7, (weekday) => weekday === 3);
  const rows = project({ deployments: deployedOn(...wednesdays) });
  const window = { dialect: 'mysql', from: '2026-01-05', to: '2026-04-06' } as const;

  it('has the rows that the vector is about', () => {
    expect(wednesdays).toHaveLength(13);
  });

  it('MySQL, 2023: 1 a week (high)', () => {
    expect(frequency(rows, window)).toBe('1 deployment days per week(high)');
  });

  it('MySQL, 2021: 4 a month (high)', () => {
    expect(frequency(rows, { ...window, report: 2021 })).toBe('4 deployment days per month(high)');
  });
});

it('Monday to Friday for 8 weeks from 2026-01-05, MySQL: 5 a week (elite)', () => {
  const days = daysFrom('2026-01-05', 8 * 7, (weekday) => weekday >= 1 && weekday <= 5);
  const rows = project({ deployments: deployedOn(...days) });

  expect(days).toHaveLength(40);
  expect(frequency(rows, { dialect: 'mysql', from: '2026-01-05', to: '2026-03-02' })).toBe(
    '5 deployment days per week(elite)',
  );
});

it('weeks of 5, 4, 5 and 4 deployment days from 2026-01-05, PostgreSQL: 4.5 a week (high)', () => {
  const days = daysFrom('2026-01-05', 28, (weekday) => weekday >= 1 && weekday <= 5).filter(
    (day) => !['2026-01-16', '2026-01-30'].includes(day),
  );
  const rows = project({ deployments: deployedOn(...days) });

  expect(frequency(rows, { dialect: 'postgres', from: '2026-01-05', to: '2026-02-02' })).toBe(
    '4.5 deployment days per week(high)',
  );
});

describe('a deployment on each day from 699 to 420 days before the end, and none later, two years', () => {
  const end = at('2026-04-06T00:00:00Z');
  const first = new Date(end - 699 * 86_400_000).toISOString().slice(0, 10);
  const rows = project({ deployments: deployedOn(...daysFrom(first, 280)) });
  const window = { from: '2024-04-06', to: '2026-04-06' } as const;

  it('MySQL: N/A, because it looks back 400 days', () => {
    expect(frequency(rows, { dialect: 'mysql', ...window })).toBe(NO_DEPLOYMENTS);
  });

  it('PostgreSQL: 0 a month (low)', () => {
    expect(frequency(rows, { dialect: 'postgres', ...window })).toBe('0 deployment days per month(low)');
  });
});

describe('pull requests of 60, 120, 180 and 6000 minutes, deployed in the window', () => {
  const deployedAt = at('2026-01-20T10:00:00Z');
  const minutes = [60, 120, 180, 6000];
  const rows = project({
    deployments: [assessed('first', at('2026-01-02T10:00:00Z'), { id: 'first' }), assessed('d', deployedAt)],
    changes: minutes.map((cycle, number) => ({ by: 'd', seconds: cycle * 60, pullRequest: number + 1 })),
    facts: minutes.map((cycle, number) => ({
      number: number + 1,
      openedAt: deployedAt - cycle * 60_000,
      mergedAt: deployedAt,
    })),
  });
  const window = { from: '2026-01-05', to: '2026-02-02' } as const;

  it('MySQL: 2.0 h (elite), though the median is 2.5 h', () => {
    expect(board(rows, { dialect: 'mysql', ...window })['lead-time']).toEqual({
      value: 120,
      unit: 'minutes',
      n: 4,
      text: '2.0 h (elite)',
      band: 'elite',
    });
  });

  it('PostgreSQL: 2.0 h in the panel, and by the 2.5 h of the table elite as well', () => {
    expect(board(rows, { dialect: 'postgres', ...window })['lead-time']).toEqual({
      value: 150,
      unit: 'minutes',
      n: 4,
      text: '2.5 h (elite)',
      band: 'elite',
      panel: '2.0 h (elite)',
    });
  });
});

describe('four deployments, three incidents on the first of them and one on the second', () => {
  const rows = project({
    deployments: deployedOn('2026-01-12', '2026-01-13', '2026-01-14', '2026-01-15'),
    incidents: [
      outage('2026-01-12T11:00:00Z', '2026-01-12T12:00:00Z'),
      outage('2026-01-12T12:00:00Z', '2026-01-12T14:00:00Z'),
      outage('2026-01-12T13:00:00Z', '2026-01-13T09:00:00Z'),
      outage('2026-01-13T11:00:00Z', '2026-01-13T11:30:00Z'),
    ],
  });
  const window = { from: '2026-01-05', to: '2026-02-02' } as const;

  it.each(['mysql', 'postgres'] as const)(
    '%s: change failure rate 50.0%% (low) in both reports',
    (dialect) => {
      for (const report of [2021, 2023] as const) {
        const { text, panel = text } = board(rows, { dialect, ...window, report })['change-fail-rate'];
        expect([text, panel]).toEqual(['50.0%(low)', '50.0%(low)']);
      }
    },
  );

  it.each([
    ['mysql', 2023, '2.0 h (high)', '2.0 h (high)'],
    ['mysql', 2021, '1.0 h (high)', '1.0 h (high)'],
    // the table of PostgreSQL's board lies between the two in the middle, its panel does not
    ['postgres', 2023, '3.0 h (high)', '2.0 h (high)'],
    ['postgres', 2021, '1.5 h (high)', '1.0 h (high)'],
  ] as const)('%s, %i: recovery %s, in the panel %s', (dialect, report, table, panel) => {
    const value = board(rows, { dialect, ...window, report })['time-to-restore'];

    expect([value.text, value.panel ?? value.text]).toEqual([table, panel]);
  });
});

it('only failed deployments, MySQL: N/A for the rate and the frequency', () => {
  const deployments = deployedOn('2026-01-12', '2026-01-13').map((one) => ({
    ...one,
    outcome: 'failed' as const,
  }));
  const values = board(project({ deployments }), { dialect: 'mysql', from: '2026-01-05', to: '2026-02-02' });

  expect(values['deployment-frequency'].text).toBe(NO_DEPLOYMENTS);
  expect(values['change-fail-rate'].text).toBe('N/A. Please check if you have collected incidents.');
});
