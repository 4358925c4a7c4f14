import type { MetricsGroup } from '../../domain/metrics-report.ts';
import type { ReportModel } from '../../domain/report-model.ts';
import { clipped } from './deployments.ts';
import { html, type Markup } from './markup.ts';
import { DASH, table } from './tables.ts';
import { count, duration, percent } from './words.ts';

const MOST_ROWS = 60;

/** The five metrics of each part of the scope in the focus period, where the model has parts. */
export function byComponent(model: ReportModel): Markup | null {
  const parts = model.metrics.groups.slice(1);
  if (parts.length === 0) return null;
  const at = (group: MetricsGroup): MetricsGroup['periods'][number] | undefined => group.periods[model.focus];
  const period = model.metrics.groups[0]?.periods[model.focus]?.period ?? '';
  const cell =
    (words: (value: number) => string, pick: (group: MetricsGroup) => number | null | undefined) =>
    (group: MetricsGroup): string => {
      const value = pick(group) ?? null;
      return value === null ? DASH : words(value);
    };
  const rows = table<MetricsGroup>(
    `Metrics of ${period} by ${parts[0]?.by ?? 'part'}`,
    [
      {
        heading: parts[0]?.by === 'repository' ? 'Repository' : 'Component',
        cell: ({ key }) => clipped(key ?? '', 60),
      },
      { heading: 'Deployments', cell: cell(count, (group) => at(group)?.deploymentFrequency.value) },
      { heading: 'Lead time', cell: cell(duration, (group) => at(group)?.leadTime.value) },
      { heading: 'Change fail rate', cell: cell(percent, (group) => at(group)?.changeFailRate.value) },
      { heading: 'Time to restore', cell: cell(duration, (group) => at(group)?.timeToRestore.value) },
      { heading: 'Rework rate', cell: cell(percent, (group) => at(group)?.reworkRate.value) },
    ],
    parts.slice(0, MOST_ROWS),
  );
  const rest = parts.length - MOST_ROWS;
  return html`<h3 class="parts">By ${parts[0]?.by ?? 'part'}</h3>
    ${rows}${rest > 0 ? html`<p class="small">${count(rest)} more not listed.</p>` : null}`;
}
