import type { ChangeFailRate, PeriodMetrics, ReworkRate } from '../../domain/metrics-report.ts';
import type { Chart } from './chart.ts';
import { WIDE, NARROW, type Format, type Mark, type Plot } from './plot.ts';
import { shareAxis } from './scale.ts';
import { DASH, periodCell, table } from './tables.ts';
import { eventMarks, ground, timeAxis, type ChartContext, type Slot } from './time-axis.ts';
import { count, counted, MISSING, percent } from './words.ts';

/** More intervals than that side by side cover each other. */
const MOST_WHISKERS = 30;

type Rate = ChangeFailRate | ReworkRate;

/** The shares of deployments that failed and that repaired, each with its interval. */
export function ratesChart(context: ChartContext): Chart {
  const { slots } = context;
  const known = slots.some(
    ({ metrics }) => metrics.reworkRate.value !== null || metrics.changeFailRate.value !== null,
  );
  return {
    id: 'chart-rework',
    name: 'Failed and rework',
    title: title(slots),
    description: description(slots),
    keys: [
      { sign: 'warm dot', text: 'change fail rate' },
      { sign: 'grey dot', text: 'rework rate' },
      ...(slots.length <= MOST_WHISKERS ? [{ sign: 'upright' as const, text: '95 % interval' }] : []),
    ],
    plots: known ? { wide: plot(context, WIDE), narrow: plot(context, NARROW) } : null,
    table: known ? numbers(slots) : null,
  };
}

function title(slots: readonly Slot[]): string {
  const focus = slots.find((slot) => slot.focus);
  if (focus === undefined) return 'No period to show';
  const { period, reworkRate } = focus.metrics;
  if (reworkRate.value === null) return MISSING[reworkRate.reason].why;
  if (reworkRate.rework === 0) return `No deployment of ${period} is known to be a repair`;
  const were = reworkRate.rework === 1 ? 'was a repair' : 'were repairs';
  return `${count(reworkRate.rework)} of ${counted(reworkRate.n, 'deployment')} in ${period} ${were}`;
}

function description(slots: readonly Slot[]): string {
  const range = (pick: (metrics: PeriodMetrics) => number | null): string => {
    const values = slots.flatMap(({ metrics }) => pick(metrics) ?? []);
    return values.length === 0
      ? 'is unknown'
      : `lies between ${percent(Math.min(...values))} and ${percent(Math.max(...values))}`;
  };
  const failed = range(({ changeFailRate }) => changeFailRate.value);
  const rework = range(({ reworkRate }) => reworkRate.value);
  return `Two dots a period, each with its 95 % interval: the change fail rate ${failed}; the rework rate ${rework}.`;
}

function plot(context: ChartContext, format: Format): Plot {
  const { slots, model } = context;
  const x = timeAxis(slots, model.metrics.period, format);
  const highest = slots.flatMap(({ metrics: { changeFailRate, reworkRate } }) => [
    changeFailRate.value ?? 0,
    reworkRate.value ?? 0,
    changeFailRate.interval?.[1] ?? 0,
    reworkRate.interval?.[1] ?? 0,
  ]);
  const y = shareAxis(Math.max(0, ...highest));
  const margin = { top: 10, right: format.right, bottom: 42, left: format.left };
  const series =
    slots.length <= MOST_WHISKERS
      ? slots.flatMap(whiskers)
      : [...dots(slots, FAILED), ...dots(slots, REPAIRS)];
  const marks = [...ground(slots, x, y), ...eventMarks(context, x, y, null), ...series];
  return { width: format.width, height: 176, margin, x, y, marks };
}

interface Look {
  readonly of: (metrics: PeriodMetrics) => Rate;
  readonly side: -1 | 1;
  readonly colour: 'warm' | 'muted';
  readonly words: string;
}

const FAILED: Look = {
  of: ({ changeFailRate }) => changeFailRate,
  side: -1,
  colour: 'warm',
  words: 'failed',
};
const REPAIRS: Look = { of: ({ reworkRate }) => reworkRate, side: 1, colour: 'muted', words: 'were repairs' };

function whiskers(slot: Slot): Mark[] {
  return [...whisker(slot, FAILED), ...whisker(slot, REPAIRS)];
}

function whisker(slot: Slot, look: Look): Mark[] {
  const { metrics } = slot;
  const { colour, words } = look;
  const rate = look.of(metrics);
  if (rate.value === null) return [];
  const at = place(slot, look);
  const tip = `${periodCell(metrics)}: ${percent(rate.value)} of ${counted(rate.n, 'deployment')} ${words}`;
  const points = rate.interval?.map((limit) => [at, limit] as const);
  const paint = metrics.complete
    ? { fill: colour, stroke: 'paper' as const }
    : { fill: 'paper' as const, stroke: colour };
  return [
    ...(points === undefined ? [] : [{ kind: 'line' as const, points, stroke: colour, width: 1, tip }]),
    { kind: 'dot', at: [at, rate.value], radius: 4, width: 1.5, ...paint, tip },
  ];
}

/** Where the periods lie so close that their intervals would cover each other, and nobody could hit one to read it. */
function dots(slots: readonly Slot[], look: Look): Mark[] {
  return slots.flatMap((slot): Mark[] => {
    const { value } = look.of(slot.metrics);
    return value === null
      ? []
      : [{ kind: 'dot', at: [place(slot, look), value], radius: 2, fill: look.colour }];
  });
}

function place({ start, end, middle }: Slot, { side }: Look): number {
  return middle + (side * (end - start)) / 8;
}

function numbers(slots: readonly Slot[]): Chart['table'] {
  return table<PeriodMetrics>(
    'Change fail rate and rework rate by period',
    [
      { heading: 'Period', cell: periodCell },
      { heading: 'Deployments', cell: (row) => count(row.changeFailRate.n) },
      { heading: 'Failed', cell: (row) => count(row.changeFailRate.failed) },
      { heading: 'Change fail rate', cell: (row) => share(row.changeFailRate) },
      { heading: '95 % interval', cell: (row) => limits(row.changeFailRate) },
      { heading: 'Rework', cell: (row) => count(row.reworkRate.rework) },
      { heading: 'Rework rate', cell: (row) => share(row.reworkRate) },
      { heading: '95 % interval', cell: (row) => limits(row.reworkRate) },
    ],
    slots.map(({ metrics }) => metrics),
  );
}

function share({ value }: Rate): string {
  return value === null ? DASH : percent(value);
}

function limits({ interval }: Rate): string {
  return interval === null ? DASH : `${percent(interval[0])} to ${percent(interval[1])}`;
}
