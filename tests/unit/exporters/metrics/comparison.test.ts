import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import type {
  ComparedPeriodMetric,
  ComparisonReport,
  Difference,
} from '../../../../src/domain/comparison-report.ts';
import { differenceWords } from '../../../../src/domain/difference-words.ts';
import { printable } from '../../../../src/domain/printable.ts';
import { comparisonMarkdown, comparisonTable } from '../../../../src/exporters/metrics/comparison.ts';
import { comparisonCsv } from '../../../../src/exporters/metrics/comparison-csv.ts';
import { comparisonJson } from '../../../../src/exporters/metrics/comparison-json.ts';
import { HOSTILE } from '../../../support/report-model.ts';

const COLLECTED = 'N/A. Please check if you have collected deployments.';

function old(profile: Difference['profile'], count: number): Difference {
  return { profile, code: 'too-old', count, reason: differenceWords('too-old', count) };
}

const METRICS: readonly ComparedPeriodMetric[] = [
  {
    metric: 'lead-time',
    values: {
      dora: { value: 1 / 3, n: 3, text: '0 s', band: 'elite' },
      'devlake-mysql': { value: 120, unit: 'minutes', n: 3, text: '2.0 h (elite)', band: 'elite' },
      'devlake-postgres': {
        value: null,
        unit: null,
        n: 0,
        text: COLLECTED,
        band: null,
        panel: '2.0 h (elite)',
        reason: 'no-pull-requests',
      },
    },
    differences: [old('devlake-mysql', 1), old('devlake-postgres', 1)],
  },
];

function report(key: string | null = null): ComparisonReport {
  const period = { start: '2026-01-01T00:00:00Z', end: '2026-02-01T00:00:00Z', metrics: METRICS };
  return {
    schema: 'dora-metrics/comparison/v1',
    asOf: '2026-03-01T00:00:00Z',
    timezone: 'UTC',
    period: 'month',
    profiles: ['dora', 'devlake-mysql', 'devlake-postgres'],
    benchmark: { dora: 2024, 'devlake-mysql': 2023, 'devlake-postgres': 2023 },
    scope: { repositories: ['acme/shop'], environment: 'production' },
    groups: [
      {
        by: key === null ? null : 'component',
        key,
        periods: [
          { period: '2026-01', complete: true, ...period },
          { period: '2026-02', complete: false, ...period },
        ],
      },
    ],
    notes: ['a note'],
  };
}

describe('a comparison', () => {
  it('as a table has a column for each profile, and each reason once with what it is about in all periods', () => {
    expect(comparisonTable(report())).toBe(
      [
        'Period    Metric     dora         devlake-mysql  devlake-postgres',
        '--------  ---------  -----------  -------------  -------------------',
        '2026-01   lead-time  0 s · elite  2.0 h (elite)  N/A [2.0 h (elite)]',
        '2026-02*  lead-time  0 s · elite  2.0 h (elite)  N/A [2.0 h (elite)]',
        '',
        'why they differ',
        '- lead-time, devlake-mysql and devlake-postgres: DevLake blames the last deployment before the incident whatever its age: 2 incidents after failures.incidentWithin',
        '',
        'as of 2026-03-01T00:00:00Z, time zone UTC, levels of the reports: dora 2024, devlake-mysql 2023, devlake-postgres 2023, * not over yet',
        'a note',
        '',
      ].join('\n'),
    );
  });

  it('as Markdown has the same', () => {
    const text = comparisonMarkdown(report('acme/shop'));

    expect(text).toContain(
      '### acme/shop\n\n| Period | Metric | dora | devlake-mysql | devlake-postgres |\n',
    );
    expect(text).toContain(String.raw`| N/A \[2.0 h (elite)\] |`);
    expect(text.match(/whatever its age/gu)).toHaveLength(1);
  });

  it('as JSON is rounded, in the order of its fields, and has the whole text of the board', () => {
    const text = comparisonJson(report());

    expect(Object.keys(z.looseObject({}).parse(JSON.parse(text)))).toEqual([
      'schema',
      'asOf',
      'timezone',
      'period',
      'profiles',
      'benchmark',
      'scope',
      'groups',
      'notes',
    ]);
    expect(text).toContain('"value": 0.333,');
    expect(text).toContain(COLLECTED);
    expect(text).not.toContain('undefined');
  });

  it('as CSV has the columns of each profile', () => {
    const rows = z
      .array(z.record(z.string(), z.string()))
      .parse(parse(comparisonCsv(report()), { columns: true }));

    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatchObject({
      metric: 'lead-time',
      dora_value: '0.333',
      dora_unit: 'seconds',
      devlake_mysql_value: '120',
      devlake_mysql_unit: 'minutes',
      devlake_postgres_value: '',
      devlake_postgres_reason: 'no-pull-requests',
      devlake_postgres_text: COLLECTED,
    });
  });

  it.each(Object.values(HOSTILE))('lets no name of a component act on a terminal: %j', (name) => {
    const texts = [comparisonTable, comparisonMarkdown, comparisonCsv].map((print) => print(report(name)));

    for (const line of texts.flatMap((text) => text.split('\n'))) expect(printable(line)).toBe(line);
  });
});
