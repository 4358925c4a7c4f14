import type { BandLevel } from './benchmarks.ts';
import type { DifferenceCode } from './difference-words.ts';
import type { GroupBy, MissingReason, PeriodUnit } from './metrics-report.ts';
import type { DevlakeProfile, Profile } from './profiles.ts';

/**
 * The versioned result of `calculate --profile` for anything but `dora` alone: the same metrics by several definitions, side by side.
 *
 * The order of the fields here is the order in the JSON.
 */

export const COMPARISON_SCHEMA = 'dora-metrics/comparison/v1';

export const COMPARED_METRICS = [
  'deployment-frequency',
  'lead-time',
  'change-fail-rate',
  'time-to-restore',
  'rework-rate',
] as const;
export type ComparedMetric = (typeof COMPARED_METRICS)[number];

/** Ours. Seconds, fractions, or a count of deployments. */
export interface OurValue {
  readonly value: number | null;
  readonly n: number;
  readonly text: string;
  readonly band: string | null;
  /** Present where there is no value. */
  readonly reason?: MissingReason;
}

export type DevlakeUnit =
  | 'deployment days per week'
  | 'deployment days per month'
  | 'deployment days per six months'
  | 'minutes'
  | 'fraction';

/** Why a board of DevLake has no value. */
export type DevlakeReason =
  | 'no-deployments'
  /** There were deployments, and the board takes them for none. */
  | 'taken-for-no-data'
  | 'no-pull-requests'
  | 'no-incidents'
  | 'no-resolved-incidents'
  | 'not-measured';

export interface DevlakeValue {
  readonly value: number | null;
  /** `null` where there is no value. */
  readonly unit: DevlakeUnit | null;
  /** What it was computed from: deployment days, pull requests, deployments, incidents. */
  readonly n: number;
  /** As the board prints it. */
  readonly text: string;
  readonly band: BandLevel | null;
  /** What a small panel of the same board prints, where that is something else. */
  readonly panel?: string;
  /** Present where there is no value. */
  readonly reason?: DevlakeReason;
}

export interface ComparedValues {
  readonly dora?: OurValue;
  readonly 'devlake-mysql'?: DevlakeValue;
  readonly 'devlake-postgres'?: DevlakeValue;
}

/** One thing that makes a profile's number another one than that of `dora`, or of the first profile where `dora` is not asked for. */
export interface Difference {
  readonly profile: DevlakeProfile;
  readonly code: DifferenceCode;
  /** How many rows it is about; `null` where it is about the definition. */
  readonly count: number | null;
  readonly reason: string;
}

export interface ComparedPeriodMetric {
  readonly metric: ComparedMetric;
  readonly values: ComparedValues;
  readonly differences: readonly Difference[];
}

export interface ComparedPeriod {
  readonly period: string;
  readonly start: string;
  readonly end: string;
  /** False while the period contains as-of; what DevLake shows then is of the part until as-of. */
  readonly complete: boolean;
  readonly metrics: readonly ComparedPeriodMetric[];
}

export interface ComparedGroup {
  readonly by: GroupBy | null;
  readonly key: string | null;
  readonly periods: readonly ComparedPeriod[];
}

export interface ComparisonReport {
  readonly schema: typeof COMPARISON_SCHEMA;
  readonly asOf: string;
  readonly timezone: string;
  readonly period: PeriodUnit;
  readonly profiles: readonly Profile[];
  /** The year of the table of levels that each profile goes by. */
  readonly benchmark: Readonly<Partial<Record<Profile, number>>>;
  readonly scope: { readonly repositories: readonly string[]; readonly environment: string };
  readonly groups: readonly ComparedGroup[];
  /** What holds for every number of a profile. */
  readonly notes: readonly string[];
}
