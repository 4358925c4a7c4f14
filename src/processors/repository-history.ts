import type { Commit } from '../domain/commit.ts';
import type { ComponentSettings, DatasetSettings, RepositorySettings } from '../domain/settings.ts';
import { printable } from '../domain/printable.ts';
import { CommitGraph } from './commit-graph.ts';
import { pathMatcher } from './path-globs.ts';
import { TextArena } from './text-arena.ts';
import { nameMatcher } from '../domain/wildcard.ts';

/** Subjects longer than this are cut in the dataset; raw keeps them whole. */
const LONGEST_SUBJECT = 500;

/** A component of a repository and which commits touch it. */
export interface ComponentMembers {
  readonly settings: ComponentSettings;
  /** One bit a commit by graph index; `null` when every commit belongs. */
  readonly members: BitSet | null;
}

/**
 * Everything the processors need to know of one repository's commits, fed one commit at a time.
 *
 * Memory: the graph, short texts, and the commits that speak of other commits (reverts, cherry-picks) or are hotfixes.
 */
export class RepositoryHistory {
  readonly settings: RepositorySettings;
  readonly graph = new CommitGraph();
  readonly components: readonly ComponentMembers[];
  /** Commits of excluded authors, or that touch excluded paths only. */
  readonly excluded = new BitSet();
  /** Those of them that touch excluded paths only. */
  readonly excludedByPath = new BitSet();
  /** Index of a copy → the shas it says it was picked from. */
  readonly cherryPicks = new Map<number, readonly string[]>();
  /** Index of a revert → the shas (may be abbreviated) it says it reverts. */
  readonly reverts = new Map<number, readonly string[]>();
  /** Index of a revert → the numbers of the pull requests it says it reverts. */
  readonly revertedPullRequests = new Map<number, readonly number[]>();
  /** Commits whose author is a bot by name. */
  readonly bots = new BitSet();
  readonly hotfixes = new Set<number>();
  readonly #subjects = new TextArena(LONGEST_SUBJECT);
  readonly #authorNames: string[] = [];
  readonly #authorNumbers = new Map<string, number>();
  readonly #authors: number[] = [];
  readonly #botAuthors = new Set<number>();
  /** Whether a name or a login is that of a bot. */
  readonly isBotName: (name: string) => boolean;
  readonly isExcludedAuthor: (name: string) => boolean;
  readonly #isExcludedPath: (path: string) => boolean;
  readonly isHotfixSubject: (subject: string) => boolean;
  readonly #isHotfixBranch: (branch: string) => boolean;
  readonly #matchers: readonly ((path: string) => boolean)[];

  constructor(settings: RepositorySettings, dataset: DatasetSettings) {
    this.settings = settings;
    const components = settings.components.length === 0 ? [wholeRepository(settings)] : settings.components;
    this.components = components.map((component) => ({
      settings: component,
      members: component.paths.length === 0 ? null : new BitSet(),
    }));
    this.#matchers = components.map((component) => pathMatcher(component.paths));
    this.isBotName = nameMatcher(['*[bot]', ...dataset.bots]);
    this.isExcludedAuthor = nameMatcher(dataset.exclude.authors);
    this.#isExcludedPath = pathMatcher(dataset.exclude.paths);
    this.#isHotfixBranch = nameMatcher(dataset.hotfix.branches);
    const subjects = dataset.hotfix.subjects.map((source) => new RegExp(source, 'iu'));
    this.isHotfixSubject = (subject) => subjects.some((expression) => expression.test(subject));
  }

  /** Takes a commit in; one that is there already changes nothing. */
  add(commit: Commit): void {
    const index = this.graph.add(commit);
    if (index < 0) return;
    this.#subjects.set(index, printable(commit.subject));
    const author = this.#authorNumber(commit.author);
    this.#authors[index] = author;
    if (this.#botAuthors.has(author)) this.bots.add(index);
    const { cherryPickedFrom, reverts, revertsPullRequests } = commit.trailers;
    if (cherryPickedFrom.length > 0) this.cherryPicks.set(index, cherryPickedFrom);
    if (reverts.length > 0) this.reverts.set(index, reverts);
    if (revertsPullRequests.length > 0) this.revertedPullRequests.set(index, revertsPullRequests);
    const branch = commit.parents.length > 1 ? mergedBranch(commit.subject) : null;
    if (branch === null ? this.isHotfixSubject(commit.subject) : this.#isHotfixBranch(branch)) {
      this.hotfixes.add(index);
    }
    this.#place(index, commit);
  }

  subject(index: number): string {
    return this.#subjects.get(index);
  }

  author(index: number): string {
    return this.#authorNames[this.#authors[index] ?? -1] ?? '';
  }

  #place(index: number, { author, paths }: Commit): void {
    const isByPath = paths !== null && paths.length > 0 && paths.every(this.#isExcludedPath);
    if (isByPath) this.excludedByPath.add(index);
    if (isByPath || this.isExcludedAuthor(author)) this.excluded.add(index);
    if (paths === null) return;
    for (const [n, { members }] of this.components.entries()) {
      const matches = this.#matchers[n];
      if (members !== null && matches !== undefined && paths.some((path) => matches(path)))
        members.add(index);
    }
  }

  #authorNumber(name: string): number {
    const known = this.#authorNumbers.get(name);
    if (known !== undefined) return known;
    const number = this.#authorNames.push(printable(name)) - 1;
    this.#authorNumbers.set(name, number);
    if (this.isBotName(name)) this.#botAuthors.add(number);
    return number;
  }
}

/** A set of small integers, one bit each. */
export class BitSet {
  #bits = new Uint32Array(32);

  add(value: number): void {
    const word = value >>> 5;
    if (word >= this.#bits.length) {
      const larger = new Uint32Array(Math.max(word + 1, this.#bits.length * 2));
      larger.set(this.#bits);
      this.#bits = larger;
    }
    this.#bits[word] = (this.#bits[word] ?? 0) | (1 << (value & 31));
  }

  has(value: number): boolean {
    return ((this.#bits[value >>> 5] ?? 0) & (1 << (value & 31))) !== 0;
  }
}

function wholeRepository({ name }: RepositorySettings): ComponentSettings {
  return { name, paths: [], tags: null, environments: [], workflows: [] };
}

/** The branch that a merge commit's subject names: `Merge pull request #1 from acme/x`, `Merge branch 'x' into y`. */
export function mergedBranch(subject: string): string | null {
  const pull = /^Merge pull request #\d+ from [^/\s]+\/(\S+)/u.exec(subject);
  const branch = /^Merge (?:remote-tracking )?branch '(?:origin\/)?([^']+)'/u.exec(subject);
  return pull?.[1] ?? branch?.[1] ?? null;
}

/** The pull request that a subject names: `Title (#12)`, `Merge pull request #12 …`. */
export function pullRequestOf(subject: string): number | null {
  const found = /\(#(\d{1,9})\)\s*$/u.exec(subject);
  return found?.[1] === undefined ? mergedPullRequest(subject) : Number(found[1]);
}

/** The pull request that a merge names: `Merge pull request #12 …`. */
export function mergedPullRequest(subject: string): number | null {
  const found = /^Merge pull request #(\d{1,9})\b/u.exec(subject);
  return found?.[1] === undefined ? null : Number(found[1]);
}
