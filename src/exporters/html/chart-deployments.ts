import type { PeriodMetrics } from '../../domain/metrics-report.ts';
import type { Chart } from './chart.ts';
import type { Colour } from './palette.ts';
import {
  BAR,
  byColour,
  withoutTip,
  WIDE,
  NARROW,
  MOST_TIPS,
  type Format,
  type Mark,
  type Paint,
  type Plot,
} from './plot.ts';
import { countAxis } from './scale.ts';
import { periodCell, table } from './tables.ts';
import { eventMarks, ground, timeAxis, type ChartContext, type Slot } from './time-axis.ts';
import { count, counted } from './words.ts';

interface Counts {
  readonly shipped: number;
  readonly failed: number;
  readonly unknown: number;
  readonly all: number;
}

/** Deployments per period, the failed ones in the second colour. */
export function deploymentsChart(context: ChartContext): Chart {
  const { slots } = context;
  const all = slots.map(({ metrics }) => counts(metrics));
  const total = all.reduce((sum, entry) => sum + entry.all, 0);
  const unknown = all.some((entry) => entry.unknown > 0);
  return {
    id: 'chart-deployments',
    name: 'Deployments',
    title: title(slots),
    description: description(slots, total),
    keys: [
      { sign: 'ink', text: 'shipped' },
      { sign: 'warm', text: 'failed' },
      ...(unknown ? [{ sign: 'pale' as const, text: 'outcome unknown' }] : []),
      ...(slots.some(({ metrics }) => !metrics.complete)
        ? [{ sign: 'hollow' as const, text: 'still running' }]
        : []),
    ],
    plots: total === 0 ? null : { wide: plot(context, WIDE), narrow: plot(context, NARROW) },
    table: total === 0 ? null : numbers(slots, unknown),
  };
}

function counts({ deploymentFrequency, changeFailRate }: PeriodMetrics): Counts {
  const { failed, unknown, n } = changeFailRate;
  const known = Math.max(n, deploymentFrequency.n);
  return { shipped: known - failed, failed, unknown, all: known + unknown };
}

function title(slots: readonly Slot[]): string {
  const focus = slots.find((slot) => slot.focus);
  if (focus === undefined) return 'No period to show';
  const { period } = focus.metrics;
  const { all, failed } = counts(focus.metrics);
  const others = slots
    .filter((slot) => slot !== focus && slot.metrics.complete)
    .map(({ metrics }) => counts(metrics).all);
  const ending = failed === 0 ? 'none is known to have failed' : `${count(failed)} failed`;
  if (all === 0) return `No deployment in ${period}`;
  const rank =
    others.length < 2
      ? ''
      : all > Math.max(...others)
        ? ', the most so far'
        : all < Math.min(...others)
          ? ', the fewest so far'
          : '';
  const { n } = focus.metrics.deploymentFrequency;
  const reached = n === all ? '' : `, of which ${count(n)} succeeded at first`;
  return `${counted(all, 'deployment')} in ${period}${rank}${reached}; ${ending}`;
}

function description(slots: readonly Slot[], total: number): string {
  const [first, last] = [slots[0], slots.at(-1)];
  if (first === undefined || last === undefined) return 'There is no period.';
  const failed = slots.reduce((sum, { metrics }) => sum + metrics.changeFailRate.failed, 0);
  const span = `from ${first.metrics.period} to ${last.metrics.period}`;
  return `Bars over ${counted(slots.length, 'period')} ${span}: ${counted(total, 'deployment')}, ${count(failed)} of them failed.`;
}

function plot(context: ChartContext, format: Format): Plot {
  const { slots, model } = context;
  const x = timeAxis(slots, model.metrics.period, format);
  const y = countAxis(Math.max(...slots.map(({ metrics }) => counts(metrics).all)));
  const margin = { top: 40, right: format.right, bottom: 42, left: format.left };
  const tips = slots.length <= MOST_TIPS;
  const marks = [
    ...ground(slots, x, y),
    ...eventMarks(context, x, y, format),
    ...(tips ? slots.flatMap(bars) : byColour(slots.flatMap(bars).map(withoutTip))),
    ...slots.filter((slot) => slot.focus).flatMap(focusLabel),
  ];
  return { width: format.width, height: 230, margin, x, y, marks };
}

function bars({ start, end, metrics }: Slot): Mark[] {
  const { shipped, failed, unknown, all } = counts(metrics);
  const tip = `${periodCell(metrics)}: ${counted(all, 'deployment')}, ${count(failed)} failed`;
  const layers: readonly (readonly [number, Colour])[] = [
    [failed, 'warm'],
    [shipped, 'ink'],
    [unknown, 'line'],
  ];
  let from = 0;
  return layers.flatMap(([size, colour]): Mark[] => {
    if (size === 0) return [];
    const bottom = from;
    from += size;
    const paint: Paint = metrics.complete ? { fill: colour } : { fill: 'paper', stroke: colour, width: 1.5 };
    return [{ kind: 'box', from: [start, bottom], to: [end, from], ...BAR, ...paint, tip }];
  });
}

function focusLabel({ middle, metrics }: Slot): Mark[] {
  const { all } = counts(metrics);
  return [
    { kind: 'text', at: [middle, all], text: count(all), offset: [0, -9], align: 'center', fill: 'text' },
  ];
}

function numbers(slots: readonly Slot[], unknown: boolean): Chart['table'] {
  return table<PeriodMetrics>(
    'Deployments by period',
    [
      { heading: 'Period', cell: periodCell },
      { heading: 'Deployments', cell: (row) => count(counts(row).all) },
      { heading: 'Failed', cell: (row) => count(counts(row).failed) },
      ...(unknown ? [{ heading: 'Unknown', cell: (row: PeriodMetrics) => count(counts(row).unknown) }] : []),
      { heading: 'Days with one', cell: (row) => count(row.deploymentFrequency.deploymentDays) },
    ],
    slots.map(({ metrics }) => metrics),
  );
}
