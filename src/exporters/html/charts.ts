import { deploymentsChart } from './chart-deployments.ts';
import { distributionChart } from './chart-distribution.ts';
import { failuresChart } from './chart-failures.ts';
import { leadTimeChart } from './chart-lead-time.ts';
import { ratesChart } from './chart-rates.ts';
import { stagesChart } from './chart-stages.ts';
import type { Chart } from './chart.ts';
import { html, raw, unbroken, type Content, type Markup } from './markup.ts';
import type { Format, Plot } from './plot.ts';
import type { ChartContext } from './time-axis.ts';

/** Turns a plot into the inside of an `<svg>`. */
export type Draw = (plot: Plot) => string;

/** The charts that share the time axis, from top to bottom. */
export function chartsOverTime(context: ChartContext, link: (id: string, text: string) => Content): Chart[] {
  return [
    deploymentsChart(context),
    leadTimeChart(context),
    failuresChart(context, link),
    ratesChart(context),
  ];
}

/** The charts of the lead times of one period. */
export function chartsOfLeadTimes(context: ChartContext): { readonly spread: Chart; readonly stages: Chart } {
  return { spread: distributionChart(context), stages: stagesChart(context) };
}

export function figure(chart: Chart, draw: Draw): Markup {
  const { id, name, title, keys, plots, table } = chart;
  if (plots === null)
    return html`<div class="chart" id="${id}">
      <p class="name">${name}</p>
      <h3>${unbroken(title)}</h3>
    </div>`;
  const legend = keys.map(
    ({ sign, text }) => html`<li><i class="key ${sign}"></i><span>${unbroken(text)}</span></li>`,
  );
  return html`<figure class="chart" id="${id}">
    <figcaption>
      <p class="name">${name}</p>
      <h3>${unbroken(title)}</h3>
      ${
        legend.length === 0
          ? null
          : html`<ul class="keys">
              ${legend}
            </ul>`
      }
    </figcaption>
    <div class="drawing">
      ${(['wide', 'narrow'] as const).map((format) => svg(chart, format, draw(plots[format])))}
    </div>
    ${
      table === null
        ? null
        : html`<details class="numbers">
            <summary>The numbers</summary>
            ${table}
          </details>`
    }
  </figure> `;
}

function svg({ id, title, description, plots }: Chart, format: Format['name'], inside: string): Markup {
  const { width, height } = plots?.[format] ?? { width: 0, height: 0 };
  const [titleId, descriptionId] = [`${id}-${format}-title`, `${id}-${format}-text`];
  return html`<svg
    class="${format}"
    viewBox="0 0 ${width} ${height}"
    role="img"
    aria-labelledby="${titleId}"
    aria-describedby="${descriptionId}"
  >
    <title id="${titleId}">${title}</title>
    <desc id="${descriptionId}">${description}</desc>
    ${raw(inside)}
  </svg> `;
}
