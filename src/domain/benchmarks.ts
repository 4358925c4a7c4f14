import { DAY, HOUR, SECOND, WEEK } from './units.ts';

/**
 * The clusters of the yearly DORA reports, metric by metric.
 *
 * They are joint groups of survey answers, not thresholds: they overlap, leave holes, and in 2024 the high cluster fails more often
 * than the medium one. Nothing is smoothed over here; the band calculator says "or" and "between".
 */

export const BAND_LEVELS = ['elite', 'high', 'medium', 'low'] as const;
export type BandLevel = (typeof BAND_LEVELS)[number];

/** How often a team deploys, as the survey asks it. */
export const CADENCES = ['on-demand', 'weekly', 'monthly', 'half-yearly', 'rarer'] as const;
export type Cadence = (typeof CADENCES)[number];

/** `[from, to]`, both included; `from` equal to `to` is a single published number. */
type Span = readonly [number, number];

export interface YearTable {
  readonly deploymentFrequency: Partial<Record<BandLevel, Cadence>>;
  /** Seconds. */
  readonly leadTime: Partial<Record<BandLevel, Span>>;
  /** Fractions. */
  readonly changeFailRate: Partial<Record<BandLevel, Span>>;
  /** Seconds. */
  readonly timeToRestore: Partial<Record<BandLevel, Span>>;
}

export const BENCHMARK_YEARS = [2018, 2019, 2021, 2022, 2023, 2024] as const;
export type BenchmarkYear = (typeof BENCHMARK_YEARS)[number];

/** A month of the survey: the mean one. */
const MONTH = 30.436875 * DAY;

const underAnHour: Span = [0, HOUR / SECOND];
const underADay: Span = [0, DAY / SECOND];
/** The survey's answer "less than a day", beside which stands "less than an hour". */
const hourToDay: Span = [HOUR / SECOND, DAY / SECOND];
const dayToWeek: Span = [DAY / SECOND, WEEK / SECOND];
const weekToMonth: Span = [WEEK / SECOND, MONTH / SECOND];
const monthToHalfYear: Span = [MONTH / SECOND, (6 * MONTH) / SECOND];
const overHalfYear: Span = [(6 * MONTH) / SECOND, Infinity];
const upTo15: Span = [0, 0.15];
const from16To30: Span = [0.16, 0.3];
const from46To60: Span = [0.46, 0.6];
const at = (percent: number): Span => [percent / 100, percent / 100];

/** By report year. 2020 had no report, 2025 no clusters. Sources: the reports and their sponsors' tables (docs/metrics.md). */
export const BENCHMARKS: Readonly<Record<BenchmarkYear, YearTable>> = {
  2018: {
    deploymentFrequency: { elite: 'on-demand', high: 'weekly', medium: 'monthly', low: 'monthly' },
    leadTime: { elite: underAnHour, high: dayToWeek, medium: weekToMonth, low: monthToHalfYear },
    changeFailRate: { elite: upTo15, high: upTo15, medium: upTo15, low: from46To60 },
    timeToRestore: { elite: underAnHour, high: hourToDay, medium: hourToDay, low: weekToMonth },
  },
  2019: {
    deploymentFrequency: { elite: 'on-demand', high: 'weekly', medium: 'monthly', low: 'half-yearly' },
    leadTime: { elite: underADay, high: dayToWeek, medium: weekToMonth, low: monthToHalfYear },
    changeFailRate: { elite: upTo15, high: upTo15, medium: upTo15, low: from46To60 },
    timeToRestore: { elite: underAnHour, high: hourToDay, medium: hourToDay, low: weekToMonth },
  },
  2021: {
    deploymentFrequency: { elite: 'on-demand', high: 'monthly', medium: 'half-yearly', low: 'rarer' },
    leadTime: { elite: underAnHour, high: dayToWeek, medium: monthToHalfYear, low: overHalfYear },
    changeFailRate: { elite: upTo15, high: from16To30, medium: from16To30, low: from16To30 },
    timeToRestore: { elite: underAnHour, high: hourToDay, medium: dayToWeek, low: overHalfYear },
  },
  2022: {
    deploymentFrequency: { high: 'on-demand', medium: 'monthly', low: 'half-yearly' },
    leadTime: { high: dayToWeek, medium: weekToMonth, low: monthToHalfYear },
    changeFailRate: { high: upTo15, medium: from16To30, low: from46To60 },
    timeToRestore: { high: hourToDay, medium: dayToWeek, low: weekToMonth },
  },
  2023: {
    deploymentFrequency: { elite: 'on-demand', high: 'weekly', medium: 'monthly', low: 'monthly' },
    leadTime: { elite: underADay, high: dayToWeek, medium: weekToMonth, low: weekToMonth },
    changeFailRate: { elite: at(5), high: at(10), medium: at(15), low: at(64) },
    timeToRestore: { elite: underAnHour, high: hourToDay, medium: dayToWeek, low: monthToHalfYear },
  },
  2024: {
    deploymentFrequency: { elite: 'on-demand', high: 'weekly', medium: 'monthly', low: 'half-yearly' },
    leadTime: { elite: underADay, high: dayToWeek, medium: weekToMonth, low: monthToHalfYear },
    changeFailRate: { elite: at(5), high: at(20), medium: at(10), low: at(40) },
    timeToRestore: { elite: underAnHour, high: hourToDay, medium: hourToDay, low: weekToMonth },
  },
};
