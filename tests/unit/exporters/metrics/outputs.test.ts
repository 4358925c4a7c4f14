import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { LeadTimeStages, MetricsReport, PeriodMetrics } from '../../../../src/domain/metrics-report.ts';
import { metricsCsv } from '../../../../src/exporters/metrics/csv.ts';
import { metricsJson, roundedReport } from '../../../../src/exporters/metrics/json.ts';
import { metricsMarkdown } from '../../../../src/exporters/metrics/markdown.ts';
import { metricsTable } from '../../../../src/exporters/metrics/table.ts';
import { emptyReportModel, reportModel } from '../../../support/report-model.ts';

const STAGES: LeadTimeStages = {
  n: 7,
  reviewed: 5,
  coding: 86_400.12345,
  pickup: 3600.5,
  review: 1 / 3,
  deploy: 0,
};

/** A report of one period with these stages, and with shares that no decimal can write. */
function report(stages: LeadTimeStages, some: Partial<MetricsReport> = {}): MetricsReport {
  const { metrics } = reportModel({ periods: 1 });
  const withStages = (period: PeriodMetrics): PeriodMetrics => ({
    ...period,
    leadTime: { ...period.leadTime, stages },
  });
  return {
    ...metrics,
    groups: metrics.groups.map((group) => ({ ...group, periods: group.periods.map(withStages) })),
    coverage: { ...metrics.coverage, withPullRequest: 2 / 3, byBots: 1 / 7 },
    ...some,
  };
}

const first = (whole: MetricsReport) => whole.groups[0]?.periods[0];

describe('metrics as JSON', () => {
  it('have the stages last in the lead time, rounded to milliseconds, in their order', () => {
    const { leadTime } =
      z
        .object({ groups: z.array(z.object({ periods: z.array(z.looseObject({})) })) })
        .parse(JSON.parse(metricsJson(report(STAGES)))).groups[0]?.periods[0] ?? {};

    expect(Object.keys(z.looseObject({}).parse(leadTime)).at(-1)).toBe('stages');
    expect(JSON.stringify(z.looseObject({ stages: z.unknown() }).parse(leadTime).stages)).toBe(
      '{"n":7,"reviewed":5,"coding":86400.123,"pickup":3600.5,"review":0.333,"deploy":0}',
    );
  });

  it('say why there are no stages, and never 0 for them', () => {
    const { metrics } = emptyReportModel();

    expect(first(roundedReport(metrics))?.leadTime.stages).toEqual({
      n: 0,
      reviewed: 0,
      coding: null,
      pickup: null,
      review: null,
      deploy: null,
      reason: 'no-pull-requests',
    });
  });

  it('say what lead time is measured on, and round the shares of the coverage', () => {
    const text = metricsJson(report(STAGES, { leadTimeUnit: 'pull-request' }));

    expect(JSON.parse(text)).toMatchObject({
      leadTimeUnit: 'pull-request',
      coverage: { withPullRequest: 0.6667, byBots: 0.1429, unreleased: 14 },
    });
  });
});

describe('metrics as CSV', () => {
  const rows = (whole: MetricsReport) =>
    z.array(z.record(z.string(), z.string())).parse(parse(metricsCsv(whole), { columns: true }));

  it('have a column for each stage and for the incidents', () => {
    expect(rows(report(STAGES))[0]).toMatchObject({
      pull_requests: '7',
      reviewed_pull_requests: '5',
      lead_time_coding_median_seconds: '86400.123',
      lead_time_pickup_median_seconds: '3600.5',
      lead_time_review_median_seconds: '0.333',
      lead_time_deploy_median_seconds: '0',
      incidents: String(first(report(STAGES))?.incidents.n),
    });
  });

  it('leave a cell empty where there is nothing to say', () => {
    expect(rows(emptyReportModel().metrics)[0]).toMatchObject({
      pull_requests: '0',
      lead_time_coding_median_seconds: '',
      time_to_resolve_median_seconds: '',
    });
  });
});

describe('metrics as a table', () => {
  it.each([metricsTable, metricsMarkdown])('say so where lead time is of pull requests', (write) => {
    expect(write(report(STAGES, { leadTimeUnit: 'pull-request' }))).toContain('lead time by pull request');
    expect(write(report(STAGES))).not.toContain('by pull request');
  });
});

describe('metrics by team', () => {
  const [whole] = report(STAGES).groups;
  const periods = whole?.periods ?? [];
  const byTeam = report(STAGES, {
    groups: [
      { by: 'team', key: 'payments | *eu*', periods },
      { by: 'team', key: null, periods },
    ],
  });

  it('as JSON have the name of the team, and null for what belongs to none', () => {
    const text = metricsJson(byTeam);

    expect(text.match(/"by": .*\n *"key": .*\n *"periods": /gu)).toHaveLength(2);
    expect(JSON.parse(text)).toMatchObject({
      groups: [
        { by: 'team', key: 'payments | *eu*' },
        { by: 'team', key: null },
      ],
    });
  });

  it('as CSV have them in a column', () => {
    const rows = z
      .array(z.record(z.string(), z.string()))
      .parse(parse(metricsCsv(byTeam), { columns: true }));

    expect(rows.map(({ group_by: by, group }) => [by, group])).toEqual([
      ['team', 'payments | *eu*'],
      ['team', '(no team)'],
    ]);
  });

  it('as tables have them above each', () => {
    expect(metricsTable(byTeam).match(/^(?!Period|-|20|as of|\d).+$/gmu)).toEqual([
      'payments | *eu*',
      '(no team)',
    ]);
    expect(metricsMarkdown(byTeam).match(/^### .+$/gmu)).toEqual([
      String.raw`### payments \| \*eu\*`,
      '### (no team)',
    ]);
  });
});
