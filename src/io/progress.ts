import { printable } from '../domain/printable.ts';
import type { Progress } from './ports.ts';

export interface ProgressTarget {
  readonly isTTY: boolean;
  readonly columns: number;
  write(text: string): unknown;
}

/** Redrawing more often than this costs more than it tells. */
const EVERY_MS = 100;

export const silentProgress: Progress = { isShown: false, update: () => undefined, done: () => undefined };

/**
 * One line at the bottom of a terminal, redrawn; nothing at all where nobody watches.
 *
 * `now` is in milliseconds. The line is cut to the width and cleared when done, so that it never mixes with the result.
 */
export function terminalProgress(target: ProgressTarget, now: () => number): Progress {
  if (!target.isTTY || target.columns <= 0) return silentProgress;
  let drawnAt = -Infinity;
  let isDrawn = false;
  return {
    isShown: true,
    update(text) {
      if (now() - drawnAt < EVERY_MS) return;
      drawnAt = now();
      isDrawn = true;
      target.write(`\r\u001b[2K${printable(text).slice(0, target.columns - 1)}`);
    },
    done() {
      if (isDrawn) target.write('\r\u001b[2K');
      isDrawn = false;
      drawnAt = -Infinity;
    },
  };
}
