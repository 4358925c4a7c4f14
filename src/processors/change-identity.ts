import { compareText } from '../domain/compare.ts';
import type { Landing } from '../domain/change.ts';
import type { Attribution } from './attribution.ts';
import type { PullRequests } from './pull-requests.ts';
import type { RepositoryHistory } from './repository-history.ts';

/**
 * An original: the index of a commit of the clone, or, below zero, one that the clone lacks (`absent`).
 */
export type Original = number;

/** An original that is known by what copies or pull requests say of it. */
export interface AbsentOriginal {
  readonly sha: string;
  /** Milliseconds; `null` where nobody tells: the copy's own then counts. */
  readonly authoredAt: number | null;
  readonly author: string;
  readonly subject: string;
}

/**
 * Which originals each commit carries: itself, the one it was copied from (cherry-pick, rebase), or several (squash).
 *
 * Only commits that carry something else than themselves, or whose change another commit carries as well, are in the maps.
 */
export interface ChangeIdentity {
  /** Index of a copy → what it carries. */
  readonly carried: ReadonlyMap<number, readonly Original[]>;
  /** How a copy came about. */
  readonly landings: ReadonlyMap<number, Exclude<Landing, 'commit'>>;
  /** Original → every commit that carries it, itself included. */
  readonly carriers: ReadonlyMap<Original, readonly number[]>;
  /** Original -1 is the first, -2 the second. */
  readonly absent: readonly AbsentOriginal[];
  /** The original with this full sha, where a copy or a pull request tells of it; `null` else. */
  readonly withSha: (sha: string) => Original | null;
}

/** More pull requests inside each other than this is a mistake, or made to do harm. */
const DEEPEST = 100;

/**
 * Follows copies to their originals: `(cherry picked from commit …)`, and what pull requests tell of rebased and squashed commits.
 *
 * A message with several cherry-picks tells a chain, nearest last: the last sha that is known is followed; of a squashed pull request with
 * several commits it is a list. When none is known, copies of the same missing original (the first sha named) still count as one change.
 */
export function identifyChanges(history: RepositoryHistory, requests: PullRequests): ChangeIdentity {
  const finder = new OriginalFinder(history, requests);
  const copies = new Set([...history.cherryPicks.keys(), ...finder.landed.keys()]);
  const carried = new Map<number, readonly Original[]>();
  for (const copy of copies) {
    if (!history.graph.has(copy)) continue;
    const originals = finder.carriedBy(copy);
    if (originals.length !== 1 || originals[0] !== copy) carried.set(copy, originals);
  }
  const landings = new Map(
    [...carried.keys()].map((copy) => [
      copy,
      history.cherryPicks.has(copy)
        ? ('cherry-pick' as const)
        : (finder.landed.get(copy)?.how ?? 'cherry-pick'),
    ]),
  );
  return {
    carried,
    landings,
    carriers: carriersOf(carried),
    absent: finder.absent,
    withSha: (sha) => finder.withSha(sha),
  };
}

function carriersOf(carried: ReadonlyMap<number, readonly Original[]>): Map<Original, number[]> {
  const carriers = new Map<Original, number[]>();
  for (const [copy, originals] of carried) {
    for (const original of originals) {
      const known = carriers.get(original);
      if (known !== undefined) known.push(copy);
      else carriers.set(original, original >= 0 && !carried.has(original) ? [original, copy] : [copy]);
    }
  }
  return carriers;
}

class OriginalFinder {
  readonly absent: AbsentOriginal[] = [];
  /** Copies that pull requests tell of → the shas of their originals. */
  readonly landed = new Map<
    number,
    { readonly how: 'rebase' | 'squash'; readonly shas: readonly string[] }
  >();
  readonly #history: RepositoryHistory;
  readonly #requests: PullRequests;
  readonly #expanded: ReadonlyMap<string, number>;
  readonly #absentBySha = new Map<string, Original>();
  readonly #found = new Map<number, readonly Original[]>();
  /** What is being followed at the moment: whatever leads back to it ends there. */
  readonly #busy = new Set<number | string>();

  constructor(history: RepositoryHistory, requests: PullRequests) {
    const { graph, cherryPicks } = history;
    this.#history = history;
    this.#requests = requests;
    this.#expanded = graph.expand(
      new Set([...cherryPicks.values()].flat().filter((sha) => graph.indexOf(sha) < 0)),
    );
    for (const request of requests.all) {
      const landing = requests.landing(request);
      if (landing?.style === 'squash')
        this.landed.set(landing.commit, { how: 'squash', shas: landing.originals.map(({ sha }) => sha) });
      if (landing?.style === 'rebase')
        for (const { copy, original } of landing.copies)
          this.landed.set(copy, { how: 'rebase', shas: [original.sha] });
    }
  }

  withSha(sha: string): Original | null {
    const index = this.#history.graph.indexOf(sha);
    return this.#history.graph.has(index) ? index : (this.#absentBySha.get(sha) ?? null);
  }

  /** What a commit of the clone carries, each once. */
  carriedBy(index: number, depth = 0): readonly Original[] {
    const { graph } = this.#history;
    const chain = new Map<number, number>();
    let at: number | string = index;
    let originals: readonly Original[] | undefined;
    // a chain of single copies is followed in place, however long it is; only what branches out goes deeper
    while (originals === undefined) {
      if (typeof at === 'string') {
        const known = graph.indexOf(at);
        if (!graph.has(known)) {
          originals = this.#absentOriginals(at, depth);
          break;
        }
        at = known;
      }
      const start = chain.get(at);
      // a chain that bites its own tail begins at its smallest sha
      if (start !== undefined) originals = [this.#smallest([...chain.keys()].slice(start))];
      else if (this.#busy.has(at)) originals = [at];
      else {
        chain.set(at, chain.size);
        const next: readonly (number | string)[] = this.#found.has(at) ? [] : this.#next(at);
        const [only] = next;
        if (this.#found.has(at)) originals = this.#found.get(at) ?? [];
        else if (only === undefined || depth > DEEPEST) originals = [at];
        else if (next.length === 1) at = only;
        else originals = this.#all(at, next, depth + 1);
      }
    }
    for (const link of chain.keys()) this.#found.set(link, originals);
    return originals;
  }

  /** What all of `next` carry, from which `of` was made. */
  #all(of: number | string, next: readonly (number | string)[], depth: number): readonly Original[] {
    this.#busy.add(of);
    const parts = next.map((one) => {
      const index = typeof one === 'number' ? one : this.#history.graph.indexOf(one);
      return this.#history.graph.has(index)
        ? this.carriedBy(index, depth)
        : this.#absentOriginals(String(one), depth);
    });
    this.#busy.delete(of);
    return [...new Set(parts.flat())];
  }

  /** What a commit was made from, one step back; empty when it is an original. */
  #next(index: number): readonly (number | string)[] {
    const picked = this.#history.cherryPicks.get(index);
    const landed = this.landed.get(index);
    if (picked === undefined) return landed?.shas ?? [];
    if (landed !== undefined && landed.shas.length > 1) return this.#pickedAmong(index, picked, landed.shas);
    const nearest = picked.map((sha) => this.#known(sha, index)).findLast((known) => known !== null);
    return [nearest ?? picked[0] ?? index];
  }

  /** The commits of a squash of which some were picked from elsewhere: a pick keeps the author's date of what it was picked from. */
  #pickedAmong(
    index: number,
    picked: readonly string[],
    shas: readonly string[],
  ): readonly (number | string)[] {
    const picks = picked.map((sha) => this.#known(sha, index) ?? sha);
    const byDate = new Map(picks.map((pick) => [this.#authoredAt(pick), pick]));
    const matched = shas.map((sha) => {
      const date = this.#authoredAt(sha);
      return date === null ? undefined : byDate.get(date);
    });
    const isNoneMatched = matched.every((pick) => pick === undefined);
    return isNoneMatched && picks.length === shas.length ? picks : shas.map((sha, n) => matched[n] ?? sha);
  }

  #authoredAt(one: number | string): number | null {
    if (typeof one === 'number') return this.#history.graph.authoredAt(one);
    return this.#requests.original(one)?.authoredAt ?? null;
  }

  /** A sha that is in the clone, or that a pull request lists; `null` for others and for the commit itself. */
  #known(sha: string, self: number): number | string | null {
    const { graph } = this.#history;
    const index = this.#expanded.get(sha) ?? graph.indexOf(sha);
    if (graph.has(index)) return index === self ? null : index;
    return this.#requests.original(sha) === null ? null : sha;
  }

  /** What a commit stands for that the clone lacks: itself, or the commits of a pull request that was squashed into it. */
  #absentOriginals(sha: string, depth: number): readonly Original[] {
    const request = this.#requests.withMergeCommit(sha);
    const listed = this.#requests.original(sha);
    const inner = request?.commits ?? [];
    const isCopy = inner.some((commit) => commit.sha === sha || commit.authoredAt === listed?.authoredAt);
    const isSquash = request !== null && inner.length > 0 && !isCopy;
    if (isSquash && !this.#busy.has(sha) && depth <= DEEPEST) {
      const shas = inner.map((commit) => commit.sha);
      return this.#all(sha, shas, depth + 1);
    }
    return [this.#absentOriginal(sha)];
  }

  #absentOriginal(sha: string): Original {
    const known = this.#absentBySha.get(sha);
    if (known !== undefined) return known;
    const listed = this.#requests.original(sha);
    const { authoredAt, author, subject } = listed ?? { authoredAt: null, author: '', subject: '' };
    const original = -this.absent.push({ sha, authoredAt, author, subject });
    this.#absentBySha.set(sha, original);
    return original;
  }

  #smallest(indexes: readonly number[]): number {
    const { graph } = this.#history;
    return indexes.reduce((least, index) => (graph.sha(index) < graph.sha(least) ? index : least));
  }
}

/**
 * For each change that several commits carry, the commit that counts: the first to ship; of those that ship together the original, else
 * the smallest sha.
 *
 * Commits for which `counts` is false (excluded, of another component) take no part. Absent where none shipped.
 */
export function countedCommits(
  { graph }: RepositoryHistory,
  { carriers }: ChangeIdentity,
  { owner }: Attribution,
  counts: (index: number, original: Original) => boolean,
): ReadonlyMap<Original, number> {
  const counted = new Map<Original, number>();
  for (const [original, commits] of carriers) {
    const isBefore = (a: number, b: number): boolean => {
      const copies = Number(a !== original) - Number(b !== original);
      return ((owner[a] ?? -1) - (owner[b] ?? -1) || copies || compareText(graph.sha(a), graph.sha(b))) < 0;
    };
    let best: number | undefined;
    for (const index of commits) {
      if ((owner[index] ?? -1) < 0 || !counts(index, original)) continue;
      if (best === undefined || isBefore(index, best)) best = index;
    }
    if (best !== undefined) counted.set(original, best);
  }
  return counted;
}

/** Every commit that carries the very same changes as this one: copies of each other, itself included. */
export function sameChange({ carried, carriers }: ChangeIdentity, index: number): readonly number[] {
  const own = carried.get(index) ?? [index];
  const [first] = own;
  const others = first === undefined ? undefined : carriers.get(first);
  if (others === undefined) return [index];
  return others.filter((other) => {
    const theirs = carried.get(other) ?? [other];
    return theirs.length === own.length && theirs.every((original) => own.includes(original));
  });
}
