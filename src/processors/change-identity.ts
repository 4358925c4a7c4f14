import { compareText } from '../domain/compare.ts';
import type { Attribution } from './attribution.ts';
import type { CommitGraph } from './commit-graph.ts';
import type { RepositoryHistory } from './repository-history.ts';

/**
 * Which commits are one change: an original and its cherry-picked copies.
 *
 * Only commits that share a change with another one, or whose original is not in the clone, are in the maps; any other commit
 * is its own change.
 */
export interface ChangeIdentity {
  /** Graph index of a copy → index of its original, -1 when the clone lacks it. */
  readonly originals: ReadonlyMap<number, number>;
  /** Graph index → all commits of the same change, itself included. */
  readonly siblings: ReadonlyMap<number, readonly number[]>;
}

/**
 * Follows `(cherry picked from commit …)` to the original.
 *
 * A message with several such lines tells a chain, nearest last: the last sha that the clone has is followed. When it has none
 * of them, copies of the same missing original (the first sha named) still count as one change.
 */
export function identifyChanges({ graph, cherryPicks }: RepositoryHistory): ChangeIdentity {
  const abbreviated = new Set([...cherryPicks.values()].flat().filter((sha) => graph.indexOf(sha) < 0));
  const expanded = graph.expand(abbreviated);
  const sources = new Map<number, number | string>();
  for (const [copy, shas] of cherryPicks) {
    if (!graph.has(copy)) continue;
    const known = shas
      .map((sha) => expanded.get(sha) ?? graph.indexOf(sha))
      .filter((index) => graph.has(index));
    const nearest = known.findLast((index) => index !== copy);
    const missing = shas[0];
    if (nearest !== undefined) sources.set(copy, nearest);
    else if (missing !== undefined) sources.set(copy, missing);
  }
  return group(graph, sources);
}

function group(graph: CommitGraph, sources: ReadonlyMap<number, number | string>): ChangeIdentity {
  const originals = new Map<number, number>();
  const members = new Map<number | string, number[]>();
  for (const copy of sources.keys()) {
    const root = rootOf(graph, copy, sources);
    originals.set(copy, typeof root === 'number' ? root : -1);
    const known = members.get(root);
    if (known === undefined)
      members.set(root, typeof root === 'number' && root !== copy ? [root, copy] : [copy]);
    else if (root !== copy) known.push(copy);
  }
  const siblings = new Map<number, readonly number[]>();
  for (const commits of members.values()) for (const index of commits) siblings.set(index, commits);
  return { originals, siblings };
}

/** The end of the chain; of a chain that bites its own tail, the smallest sha. */
function rootOf(
  graph: CommitGraph,
  copy: number,
  sources: ReadonlyMap<number, number | string>,
): number | string {
  const seen = new Set<number>();
  let at: number | string = copy;
  while (typeof at === 'number' && !seen.has(at)) {
    seen.add(at);
    const next: number | string | undefined = sources.get(at);
    if (next === undefined) return at;
    at = next;
  }
  if (typeof at === 'string') return at;
  return [...seen].reduce((least, index) => (graph.sha(index) < graph.sha(least) ? index : least));
}

/**
 * For each change with several commits, the one that counts: the first to ship; of those that ship together the original,
 * else the smallest sha.
 *
 * Commits for which `counts` is false (excluded, of another component) take no part. Absent where none shipped.
 */
export function countedCommits(
  graph: CommitGraph,
  identity: ChangeIdentity,
  { owner }: Attribution,
  counts: (index: number) => boolean,
): ReadonlyMap<readonly number[], number> {
  const isBefore = (a: number, b: number): boolean => {
    const copies = Number(identity.originals.has(a)) - Number(identity.originals.has(b));
    return ((owner[a] ?? -1) - (owner[b] ?? -1) || copies || compareText(graph.sha(a), graph.sha(b))) < 0;
  };
  const counted = new Map<readonly number[], number>();
  for (const [index, commits] of identity.siblings) {
    if ((owner[index] ?? -1) < 0 || !counts(index)) continue;
    const best = counted.get(commits);
    if (best === undefined || isBefore(index, best)) counted.set(commits, index);
  }
  return counted;
}
