import { compareText } from '../domain/compare.ts';
import type { Deployment } from '../domain/deployment.ts';
import { attribute, type Attribution } from './attribution.ts';
import { countedCommits, type ChangeIdentity, type Original } from './change-identity.ts';
import { isExcluded } from './exclusion.ts';
import { BitSet, type ComponentMembers, type RepositoryHistory } from './repository-history.ts';

/** The deployments of one component in order, with what each of them shipped. */
export interface Timeline {
  readonly component: string;
  /** In order of `finishedAt`; at the same instant ancestors first, then by id. */
  readonly deployments: readonly Deployment[];
  /** Graph index of each one's revision. */
  readonly revisions: readonly number[];
  /** Position of the first one that succeeded; -1 where none did. What lies behind it was there before. */
  readonly baseline: number;
  /** What each one that succeeded shipped; the others shipped nothing. */
  readonly attribution: Attribution;
  /** Whether the commit touches the component. Merges touch nothing. */
  readonly touches: (index: number) => boolean;
  /** Whether the commit came with history that was merged in from elsewhere. */
  readonly isImported: (index: number) => boolean;
  /** Whether a person said that the commit does not count, itself or with what it came by. */
  readonly isIgnored: (index: number) => boolean;
  /** What a commit carries: itself, where it is no copy. */
  readonly originalsOf: (index: number) => readonly Original[];
  /** The commit that counts for an original, `null` where none that carries it has shipped. */
  readonly countedFor: (original: Original) => number | null;
}

/** What a timeline is made from. */
export interface FoundDeployments {
  readonly deployments: readonly Deployment[];
  readonly isIgnored: (index: number) => boolean;
}

/** Orders the deployments of a component, each found once, and works out what each shipped. All revisions must be in the graph. */
export function timelineOf(
  history: RepositoryHistory,
  { settings, members }: ComponentMembers,
  { deployments: found, isIgnored }: FoundDeployments,
  identity: ChangeIdentity,
): Timeline {
  const { graph } = history;
  const ranked = found
    .map((deployment) => ({ deployment, revision: graph.indexOf(deployment.revision) }))
    .sort(
      (a, b) =>
        a.deployment.finishedAt - b.deployment.finishedAt ||
        graph.level(a.revision) - graph.level(b.revision) ||
        compareText(a.deployment.id, b.deployment.id),
    );
  const revisions = ranked.map(({ revision }) => revision);
  const hasSucceeded = ranked.map(({ deployment }) => deployment.outcome === 'succeeded');
  const baseline = hasSucceeded.indexOf(true);
  const attribution = attribute(
    graph,
    revisions.map((revision, position) => (hasSucceeded[position] === true ? revision : -1)),
  );
  const touches = (index: number) => members === null || members.has(index);
  const isImported = importedHistory(history, revisions[baseline]);
  const counted = countedCommits(
    history,
    identity,
    attribution,
    (index, original) =>
      // a merge is no change, but the copy of one that has shipped repeats what came with it
      (graph.parentCount(index) > 1 || touches(index)) &&
      !isIgnored(index) &&
      !isExcluded(history, identity, index, original) &&
      !isImported(index),
  );
  return {
    component: settings.name,
    deployments: ranked.map(({ deployment }) => deployment),
    revisions,
    baseline,
    attribution,
    touches,
    isImported,
    isIgnored,
    originalsOf: (index) => identity.carried.get(index) ?? [index],
    countedFor: (original) => (identity.carriers.has(original) ? (counted.get(original) ?? null) : original),
  };
}

/**
 * Tells the commits none of whose roots is an ancestor of the baseline: they were written elsewhere and merged in.
 *
 * Without a baseline nothing is known to be imported.
 */
function importedHistory(
  { graph }: RepositoryHistory,
  baseline: number | undefined,
): (index: number) => boolean {
  if (baseline === undefined) return () => false;
  const own = new BitSet();
  const seen = new BitSet();
  let roots = 0;
  graph.walk(
    baseline,
    (index) => {
      if (seen.has(index)) return false;
      seen.add(index);
      return true;
    },
    (index) => {
      if (graph.parentCount(index) === 0) own.add(index);
    },
  );
  const order = graph.ancestorsFirst();
  for (const index of order) {
    if (graph.has(index) && graph.parentCount(index) === 0) roots += 1;
    for (let n = 0; n < graph.parentCount(index); n += 1) if (own.has(graph.parent(index, n))) own.add(index);
  }
  return roots === 1 ? () => false : (index) => !own.has(index);
}
