import type { FailureRule } from '../../src/domain/deployment.ts';
import {
  METRICS_SCHEMA,
  type GroupBy,
  type Interval,
  type LeadTimeStages,
  type MetricName,
  type MetricsReport,
  type PeriodMetrics,
  type PeriodUnit,
} from '../../src/domain/metrics-report.ts';
import type {
  Comparison,
  LeadTimeDistribution,
  ReportChange,
  ReportDeployment,
  ReportFailure,
  ReportIncident,
  ReportModel,
  ReportOverview,
  ReportPart,
  ReportRollout,
} from '../../src/domain/report-model.ts';
import { SET_ASIDE_REASONS } from '../../src/domain/set-aside.ts';
import { DAY, epochMs, HOUR, isoInstant } from '../../src/domain/units.ts';

/** Texts that a page must show and never obey. */
export const HOSTILE = {
  script: '<script>alert(1)</script> & "quotes" \'single\'',
  terminal: 'clear \u001b[31mred\u001b[0m and a bell \u0007',
  bidi: 'user \u202e txt.exe \u2066isolated\u2069 zero\u200bwidth\ufeff',
  attribute: '" onmouseover="alert(1)" x="',
  closing: '</title></style></svg><img src=x onerror=alert(1)>',
} as const;

/** Addresses that a page must not link to. */
export const HOSTILE_ADDRESSES = [
  'javascript:alert(1)',
  ' \tjava\nscript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  'vbscript:msgbox(1)',
  'file:///etc/passwd',
  'blob:https://github.com/1',
  'https://github.com@evil.example/acme/shop',
  '//evil.example/acme/shop',
  '/acme/shop/pull/1',
  '#how',
  '',
  'no address at all',
] as const;

interface Shape {
  readonly unit?: PeriodUnit;
  readonly periods?: number;
  readonly deploymentsPerPeriod?: number;
  /** Used for every subject, name, label and author instead of the realistic ones. */
  readonly text?: string;
  /** Used for every address instead of those of GitHub. */
  readonly url?: string;
  /** Without what only a host of code can tell. */
  readonly gitOnly?: boolean;
  /** Deployed by Argo CD to so many clusters. */
  readonly clusters?: number;
  /** As of a thousand repositories: with an overview by this, and sources that are folded. */
  readonly by?: GroupBy;
}

const HOST = 'https://github.com/acme/shop';

const SUBJECTS = [
  'Retry the payment webhook with a growing delay',
  'Show the delivery date in the basket',
  'Stop counting cancelled orders in the stock forecast',
  'Move the search index to its own worker',
  'Let customers change the address until the parcel is packed',
  'Upgrade the PDF library',
  'Make the invoice number unique per country',
  'Cache the price list per currency',
  HOSTILE.script,
  'Translate the returns form',
  HOSTILE.terminal,
  'Split the order service from the warehouse adapter, and keep both behind the same queue until the last customer of the old interface has moved, which may take a quarter',
  HOSTILE.bidi,
];
const AUTHORS = ['Ada Winter', 'Jonas Beck', 'Mirela Popa', 'Søren Kjær', 'Chidi Okafor', '李雷'];
const RULES: readonly FailureRule[] = ['hotfix', 'incident', 'rollout', 'rollback', 'revert'];
const LABELS = ['bug', 'checkout', 'size/S', 'customer request', 'needs translation'];

const UNIT_DAYS: Readonly<Record<PeriodUnit, number>> = {
  day: 1,
  week: 7,
  month: 30,
  quarter: 91,
  year: 365,
};

/** A generator of its own, so that the same model comes out on every machine. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

interface Span {
  readonly label: string;
  readonly start: number;
  readonly end: number;
}

/** The last `amount` periods of `unit` up to the one that contains 20 November 2026. */
function spans(unit: PeriodUnit, amount: number): Span[] {
  return Array.from({ length: amount }, (_, index) => {
    const back = amount - 1 - index;
    const at = (offset: number): number => {
      if (unit === 'quarter') return Date.UTC(2026, 9 - 3 * (back - offset), 1);
      if (unit === 'month') return Date.UTC(2026, 10 - (back - offset), 1);
      if (unit === 'year') return Date.UTC(2026 - (back - offset), 0, 1);
      const first = unit === 'week' ? Date.UTC(2026, 10, 16) : Date.UTC(2026, 10, 20);
      return first - (back - offset) * UNIT_DAYS[unit] * DAY;
    };
    return { label: label(unit, at(0)), start: at(0), end: at(1) };
  });
}

function label(unit: PeriodUnit, start: number): string {
  const date = new Date(start);
  const [year, month] = [String(date.getUTCFullYear()), date.getUTCMonth()];
  switch (unit) {
    case 'year':
      return year;
    case 'quarter':
      return `${year}-Q${String(Math.floor(month / 3) + 1)}`;
    case 'month':
      return `${year}-${String(month + 1).padStart(2, '0')}`;
    case 'day':
      return date.toISOString().slice(0, 10);
    case 'week': {
      const thursday = new Date(start + 3 * DAY);
      const week =
        Math.floor((thursday.getTime() - Date.UTC(thursday.getUTCFullYear(), 0, 1)) / (7 * DAY)) + 1;
      return `${String(thursday.getUTCFullYear())}-W${String(week).padStart(2, '0')}`;
    }
  }
}

const AS_OF = Date.UTC(2026, 10, 20);

/** A realistic report: an online shop that gets faster over nine quarters. */
export function reportModel(shape: Shape = {}): ReportModel {
  const { unit = 'quarter', periods: amount = 9, text, gitOnly = false, clusters = 0 } = shape;
  const address = (path: string): string | null => (gitOnly ? null : (shape.url ?? `${HOST}/${path}`));
  const next = random(7);
  const all = spans(unit, amount);
  const perPeriod = shape.deploymentsPerPeriod;
  const deployments = all.flatMap((span, index) => {
    const growth = perPeriod ?? [7, 8, 9, 11, 10, 12, 12, 19, 11][index % 9] ?? 8;
    const until = Math.min(span.end, AS_OF);
    const part = (until - span.start) / (span.end - span.start);
    const size = Math.max(1, Math.round(growth * part));
    return Array.from({ length: size }, (_unused, position) => {
      const finishedAt =
        span.start + Math.floor(((position + 0.2 + next() * 0.6) / size) * (until - span.start));
      return { finishedAt, span: index };
    });
  });
  const failing = new Set(
    deployments.flatMap((_, index) => (index % 7 === 4 || index % 23 === 11 ? [index] : [])),
  );
  const rows = deployments.map(({ finishedAt }, index) =>
    deployment({
      index,
      finishedAt,
      failed: failing.has(index),
      repairs: failing.has(index - 1),
      next,
      text,
      address,
      clusters,
    }),
  );
  const failures = rows.flatMap((row, index) =>
    failing.has(index) ? [failure(row, rows[index + 1], next)] : [],
  );
  const incidents = gitOnly
    ? []
    : rows.flatMap((row) => (row.failedBy === 'incident' ? [incident(row)] : []));
  const metrics = report(all, { unit, rows, failures, incidents, gitOnly });
  const focus = Math.max(0, amount - 2);
  const listed = rows.toReversed().slice(0, 150);
  const kept = failures.slice(-60);
  return {
    title: text ?? 'acme/shop',
    headline:
      text ??
      'Since last quarter you ship more often (12 → 19 deployments) and changes wait less (median 3 d 2 h → 1 d 21 h); 2 of 19 deployments failed, about as before.',
    caveats:
      text === undefined
        ? [
            ...(gitOnly
              ? ['No incident source: failures come from reverts, rollbacks and hotfixes only.']
              : []),
            '7 of 98 tags are lightweight; their time is that of their commit.',
          ]
        : [text],
    metrics,
    focus,
    comparisons: comparisons(metrics, focus),
    foldedEvents: shape.by === undefined ? 0 : 988,
    overview: shape.by === undefined ? null : overviewBy(shape.by, text, all),
    events: [
      { at: epochMs(rows[0]?.finishedAt ?? AS_OF), kind: 'baseline', label: text ?? 'baseline v1.0.0' },
      {
        at: epochMs(Date.UTC(2026, 1, 12)),
        kind: 'imported-history',
        label: text ?? 'imported history: 704 commits',
      },
    ],
    distribution: distribution(metrics, focus),
    failures: kept,
    foldedFailures: failures.length - kept.length,
    incidents: incidents.toReversed().slice(0, 60),
    foldedIncidents: Math.max(0, incidents.length - 60),
    authors: gitOnly
      ? null
      : {
          people: { changes: 171, medianLeadTime: 2.2 * 86_400 },
          bots: { changes: 24, medianLeadTime: 5 * 3600 },
        },
    deployments: listed,
    foldedDeployments:
      rows.length > 150
        ? [{ label: '2024', deployments: rows.length - 150, failed: 20, shippedChanges: 1804 }]
        : [],
    setAside: setAside(text, address),
    foldedSources: shape.by === undefined ? 0 : 1976,
    sources: [
      {
        source: 'git',
        scope: text ?? 'acme/shop',
        knownUntil: '2026-11-20T00:00:00Z',
        detail: text ?? '1,873 commits, 98 tags, branch main',
      },
      ...(gitOnly
        ? []
        : [
            {
              source: 'GitHub',
              scope: text ?? 'acme/shop',
              knownUntil: '2026-11-20T00:00:00Z',
              detail: text ?? '812 pull requests',
            },
          ]),
    ],
    configuration: [
      { key: 'tags.pattern', value: text ?? '^v\\d+\\.\\d+\\.\\d+$' },
      { key: 'exclude.authors', value: text ?? 'renovate*, dependabot*' },
    ],
    version: '0.1.0',
    reproduce:
      text ??
      'npx dora-metrics@0.1.0 report --period quarterly --from 2024-10-01 --as-of 2026-11-20T00:00:00Z',
  };
}

interface Row {
  readonly index: number;
  readonly finishedAt: number;
  readonly failed: boolean;
  readonly repairs: boolean;
  readonly next: () => number;
  readonly text: string | undefined;
  readonly address: (path: string) => string | null;
  readonly clusters?: number;
}

function rollout({ finishedAt, failed, index, text, clusters = 0 }: Row): ReportRollout | null {
  if (clusters === 0) return null;
  const names = Array.from({ length: clusters }, (_, n) => text ?? `prod-eu-west-${String(n + 1)}`);
  return {
    clusters: names.slice(0, 3),
    foldedClusters: Math.max(0, clusters - 3),
    spread: clusters === 1 ? null : { from: epochMs(finishedAt - HOUR), to: epochMs(finishedAt) },
    isUnverified: index % 5 === 2,
    untraced: index % 9 === 1 ? (text ?? 'The image has no tag, and no label names a commit.') : null,
    problem: failed ? (text ?? 'degraded') : null,
  };
}

function deployment(row: Row): ReportDeployment {
  const { index, finishedAt, failed, repairs, next, text, address } = row;
  const baseline = index === 0;
  const rule = RULES[index % RULES.length] ?? 'hotfix';
  const isLost = failed && rule === 'rollout';
  const shippedChanges = baseline || isLost ? 0 : repairs ? 1 : 2 + Math.floor(next() * 22);
  const name = (at: number): string => text ?? `v${String(1 + Math.floor(at / 40))}.${String(at % 40)}.0`;
  const median = Math.round((2 + next() * 80) * 3600);
  const slowest = Array.from({ length: Math.min(3, shippedChanges) }, (_, position): ReportChange => {
    const pick = Math.floor(next() * 1000);
    const commit = Array.from({ length: 40 }, () => Math.floor(next() * 16).toString(16)).join('');
    const number = pick % 3 === 0 ? 400 + index : null;
    return {
      commit,
      commitUrl: address(`commit/${commit}`),
      subject: text ?? SUBJECTS[pick % SUBJECTS.length] ?? '',
      author: text ?? AUTHORS[pick % AUTHORS.length] ?? '',
      leadTime: median * (5 - position) + pick,
      pullRequest: number,
      pullRequestUrl: number === null ? null : address(`pull/${String(number)}`),
      labels: number === null ? [] : LABELS.slice(0, pick % 6).map((label) => text ?? label),
      byBot: pick % 11 === 0,
    };
  });
  const url = address(`releases/tag/${encodeURIComponent(name(index))}`);
  return {
    id: `tag:acme/shop:${String(index)}`,
    name: name(index),
    url,
    sources: url === null ? ['annotated-tag'] : ['release', 'annotated-tag'],
    component: text ?? 'shop',
    finishedAt: epochMs(finishedAt),
    estimated: index % 14 === 3,
    baseline,
    outcome: failed ? 'failed' : 'succeeded',
    failedBy: failed ? rule : null,
    failureDetail:
      failed && rule !== 'incident' && rule !== 'rollout'
        ? (text ?? `${name(index + 1)} ships the ${rule} of a change that ${name(index)} shipped`)
        : null,
    incidents:
      failed && rule === 'incident'
        ? [{ title: text ?? 'Checkout answers with 502', url: address(`issues/${String(600 + index)}`) }]
        : [],
    repairs: repairs ? [{ rule: 'hotfix', name: name(index - 1) }] : [],
    rollout: rollout(row),
    shippedChanges,
    medianLeadTime: shippedChanges === 0 ? null : median,
    slowest,
  };
}

function failure(
  row: ReportDeployment,
  next: ReportDeployment | undefined,
  chance: () => number,
): ReportFailure {
  const recovered = row.finishedAt + Math.round((0.6 + chance() ** 3 * 110) * HOUR);
  return {
    deployment: row.id,
    name: row.name,
    component: row.component,
    rule: row.failedBy ?? 'hotfix',
    failureAt: row.finishedAt,
    recoveredAt: next === undefined || recovered > AS_OF ? null : epochMs(recovered),
    repairedBy: next === undefined || recovered > AS_OF ? null : next.name,
    rollout: row.rollout,
  };
}

/** An incident that opened an hour after the deployment that caused it. */
function incident({ id, name, component, finishedAt, incidents }: ReportDeployment): ReportIncident {
  const openedAt = epochMs(finishedAt + HOUR);
  const index = Number(id.split(':').at(-1));
  return {
    title: incidents[0]?.title ?? '',
    url: incidents[0]?.url ?? null,
    component,
    openedAt,
    resolvedAt: index % 3 === 0 ? null : epochMs(openedAt + (1 + (index % 20)) * HOUR),
    deployment: index % 5 === 0 ? null : { id, name },
    link: index % 5 === 0 ? null : index % 2 === 0 ? 'named' : 'last-before',
  };
}

interface Facts {
  readonly unit: PeriodUnit;
  readonly rows: readonly ReportDeployment[];
  readonly failures: readonly ReportFailure[];
  readonly incidents: readonly ReportIncident[];
  readonly gitOnly: boolean;
}

function report(all: readonly Span[], facts: Facts): MetricsReport {
  const periods = all.map((span, index) => period(span, index / all.length, facts));
  const { unit, gitOnly } = facts;
  return {
    schema: METRICS_SCHEMA,
    asOf: isoInstant(AS_OF),
    timezone: 'UTC',
    period: unit,
    profile: 'dora',
    benchmark: { year: 2024 },
    scope: { repositories: ['acme/shop'], environment: 'production' },
    groups: [{ by: null, key: null, periods }],
    setAside: { 'merge-commit': 214 },
    coverage: {
      commits: 1659,
      withPullRequest: gitOnly ? null : 0.973,
      unreleased: 14,
      byBots: gitOnly ? null : 0.12,
    },
    leadTimeUnit: 'commit',
  };
}

const PLACES = ['payments', 'web-shop', 'warehouse-and-returns', 'search', 'identity', 'mobile-app'];

/** As many rows as there may be: the first with numbers, the last without. */
function overviewBy(by: GroupBy, text: string | undefined, all: readonly Span[]): ReportOverview {
  const span = all.at(-2) ?? all[0];
  if (span === undefined) throw new Error('there is always one period');
  const rows = by === 'team' ? 60 : 20;
  const parts = Array.from({ length: rows }, (_, index): ReportPart => {
    const name = `${PLACES[index % PLACES.length] ?? ''}-${String(index)}`;
    const next = random(index + 1);
    const size = Math.round((50 * (rows - index - 4)) / rows);
    const deployments = Array.from({ length: Math.max(0, size) }, (_unused, position) =>
      deployment({
        index: position,
        finishedAt: span.start + Math.floor(((span.end - span.start) * (position + 0.5)) / size),
        failed: false,
        repairs: position % 5 === 1,
        next,
        text,
        address: () => null,
      }),
    );
    const failures = deployments
      .filter((_unused, position) => position % 9 === 2)
      .map((row) => failure(row, row, next));
    return {
      key: text ?? (by === 'repository' ? `acme/${name}` : name),
      metrics: period(span, index / rows, {
        unit: 'quarter',
        rows: deployments,
        failures,
        incidents: [],
        gitOnly: true,
      }),
    };
  });
  const rest = by === 'team' ? parts.slice(-1).map(({ metrics }) => ({ key: null, metrics })) : [];
  return { by, parts: [...parts, ...rest], folded: by === 'team' ? 3 : 980 };
}

function within(span: Span, at: number): boolean {
  return at >= span.start && at < span.end;
}

/** Stages that add up to about the median of the lead time. */
function stages(n: number, median: number): LeadTimeStages {
  if (n === 0) {
    const nothing = { coding: null, pickup: null, review: null, deploy: null };
    return { n, reviewed: 0, ...nothing, reason: 'no-pull-requests' };
  }
  return {
    n,
    reviewed: Math.ceil(n * 0.9),
    coding: Math.round(median * 0.31),
    pickup: Math.round(median * 0.05),
    review: Math.round(median * 0.13),
    deploy: Math.round(median * 0.5),
  };
}

function incidentsOf(opened: readonly ReportIncident[]): PeriodMetrics['incidents'] {
  const n = opened.length;
  const times = opened.flatMap(({ openedAt, resolvedAt }) =>
    resolvedAt === null ? [] : [(resolvedAt - openedAt) / 1000],
  );
  const value = times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)];
  const unattributed = opened.filter((row) => row.deployment === null).length;
  return value === undefined
    ? {
        value: null,
        reason: n === 0 ? 'no-incidents' : 'no-resolved-incidents',
        n,
        mean: null,
        unattributed,
      }
    : { value, n, mean: value, unattributed };
}

function period(span: Span, progress: number, { rows, failures, incidents, gitOnly }: Facts): PeriodMetrics {
  const mine = rows.filter(({ finishedAt }) => within(span, finishedAt));
  const broken = failures.filter(({ failureAt }) => within(span, failureAt));
  const over = broken.flatMap(({ failureAt, recoveredAt }) =>
    recoveredAt === null ? [] : [(recoveredAt - failureAt) / 1000],
  );
  const n = mine.length;
  const rework = mine.filter(({ repairs }) => repairs.length > 0).length;
  const changes = mine.reduce((sum, { shippedChanges }) => sum + shippedChanges, 0);
  const median = Math.round(86_400 * (6.5 - 4.6 * progress) * (1 + 0.25 * Math.sin(progress * 17)));
  const days = new Set(mine.map(({ finishedAt }) => Math.floor(finishedAt / DAY))).size;
  const elapsed = (Math.min(span.end, AS_OF) - span.start) / DAY;
  const restored = over.toSorted((a, b) => a - b)[Math.floor(over.length / 2)];
  return {
    period: span.label,
    start: isoInstant(span.start),
    end: isoInstant(span.end),
    complete: span.end <= AS_OF,
    deploymentFrequency:
      n === 0
        ? {
            value: null,
            reason: 'no-deployments',
            n: 0,
            perDay: null,
            perWeek: null,
            deploymentDays: 0,
            medianDeploymentDaysPerWeek: null,
            band: null,
          }
        : {
            value: n,
            n,
            perDay: n / elapsed,
            perWeek: (n / elapsed) * 7,
            deploymentDays: days,
            medianDeploymentDaysPerWeek: 1,
            band: 'high',
          },
    leadTime:
      changes === 0
        ? {
            value: null,
            reason: 'no-shipped-changes',
            n: 0,
            mean: null,
            p75: null,
            p90: null,
            p95: null,
            interval: null,
            band: null,
            stages: stages(0, median),
          }
        : {
            value: median,
            n: changes,
            mean: Math.round(median * 1.7),
            p75: Math.round(median * 2.1),
            p90: Math.round(median * 4.4),
            p95: Math.round(median * 7.9),
            interval: [Math.round(median * 0.78), Math.round(median * 1.21)],
            band: 'medium',
            stages: stages(gitOnly ? 0 : Math.ceil(changes / 3), median),
          },
    changeFailRate:
      n === 0
        ? {
            value: null,
            reason: 'no-known-outcomes',
            n: 0,
            failed: 0,
            unknown: 0,
            interval: null,
            band: null,
          }
        : {
            value: broken.length / n,
            n,
            failed: broken.length,
            unknown: 0,
            interval: wilson(broken.length, n),
            band: n < 5 ? null : 'elite or high',
          },
    timeToRestore:
      restored === undefined
        ? {
            value: null,
            reason: broken.length === 0 ? 'no-failures' : 'no-recoveries',
            n: 0,
            mean: null,
            open: broken.length,
            interval: null,
            band: null,
          }
        : {
            value: Math.round(restored),
            n: over.length,
            mean: Math.round(restored * 1.2),
            open: broken.length - over.length,
            interval: null,
            band: null,
          },
    reworkRate:
      n === 0
        ? { value: null, reason: 'no-deployments', n: 0, rework: 0, interval: null }
        : { value: rework / n, n, rework, interval: wilson(rework, n) },
    incidents: incidentsOf(incidents.filter(({ openedAt }) => within(span, openedAt))),
  };
}

function wilson(hits: number, n: number): Interval {
  const z = 1.96;
  const p = hits / n;
  const centre = (p + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n))) / (1 + (z * z) / n);
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}

function comparisons(metrics: MetricsReport, focus: number): Readonly<Record<MetricName, Comparison>> {
  const periods = metrics.groups[0]?.periods ?? [];
  const compare = (name: MetricName, verdict: Comparison['verdict'], lowerIsBetter: boolean): Comparison => {
    const [now, before] = [periods[focus]?.[name], periods[focus - 1]?.[name]];
    const value = now?.value ?? null;
    const previousValue = before?.value ?? null;
    if (value === null || previousValue === null) {
      return {
        previous: null,
        previousValue: null,
        previousInterval: null,
        verdict: 'none',
        direction: 'none',
      };
    }
    const direction = value > previousValue ? 'up' : value < previousValue ? 'down' : 'flat';
    const better = (direction === 'down') === lowerIsBetter;
    const decided = verdict === 'same' || direction === 'flat' ? 'same' : better ? 'better' : 'worse';
    const previousInterval = before !== undefined && 'interval' in before ? before.interval : null;
    return {
      previous: periods[focus - 1]?.period ?? null,
      previousValue,
      previousInterval,
      verdict: decided,
      direction,
    };
  };
  return {
    deploymentFrequency: compare('deploymentFrequency', 'better', false),
    leadTime: compare('leadTime', 'better', true),
    changeFailRate: compare('changeFailRate', 'same', true),
    timeToRestore: compare('timeToRestore', 'same', true),
    reworkRate: compare('reworkRate', 'same', true),
  };
}

function distribution(metrics: MetricsReport, focus: number): LeadTimeDistribution | null {
  const shown = metrics.groups[0]?.periods[focus];
  if (shown === undefined || shown.leadTime.value === null) return null;
  const { n, value, p75, p90, p95 } = shown.leadTime;
  const edges = [0, ...Array.from({ length: 20 }, (_, index) => Math.round(60 * 2 ** index))];
  const weights = edges.slice(1).map((to) => Math.exp(-((Math.log2(to / value) - 0.3) ** 2) / 7));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const bins = edges.slice(0, -1).map((from, index) => {
    return { from, to: edges[index + 1] ?? from, count: Math.round(((weights[index] ?? 0) / total) * n) };
  });
  return {
    period: shown.period,
    n,
    bins,
    quantiles: { p50: value, p75: p75 ?? value, p90: p90 ?? value, p95: p95 ?? value },
  };
}

function setAside(
  text: string | undefined,
  address: (path: string) => string | null,
): ReportModel['setAside'] {
  const entries = [
    {
      reason: 'merge-commit',
      count: 214,
      texts: [
        'Merge pull request #812 from acme/stock',
        "Merge branch 'main' into stock",
        'Merge pull request #809 from acme/prices',
      ],
    },
    { reason: 'before-baseline', count: 348, texts: ['Initial import', 'Add a readme', HOSTILE.attribute] },
    { reason: 'imported-history', count: 704, texts: ['Start of the library', HOSTILE.closing] },
    {
      reason: 'excluded',
      count: 131,
      texts: ['Update dependency vite to v9', 'Update dependency zod to v5'],
    },
    { reason: 'unreleased', count: 14, texts: ['Show the delivery date in the parcel mail'] },
    { reason: 'authored-after-deployment', count: 2, texts: ['Fix the clock of the build machine'] },
  ] as const;
  return entries.map(({ reason, count, texts }) => {
    return {
      reason,
      count,
      meaning: SET_ASIDE_REASONS[reason],
      examples: texts.map((example, index) => {
        const at = epochMs(Date.UTC(2026, index, 3 + index));
        const id = 'abcdef0123'.repeat(4);
        return { id, at, text: text ?? example, url: address(`commit/${id}`) };
      }),
    };
  });
}

/** A workspace in which nothing was ever deployed. */
export function emptyReportModel(): ReportModel {
  const model = reportModel({ periods: 1, deploymentsPerPeriod: 1, gitOnly: true });
  const [span] = spans('quarter', 1);
  if (span === undefined) throw new Error('there is always one period');
  const none: Comparison = {
    previous: null,
    previousValue: null,
    previousInterval: null,
    verdict: 'none',
    direction: 'none',
  };
  return {
    ...model,
    title: 'acme/empty',
    headline: 'No deployment is known in 2026-Q4, so there is nothing to measure yet.',
    caveats: [],
    metrics: report([span], { unit: 'quarter', rows: [], failures: [], incidents: [], gitOnly: true }),
    focus: 0,
    comparisons: {
      deploymentFrequency: none,
      leadTime: none,
      changeFailRate: none,
      timeToRestore: none,
      reworkRate: none,
    },
    events: [],
    distribution: null,
    failures: [],
    foldedFailures: 0,
    deployments: [],
    foldedDeployments: [],
    setAside: [],
    configuration: [],
  };
}
