import { colour, type Colour } from './palette.ts';

/** A drawing in data coordinates: what `draw` gives to ECharts, and all that a chart decides. */
export interface Plot {
  readonly width: number;
  readonly height: number;
  readonly margin: Margin;
  readonly x: Axis;
  readonly y: Axis;
  /** Later ones lie on top. */
  readonly marks: readonly Mark[];
}

export interface Margin {
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly left: number;
}

export interface Axis {
  readonly min: number;
  readonly max: number;
  readonly labels: readonly AxisLabel[];
}

export interface AxisLabel {
  readonly at: number;
  readonly text: string;
}

export type Point = readonly [number, number];

export interface Paint {
  readonly fill?: Colour;
  readonly stroke?: Colour;
  readonly width?: number;
  readonly dash?: readonly number[];
  /** Shown where the pointer rests. */
  readonly tip?: string;
}

export type Mark = Paint &
  (
    | {
        readonly kind: 'box';
        readonly from: Point;
        readonly to: Point;
        readonly inset?: number;
        readonly most?: number;
      }
    | { readonly kind: 'line'; readonly points: readonly Point[] }
    | { readonly kind: 'dot'; readonly at: Point; readonly radius: number }
    | {
        readonly kind: 'text';
        readonly at: Point;
        readonly text: string;
        /** Pixels from `at`, to the right and downwards. */
        readonly offset: Point;
        readonly align: 'left' | 'center' | 'right';
      }
  );

/** The two drawings of every chart: the style sheet shows the one that fits, so that letters keep their size. */
export interface Format {
  readonly name: 'wide' | 'narrow';
  readonly width: number;
  readonly left: number;
  readonly right: number;
}

export const WIDE: Format = { name: 'wide', width: 768, left: 52, right: 10 };
export const NARROW: Format = { name: 'narrow', width: 350, left: 44, right: 6 };

/** The one size of letters in drawings, the smallest of the page. */
export const LETTERS = 13;

/** How a bar stands in its period: a gap to its neighbours, and never as wide as a wall. */
export const BAR = { inset: 7, most: 96 } as const;

/** More tooltips than that nobody can hit, and each costs bytes. */
export const MOST_TIPS = 80;

export function withoutTip({ tip: _, ...mark }: Mark): Mark {
  return mark;
}

/** Boxes that do not overlap, those of a colour side by side: the drawing then says the colour once. */
export function byColour(marks: readonly Mark[]): Mark[] {
  const colours = new Set(marks.map(({ fill }) => fill));
  return [...colours].flatMap((fill) => marks.filter((mark) => mark.fill === fill));
}

type Shape = Readonly<Record<string, unknown>>;
type ToPixels = (point: Point) => Point;

interface ItemParams {
  readonly dataIndex: number;
}

interface ItemApi {
  coord(point: Point): readonly number[];
}

/** The ECharts option for `plot`: its axes, and one custom series that draws the marks in their order. */
export function chartOption(plot: Plot): Shape {
  return {
    animation: false,
    textStyle: { fontSize: LETTERS },
    grid: { ...plot.margin, outerBoundsMode: 'none' },
    xAxis: { ...axis(plot.x), position: 'bottom' },
    yAxis: axis(plot.y),
    series: [
      {
        type: 'custom',
        silent: true,
        clip: false,
        progressive: 0,
        data: plot.marks.map(() => [plot.x.min, plot.y.min]),
        renderItem: ({ dataIndex }: ItemParams, api: ItemApi): Shape | undefined => {
          const mark = plot.marks[dataIndex];
          return mark && shape(mark, (point) => pixels(api.coord(point)));
        },
      },
    ],
  };
}

function axis({ min, max, labels }: Axis): Shape {
  const texts = new Map(labels.map(({ at, text }) => [at, text]));
  return {
    type: 'value',
    min,
    max,
    axisLine: { show: false },
    axisTick: { show: false },
    splitLine: { show: false },
    axisLabel: {
      customValues: labels.map(({ at }) => at),
      formatter: (value: number) => texts.get(value) ?? '',
      color: colour('muted'),
      fontSize: LETTERS,
      lineHeight: LETTERS + 4,
      hideOverlap: false,
    },
  };
}

function pixels([x = 0, y = 0]: readonly number[]): Point {
  return [x, y];
}

function shape(mark: Mark, at: ToPixels): Shape {
  switch (mark.kind) {
    case 'box':
      return { type: 'rect', shape: box(mark, at), style: style(mark) };
    case 'line':
      return {
        type: 'polyline',
        shape: { points: mark.points.map(at) },
        style: { ...style(mark), fill: 'none' },
      };
    case 'dot': {
      const [cx, cy] = at(mark.at);
      return { type: 'circle', shape: { cx, cy, r: mark.radius }, style: style(mark) };
    }
    case 'text': {
      const [x, y] = at(mark.at);
      const [right, down] = mark.offset;
      const { text, align } = mark;
      const place = { x: x + right, y: y + down, align, verticalAlign: 'middle', fontSize: LETTERS };
      return { type: 'text', style: { ...style(mark), ...place, text } };
    }
  }
}

function box({ from, to, inset = 0, most = Infinity }: Extract<Mark, { kind: 'box' }>, at: ToPixels): Shape {
  const [x1, y1] = at(from);
  const [x2, y2] = at(to);
  const room = Math.abs(x2 - x1);
  const width = Math.min(most, Math.max(room - 2 * inset, room * 0.7));
  return {
    x: Math.min(x1, x2) + (room - width) / 2,
    y: Math.min(y1, y2),
    width,
    height: Math.abs(y2 - y1),
  };
}

function style({ fill, stroke, width = 1, dash }: Paint): Shape {
  return {
    fill: fill === undefined ? 'none' : colour(fill),
    ...(stroke !== undefined && { stroke: colour(stroke), lineWidth: width }),
    ...(dash !== undefined && { lineDash: dash }),
  };
}
