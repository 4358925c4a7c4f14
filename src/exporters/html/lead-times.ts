import type { ReportModel } from '../../domain/report-model.ts';
import { chartsOfLeadTimes, figure, type Draw } from './charts.ts';
import { stagesNote } from './chart-stages.ts';
import { html, unbroken, type Content } from './markup.ts';
import type { ChartContext } from './time-axis.ts';
import { count, counted, duration } from './words.ts';

/** How long the changes of the focus period waited, who wrote them, and where the time went. */
export function leadTimes(context: ChartContext, draw: Draw): Content {
  const { spread, stages } = chartsOfLeadTimes(context);
  const { authors, metrics } = context.model;
  const unit =
    metrics.leadTimeUnit === 'commit'
      ? null
      : 'A pull request is one change here, from its first commit to the first deployment of it.';
  const note = stagesNote(context);
  return [
    unit === null ? null : html`<p class="small lead">${unit}</p>`,
    figure(spread, draw),
    authors === null ? null : html`<p class="small note">${unbroken(authorship(authors))}</p>`,
    figure(stages, draw),
    note === null ? null : html`<p class="small note">${note}</p>`,
  ];
}

/** People and bots apart: what a bot wrote is often merged at once, and pulls the median down. */
function authorship({ people, bots }: NonNullable<ReportModel['authors']>): string {
  const median = ({ medianLeadTime }: typeof bots) =>
    medianLeadTime === null ? '' : `, median ${duration(medianLeadTime)}`;
  const total = people.changes + bots.changes;
  if (people.changes === 0) return `Bots wrote all of the ${counted(total, 'change')}${median(bots)}.`;
  return `People wrote ${count(people.changes)} of the ${counted(total, 'change')}${median(people)}; bots ${count(bots.changes)}${median(bots)}.`;
}
