import type { ChangeColumns, Dataset } from '../domain/dataset.ts';
import type { AssessedDeployment } from '../domain/deployment.ts';
import type { Incident } from '../domain/incident.ts';
import type { Place } from '../domain/teams.ts';
import { earlierOf } from './change-columns.ts';
import { deployedPullRequests, hasKnownTimes } from './deployed-pull-requests.ts';
import { EntriesByDeployment } from './entries-by-deployment.ts';
import type { Scope } from './scope.ts';

/** The numbers of the scopes that hold a row. */
export interface Grouping {
  readonly deployment: (row: AssessedDeployment) => readonly number[];
  readonly incident: (row: Incident) => readonly number[];
}

/** Whatever is in the same place is in the same scopes. An incident belongs to what it says itself, whatever caused it. */
export function byPlace(groupsOf: (place: Place) => readonly number[]): Grouping {
  return { deployment: groupsOf, incident: groupsOf };
}

/**
 * The rows of a dataset dealt out to `groups` scopes in one pass.
 *
 * A row may be in several scopes, and in none. A commit that touches several components of a repository is one change of each; in a scope
 * that holds several of them it counts once, where it shipped first. The same holds for a pull request, where that is what lead time is
 * measured on.
 */
export function partition(dataset: Dataset, groups: number, groupsOf: Grouping): Scope[] {
  const { deployments, changes, measured, incidents } = dataset;
  const entries = new EntriesByDeployment(measured, deployments.length);
  const rows = measured === changes ? entries : new EntriesByDeployment(changes, deployments.length);
  // most histories know numbers of pull requests only, and need not be walked through
  const hasTimes = hasKnownTimes(changes);
  const parts = Array.from({ length: groups }, () => ({
    positions: new Array<number>(),
    incidents: new Array<Dataset['incidents'][number]>(),
  }));
  for (const [position, deployment] of deployments.entries())
    for (const group of groupsOf.deployment(deployment)) parts[group]?.positions.push(position);
  for (const incident of incidents)
    for (const group of groupsOf.incident(incident)) parts[group]?.incidents.push(incident);
  return parts.map((part) => {
    const positions = inOrderOfTime(part.positions, deployments);
    const counts = countedOf(dataset, positions, entries);
    const pullRequests = hasTimes ? deployedPullRequests(dataset, positions, rows) : null;
    return {
      deployments: positions.flatMap((position) => deployments[position] ?? []),
      leadTimes: positions.map((position) => leadTimesOf(measured, entries.of(position), counts)),
      pullRequests: positions.map((position) => pullRequests?.get(position) ?? []),
      incidents: part.incidents,
    };
  });
}

/** The entries of `measured`, ascending, that count in the scope of the places for which `keep` says true. */
export function countedEntries(dataset: Dataset, keep: (place: Place) => boolean): number[] {
  const { deployments, measured } = dataset;
  const positions = [...deployments.keys()].filter((position) => {
    const deployment = deployments[position];
    return deployment !== undefined && keep(deployment);
  });
  const entries = new EntriesByDeployment(measured, deployments.length);
  const counts = countedOf(dataset, positions, entries);
  const kept = new Uint8Array(deployments.length);
  for (const position of positions) kept[position] = 1;
  const found: number[] = [];
  for (let entry = 0; entry < measured.length; entry += 1)
    if (kept[measured.deployment[entry] ?? -1] === 1 && counts(entry)) found.push(entry);
  return found;
}

function inOrderOfTime(positions: readonly number[], deployments: Dataset['deployments']): number[] {
  const timeOf = (position: number) => deployments[position]?.finishedAt ?? 0;
  return positions.toSorted((a, b) => timeOf(a) - timeOf(b) || a - b);
}

/** Tells which entries of the deployments at `positions` count: of those with the same commit only the one that shipped first. */
function countedOf(
  { deployments, measured }: Dataset,
  positions: readonly number[],
  entries: EntriesByDeployment,
): (entry: number) => boolean {
  const { commits } = measured;
  const repositories = commits === null ? [] : withSeveralComponents(positions, deployments);
  if (commits === null || repositories.length === 0) return () => true;
  const repeated = new Set<number>();
  const deploymentOf = (entry: number) => measured.deployment[entry] ?? -1;
  // at the same instant the component that comes first by name, so that the order of rows decides nothing
  const isEarlier = (entry: number, other: number) =>
    deploymentOf(entry) !== deploymentOf(other) &&
    earlierOf(deployments, deploymentOf(entry), deploymentOf(other)) === deploymentOf(entry);
  for (const own of repositories) {
    const first = new Map<string, number>();
    for (const position of own) {
      for (const entry of entries.of(position)) {
        const commit = commits[entry] ?? '';
        const other = first.get(commit);
        const isFirst = other === undefined || isEarlier(entry, other);
        if (isFirst) first.set(commit, entry);
        if (other !== undefined) repeated.add(isFirst ? other : entry);
      }
    }
  }
  return (entry) => !repeated.has(entry);
}

/** The positions by repository, only of repositories of which several components are there: nowhere else a commit stands twice. */
function withSeveralComponents(
  positions: readonly number[],
  deployments: Dataset['deployments'],
): readonly (readonly number[])[] {
  const found = new Map<string, { readonly components: Set<string>; readonly positions: number[] }>();
  for (const position of positions) {
    const { repository = '', component = '' } = deployments[position] ?? {};
    const entry = found.get(repository) ?? { components: new Set<string>(), positions: [] };
    found.set(repository, entry);
    entry.components.add(component);
    entry.positions.push(position);
  }
  return [...found.values()].filter(({ components }) => components.size > 1).map(({ positions: own }) => own);
}

function leadTimesOf(
  { leadTime }: ChangeColumns,
  entries: Int32Array,
  counts: (entry: number) => boolean,
): Float64Array {
  const values = new Float64Array(entries.length);
  let length = 0;
  for (const entry of entries) {
    if (!counts(entry)) continue;
    values[length] = leadTime[entry] ?? NaN;
    length += 1;
  }
  return values.slice(0, length);
}
