import { describe, expect, it } from 'vitest';
import { listedDays, windowOf } from '../../../../src/calculators/devlake/window.ts';
import type { AssessedDeployment } from '../../../../src/domain/deployment.ts';
import { DAY } from '../../../../src/domain/units.ts';
import { assessed, at, failure } from '../../../support/builders.ts';
import { board, daysFrom, deployedOn, outage, project } from '../../../support/devlake.ts';

const JANUARY = { from: '2026-01-01', to: '2026-02-01' } as const;
const MYSQL = { dialect: 'mysql', ...JANUARY } as const;
const POSTGRES = { dialect: 'postgres', ...JANUARY } as const;

const iso = (days: readonly number[]) => days.map((day) => new Date(day * DAY).toISOString().slice(0, 10));
const span = (start: string, end: string) => ({ start: at(start), end: at(end) });

describe('the days of a window', () => {
  it.each(['mysql', 'postgres'] as const)('%s: all of them, from midnight to midnight', (dialect) => {
    expect(iso(listedDays(span('2026-02-27T00:00:00Z', '2026-03-02T00:00:00Z'), dialect))).toEqual([
      '2026-02-27',
      '2026-02-28',
      '2026-03-01',
    ]);
  });

  it('PostgreSQL leaves the day out on which the window ends, MySQL does not', () => {
    const window = span('2026-01-01T00:00:00Z', '2026-01-03T15:00:00Z');
    expect(iso(listedDays(window, 'postgres'))).toEqual(['2026-01-01', '2026-01-02']);
    expect(iso(listedDays(window, 'mysql'))).toEqual(['2026-01-01', '2026-01-02', '2026-01-03']);
  });

  it('MySQL: the last 400', () => {
    const days = listedDays(span('2024-01-01T00:00:00Z', '2026-01-01T00:00:00Z'), 'mysql');
    expect(days).toHaveLength(400);
    expect(iso(days.slice(-1))).toEqual(['2025-12-31']);
  });

  it('end with as-of where the period is running, and never later', () => {
    const period = { start: at('2026-01-01T00:00:00Z'), end: at('2026-02-01T00:00:00Z') };
    const asOf = at('2026-01-02T12:00:00Z');
    expect(iso(listedDays(windowOf(period, asOf), 'mysql'))).toEqual(['2026-01-01', '2026-01-02']);
    expect(windowOf(period, at('2026-03-01T00:00:00Z'))).toEqual(period);
  });
});

describe('a board', () => {
  it.each([MYSQL, POSTGRES])('of nothing has no number: $dialect', (window) => {
    const values = Object.values(board(project({}), window));

    expect(values.map(({ value }) => value)).toEqual([null, null, null, null, null]);
    expect(values.map(({ reason }) => reason)).toEqual([
      'no-deployments',
      'no-pull-requests',
      'no-deployments',
      'no-incidents',
      'not-measured',
    ]);
  });

  it('of nothing on PostgreSQL has a panel that takes it for few', () => {
    expect(board(project({}), POSTGRES)['deployment-frequency'].panel).toBe(
      '0 deployment days per month(low)',
    );
  });

  it('counts a deployment at midnight for the window that begins', () => {
    const rows = project({ deployments: [assessed('d', at('2026-02-01T00:00:00Z'))] });

    expect(board(rows, MYSQL)['change-fail-rate'].n).toBe(0);
    expect(board(rows, { ...MYSQL, from: '2026-02-01', to: '2026-03-01' })['change-fail-rate'].n).toBe(1);
  });

  it('counts days, however many deployments they have', () => {
    const days = daysFrom('2026-01-01', 31);
    const rows = project({ deployments: deployedOn(...days, ...days) });

    expect(board(rows, MYSQL)['deployment-frequency']).toMatchObject({ n: 31, value: 7, band: 'elite' });
  });

  it('keeps every sixth month on MySQL, and the half-years from June and December on PostgreSQL', () => {
    const rows = project({ deployments: deployedOn('2025-06-11', '2025-07-02', '2025-09-10') });
    const window = { from: '2025-03-01', to: '2026-03-01', report: 2021 } as const;

    // the six months up to August and up to February: 2 and 1; MySQL takes the upper one
    expect(board(rows, { dialect: 'mysql', ...window })['deployment-frequency'].text).toBe(
      '2 deployment days per six months(medium)',
    );
    // up to May, November and February: 0, 3, 1
    expect(board(rows, { dialect: 'postgres', ...window })['deployment-frequency'].text).toBe(
      '1 deployment days per six months(medium)',
    );
  });

  it('has a rate of none on MySQL as soon as there is an incident anywhere, and N/A on PostgreSQL', () => {
    const rows = project({
      deployments: deployedOn('2026-01-12'),
      incidents: [outage('2020-01-01T00:00:00Z', null)],
    });

    expect(board(rows, MYSQL)['change-fail-rate']).toMatchObject({ value: 0, text: '0.0%(elite)' });
    expect(board(rows, POSTGRES)['change-fail-rate']).toMatchObject({
      value: null,
      reason: 'no-incidents',
      text: 'N/A. Please check if you have collected incidents.',
      panel: '0.0%(elite)',
    });
  });

  it('blames the last success strictly before the incident, however old and of whatever component', () => {
    const other = { id: 'other', repository: 'acme/api', component: 'acme/api' };
    const at11 = at('2026-01-12T11:00:00Z');
    const rows = project({
      deployments: [
        assessed('ui', at('2025-06-01T10:00:00Z')),
        assessed('api', at('2026-01-12T10:00:00Z'), other),
        assessed('failed', at('2026-01-12T10:30:00Z'), { id: 'failed', outcome: 'failed' }),
        assessed('same', at11, { id: 'same' }),
      ],
      incidents: [outage('2026-01-12T11:00:00Z', null), outage('2025-12-31T00:00:00Z', null)],
    });

    expect(rows.incidents.map(({ deployment }) => deployment?.name)).toEqual(['api', 'ui']);
  });

  it('leaves what a person said had failed out of everything', () => {
    const said: Partial<AssessedDeployment> = {
      failures: [failure(at('2026-01-13T10:00:00Z'), null, { rule: 'annotated' })],
    };
    const [first, second] = deployedOn('2026-01-12', '2026-01-13');
    const deployments = [first, second].flatMap((one) => one ?? []);
    const incidents = [outage('2026-01-13T12:00:00Z', '2026-01-13T13:00:00Z')];
    const rows = project({
      deployments: deployments.map((one) => (one.name === 'd2' ? { ...one, ...said } : one)),
      incidents,
    });

    expect(board(rows, MYSQL)['change-fail-rate']).toMatchObject({ n: 1, value: 1 });
    expect(board(rows, MYSQL)['time-to-restore'].value).toBe(27 * 60);
  });

  it('knows nothing of what is later than as-of', () => {
    const rows = {
      deployments: deployedOn('2026-01-12', '2026-01-20'),
      incidents: [outage('2026-01-12T12:00:00Z', '2026-01-21T12:00:00Z')],
    };
    const values = board(project(rows, at('2026-01-15T00:00:00Z')), MYSQL);

    expect(values['change-fail-rate']).toMatchObject({ n: 1, value: 1 });
    expect(values['time-to-restore']).toMatchObject({ value: null, reason: 'no-resolved-incidents' });
  });

  it('drops seconds on MySQL and keeps them on PostgreSQL', () => {
    const rows = project({
      deployments: deployedOn('2026-01-12'),
      incidents: [outage('2026-01-12T10:30:00Z', '2026-01-12T10:59:59Z')],
    });

    expect(board(rows, MYSQL)['time-to-restore'].value).toBe(59);
    expect(board(rows, POSTGRES)['time-to-restore'].value).toBeCloseTo(59.983, 3);
  });
});
