import { stringify } from 'csv-stringify/sync';
import type { ComparisonReport } from '../../domain/comparison-report.ts';
import { isDevlake, type Profile } from '../../domain/profiles.ts';
import { groupTitle } from './cells.ts';
import { roundedComparison } from './comparison-json.ts';

const FIELDS = ['value', 'unit', 'n', 'text', 'band', 'reason'] as const;

/** A row for each group, period and metric with the columns of each profile; `differences` has the reasons of the row. */
export function comparisonCsv(report: ComparisonReport): string {
  const { groups, profiles } = roundedComparison(report);
  const rows = groups.flatMap((group) =>
    group.periods.flatMap(({ period, start, end, complete, metrics }) =>
      metrics.map(({ metric, values, differences }) => [
        ...[group.by ?? '', groupTitle(group), period, start, end, complete ? 'yes' : 'no', metric],
        ...profiles.flatMap((profile) => fieldsOf(metric, profile, values[profile])),
        differences.map(({ profile, reason }) => `${profile}: ${reason}`).join('; '),
      ]),
    ),
  );
  const columns = profiles.flatMap((profile) =>
    FIELDS.map((field) => `${profile.replaceAll('-', '_')}_${field}`),
  );
  const titles = ['group_by', 'group', 'period', 'start', 'end', 'complete', 'metric', ...columns];
  return stringify([[...titles, 'differences'], ...rows], {
    escape_formulas: true,
    quoted_match: /[\r\n;\t]/u,
  });
}

interface Fields {
  readonly value: number | null;
  readonly unit?: string | null;
  readonly n: number;
  readonly text: string;
  readonly band: string | null;
  readonly reason?: string;
}

const OUR_UNITS: Readonly<Record<string, string>> = {
  'deployment-frequency': 'deployments',
  'lead-time': 'seconds',
  'time-to-restore': 'seconds',
};

function fieldsOf(metric: string, profile: Profile, found: Fields | undefined): (string | number | null)[] {
  if (found === undefined) return FIELDS.map(() => null);
  const { value, unit = null, n, text, band, reason = null } = found;
  const ours = value === null ? null : (OUR_UNITS[metric] ?? 'fraction');
  return [value, isDevlake(profile) ? unit : ours, n, text, band, reason];
}
