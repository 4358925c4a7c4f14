import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { metricsReport } from '../../../src/calculators/metrics-report.ts';
import { periodNamed } from '../../../src/calculators/periods.ts';
import { scopesOf } from '../../../src/calculators/scopes.ts';
import { BENCHMARKS } from '../../../src/domain/benchmarks.ts';
import type { Dataset } from '../../../src/domain/dataset.ts';
import type { AssessedDeployment } from '../../../src/domain/deployment.ts';
import type { GroupBy } from '../../../src/domain/metrics-report.ts';
import { epochMs, type EpochMs } from '../../../src/domain/units.ts';
import { metricsJson } from '../../../src/exporters/metrics/json.ts';
import { metricsTable } from '../../../src/exporters/metrics/table.ts';
import { assessed, at, failure } from '../../support/builders.ts';
import { columns, datasetOf, incident, type ChangeRow } from '../../support/columns.ts';

const day = (n: number): EpochMs => epochMs(at('2026-11-01T00:00:00Z') + (n - 1) * 86_400_000);

/** A deployment that these clusters had on day `n`. */
function seen(
  name: string,
  n: number,
  clusters: readonly string[],
  some: Partial<Omit<AssessedDeployment, 'name' | 'finishedAt'>> = {},
): AssessedDeployment {
  const sightings = clusters.map((cluster) => ({ source: 'argocd' as const, name, at: day(n), cluster }));
  return assessed(name, day(n), {
    id: name,
    ...(clusters.length > 0 && { source: 'argocd', sightings }),
    ...some,
  });
}

function dataset(
  deployments: readonly AssessedDeployment[],
  rows: readonly ChangeRow[] = [],
  some: Partial<Dataset> = {},
): Dataset {
  return datasetOf(deployments, columns(deployments, rows), some);
}

function report(whole: Dataset, by: GroupBy | null) {
  return metricsReport(whole, {
    context: {
      asOf: day(30),
      timezone: 'UTC',
      bands: { table: BENCHMARKS[2024], minimumSample: 5 },
    },
    unit: 'month',
    periods: [periodNamed('2026-11', 'UTC').period],
    by,
    teams: [],
    leadTimeUnit: 'commit',
    benchmarkYear: 2024,
    environment: 'production',
    repositories: ['acme/shop'],
  });
}

/** Of each group: how many deployments, how many failed, the median lead time in seconds, how many incidents. */
function figures(whole: Dataset, by: GroupBy | null) {
  return report(whole, by).groups.map(({ key, periods: [period] }) => [
    key,
    period?.deploymentFrequency.value ?? null,
    period?.changeFailRate.failed ?? null,
    period?.leadTime.value ?? null,
    period?.incidents.n ?? null,
  ]);
}

const WHOLE = dataset(
  [
    seen('v1', 1, ['us1', 'eu1']),
    seen('v2', 2, ['eu1'], { outcome: 'failed', failures: [failure(day(2), day(3), { rule: 'rollout' })] }),
    seen('v3', 3, ['eu1', 'us1', 'unknown']),
    seen('v4', 4, []),
  ],
  [
    { by: 'v1', commit: 'a', seconds: 100 },
    { by: 'v3', commit: 'b', seconds: 300 },
    { by: 'v4', commit: 'c', seconds: 800 },
  ],
  {
    incidents: [
      incident(day(3), { deployment: 'v3', link: 'last-before' }),
      incident(day(4), { deployment: 'v4', link: 'last-before' }),
      incident(day(5)),
    ],
  },
);

describe('the metrics by cluster', () => {
  it('count what several clusters have in each of them, and what none is known of in a last group', () => {
    expect(figures(WHOLE, 'cluster')).toEqual([
      ['eu1', 2, 1, 200, 1],
      ['unknown', 1, 0, 300, 1],
      ['us1', 2, 0, 200, 1],
      [null, 1, 0, 800, 2],
    ]);
  });

  it('count everything once in the whole', () => {
    expect(figures(WHOLE, null)).toEqual([[null, 3, 1, 300, 3]]);
  });

  it('are told as those of clusters', () => {
    const found = report(WHOLE, 'cluster');

    expect(metricsJson(found)).toContain('"by": "cluster",\n      "key": "eu1"');
    expect(metricsJson(found)).toContain('"by": "cluster",\n      "key": null');
    expect(metricsTable(found)).toContain('(no cluster)');
    expect(metricsTable(found)).not.toContain('(no team)');
  });

  it('have no last group where nothing is without a cluster', () => {
    const keys = (some: Dataset) => scopesOf(some, 'cluster').map(({ key }) => key);

    expect(keys(dataset([seen('v1', 1, ['eu1'])]))).toEqual(['eu1']);
    expect(keys(dataset([seen('v1', 1, ['eu1'])], [], { incidents: [incident(day(2))] }))).toEqual([
      'eu1',
      null,
    ]);
    expect(keys(dataset([seen('v1', 1, [])]))).toEqual([null]);
    expect(keys(dataset([]))).toEqual([null]);
  });

  it('count a change of two components once in a cluster, where it shipped first', () => {
    const ui = seen('ui', 2, ['eu1'], { component: 'ui' });
    const api = seen('api', 1, ['eu1', 'us1'], { component: 'api' });
    const both = dataset(
      [api, ui],
      [
        { by: 'api', commit: 'x', seconds: 10 },
        { by: 'ui', commit: 'x', seconds: 50 },
      ],
    );
    const leadTimes = scopesOf(both, 'cluster').map(({ key, scope }) => [
      key,
      ...scope.leadTimes.flatMap((part) => [...part]),
    ]);

    expect(leadTimes).toEqual([
      ['eu1', 10],
      ['us1', 10],
    ]);
  });

  const datasets = fc
    .array(fc.subarray(['eu1', 'us1', 'ap1']), { maxLength: 12 })
    .map((each) => each.map((clusters, n) => seen(`v${String(n)}`, n + 1, clusters)));

  it('add up to the number of sightings and of those without any', () => {
    fc.assert(
      fc.property(datasets, (deployments) => {
        const groups = scopesOf(dataset(deployments), 'cluster');
        const sum = groups.reduce((total, { scope }) => total + scope.deployments.length, 0);
        const expected = deployments.map(({ source, sightings }) =>
          source === 'argocd' ? sightings.length : 1,
        );

        expect(sum).toBe(expected.reduce((total, count) => total + count, 0));
        expect(scopesOf(dataset(deployments), null)[0]?.scope.deployments).toHaveLength(deployments.length);
      }),
    );
  });
});
