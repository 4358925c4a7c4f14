import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changesByPullRequest } from '../../../src/calculators/changes-by-pull-request.ts';
import { scopeOf } from '../../../src/calculators/scopes.ts';
import type { AssessedDeployment } from '../../../src/domain/deployment.ts';
import { assessed } from '../../support/builders.ts';
import { columns, datasetOf, hour, type ChangeRow, type ColumnOptions } from '../../support/columns.ts';

const ui = (name: string, hours: number, repository = 'acme/shop') =>
  assessed(name, hour(hours), { id: `ui:${repository}:${name}`, component: 'ui', repository });
const api = (name: string, hours: number) =>
  assessed(name, hour(hours), { id: `api:${name}`, component: 'api' });

interface Entry {
  readonly deployment: string | undefined;
  readonly seconds: number | undefined;
  readonly pullRequest: number | null;
  readonly commit: string | undefined;
  readonly row: number | undefined;
}

function grouped(
  deployments: readonly AssessedDeployment[],
  rows: readonly ChangeRow[],
  options: ColumnOptions = {},
): Entry[] {
  const found = changesByPullRequest(columns(deployments, rows, options), deployments);
  return Array.from({ length: found.length }, (_, entry) => ({
    deployment: deployments[found.deployment[entry] ?? -1]?.name,
    seconds: found.leadTime[entry],
    pullRequest: found.pullRequests[found.pullRequest[entry] ?? -1]?.number ?? null,
    commit: found.commits?.[entry],
    row: found.rows?.[entry],
  }));
}

describe('changes by pull request', () => {
  it('are one for each pull request, from its earliest change to the first deployment of one', () => {
    const rows = [
      { by: 'v2', pullRequest: 12, seconds: 40 * 3600 },
      { by: 'v1', pullRequest: 12, seconds: 10 * 3600 },
      { by: 'v2', pullRequest: 13, seconds: 5 },
    ];

    expect(grouped([ui('v1', 24), ui('v2', 48)], rows)).toEqual([
      { deployment: 'v1', seconds: 16 * 3600, pullRequest: 12, commit: '#12', row: 0 },
      { deployment: 'v2', seconds: 5, pullRequest: 13, commit: '#13', row: 2 },
    ]);
  });

  it('leave a change without a pull request as it is', () => {
    const rows = [
      { by: 'v1', commit: 'a', seconds: 1.5 },
      { by: 'v1', commit: 'b', seconds: 2 },
    ];

    expect(grouped([ui('v1', 24)], rows)).toEqual([
      { deployment: 'v1', seconds: 1.5, pullRequest: null, commit: 'a', row: 0 },
      { deployment: 'v1', seconds: 2, pullRequest: null, commit: 'b', row: 1 },
    ]);
  });

  it('are one for each component that the pull request touched', () => {
    const rows = [
      { by: 'u1', pullRequest: 12, seconds: 100 },
      { by: 'a1', pullRequest: 12, seconds: 200 },
    ];

    expect(grouped([ui('u1', 24), api('a1', 24)], rows).map(({ deployment }) => deployment)).toEqual([
      'u1',
      'a1',
    ]);
  });

  it('take the same number in two repositories for two pull requests', () => {
    const deployments = [ui('v1', 24), ui('w1', 24, 'acme/other')];
    const rows = [
      { by: 'v1', pullRequest: 12, seconds: 1 },
      { by: 'w1', pullRequest: 12, seconds: 2 },
    ];

    expect(grouped(deployments, rows).map(({ seconds }) => seconds)).toEqual([1, 2]);
  });

  it('count once in a scope of several components, where the pull request shipped first', () => {
    const deployments = [ui('u1', 48), api('a1', 24)];
    const rows = [
      { by: 'u1', commit: 'x', pullRequest: 12, seconds: 100 },
      { by: 'a1', commit: 'y', pullRequest: 12, seconds: 50 },
      { by: 'u1', commit: 'z', seconds: 7 },
    ];
    const changes = columns(deployments, rows);
    const measured = changesByPullRequest(changes, deployments);
    const { leadTimes } = scopeOf(datasetOf(deployments, changes, { measured }), () => true);

    expect(leadTimes.map((part) => [...part])).toEqual([[50], [7]]);
  });

  it('know no shas where none were kept', () => {
    const changes = columns([ui('v1', 24)], [{ by: 'v1', seconds: 1 }], { withCommits: false });

    expect(changesByPullRequest(changes, [ui('v1', 24)]).commits).toBeNull();
  });

  it('keep who wrote the earliest of them', () => {
    const rows = [
      { by: 'v1', pullRequest: 12, seconds: 10, byBot: true },
      { by: 'v1', pullRequest: 12, seconds: 20 },
      { by: 'v1', pullRequest: 13, seconds: 20, byBot: true },
      { by: 'v1', pullRequest: 13, seconds: 10 },
    ];
    const deployments = [ui('v1', 24)];

    expect([...changesByPullRequest(columns(deployments, rows), deployments).byBot]).toEqual([0, 1]);
  });

  describe('whatever the history', () => {
    const deployments = [ui('u1', 3), api('a1', 3), ui('u2', 300), api('a2', 400)];
    const rows = fc.array(
      fc.record({
        by: fc.constantFrom('u1', 'a1', 'u2', 'a2'),
        seconds: fc.integer({ min: 0, max: 10_000_000 }).map((milliseconds) => milliseconds / 1000),
        pullRequest: fc.constantFrom(null, 1, 2, 3),
      }),
      { maxLength: 20 },
    );

    it('are what putting one row beside the other gives', () => {
      fc.assert(
        fc.property(rows, (each) => {
          const lines = (entries: readonly Pick<Entry, 'deployment' | 'seconds' | 'pullRequest'>[]) =>
            entries
              .map(({ deployment, seconds, pullRequest }) => [pullRequest, deployment, seconds].join(' '))
              .sort();

          expect(lines(grouped(deployments, each))).toEqual(lines(naiveGroups(deployments, each)));
        }),
      );
    });

    it('stand each for a row of their own that is the earliest, and none is lost', () => {
      fc.assert(
        fc.property(rows, (each) => {
          const found = grouped(deployments, each);
          const written = (row: ChangeRow | undefined) =>
            (deployments.find(({ name }) => name === row?.by)?.finishedAt ?? NaN) -
            (row?.seconds ?? 0) * 1000;

          expect(new Set(found.map(({ row }) => row)).size).toBe(found.length);
          for (const { row, deployment, seconds } of found) {
            const deployedAt = deployments.find(({ name }) => name === deployment)?.finishedAt ?? NaN;
            expect(deployedAt - (seconds ?? NaN) * 1000).toBeCloseTo(written(each[row ?? -1]), 3);
            expect(seconds).toBeGreaterThanOrEqual(0);
          }
        }),
      );
    });
  });
});

/** For every row all rows of the same pull request and component; for each such set one line. */
function naiveGroups(
  deployments: readonly AssessedDeployment[],
  rows: readonly ChangeRow[],
): Pick<Entry, 'deployment' | 'seconds' | 'pullRequest'>[] {
  const componentOf = ({ by }: ChangeRow) => deployments.find(({ name }) => name === by)?.component;
  const deployedAt = ({ by }: ChangeRow) => deployments.find(({ name }) => name === by)?.finishedAt ?? NaN;
  return rows.flatMap((row, index) => {
    const same = rows.filter(
      (other) =>
        other === row ||
        (row.pullRequest !== null &&
          other.pullRequest === row.pullRequest &&
          componentOf(other) === componentOf(row)),
    );
    if (same[0] !== row || rows.indexOf(row) !== index) return [];
    const first = same.toSorted((a, b) => deployedAt(a) - deployedAt(b))[0] ?? row;
    const written = Math.min(...same.map((one) => Math.round(deployedAt(one) - one.seconds * 1000)));
    return [
      {
        deployment: first.by,
        seconds: (deployedAt(first) - written) / 1000,
        pullRequest: row.pullRequest ?? null,
      },
    ];
  });
}
