import { describe, expect, it } from 'vitest';
import type { Commit } from '../../../src/domain/commit.ts';
import type { PullRequest } from '../../../src/domain/pull-request.ts';
import type { DatasetSettings } from '../../../src/domain/settings.ts';
import { DAY, epochMs, HOUR } from '../../../src/domain/units.ts';
import { associate } from '../../../src/processors/data-associator.ts';
import { RepositoryHistory } from '../../../src/processors/repository-history.ts';
import { NO_RECORDS } from '../../../src/processors/source-records.ts';
import { at, branch, commit, datasetSettings, REPOSITORY, sha, tag } from '../../support/builders.ts';

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

describe('a hotfix that was released from its branch before it was merged', () => {
  /** `e1` is released as v1.0.1, then merged; `b2` went ahead meanwhile. */
  function released(): string[] {
    const request: PullRequest = {
      number: 12,
      url: 'https://github.com/acme/shop/pull/12',
      author: 'ada',
      byBot: false,
      openedAt: hours(50),
      mergedAt: hours(62),
      headBranch: 'hotfix/cart',
      labels: [],
      mergeCommit: sha('d1'),
      firstReviewAt: null,
      commits: [{ sha: sha('e1'), authoredAt: hours(50), author: 'Ada', subject: 'mend' }],
    };
    const settings = datasetSettings();
    const history = new RepositoryHistory({ name: REPOSITORY, components: [] }, settings);
    for (const [name, ...parents] of [['b1'], ['e1', 'b1'], ['b2', 'b1'], ['d1', 'b2', 'e1']] as const)
      history.add(commit(name, { parents }));
    const refs = [
      branch('main', 'd1'),
      tag('v1.0.0', 'b1', hours(0)),
      tag('v1.0.1', 'e1', hours(51)),
      tag('v1.1.0', 'b2', hours(60)),
      tag('v1.2.0', 'd1', hours(72)),
    ];
    const snapshot = { refs, branch: { name: 'main', commit: sha('d1') } };
    const { deployments } = associate(history, snapshot, settings, {
      ...NO_RECORDS,
      pullRequests: [request],
    });
    return deployments.flatMap(({ name, failures }) => failures.map(({ rule }) => `${name} ${rule}`));
  }

  it('does not blame main when it is merged', () => {
    expect(released()).not.toContain('v1.1.0 hotfix');
  });

  it('blames the release that it was built on', () => {
    expect(released()).toContain('v1.0.0 hotfix');
  });
});
