import { MINUTE } from '../../domain/units.ts';
import type { Dialect } from './medians.ts';
import type { BlamedIncident, Project } from './project.ts';
import { isIn, type BoardWindow } from './window.ts';

/**
 * Failed deployment recovery time (the report of 2023): from the end of the blamed deployment until the incident was resolved, for the
 * incidents that were resolved in the window and whose deployment finished in it. Ascending; MySQL drops seconds, PostgreSQL keeps them.
 */
export function recoveryTimes({ incidents }: Project, window: BoardWindow, dialect: Dialect): Float64Array {
  const minutes = incidents.flatMap(({ resolvedAt, deployment }) => {
    if (deployment === null || resolvedAt === null) return [];
    if (!isIn(resolvedAt, window) || !isIn(deployment.finishedAt, window)) return [];
    const span = (resolvedAt - deployment.finishedAt) / MINUTE;
    return [dialect === 'mysql' ? Math.trunc(span) : span];
  });
  return Float64Array.from(minutes).sort();
}

/** Time to restore service (the report of 2021): whole minutes from opened to resolved, of every incident that was resolved in the window. */
export function timesToResolve({ incidents }: Project, window: BoardWindow): Float64Array {
  return Float64Array.from(resolvedIn(incidents, window), ({ incident, resolvedAt }) =>
    Math.trunc(((resolvedAt ?? NaN) - incident.openedAt) / MINUTE),
  ).sort();
}

function resolvedIn(incidents: readonly BlamedIncident[], window: BoardWindow): readonly BlamedIncident[] {
  return incidents.filter(({ resolvedAt }) => isIn(resolvedAt, window));
}
