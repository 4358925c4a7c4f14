import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { metricsReport } from '../../../src/calculators/metrics-report.ts';
import { periodNamed } from '../../../src/calculators/periods.ts';
import { scopesOf } from '../../../src/calculators/scopes.ts';
import { BENCHMARKS } from '../../../src/domain/benchmarks.ts';
import type { Dataset, SetAsideCount } from '../../../src/domain/dataset.ts';
import type { AssessedDeployment } from '../../../src/domain/deployment.ts';
import type { GroupBy, PeriodMetrics } from '../../../src/domain/metrics-report.ts';
import type { TeamSettings } from '../../../src/domain/settings.ts';
import { teamMatcher } from '../../../src/domain/teams.ts';
import { epochMs, type EpochMs } from '../../../src/domain/units.ts';
import { assessed, at, failure } from '../../support/builders.ts';
import { columns, datasetOf, incident, type ChangeRow } from '../../support/columns.ts';

const day = (n: number): EpochMs => epochMs(at('2026-11-01T00:00:00Z') + (n - 1) * 86_400_000);

/** The deployment `name` of a component; its id says both. */
function of(repository: string, component: string, name: string, n: number): AssessedDeployment {
  return assessed(name, day(n), { id: `${repository} ${component} ${name}`, repository, component });
}

function team(name: string, some: Partial<Omit<TeamSettings, 'name'>>): TeamSettings {
  return { name, repositories: [], components: [], ...some };
}

function dataset(
  deployments: readonly AssessedDeployment[],
  rows: readonly ChangeRow[] = [],
  some: Partial<Dataset> = {},
): Dataset {
  return datasetOf(deployments, columns(deployments, rows), some);
}

const aside = (some: Partial<SetAsideCount>): SetAsideCount => ({
  reason: 'unreleased',
  kind: 'commit',
  repository: 'acme/shop',
  component: 'acme/shop',
  count: 1,
  ...some,
});

/** Each scope by its key, with the names of its deployments. */
function names(whole: Dataset, teams: readonly TeamSettings[]): (string | null)[][] {
  return scopesOf(whole, 'team', teams).map(({ key, scope }) => [
    key,
    ...scope.deployments.map(({ name }) => name),
  ]);
}

describe('a team', () => {
  it.each([
    [{ repositories: ['acme/pay'] }, 'acme/pay', 'acme/pay', true],
    [{ repositories: ['acme/pay'] }, 'acme/payroll', 'acme/payroll', false],
    [{ repositories: ['acme/*'] }, 'acme/pay', 'web', true],
    [{ repositories: ['acme/p?y'] }, 'acme/pay', 'acme/pay', true],
    [{ repositories: ['ACME/Pay'] }, 'acme/pay', 'acme/pay', true],
    [{ repositories: ['*'] }, 'any', '', true],
    [{ components: ['ui-*'] }, 'acme/shop', 'ui-web', true],
    [{ components: ['ui-*'] }, 'acme/shop', 'api', false],
    [{ components: ['*'] }, 'acme/shop', '', false],
    [{ repositories: ['acme/pay'], components: ['ui'] }, 'acme/shop', 'ui', true],
    [{ repositories: ['acme/pay'], components: ['ui'] }, 'acme/shop', 'api', false],
    [{ repositories: ['acme/[pay]'] }, 'acme/p', 'acme/p', false],
  ])('of %j: has of %s the component "%s": %s', (some, repository, component, expected) => {
    expect(teamMatcher(team('t', some))({ repository, component })).toBe(expected);
  });

  const shop = [
    of('acme/pay', 'acme/pay', 'p1', 1),
    of('acme/shop', 'api', 'a1', 2),
    of('acme/shop', 'ui', 'u1', 3),
  ];

  it('has what matches its repositories or its components, in order of time; teams are by name', () => {
    const teams = [
      team('web', { components: ['ui'] }),
      team('payments', { repositories: ['acme/pay'], components: ['api'] }),
    ];

    expect(names(dataset(shop), teams)).toEqual([
      ['payments', 'p1', 'a1'],
      ['web', 'u1'],
    ]);
  });

  it('may share what it has with others', () => {
    const teams = [team('all', { repositories: ['*'] }), team('web', { components: ['ui'] })];

    expect(names(dataset(shop), teams)).toEqual([
      ['all', 'p1', 'a1', 'u1'],
      ['web', 'u1'],
    ]);
  });

  it('that has nothing is there all the same', () => {
    expect(names(dataset(shop), [team('gone', { repositories: ['acme/gone'] })])).toEqual([
      ['gone'],
      [null, 'p1', 'a1', 'u1'],
    ]);
  });

  it('counts a change of several of its components once, and another team counts it again', () => {
    const whole = dataset(shop, [
      { by: 'a1', commit: 'x', seconds: 20 },
      { by: 'u1', commit: 'x', seconds: 30 },
      { by: 'u1', commit: 'y', seconds: 40 },
    ]);
    const teams = [team('shop', { repositories: ['acme/shop'] }), team('web', { components: ['ui'] })];
    const leadTimes = scopesOf(whole, 'team', teams).map(({ key, scope }) => [
      key,
      ...scope.leadTimes.flatMap((part) => [...part]),
    ]);

    expect(leadTimes).toEqual([['shop', 20, 40], ['web', 30, 40], [null]]);
  });

  it('has the incidents of its places, and those of no single component with the repository only', () => {
    const incidents = [
      incident(day(1), { id: 'ui', component: 'ui' }),
      incident(day(2), { id: 'somewhere', component: '' }),
    ];
    const teams = [team('shop', { repositories: ['acme/shop'] }), team('web', { components: ['*'] })];

    expect(
      scopesOf(dataset(shop, [], { incidents }), 'team', teams).map(({ key, scope }) => [
        key,
        ...scope.incidents.map(({ id }) => id),
      ]),
    ).toEqual([
      ['shop', 'ui', 'somewhere'],
      ['web', 'ui'],
    ]);
  });
});

describe('what belongs to no team', () => {
  const web = [team('web', { components: ['ui'] })];
  const keys = (some: Partial<Dataset>) =>
    scopesOf(dataset([of('acme/shop', 'ui', 'u1', 1)], [], some), 'team', web).map(({ key }) => key);

  it('is no group where there is nothing of it', () => {
    expect(keys({})).toEqual(['web']);
    expect(keys({ setAside: [aside({ component: '' })] })).toEqual(['web']);
  });

  it('is a last group for a component that was never deployed, and for incidents', () => {
    expect(keys({ setAside: [aside({ component: 'api' })] })).toEqual(['web', null]);
    expect(keys({ incidents: [incident(day(1), { component: '' })] })).toEqual(['web', null]);
  });
});

describe('the numbers of all teams', () => {
  const PLACES = [
    ['acme/a', 'acme/a'],
    ['acme/b', 'acme/b'],
    ['acme/c', 'ui'],
    ['acme/c', 'api'],
  ] as const;
  const cell = fc.record({
    place: fc.constantFrom(...PLACES),
    at: fc.integer({ min: 1, max: 28 }),
    failed: fc.boolean(),
    commits: fc.uniqueArray(fc.constantFrom('p', 'q', 'r', 's', 't')),
  });
  const anyDataset = fc.array(cell, { maxLength: 12 }).map((cells) => {
    const deployments = cells.map(({ place: [repository, component], at: n, failed }, number) => ({
      ...of(repository, component, `v${String(number)}`, n),
      failures: failed ? [failure(day(n), day(n))] : [],
    }));
    const seen = new Set<string>();
    const rows = cells.flatMap(({ place, commits }, number) =>
      commits.flatMap((commit): ChangeRow[] => {
        const key = `${place.join(' ')} ${commit}`;
        if (seen.has(key)) return [];
        seen.add(key);
        return [{ by: `v${String(number)}`, commit, seconds: number }];
      }),
    );
    return dataset(deployments, rows);
  });

  const groups = (whole: Dataset, by: GroupBy | null, teams: readonly TeamSettings[]) =>
    metricsReport(whole, {
      context: {
        asOf: at('2026-12-24T00:00:00Z'),
        timezone: 'UTC',
        bands: { table: BENCHMARKS[2024], minimumSample: 5 },
      },
      unit: 'month',
      leadTimeUnit: 'commit',
      periods: [periodNamed('2026-11', 'UTC').period],
      by,
      teams,
      benchmarkYear: 2024,
      environment: 'production',
      repositories: [],
    }).groups;
  const total = (all: ReturnType<typeof groups>, pick: (metrics: PeriodMetrics) => number) =>
    all.flatMap(({ periods }) => periods.map(pick)).reduce((sum, value) => sum + value, 0);
  const deployed = ({ deploymentFrequency }: PeriodMetrics) => deploymentFrequency.n;
  const failed = ({ changeFailRate }: PeriodMetrics) => changeFailRate.failed;
  const changed = ({ leadTime }: PeriodMetrics) => leadTime.n;

  it('add up to the whole where the teams share nothing and leave nothing out', () => {
    const teams = [
      team('ab', { repositories: ['acme/a', 'acme/b'] }),
      team('c', { repositories: ['acme/c'] }),
    ];

    fc.assert(
      fc.property(anyDataset, (whole) => {
        const [all, each] = [groups(whole, null, teams), groups(whole, 'team', teams)];

        expect(each.map(({ key }) => key)).toEqual(['ab', 'c']);
        for (const pick of [deployed, failed, changed]) expect(total(each, pick)).toBe(total(all, pick));
      }),
    );
  });

  it('add up with those of no team, whatever the teams that share nothing', () => {
    const teams = [team('ui', { components: ['ui'] }), team('a', { repositories: ['acme/a'] })];

    fc.assert(
      fc.property(anyDataset, (whole) => {
        const [all, each] = [groups(whole, null, teams), groups(whole, 'team', teams)];

        for (const pick of [deployed, failed]) expect(total(each, pick)).toBe(total(all, pick));
        // a change of ui and api is one of each, and one in all
        expect(total(each, changed)).toBeGreaterThanOrEqual(total(all, changed));
      }),
    );
  });

  it('change nothing in the whole, however much the teams share', () => {
    const globs = fc.array(fc.constantFrom('*', 'acme/a', 'acme/*', 'ui', 'u?', 'none'), { maxLength: 3 });
    const anyTeams = fc.uniqueArray(
      fc.record({ name: fc.constantFrom('x', 'y', 'z'), repositories: globs, components: globs }),
      { selector: ({ name }) => name },
    );

    fc.assert(
      fc.property(anyDataset, anyTeams, (whole, teams) => {
        const each = groups(whole, 'team', teams);

        expect(groups(whole, null, teams)).toEqual(groups(whole, null, []));
        expect(each.filter(({ key }) => key !== null).map(({ key }) => key)).toEqual(
          teams.map(({ name }) => name).sort(),
        );
        expect(total(each, deployed)).toBeGreaterThanOrEqual(total(groups(whole, null, []), deployed));
      }),
    );
  });
});
