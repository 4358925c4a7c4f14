import type { Axis, AxisLabel } from './plot.ts';

/** Steps on the way from seconds to years that people know by name. */
const LADDER: readonly (readonly [number, string])[] = [
  [1, '1 s'],
  [10, '10 s'],
  [60, '1 min'],
  [600, '10 min'],
  [3600, '1 h'],
  [21_600, '6 h'],
  [86_400, '1 d'],
  [3 * 86_400, '3 d'],
  [7 * 86_400, '7 d'],
  [14 * 86_400, '14 d'],
  [30 * 86_400, '30 d'],
  [90 * 86_400, '90 d'],
  [365.25 * 86_400, '1 y'],
  [3 * 365.25 * 86_400, '3 y'],
  [10 * 365.25 * 86_400, '10 y'],
  [30 * 365.25 * 86_400, '30 y'],
];

/** From zero to a round number at or above `most`, with at most four steps that are whole numbers. */
export function countAxis(most: number): Axis {
  const step = niceStep(Math.max(most, 1) / 3);
  const max = Math.max(1, Math.ceil(most / step)) * step;
  return { min: 0, max, labels: steps(max, step, (value) => String(value)) };
}

/** From zero to a round share at or above `most`. */
export function shareAxis(most: number): Axis {
  const max = [0.1, 0.2, 0.4, 0.6, 0.8].find((limit) => most <= limit) ?? 1;
  const labels = steps(max, max / 2, (value) => `${String(Math.round(value * 100))}\u00a0%`);
  return { min: 0, max, labels };
}

/** A logarithmic axis of durations: the coordinates are those that `log` gives. */
export function durationAxis(seconds: readonly number[], mostLabels: number): Axis {
  const min = log(Math.min(...seconds)) - 0.12;
  const max = Math.max(log(Math.max(...seconds)) + 0.12, min + 0.7);
  const inside = LADDER.filter(([value]) => log(value) >= min && log(value) <= max);
  const labels = thin(inside, (max - min) / mostLabels);
  return { min, max, labels };
}

/** Where a duration lies on a logarithmic axis. Below a second all are one: an axis cannot reach zero. */
export function log(seconds: number): number {
  return Math.log10(Math.max(seconds, 1));
}

function thin(ladder: readonly (readonly [number, string])[], distance: number): AxisLabel[] {
  const kept: AxisLabel[] = [];
  for (const [seconds, text] of ladder) {
    const at = log(seconds);
    const last = kept.at(-1);
    if (last === undefined || at - last.at >= distance) kept.push({ at, text: text.replace(' ', '\u00a0') });
  }
  return kept;
}

function steps(max: number, step: number, text: (value: number) => string): AxisLabel[] {
  return Array.from({ length: Math.round(max / step) + 1 }, (_, index) => {
    return { at: index * step, text: text(index * step) };
  });
}

function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(least, 1)));
  return ([1, 2, 5].find((factor) => factor * power >= least) ?? 10) * power;
}
