import type { Period } from '../calculators/periods.ts';
import { counted } from '../domain/counted.ts';
import type { AssessedDeployment } from '../domain/deployment.ts';
import type { ReportEvent, ReportModel } from '../domain/report-model.ts';

/** More marks than that nobody can tell apart. */
const MOST_EVENTS = 12;

interface Weighed extends ReportEvent {
  /** Commits that it brought. */
  readonly weight: number;
}

/**
 * What explains a step in the charts: the first known deployment of a component, and history that was merged in, by id of the deployment.
 *
 * Of too many the ones that brought most commits. Where there are more components than marks, every first deployment is one of many and
 * says nothing of the whole.
 */
export function eventsOf(
  deployments: readonly AssessedDeployment[],
  imported: ReadonlyMap<string, number>,
  periods: readonly Period[],
): Pick<ReportModel, 'events' | 'foldedEvents'> {
  const start = periods[0]?.start ?? -Infinity;
  const end = periods.at(-1)?.end ?? Infinity;
  const components = new Set(deployments.map(({ repository, component }) => `${repository}\n${component}`));
  const all = deployments
    .filter(({ finishedAt }) => finishedAt >= start && finishedAt < end)
    .flatMap((deployment) => eventOf(deployment, imported, components.size > 1) ?? []);
  const marked = all
    .filter(({ kind }) => kind !== 'baseline' || components.size <= MOST_EVENTS)
    .sort((a, b) => b.weight - a.weight)
    .slice(0, MOST_EVENTS)
    .sort((a, b) => a.at - b.at);
  return {
    events: marked.map(({ at, kind, label }) => ({ at, kind, label })),
    foldedEvents: all.length - marked.length,
  };
}

function eventOf(
  { id, baseline, finishedAt: at, name, component }: AssessedDeployment,
  imported: ReadonlyMap<string, number>,
  isOneOfSeveral: boolean,
): Weighed | null {
  if (baseline) {
    const whose = isOneOfSeveral ? ` of ${component}` : '';
    return { at, kind: 'baseline', label: `first known deployment${whose}: ${name}`, weight: 0 };
  }
  const commits = imported.get(id);
  if (commits === undefined) return null;
  const where = isOneOfSeveral ? `into ${component}` : 'in';
  const label = `history of ${counted(commits, 'commit')} merged ${where}`;
  return { at, kind: 'imported-history', label, weight: commits };
}
