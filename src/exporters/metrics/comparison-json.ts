import type {
  ComparedMetric,
  ComparedValues,
  ComparisonReport,
  DevlakeValue,
} from '../../domain/comparison-report.ts';
import { isProfile } from '../../domain/profiles.ts';
import { round, SECONDS, SHARES } from './json.ts';

/** The comparison as JSON, in the order of its fields, with numbers rounded and a line feed at the end. */
export function comparisonJson(report: ComparisonReport): string {
  return `${JSON.stringify(roundedComparison(report), null, 2)}\n`;
}

/** The report with every number as it is written. */
export function roundedComparison(report: ComparisonReport): ComparisonReport {
  return {
    ...report,
    groups: report.groups.map((group) => ({
      ...group,
      periods: group.periods.map((period) => ({
        ...period,
        metrics: period.metrics.map(({ metric, values, differences }) => ({
          metric,
          values: roundedValues(metric, values),
          differences,
        })),
      })),
    })),
  };
}

/** In their order, which is the one in which they were asked for. */
function roundedValues(metric: ComparedMetric, values: ComparedValues): ComparedValues {
  const isTime = metric === 'lead-time' || metric === 'time-to-restore';
  const rounded = {};
  for (const profile of Object.keys(values).filter(isProfile)) {
    const value = values[profile];
    if (value !== undefined)
      Object.assign(rounded, { [profile]: roundedValue(value, isTime ? SECONDS : SHARES) });
  }
  return rounded;
}

function roundedValue<Value extends Pick<DevlakeValue, 'value'>>(value: Value, scale: number): Value {
  return { ...value, value: value.value === null ? null : round(value.value, scale) };
}
