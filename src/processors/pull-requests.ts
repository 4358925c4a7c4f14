import type { PullRequest, PullRequestCommit, PullRequestRule } from '../domain/pull-request.ts';
import { attribute } from './attribution.ts';
import type { CommitGraph } from './commit-graph.ts';
import { mergedPullRequest, pullRequestOf, type RepositoryHistory } from './repository-history.ts';

/** A commit's pull request, with the rule that found it. `known` is `null` where only its number is. */
export interface Association {
  readonly number: number;
  readonly rule: PullRequestRule;
  readonly known: PullRequest | null;
}

/** How a pull request came into the history of the clone. */
export type PullRequestLanding =
  /** Its own commits are there: `commit` is the merge, or the tip that its base was moved to. */
  | { readonly style: 'as-it-is'; readonly commit: number }
  /** Copies are there, each of one original; the tip first. */
  | {
      readonly style: 'rebase';
      readonly copies: readonly { readonly copy: number; readonly original: PullRequestCommit }[];
    }
  /** One commit stands for all of them. */
  | { readonly style: 'squash'; readonly commit: number; readonly originals: readonly PullRequestCommit[] };

/** The pull requests of a repository, matched with its history. */
export class PullRequests {
  readonly all: readonly PullRequest[];
  readonly #history: RepositoryHistory;
  readonly #byNumber: ReadonlyMap<number, PullRequest>;
  readonly #byMergeCommit = new Map<string, PullRequest>();
  readonly #byCommit = new Map<
    string,
    { readonly request: PullRequest; readonly commit: PullRequestCommit }
  >();
  readonly #byCopy = new Map<number, PullRequest>();
  readonly #landings = new Map<PullRequest, PullRequestLanding>();
  /** What is committed later may name a pull request that is not known yet. */
  readonly #completeUntil: number;
  readonly #broughtBy: (index: number) => number | null;

  /** `head` is the tip of the branch; `isComplete` says that `requests` are all that were merged until the last of them. */
  constructor(
    history: RepositoryHistory,
    requests: readonly PullRequest[],
    { head, isComplete }: { readonly head: string | null; readonly isComplete: boolean },
  ) {
    this.#history = history;
    // the one that was merged first brought a commit in; others (a release branch) took it along
    this.all = requests.toSorted((a, b) => a.mergedAt - b.mergedAt || a.number - b.number);
    this.#completeUntil = isComplete ? (this.all.at(-1)?.mergedAt ?? -Infinity) : -Infinity;
    this.#byNumber = new Map(this.all.map((request) => [request.number, request]));
    for (const request of this.all) {
      const { mergeCommit } = request;
      if (mergeCommit !== null && !this.#byMergeCommit.has(mergeCommit))
        this.#byMergeCommit.set(mergeCommit, request);
      for (const commit of request.commits)
        if (!this.#byCommit.has(commit.sha)) this.#byCommit.set(commit.sha, { request, commit });
    }
    for (const request of this.all) {
      const landing = landingOf(history.graph, request, this.#byMergeCommit);
      if (landing === null) continue;
      this.#landings.set(request, landing);
      if (landing.style !== 'rebase') continue;
      for (const { copy } of landing.copies) this.#byCopy.set(copy, request);
    }
    this.#broughtBy = mergesOfTheBranch(history, head);
  }

  /** `null` where the merge commit is not in the clone. */
  landing(request: PullRequest): PullRequestLanding | null {
    return this.#landings.get(request) ?? null;
  }

  withNumber(number: number): PullRequest | null {
    return this.#byNumber.get(number) ?? null;
  }

  withMergeCommit(sha: string): PullRequest | null {
    return this.#byMergeCommit.get(sha) ?? null;
  }

  /** A commit as it was written on the branch of a pull request, whether or not the clone has it. */
  original(sha: string): PullRequestCommit | null {
    return this.#byCommit.get(sha)?.commit ?? null;
  }

  /** The pull request of a commit of the clone: by merge commit, by its own commits, by rebased copies, else by what subjects say. */
  ofCommit(index: number): Association | null {
    if (this.all.length === 0) return this.#bySubject(index);
    const sha = this.#history.graph.sha(index);
    const merged = this.#byMergeCommit.get(sha);
    if (merged !== undefined) return associated(merged, 'merge-commit');
    const copied = this.#byCopy.get(index);
    return (
      this.ofOriginal(sha) ?? (copied === undefined ? this.#bySubject(index) : associated(copied, 'rebase'))
    );
  }

  /** The pull request on whose branch a commit was written. */
  ofOriginal(sha: string): Association | null {
    const listed = this.#byCommit.get(sha);
    return listed === undefined ? null : associated(listed.request, 'pull-request-commit');
  }

  #bySubject(index: number): Association | null {
    const number = pullRequestOf(this.#history.subject(index)) ?? this.#broughtBy(index);
    if (number === null) return null;
    const known = this.#byNumber.get(number) ?? null;
    const isNone = known === null && this.#history.graph.committedAt(index) <= this.#completeUntil;
    return isNone ? null : { number, rule: 'subject', known };
  }
}

function associated(known: PullRequest, rule: PullRequestRule): Association {
  return { number: known.number, rule, known };
}

/** For each commit the number that the merge names by which it came onto the branch. */
function mergesOfTheBranch(
  history: RepositoryHistory,
  head: string | null,
): (index: number) => number | null {
  const { graph } = history;
  let owner: Int32Array | null = null;
  let numbers: readonly (number | null)[] = [];
  return (index) => {
    if (owner === null) {
      const line: number[] = [];
      for (let at = graph.indexOf(head ?? ''); graph.has(at); at = graph.parent(at, 0)) line.push(at);
      line.reverse();
      owner = attribute(graph, line).owner;
      numbers = line.map((at) => (graph.parentCount(at) > 1 ? mergedPullRequest(history.subject(at)) : null));
    }
    return numbers[owner[index] ?? -1] ?? null;
  };
}

/** What a merge of another branch into that of a pull request is called; it is no change, and is in no squash or rebase. */
const MERGE = /^Merge (?:(?:remote-tracking )?branch|branches|pull request|tag|commit) /u;

function landingOf(
  graph: CommitGraph,
  { mergeCommit, commits }: PullRequest,
  byMergeCommit: ReadonlyMap<string, PullRequest>,
): PullRequestLanding | null {
  const landed = graph.indexOf(mergeCommit ?? '');
  if (!graph.has(landed)) return null;
  const written = commits.filter(({ subject }) => !MERGE.test(subject));
  const own = written.map(({ sha }) => graph.indexOf(sha));
  const asItIs: PullRequestLanding = { style: 'as-it-is', commit: landed };
  if (graph.parentCount(landed) > 1 || own.includes(landed)) return asItIs;
  const originals = written.filter((_, n) => !graph.isAncestor(own[n] ?? -1, landed));
  if (originals.length === 0) return asItIs;
  const copies = matchCopies(graph, landed, originals, byMergeCommit);
  return copies.length > 1 || (copies.length === 1 && originals.length === 1)
    ? { style: 'rebase', copies }
    : { style: 'squash', commit: landed, originals };
}

/**
 * Matches a rebased line with its originals, from the tip down: a copy keeps the author's date of its original.
 *
 * An original that has no copy was empty by then and left out. Empty when the tip itself is no copy: then it is a squash.
 */
function matchCopies(
  graph: CommitGraph,
  tip: number,
  originals: readonly PullRequestCommit[],
  byMergeCommit: ReadonlyMap<string, PullRequest>,
): { readonly copy: number; readonly original: PullRequestCommit }[] {
  const found: { copy: number; original: PullRequestCommit }[] = [];
  let copy = tip;
  for (const original of originals.toReversed()) {
    if (graph.authoredAt(copy) !== original.authoredAt) continue;
    found.push({ copy, original });
    copy = graph.parent(copy, 0);
    const isOther = !graph.has(copy) || graph.parentCount(copy) > 1 || byMergeCommit.has(graph.sha(copy));
    if (isOther) break;
  }
  return found;
}
