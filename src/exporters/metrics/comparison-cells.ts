import {
  COMPARED_METRICS,
  type ComparedGroup,
  type ComparisonReport,
} from '../../domain/comparison-report.ts';
import type { ComparedMetric, ComparedPeriod, ComparedValues } from '../../domain/comparison-report.ts';
import { differenceWords, type DifferenceCode } from '../../domain/difference-words.ts';
import { isDevlake, type Profile } from '../../domain/profiles.ts';
import { band } from './cells.ts';

/** The heading of the table of a group. */
export function comparisonTitles({ profiles }: ComparisonReport): string[] {
  return ['Period', 'Metric', ...profiles];
}

/** A row for each period and metric, a column for each profile; `*` marks the running period. */
export function comparisonRows({ periods }: ComparedGroup, { profiles }: ComparisonReport): string[][] {
  return periods.flatMap(({ period, complete, metrics }: ComparedPeriod) =>
    metrics.map(({ metric, values }) => [
      complete ? period : `${period}*`,
      metric,
      ...profiles.map((profile) => valueText(profile, values)),
    ]),
  );
}

function valueText(profile: Profile, values: ComparedValues): string {
  if (!isDevlake(profile)) {
    const value = values[profile];
    return value === undefined ? '' : value.text + band(value.band);
  }
  const value = values[profile];
  if (value === undefined) return '';
  const panel = value.panel === undefined ? '' : ` [${shortened(value.panel)}]`;
  return `${shortened(value.text)}${panel}`;
}

/** A board that has no value asks whether everything was collected, in a sentence that no cell has room for. */
function shortened(text: string): string {
  return text.startsWith('N/A') ? 'N/A' : text;
}

interface Reason {
  readonly metric: ComparedMetric;
  readonly code: DifferenceCode;
  readonly profile: Profile;
  count: number | null;
}

/** Each reason that occurs in the periods of a group once, with the sum of what it is about; metric by metric. */
export function comparisonReasons({ periods }: ComparedGroup): string[] {
  const reasons = new Map<string, Reason>();
  for (const { metric, differences } of periods.flatMap(({ metrics }) => metrics)) {
    for (const { profile, code, count } of differences) {
      const key = `${metric} ${code} ${profile}`;
      const known = reasons.get(key);
      if (known === undefined) reasons.set(key, { metric, code, profile, count });
      else if (count !== null) known.count = (known.count ?? 0) + count;
    }
  }
  const lines = new Map<string, { readonly metric: ComparedMetric; readonly profiles: Profile[] }>();
  for (const { metric, code, profile, count } of reasons.values()) {
    const key = `${metric}\n${differenceWords(code, count)}`;
    const line = lines.get(key) ?? { metric, profiles: [] };
    lines.set(key, line);
    line.profiles.push(profile);
  }
  return COMPARED_METRICS.flatMap((metric) =>
    [...lines]
      .filter(([, line]) => line.metric === metric)
      .map(([key, { profiles }]) => `${metric}, ${profiles.join(' and ')}: ${key.slice(metric.length + 1)}`),
  );
}

/** What stands below all tables. */
export function comparisonFooter(report: ComparisonReport): string[] {
  const { asOf, timezone, benchmark, profiles, groups, notes } = report;
  const hasRunning = groups.some(({ periods }) => periods.some(({ complete }) => !complete));
  const years = profiles.map((profile) => `${profile} ${String(benchmark[profile] ?? '')}`);
  return [
    `as of ${asOf}, time zone ${timezone}, levels of the reports: ${years.join(', ')}${hasRunning ? ', * not over yet' : ''}`,
    ...notes,
  ];
}
