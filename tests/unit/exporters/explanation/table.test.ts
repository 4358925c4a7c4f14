import { describe, expect, it } from 'vitest';
import type {
  ExplainedChange,
  ExplainedDeployment,
  ExplainedRow,
  Explanation,
} from '../../../../src/domain/explanation.ts';
import { explanationTable } from '../../../../src/exporters/explanation/table.ts';
import { sha } from '../../../support/builders.ts';

const CHANGE: ExplainedChange = {
  kind: 'change',
  commit: sha('a'),
  landedAs: null,
  pullRequest: null,
  pullRequestUrl: null,
  pullRequestRule: null,
  labels: [],
  byBot: false,
  subject: 'cart: discounts',
  author: 'Ada',
  authoredAt: '2026-11-01T00:00:00Z',
  openedAt: null,
  firstReviewAt: null,
  mergedAt: null,
  deployment: 'v1',
  deployedAt: '2026-11-02T00:00:00Z',
  leadTime: 86_400,
  annotation: null,
  rule: 'ancestry',
};

const DEPLOYMENT: ExplainedDeployment = {
  kind: 'deployment',
  id: 'v1',
  name: 'v1',
  url: null,
  sources: ['annotated-tag'],
  component: 'acme/shop',
  revision: sha('b'),
  finishedAt: '2026-11-02T00:00:00Z',
  outcome: 'succeeded',
  rule: 'source',
  failureAt: null,
  recoveredAt: null,
  timeToRestore: null,
  repairedBy: null,
  evidence: [],
  incidents: [],
  repairs: [],
  rollout: null,
  annotation: null,
};

/** The lines of the rows, their cells apart. */
function lines(...rows: readonly ExplainedRow[]): string[][] {
  const explanation: Explanation = {
    schema: 'dora-metrics/explanation/v1',
    metric: 'leadTime',
    period: { label: '2026-11', start: '2026-11-01T00:00:00Z', end: '2026-12-01T00:00:00Z', complete: true },
    component: null,
    team: null,
    asOf: '2026-12-01T00:00:00Z',
    definition: 'a median',
    result: {
      value: 86_400,
      n: 1,
      mean: null,
      p75: null,
      p90: null,
      p95: null,
      interval: null,
      band: null,
      stages: { n: 0, reviewed: 0, coding: null, pickup: null, review: null, deploy: null },
    },
    rows,
    setAside: { counts: {}, rows: [] },
  };
  return explanationTable(explanation)
    .split('\n')
    .slice(4, 6 + rows.length)
    .map((line) => line.split(/ {2,}/u));
}

describe('an explanation as a table', () => {
  it('names the pull request of a change, and how the change landed', () => {
    const copy = { ...CHANGE, pullRequest: 12, rule: 'squash' as const, landedAs: sha('c') };

    const [titles, , one, other] = lines(copy, CHANGE);

    expect(titles?.slice(4)).toEqual(['By', 'PR', 'Rule', 'Author', 'Subject']);
    expect(one?.slice(4)).toEqual(['v1', '#12', `squash ${sha('c').slice(0, 10)}`, 'Ada', 'cart: discounts']);
    expect(other?.slice(4)).toEqual(['v1', 'ancestry', 'Ada', 'cart: discounts']);
  });

  it('says in words where a deployment is known from', () => {
    const both = { ...DEPLOYMENT, sources: ['github-deployment', 'annotated-tag'] as const };

    const [titles, , row] = lines(both);

    expect(titles?.slice(0, 3)).toEqual(['Deployment', 'Known from', 'Finished']);
    expect(row?.slice(0, 2)).toEqual(['v1', 'GitHub deployment, annotated tag']);
  });

  it('names the incidents beside the commits that prove a failure, as text that no terminal obeys', () => {
    const incidents = [
      { id: '1', title: 'checkout \u001b[31mdown', url: null },
      { id: '2', title: 'x'.repeat(99), url: null },
    ];

    const [, , row] = lines({ ...DEPLOYMENT, evidence: [sha('a'), sha('b')], incidents });

    expect(row?.at(-1)).toBe(
      `${sha('a').slice(0, 10)} ${sha('b').slice(0, 10)}; incident: checkout \\x1b[31mdown; incident: ${'x'.repeat(59)}…`,
    );
  });

  it('says in which clusters a deployment of Argo CD was when, and what is not known of it', () => {
    const cluster = (name: string, minute: number) => ({
      name,
      at: `2026-11-02T00:${String(minute).padStart(2, '0')}:00Z`,
    });
    const rollout = {
      clusters: [cluster('eu1', 0), cluster('us\u001b[31m1', 45)],
      unverified: true,
      untraced: 'The tag moves from build to build and names no commit.',
      problem: null,
    };
    const failed = {
      ...DEPLOYMENT,
      outcome: 'failed' as const,
      rule: 'rollout' as const,
      recoveredAt: '2026-11-02T00:30:00Z',
      rollout: { clusters: [cluster('eu1', 0)], unverified: false, untraced: null, problem: 'degraded' },
    };
    const many = {
      ...failed,
      recoveredAt: null,
      rollout: { ...failed.rollout, clusters: [0, 1, 2, 3, 30].map((n) => cluster(`c${String(n)}`, n)) },
    };

    const [titles, , one, other, third] = lines({ ...DEPLOYMENT, rollout }, failed, many);

    expect(titles?.slice(-2)).toEqual(['Clusters', 'Remarks']);
    expect(one?.slice(-2)).toEqual([
      String.raw`eu1 2026-11-02T00:00:00Z, us\x1b[31m1 2026-11-02T00:45:00Z (in 45 min)`,
      'health not seen; commit of the GitOps repository: The tag moves from build to build and names no commit.',
    ]);
    expect(other?.slice(-2)).toEqual(['eu1 2026-11-02T00:00:00Z', 'degraded; well again by itself']);
    expect(third?.slice(-2)).toEqual([
      'c0 2026-11-02T00:00:00Z, … 3 more …, c30 2026-11-02T00:30:00Z (in 30 min)',
      'degraded',
    ]);
  });

  it('has no column of clusters where Argo CD knows of none of the deployments', () => {
    expect(lines(DEPLOYMENT)[0]).not.toContain('Clusters');
  });
});
