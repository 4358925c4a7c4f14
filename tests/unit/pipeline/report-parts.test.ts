import { describe, expect, it } from 'vitest';
import { periodNamed } from '../../../src/calculators/periods.ts';
import { BENCHMARKS } from '../../../src/domain/benchmarks.ts';
import type { AssessedDeployment } from '../../../src/domain/deployment.ts';
import type { ReportFailure } from '../../../src/domain/report-model.ts';
import { DAY, epochMs, HOUR } from '../../../src/domain/units.ts';
import { eventsOf } from '../../../src/pipeline/report-events.ts';
import { longestOfEach } from '../../../src/pipeline/report-failures.ts';
import { overviewOf } from '../../../src/pipeline/report-overview.ts';
import { sourcesOf } from '../../../src/pipeline/report-sources.ts';
import { emptyState } from '../../../src/storage/state.ts';
import { assessed, at, datasetSettings } from '../../support/builders.ts';
import { columns, datasetOf } from '../../support/columns.ts';

const START = at('2026-10-01T00:00:00Z');
const PERIODS = ['2026-10', '2026-11'].map((label) => periodNamed(label, 'UTC').period);
const [OCTOBER] = PERIODS;
const CONTEXT = {
  asOf: at('2026-12-01T00:00:00Z'),
  timezone: 'UTC',
  bands: { table: BENCHMARKS[2024], minimumSample: 5 },
};

const after = (days: number) => epochMs(START + days * DAY);
const named = (number: number) => `acme/r${String(number).padStart(3, '0')}`;

/** So many deployments of each of so many repositories in October. */
function repositories(sizes: readonly number[]): AssessedDeployment[] {
  return sizes.flatMap((size, number) =>
    Array.from({ length: size }, (_, index) => {
      const place = { repository: named(number), component: named(number) };
      return assessed(`v${String(index)}`, after(1 + (number % 20) + index), {
        ...place,
        id: `${place.repository} ${String(index)}`,
        baseline: index === 0,
      });
    }),
  );
}

describe('the overview of a report', () => {
  const overview = (sizes: readonly number[], teams: Parameters<typeof overviewOf>[1] = []) => {
    const deployments = repositories(sizes);
    if (OCTOBER === undefined) throw new Error('there is always a period');
    return overviewOf(
      {
        dataset: datasetOf(deployments, columns(deployments, [])),
        context: CONTEXT,
        repositories: sizes.map((_, number) => named(number)),
      },
      teams,
      OCTOBER,
    );
  };

  it('is none of a single repository of one component', () => {
    expect(overview([3])).toBeNull();
  });

  it('has the repositories with most deployments, and counts the others', () => {
    const found = overview(Array.from({ length: 50 }, (_, number) => 1 + (number % 7)));

    expect(found?.by).toBe('repository');
    expect(found?.folded).toBe(30);
    expect(found?.parts.map(({ metrics }) => metrics.deploymentFrequency.n)).toEqual([
      ...Array.from({ length: 7 }, () => 7),
      ...Array.from({ length: 7 }, () => 6),
      ...Array.from({ length: 6 }, () => 5),
    ]);
    expect(found?.parts.slice(0, 2).map(({ key }) => key)).toEqual([named(6), named(13)]);
  });

  it('has the teams where there are any, those with nothing too, and last what belongs to none', () => {
    const teams = [
      { name: 'gone', repositories: ['acme/gone'], components: [] },
      { name: 'first', repositories: [named(0)], components: [] },
      { name: 'second', repositories: [named(1)], components: [] },
    ];
    const found = overview([1, 2, 5], teams);

    expect(found).toMatchObject({ by: 'team', folded: 0 });
    expect(found?.parts.map(({ key }) => key)).toEqual(['second', 'first', 'gone', null]);
    expect(found?.parts[2]?.metrics.deploymentFrequency).toMatchObject({
      value: null,
      reason: 'no-deployments',
    });
  });
});

describe('the events of a report', () => {
  it('name the component where there are several', () => {
    const [one, two] = [
      eventsOf(repositories([2]), new Map(), PERIODS),
      eventsOf(repositories([1, 1]), new Map(), PERIODS),
    ];

    expect(one.events.map(({ label }) => label)).toEqual(['first known deployment: v0']);
    expect(two.events.map(({ label }) => label)).toEqual([
      'first known deployment of acme/r000: v0',
      'first known deployment of acme/r001: v0',
    ]);
  });

  it('are the largest where there are too many, and no first deployment of many components', () => {
    const deployments = repositories(Array.from({ length: 40 }, () => 2));
    const imported = new Map(
      Array.from({ length: 30 }, (_, number) => [`${named(number)} 1`, number + 1] as const),
    );
    const { events, foldedEvents } = eventsOf(deployments, imported, PERIODS);

    expect(events).toHaveLength(12);
    expect(events.every(({ kind }) => kind === 'imported-history')).toBe(true);
    expect(events.map(({ label }) => Number(/\d+/u.exec(label)?.[0])).sort((a, b) => a - b)[0]).toBe(19);
    expect(events.map(({ at: instant }) => instant)).toEqual(events.map(({ at: instant }) => instant).sort());
    expect(foldedEvents).toBe(58);
  });
});

describe('the failures of a report', () => {
  const failures = Array.from({ length: 100 }, (_, number): ReportFailure => {
    const failureAt = after(60 - number * 0.6);
    return {
      deployment: String(number),
      name: String(number),
      component: 'acme/shop',
      rule: 'revert',
      failureAt,
      recoveredAt: number === 3 ? null : epochMs(failureAt + (1 + (number % 10)) * HOUR),
      repairedBy: null,
      rollout: null,
    };
  });

  it('are all of them where there are few', () => {
    expect(longestOfEach(failures, PERIODS, { most: 100, asOf: CONTEXT.asOf })).toEqual(failures);
  });

  it('are the longest of each period where there are many, newest first', () => {
    const shown = longestOfEach(failures, PERIODS, { most: 10, asOf: CONTEXT.asOf });
    const inNovember = shown.filter(({ failureAt }) => failureAt >= after(31));

    expect(shown).toHaveLength(10);
    expect(inNovember).toHaveLength(5);
    expect(shown.map(({ deployment }) => deployment)).toContain('3');
    expect(shown.filter(({ deployment }) => Number(deployment) % 10 === 9)).toHaveLength(9);
    expect(shown).toEqual(shown.toSorted((a, b) => b.failureAt - a.failureAt));
  });
});

describe('the sources of a report', () => {
  it('are those that were asked least recently where there are many', () => {
    const all = Array.from({ length: 300 }, (_, number) => named(number));
    const streams = all.map((scope, number) => ({
      source: 'git',
      scope,
      stream: 'commits',
      checkedAt: `2026-11-20T00:0${String((number * 7) % 10)}:00Z`,
      cursor: {},
      segments: [],
    }));
    const state = {
      ...emptyState('key'),
      streams: Object.fromEntries(streams.map((stream) => [`git/${stream.scope}/commits`, stream])),
    };
    const opened = { dataset: datasetOf([], columns([], [])), state, context: CONTEXT };
    const few = sourcesOf({ ...opened, repositories: all.slice(0, 5) }, datasetSettings());
    const many = sourcesOf({ ...opened, repositories: all }, datasetSettings());

    expect([few.sources.length, few.foldedSources]).toEqual([5, 0]);
    expect([many.sources.length, many.foldedSources]).toEqual([24, 276]);
    expect(new Set(many.sources.map(({ knownUntil }) => knownUntil))).toEqual(
      new Set(['2026-11-20T00:00:00Z']),
    );
  });
});
