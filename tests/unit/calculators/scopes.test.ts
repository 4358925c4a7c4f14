import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changesByPullRequest } from '../../../src/calculators/changes-by-pull-request.ts';
import { metricsReport, type ReportRequest } from '../../../src/calculators/metrics-report.ts';
import { periodNamed } from '../../../src/calculators/periods.ts';
import { countedEntries } from '../../../src/calculators/partition.ts';
import { scopeOf, scopesOf } from '../../../src/calculators/scopes.ts';
import { BENCHMARKS } from '../../../src/domain/benchmarks.ts';
import type { Dataset, SetAsideCount } from '../../../src/domain/dataset.ts';
import type { AssessedDeployment } from '../../../src/domain/deployment.ts';
import { epochMs, type EpochMs } from '../../../src/domain/units.ts';
import { assessed, at } from '../../support/builders.ts';
import { columns, datasetOf, incident, type ChangeRow } from '../../support/columns.ts';

function dataset(
  deployments: readonly AssessedDeployment[],
  rows: readonly ChangeRow[],
  { withCommits = true, ...some }: Partial<Dataset> & { readonly withCommits?: boolean } = {},
): Dataset {
  return datasetOf(deployments, columns(deployments, rows, { withCommits }), some);
}

const day = (n: number): EpochMs => at(`2026-11-${String(n).padStart(2, '0')}T00:00:00Z`);
const ui = (name: string, n: number, repository = 'acme/shop') =>
  assessed(name, day(n), { id: `ui:${repository}:${name}`, component: 'ui', repository });
const api = (name: string, n: number, repository = 'acme/shop') =>
  assessed(name, day(n), { id: `api:${repository}:${name}`, component: 'api', repository });
const aside = (some: Partial<SetAsideCount>): SetAsideCount => ({
  reason: 'unreleased',
  kind: 'commit',
  repository: 'acme/shop',
  component: 'ui',
  count: 1,
  ...some,
});
const times = (parts: readonly Float64Array[]) => parts.map((part) => [...part]);

describe('a scope', () => {
  it('has its deployments in order of time, each with what it shipped', () => {
    const { deployments, leadTimes } = scopeOf(
      dataset(
        [ui('u2', 9), api('a1', 3), ui('u1', 1)],
        [
          { by: 'u2', commit: 'x', seconds: 10 },
          { by: 'a1', commit: 'y', seconds: 20 },
          { by: 'u2', commit: 'z', seconds: 30 },
        ],
      ),
      () => true,
    );

    expect(deployments.map(({ name }) => name)).toEqual(['u1', 'a1', 'u2']);
    expect(times(leadTimes)).toEqual([[], [20], [10, 30]]);
  });

  it('counts a commit of two components once, where it shipped first', () => {
    const both = dataset(
      [ui('u1', 9), api('a1', 3)],
      [
        { by: 'u1', commit: 'x', seconds: 900 },
        { by: 'a1', commit: 'x', seconds: 300 },
      ],
    );

    const [whole] = scopesOf(both, null);
    const byComponent = scopesOf(both, 'component');

    expect(times(whole?.scope.leadTimes ?? [])).toEqual([[300], []]);
    expect(byComponent.map(({ key, scope }) => [key, ...times(scope.leadTimes)])).toEqual([
      ['api', [300]],
      ['ui', [900]],
    ]);
  });

  it('takes the same sha in two repositories for two changes', () => {
    const two = dataset(
      [ui('u1', 1, 'acme/a'), ui('u2', 2, 'acme/b')],
      [
        { by: 'u1', commit: 'x', seconds: 1 },
        { by: 'u2', commit: 'x', seconds: 2 },
      ],
    );

    expect(times(scopesOf(two, null)[0]?.scope.leadTimes ?? [])).toEqual([[1], [2]]);
  });

  it('takes each row for a change of its own where shas are not kept', () => {
    const rows = [
      { by: 'u1', commit: '', seconds: 1 },
      { by: 'u1', commit: '', seconds: 2 },
    ];

    const [whole] = scopesOf(dataset([ui('u1', 1)], rows, { withCommits: false }), null);

    expect(times(whole?.scope.leadTimes ?? [])).toEqual([[1, 2]]);
  });

  it('tells which entries it counts, and counts no other', () => {
    const both = dataset(
      [ui('u1', 9), api('a1', 3), ui('u2', 12)],
      [
        { by: 'u1', commit: 'x', seconds: 900 },
        { by: 'a1', commit: 'x', seconds: 300 },
        { by: 'u2', commit: 'y', seconds: 100 },
      ],
    );

    expect(countedEntries(both, () => true)).toEqual([1, 2]);
    expect(countedEntries(both, ({ component }) => component === 'ui')).toEqual([0, 2]);
  });

  describe('and its incidents', () => {
    const incidents = [
      incident(day(1), { id: 'of ui', component: 'ui' }),
      incident(day(2), { id: 'of api', component: 'api', deployment: 'ui:acme/shop:u1', link: 'named' }),
      incident(day(3), { id: 'of nobody', component: '' }),
      incident(day(4), { id: 'elsewhere', component: 'cli', repository: 'acme/cli' }),
    ];
    const all = dataset([ui('u1', 1), api('a1', 2)], [], { incidents });
    const idsBy = (by: 'component' | 'repository' | null) =>
      scopesOf(all, by).map(({ key, scope }) => [key, ...scope.incidents.map(({ id }) => id)]);

    it('of everything are all of them, also those of no component and those that nobody caused', () => {
      expect(idsBy(null)).toEqual([[null, 'of ui', 'of api', 'of nobody', 'elsewhere']]);
    });

    it('of a component are those that say so themselves, whatever caused them', () => {
      expect(idsBy('component')).toEqual([
        ['api', 'of api'],
        ['cli', 'elsewhere'],
        ['ui', 'of ui'],
      ]);
    });

    it('of a repository are all that were opened in it', () => {
      expect(idsBy('repository')).toEqual([
        ['acme/cli', 'elsewhere'],
        ['acme/shop', 'of ui', 'of api', 'of nobody'],
      ]);
    });
  });

  it('exists for a component that was never deployed, and not for what belongs to none', () => {
    const setAside = [aside({ component: 'cli' }), aside({ component: '', reason: 'merge-commit' })];

    expect(scopesOf(dataset([ui('u1', 1)], [], { setAside }), 'component').map(({ key }) => key)).toEqual([
      'cli',
      'ui',
    ]);
  });

  it('by repository holds all of its components', () => {
    const two = dataset([ui('u1', 1, 'acme/b'), api('a1', 2, 'acme/b'), api('a2', 3, 'acme/a')], []);

    expect(
      scopesOf(two, 'repository').map(({ by, key, scope }) => [by, key, scope.deployments.length]),
    ).toEqual([
      ['repository', 'acme/a', 1],
      ['repository', 'acme/b', 2],
    ]);
  });

  it('of everything holds each commit once, and those of the components together all of them', () => {
    const row = fc.record({
      by: fc.constantFrom('u1', 'u2', 'a1', 'a2'),
      commit: fc.constantFrom('p', 'q', 'r', 's'),
      seconds: fc.nat(100),
    });
    const rows = fc.uniqueArray(row, { selector: ({ by, commit }) => `${by.charAt(0)} ${commit}` });

    fc.assert(
      fc.property(rows, (each) => {
        const all = dataset([ui('u1', 1), api('a1', 1), ui('u2', 3), api('a2', 4)], each);
        const size = (by: 'component' | null) =>
          scopesOf(all, by).flatMap(({ scope }) => times(scope.leadTimes).flat()).length;

        expect(size(null)).toBe(new Set(each.map(({ commit }) => commit)).size);
        expect(size('component')).toBe(each.length);
      }),
    );
  });
});

describe('metricsReport', () => {
  const request = (asOf: EpochMs, some: Partial<ReportRequest> = {}): ReportRequest => ({
    context: { asOf, timezone: 'UTC', bands: { table: BENCHMARKS[2024], minimumSample: 5 } },
    unit: 'month',
    leadTimeUnit: 'commit',
    periods: [periodNamed('2026-11', 'UTC').period],
    by: null,
    teams: [],
    benchmarkYear: 2024,
    environment: 'production',
    repositories: ['acme/shop', 'acme/api'],
    ...some,
  });
  const shipped = dataset(
    [ui('u1', 1), ui('u2', 9)],
    [
      { by: 'u1', commit: 'x', seconds: 1, pullRequest: 12 },
      { by: 'u2', commit: 'y', seconds: 2, byBot: true },
      { by: 'u2', commit: 'z', seconds: 3 },
      { by: 'u2', commit: 'w', seconds: 4 },
    ],
    {
      setAside: [
        aside({ count: 3 }),
        aside({ count: 2, component: 'api' }),
        aside({ reason: 'merge-commit', count: 10, component: '' }),
        aside({ reason: 'not-a-version', kind: 'deployment', count: 7, component: '' }),
      ],
    },
  );

  it('says what was computed, of what, as of when', () => {
    const { groups, setAside, coverage, ...head } = metricsReport(shipped, request(day(20)));

    expect(head).toEqual({
      schema: 'dora-metrics/metrics/v1',
      asOf: '2026-11-20T00:00:00Z',
      timezone: 'UTC',
      period: 'month',
      profile: 'dora',
      leadTimeUnit: 'commit',
      benchmark: { year: 2024 },
      scope: { repositories: ['acme/api', 'acme/shop'], environment: 'production' },
    });
    expect(groups.map(({ by, key, periods }) => [by, key, periods.length])).toEqual([[null, null, 1]]);
    expect(setAside).toEqual({ 'merge-commit': 10, 'not-a-version': 7, unreleased: 5 });
    expect(coverage).toEqual({ commits: 9, withPullRequest: 0.25, byBots: 0.25, unreleased: 5 });
  });

  it('calls unreleased what shipped after as-of, and loses no commit by that', () => {
    const { setAside, coverage } = metricsReport(shipped, request(day(5)));

    expect(setAside).toEqual({ 'after-as-of': 1, 'merge-commit': 10, 'not-a-version': 7, unreleased: 8 });
    expect(coverage).toMatchObject({ commits: 9, unreleased: 8 });
  });

  it('counts commits where lead time is measured on pull requests, and says what it is measured on', () => {
    const rows = [
      { by: 'u1', pullRequest: 1, seconds: 60 },
      { by: 'u1', pullRequest: 1, seconds: 30 },
      { by: 'u1', byBot: true, seconds: 10 },
    ];
    const { deployments, changes } = dataset([ui('u1', 1)], rows);
    const measured = changesByPullRequest(changes, deployments);
    const report = metricsReport(
      datasetOf(deployments, changes, { measured }),
      request(day(5), { leadTimeUnit: 'pull-request' }),
    );

    expect(report).toMatchObject({
      leadTimeUnit: 'pull-request',
      groups: [{ periods: [{ leadTime: { n: 2, value: 35 } }] }],
      coverage: { commits: 3, withPullRequest: 2 / 3, byBots: 1 / 3 },
    });
  });

  it('sets aside the incidents that opened after as-of', () => {
    const incidents = [incident(day(3)), incident(day(7))];
    const { setAside, groups } = metricsReport(dataset([ui('u1', 1)], [], { incidents }), request(day(5)));

    expect(setAside).toEqual({ 'after-as-of': 1 });
    expect(groups[0]?.periods[0]?.incidents.n).toBe(1);
  });

  it('does not call a share of nothing 0 or 1', () => {
    expect(metricsReport(dataset([], []), request(day(5))).coverage).toEqual({
      commits: 0,
      withPullRequest: null,
      byBots: null,
      unreleased: 0,
    });
  });

  it('has one group for each component when asked for them', () => {
    const { groups } = metricsReport(shipped, request(day(20), { by: 'component' }));

    expect(groups.map(({ by, key }) => [by, key])).toEqual([
      ['component', 'api'],
      ['component', 'ui'],
    ]);
  });

  it('accounts for every commit once, at any as-of', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 30 * 86_400_000 }), (offset) => {
        const { coverage } = metricsReport(shipped, request(epochMs(day(1) - 1000 + offset)));

        expect(coverage.commits).toBe(9);
      }),
    );
  });
});
