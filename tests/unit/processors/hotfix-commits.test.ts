import { describe, expect, it } from 'vitest';
import type { Commit } from '../../../src/domain/commit.ts';
import type { PullRequest } from '../../../src/domain/pull-request.ts';
import type { DatasetSettings } from '../../../src/domain/settings.ts';
import { DAY, epochMs, HOUR } from '../../../src/domain/units.ts';
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

const START = at('2026-01-05T12:00:00Z');
const hours = (n: number) => epochMs(START + n * HOUR);

const STYLES = ['merge', 'squash', 'rebase', 'fast-forward'] as const;
type Style = (typeof STYLES)[number];

interface Landed {
  readonly commits: readonly Commit[];
  /** What the pull request left on the branch, by which the hotfix is proved. */
  readonly proof: readonly string[];
  readonly head: string;
}

const written = (name: string, n: number, parents: readonly string[], subject: string) =>
  commit(name, { parents, authoredAt: hours(50 + n), committedAt: hours(50 + n), subject });

/** Two commits of a pull request in the history behind `b2`, in which v1.1.0 was shipped. */
function landed(style: Style, subjects: readonly [string, string] = ['mend', 'test']): Landed {
  const [first, second] = subjects;
  switch (style) {
    case 'merge':
      return {
        commits: [
          written('e1', 0, ['b1'], first),
          written('e2', 1, ['e1'], second),
          commit('d1', { parents: ['b2', 'e2'], subject: 'Merge pull request #12 from acme/work' }),
        ],
        // the merge stands for its commits
        proof: ['d1'],
        head: 'd1',
      };
    case 'squash':
      return {
        commits: [commit('d1', { parents: ['b2'], subject: 'Work (#12)' })],
        proof: ['d1'],
        head: 'd1',
      };
    case 'rebase':
      return {
        commits: [written('d1', 0, ['b2'], first), written('d2', 1, ['d1'], second)],
        proof: ['d1', 'd2'],
        head: 'd2',
      };
    case 'fast-forward':
      return {
        commits: [written('e1', 0, ['b2'], first), written('e2', 1, ['e1'], second)],
        proof: ['e2'],
        head: 'e2',
      };
  }
}

interface Described {
  readonly some?: Partial<PullRequest>;
  readonly subjects?: readonly [string, string];
  readonly settings?: Partial<DatasetSettings>;
  /** When v1.1.1, which has it, is shipped. */
  readonly shippedAt?: number;
}

/** What v1.1.1 repaired when it shipped the pull request. */
function blamed(
  style: Style,
  { some = {}, subjects = ['mend', 'test'], settings = {}, shippedAt = hours(72) }: Described = {},
) {
  const { commits, head, proof } = landed(style, subjects);
  const request: PullRequest = {
    number: 12,
    url: 'https://github.com/acme/shop/pull/12',
    author: 'ada',
    byBot: false,
    openedAt: hours(60),
    mergedAt: hours(61),
    headBranch: 'work',
    labels: [],
    mergeCommit: sha(head),
    firstReviewAt: null,
    commits: subjects.map((subject, n) => ({
      sha: sha(`e${String(n + 1)}`),
      authoredAt: hours(50 + n),
      author: 'Ada',
      subject,
    })),
    ...some,
  };
  const all = datasetSettings(settings);
  const history = new RepositoryHistory({ name: REPOSITORY, components: [] }, all);
  for (const each of [commit('b1'), commit('b2', { parents: ['b1'] }), ...commits]) history.add(each);
  const refs = [
    branch('main', head),
    tag('v1.0.0', 'b1', hours(0)),
    tag('v1.1.0', 'b2', hours(48)),
    tag('v1.1.1', head, epochMs(shippedAt)),
  ];
  const snapshot = { refs, branch: { name: 'main', commit: sha(head) } };
  const { deployments } = associate(history, snapshot, all, { ...NO_RECORDS, pullRequests: [request] });
  return {
    failures: deployments.flatMap(({ name, failures }) => failures.map(({ rule }) => `${name} ${rule}`)),
    commits: deployments.flatMap(({ failures }) => failures.flatMap((failure) => failure.commits)),
    proof: proof.map((name) => sha(name)),
  };
}

describe.each(STYLES)('a pull request that lands by %s', (style) => {
  it.each(['hotfix', 'Hotfix', 'HOTFIX'])('is a hotfix by its label %s', (label) => {
    const { failures, commits, proof } = blamed(style, { some: { labels: ['bug', label] } });

    expect(failures).toEqual(['v1.1.0 hotfix']);
    expect(commits).toEqual(expect.arrayContaining(proof));
  });

  it.each(['hotfix/cart', 'Hotfix/Cart'])('is a hotfix by its branch %s', (headBranch) => {
    const { failures, commits, proof } = blamed(style, { some: { headBranch } });

    expect(failures).toEqual(['v1.1.0 hotfix']);
    expect(commits).toEqual(expect.arrayContaining(proof));
  });

  it.each<Partial<PullRequest>>([
    {},
    { labels: ['no hotfix'] },
    { labels: ['hotfixes'] },
    { headBranch: 'hotfix' },
    { headBranch: 'feature/hotfix/cart' },
  ])('is none by %j', (some) => {
    expect(blamed(style, { some }).failures).toEqual([]);
  });

  it('is a hotfix by the labels and branches that are configured', () => {
    const settings = { hotfix: { labels: ['sev-*'], branches: ['urgent-*'], subjects: [] } };

    expect(blamed(style, { settings, some: { labels: ['SEV-1'] } }).failures).toEqual(['v1.1.0 hotfix']);
    expect(blamed(style, { settings, some: { headBranch: 'urgent-1' } }).failures).toEqual(['v1.1.0 hotfix']);
    expect(
      blamed(style, { settings, some: { labels: ['hotfix'], headBranch: 'hotfix/1' } }).failures,
    ).toEqual([]);
  });

  it('blames nothing that was shipped more than a week before', () => {
    const some = { labels: ['hotfix'] };

    expect(blamed(style, { some, shippedAt: hours(48) + 7 * DAY }).failures).toEqual(['v1.1.0 hotfix']);
    expect(blamed(style, { some, shippedAt: hours(48) + 7 * DAY + 1 }).failures).toEqual([]);
  });
});

describe('a commit that calls itself a hotfix', () => {
  it.each(['merge', 'rebase', 'fast-forward'] as const)(
    'is one when its pull request lands by %s',
    (style) => {
      expect(blamed(style, { subjects: ['hotfix: the cart', 'test'] }).failures).toEqual(['v1.1.0 hotfix']);
    },
  );

  it('is one when its pull request lands by squash', () => {
    expect(blamed('squash', { subjects: ['hotfix: the cart', 'test'] }).failures).toEqual(['v1.1.0 hotfix']);
  });
});

it('a pull request that left nothing in the clone is no hotfix of anything', () => {
  expect(blamed('squash', { some: { labels: ['hotfix'], mergeCommit: null } }).failures).toEqual([]);
  expect(blamed('squash', { some: { labels: ['hotfix'], mergeCommit: sha('f00') } }).failures).toEqual([]);
});

/** What failed in a history of commits, pull requests and tags, each with its hour. */
function failures(
  commits: readonly Commit[],
  pullRequests: readonly PullRequest[],
  tags: readonly (readonly [name: string, target: string, hour: number])[],
): string[] {
  const settings = datasetSettings();
  const history = new RepositoryHistory({ name: REPOSITORY, components: [] }, settings);
  for (const each of commits) history.add(each);
  const head = commits.at(-1)?.sha ?? '';
  const refs = [
    { ...branch('main', 'b1'), commit: head },
    ...tags.map(([name, target, hour]) => tag(name, target, hours(hour))),
  ];
  const snapshot = { refs, branch: { name: 'main', commit: head } };
  const { deployments } = associate(history, snapshot, settings, { ...NO_RECORDS, pullRequests });
  return deployments.flatMap(({ name, failures: found }) => found.map(({ rule }) => `${name} ${rule}`));
}

function request(
  number: number,
  mergeCommit: string,
  names: readonly string[],
  some: Partial<PullRequest> = {},
): PullRequest {
  return {
    number,
    url: `https://github.com/acme/shop/pull/${String(number)}`,
    author: 'ada',
    byBot: false,
    openedAt: hours(number),
    mergedAt: hours(number),
    headBranch: 'work',
    labels: [],
    mergeCommit: sha(mergeCommit),
    firstReviewAt: null,
    commits: names.map((name, n) => ({
      sha: sha(name),
      authoredAt: hours(n),
      author: 'Ada',
      subject: `change ${name}`,
    })),
    ...some,
  };
}

describe('a hotfix that was released from its branch before it was merged', () => {
  /** `e1` is released as v1.0.1, then merged; `b2` went ahead meanwhile. */
  const released = () =>
    failures(
      [
        commit('b1'),
        commit('e1', { parents: ['b1'] }),
        commit('b2', { parents: ['b1'] }),
        commit('d1', { parents: ['b2', 'e1'] }),
      ],
      [request(62, 'd1', ['e1'], { headBranch: 'hotfix/cart' })],
      [
        ['v1.0.0', 'b1', 0],
        ['v1.0.1', 'e1', 51],
        ['v1.1.0', 'b2', 60],
        ['v1.2.0', 'd1', 72],
      ],
    );

  it('does not blame main when it is merged', () => {
    expect(released()).not.toContain('v1.1.0 hotfix');
  });

  it('blames the release that it was built on', () => {
    expect(released()).toContain('v1.0.0 hotfix');
  });
});

describe('a hotfix on top of another pull request', () => {
  it('that still lists what came in with that one does not make a hotfix of it', () => {
    const stacked = failures(
      [
        commit('b1'),
        commit('e1', { parents: ['b1'] }),
        commit('d1', { parents: ['b1', 'e1'], subject: 'Merge pull request #10 from acme/work' }),
        commit('e2', { parents: ['e1'] }),
        commit('d2', { parents: ['d1', 'e2'], subject: 'Merge pull request #60 from acme/mend' }),
      ],
      [request(10, 'd1', ['e1']), request(60, 'd2', ['e1', 'e2'], { labels: ['hotfix'] })],
      [
        ['v1.0.0', 'b1', 0],
        ['v1.1.0', 'd1', 48],
        ['v1.1.1', 'd2', 72],
      ],
    );

    expect(stacked).toEqual(['v1.1.0 hotfix']);
  });
});

describe('a hotfix that was picked to a release branch and shipped there first', () => {
  const picked = { cherryPickedFrom: [sha('e1')], reverts: [], revertsPullRequests: [], coAuthors: [] };
  const release = commit('c1', { parents: ['b1'], trailers: picked, subject: 'hotfix: the cart' });
  const tags = [
    ['v1.0.0', 'b1', 0],
    ['v1.0.1', 'c1', 50],
    ['v1.1.0', 'b2', 60],
    ['v1.2.0', 'd1', 72],
  ] as const;
  const own = request(62, 'd1', ['e1', 'e2']);
  const work: PullRequest = {
    ...own,
    commits: own.commits.map((one, n) => (n === 0 ? { ...one, subject: 'hotfix: the cart' } : one)),
  };

  it('blames what it was built on there, and nothing on main where its pull request was merged', () => {
    const commits = [
      commit('b1'),
      release,
      commit('b2', { parents: ['b1'] }),
      commit('e1', { parents: ['b1'], subject: 'hotfix: the cart' }),
      commit('e2', { parents: ['e1'] }),
      commit('d1', { parents: ['b2', 'e2'] }),
    ];

    expect(failures(commits, [work], tags)).toEqual(['v1.0.0 hotfix']);
  });

  it('blames nothing on main where its pull request was squashed either', () => {
    const commits = [
      commit('b1'),
      release,
      commit('b2', { parents: ['b1'] }),
      commit('d1', { parents: ['b2'] }),
    ];

    expect(failures(commits, [work], tags)).toEqual(['v1.0.0 hotfix']);
  });
});
