import type { Interval, MetricName, PeriodMetrics } from '../../domain/metrics-report.ts';
import type { Comparison, ReportModel } from '../../domain/report-model.ts';
import { html, raw, unbroken, type Markup } from './markup.ts';
import { colour } from './palette.ts';
import { cadence, count, counted, duration, METRIC_TITLES, MISSING, percent, plural } from './words.ts';

/** Where a reader finds the rows behind each metric. */
export type Targets = Readonly<Record<MetricName, string>>;

const WORDS: Readonly<Record<MetricName, (value: number) => string>> = {
  deploymentFrequency: count,
  leadTime: duration,
  changeFailRate: percent,
  timeToRestore: duration,
  reworkRate: percent,
};

/** What the number is a number of. */
const BASIS: Readonly<Record<MetricName, (metrics: PeriodMetrics) => string>> = {
  deploymentFrequency: ({ deploymentFrequency: { value, perDay, deploymentDays } }) => {
    const noun = plural(value ?? 0, 'deployment');
    const often = perDay === null ? '' : `, ${cadence(perDay)},`;
    return `${noun}${often} on ${counted(deploymentDays, 'day')}`;
  },
  leadTime: ({ leadTime }) => `median of ${counted(leadTime.n, 'change')}`,
  changeFailRate: ({ changeFailRate: { failed, n, unknown } }) => {
    const aside = unknown === 0 ? '' : `; ${count(unknown)} more of unknown outcome`;
    return `${count(failed)} of ${counted(n, 'deployment')}${aside}`;
  },
  timeToRestore: ({ timeToRestore: { n, open } }) => {
    const aside = open === 0 ? '' : `; ${count(open)} still open`;
    return `median of ${counted(n, 'failure')}${aside}`;
  },
  reworkRate: ({ reworkRate: { rework, n } }) =>
    `${count(rework)} of ${counted(n, 'deployment')} ${rework === 1 ? 'was a repair' : 'were repairs'}`,
};

export function tile(name: MetricName, model: ReportModel, targets: Targets): Markup {
  const periods = model.metrics.groups[0]?.periods ?? [];
  const metrics = periods[model.focus];
  const heading = html`<h3>${METRIC_TITLES[name]}</h3>`;
  if (metrics === undefined)
    return html`<li class="tile">
      ${heading}
      <p class="why">No period to show.</p>
    </li>`;
  const metric = metrics[name];
  const trend = sparkline(
    periods.map((period) => period[name].value),
    model.focus,
    periods,
  );
  if (metric.value === null) {
    const { why, remedy } = MISSING[metric.reason];
    return html`<li class="tile">
      ${heading}
      <p class="why">${why}</p>
      <p class="small">${remedy}</p>
      ${trend}
    </li>`;
  }
  const words = WORDS[name];
  const comparison = model.comparisons[name];
  const interval = 'interval' in metric ? metric.interval : null;
  return html`<li class="tile">
    ${heading}
    <p class="value"><a href="#${targets[name]}">${words(metric.value)}</a></p>
    <p class="basis">${BASIS[name](metrics)}</p>
    <div class="beside">
      <p class="change">${change(comparison, words)}</p>
      ${interval === null ? html`<div class="interval"></div>` : bar(metric.value, interval, comparison, words)}
      <p class="band">${band('band' in metric ? metric.band : undefined, model.metrics.benchmark.year)}</p>
    </div>
    ${trend}
  </li> `;
}

function change(
  { previous, previousValue, direction, verdict }: Comparison,
  words: (value: number) => string,
): Markup {
  if (previous === null || previousValue === null) return html`Nothing before it to compare with`;
  const before = unbroken(`${words(previousValue)} in ${previous}`);
  if (verdict === 'none' || direction === 'none') return html`${before}`;
  if (verdict === 'same') return html`About as before (${before})`;
  const verb = { up: '\u2191 up from', down: '\u2193 down from', flat: '\u2192 still' }[direction];
  return html`${verb} ${before}: <strong>${verdict}</strong>, more than noise`;
}

function band(value: string | null | undefined, year: number): Markup {
  if (value === undefined) return html`no band is defined for it`;
  if (value === null) return html`band: too few to say`;
  return html`band: <strong>${value}</strong> (DORA ${year})`;
}

const WIDTH = 168;

/** The interval as a thin bar from zero; the value is the upright stroke, the value before it the ring. */
function bar(
  value: number,
  interval: Interval,
  comparison: Comparison,
  words: (value: number) => string,
): Markup {
  const [low, high] = interval;
  const before = comparison.previousValue;
  const most = Math.max(high, value, before ?? 0, comparison.previousInterval?.[1] ?? 0);
  const x = (amount: number): string => place(most === 0 ? 0 : (amount / most) * (WIDTH - 8) + 4);
  const text = `95 %: ${words(low)} to ${words(high)}`;
  const ring =
    before === null
      ? ''
      : `<circle cx="${x(before)}" cy="6" r="3" fill="${colour('paper')}" stroke="${colour('muted')}"/>`;
  const shapes = [
    `<path d="M4 6H${String(WIDTH - 4)}" stroke="${colour('line')}"/>`,
    `<path d="M${x(low)} 6H${x(high)}" stroke="${colour('ink2')}" stroke-width="5"/>`,
    ring,
    `<path d="M${x(value)} 0V12" stroke="${colour('ink')}" stroke-width="2"/>`,
  ];
  return html`<div class="interval">
    <svg viewBox="0 0 ${WIDTH} 12" width="${WIDTH}" height="12" aria-hidden="true">
      ${raw(shapes.join(''))}
    </svg>
    <p>${text}</p>
  </div>`;
}

const HEIGHT = 40;

/** The values over the periods from zero up; a gap where there is none, a ring where the period is running. */
function sparkline(
  values: readonly (number | null)[],
  focus: number,
  periods: readonly PeriodMetrics[],
): Markup {
  const known = values.filter((value) => value !== null);
  if (known.length < 2) return html`<div class="spark"></div>`;
  const most = Math.max(...known);
  const at = (value: number, index: number): string => {
    const x = 5 + (index / Math.max(1, values.length - 1)) * (WIDTH - 10);
    const y = HEIGHT - 6 - (most === 0 ? 0 : (value / most) * (HEIGHT - 12));
    return `${place(x)} ${place(y)}`;
  };
  let line = '';
  let dots = '';
  let pen = 'M';
  values.forEach((value, index) => {
    if (value === null) {
      pen = 'M';
      return;
    }
    const running = periods[index]?.complete === false;
    const [x = '', y = ''] = at(value, index).split(' ');
    if (!running) line += `${pen}${x} ${y}`;
    if (index === focus) dots += `<circle cx="${x}" cy="${y}" r="3.5" fill="${colour('ink')}"/>`;
    else if (running)
      dots += `<circle cx="${x}" cy="${y}" r="3" fill="${colour('paper')}" stroke="${colour('muted')}"/>`;
    else if (pen === 'M') dots += `<circle cx="${x}" cy="${y}" r="1" fill="${colour('muted')}"/>`;
    pen = 'L';
  });
  const shapes = [
    `<path d="M5 ${String(HEIGHT - 6)}H${String(WIDTH - 5)}" stroke="${colour('grid')}"/>`,
    `<path d="${line}" fill="none" stroke="${colour('muted')}" stroke-width="1.5"/>${dots}`,
  ];
  return html`<div class="spark">
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" aria-hidden="true">
      ${raw(shapes.join(''))}
    </svg>
  </div>`;
}

function place(pixel: number): string {
  return String(Math.round(pixel * 10) / 10);
}
