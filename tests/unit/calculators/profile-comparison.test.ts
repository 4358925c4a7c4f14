import { describe, expect, it } from 'vitest';
import { profileComparison, type ComparisonRequest } from '../../../src/calculators/profile-comparison.ts';
import { periodNamed } from '../../../src/calculators/periods.ts';
import { BENCHMARKS } from '../../../src/domain/benchmarks.ts';
import type { ComparedMetric } from '../../../src/domain/comparison-report.ts';
import type { Profile } from '../../../src/domain/profiles.ts';
import { DAY, durationMs } from '../../../src/domain/units.ts';
import { assessed, at, failure } from '../../support/builders.ts';
import { daysFrom, deployedOn, LATER, outage, rowsOf, type ProjectRows } from '../../support/devlake.ts';

function compared(rows: ProjectRows, some: Partial<ComparisonRequest> = {}) {
  const { unit, period } = periodNamed('2026-01', 'UTC');
  return profileComparison(rowsOf(rows), {
    context: { asOf: LATER, timezone: 'UTC', bands: { table: BENCHMARKS[2024], minimumSample: 5 } },
    unit,
    periods: [period],
    by: null,
    teams: [],
    leadTimeUnit: 'commit',
    benchmarkYear: 2024,
    environment: 'production',
    repositories: ['acme/shop'],
    profiles: ['dora', 'devlake-mysql'],
    incidentWithin: durationMs(7 * DAY),
    ...some,
  });
}

function metricOf(rows: ProjectRows, metric: ComparedMetric, some: Partial<ComparisonRequest> = {}) {
  const found = compared(rows, some).groups[0]?.periods[0]?.metrics.find((one) => one.metric === metric);
  if (found === undefined) throw new Error(`no ${metric}`);
  return found;
}

/** The codes of the reasons, with their counts. */
function codes(...args: Parameters<typeof metricOf>): Record<string, number | null> {
  return Object.fromEntries(metricOf(...args).differences.map(({ code, count }) => [code, count]));
}

const profiles = (...all: Profile[]): Partial<ComparisonRequest> => ({ profiles: all });

/** Long enough for the months to differ. */
const QUARTER: Partial<ComparisonRequest> = {
  unit: 'quarter',
  periods: [periodNamed('2026-Q1', 'UTC').period],
};

describe('a comparison of profiles', () => {
  it('has the profiles in the order in which they were asked for, and the table of levels of each', () => {
    const report = compared({}, profiles('devlake-postgres', 'dora'));

    expect(report).toMatchObject({
      schema: 'dora-metrics/comparison/v1',
      profiles: ['devlake-postgres', 'dora'],
      benchmark: { 'devlake-postgres': 2023, dora: 2024 },
    });
    for (const { values } of report.groups[0]?.periods[0]?.metrics ?? [])
      expect(Object.keys(values)).toEqual(['devlake-postgres', 'dora']);
  });

  it('takes the table of 2021, and its last metric, only where that year is asked for', () => {
    const incidents = [outage('2026-01-12T12:00:00Z', '2026-01-12T13:00:00Z')];
    const rows = { deployments: deployedOn('2026-01-12'), incidents };
    const values = (benchmarkYear: number) =>
      metricOf(rows, 'time-to-restore', { benchmarkYear }).values['devlake-mysql'];

    expect(values(2021)).toMatchObject({ value: 60 });
    expect(values(2022)).toMatchObject({ value: 180 });
    expect(compared({}, { benchmarkYear: 2021 }).benchmark).toEqual({ dora: 2021, 'devlake-mysql': 2021 });
  });

  it('gives no reason where nothing is known, nor where one profile stands alone', () => {
    const nothing = compared({}).groups[0]?.periods[0]?.metrics ?? [];
    expect(nothing.flatMap(({ differences }) => differences)).toEqual([]);

    const rows = { deployments: deployedOn('2026-01-12') };
    expect(codes(rows, 'deployment-frequency', profiles('devlake-mysql'))).toEqual({});
  });

  it('gives no reason for a rate that is the same', () => {
    const rows = {
      deployments: deployedOn('2026-01-12'),
      incidents: [outage('2020-01-01T00:00:00Z', null)],
    };
    expect(codes(rows, 'change-fail-rate')).toEqual({});
  });

  it('says that days are counted, that the board takes few for none, and what people said had failed', () => {
    const [ours, failed] = deployedOn('2026-01-12', '2026-01-13');
    const said = { rows: ['r'], failed: true, hotfix: null, rollback: null };
    const deployments = [ours ?? [], failed === undefined ? [] : { ...failed, annotation: said }].flat();

    expect(codes({ deployments }, 'deployment-frequency', QUARTER)).toEqual({
      'days-not-deployments': null,
      'taken-for-no-data': null,
      'said-to-have-failed': 1,
    });
  });

  it('says how many deployments lie before the 400 days', () => {
    const { unit, period } = periodNamed('2025', 'UTC');
    const twoYears = { ...period, start: at('2024-01-01T00:00:00Z'), end: at('2026-01-01T00:00:00Z') };
    const rows = { deployments: deployedOn('2024-02-01', ...daysFrom('2025-01-01', 300)) };

    expect(codes(rows, 'deployment-frequency', { unit, periods: [twoYears] })).toMatchObject({
      'beyond-400-days': 1,
    });
  });

  it('says why the lead time is of something else', () => {
    const before = assessed('before', at('2026-01-02T10:00:00Z'), { id: 'before' });
    const d = assessed('d', at('2026-01-20T10:00:00Z'), { id: 'd' });
    const rows: ProjectRows = {
      deployments: [before, d],
      changes: [
        { by: 'd', seconds: 3600, pullRequest: 1 },
        { by: 'd', seconds: 7200, pullRequest: 2 },
        { by: 'd', seconds: 7200, pullRequest: 3 },
        { by: 'd', seconds: 7200 },
        { by: 'd', seconds: 7200 },
      ],
      facts: [1, 2].map((number) => ({
        number,
        openedAt: d.finishedAt - number * 3_600_000,
        // one was merged in another month than it was deployed
        mergedAt: number === 1 ? d.finishedAt : at('2025-12-31T00:00:00Z'),
      })),
    };

    expect(codes(rows, 'lead-time')).toEqual({
      'pull-requests-not-commits': null,
      'lower-median': null,
      'numbers-only': 1,
      'without-pull-request': 2,
    });
    expect(codes(rows, 'lead-time', profiles('dora', 'devlake-postgres'))).toMatchObject({
      'merged-not-deployed': 1,
    });
  });

  it('says whom DevLake blames otherwise, and what it leaves out, with counts', () => {
    const api = { repository: 'acme/api', component: 'acme/api' };
    const rows: ProjectRows = {
      deployments: [
        assessed('old', at('2026-01-01T10:00:00Z'), { id: 'old' }),
        assessed('rolled', at('2026-01-20T10:00:00Z'), {
          id: 'rolled',
          failures: [failure(at('2026-01-20T10:00:00Z'), at('2026-01-20T12:00:00Z'))],
        }),
        assessed('broken', at('2026-01-21T10:00:00Z'), { id: 'broken', outcome: 'failed' }),
        assessed('api', at('2026-01-22T10:00:00Z'), { id: 'api', ...api }),
        assessed('later', at('2026-01-23T10:00:00Z'), { id: 'later' }),
      ],
      incidents: [
        outage('2026-01-19T10:00:00Z', null),
        outage('2026-01-22T12:00:00Z', null),
        outage('2026-01-24T12:00:00Z', null, { deployment: 'old', link: 'named' }),
      ],
    };

    expect(codes(rows, 'change-fail-rate')).toEqual({
      'failed-left-out': 1,
      'incidents-only': 1,
      'other-component': 1,
      'too-old': 1,
      'link-ignored': 1,
    });
  });

  it('says what a time to restore runs from, and what is no incident', () => {
    const rows: ProjectRows = {
      deployments: [
        ...deployedOn('2026-01-12'),
        assessed('rolled', at('2026-01-20T10:00:00Z'), {
          id: 'rolled',
          failures: [failure(at('2026-01-20T10:00:00Z'), at('2026-01-20T12:30:00Z'))],
        }),
      ],
      incidents: [
        outage('2026-01-12T12:00:00Z', '2026-01-12T13:00:00Z', { deployment: 'd1', link: 'last-before' }),
        outage('2026-01-25T12:00:00Z', '2026-02-12T13:00:00Z', { deployment: 'rolled', link: 'last-before' }),
      ],
    };

    expect(codes(rows, 'time-to-restore')).toEqual({
      'from-deployment': null,
      'other-rules': 1,
      'outside-window': 1,
    });
    expect(codes(rows, 'time-to-restore', { benchmarkYear: 2021 })).toEqual({
      'whole-incidents': null,
      'other-rules': 1,
    });
  });

  it('compares the two boards where ours is not asked for', () => {
    const both = profiles('devlake-mysql', 'devlake-postgres');
    const rows = {
      deployments: deployedOn('2026-01-12'),
      incidents: [outage('2020-01-01T00:00:00Z', null)],
    };

    expect(codes(rows, 'deployment-frequency', { ...QUARTER, ...both })).toEqual({
      'taken-for-no-data': null,
    });
    expect(codes(rows, 'change-fail-rate', both)).toEqual({ 'no-incidents-known': null });
    expect(codes(rows, 'rework-rate', both)).toEqual({});
  });

  it('has a group for each component, as a project of its own', () => {
    const api = { id: 'api', repository: 'acme/api', component: 'acme/api' };
    const rows = {
      deployments: [...deployedOn('2026-01-12'), assessed('api', at('2026-01-13T10:00:00Z'), api)],
      incidents: [outage('2026-01-14T12:00:00Z', null)],
    };
    const groups = compared(rows, { by: 'component' }).groups;

    expect(groups.map(({ key }) => key)).toEqual(['acme/api', 'acme/shop']);
    expect(groups.map(({ periods }) => periods[0]?.metrics[2]?.values['devlake-mysql']?.value)).toEqual([
      0, 1,
    ]);
  });
});
