import type { PeriodMetrics } from '../../domain/metrics-report.ts';
import type {
  FoldedDeployments,
  ReportChange,
  ReportDeployment,
  ReportModel,
} from '../../domain/report-model.ts';
import type { Calendar } from './calendar.ts';
import { SOURCE_WORDS } from '../../domain/source-words.ts';
import { shorten } from './escape.ts';
import { hostOf, outward } from './links.ts';
import { html, raw, unbroken, type Content, type Markup } from './markup.ts';
import { rolloutSentences, where } from './rollout.ts';
import { table } from './tables.ts';
import { count, counted, duration, list, OUTCOME_WORDS, RULE_WORDS } from './words.ts';

const NAME_LENGTH = 60;
/** Of a name that stands in full nearby. */
const SHORT_LENGTH = 30;
const SUBJECT_LENGTH = 140;
const DETAIL_LENGTH = 200;
const LABEL_LENGTH = 20;
const LABEL_BYTES = 30;
const MOST_LABELS = 3;
const MOST_INCIDENTS = 5;

/** A period with those of its deployments that the report lists; `null` for what lies outside all periods. */
interface Group {
  readonly period: PeriodMetrics | null;
  readonly deployments: readonly ReportDeployment[];
}

/** Ids of the listed deployments, for links to them. */
export function deploymentIds({ deployments }: ReportModel): ReadonlyMap<string, string> {
  return new Map(deployments.map(({ id }, index) => [id, `deployment-${String(index + 1)}`]));
}

/** The id of a period's heading among the deployments. */
export function periodId(period: string): string {
  return `deployments-${period}`;
}

export function listedPeriods(model: ReportModel): ReadonlySet<string> {
  return new Set(groups(model).flatMap(({ period }) => period?.period ?? []));
}

export function deployments(model: ReportModel, calendar: Calendar): Markup {
  if (model.deployments.length === 0) return html`<p>No deployment is known.</p>`;
  const ids = deploymentIds(model);
  const several = new Set(model.deployments.map(({ component }) => component)).size > 1;
  const entry = (deployment: ReportDeployment): Markup =>
    details(deployment, { calendar, id: ids.get(deployment.id) ?? '', several });
  const estimated = model.deployments.some((deployment) => deployment.estimated);
  return html`<p class="small">
      Newest first. Open one to see what it
      shipped${estimated ? html`; ${raw('~')} marks a time that is the commit’s, because its source has none of its own` : null}.
    </p>
    ${groups(model).map(
      (group) =>
        html`${groupHeading(group)}
          <ul class="rows">
            ${group.deployments.map(entry)}
          </ul> `,
    )}
    ${folded(model.foldedDeployments)}${unlisted(model)}`;
}

function groups(model: ReportModel): Group[] {
  const periods = (model.metrics.groups[0]?.periods ?? []).map((period) => {
    return { period, start: Date.parse(period.start), end: Date.parse(period.end) };
  });
  const found = new Map<PeriodMetrics | null, ReportDeployment[]>();
  for (const deployment of model.deployments) {
    const at = deployment.finishedAt;
    const period = periods.find(({ start, end }) => at >= start && at < end)?.period ?? null;
    const list = found.get(period);
    if (list === undefined) found.set(period, [deployment]);
    else list.push(deployment);
  }
  return [...found].map(([period, list]) => ({ period, deployments: list }));
}

function groupHeading({ period, deployments: listed }: Group): Markup {
  if (period === null) return html`<h3 id="deployments-outside">Outside the periods shown</h3>`;
  const { deploymentFrequency, changeFailRate, leadTime, complete } = period;
  const all = Math.max(deploymentFrequency.n, changeFailRate.n) + changeFailRate.unknown;
  const summary = [
    counted(all, 'deployment'),
    ...(changeFailRate.failed > 0 ? [`${count(changeFailRate.failed)} failed`] : []),
    counted(leadTime.n, 'change'),
    ...(listed.length < all ? [`the newest ${count(listed.length)} listed`] : []),
  ].join(', ');
  return html`<h3 id="${periodId(period.period)}">
    ${period.period}${complete ? null : ' (running)'} <span class="sum">${summary}</span>
  </h3>`;
}

interface Setting {
  readonly calendar: Calendar;
  readonly id: string;
  readonly several: boolean;
}

function details(deployment: ReportDeployment, { calendar, id, several }: Setting): Markup {
  const of = [several ? clipped(deployment.component, NAME_LENGTH) : null, where(deployment.rollout)].filter(
    (part) => part !== null,
  );
  const { name, finishedAt, estimated, shippedChanges, medianLeadTime } = deployment;
  const changes =
    shippedChanges === 0
      ? 'no changes'
      : `${counted(shippedChanges, 'change')}${medianLeadTime === null ? '' : `, median ${duration(medianLeadTime)}`}`;
  return html`<li>
    <details>
      <summary>
        <b>${clipped(name, NAME_LENGTH)}</b>
        <time datetime="${calendar.machine(finishedAt)}"
          >${estimated ? '~ ' : null}${calendar.minute(finishedAt)}</time
        >
        ${of.length === 0 ? null : html`<span class="of">${of.map((part, index) => html`${index === 0 ? null : ', '}${part}`)}</span> `}<span
          class="what"
          >${changes}</span
        >
        ${outcome(deployment)}
      </summary>
      <div class="inside" id="${id}">
        ${evidence(deployment)}${rolloutSentences(deployment.rollout)}${slowest(deployment)}${origin(deployment)}
      </div>
    </details>
  </li> `;
}

function outcome({ outcome: own, failedBy, baseline, repairs }: ReportDeployment): Markup {
  const failed = failedBy !== null || own === 'failed';
  const words = failedBy === null ? OUTCOME_WORDS[own] : `failed: ${RULE_WORDS[failedBy]}`;
  const also = [...(baseline ? ['baseline'] : []), ...repairs.slice(0, 1).map(({ rule }) => `a ${rule}`)];
  return html`<span class="${failed ? 'outcome failed' : 'outcome'}">${[words, ...also].join(', ')}</span>`;
}

function evidence({ failureDetail, incidents, repairs, baseline, estimated }: ReportDeployment): Markup {
  const sentences: Content[] = [
    failureDetail === null
      ? null
      : html`<p class="failed">Failed: ${shorten(failureDetail, DETAIL_LENGTH)}</p>`,
    incidents.length === 0
      ? null
      : html`<p class="failed">
          ${incidents.length === 1 ? 'Incident' : 'Incidents'}:
          ${incidents.slice(0, MOST_INCIDENTS).map(({ title, url }, index) => html`${index === 0 ? null : '; '}${outward(url, clipped(title, NAME_LENGTH))}`)}${incidents.length > MOST_INCIDENTS ? ` and ${count(incidents.length - MOST_INCIDENTS)} more` : null}
        </p>`,
    repairs.length === 0
      ? null
      : html`<p>
          Repaired
          ${repairs.slice(0, 5).map(({ rule, name }, index) => html`${index === 0 ? null : ', '}${clipped(name, NAME_LENGTH)} (${rule})`)}.
        </p>`,
    baseline
      ? html`<p>
          The first known deployment: what lies behind it was there before, and is not counted as shipped by
          it.
        </p>`
      : null,
    estimated
      ? html`<p>Its time is that of the commit: what it is known from has none of its own.</p>`
      : null,
  ];
  return html`${sentences}`;
}

/** Where it is known from, and where more of it can be seen. */
function origin({ sources, name, url }: ReportDeployment): Markup | null {
  if (sources.length === 0) return null;
  const words = sources
    .map((source) => SOURCE_WORDS[source])
    .map((word) => `${/^a/iu.test(word) ? 'an' : 'a'} ${word}`);
  const host = hostOf(url);
  const more =
    host === null
      ? null
      : html`:
        ${outward(url, html`<bdi>${shorten(name, SHORT_LENGTH)}</bdi> on ${shorten(host, SHORT_LENGTH)}`)}`;
  return html`<p class="by">Known from ${list(words)}${more}</p>`;
}

/** Why a deployment that did not succeed has no changes of its own. */
const SHIPPED_NOTHING: Readonly<Record<ReportDeployment['outcome'], string>> = {
  succeeded: 'It shipped no change that is counted.',
  failed: 'It shipped no change that is counted.',
  unknown: 'Nobody knows whether it succeeded, so the next one that did counts as what shipped its changes.',
};

function slowest(deployment: ReportDeployment): Markup {
  const { slowest: changes, shippedChanges, outcome: own, failedBy, rollout } = deployment;
  // what Argo CD calls degraded may be there, and be of no use
  const why = rollout === null ? 'It did not reach users' : 'It was not well';
  if (shippedChanges === 0 && failedBy === 'rollout')
    return html`<p>${why}: the next one that succeeded counts as what shipped its changes.</p>`;
  if (shippedChanges === 0) return html`<p>${SHIPPED_NOTHING[own]}</p>`;
  if (changes.length === 0) return html`<p>It shipped ${counted(shippedChanges, 'change')}.</p>`;
  const which =
    changes.length < shippedChanges
      ? `The slowest ${count(changes.length)} of ${count(shippedChanges)}`
      : 'All it shipped';
  return html`<p>${which}, slowest first:</p>
    <ol class="changes">
      ${changes.map(change)}
    </ol>`;
}

function change({ commit, commitUrl, subject, author, leadTime, byBot, ...rest }: ReportChange): Markup {
  const { pullRequest, pullRequestUrl, labels } = rest;
  const number = pullRequest === null ? null : html`, ${outward(pullRequestUrl, `#${String(pullRequest)}`)}`;
  return html`<li>
    <span class="waited">${duration(leadTime)}</span>
    <span class="subject"
      >${clipped(subject, SUBJECT_LENGTH)}
      <span class="by"
        ><bdi>${shorten(author, 40)}</bdi>${byBot ? ' (bot)' : null},
        ${linkedSha(commit, commitUrl)}${number}${labelled(labels)}</span
      ></span
    >
  </li> `;
}

function labelled(labels: readonly string[]): Content {
  const more = labels.length - MOST_LABELS;
  return [
    ...labels
      .slice(0, MOST_LABELS)
      .map((label) => html` <bdi class="label">${shorten(label, LABEL_LENGTH, LABEL_BYTES)}</bdi>`),
    more > 0 ? ` +${String(more)}` : null,
  ];
}

/** A sha as people quote it, as a link to the commit; its address then says it in full. */
export function linkedSha(commit: string, url: string | null): Content {
  return hostOf(url) === null ? sha(commit) : outward(url, shorten(commit, 64).slice(0, 10));
}

/** A sha as people quote it, in full where the pointer rests. */
function sha(commit: string): Markup {
  return html`<span title="${shorten(commit, 64)}">${shorten(commit, 64).slice(0, 10)}</span>`;
}

/** Text from outside, isolated in its writing direction; more of it shows where the pointer rests. */
export function clipped(text: string, length: number): Markup {
  const short = shorten(text, length);
  const more = shorten(text, 2 * length, 2 * length);
  return more.length > short.length ? html`<bdi title="${more}">${short}</bdi>` : html`<bdi>${short}</bdi>`;
}

/** Where those are that this page leaves out. */
function unlisted({ foldedDeployments, metrics, focus }: ReportModel): Markup | null {
  const period = metrics.groups[0]?.periods[focus]?.period;
  if (foldedDeployments.length === 0 || period === undefined) return null;
  return html`<p class="small">
    All deployments of a period:
    <code>${unbroken(`dora-metrics explain change-fail-rate --period ${period}`)}</code>
  </p>`;
}

function folded(years: readonly FoldedDeployments[]): Markup | null {
  if (years.length === 0) return null;
  const rows = table<FoldedDeployments>(
    'Older deployments by year',
    [
      { heading: 'Year', cell: ({ label }) => label },
      { heading: 'Deployments', cell: (year) => count(year.deployments) },
      { heading: 'Failed', cell: (year) => count(year.failed) },
      { heading: 'Changes', cell: (year) => count(year.shippedChanges) },
    ],
    years,
  );
  const total = years.reduce((sum, year) => sum + year.deployments, 0);
  return html`<h3 id="deployments-older">
      Older
      <span class="sum">${counted(total, 'deployment')}, folded into counts to keep this page small</span>
    </h3>
    ${rows}`;
}
