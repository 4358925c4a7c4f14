import type { MetricsReport } from '../../domain/metrics-report.ts';
import type { ReportModel } from '../../domain/report-model.ts';
import type { Calendar } from './calendar.ts';
import { clipped } from './deployments.ts';
import { html, type Markup } from './markup.ts';
import { table } from './tables.ts';

const LEAD_TIME: Readonly<Record<MetricsReport['leadTimeUnit'], string>> = {
  commit:
    'For each change, from the moment its author wrote the commit to the end of the first deployment that ships it; the metric is the median over the changes that shipped in the period.',
  'pull-request':
    'For each pull request, from the moment its author wrote the earliest of its commits to the end of the first deployment that ships one of them; a commit without a pull request counts by itself. The metric is the median over those that shipped first in the period.',
};

/** The definitions of docs/metrics.md, short enough to be read here. */
const definitions = (unit: MetricsReport['leadTimeUnit']): readonly (readonly [string, string])[] => [
  [
    'What a deployment shipped',
    'The commits behind it in git that are behind no earlier deployment of the same component and environment. Dates only put the deployments in order; they never decide what one shipped. One that failed while it rolled out, or of which nobody knows how it ended, ships nothing. The first known deployment that succeeded is the baseline: it counts, and what lies behind it does not.',
  ],
  [
    'Deployment frequency',
    'Deployments that succeeded at first, by the time they finished, whatever was found out about them later. Rates per day use only the part of a running period that is over. The band follows the deployment days in the median week, below one a week their average.',
  ],
  [
    'Lead time for changes',
    `${LEAD_TIME[unit]} Merge commits, imported history, second copies of a change and excluded commits are no changes; those whose author date is later than their deployment are set aside. Where GitHub tells the commits of a squashed or rebased pull request, those are the changes.`,
  ],
  [
    'Stages of the lead time',
    'For each pull request whose first deployment finished in the period: coding from its earliest shipped commit until it is opened, pickup until the first review by another person, review until it is merged, deploy until the first deployment of it. Each stage has its own median, over the pull requests that have it.',
  ],
  [
    'Change fail rate',
    'Of the deployments with a known outcome, the share that failed. One failed if an incident is linked to it, if its own rollout failed, if the next one that succeeded went back behind it, or if a revert or a hotfix of it was deployed soon after; the first of these that holds is named beside it.',
  ],
  [
    'Time to restore',
    'For each failure that began in the period, from its beginning to the deployment that repaired it, or from the moment an incident was opened to the moment it was closed; the metric is the median. A failure that is not over is counted and shown, and is in no median. DORA calls this failed deployment recovery time.',
  ],
  [
    'Incidents',
    'Issues with a label that the configuration names, but for those closed as not planned. One is linked to the deployment that its text names, else to the last one before it opened, if that is not too long ago; one that is linked to none counts in no rate.',
  ],
  [
    'Rework rate',
    'Of the deployments that succeeded at first, the share that were unplanned repairs: a rollback, or one that ships the revert or the hotfix of a failed deployment.',
  ],
  [
    'Uncertainty',
    'Intervals hold the true value 95 times in 100: Wilson\u2019s for rates, by order statistics for medians. Two periods whose intervals overlap are about the same. Quantiles interpolate linearly between neighbours (type 7 of Hyndman and Fan).',
  ],
  [
    'Bands',
    'Elite, high, medium and low are the words of the State of DevOps report of the year beside them. They say where others stood, not whether a team does well; below the minimum sample none is given.',
  ],
];

/** Definitions, settings, and how to make the same page again. */
export function how(model: ReportModel, calendar: Calendar): Markup {
  const { metrics } = model;
  const facts: readonly (readonly [string, string | Markup])[] = [
    ['Now is taken to be', `${calendar.minute(Date.parse(metrics.asOf))} (${metrics.asOf})`],
    ['Time zone', metrics.timezone],
    [
      'Repositories',
      html`${metrics.scope.repositories.slice(0, 20).map((name, index) => html`${index === 0 ? null : ', '}${clipped(name, 80)}`)}${more(metrics.scope.repositories.length - 20)}`,
    ],
    ['Environment', clipped(metrics.scope.environment, 80)],
    ['Profile', metrics.profile],
    ['Lead time of', metrics.leadTimeUnit === 'commit' ? 'every commit' : 'every pull request once'],
    ['Bands of', String(metrics.benchmark.year)],
    ['Made by', `dora-metrics ${model.version}`],
  ];
  return html`<dl class="definitions">
      ${definitions(metrics.leadTimeUnit).map(
        ([term, text]) =>
          html`<dt>${term}</dt>
            <dd>${text}</dd> `,
      )}
    </dl>
    <h3>Settings that differ from the defaults</h3>
    ${settings(model)}
    <h3>This computation</h3>
    <dl class="facts">
      ${facts.map(
        ([term, text]) =>
          html`<dt>${term}</dt>
            <dd>${text}</dd> `,
      )}
    </dl>
    <h3>Make it again</h3>
    <p>The same workspace and this line give this page byte for byte:</p>
    <p class="command"><code>${model.reproduce}</code></p>`;
}

function more(rest: number): string | null {
  return rest > 0 ? ` and ${String(rest)} more` : null;
}

function settings({ configuration }: ReportModel): Markup {
  if (configuration.length === 0) return html`<p>None: everything is as it comes.</p>`;
  return table<ReportModel['configuration'][number]>(
    'Settings that differ from the defaults',
    [
      { heading: 'Setting', cell: ({ key }) => key },
      { heading: 'Value', cell: ({ value }) => clipped(value, 140), text: true },
    ],
    configuration,
  );
}
