import { METRIC_NAMES, type PeriodMetrics } from '../../domain/metrics-report.ts';
import type { ReportModel } from '../../domain/report-model.ts';
import { calendar as calendarOf, type Calendar } from './calendar.ts';
import { chartsOverTime, figure, type Draw } from './charts.ts';
import { clipped, deploymentIds, deployments, listedPeriods, periodId } from './deployments.ts';
import { shorten } from './escape.ts';
import { how } from './how.ts';
import { incidents } from './incidents.ts';
import { leadTimes } from './lead-times.ts';
import { html, raw, unbroken, type Content, type Markup } from './markup.ts';
import { overview } from './overview.ts';
import { setAside } from './set-aside.ts';
import { tile, type Targets } from './tiles.ts';
import { slots, type Slot } from './time-axis.ts';
import { count, list } from './words.ts';

/** What the page needs from outside: a hand that draws, and the style sheet with the hash that lets it in. */
interface Means {
  readonly draw: Draw;
  readonly styles: string;
  readonly stylesHash: string;
}

export function page(model: ReportModel, means: Means): string {
  const calendar = calendarOf(model.metrics.timezone);
  const context = { model, calendar, slots: slots(model) };
  const focus = model.metrics.groups[0]?.periods[model.focus];
  const ids = deploymentIds(model);
  const link = (id: string, text: string): Content => {
    const target = ids.get(id);
    return target === undefined ? clipped(text, 60) : html`<a href="#${target}">${clipped(text, 60)}</a>`;
  };
  const tiles = METRIC_NAMES.map((name) => tile(name, model, targets(model, focus)));
  const period = focus === undefined ? '' : ` of ${focus.period}`;
  const wrong = incidents(model, calendar, link);
  const sections = [
    section(
      'now',
      'Where it stands',
      html`<ul class="tiles">
          ${tiles}
        </ul>
        ${overview(model)}`,
    ),
    section('time', 'Over time', [
      legend(context.slots, focus),
      chartsOverTime(context, link).map((chart) => figure(chart, means.draw)),
      events(model, calendar),
    ]),
    section('lead-times', `Lead times${period}`, leadTimes(context, means.draw)),
    section('deployments', 'Deployments', deployments(model, calendar)),
    wrong === null ? null : section('incidents', 'Incidents', wrong),
    section('not-counted', 'What was not counted', setAside(model, calendar)),
    section('how', 'How it was computed', how(model, calendar)),
  ];
  const title = shorten(model.title, 120);
  const { text } = html`<!doctype html>
    <html lang="en">
      ${head(`${title}: DORA metrics${period}`, means)}
      <body>
        ${header(model, focus, calendar)}
        <main>${sections}</main>
        <footer>
          <p>
            Made by dora-metrics ${model.version} from the history of ${list(madeFrom(model))}. This file
            loads nothing and sends nothing.
          </p>
        </footer>
      </body>
    </html> `;
  return text.trimEnd() + '\n';
}

function head(title: string, { styles, stylesHash }: Means): Markup {
  const policy = `default-src 'none'; style-src '${stylesHash}'; img-src data:; base-uri 'none'; form-action 'none'`;
  return html`<head>
    <meta charset="utf-8" />
    <meta http-equiv="Content-Security-Policy" content="${raw(policy)}" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <meta name="referrer" content="no-referrer" />
    <link rel="icon" href="data:," />
    <title>${title}</title>
    ${raw(`<style>${styles}</style>`)}
  </head>`;
}

function header(model: ReportModel, focus: PeriodMetrics | undefined, calendar: Calendar): Markup {
  const { metrics, caveats } = model;
  const span =
    focus === undefined ? null : html` <span>${focus.period}: ${periodWords(focus, calendar)}</span>`;
  const notes = caveats.map((caveat) => html`<li>${caveat}</li>`);
  return html`<header>
    <p class="kind">DORA metrics</p>
    <h1>${shorten(model.title, 120)}</h1>
    <p class="facts-line">
      ${span} <span>As of ${calendar.minute(Date.parse(metrics.asOf))}, ${metrics.timezone}</span>
      <span>Environment ${clipped(metrics.scope.environment, 80)}</span>
    </p>
    <p class="headline">${unbroken(model.headline)}</p>
    ${
      notes.length === 0
        ? null
        : html`<ul class="caveats">
            ${notes}
          </ul>`
    }
    <nav aria-label="Sections">
      <ul>
        <li><a href="#now">Where it stands</a></li>
        <li><a href="#time">Over time</a></li>
        <li><a href="#lead-times">Lead times</a></li>
        <li><a href="#deployments">Deployments</a></li>
        ${model.incidents.length === 0 ? null : html`<li><a href="#incidents">Incidents</a></li>`}
        <li><a href="#not-counted">What was not counted</a></li>
        <li><a href="#how">How it was computed</a></li>
      </ul>
    </nav>
  </header>`;
}

function madeFrom({ sources }: ReportModel): string[] {
  const names = [...new Set(sources.map(({ source }) => shorten(source, 40)))];
  return names.length === 0 ? ['git'] : names;
}

function periodWords({ start, end, complete }: PeriodMetrics, calendar: Calendar): string {
  const [first, last] = [calendar.day(Date.parse(start)), calendar.day(Date.parse(end) - 1)];
  return `${first === last ? first : `${first} to ${last}`}${complete ? '' : ', still running'}`;
}

function section(id: string, heading: string, content: Content): Markup {
  return html`<section id="${id}" aria-labelledby="${id}-heading">
    <h2 id="${id}-heading">${heading}</h2>
    ${content}
  </section>`;
}

/** Where the rows behind each tile are. */
function targets(model: ReportModel, focus: PeriodMetrics | undefined): Targets {
  const listed = focus !== undefined && listedPeriods(model).has(focus.period);
  const rows = listed ? periodId(focus.period) : 'deployments';
  const failures = model.failures.length > 0 ? 'failures' : rows;
  return {
    deploymentFrequency: rows,
    leadTime: 'lead-times',
    changeFailRate: failures,
    timeToRestore: failures,
    reworkRate: rows,
  };
}

/** What the underline and the shade in the charts over time mean. */
function legend(all: readonly Slot[], focus: PeriodMetrics | undefined): Markup | null {
  if (focus === undefined || all.length < 2) return null;
  const running = all.find(({ metrics }) => !metrics.complete)?.metrics.period;
  const shade = running === undefined ? '' : `; the shaded one, ${running}, is still running`;
  return html`<p class="small lead">
    ${unbroken(`All charts share one time axis. Underlined is ${focus.period}, the period of the numbers above${shade}.`)}
  </p>`;
}

function events({ events: marked, foldedEvents }: ReportModel, calendar: Calendar): Markup | null {
  if (marked.length === 0) return null;
  const words = marked.map(({ at, label }) => `${shorten(label, 80)} (${calendar.day(at)})`);
  return html`<p class="small">
    Marked by dotted lines where they fall into the periods shown:
    ${list(words)}.${foldedEvents === 0 ? null : ` ${count(foldedEvents)} more are not marked.`}
  </p>`;
}
