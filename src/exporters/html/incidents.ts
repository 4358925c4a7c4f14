import type { PeriodMetrics } from '../../domain/metrics-report.ts';
import type { ReportIncident, ReportModel } from '../../domain/report-model.ts';
import type { Calendar } from './calendar.ts';
import { clipped } from './deployments.ts';
import { outward } from './links.ts';
import { html, unbroken, type Content, type Markup } from './markup.ts';
import { DASH, table } from './tables.ts';
import { count, counted, duration, LINK_WORDS } from './words.ts';

const TITLE_LENGTH = 80;

/** What went wrong by the word of an incident system; `null` where nothing did in the periods shown. */
export function incidents(
  model: ReportModel,
  calendar: Calendar,
  link: (id: string, text: string) => Content,
): Markup | null {
  const { incidents: all, foldedIncidents } = model;
  if (all.length === 0) return null;
  const several = new Set(all.map(({ component }) => component)).size > 1;
  const rows = table<ReportIncident>(
    'Incidents',
    [
      { heading: 'Opened', cell: ({ openedAt }) => calendar.minute(openedAt) },
      { heading: 'Lasted', cell: lasted },
      {
        heading: 'Incident',
        cell: ({ title, url }) => outward(url, clipped(title, TITLE_LENGTH)),
        text: true,
      },
      ...(several
        ? [{ heading: 'Component', cell: (row: ReportIncident) => clipped(row.component, 60), text: true }]
        : []),
      { heading: 'Caused by', cell: ({ deployment }) => cause(deployment, link), text: true },
      { heading: 'Because', cell: ({ link: how }) => (how === null ? DASH : LINK_WORDS[how]), text: true },
    ],
    all,
  );
  const rest =
    foldedIncidents === 0
      ? null
      : html`<p class="small">
          ${counted(foldedIncidents, 'older incident')} not listed. The table
          <code>dataset/incidents.csv</code> of the workspace has all.
        </p>`;
  const focus = model.metrics.groups[0]?.periods[model.focus];
  return html`${focus === undefined ? null : html`<p>${unbroken(summary(focus))}</p>`}${rows}${rest}`;
}

function lasted({ openedAt, resolvedAt }: ReportIncident): string {
  return resolvedAt === null ? 'open' : duration(Math.max(0, resolvedAt - openedAt) / 1000);
}

function cause(
  deployment: ReportIncident['deployment'],
  link: (id: string, text: string) => Content,
): Content {
  return deployment === null ? 'no deployment known' : link(deployment.id, deployment.name);
}

function summary({ period, incidents: { n, value, unattributed } }: PeriodMetrics): string {
  if (n === 0) return `No incident opened in ${period}.`;
  const resolved =
    value === null
      ? n === 1
        ? ' and is still open'
        : '; all are still open'
      : n === 1
        ? ` and was resolved after ${duration(value)}`
        : `; in the median they were resolved after ${duration(value)}`;
  const unlinked = unattributed === 0 ? '' : `; for ${count(unattributed)} no deployment is known`;
  return `${counted(n, 'incident')} opened in ${period}${resolved}${unlinked}.`;
}
