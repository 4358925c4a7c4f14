import { compareText } from '../domain/compare.ts';
import type { Dataset } from '../domain/dataset.ts';
import { clustersOf } from '../domain/deployment.ts';
import type { GroupBy } from '../domain/metrics-report.ts';
import type { TeamSettings } from '../domain/settings.ts';
import { teamMatcher, type Place } from '../domain/teams.ts';
import { byPlace, partition } from './partition.ts';
import type { Scope } from './scope.ts';

export interface NamedScope {
  readonly by: GroupBy | null;
  /** `null` for the whole dataset, and among teams and clusters for what belongs to none. */
  readonly key: string | null;
  readonly scope: Scope;
}

const ONLY: readonly number[] = [0];
const NONE: readonly number[] = [];

/**
 * The whole dataset as one scope, or one scope for each component, repository, team or cluster, by name.
 *
 * Each of `teams` has a scope, also one that holds nothing; what belongs to several teams or clusters is in each of them, and what belongs to
 * none in a last scope, which is there only where it has something to hold.
 */
export function scopesOf(
  dataset: Dataset,
  by: GroupBy | null,
  teams: readonly TeamSettings[] = [],
): NamedScope[] {
  switch (by) {
    case null:
      return [{ by, key: null, scope: scopeOf(dataset, () => true) }];
    case 'team':
      return scopesOfTeams(dataset, teams);
    case 'cluster':
      return scopesOfClusters(dataset);
    case 'component':
    case 'repository':
      return scopesByName(dataset, by);
  }
}

/** The rows for which `keep` says true. */
export function scopeOf(dataset: Dataset, keep: (place: Place) => boolean): Scope {
  const [scope] = partition(
    dataset,
    1,
    byPlace((place) => (keep(place) ? ONLY : NONE)),
  );
  return scope ?? { deployments: [], leadTimes: [], pullRequests: [], incidents: [] };
}

/** Every place that something of the dataset is in, those of no single component as well; may repeat. */
export function placesOf({ deployments, incidents, setAside }: Dataset): readonly Place[] {
  return [...deployments, ...incidents, ...setAside];
}

function scopesByName(dataset: Dataset, by: 'component' | 'repository'): NamedScope[] {
  const names = new Set(placesOf(dataset).map((place) => place[by]));
  names.delete('');
  const keys = [...names].sort(compareText);
  const numbers = new Map(keys.map((key, number) => [key, [number]]));
  const scopes = partition(
    dataset,
    keys.length,
    byPlace((place) => numbers.get(place[by]) ?? NONE),
  );
  return scopes.map((scope, number) => ({ by, key: keys[number] ?? '', scope }));
}

function scopesOfTeams(dataset: Dataset, teams: readonly TeamSettings[]): NamedScope[] {
  const ordered = teams.toSorted((a, b) => compareText(a.name, b.name));
  const matchers = ordered.map(teamMatcher);
  const rest = [ordered.length];
  const groupsOf = remembered((place) => {
    const found = [...matchers.keys()].filter((number) => matchers[number]?.(place) === true);
    return found.length === 0 ? rest : found;
  });
  const hasRest =
    dataset.incidents.some((incident) => groupsOf(incident) === rest) ||
    placesOf(dataset).some((place) => place.component !== '' && groupsOf(place) === rest);
  return partition(dataset, ordered.length + 1, byPlace(groupsOf))
    .map((scope, number): NamedScope => ({ by: 'team', key: ordered[number]?.name ?? null, scope }))
    .slice(0, hasRest ? undefined : -1);
}

/** An incident names no cluster: it belongs where the deployment that caused it was seen. */
function scopesOfClusters(dataset: Dataset): NamedScope[] {
  const { deployments, incidents } = dataset;
  const clusters = new Map(
    deployments.map((deployment) => [deployment.id, clustersOf(deployment).map(({ name }) => name)]),
  );
  const keys = [...new Set([...clusters.values()].flat())].sort(compareText);
  const numbers = new Map(keys.map((key, number) => [key, number]));
  const rest = [keys.length];
  const groups = new Map(
    [...clusters].map(([id, names]) => [id, names.flatMap((name) => numbers.get(name) ?? [])]),
  );
  const groupsOf = (id: string | null): readonly number[] => {
    const found = groups.get(id ?? '') ?? NONE;
    return found.length === 0 ? rest : found;
  };
  const hasRest =
    keys.length === 0 ||
    deployments.some(({ id }) => groupsOf(id) === rest) ||
    incidents.some(({ deployment }) => groupsOf(deployment) === rest);
  return partition(dataset, keys.length + 1, {
    deployment: ({ id }) => groupsOf(id),
    incident: ({ deployment }) => groupsOf(deployment),
  })
    .map((scope, number): NamedScope => ({ by: 'cluster', key: keys[number] ?? null, scope }))
    .slice(0, hasRest ? undefined : -1);
}

/** The same function, asked once for each place: there are many more rows than places. */
function remembered(groupsOf: (place: Place) => readonly number[]): (place: Place) => readonly number[] {
  const known = new Map<string, Map<string, readonly number[]>>();
  return (place) => {
    const own = known.get(place.repository) ?? new Map<string, readonly number[]>();
    known.set(place.repository, own);
    const groups = own.get(place.component) ?? groupsOf(place);
    own.set(place.component, groups);
    return groups;
  };
}
