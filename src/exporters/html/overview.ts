import { groupName, type GroupBy, type MetricName, type PeriodMetrics } from '../../domain/metrics-report.ts';
import { REASON_WORDS } from '../../domain/reason-words.ts';
import type { ReportModel, ReportPart } from '../../domain/report-model.ts';
import { clipped } from './deployments.ts';
import { html, unbroken, type Content, type Markup } from './markup.ts';
import { table } from './tables.ts';
import { count, duration, percent } from './words.ts';

const NAME_LENGTH = 60;

const NOUNS: Readonly<Record<GroupBy, readonly [one: string, several: string]>> = {
  team: ['Team', 'teams'],
  repository: ['Repository', 'repositories'],
  component: ['Component', 'components'],
  cluster: ['Cluster', 'clusters'],
};

/** The five metrics of each part of the scope in the focus period, side by side; `null` where there are no parts. */
export function overview(model: ReportModel): Markup | null {
  const { overview: found } = model;
  const focus = model.metrics.groups[0]?.periods[model.focus];
  if (found === null || focus === undefined) return null;
  const { by, parts, folded } = found;
  const [heading, noun] = NOUNS[by];
  const name = heading.toLowerCase();
  const rows = table<ReportPart>(
    `Metrics of ${focus.period} by ${name}`,
    [
      { heading, cell: ({ key }) => clipped(groupName(by, key), NAME_LENGTH) },
      { heading: 'Deployments', cell: ({ metrics }) => value(metrics.deploymentFrequency, count) },
      { heading: 'Lead time', cell: ({ metrics }) => value(metrics.leadTime, duration) },
      { heading: 'Change fail rate', cell: ({ metrics }) => value(metrics.changeFailRate, percent) },
      { heading: 'Time to restore', cell: ({ metrics }) => value(metrics.timeToRestore, duration) },
      { heading: 'Rework rate', cell: ({ metrics }) => value(metrics.reworkRate, percent) },
    ],
    parts,
  );
  const command = `dora-metrics calculate --by ${by} --period ${model.metrics.period} --from ${focus.period} --to ${focus.period}`;
  return html`<h3 class="parts">
      By ${name} <span class="sum">${unbroken(`${focus.period}, most deployments first`)}</span>
    </h3>
    ${rows}${isShared(parts, focus) ? html`<p class="small">What is of several ${noun} counts in each of them, and once in the numbers above.</p>` : null}${
      folded === 0
        ? null
        : html`<p class="small">
            ${count(folded)} more ${noun}. All of them: <code>${unbroken(command)}</code>
          </p>`
    }`;
}

/** Parts that have more than the whole have something in common. */
function isShared(parts: readonly ReportPart[], whole: PeriodMetrics): boolean {
  const all = parts.reduce((sum, { metrics }) => sum + metrics.deploymentFrequency.n, 0);
  return all > whole.deploymentFrequency.n;
}

/** A number, or why there is none. */
function value(metric: PeriodMetrics[MetricName], words: (value: number) => string): Content {
  if (metric.value !== null) return words(metric.value);
  return html`<span class="none">${REASON_WORDS[metric.reason]}</span>`;
}
