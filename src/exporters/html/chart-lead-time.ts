import type { PeriodMetrics } from '../../domain/metrics-report.ts';
import type { Chart } from './chart.ts';
import {
  BAR,
  byColour,
  withoutTip,
  WIDE,
  NARROW,
  MOST_TIPS,
  type Format,
  type Mark,
  type Plot,
  type Point,
} from './plot.ts';
import { durationAxis, log } from './scale.ts';
import { DASH, periodCell, table } from './tables.ts';
import { eventMarks, ground, timeAxis, type ChartContext, type Slot } from './time-axis.ts';
import { count, counted, duration, MISSING } from './words.ts';

/** Where more periods than that lie side by side, the line alone says it better. */
const MOST_DOTS = 30;

/** A period in which something shipped. */
interface Measured {
  readonly slot: Slot;
  readonly median: number;
  readonly p75: number;
  readonly p90: number;
}

/** Lead time: the median as a line, what three quarters and nine tenths of the changes waited as bands. */
export function leadTimeChart(context: ChartContext): Chart {
  const { slots } = context;
  const known = slots.flatMap(measured);
  return {
    id: 'chart-lead-time',
    name: 'Lead time',
    title: title(slots, known),
    description: description(known),
    keys: [
      { sign: 'line', text: 'median' },
      { sign: 'ink2', text: 'up to three quarters' },
      { sign: 'ink3', text: 'up to nine in ten' },
    ],
    plots:
      known.length === 0 ? null : { wide: plot(context, known, WIDE), narrow: plot(context, known, NARROW) },
    table: known.length === 0 ? null : numbers(slots),
  };
}

function measured(slot: Slot): Measured[] {
  const { value, p75, p90 } = slot.metrics.leadTime;
  return value === null ? [] : [{ slot, median: value, p75: p75 ?? value, p90: p90 ?? value }];
}

function title(slots: readonly Slot[], known: readonly Measured[]): string {
  const focus = slots.find((slot) => slot.focus);
  const found = known.find(({ slot }) => slot.focus);
  if (found !== undefined) {
    const { period } = found.slot.metrics;
    return `Half of the changes of ${period} shipped within ${duration(found.median)}, nine in ten within ${duration(found.p90)}`;
  }
  const reason = focus?.metrics.leadTime.reason;
  return reason === undefined ? 'No lead time' : MISSING[reason].why;
}

function description(known: readonly Measured[]): string {
  const sorted = known.toSorted((a, b) => a.median - b.median);
  const [least, most] = [sorted[0], sorted.at(-1)];
  if (least === undefined || most === undefined) return 'No change shipped in any period.';
  const end = ({ slot, median }: Measured): string => `${duration(median)} in ${slot.metrics.period}`;
  return `The median by period on a logarithmic axis, between ${end(least)} and ${end(most)}, with bands up to the 75th and the 90th percentile.`;
}

function plot(context: ChartContext, known: readonly Measured[], format: Format): Plot {
  const { slots, model } = context;
  const x = timeAxis(slots, model.metrics.period, format);
  const y = durationAxis(
    known.flatMap(({ median, p90 }) => [median, p90]),
    6,
  );
  const margin = { top: 10, right: format.right, bottom: 42, left: format.left };
  const tips = slots.length <= MOST_TIPS;
  const marks = [
    ...ground(slots, x, y),
    ...eventMarks(context, x, y, null),
    ...(tips ? known.flatMap(bands) : byColour(known.flatMap(bands).map(withoutTip))),
    ...runs(slots).flatMap(line),
    ...known.filter(({ slot }) => slots.length <= MOST_DOTS || slot.focus || !slot.metrics.complete).map(dot),
  ];
  return { width: format.width, height: 236, margin, x, y, marks };
}

function bands({ slot, median, p75, p90 }: Measured): Mark[] {
  const { start, end, metrics } = slot;
  const tip = `${periodCell(metrics)}: median ${duration(median)}, p75 ${duration(p75)}, p90 ${duration(p90)}, ${counted(metrics.leadTime.n, 'change')}`;
  return [
    { kind: 'box', from: [start, log(p75)], to: [end, log(p90)], ...BAR, fill: 'ink3', tip },
    { kind: 'box', from: [start, log(median)], to: [end, log(p75)], ...BAR, fill: 'ink2', tip },
  ];
}

/** Neighbours with a value: the line has a gap where nothing shipped. */
function runs(slots: readonly Slot[]): Measured[][] {
  const found: Measured[][] = [[]];
  for (const slot of slots) {
    const [entry] = measured(slot);
    if (entry === undefined) found.push([]);
    else found.at(-1)?.push(entry);
  }
  return found;
}

function line(run: readonly Measured[]): Mark[] {
  const done = run.filter(({ slot }) => slot.metrics.complete);
  const running = run.length > done.length ? run.slice(-2) : [];
  return [
    ...(done.length > 1
      ? [{ kind: 'line' as const, points: done.map(point), stroke: 'ink' as const, width: 2 }]
      : []),
    ...(running.length > 1
      ? [
          {
            kind: 'line' as const,
            points: running.map(point),
            stroke: 'ink' as const,
            width: 1.5,
            dash: [4, 3],
          },
        ]
      : []),
  ];
}

function point({ slot, median }: Measured): Point {
  return [slot.middle, log(median)];
}

function dot(entry: Measured): Mark {
  const { complete, period } = entry.slot.metrics;
  const paint = complete
    ? { fill: 'ink' as const, stroke: 'paper' as const }
    : { fill: 'paper' as const, stroke: 'ink' as const };
  return {
    kind: 'dot',
    at: point(entry),
    radius: 4,
    width: 1.5,
    tip: `${period}: median ${duration(entry.median)}`,
    ...paint,
  };
}

function numbers(slots: readonly Slot[]): Chart['table'] {
  const cell = (pick: (row: PeriodMetrics) => number | null) => (row: PeriodMetrics) => {
    const value = pick(row);
    return value === null ? DASH : duration(value);
  };
  return table<PeriodMetrics>(
    'Lead time by period',
    [
      { heading: 'Period', cell: periodCell },
      { heading: 'Changes', cell: (row) => count(row.leadTime.n) },
      { heading: 'Median', cell: cell((row) => row.leadTime.value) },
      { heading: 'p75', cell: cell((row) => row.leadTime.p75) },
      { heading: 'p90', cell: cell((row) => row.leadTime.p90) },
      { heading: 'p95', cell: cell((row) => row.leadTime.p95) },
      { heading: 'Mean', cell: cell((row) => row.leadTime.mean) },
    ],
    slots.map(({ metrics }) => metrics),
  );
}
