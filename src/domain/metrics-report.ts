import { NO_TEAM } from './teams.ts';

/**
 * The versioned result of `calculate`: the one thing that outputs read.
 *
 * Durations are seconds, rates are fractions, instants are ISO-8601 in UTC. A metric without a value says why.
 * The order of the fields here is the order in the JSON.
 */

export const METRICS_SCHEMA = 'dora-metrics/metrics/v1';

export const PERIOD_UNITS = ['day', 'week', 'month', 'quarter', 'year'] as const;
export type PeriodUnit = (typeof PERIOD_UNITS)[number];

export const METRIC_NAMES = [
  'deploymentFrequency',
  'leadTime',
  'changeFailRate',
  'timeToRestore',
  'reworkRate',
] as const;
export type MetricName = (typeof METRIC_NAMES)[number];

/** `lead-time` on the command line and in headings, `leadTime` in JSON. */
export function metricWord(name: MetricName): string {
  return name.replaceAll(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`);
}

export type MissingReason =
  | 'no-deployments'
  | 'no-shipped-changes'
  | 'no-known-outcomes'
  | 'no-failures'
  | 'no-recoveries'
  | 'no-incidents'
  | 'no-resolved-incidents';

/** 95 % confidence limits, in the unit of the value. */
export type Interval = readonly [number, number];

/** `null` carries its reason; a number stands alone. */
export type Value =
  | { readonly value: number; readonly reason?: never }
  | { readonly value: null; readonly reason: MissingReason };

export type DeploymentFrequency = Value & {
  readonly n: number;
  readonly perDay: number | null;
  readonly perWeek: number | null;
  readonly deploymentDays: number;
  /** Over the ISO weeks whose Thursday lies in the period and that are over; `null` where there is none. */
  readonly medianDeploymentDaysPerWeek: number | null;
  readonly band: string | null;
};

export type LeadTime = Value & {
  readonly n: number;
  readonly mean: number | null;
  readonly p75: number | null;
  readonly p90: number | null;
  readonly p95: number | null;
  readonly interval: Interval | null;
  readonly band: string | null;
  readonly stages: LeadTimeStages;
};

/**
 * Where the time went: medians, in seconds, over the pull requests that the period shipped. The host of the code must have been asked.
 *
 * A pull request that nobody reviewed before it was merged has neither pickup nor review.
 */
export interface LeadTimeStages {
  readonly n: number;
  /** Of those, how many another person reviewed. */
  readonly reviewed: number;
  /** From the first commit until it was opened. */
  readonly coding: number | null;
  /** Until the first review by another person. */
  readonly pickup: number | null;
  /** Until it was merged. */
  readonly review: number | null;
  /** Until it was deployed. */
  readonly deploy: number | null;
  /** Present where `n` is 0. */
  readonly reason?: 'no-pull-requests';
}

export type ChangeFailRate = Value & {
  readonly n: number;
  readonly failed: number;
  readonly unknown: number;
  readonly interval: Interval | null;
  readonly band: string | null;
};

export type TimeToRestore = Value & {
  readonly n: number;
  readonly mean: number | null;
  readonly open: number;
  readonly interval: Interval | null;
  readonly band: string | null;
};

export type ReworkRate = Value & {
  readonly n: number;
  readonly rework: number;
  readonly interval: Interval | null;
};

export type Incidents = Value & {
  readonly n: number;
  readonly mean: number | null;
  readonly unattributed: number;
};

export interface PeriodMetrics {
  readonly period: string;
  readonly start: string;
  readonly end: string;
  /** False while the period contains as-of. */
  readonly complete: boolean;
  readonly deploymentFrequency: DeploymentFrequency;
  readonly leadTime: LeadTime;
  readonly changeFailRate: ChangeFailRate;
  readonly timeToRestore: TimeToRestore;
  readonly reworkRate: ReworkRate;
  readonly incidents: Incidents;
}

export const GROUPINGS = ['component', 'repository', 'team', 'cluster'] as const;
export type GroupBy = (typeof GROUPINGS)[number];

/** What deployments of which nobody knows the cluster stand under, for people. */
const NO_CLUSTER = '(no cluster)';

/** What people call a group, also that of what belongs to none. */
export function groupName(by: GroupBy, key: string | null): string {
  return key ?? (by === 'cluster' ? NO_CLUSTER : NO_TEAM);
}

export interface MetricsGroup {
  /** `null` for the whole scope. */
  readonly by: GroupBy | null;
  /** `null` for the whole scope, and by team or cluster for what belongs to none. */
  readonly key: string | null;
  readonly periods: readonly PeriodMetrics[];
}

export interface Coverage {
  /** Commits that could have been a change: all but merges, by repository and component. */
  readonly commits: number;
  /** Share of the shipped changes whose pull request is known; `null` where nothing shipped. */
  readonly withPullRequest: number | null;
  readonly unreleased: number;
  /** Share of the shipped changes that bots wrote; `null` where nothing shipped. */
  readonly byBots: number | null;
}

export interface MetricsReport {
  readonly schema: typeof METRICS_SCHEMA;
  readonly asOf: string;
  readonly timezone: string;
  readonly period: PeriodUnit;
  readonly profile: 'dora';
  readonly benchmark: { readonly year: number };
  readonly scope: { readonly repositories: readonly string[]; readonly environment: string };
  readonly groups: readonly MetricsGroup[];
  /** Rows not used, by reason code; reasons with no row are absent. */
  readonly setAside: Readonly<Record<string, number>>;
  readonly coverage: Coverage;
  /** What lead time is measured on. */
  readonly leadTimeUnit: 'commit' | 'pull-request';
}
