import { describe, expect, it } from 'vitest';
import { assessed, at } from '../../../support/builders.ts';
import { board, project, type ProjectRows } from '../../../support/devlake.ts';

const JANUARY = { from: '2026-01-01', to: '2026-02-01' } as const;
const first = assessed('first', at('2026-01-02T00:00:00Z'), { id: 'first' });
const second = assessed('second', at('2026-01-12T12:00:00Z'), { id: 'second' });
const third = assessed('third', at('2026-01-19T12:00:00Z'), { id: 'third' });

/** Written so many hours before its deployment, opened and merged so. */
interface Written {
  readonly written: number;
  readonly opened: number;
  readonly merged: number;
}

function shipped({ written, opened, merged }: Written, by = second): Pick<ProjectRows, 'changes' | 'facts'> {
  const before = (hours: number) => by.finishedAt - hours * 3_600_000;
  return {
    changes: [{ by: by.name, seconds: written * 3600, pullRequest: 1 }],
    facts: [{ number: 1, openedAt: before(opened), mergedAt: before(merged) }],
  };
}

const cycle = (rows: ProjectRows) => project(rows).pullRequests.map(({ cycleTime }) => cycleTime);

describe('the cycle time of a pull request', () => {
  const deployments = [first, second, third];

  it('is its coding, open and deploy time', () => {
    expect(cycle({ deployments, ...shipped({ written: 10, opened: 8, merged: 3 }) })).toEqual([600]);
  });

  it('counts no coding where it was opened first, and no waiting where it was deployed before the merge', () => {
    expect(cycle({ deployments, ...shipped({ written: 5, opened: 8, merged: 3 }) })).toEqual([480]);
    expect(cycle({ deployments, ...shipped({ written: 10, opened: 8, merged: -1 }) })).toEqual([11 * 60]);
  });

  it('rounds each part up to whole minutes', () => {
    const second61 = 61 / 3600;
    const rows = shipped({ written: 3 * second61, opened: 2 * second61, merged: second61 });
    expect(cycle({ deployments, ...rows })).toEqual([6]);
  });

  it('begins with the earliest of its changes, and ends with the deployment that shipped the last', () => {
    const rows = shipped({ written: 10, opened: 8, merged: 3 });
    const changes = [
      { by: 'second', seconds: 12 * 3600, pullRequest: 1 },
      { by: 'third', seconds: 7 * 24 * 3600, pullRequest: 1 },
    ];
    expect(cycle({ deployments, ...rows, changes })).toEqual([(12 + 7 * 24) * 60]);
  });
});

describe('the deployment of a pull request', () => {
  const rows = shipped({ written: 10, opened: 8, merged: 3 });

  it('is none where the first success of the repository shipped it: PostgreSQL counts it, MySQL does not', () => {
    const whole = project({ deployments: [second, third], ...rows });

    expect(whole.pullRequests.map(({ deployment }) => deployment)).toEqual([null]);
    expect(board(whole, { dialect: 'mysql', ...JANUARY })['lead-time'].n).toBe(0);
    expect(board(whole, { dialect: 'postgres', ...JANUARY })['lead-time']).toMatchObject({
      n: 1,
      value: 7 * 60,
    });
  });

  it('is the next success where the one that shipped it was said to have failed', () => {
    const failed = {
      ...second,
      annotation: { rows: ['r'], failed: true, hotfix: null, rollback: null },
    };
    const whole = project({ deployments: [first, failed, third], ...rows });

    expect(whole.pullRequests.map(({ deployment }) => deployment?.name)).toEqual(['third']);
  });

  it('is the first of several components that has all of it', () => {
    const api = { id: 'api', component: 'api' };
    const other = assessed('api', at('2026-01-11T12:00:00Z'), api);
    const changes = [...(rows.changes ?? []), { by: 'api', seconds: 3600, pullRequest: 1 }];
    const whole = project({ deployments: [first, other, second, third], ...rows, changes });

    expect(whole.pullRequests.map(({ deployment }) => deployment?.name)).toEqual(['api']);
  });

  it('is not asked for where only the number is known', () => {
    const changes = [{ by: 'second', seconds: 3600, pullRequest: 7 }];
    const whole = project({ deployments: [first, second], changes });

    expect(whole.pullRequests).toEqual([]);
    expect(whole.unmeasured.map(({ deployment, count }) => [deployment.name, count])).toEqual([
      ['second', 1],
    ]);
  });
});

it('PostgreSQL takes what was merged in the window, MySQL what was deployed in it', () => {
  const rows = shipped({ written: 24 * 20, opened: 24 * 20, merged: 24 * 15 });
  const whole = project({ deployments: [first, second], ...rows });
  const december = { from: '2025-12-01', to: '2026-01-01' } as const;

  expect(board(whole, { dialect: 'mysql', ...JANUARY })['lead-time'].n).toBe(1);
  expect(board(whole, { dialect: 'postgres', ...JANUARY })['lead-time'].n).toBe(0);
  expect(board(whole, { dialect: 'mysql', ...december })['lead-time'].n).toBe(0);
  expect(board(whole, { dialect: 'postgres', ...december })['lead-time'].n).toBe(1);
});
