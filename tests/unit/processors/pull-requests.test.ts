import { describe, expect, it } from 'vitest';
import type { ShippedChange } from '../../../src/domain/change.ts';
import type { Commit } from '../../../src/domain/commit.ts';
import type { PullRequest } from '../../../src/domain/pull-request.ts';
import { epochMs, HOUR } from '../../../src/domain/units.ts';
import { associate } from '../../../src/processors/data-associator.ts';
import { PullRequests } from '../../../src/processors/pull-requests.ts';
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
  trailers,
} from '../../support/builders.ts';

const START = at('2026-01-05T12:00:00Z');
const hours = (n: number) => epochMs(START + n * HOUR);

/** A commit on a branch of its own time: hour `hour` of the story. */
function written(
  hour: number,
  name: string,
  parents: readonly string[],
  some: Partial<Omit<Commit, 'sha' | 'parents'>> = {},
): Commit {
  return commit(name, { parents, authoredAt: hours(hour), committedAt: hours(hour), ...some });
}

/** A commit as it was written on the branch of a pull request. */
interface Original {
  readonly name: string;
  readonly hour: number;
  readonly author?: string;
  readonly subject?: string;
}

function request(
  number: number,
  mergeCommit: string | null,
  originals: readonly Original[],
  some: Partial<PullRequest> = {},
): PullRequest {
  return {
    number,
    url: `https://github.com/acme/shop/pull/${String(number)}`,
    author: 'ada',
    byBot: false,
    openedAt: hours(1),
    mergedAt: hours(number),
    headBranch: 'work',
    labels: [],
    mergeCommit: mergeCommit === null ? null : sha(mergeCommit),
    firstReviewAt: null,
    commits: originals.map(({ name, hour, author = 'Ada', subject = `change ${name}` }) => ({
      sha: sha(name),
      authoredAt: hours(hour),
      author,
      subject,
    })),
    ...some,
  };
}

interface Story {
  readonly commits: readonly Commit[];
  readonly requests?: readonly PullRequest[];
  /** Tag → commit, a day after each other; the first is the baseline. */
  readonly tags: Readonly<Record<string, string>>;
  readonly excludeBots?: boolean;
  readonly excludeAuthors?: readonly string[];
  readonly bots?: readonly string[];
}

const short = (text: string) => text.replace(/0+$/u, '');

/** What came of it: each change as `original by carrier (#pull request) in deployment after so many hours`, what else in a word. */
function told({ commits, requests = [], tags, excludeBots = false, excludeAuthors = [], bots = [] }: Story) {
  const settings = datasetSettings({
    bots,
    exclude: { authors: excludeAuthors, paths: [], bots: excludeBots },
  });
  const history = new RepositoryHistory({ name: REPOSITORY, components: [] }, settings);
  for (const each of commits) history.add(each);
  const [head = ''] = Object.values(tags).slice(-1);
  const tagged = Object.entries(tags).map(([name, commitName], n) =>
    tag(name, commitName, hours(100 + 24 * n)),
  );
  const snapshot = { refs: [branch('main', head), ...tagged], branch: { name: 'main', commit: sha(head) } };
  const dataset = associate(history, snapshot, settings, { ...NO_RECORDS, pullRequests: requests });
  const rows = [...dataset.rows()];
  const changes = rows.flatMap((row) => (row.table === 'changes' ? [row.row] : []));
  return {
    changes: changes.map(sentence).sort(),
    rows: changes,
    setAside: rows
      .flatMap(({ table, row }) => (table === 'set-aside' ? [`${short(row.id)} ${row.reason}`] : []))
      .sort(),
    failures: dataset.deployments.flatMap(({ name, failures }) =>
      failures.map(
        (one) =>
          `${name} ${one.rule} by ${one.commits.map(short).join(' ')} in ${short(one.repairedBy?.split(':').at(-1) ?? '')}`,
      ),
    ),
  };
}

function sentence({
  commit: original,
  landedAs,
  landing,
  pullRequest,
  deployment,
  authoredAt,
}: ShippedChange): string {
  const how = landedAs === null ? '' : ` ${landing} ${short(landedAs)}`;
  const which = pullRequest === null ? '' : ` #${String(pullRequest.number)}`;
  return `${short(original)}${how}${which} in ${String(deployment.split(':').at(-1))}, of hour ${String((authoredAt - START) / HOUR)}`;
}

/** How a pull request landed, in a word. */
function landing(commits: readonly Commit[], requests: readonly PullRequest[]): string {
  const history = new RepositoryHistory({ name: REPOSITORY, components: [] }, datasetSettings());
  for (const each of commits) history.add(each);
  const found = new PullRequests(history, requests, { head: null, isComplete: true });
  const [asked] = requests;
  const way = asked === undefined ? null : found.landing(asked);
  const name = (index: number) => short(history.graph.sha(index));
  if (way === null) return 'not at all';
  if (way.style === 'squash')
    return `squash ${name(way.commit)} of ${way.originals.map((one) => short(one.sha)).join(' ')}`;
  if (way.style === 'rebase')
    return `rebase ${way.copies.map(({ copy, original }) => `${name(copy)} of ${short(original.sha)}`).join(', ')}`;
  return `as it is ${name(way.commit)}`;
}

const ORIGINALS = [
  { name: 'e1', hour: 10 },
  { name: 'e2', hour: 11 },
];
/** What each way of landing two commits leaves behind `b1`. */
const SQUASHED = [commit('b1'), written(30, 'd1', ['b1'])];
const REBASED = [commit('b1'), written(10, 'd1', ['b1']), written(11, 'd2', ['d1'])];
const MERGED = [
  commit('b1'),
  written(10, 'e1', ['b1']),
  written(11, 'e2', ['e1']),
  written(30, 'd1', ['b1', 'e2']),
];
const FORWARDED = [commit('b1'), written(10, 'e1', ['b1']), written(11, 'e2', ['e1'])];

describe('a pull request landed', () => {
  it.each<[string, string, readonly Commit[], readonly PullRequest[]]>([
    ['by squash', 'squash d1 of e1 e2', SQUASHED, [request(12, 'd1', ORIGINALS)]],
    ['by squash of one commit', 'squash d1 of e1', SQUASHED, [request(12, 'd1', ORIGINALS.slice(0, 1))]],
    ['by rebase', 'rebase d2 of e2, d1 of e1', REBASED, [request(12, 'd2', ORIGINALS)]],
    ['by rebase of one commit', 'rebase d1 of e1', REBASED, [request(12, 'd1', ORIGINALS.slice(0, 1))]],
    [
      'by rebase, though one of its commits was empty by then',
      'rebase d2 of e2, d1 of e1',
      REBASED,
      [request(12, 'd2', [...ORIGINALS.slice(0, 1), { name: 'e9', hour: 10.5 }, ...ORIGINALS.slice(1)])],
    ],
    ['by a merge', 'as it is d1', MERGED, [request(12, 'd1', ORIGINALS)]],
    ['by going forward', 'as it is e2', FORWARDED, [request(12, 'e2', ORIGINALS)]],
    ['with no commits that are known', 'as it is d1', SQUASHED, [request(12, 'd1', [])]],
    ['nowhere that the clone knows', 'not at all', SQUASHED, [request(12, 'f1', ORIGINALS)]],
    ['nowhere', 'not at all', SQUASHED, [request(12, null, ORIGINALS)]],
    [
      'by squash, after main was merged into it',
      'squash d1 of e1 e2',
      SQUASHED,
      [request(12, 'd1', [...ORIGINALS, { name: 'e3', hour: 12, subject: "Merge branch 'main' into work" }])],
    ],
    [
      'by squash, from a branch with commits that were on main by then',
      'squash d1 of e2',
      [...MERGED.slice(0, 2), written(30, 'd1', ['e1'])],
      [request(12, 'd1', ORIGINALS)],
    ],
    [
      'by squash onto another one whose last commit was written when the first of its own was',
      'squash d2 of e7 e2',
      REBASED,
      [
        request(12, 'd2', [{ name: 'e7', hour: 10 }, ...ORIGINALS.slice(1)]),
        request(11, 'd1', ORIGINALS.slice(0, 1)),
      ],
    ],
  ])('%s', (_, expected, commits, requests) => {
    expect(landing(commits, requests)).toBe(expected);
  });
});

describe('the commits of a pull request are changes, each once, from when it was written', () => {
  it.each<[string, string, readonly Commit[], readonly string[]]>([
    [
      'squash',
      'd1',
      SQUASHED,
      ['e1 squash d1 #12 in v1.1.0, of hour 10', 'e2 squash d1 #12 in v1.1.0, of hour 11'],
    ],
    [
      'rebase',
      'd2',
      REBASED,
      ['e1 rebase d1 #12 in v1.1.0, of hour 10', 'e2 rebase d2 #12 in v1.1.0, of hour 11'],
    ],
    ['merge', 'd1', MERGED, ['e1 #12 in v1.1.0, of hour 10', 'e2 #12 in v1.1.0, of hour 11']],
    ['fast-forward', 'e2', FORWARDED, ['e1 #12 in v1.1.0, of hour 10', 'e2 #12 in v1.1.0, of hour 11']],
  ])('when it landed by %s', (_, mergeCommit, commits, changes) => {
    const tags = { 'v1.0.0': 'b1', 'v1.1.0': mergeCommit };

    expect(told({ commits, requests: [request(12, mergeCommit, ORIGINALS)], tags }).changes).toEqual(changes);
  });

  it('and without GitHub the squash commit is the one change', () => {
    const tags = { 'v1.0.0': 'b1', 'v1.1.0': 'd1' };

    expect(told({ commits: SQUASHED, tags }).changes).toEqual(['d1 in v1.1.0, of hour 30']);
  });

  it('and one without a date is as old as what carries it', () => {
    const undated = request(12, 'd1', ORIGINALS);
    const commits = undated.commits.map((one, n) => (n === 0 ? { ...one, authoredAt: null } : one));

    expect(
      told({
        commits: SQUASHED,
        requests: [{ ...undated, commits }],
        tags: { 'v1.0.0': 'b1', 'v1.1.0': 'd1' },
      }).changes,
    ).toEqual(['d1 #12 in v1.1.0, of hour 30', 'e2 squash d1 #12 in v1.1.0, of hour 11']);
  });

  it('and are before the baseline, or unreleased, one by one', () => {
    const requests = [request(12, 'd1', ORIGINALS)];

    expect(told({ commits: SQUASHED, requests, tags: { 'v1.0.0': 'd1' } }).setAside).toEqual([
      'b1 before-baseline',
      'e1 before-baseline',
      'e2 before-baseline',
    ]);
    expect(
      told({ commits: [...SQUASHED, written(40, 'b2', ['d1'])], requests, tags: { 'v1.0.0': 'b2' } }).changes,
    ).toEqual([]);
  });
});

describe('a change that was picked', () => {
  /** Pull request 12 was squashed to `d1` on main; `c1` on the release branch was picked. Main has v1 and v2, the branch v1.1. */
  const story = (cherryPickedFrom: readonly string[], tags: Story['tags']): Story => ({
    commits: [...SQUASHED, written(40, 'c1', ['b1'], { trailers: trailers({ cherryPickedFrom }) })],
    requests: [request(12, 'd1', ORIGINALS)],
    tags,
  });

  it('as a squash commit counts with its originals, where they shipped first', () => {
    const { changes, setAside } = told(
      story([sha('d1')], { 'v1.0.0': 'b1', 'v1.0.1': 'c1', 'v1.1.0': 'd1' }),
    );

    expect(changes).toEqual([
      'e1 cherry-pick c1 #12 in v1.0.1, of hour 10',
      'e2 cherry-pick c1 #12 in v1.0.1, of hour 11',
    ]);
    expect(setAside).toEqual(['b1 before-baseline', 'e1 duplicate-change', 'e2 duplicate-change']);
  });

  it('as a squash commit that has shipped is none', () => {
    const { changes, setAside } = told(
      story([sha('d1')], { 'v1.0.0': 'b1', 'v1.1.0': 'd1', 'v1.0.1': 'c1' }),
    );

    expect(changes).toEqual([
      'e1 squash d1 #12 in v1.1.0, of hour 10',
      'e2 squash d1 #12 in v1.1.0, of hour 11',
    ]);
    expect(setAside.filter((row) => row.endsWith('duplicate-change'))).toHaveLength(2);
  });

  it('before it was squashed away counts once, and the other one where it landed', () => {
    const { changes, setAside } = told(
      story([sha('e2')], { 'v1.0.0': 'b1', 'v1.0.1': 'c1', 'v1.1.0': 'd1' }),
    );

    expect(changes).toEqual([
      'e1 squash d1 #12 in v1.1.0, of hour 10',
      'e2 cherry-pick c1 #12 in v1.0.1, of hour 11',
    ]);
    expect(setAside).toEqual(['b1 before-baseline', 'e2 duplicate-change']);
  });

  it('in a chain of which only the last is known is that one', () => {
    const chain = [sha('abcd'), sha('e2')];
    const { changes } = told(story(chain, { 'v1.0.0': 'b1', 'v1.0.1': 'c1', 'v1.1.0': 'd1' }));

    expect(changes).toContain('e2 cherry-pick c1 #12 in v1.0.1, of hour 11');
  });

  it('by a pull request of its own, which was squashed as well, is the one that was picked', () => {
    const picked = { trailers: trailers({ cherryPickedFrom: [sha('d1')] }) };
    const { changes } = told({
      commits: [...SQUASHED, written(40, 'c1', ['b1'], picked)],
      requests: [request(12, 'd1', ORIGINALS), request(13, 'c1', [{ name: 'c9', hour: 39 }])],
      tags: { 'v1.0.0': 'b1', 'v1.0.1': 'c1', 'v1.1.0': 'd1' },
    });

    expect(changes.map((change) => change.slice(0, 17))).toEqual(['e1 cherry-pick c1', 'e2 cherry-pick c1']);
  });

  it('as a rebased copy is the original of the pull request', () => {
    const { changes } = told({
      commits: [
        ...REBASED,
        written(11, 'c1', ['b1'], { trailers: trailers({ cherryPickedFrom: [sha('d2')] }) }),
      ],
      requests: [request(12, 'd2', ORIGINALS)],
      tags: { 'v1.0.0': 'b1', 'v1.0.1': 'c1', 'v1.1.0': 'd2' },
    });

    expect(changes).toEqual([
      'e1 rebase d1 #12 in v1.1.0, of hour 10',
      'e2 cherry-pick c1 #12 in v1.0.1, of hour 11',
    ]);
  });

  it('several at once into a pull request that was squashed are all of them', () => {
    const both = trailers({ cherryPickedFrom: [sha('d1'), sha('d2')] });
    const { changes } = told({
      commits: [...REBASED, written(40, 'c1', ['b1'], { trailers: both })],
      requests: [
        request(12, 'd2', ORIGINALS),
        request(13, 'c1', [
          { name: 'c8', hour: 10 },
          { name: 'c9', hour: 11 },
        ]),
      ],
      tags: { 'v1.0.0': 'b1', 'v1.0.1': 'c1', 'v1.1.0': 'd2' },
    });

    expect(changes.map((change) => change.slice(0, 17))).toEqual(['e1 cherry-pick c1', 'e2 cherry-pick c1']);
  });

  it('through a chain, beside another one, does not make the other disappear', () => {
    const chain = trailers({ cherryPickedFrom: [sha('d1'), sha('d9')] });
    const { changes } = told({
      commits: [...REBASED, written(40, 'c1', ['b1'], { trailers: chain })],
      requests: [
        request(12, 'd2', ORIGINALS),
        request(13, 'c1', [
          { name: 'c8', hour: 10 },
          { name: 'c9', hour: 38 },
        ]),
      ],
      tags: { 'v1.0.0': 'b1', 'v1.0.1': 'c1', 'v1.1.0': 'd2' },
    });

    expect(changes.map((change) => change.split(' ')[0])).toContain('c9');
  });

  it('beside others into a pull request that was squashed does not make the others disappear', () => {
    const { changes } = told({
      commits: [
        ...REBASED,
        written(40, 'c1', ['b1'], { trailers: trailers({ cherryPickedFrom: [sha('d1')] }) }),
      ],
      requests: [
        request(12, 'd2', ORIGINALS),
        request(13, 'c1', [
          { name: 'c8', hour: 10 },
          { name: 'c9', hour: 38 },
        ]),
      ],
      tags: { 'v1.0.0': 'b1', 'v1.0.1': 'c1', 'v1.1.0': 'd2' },
    });

    expect(changes.map((change) => change.split(' ')[0])).toEqual(['c9', 'e1', 'e2']);
  });
});

describe('pull requests on top of each other', () => {
  const SECOND = [...ORIGINALS, { name: 'e3', hour: 12 }];

  it('the second of which lists the commits of the first: each is a change of the first that has it', () => {
    const commits = [...SQUASHED, written(40, 'd2', ['d1'])];
    const requests = [request(12, 'd1', ORIGINALS), request(13, 'd2', SECOND)];
    const { changes, setAside } = told({
      commits,
      requests,
      tags: { 'v1.0.0': 'b1', 'v1.1.0': 'd1', 'v1.2.0': 'd2' },
    });

    expect(changes).toEqual([
      'e1 squash d1 #12 in v1.1.0, of hour 10',
      'e2 squash d1 #12 in v1.1.0, of hour 11',
      'e3 squash d2 #13 in v1.2.0, of hour 12',
    ]);
    expect(setAside).toEqual(['b1 before-baseline', 'e1 duplicate-change', 'e2 duplicate-change']);
  });

  it('that ship together count each commit once', () => {
    const commits = [...SQUASHED, written(40, 'd2', ['d1'])];
    const requests = [request(12, 'd1', ORIGINALS), request(13, 'd2', SECOND)];
    const { rows } = told({ commits, requests, tags: { 'v1.0.0': 'b1', 'v1.2.0': 'd2' } });

    expect(rows.map((row) => [short(row.commit), row.pullRequest?.number]).sort()).toEqual([
      ['e1', 12],
      ['e2', 12],
      ['e3', 13],
    ]);
  });

  it('of which one went into the branch of the other: the squash of the squash is all of their commits', () => {
    // 11 was squashed to e5 on the branch of 12, which has e5 and e6 and was squashed to d1; the clone has d1 alone
    const inner = request(11, 'e5', ORIGINALS);
    const outer = request(12, 'd1', [
      { name: 'e5', hour: 20 },
      { name: 'e6', hour: 21 },
    ]);

    expect(
      told({ commits: SQUASHED, requests: [outer, inner], tags: { 'v1.0.0': 'b1', 'v1.1.0': 'd1' } }).changes,
    ).toEqual([
      'e1 squash d1 #11 in v1.1.0, of hour 10',
      'e2 squash d1 #11 in v1.1.0, of hour 11',
      'e6 squash d1 #12 in v1.1.0, of hour 21',
    ]);
  });

  it('of which one was rebased onto the branch of the other: its copies are what they are copies of', () => {
    const inner = request(11, 'e5', [{ name: 'e1', hour: 10 }]);
    const outer = request(12, 'd1', [
      { name: 'e5', hour: 10 },
      { name: 'e6', hour: 21 },
    ]);
    const { changes } = told({
      commits: SQUASHED,
      requests: [outer, inner],
      tags: { 'v1.0.0': 'b1', 'v1.1.0': 'd1' },
    });

    expect(changes.map((change) => change.slice(-7))).toEqual(['hour 10', 'hour 21']);
  });

  it('that claim each other, or themselves, come to an end', () => {
    const circle = [
      request(11, 'e5', [{ name: 'e6', hour: 10 }]),
      request(12, 'e6', [{ name: 'e5', hour: 20 }]),
      request(13, 'd1', [
        { name: 'e5', hour: 20 },
        { name: 'e6', hour: 10 },
      ]),
    ];

    expect(
      told({ commits: SQUASHED, requests: circle, tags: { 'v1.0.0': 'b1', 'v1.1.0': 'd1' } }).changes.length,
    ).toBeGreaterThan(0);
  });
});

describe('a revert', () => {
  /** A way of landing, and on top of it a revert, which ships two days later. */
  const reverted = (
    commits: readonly Commit[],
    mergeCommit: string,
    what: Parameters<typeof trailers>[0],
  ): Story => ({
    commits: [...commits, written(140, 'f1', [mergeCommit], { trailers: trailers(what) })],
    requests: [request(12, mergeCommit, ORIGINALS)],
    tags: { 'v1.0.0': 'b1', 'v1.1.0': mergeCommit, 'v1.1.1': 'f1' },
  });

  it.each<[string, readonly Commit[], string]>([
    ['squash', SQUASHED, 'd1'],
    ['rebase', REBASED, 'd2'],
    ['merge', MERGED, 'd1'],
    ['fast-forward', FORWARDED, 'e2'],
  ])('of a pull request by its number blames what shipped it, landed by %s', (_, commits, mergeCommit) => {
    const { failures } = told(reverted(commits, mergeCommit, { revertsPullRequests: [12] }));

    expect(failures).toEqual(['v1.1.0 revert by f1 in v1.1.1']);
  });

  it('of several pull requests blames for any of them, and for none that is not known', () => {
    expect(told(reverted(SQUASHED, 'd1', { revertsPullRequests: [7, 12] })).failures).toHaveLength(1);
    expect(told(reverted(SQUASHED, 'd1', { revertsPullRequests: [7] })).failures).toEqual([]);
  });

  it.each<[string, readonly Commit[], string]>([
    ['squash', SQUASHED, 'd1'],
    ['rebase', REBASED, 'd2'],
  ])(
    'of a commit that no clone has any more blames what shipped its copy, landed by %s',
    (_, commits, mergeCommit) => {
      const { failures } = told(reverted(commits, mergeCommit, { reverts: [sha('e1')] }));

      expect(failures).toEqual(['v1.1.0 revert by f1 in v1.1.1']);
    },
  );

  it('of a commit that nobody knows blames by the number that it names beside it', () => {
    expect(
      told(reverted(SQUASHED, 'd1', { reverts: [sha('abcd')], revertsPullRequests: [12] })).failures,
    ).toHaveLength(1);
    expect(told(reverted(SQUASHED, 'd1', { reverts: [sha('abcd')] })).failures).toEqual([]);
  });

  it('that ships together with the pull request blames nothing', () => {
    const story = reverted(SQUASHED, 'd1', { revertsPullRequests: [12] });

    expect(told({ ...story, tags: { 'v1.0.0': 'b1', 'v1.1.0': 'f1' } }).failures).toEqual([]);
  });

  it('more than a week later blames nothing', () => {
    const story = reverted(SQUASHED, 'd1', { revertsPullRequests: [12] });
    // a version a day: the seventh after v1.1.0 is a week after it
    const late = Object.fromEntries([3, 4, 5, 6, 7, 8].map((n) => [`v1.1.0-${String(n)}`, 'd1']));

    expect(
      told({ ...story, tags: { 'v1.0.0': 'b1', 'v1.1.0': 'd1', ...late, 'v1.1.9': 'f1' } }).failures,
    ).toHaveLength(1);
    expect(
      told({ ...story, tags: { 'v1.0.0': 'b1', 'v1.1.0': 'd1', ...late, 'v1.1.0-9': 'd1', 'v1.1.9': 'f1' } })
        .failures,
    ).toEqual([]);
  });

  it('of one of two that were picked blames the release in its own line of history', () => {
    const { failures } = told({
      commits: [
        ...SQUASHED,
        written(40, 'c1', ['b1'], { trailers: trailers({ cherryPickedFrom: [sha('d1')] }) }),
        written(150, 'c2', ['c1'], { trailers: trailers({ revertsPullRequests: [12] }) }),
      ],
      requests: [request(12, 'd1', ORIGINALS)],
      tags: { 'v1.0.0': 'b1', 'v1.0.1': 'c1', 'v1.1.0': 'd1', 'v1.0.2': 'c2' },
    });

    expect(failures).toEqual(['v1.0.1 revert by c2 in v1.0.2']);
  });
});

describe('exclude.bots', () => {
  const tags = { 'v1.0.0': 'b1', 'v1.1.0': 'd1' };
  const WITH_BOT = [
    { name: 'e1', hour: 10 },
    { name: 'e2', hour: 11, author: 'lint[bot]' },
  ];
  const byBot = (rows: readonly ShippedChange[]) =>
    rows.map((row) => `${short(row.commit)} ${String(row.byBot)}`).sort();

  it('leaves out the commit of a bot in the pull request of a person, landed by squash', () => {
    const story = { commits: SQUASHED, requests: [request(12, 'd1', WITH_BOT)], tags };

    expect(byBot(told(story).rows)).toEqual(['e1 false', 'e2 true']);
    expect(told({ ...story, excludeBots: true })).toMatchObject({
      changes: ['e1 squash d1 #12 in v1.1.0, of hour 10'],
      setAside: ['b1 before-baseline', 'e2 bot'],
    });
  });

  it('leaves it out landed by rebase and by merge as well', () => {
    const rebased = [
      commit('b1'),
      written(10, 'd1', ['b1']),
      written(11, 'd2', ['d1'], { author: 'lint[bot]' }),
    ];
    const merged = [
      ...MERGED.slice(0, 2),
      written(11, 'e2', ['e1'], { author: 'lint[bot]' }),
      ...MERGED.slice(3),
    ];

    expect(
      told({
        commits: rebased,
        requests: [request(12, 'd2', WITH_BOT)],
        tags: { ...tags, 'v1.1.0': 'd2' },
        excludeBots: true,
      }).changes,
    ).toEqual(['e1 rebase d1 #12 in v1.1.0, of hour 10']);
    expect(
      told({ commits: merged, requests: [request(12, 'd1', WITH_BOT)], tags, excludeBots: true }),
    ).toMatchObject({
      changes: ['e1 #12 in v1.1.0, of hour 10'],
      setAside: ['b1 before-baseline', 'd1 merge-commit', 'e2 bot'],
    });
  });

  it.each([{ byBot: true }, { author: 'renovate[bot]' }, { author: 'deploy-robot' }])(
    'leaves out the whole pull request of a bot: %j',
    (some) => {
      const requests = [request(12, 'd1', ORIGINALS, some)];
      const story = { commits: SQUASHED, requests, tags, bots: ['deploy-*'] };

      expect(byBot(told(story).rows)).toEqual(['e1 true', 'e2 true']);
      expect(told({ ...story, excludeBots: true })).toMatchObject({
        changes: [],
        setAside: ['b1 before-baseline', 'e1 bot', 'e2 bot'],
      });
    },
  );

  it('keeps what a person wrote, though a bot merged it', () => {
    const commits = [commit('b1'), written(30, 'd1', ['b1'], { author: 'merge-queue[bot]' })];

    expect(
      told({ commits, requests: [request(12, 'd1', ORIGINALS)], tags, excludeBots: true }).changes,
    ).toHaveLength(2);
    expect(told({ commits, tags, excludeBots: true }).setAside).toEqual(['b1 before-baseline', 'd1 bot']);
  });

  it('leaves out the copy of what a bot wrote, and keeps what a bot has copied of a person', () => {
    const picked = trailers({ cherryPickedFrom: [sha('d1')] });
    const story = (author: string, copier: string): Story => ({
      commits: [
        commit('b1'),
        written(30, 'd1', ['b1'], { author }),
        written(40, 'c1', ['b1'], { author: copier, trailers: picked }),
      ],
      tags: { 'v1.0.0': 'b1', 'v1.0.1': 'c1', 'v1.1.0': 'd1' },
      excludeBots: true,
    });

    expect(told(story('lint[bot]', 'Ada')).changes).toEqual([]);
    expect(told(story('Ada', 'backport[bot]')).changes).toEqual(['d1 cherry-pick c1 in v1.0.1, of hour 30']);
  });
});

describe('exclude.authors', () => {
  const WITH_EVE = [
    { name: 'e1', hour: 10 },
    { name: 'e2', hour: 11, author: 'Eve' },
  ];
  const tags = { 'v1.0.0': 'b1', 'v1.1.0': 'd1' };
  const requests = [request(12, 'd1', WITH_EVE)];

  it('leaves out what was written by somebody else in a pull request that was merged', () => {
    const commits = [...MERGED.slice(0, 2), written(11, 'e2', ['e1'], { author: 'Eve' }), ...MERGED.slice(3)];

    expect(told({ commits, requests, tags, excludeAuthors: ['Eve'] }).setAside).toContain('e2 excluded');
  });

  it('leaves it out when the pull request was squashed', () => {
    expect(told({ commits: SQUASHED, requests, tags, excludeAuthors: ['Eve'] }).setAside).toContain(
      'e2 excluded',
    );
  });

  it('leaves out a rebased commit by the name that the clone has for its author', () => {
    const commits = [commit('b1'), written(10, 'd1', ['b1']), written(11, 'd2', ['d1'], { author: 'Eve' })];
    const originals = [
      { name: 'e1', hour: 10 },
      { name: 'e2', hour: 11, author: 'eve-1999' },
    ];

    const story = { commits, requests: [request(12, 'd2', originals)], tags: { ...tags, 'v1.1.0': 'd2' } };
    expect(told({ ...story, excludeAuthors: ['Eve'] }).changes).toHaveLength(1);
  });

  it('keeps what others wrote when who squashed it is left out', () => {
    const commits = [commit('b1'), written(30, 'd1', ['b1'], { author: 'Eve' })];

    expect(told({ commits, requests, tags, excludeAuthors: ['Eve'] }).changes).toHaveLength(1);
  });
});

describe('the pull request of a commit', () => {
  it('is told with what is known of it, and with the rule that found it', () => {
    const some = { labels: ['feature'], firstReviewAt: hours(5) };
    const { rows } = told({
      commits: MERGED,
      requests: [request(12, 'd1', ORIGINALS, some)],
      tags: { 'v1.0.0': 'b1', 'v1.1.0': 'd1' },
    });

    expect(rows[0]?.pullRequest).toEqual({
      number: 12,
      rule: 'pull-request-commit',
      url: 'https://github.com/acme/shop/pull/12',
      openedAt: hours(1),
      firstReviewAt: hours(5),
      mergedAt: hours(12),
      labels: ['feature'],
    });
  });

  it('is that which the subject names, as far as it may be one', () => {
    const named = (
      subject: string,
      isComplete: boolean,
      requests: readonly PullRequest[] = [request(12, null, [])],
      hour = 12,
    ) => {
      const history = new RepositoryHistory({ name: REPOSITORY, components: [] }, datasetSettings());
      history.add(written(hour, 'a', [], { subject }));
      const found = new PullRequests(history, requests, { head: null, isComplete });
      const association = found.ofCommit(history.graph.indexOf(sha('a')));
      return association === null
        ? null
        : `${String(association.number)} ${association.known === null ? 'by number' : 'known'}`;
    };

    expect(named('Work (#12)', true)).toBe('12 known');
    expect(named('Work (#7)', false)).toBe('7 by number');
    // all pull requests are known that were merged until then, and this is none of them: it may be an issue
    expect(named('Work (#7)', true)).toBeNull();
    expect(named('Work (#7)', true, undefined, 13)).toBe('7 by number');
    expect(named('Work', true)).toBeNull();
    expect(named('Work (#7)', false, [])).toBe('7 by number');
  });

  it('that was merged first is that of a commit which several list', () => {
    const history = new RepositoryHistory({ name: REPOSITORY, components: [] }, datasetSettings());
    for (const each of FORWARDED) history.add(each);
    const found = new PullRequests(history, [request(20, 'e2', ORIGINALS), request(12, null, ORIGINALS)], {
      head: null,
      isComplete: true,
    });

    expect(found.ofOriginal(sha('e1'))?.number).toBe(12);
    expect(found.ofCommit(history.graph.indexOf(sha('e2')))).toMatchObject({
      number: 20,
      rule: 'merge-commit',
    });
    expect(found.ofOriginal(sha('e9'))).toBeNull();
  });
});
