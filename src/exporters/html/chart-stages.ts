import type { LeadTimeStages, PeriodMetrics } from '../../domain/metrics-report.ts';
import type { Chart } from './chart.ts';
import type { Colour } from './palette.ts';
import { NARROW, WIDE, type Format, type Mark, type Plot } from './plot.ts';
import { table } from './tables.ts';
import type { ChartContext } from './time-axis.ts';
import { count, counted, duration, list } from './words.ts';

type StageName = 'coding' | 'pickup' | 'review' | 'deploy';

interface Stage {
  readonly name: StageName;
  /** Neighbours differ in lightness, so that they can be told apart in grey print and without colours. */
  readonly colour: Colour;
  /** What takes the time, as the subject of a sentence. */
  readonly subject: string;
  readonly from: string;
  readonly to: string;
}

const STAGES: readonly Stage[] = [
  { name: 'coding', colour: 'ink', subject: 'Coding', from: 'the first commit', to: 'the opening' },
  {
    name: 'pickup',
    colour: 'ink3',
    subject: 'Waiting for a first review',
    from: 'the opening',
    to: 'the first review by another person',
  },
  { name: 'review', colour: 'muted', subject: 'Review', from: 'the first review', to: 'the merge' },
  {
    name: 'deploy',
    colour: 'ink2',
    subject: 'Waiting to be deployed',
    from: 'the merge',
    to: 'the first deployment',
  },
];

/** A stage of which the median is known, in seconds. */
interface Part extends Stage {
  readonly median: number;
  /** How many pull requests have it. */
  readonly n: number;
}

const NAMES = { id: 'chart-stages', name: 'Lead time by stage' } as const;

/** Where the time of the pull requests of the focus period went: one bar, a part a stage. */
export function stagesChart({ slots }: ChartContext): Chart {
  const focus = slots.find((slot) => slot.focus)?.metrics;
  const parts = focus === undefined ? [] : partsOf(focus.leadTime.stages);
  if (focus === undefined || parts.length === 0) {
    const asked = slots.some(({ metrics }) => metrics.leadTime.stages.n > 0);
    const title = missing(focus, asked);
    return { ...NAMES, title, description: title, keys: [], plots: null, table: null };
  }
  return {
    ...NAMES,
    title: titleOf(parts, focus),
    description: `One bar, its parts as long as the medians: ${list(parts.map(({ name, median }) => `${name} ${duration(median)}`))}.`,
    keys: [],
    plots: parts.every(({ median }) => median === 0)
      ? null
      : { wide: plot(parts, WIDE), narrow: plot(parts, NARROW) },
    table: numbers(parts),
  };
}

/** What the reader must know about the numbers; `null` where there are none. */
export function stagesNote({ slots }: ChartContext): string | null {
  const stages = slots.find((slot) => slot.focus)?.metrics.leadTime.stages;
  if (stages === undefined || stages.n === 0) return null;
  const { n, reviewed } = stages;
  const reviews =
    reviewed === 0
      ? 'None was reviewed by another person before it was merged, so pickup and review are not known.'
      : reviewed === n
        ? 'Another person reviewed every one of them before it was merged.'
        : `Pickup and review are of the ${count(reviewed)} that another person reviewed before they were merged.`;
  return `Each part is the median of its stage alone, so together they are not the lead time. ${reviews}`;
}

function partsOf(stages: LeadTimeStages): Part[] {
  return STAGES.flatMap((stage) => {
    const median = stages[stage.name];
    const isReviewed = stage.name === 'pickup' || stage.name === 'review';
    return median === null ? [] : [{ ...stage, median, n: isReviewed ? stages.reviewed : stages.n }];
  });
}

function missing(focus: PeriodMetrics | undefined, asked: boolean): string {
  if (focus !== undefined && asked)
    return `No pull request was first deployed in ${focus.period}, so there are no stages to show`;
  return 'How long coding, review and deployment take is not known: set GITHUB_TOKEN and run dora-metrics extract';
}

function titleOf(parts: readonly Part[], { period, leadTime }: PeriodMetrics): string {
  const whole = `${counted(leadTime.stages.n, 'pull request')} of ${period}`;
  const longest = parts.toSorted((a, b) => b.median - a.median)[0];
  if (longest === undefined || longest.median === 0)
    return `No stage took any time in the median of ${whole}`;
  return `${longest.subject} takes longest: ${duration(longest.median)} in the median of ${whole}`;
}

/** Pixels from the bottom of the plot upwards: two lines of letters, the lines that lead to them, the bar. */
const VALUE = 8;
const NAME = 26;
const LEADER = 38;
const BAR = 60;
const TOP = 92;

function plot(parts: readonly Part[], format: Format): Plot {
  const total = parts.reduce((sum, { median }) => sum + median, 0);
  const x = { min: 0, max: total, labels: [] };
  const y = { min: 0, max: TOP, labels: [] };
  const margin = { top: 6, right: format.right, bottom: 6, left: format.left };
  const room = format.width - format.left - format.right;
  let end = 0;
  const ends = parts.map(({ median }) => (end += median));
  const middles = parts.map(({ median }, index) => ((ends[index] ?? 0) - median / 2) / total);
  const letters = spread(middles, Math.min(1 / parts.length, 92 / room));
  const marks = parts.flatMap((part, index) => {
    const to = ends[index] ?? 0;
    const label = (letters[index] ?? 0) * total;
    return marksOf(part, { from: to - part.median, to, label });
  });
  return { width: format.width, height: TOP + margin.top + margin.bottom, margin, x, y, marks };
}

/** Where the letters of each place may stand, as near to it as their distance allows. All are shares of the width, in order. */
function spread(places: readonly number[], distance: number): number[] {
  const found: number[] = [];
  for (const place of places) found.push(Math.max(place, (found.at(-1) ?? -distance / 2) + distance));
  let most = 1 - distance / 2;
  return found
    .toReversed()
    .map((place) => {
      const at = Math.min(place, most);
      most = at - distance;
      return at;
    })
    .toReversed();
}

interface Place {
  readonly from: number;
  readonly to: number;
  /** Where its letters stand. */
  readonly label: number;
}

function marksOf({ name, median, colour, from, to }: Part, place: Place): Mark[] {
  const tip = `${name}: from ${from} to ${to}, ${duration(median)}`;
  const middle = (place.from + place.to) / 2;
  const points = [[middle, BAR] as const, [middle, BAR - 5] as const, [place.label, LEADER] as const];
  const text = { align: 'center', offset: [0, 0] } as const;
  return [
    {
      kind: 'box',
      from: [place.from, BAR],
      to: [place.to, TOP],
      fill: colour,
      stroke: 'paper',
      width: 1.5,
      tip,
    },
    { kind: 'line', points, stroke: 'muted', width: 1 },
    { kind: 'text', at: [place.label, NAME], text: name, fill: 'muted', ...text },
    { kind: 'text', at: [place.label, VALUE], text: duration(median), fill: 'text', ...text },
  ];
}

function numbers(parts: readonly Part[]): Chart['table'] {
  return table<Part>(
    'Lead time by stage',
    [
      { heading: 'Stage', cell: ({ name }) => name },
      { heading: 'From', cell: ({ from }) => from, text: true },
      { heading: 'To', cell: ({ to }) => to, text: true },
      { heading: 'Pull requests', cell: ({ n }) => count(n) },
      { heading: 'Median', cell: ({ median }) => duration(median) },
    ],
    parts,
  );
}
