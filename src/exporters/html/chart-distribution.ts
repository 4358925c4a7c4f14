import type { LeadTimeDistribution } from '../../domain/report-model.ts';
import type { Chart } from './chart.ts';
import { WIDE, NARROW, type Axis, type Format, type Mark, type Plot } from './plot.ts';
import { countAxis, durationAxis, log } from './scale.ts';
import { table } from './tables.ts';
import type { ChartContext } from './time-axis.ts';
import { count, counted, duration, percent } from './words.ts';

type Bin = LeadTimeDistribution['bins'][number];

const STEP = 18;

/** How the lead times of the focus period are spread, on a logarithmic axis with the quantiles marked. */
export function distributionChart({ model, slots }: ChartContext): Chart {
  const { distribution } = model;
  const period = slots.find((slot) => slot.focus)?.metrics.period ?? '';
  if (distribution === null) {
    const title = `No change shipped in ${period}, so there is no lead time to spread out`;
    return { ...NAMES, title, description: title, keys: [], plots: null, table: null };
  }
  const { quantiles, n } = distribution;
  const [half, tenth] = [duration(quantiles.p50), duration(quantiles.p90)];
  return {
    ...NAMES,
    title: `Of ${counted(n, 'change')}, half waited less than ${half} and one in ten more than ${tenth}`,
    description: `Bars on a logarithmic axis count the changes of ${distribution.period} by lead time; lines mark the median at ${half}, the 75th percentile at ${duration(quantiles.p75)}, the 90th at ${tenth} and the 95th at ${duration(quantiles.p95)}.`,
    keys: [{ sign: 'ink2', text: `changes that shipped in ${distribution.period}, by lead time` }],
    plots: { wide: plot(distribution, WIDE), narrow: plot(distribution, NARROW) },
    table: numbers(distribution),
  };
}

const NAMES = { id: 'chart-distribution', name: 'Lead time, all changes' } as const;

function plot({ bins, quantiles, period }: LeadTimeDistribution, format: Format): Plot {
  const filled = trim(bins);
  const edges = filled.flatMap((bin) => [lowerEdge(bin, filled), bin.to]);
  const { min, max, labels } = durationAxis(
    [...edges, quantiles.p50, quantiles.p95],
    format.name === 'wide' ? 12 : 6,
  );
  const x = { min, max, labels };
  const y = countAxis(Math.max(...filled.map((bin) => bin.count)));
  const named = [
    { name: '95th percentile', at: quantiles.p95 },
    { name: '90th percentile', at: quantiles.p90 },
    { name: '75th percentile', at: quantiles.p75 },
    { name: 'median', at: quantiles.p50 },
  ];
  const marks: Mark[] = [
    ...y.labels.map(({ at }): Mark => {
      return {
        kind: 'line',
        points: [
          [min, at],
          [max, at],
        ],
        stroke: at === 0 ? 'line' : 'grid',
      };
    }),
    ...filled.map((bin): Mark => {
      const tip = `${period}: ${range(bin)}, ${counted(bin.count, 'change')}`;
      return {
        kind: 'box',
        from: [log(lowerEdge(bin, filled)), 0],
        to: [log(bin.to), bin.count],
        inset: 1,
        fill: 'ink2',
        tip,
      };
    }),
    ...named.flatMap(({ name, at }, row) => quantile(`${name} ${duration(at)}`, log(at), { row, x, y })),
  ];
  const margin = { top: 4 * STEP + 8, right: format.right, bottom: 26, left: format.left };
  return { width: format.width, height: 290, margin, x, y, marks };
}

interface Place {
  /** From the top: each name has a row of its own, so that no two can meet. */
  readonly row: number;
  readonly x: Axis;
  readonly y: Axis;
}

function quantile(text: string, at: number, { row, x, y }: Place): Mark[] {
  const late = at > x.min + (x.max - x.min) * 0.5;
  // one pixel of the plot is not known here; a line may leave the plot, so the rows above it are drawn as its share
  const plotHeight = 290 - (4 * STEP + 8) - 26;
  const top = y.max * (1 + ((4 - row) * STEP) / plotHeight);
  const align = late ? 'right' : 'left';
  return [
    {
      kind: 'line',
      points: [
        [at, 0],
        [at, top],
      ],
      stroke: 'ink',
      width: row === 3 ? 2 : 1,
    },
    { kind: 'text', at: [at, top], text, offset: [late ? -5 : 5, 6], align, fill: 'text' },
  ];
}

/** Empty bins at both ends say nothing. */
function trim(bins: readonly Bin[]): readonly Bin[] {
  const first = bins.findIndex((bin) => bin.count > 0);
  const last = bins.findLastIndex((bin) => bin.count > 0);
  return bins.slice(first, last + 1);
}

/** The first bin begins at zero, which a logarithmic axis cannot show: it is drawn as wide as its neighbour. */
function lowerEdge(bin: Bin, bins: readonly Bin[]): number {
  if (bin.from > 0) return bin.from;
  const next = bins.find(({ from }) => from > 0);
  return bin.to / (next === undefined ? 3 : next.to / next.from);
}

function range({ from, to }: Bin): string {
  return from === 0 ? `less than ${duration(to)}` : `${duration(from)} to ${duration(to)}`;
}

function numbers({ bins, n }: LeadTimeDistribution): Chart['table'] {
  return table<Bin>(
    'Changes by lead time',
    [
      { heading: 'Lead time', cell: range },
      { heading: 'Changes', cell: (bin) => count(bin.count) },
      { heading: 'Share', cell: (bin) => percent(n === 0 ? 0 : bin.count / n) },
    ],
    trim(bins),
  );
}
