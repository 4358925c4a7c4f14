import { CustomChart } from 'echarts/charts';
import { GridComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { escapeHtml } from './escape.ts';
import { chartOption, LETTERS, type Plot } from './plot.ts';

use([CustomChart, GridComponent, SVGRenderer]);

/** An element of the drawing: where it is, how it looks, what its tooltip says. */
interface Element {
  readonly name: string;
  readonly place: string;
  readonly paint: string;
  readonly text: string;
  readonly tip: string | undefined;
}

const ELEMENT = /<(path|circle|polyline|text)((?: [\w:-]+="[^"]*")*)>([^<]*)<\/\1>/gu;
const ATTRIBUTE = / ([\w:-]+)="([^"]*)"/gu;
const PLACES = new Set(['d', 'points', 'cx', 'cy', 'r', 'x', 'y', 'transform']);

/** The inside of an `<svg>` for `plot`: no id, class, style or script, and the same text however often it is drawn. */
export function draw(plot: Plot): string {
  const chart = init(null, null, {
    renderer: 'svg',
    ssr: true,
    width: plot.width,
    height: plot.height,
  });
  try {
    chart.setOption(chartOption(plot));
    return runs(elements(chart.renderToSVGString(), plot), ({ tip }) => tip)
      .map(withTip)
      .join('');
  } finally {
    // without it a timer keeps the process alive
    chart.dispose();
  }
}

/**
 * ECharts numbers its classes through the life of the process and writes style attributes, which the policy of the page
 * forbids. Only presentation attributes are kept; letters get their size from the style sheet.
 */
function elements(svg: string, plot: Plot): Element[] {
  const all = [...svg.matchAll(ELEMENT)].map(([, name = '', attributes = '', text = '']) => {
    let place = '';
    let paint = '';
    let tip: string | undefined;
    for (const [, key = '', value = ''] of attributes.matchAll(ATTRIBUTE)) {
      if (PLACES.has(key)) place += ` ${key}="${shortest(rounded(value))}"`;
      else if (key === 'style') paint += letters(value);
      else if (key === 'ecmeta_data_index') tip = plot.marks[Number(value)]?.tip;
      else if (/^(?:fill|stroke|text-anchor)/u.test(key)) paint += ` ${key}="${value}"`;
    }
    return { name, place, paint, text, tip };
  });
  // ECharts frames its letters with paths that nobody sees
  return all.filter(({ name, paint }) => name === 'text' || paint !== ' fill="none"');
}

/** Neighbours that share a tooltip stand in one group, so that it is there once. */
function withTip(all: readonly Element[]): string {
  const tip = all[0]?.tip;
  const inside = runs(all, ({ paint }) => paint)
    .map(withPaint)
    .join('');
  return tip === undefined ? inside : `<g><title>${escapeHtml(tip)}</title>${inside}</g>\n`;
}

/** Neighbours that look alike stand in one group that says how; paths become one. */
function withPaint(all: readonly Element[]): string {
  const paint = all[0]?.paint ?? '';
  if (all.length < 3) return all.map((element) => tag(element, paint)).join('');
  const inside = runs(all, pathOnly).map((run) => {
    const [first] = run;
    if (run.length < 2 || first === undefined || pathOnly(first) === undefined) {
      return run.map((element) => tag(element, '')).join('');
    }
    return `<path d="${run.map((element) => element.place.slice(4, -1)).join('')}"/>`;
  });
  return `<g${paint}>${inside.join('')}</g>\n`;
}

/** Whether all that places an element is its path. */
function pathOnly({ place }: Element): string | undefined {
  return /^ d="[^"]*"$/u.test(place) ? 'path' : undefined;
}

function tag({ name, place, text }: Element, paint: string): string {
  return `<${name}${place}${paint}${text === '' ? '/>' : `>${text}</${name}>`}`;
}

function runs<Item>(items: readonly Item[], key: (item: Item) => string | undefined): Item[][] {
  const found: Item[][] = [];
  for (const item of items) {
    const last = found.at(-1);
    if (last?.[0] !== undefined && key(last[0]) === key(item)) last.push(item);
    else found.push([item]);
  }
  return found;
}

function letters(css: string): string {
  const size = /font-size:(\d+)px/u.exec(css)?.[1];
  return size === undefined || Number(size) === LETTERS ? '' : ` font-size="${size}"`;
}

function rounded(numbers: string): string {
  return numbers.replace(/-?\d+\.\d{2,}(?:e-\d+)?/gu, (number) =>
    String(Math.round(Number(number) * 10) / 10 + 0),
  );
}

/** A box in the fewest letters: `h` and `v` for its sides. */
function shortest(place: string): string {
  return place.replace(/^(M\S+ \S+)l(\S+) 0l0 (\S+)l-\2 0Z$/u, '$1h$2v$3h-$2Z');
}
