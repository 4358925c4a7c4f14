import type { ReportFailure } from '../../domain/report-model.ts';
import type { Chart } from './chart.ts';
import { clipped } from './deployments.ts';
import { shorten } from './escape.ts';
import { html, unbroken, type Content } from './markup.ts';
import { withoutTip, MOST_TIPS, WIDE, NARROW, type Format, type Mark, type Plot } from './plot.ts';
import { problemOf, where } from './rollout.ts';
import { durationAxis, log } from './scale.ts';
import { DASH, table } from './tables.ts';
import { eventMarks, ground, timeAxis, type ChartContext, type Slot } from './time-axis.ts';
import { count, counted, duration, MISSING, RULE_WORDS } from './words.ts';

const NAME_LENGTH = 60;

/** Failures as dots from their start to their end, as high as they were long. */
export function failuresChart(context: ChartContext, link: (id: string, text: string) => Content): Chart {
  const { failures, foldedFailures } = context.model;
  const open = failures.some(({ recoveredAt }) => recoveredAt === null);
  return {
    id: 'chart-failures',
    name: 'Failures and recoveries',
    title: title(context),
    description: description(context),
    keys: [
      {
        sign: 'warm dot',
        text: `failure, as high as it took long${foldedFailures === 0 ? '' : ` (of each period the longest are drawn)`}`,
      },
      { sign: 'ink small dot', text: 'its recovery' },
      ...(open ? [{ sign: 'open dot' as const, text: 'still open' }] : []),
      { sign: 'grey line', text: 'median of the period' },
    ],
    plots: failures.length === 0 ? null : { wide: plot(context, WIDE), narrow: plot(context, NARROW) },
    table: failures.length === 0 ? null : numbers(context, link),
  };
}

function title({ model, slots }: ChartContext): string {
  const total = model.failures.length + model.foldedFailures;
  if (total === 0) return 'No failure is known in this time';
  const focus = slots.find((slot) => slot.focus);
  const open = model.failures.filter(({ recoveredAt }) => recoveredAt === null).length;
  const still = open === 0 ? '' : `; ${count(open)} still open`;
  const all = `${counted(total, 'failure')} in all${still}`;
  if (focus === undefined) return all;
  const { value, reason, n } = focus.metrics.timeToRestore;
  if (value !== null && n === 1)
    return `The failure of ${focus.metrics.period} was over after ${duration(value)}; ${all}`;
  if (value !== null)
    return `Half of the failures of ${focus.metrics.period} were over within ${duration(value)}; ${all}`;
  return reason === 'no-failures'
    ? `No failure is known in ${focus.metrics.period}; ${all}`
    : `${MISSING[reason].why.slice(0, -1)}; ${all}`;
}

function description({ model }: ChartContext): string {
  const over = model.failures.flatMap((failure) => length(failure) ?? []).toSorted((a, b) => a - b);
  const [least, most] = [over[0], over.at(-1)];
  const range =
    least === undefined || most === undefined
      ? ''
      : ` Those that are over lasted from ${duration(least)} to ${duration(most)}.`;
  return `Each failure is a dot where it began and a dot where it was over, on a logarithmic axis of how long it lasted.${range}`;
}

/** Seconds until it was over; `null` while it is open. */
function length({ failureAt, recoveredAt }: ReportFailure): number | null {
  return recoveredAt === null ? null : Math.max(0, recoveredAt - failureAt) / 1000;
}

function plot(context: ChartContext, format: Format): Plot {
  const { slots, model } = context;
  const asOf = Date.parse(model.metrics.asOf);
  const x = timeAxis(slots, model.metrics.period, format);
  const inside = model.failures.filter(({ failureAt }) => failureAt >= x.min && failureAt < x.max);
  const until = (failure: ReportFailure): number => failure.recoveredAt ?? Math.max(asOf, failure.failureAt);
  const lasted = (failure: ReportFailure): number =>
    Math.max(60, (until(failure) - failure.failureAt) / 1000);
  const medians = slots.flatMap(({ metrics }) => metrics.timeToRestore.value ?? []);
  const y = durationAxis([3600, ...inside.map(lasted), ...medians.map((value) => Math.max(60, value))], 6);
  const margin = { top: 10, right: format.right, bottom: 42, left: format.left };
  const marks = [
    ...ground(slots, x, y),
    ...eventMarks(context, x, y, null),
    ...(slots.length <= MOST_TIPS ? slots.flatMap(median) : slots.flatMap(median).map(withoutTip)),
    ...inside.flatMap((failure) => dumbbell(failure, log(lasted(failure)), Math.min(until(failure), x.max))),
  ];
  return { width: format.width, height: 216, margin, x, y, marks };
}

function median({ start, end, metrics }: Slot): Mark[] {
  const { value } = metrics.timeToRestore;
  if (value === null) return [];
  const at = log(Math.max(60, value));
  const tip = `${metrics.period}: median ${duration(value)}`;
  return [
    {
      kind: 'line',
      points: [
        [start, at],
        [end, at],
      ],
      stroke: 'muted',
      width: 1.5,
      tip,
    },
  ];
}

function dumbbell(failure: ReportFailure, height: number, end: number): Mark[] {
  const { name, rule, failureAt, recoveredAt, repairedBy } = failure;
  const seconds = length(failure);
  const over = seconds === null ? 'still open' : `over after ${duration(seconds)}`;
  const tip = shorten(
    `${name}: ${RULE_WORDS[rule]}, ${over}${repairedBy === null ? '' : ` with ${repairedBy}`}`,
    160,
  );
  const points = [[failureAt, height] as const, [end, height] as const];
  return [
    { kind: 'line', points, stroke: 'warm', width: 1.5, tip },
    { kind: 'dot', at: [failureAt, height], radius: 5.5, fill: 'warm', stroke: 'paper', width: 1, tip },
    recoveredAt === null
      ? { kind: 'dot', at: [end, height], radius: 4, fill: 'paper', stroke: 'warm', width: 2, tip }
      : { kind: 'dot', at: [end, height], radius: 2.75, fill: 'ink', stroke: 'paper', width: 1.5, tip },
  ];
}

function numbers(
  { model, calendar }: ChartContext,
  link: (id: string, text: string) => Content,
): Chart['table'] {
  const { failures, foldedFailures } = model;
  const period = model.metrics.groups[0]?.periods[model.focus]?.period ?? '';
  const several = new Set(failures.map(({ component }) => component)).size > 1;
  const newest = failures.toSorted((a, b) => b.failureAt - a.failureAt);
  const rows = table<ReportFailure>(
    'Failures',
    [
      { heading: 'Deployment', cell: ({ deployment, name }) => link(deployment, name) },
      ...(several
        ? [
            {
              heading: 'Component',
              cell: ({ component }: ReportFailure) => clipped(component, NAME_LENGTH),
              text: true,
            },
          ]
        : []),
      ...(failures.some(({ rollout }) => rollout !== null && rollout.clusters.length > 0)
        ? [
            {
              heading: 'Cluster',
              cell: ({ rollout }: ReportFailure) => where(rollout) ?? DASH,
              text: true,
            },
          ]
        : []),
      { heading: 'Known by', cell: knownBy, text: true },
      { heading: 'Began', cell: ({ failureAt }) => calendar.minute(failureAt) },
      {
        heading: 'Over',
        cell: ({ recoveredAt }) => (recoveredAt === null ? 'open' : calendar.minute(recoveredAt)),
      },
      { heading: 'Lasted', cell: (failure) => lasted(failure) },
      {
        heading: 'Repaired by',
        cell: repairer,
        text: true,
      },
    ],
    newest,
  );
  const older =
    foldedFailures === 0
      ? null
      : html`<p class="small">
          ${counted(foldedFailures, 'shorter failure')} not listed. All of a period:
          <code>${unbroken(`dora-metrics explain time-to-restore --period ${period}`)}</code>
        </p>`;
  return html`<div id="failures">${rows}${older}</div>`;
}

function knownBy({ rule, rollout }: ReportFailure): Content {
  const problem = rule === 'rollout' ? problemOf(rollout) : null;
  return problem === null ? RULE_WORDS[rule] : html`${RULE_WORDS[rule]}: ${problem}`;
}

function repairer({ rule, recoveredAt, repairedBy }: ReportFailure): Content {
  if (repairedBy !== null) return clipped(repairedBy, NAME_LENGTH);
  return rule === 'rollout' && recoveredAt !== null ? 'itself' : DASH;
}

function lasted(failure: ReportFailure): string {
  const seconds = length(failure);
  return seconds === null ? DASH : duration(seconds);
}
