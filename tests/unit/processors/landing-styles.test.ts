import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ShippedChange } from '../../../src/domain/change.ts';
import type { Commit, Ref } from '../../../src/domain/commit.ts';
import type { PullRequest } from '../../../src/domain/pull-request.ts';
import { DAY, epochMs, HOUR, MINUTE } from '../../../src/domain/units.ts';
import { associate } from '../../../src/processors/data-associator.ts';
import { RepositoryHistory } from '../../../src/processors/repository-history.ts';
import {
  NO_RECORDS,
  at,
  branch,
  commit,
  datasetSettings,
  REPOSITORY,
  sha,
  tag,
} from '../../support/builders.ts';

const STYLES = ['merge', 'squash', 'rebase', 'fast-forward'] as const;
type Style = (typeof STYLES)[number];

/** What somebody worked on: when each commit was written, in minutes after the one before; and what else happened to the branch. */
interface Work {
  readonly gaps: readonly number[];
  /** Main was merged into the branch before it landed. */
  readonly isUpdated: boolean;
  /** The branch is still there after it landed. */
  readonly isKept: boolean;
  readonly isReleased: boolean;
}

const START = at('2026-01-05T09:00:00Z');

/** Lands the same work in given styles and tells what came of it. */
class Landing {
  readonly commits: Commit[] = [];
  readonly requests: PullRequest[] = [];
  readonly refs: Ref[] = [];
  /** Commits of branches that were deleted: no clone has them. */
  readonly #lost = new Set<string>();
  #now = START;
  #head = '';
  #count = 0;

  constructor() {
    this.#head = this.#add([], 'begin', this.#now).sha;
    this.refs.push(tag('v1.0.0', 'begin', this.#tick(HOUR)));
  }

  land(work: Work, style: Style): void {
    const number = this.requests.length + 1;
    // nothing can be fast-forwarded that has merged what landed meanwhile, unless all of it lands
    const base = this.#head;
    let tip = base;
    const written = work.gaps.map((gap, n) => {
      const one = this.#add(
        [tip],
        `pr${String(number)}c${String(n)}`,
        this.#tick(gap * MINUTE),
        `work ${String(n)}`,
      );
      tip = one.sha;
      return one;
    });
    const own = [...written];
    if (work.isUpdated && style !== 'fast-forward') {
      const direct = this.#add([base], `direct${String(number)}`, this.#tick(MINUTE), 'straight onto main');
      this.#head = direct.sha;
      const update = this.#add(
        [tip, direct.sha],
        `update${String(number)}`,
        this.#tick(MINUTE),
        "Merge branch 'main' into work",
      );
      tip = update.sha;
      own.push(update);
    } else if (work.isUpdated) this.#tick(2 * MINUTE);
    const mergedAt = this.#tick(HOUR);
    const landed = this.#landed({ style, number, written, tip, mergedAt });
    this.#head = landed;
    if (style === 'squash' || style === 'rebase') {
      if (work.isKept)
        this.refs.push({ kind: 'branch', name: `work-${String(number)}`, commit: tip, taggedAt: null });
      else for (const { sha: lost } of own) this.#lost.add(lost);
    }
    this.requests.push({
      number,
      url: `https://github.com/acme/shop/pull/${String(number)}`,
      author: 'ada',
      byBot: false,
      openedAt: epochMs(mergedAt - HOUR),
      mergedAt: epochMs(mergedAt),
      headBranch: `work-${String(number)}`,
      labels: [],
      mergeCommit: landed,
      firstReviewAt: null,
      commits: own.map(({ sha: oid, authoredAt, author, subject }) => ({
        sha: oid,
        authoredAt,
        author,
        subject,
      })),
    });
    if (work.isReleased) this.release();
  }

  release(): void {
    this.refs.push({
      kind: 'tag',
      name: `v1.${String(this.refs.length)}.0`,
      commit: this.#head,
      taggedAt: epochMs(this.#tick(DAY)),
    });
  }

  changes(): ShippedChange[] {
    const settings = datasetSettings();
    const history = new RepositoryHistory({ name: REPOSITORY, components: [] }, settings);
    for (const each of this.commits) if (!this.#lost.has(each.sha)) history.add(each);
    const head = { name: 'main', commit: this.#head };
    const refs = [...this.refs, { ...branch('main', 'begin'), commit: this.#head }];
    const records = { ...NO_RECORDS, pullRequests: this.requests };
    const { deployments, rows } = associate(history, { refs, branch: head }, settings, records);
    const changes = [...rows()].flatMap((row) => (row.table === 'changes' ? [row.row] : []));
    expect(deployments.reduce((sum, { shippedChanges }) => sum + shippedChanges, 0)).toBe(changes.length);
    return changes;
  }

  #landed(request: {
    readonly style: Style;
    readonly number: number;
    readonly written: readonly Commit[];
    readonly tip: string;
    readonly mergedAt: number;
  }): string {
    const { style, number, written, tip, mergedAt } = request;
    if (style === 'fast-forward') return tip;
    if (style === 'squash')
      return this.#add([this.#head], `squash${String(number)}`, mergedAt, `Work (#${String(number)})`).sha;
    if (style === 'merge')
      return this.#add(
        [this.#head, tip],
        `merge${String(number)}`,
        mergedAt,
        `Merge pull request #${String(number)} from acme/work`,
      ).sha;
    let head = this.#head;
    for (const { authoredAt, subject } of written)
      head = this.#add(
        [head],
        `copy${String(number)}of${String(this.#count)}`,
        authoredAt ?? NaN,
        subject,
        mergedAt,
      ).sha;
    return head;
  }

  #add(
    parents: readonly string[],
    name: string,
    authoredAt: number,
    subject = name,
    committedAt = authoredAt,
  ): Commit {
    this.#count += 1;
    const made = {
      ...commit(name),
      sha: sha(name === 'begin' ? name : `${this.#count.toString(16).padStart(6, '0')}f`),
      parents,
      authoredAt: epochMs(authoredAt),
      committedAt: epochMs(committedAt),
      subject,
    };
    this.commits.push(made);
    return made;
  }

  #tick(milliseconds: number): typeof START {
    this.#now = epochMs(this.#now + milliseconds);
    return this.#now;
  }
}

/** What lead time is made of: when each change was written, and when it was there. */
function samples(changes: readonly ShippedChange[]): string[] {
  return changes
    .filter(({ subject }) => subject !== 'straight onto main')
    .map(({ authoredAt, deployedAt }) => `${String(authoredAt)} ${String(deployedAt)}`)
    .sort();
}

const ten: Work = {
  gaps: Array.from({ length: 10 }, (_, n) => 7 * n + 1),
  isUpdated: false,
  isKept: false,
  isReleased: true,
};

describe('the same ten changes', () => {
  it.each(STYLES)('give the same lead-time samples when they land by %s', (style) => {
    const landing = new Landing();
    landing.land(ten, style);
    const reference = new Landing();
    reference.land(ten, 'merge');

    expect(samples(landing.changes())).toHaveLength(10);
    expect(samples(landing.changes())).toEqual(samples(reference.changes()));
  });
});

const works = fc.array(
  fc.record({
    gaps: fc.array(fc.integer({ min: 0, max: 600 }), { minLength: 1, maxLength: 6 }),
    isUpdated: fc.boolean(),
    isKept: fc.boolean(),
    isReleased: fc.boolean(),
  }),
  { minLength: 1, maxLength: 8 },
);

it('gives the same lead-time samples whatever way each pull request lands', () => {
  fc.assert(
    fc.property(
      works,
      fc.array(fc.constantFrom(...STYLES), { minLength: 8, maxLength: 8 }),
      (all, styles) => {
        const mixed = new Landing();
        const merged = new Landing();
        for (const [n, work] of all.entries()) {
          mixed.land(work, styles[n] ?? 'squash');
          merged.land(work, 'merge');
        }
        mixed.release();
        merged.release();
        expect(samples(mixed.changes())).toEqual(samples(merged.changes()));
      },
    ),
    { numRuns: 300 },
  );
});

it('names the pull request of every change that came with one, and the rule that found it', () => {
  fc.assert(
    fc.property(
      works,
      fc.array(fc.constantFrom(...STYLES), { minLength: 8, maxLength: 8 }),
      (all, styles) => {
        const landing = new Landing();
        for (const [n, work] of all.entries()) landing.land(work, styles[n] ?? 'squash');
        landing.release();
        for (const change of landing.changes()) {
          const isDirect = change.subject === 'straight onto main';
          expect(change.pullRequest === null).toBe(isDirect);
          if (!isDirect) expect(change.pullRequest?.rule).not.toBe('subject');
        }
      },
    ),
    { numRuns: 100 },
  );
});
