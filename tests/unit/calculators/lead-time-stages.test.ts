import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changesByPullRequest } from '../../../src/calculators/changes-by-pull-request.ts';
import { leadTimeStages } from '../../../src/calculators/lead-time-stages.ts';
import { periodNamed } from '../../../src/calculators/periods.ts';
import { scopeOf } from '../../../src/calculators/scopes.ts';
import type { MetricsContext } from '../../../src/calculators/scope.ts';
import { BENCHMARKS } from '../../../src/domain/benchmarks.ts';
import type { AssessedDeployment } from '../../../src/domain/deployment.ts';
import type { LeadTimeStages } from '../../../src/domain/metrics-report.ts';
import type { EpochMs } from '../../../src/domain/units.ts';
import { assessed } from '../../support/builders.ts';
import { columns, datasetOf, hour, type ChangeRow, type ColumnOptions } from '../../support/columns.ts';

const NOVEMBER = periodNamed('2026-11', 'UTC').period;
const HOUR = 3600;

const ui = (name: string, hours: number) =>
  assessed(name, hour(hours), { id: `ui:${name}`, component: 'ui' });
const api = (name: string, hours: number) =>
  assessed(name, hour(hours), { id: `api:${name}`, component: 'api' });

function context(asOf: EpochMs = hour(10_000)): MetricsContext {
  return { asOf, timezone: 'UTC', bands: { table: BENCHMARKS[2024], minimumSample: 5 } };
}

interface Asked {
  readonly component?: string;
  readonly asOf?: EpochMs;
  readonly byPullRequest?: boolean;
}

function stages(
  deployments: readonly AssessedDeployment[],
  rows: readonly ChangeRow[],
  facts: ColumnOptions['facts'] = [],
  { component, asOf, byPullRequest = false }: Asked = {},
): LeadTimeStages {
  const changes = columns(deployments, rows, { facts });
  const measured = byPullRequest ? changesByPullRequest(changes, deployments) : changes;
  const dataset = datasetOf(deployments, changes, { measured });
  const scope = scopeOf(dataset, (row) => component === undefined || row.component === component);
  return leadTimeStages(scope, NOVEMBER, context(asOf));
}

/** Opened at 10, reviewed at 14, merged at 20: hours of November. */
const TWELVE = { number: 12, openedAt: hour(10), firstReviewAt: hour(14), mergedAt: hour(20) };

describe('the stages of the lead time', () => {
  it('run from the first commit over the pull request to the deployment', () => {
    const rows = [
      { by: 'v1', pullRequest: 12, seconds: 22 * HOUR },
      { by: 'v1', pullRequest: 12, seconds: 18 * HOUR },
    ];

    expect(stages([ui('v1', 24)], rows, [TWELVE])).toEqual({
      n: 1,
      reviewed: 1,
      coding: 8 * HOUR,
      pickup: 4 * HOUR,
      review: 6 * HOUR,
      deploy: 4 * HOUR,
    });
  });

  it('are medians, each of its own', () => {
    const hours = [
      { opened: 10, reviewed: 11 },
      { opened: 20, reviewed: 29 },
      { opened: 60, reviewed: 62 },
    ];
    const facts = hours.map(({ opened, reviewed }, n) => ({
      number: n,
      openedAt: hour(opened),
      firstReviewAt: hour(reviewed),
      mergedAt: hour(opened + 10),
    }));
    const rows = facts.map(({ number }) => ({ by: 'v1', pullRequest: number, seconds: 99 * HOUR }));

    expect(stages([ui('v1', 100)], rows, facts)).toMatchObject({ n: 3, coding: 19 * HOUR, pickup: 2 * HOUR });
  });

  it('count a pull request once, with the first deployment that shipped something of it', () => {
    const deployments = [ui('v2', 48), ui('v1', 24)];
    const rows = [
      { by: 'v2', pullRequest: 12, seconds: 47 * HOUR },
      { by: 'v1', pullRequest: 12, seconds: 20 * HOUR },
    ];

    expect(stages(deployments, rows, [TWELVE])).toMatchObject({
      n: 1,
      coding: 9 * HOUR,
      deploy: 4 * HOUR,
    });
  });

  it('leave out a pull request that was first deployed in another period', () => {
    const deployments = [ui('before', -5), ui('v1', 24)];
    const rows = [
      { by: 'before', pullRequest: 12, seconds: HOUR },
      { by: 'v1', pullRequest: 12, seconds: HOUR },
    ];

    expect(stages(deployments, rows, [TWELVE]).n).toBe(0);
  });

  it('of a component begin and end with what touched it', () => {
    const deployments = [ui('u1', 24), api('a1', 48)];
    const rows = [
      { by: 'u1', pullRequest: 12, seconds: 18 * HOUR },
      { by: 'a1', pullRequest: 12, seconds: 47 * HOUR },
    ];

    const of = (component?: string) =>
      stages(deployments, rows, [TWELVE], component === undefined ? {} : { component });
    expect(of('ui')).toMatchObject({ coding: 4 * HOUR, deploy: 4 * HOUR });
    expect(of('api')).toMatchObject({ coding: 9 * HOUR, deploy: 28 * HOUR });
    expect(of()).toMatchObject({ n: 1, coding: 9 * HOUR, deploy: 4 * HOUR });
  });

  it('take a first review after the merge for none', () => {
    const late = { ...TWELVE, firstReviewAt: hour(21) };

    expect(stages([ui('v1', 24)], [{ by: 'v1', pullRequest: 12, seconds: HOUR }], [late])).toMatchObject({
      n: 1,
      reviewed: 0,
      pickup: null,
      review: null,
      deploy: 4 * HOUR,
    });
  });

  it('are never negative: what was opened before it was written took no coding, what shipped before the merge no deploying', () => {
    const rows = [{ by: 'v1', pullRequest: 12, seconds: HOUR }];

    expect(stages([ui('v1', 18)], rows, [TWELVE])).toMatchObject({ n: 1, coding: 0, deploy: 0 });
  });

  it('do not know a pull request of which only the number is known, nor a deployment later than as-of', () => {
    const nothing = {
      n: 0,
      reviewed: 0,
      coding: null,
      pickup: null,
      review: null,
      deploy: null,
      reason: 'no-pull-requests',
    };
    const rows = [{ by: 'v1', pullRequest: 12, seconds: HOUR }];

    expect(stages([ui('v1', 24)], rows)).toEqual(nothing);
    expect(stages([ui('v1', 24)], rows, [{ ...TWELVE, mergedAt: null }])).toEqual(nothing);
    expect(stages([ui('v1', 24)], rows, [TWELVE], { asOf: hour(23) })).toEqual(nothing);
    expect(stages([ui('v1', 24)], rows, [TWELVE], { asOf: hour(24) }).n).toBe(1);
  });

  describe('whatever the history', () => {
    const deployments = [ui('u1', 3), api('a1', 3), ui('u2', 300), api('a2', 400), ui('next', 800)];
    const time = fc.integer({ min: -200, max: 700 });
    const row = fc.record({
      by: fc.constantFrom('u1', 'a1', 'u2', 'a2', 'next'),
      commit: fc.constantFrom('p', 'q', 'r', 's', 't'),
      seconds: fc.integer({ min: 0, max: 300 * HOUR }),
      pullRequest: fc.constantFrom(null, 1, 2, 3),
    });
    const rows = fc.uniqueArray(row, { selector: ({ by, commit }) => `${by.charAt(0)} ${commit}` });
    const fact = fc.record({
      openedAt: fc.option(time.map(hour)),
      firstReviewAt: fc.option(time.map(hour)),
      mergedAt: fc.option(time.map(hour)),
    });
    const facts = fc
      .tuple(fact, fact, fact)
      .map((each) => each.map((times, n) => ({ number: n + 1, ...times })));
    const component = fc.constantFrom(undefined, 'ui', 'api');

    it('are what a computation gives that knows no columns', () => {
      fc.assert(
        fc.property(rows, facts, component, (each, known, of) => {
          const found = stages(deployments, each, known, of === undefined ? {} : { component: of });

          expect(found).toEqual(naiveStages(deployments, each, known, of));
        }),
        { numRuns: 400 },
      );
    });

    it('are the same, whatever lead time is measured on', () => {
      fc.assert(
        fc.property(rows, facts, component, (each, known, of) => {
          const asked = of === undefined ? {} : { component: of };

          expect(stages(deployments, each, known, { ...asked, byPullRequest: true })).toEqual(
            stages(deployments, each, known, asked),
          );
        }),
      );
    });
  });
});

/** The definition once more, one pull request at a time. */
function naiveStages(
  deployments: readonly AssessedDeployment[],
  rows: readonly ChangeRow[],
  facts: NonNullable<ColumnOptions['facts']>,
  component: string | undefined,
): LeadTimeStages {
  const found = facts.flatMap(({ number, openedAt = null, firstReviewAt = null, mergedAt = null }) => {
    const shipped = rows
      .filter(({ pullRequest }) => pullRequest === number)
      .flatMap(({ by, seconds }) =>
        deployments
          .filter(({ name }) => name === by)
          .filter((deployment) => component === undefined || deployment.component === component)
          .map(({ finishedAt }) => ({ finishedAt, writtenAt: finishedAt - seconds * 1000 })),
      );
    const deployedAt = Math.min(...shipped.map(({ finishedAt }) => finishedAt));
    const writtenAt = Math.min(...shipped.map((one) => one.writtenAt));
    const isIn = deployedAt >= NOVEMBER.start && deployedAt < NOVEMBER.end;
    if (!isIn || openedAt === null || mergedAt === null) return [];
    const reviewedAt = firstReviewAt !== null && firstReviewAt <= mergedAt ? firstReviewAt : null;
    return [
      {
        coding: openedAt - writtenAt,
        pickup: reviewedAt === null ? null : reviewedAt - openedAt,
        review: reviewedAt === null ? null : mergedAt - reviewedAt,
        deploy: deployedAt - mergedAt,
      },
    ];
  });
  const median = (name: 'coding' | 'pickup' | 'review' | 'deploy') => {
    const values = found
      .flatMap((one) => one[name] ?? [])
      .map((milliseconds) => Math.max(0, milliseconds) / 1000)
      .sort((a, b) => a - b);
    const [low, high] = [values[Math.ceil(values.length / 2) - 1], values[Math.floor(values.length / 2)]];
    return low === undefined || high === undefined ? null : low + (high - low) / 2;
  };
  return {
    n: found.length,
    reviewed: found.filter(({ pickup }) => pickup !== null).length,
    coding: median('coding'),
    pickup: median('pickup'),
    review: median('review'),
    deploy: median('deploy'),
    ...(found.length === 0 ? { reason: 'no-pull-requests' as const } : {}),
  };
}
