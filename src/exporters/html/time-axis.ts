import type { PeriodMetrics, PeriodUnit } from '../../domain/metrics-report.ts';
import type { ReportEvent, ReportModel } from '../../domain/report-model.ts';
import { type Calendar, monthName } from './calendar.ts';
import { shorten } from './escape.ts';
import type { Axis, AxisLabel, Format, Mark } from './plot.ts';

/** A period with its place on the axis, in milliseconds. */
export interface Slot {
  readonly start: number;
  readonly end: number;
  readonly middle: number;
  readonly focus: boolean;
  readonly metrics: PeriodMetrics;
}

/** What every chart is drawn from. */
export interface ChartContext {
  readonly model: ReportModel;
  readonly calendar: Calendar;
  readonly slots: readonly Slot[];
}

interface Name {
  /** What distinguishes it within its year. */
  readonly short: string;
  readonly year: number;
  /** Position in the year from 0; for years, the year. */
  readonly index: number;
}

/** How many periods may lie between two labels, smallest first. */
const STRIDES: Readonly<Record<PeriodUnit, readonly number[]>> = {
  day: [1, 7, 14, 31],
  week: [1, 2, 4, 13, 26, 53],
  month: [1, 3, 6, 12],
  quarter: [1, 2, 4],
  year: [1, 2, 5, 10, 20, 50],
};

/** Lines with a name reach a little above the plot, up to it. The axis of such a chart begins at zero. */
const EVENT_REACH = 1.1;

const LABEL_WIDTH = { wide: 46, narrow: 40 } as const;

export function slots({ metrics, focus }: ReportModel): Slot[] {
  return (metrics.groups[0]?.periods ?? []).map((period, index) => {
    const [start, end] = [Date.parse(period.start), Date.parse(period.end)];
    return { start, end, middle: (start + end) / 2, focus: index === focus, metrics: period };
  });
}

/** The axis that all charts over the periods share. */
export function timeAxis(all: readonly Slot[], unit: PeriodUnit, format: Format): Axis {
  const min = all[0]?.start ?? 0;
  const max = all.at(-1)?.end ?? 1;
  const room = (format.width - format.left - format.right) / LABEL_WIDTH[format.name];
  const names = all.map(({ metrics }) => periodName(metrics.period, unit));
  const strides = STRIDES[unit];
  // a calendar step, such as every January, until even the largest is too dense; then every n-th of those
  const stride = strides.find((step) => chosen(names, step, unit).length <= room) ?? strides.at(-1) ?? 1;
  const labelled = chosen(names, stride, unit);
  const every = Math.max(1, Math.ceil(labelled.length / room));
  const kept = labelled.filter((_, position) => position % every === 0);
  return { min, max, labels: labels(all, names, kept) };
}

function chosen(names: readonly Name[], stride: number, unit: PeriodUnit): number[] {
  return [...names.keys()].filter((at) => {
    const index = names[at]?.index ?? 0;
    // a 29th so close to the next first would only crowd it
    return index % stride === 0 && !(unit === 'day' && stride > 1 && stride < 31 && index > 27);
  });
}

function labels(all: readonly Slot[], names: readonly Name[], kept: readonly number[]): AxisLabel[] {
  let year: number | undefined;
  return kept.flatMap((index) => {
    const [name, slot] = [names[index], all[index]];
    if (name === undefined || slot === undefined) return [];
    const second = name.short !== '' && name.year !== year ? `\n${String(name.year)}` : '';
    year = name.year;
    return [{ at: slot.middle, text: (name.short === '' ? String(name.year) : name.short) + second }];
  });
}

function periodName(label: string, unit: PeriodUnit): Name {
  const [year = 0, second = 1, third = 1] = label.split(/-[QW]?/u).map(Number);
  switch (unit) {
    case 'year':
      return { short: '', year, index: year };
    case 'quarter':
      return { short: `Q${String(second)}`, year, index: second - 1 };
    case 'month':
      return { short: monthName(second), year, index: second - 1 };
    case 'week':
      return { short: `W${String(second)}`, year, index: second - 1 };
    case 'day':
      return { short: `${String(third)}\u00a0${monthName(second)}`, year, index: third - 1 };
  }
}

/** What lies under the marks of every chart over time: the running period, the grid, the period the tiles show. */
export function ground(all: readonly Slot[], x: Axis, y: Axis): Mark[] {
  const running = all.filter(({ metrics }) => !metrics.complete);
  const focus = all.filter((slot) => slot.focus);
  return [
    ...running.map(({ start, end }): Mark => {
      return { kind: 'box', from: [start, y.min], to: [end, y.max], fill: 'tint' };
    }),
    ...y.labels.map(({ at }): Mark => {
      const points = [[x.min, at] as const, [x.max, at] as const];
      return { kind: 'line', points, stroke: at === y.min ? 'line' : 'grid' };
    }),
    ...focus.map(({ start, end }): Mark => {
      const points = [[start, y.min] as const, [end, y.min] as const];
      return { kind: 'line', points, stroke: 'text', width: 2 };
    }),
  ];
}

/** Events as thin vertical lines; with a format, their names above the plot as far as there is room. */
export function eventMarks(
  { model, calendar }: ChartContext,
  x: Axis,
  y: Axis,
  named: Format | null,
): Mark[] {
  const inside = model.events.filter(({ at }) => at >= x.min && at <= x.max);
  let free = -Infinity;
  return grouped(inside, (x.max - x.min) / 50).flatMap((group): Mark[] => {
    const at = group[0]?.at ?? x.min;
    const tip = group.map((event) => `${event.label}, ${calendar.day(event.at)}`).join('; ');
    const points = [[at, y.min] as const, [at, named === null ? y.max : y.max * EVENT_REACH] as const];
    const line: Mark = { kind: 'line', points, stroke: 'muted', dash: [2, 3], tip: shorten(tip, 200) };
    if (named === null) return [line];
    const text = shorten(
      group.length === 1 ? (group[0]?.label ?? '') : kinds(group),
      named.name === 'wide' ? 44 : 24,
    );
    const pixel = (x.max - x.min) / (named.width - named.left - named.right);
    const length = text.length * 7.5 * pixel;
    const late = at + length > x.max;
    if ((late ? at - length : at) < free) return [line];
    free = late ? at : at + length;
    const align = late ? 'right' : 'left';
    return [
      line,
      { kind: 'text', at: [at, y.max], text, offset: [late ? 1 : -1, -24], align, fill: 'muted' },
    ];
  });
}

function grouped(events: readonly ReportEvent[], distance: number): ReportEvent[][] {
  const groups: ReportEvent[][] = [];
  for (const event of events.toSorted((a, b) => a.at - b.at)) {
    const last = groups.at(-1);
    if (last?.[0] !== undefined && event.at - last[0].at < distance) last.push(event);
    else groups.push([event]);
  }
  return groups;
}

function kinds(events: readonly ReportEvent[]): string {
  const imported = events.filter(({ kind }) => kind === 'imported-history').length;
  const baselines = events.length - imported;
  const words = [baselines > 1 ? `${String(baselines)} baselines` : 'baseline', 'imported history'];
  return words.filter((_, index) => (index === 0 ? baselines : imported) > 0).join(', ');
}
