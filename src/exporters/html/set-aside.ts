import type { ReportModel, ReportSetAside, ReportSource } from '../../domain/report-model.ts';
import type { Calendar } from './calendar.ts';
import { clipped, linkedSha } from './deployments.ts';
import { outward } from './links.ts';
import { html, type Content, type Markup } from './markup.ts';
import { table } from './tables.ts';
import { count, counted, percent } from './words.ts';

/** What was read and not used, what the sources hold, and how fresh they are. */
export function setAside(model: ReportModel, calendar: Calendar): Markup {
  const { commits, unreleased, withPullRequest, byBots } = model.metrics.coverage;
  const total = model.setAside.reduce((sum, entry) => sum + entry.count, 0);
  const reasons = model.setAside.map((entry) => reason(entry, calendar));
  const lead =
    total === 0
      ? html`<p>Nothing: every row that was read is counted.</p>`
      : html`<p>
            ${counted(total, 'row')} ${total === 1 ? 'was' : 'were'} read and set aside, each with its reason.
          </p>
          <ul class="reasons">
            ${reasons}
          </ul>`;
  const shares =
    withPullRequest === null || byBots === null
      ? null
      : html`<li>
            ${withPullRequest === 0 ? 'None' : percent(withPullRequest)} of the shipped changes with a known
            pull request
          </li>
          <li>${byBots === 0 ? 'None' : percent(byBots)} of them written by bots</li>`;
  return html`${lead}
    <h3>Coverage</h3>
    <ul class="plain">
      <li>${counted(commits, 'commit')} that could be a change (merges are none)</li>
      <li>${count(unreleased)} of them on the branch and not yet deployed</li>
      ${shares}
    </ul>
    <h3>Sources</h3>
    ${sources(model.sources, calendar)}${
      model.foldedSources === 0
        ? null
        : html`<p class="small">
            These were asked least recently. All of them, and ${count(model.foldedSources)} more:
            <code>dora-metrics status</code>
          </p>`
    }`;
}

function reason(
  { reason: code, count: amount, meaning, examples }: ReportSetAside,
  calendar: Calendar,
): Markup {
  const rows = examples.map(({ id, at, text, url }) => {
    const when =
      at === null ? null : html`<time datetime="${calendar.machine(at)}">${calendar.day(at)}</time> `;
    return html`<li>${when}${clipped(text, 140)} <span class="by">${identity(id, url)}</span></li>`;
  });
  const some = examples.length < amount ? counted(examples.length, 'example') : 'Which';
  const list =
    rows.length === 0
      ? null
      : html`<details>
          <summary>${some}</summary>
          <ul class="plain">
            ${rows}
          </ul>
        </details>`;
  return html`<li>
    <b>${count(amount)}</b>
    <div>
      <p><strong>${code}</strong> ${meaning}</p>
      ${list}
    </div>
  </li> `;
}

function identity(id: string, url: string | null): Content {
  return /^[0-9a-f]{40,64}$/u.test(id) ? linkedSha(id, url) : outward(url, clipped(id, 80));
}

function sources(all: readonly ReportSource[], calendar: Calendar): Content {
  if (all.length === 0) return html`<p>None.</p>`;
  return table<ReportSource>(
    'Sources',
    [
      { heading: 'Source', cell: ({ source }) => source },
      { heading: 'Of', cell: ({ scope }) => clipped(scope, 80), text: true },
      { heading: 'Known until', cell: ({ knownUntil }) => instant(knownUntil, calendar), text: true },
      { heading: 'Holds', cell: ({ detail }) => clipped(detail, 140), text: true },
    ],
    all,
  );
}

function instant(text: string, calendar: Calendar): string {
  const at = Date.parse(text);
  return Number.isNaN(at) ? text : calendar.minute(at);
}
