import type { Dialect } from './medians.ts';
import type { MeasuredPullRequest, Project } from './project.ts';
import { isIn, type BoardWindow } from './window.ts';

/** Minutes of the pull requests that a board measures lead time on, ascending. */
export function cycleTimes({ pullRequests }: Project, window: BoardWindow, dialect: Dialect): Float64Array {
  return Float64Array.from(
    pullRequests.filter((one) => isMeasured(one, window, dialect)),
    ({ cycleTime }) => cycleTime,
  ).sort();
}

/** MySQL takes those whose deployment finished in the window; PostgreSQL those that were merged in it, deployed or not. */
export function isMeasured(
  { mergedAt, deployment }: MeasuredPullRequest,
  window: BoardWindow,
  dialect: Dialect,
): boolean {
  return isIn(dialect === 'mysql' ? (deployment?.finishedAt ?? null) : mergedAt, window);
}
