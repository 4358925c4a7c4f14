import { compareText } from '../domain/compare.ts';
import type { ChangeColumns, Dataset } from '../domain/dataset.ts';
import type { GroupBy } from '../domain/metrics-report.ts';
import { earlierOf } from './change-columns.ts';
import { deployedPullRequests } from './deployed-pull-requests.ts';
import type { Scope } from './scope.ts';

export interface NamedScope {
  readonly by: GroupBy | null;
  readonly key: string | null;
  readonly scope: Scope;
}

/** What a row must say for a scope to hold it. */
interface Place {
  readonly component: string;
  readonly repository: string;
}

/**
 * The whole dataset as one scope, or one scope for each component or repository, by name.
 *
 * A commit that touches several components of a repository is one change of each; in a scope that holds several of them it counts once,
 * where it shipped first. The same holds for a pull request, where that is what lead time is measured on.
 */
export function scopesOf(dataset: Dataset, by: GroupBy | null): NamedScope[] {
  if (by === null) return [{ by, key: null, scope: scopeOf(dataset, () => true) }];
  const { deployments, incidents, setAside } = dataset;
  const keyOf = (row: Place) => row[by];
  const keys = new Set([deployments, incidents, setAside].flatMap((rows) => rows.map(keyOf)));
  keys.delete('');
  return [...keys]
    .sort(compareText)
    .map((key) => ({ by, key, scope: scopeOf(dataset, (row) => keyOf(row) === key) }));
}

/** The rows for which `keep` says true. An incident belongs to what it says itself, whatever caused it. */
export function scopeOf(dataset: Dataset, keep: (row: Place) => boolean): Scope {
  const { deployments, changes, measured, incidents } = dataset;
  const kept = keptOf(dataset, keep);
  const parts = leadTimesByDeployment(
    measured,
    deployments.length,
    firstShipped(measured, deployments, kept),
  );
  const pullRequests = deployedPullRequests(changes, deployments, kept);
  const positions = [...deployments.keys()]
    .filter((position) => kept[position] === 1)
    .sort((a, b) => (deployments[a]?.finishedAt ?? 0) - (deployments[b]?.finishedAt ?? 0) || a - b);
  return {
    deployments: positions.flatMap((position) => deployments[position] ?? []),
    leadTimes: positions.map((position) => parts[position] ?? new Float64Array()),
    pullRequests: positions.map((position) => pullRequests.get(position) ?? []),
    incidents: incidents.filter(keep),
  };
}

/** The entries of `measured` that count in the scope for which `keep` says true. */
export function countedEntries(dataset: Dataset, keep: (row: Place) => boolean): number[] {
  const { deployments, measured } = dataset;
  const counts = firstShipped(measured, deployments, keptOf(dataset, keep));
  const entries: number[] = [];
  for (let entry = 0; entry < measured.length; entry += 1) if (counts(entry)) entries.push(entry);
  return entries;
}

function keptOf({ deployments }: Dataset, keep: (row: Place) => boolean): Uint8Array {
  return Uint8Array.from(deployments, (deployment) => Number(keep(deployment)));
}

/** Tells which rows count: those of kept deployments and, of rows with the same commit, the one that shipped first. */
function firstShipped(
  changes: ChangeColumns,
  deployments: Dataset['deployments'],
  kept: Uint8Array,
): (row: number) => boolean {
  const isKept = (row: number) => kept[changes.deployment[row] ?? -1] === 1;
  const { commits } = changes;
  if (commits === null) return isKept;
  const first = new Map<string, number>();
  const deploymentOf = (row: number) => changes.deployment[row] ?? -1;
  const keyOf = (row: number) =>
    `${deployments[changes.deployment[row] ?? -1]?.repository ?? ''}\n${commits[row] ?? ''}`;
  for (let row = 0; row < changes.length; row += 1) {
    if (!isKept(row)) continue;
    const other = first.get(keyOf(row));
    // at the same instant the component that comes first by name, so that the order of rows decides nothing
    if (
      other === undefined ||
      earlierOf(deployments, deploymentOf(other), deploymentOf(row)) !== deploymentOf(other)
    )
      first.set(keyOf(row), row);
  }
  return (row) => first.get(keyOf(row)) === row;
}

/** Splits the lead times by deployment; `keep` says which changes of the table belong to the scope. */
function leadTimesByDeployment(
  changes: ChangeColumns,
  deployments: number,
  keep: (row: number) => boolean,
): Float64Array[] {
  const counts = new Int32Array(deployments);
  for (let row = 0; row < changes.length; row += 1) {
    const deployment = changes.deployment[row] ?? -1;
    if (deployment >= 0 && keep(row)) counts[deployment] = (counts[deployment] ?? 0) + 1;
  }
  const parts = Array.from(counts, (count) => new Float64Array(count));
  counts.fill(0);
  for (let row = 0; row < changes.length; row += 1) {
    const deployment = changes.deployment[row] ?? -1;
    const part = parts[deployment];
    if (part === undefined || !keep(row)) continue;
    part[counts[deployment] ?? 0] = changes.leadTime[row] ?? NaN;
    counts[deployment] = (counts[deployment] ?? 0) + 1;
  }
  return parts;
}
