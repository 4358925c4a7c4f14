import { describe, expect, it } from 'vitest';
import { git } from '../../../../fixtures/history/git.ts';
import { manyPullRequests } from '../../../support/github/many.ts';
import { buildShop, type ShopBuilder } from '../../../support/github/shop.ts';
import { describeAcmeShop } from '../../../support/github/shop/acme-shop.ts';
import { Deployment } from '../../../support/github/model/deployment.ts';
import { Release } from '../../../support/github/model/release.ts';
import type { MergeStyle } from '../../../support/github/shop/options.ts';
import { GitHubWorld } from '../../../support/github/world.ts';
import { day, testFolder } from '../../../support/repo.ts';

const lines = (text: string) => text.split('\n').filter((line) => line !== '');

/** Whether git has such a commit at all. */
async function has(directory: string, sha: string): Promise<boolean> {
  return await git(directory, ['cat-file', '-e', sha]).then(
    () => true,
    () => false,
  );
}

type Extra = Partial<Parameters<ShopBuilder['pullRequest']>[0]>;

/** A shop with one pull request of two commits, the second by somebody else. */
async function withPullRequest(style: MergeStyle, extra: Extra = {}) {
  const directory = await testFolder();
  const { repository, made } = await buildShop({ directory }, async (shop) => {
    const before = await shop.commit({ at: day(0), message: 'begin' });
    const landed = await shop.pullRequest({
      style,
      title: 'Pay by card',
      commits: [
        { at: day(1), message: 'card: first try\n\nWhy.' },
        { at: day(2), message: 'card: second try', author: 'carol' },
      ],
      openedAt: day(2, 1),
      reviewedAt: day(2, 3),
      mergedAt: day(3),
      mergedBy: 'bob',
      headBranch: 'card',
      ...extra,
    });
    return { before, landed };
  });
  return { directory, repository, ...made };
}

const STYLES: readonly MergeStyle[] = ['merge', 'squash', 'rebase', 'fast-forward'];

describe.each(STYLES)('a pull request by %s', (style) => {
  it('brings onto its base what it says, and the world knows the same of it', async () => {
    const { directory, repository, before, landed } = await withPullRequest(style);

    const listed = await git(directory, ['rev-list', '--topo-order', '--reverse', `${before}..main`]);

    expect(lines(listed)).toEqual(landed.landed);
    expect(await git(directory, ['rev-parse', 'main'])).toBe(landed.mergeCommit);
    for (const sha of landed.landed) {
      const shown = await git(directory, ['show', '--no-patch', '--format=%at %ct %ae %P', sha]);
      const [authoredAt, committedAt, authorEmail, ...parents] = shown.split(' ');
      expect(repository.commit(sha)).toMatchObject({
        authoredAt: Number(authoredAt),
        committedAt: Number(committedAt),
        authorEmail,
        parents: parents.length,
      });
    }
    expect(landed.request).toMatchObject({ state: 'MERGED', mergedAt: day(3), number: landed.number });
    expect(landed.request.commits.map(({ oid }) => oid)).toEqual(landed.originals.map(({ sha }) => sha));
    expect(landed.originals.map(({ authoredAt }) => authoredAt)).toEqual([day(1), day(2)]);
  });

  it('leaves every file as its branch had it', async () => {
    const { directory } = await withPullRequest(style);

    const files = lines(await git(directory, ['ls-tree', '--name-only', 'main']));

    expect(files).toEqual(['card-1.txt', 'card-2.txt', `direct-${day(0)}.txt`]);
  });

  it('takes along what the base got meanwhile', async () => {
    const directory = await testFolder();
    const { made } = await buildShop({ directory }, async (shop) => {
      await shop.commit({ at: day(0) });
      const landed = await shop.pullRequest({
        style,
        commits: [{ at: day(1) }],
        openedAt: day(1),
        meanwhile: async () =>
          await shop.commit({ at: day(2), message: 'hotfix', files: { 'hot.txt': '1' } }),
        updateBranchAt: day(2, 1),
        mergedAt: day(3),
      });
      return landed;
    });

    const files = lines(await git(directory, ['ls-tree', '--name-only', 'main']));

    expect(files).toEqual(['change-1-1.txt', `direct-${day(0)}.txt`, 'hot.txt']);
    expect(made.originals).toHaveLength(1);
    expect(made.request.commits.map(({ oid }) => oid)).toEqual([made.originals[0]?.sha, made.update]);
    expect(made.request.commits[1]).toMatchObject({
      message: "Merge branch 'main' into change-1",
      parents: 2,
    });
  });
});

describe('the commits that were written', () => {
  it.each<[MergeStyle, boolean]>([
    ['merge', true],
    ['fast-forward', true],
    ['squash', false],
    ['rebase', false],
  ])('after %s: in git or not', async (style, isThere) => {
    const { directory, landed } = await withPullRequest(style);

    for (const { sha } of landed.originals) expect(await has(directory, sha)).toBe(isThere);
    expect(await git(directory, ['branch', '--list', 'card'])).toBe('');
  });

  it.each<MergeStyle>(['squash', 'rebase'])(
    'are kept by a branch that is not deleted after %s',
    async (style) => {
      const { directory, landed } = await withPullRequest(style, { keepBranch: true });

      const listed = await git(directory, ['rev-list', '--reverse', 'main..card']);

      expect(lines(listed)).toEqual(landed.originals.map(({ sha }) => sha));
    },
  );
});

describe('what git says', () => {
  const message = async (built: { readonly directory: string }, name = 'main') =>
    await git(built.directory, ['show', '--no-patch', '--format=%an|%cn|%B', name]);

  it('of a merge', async () => {
    expect((await message(await withPullRequest('merge'))).trimEnd()).toBe(
      'Bob|GitHub|Merge pull request #1 from acme/card\n\nPay by card',
    );
  });

  it('of a squash of several commits', async () => {
    expect((await message(await withPullRequest('squash'))).trimEnd()).toBe(
      [
        'Alice|GitHub|Pay by card (#1)',
        '* card: first try\n\nWhy.',
        '* card: second try',
        '---------',
        'Co-authored-by: Carol <carol@acme.example>',
      ].join('\n\n'),
    );
  });

  it('of a squash of one commit', async () => {
    const commits = [{ at: day(1), message: 'card: at once\n\nWhy.' }];

    expect((await message(await withPullRequest('squash', { commits }))).trimEnd()).toBe(
      'Alice|GitHub|card: at once (#1)\n\nWhy.',
    );
  });

  it('of a rebase: what was written, by whom and when, and nothing of the pull request', async () => {
    const { directory } = await withPullRequest('rebase');

    expect(await git(directory, ['log', '-2', '--format=%an %at %cn %ct %s', 'main'])).toBe(
      [
        `Carol ${day(2)} Bob ${day(3)} card: second try`,
        `Alice ${day(1)} Bob ${day(3)} card: first try`,
      ].join('\n'),
    );
  });
});

it('a pull request that is not merged stays open, and its branch where it is', async () => {
  const directory = await testFolder();
  const { made } = await buildShop({ directory }, async (shop) => {
    await shop.commit({ at: day(0) });
    return await shop.pullRequest({ style: 'merge', commits: [{ at: day(1) }], openedAt: day(1) });
  });

  expect(made).toMatchObject({ landed: [], mergeCommit: null, request: { state: 'OPEN' } });
  expect(await git(directory, ['rev-parse', 'change-1'])).toBe(made.originals[0]?.sha);
});

it('a branch is not forwarded onto a base that has moved on', async () => {
  const directory = await testFolder();
  const building = buildShop({ directory }, async (shop) => {
    await shop.commit({ at: day(0) });
    await shop.pullRequest({
      style: 'fast-forward',
      commits: [{ at: day(1) }],
      openedAt: day(1),
      meanwhile: async () => await shop.commit({ at: day(2) }),
      mergedAt: day(3),
    });
  });

  await expect(building).rejects.toThrow('main has moved on');
});

it('a small shop has something of everything, and nothing that git does not have', async () => {
  const directory = await testFolder();
  const { repository, made } = await buildShop({ directory }, describeAcmeShop);

  const shipped = [...repository.releases, ...repository.deployments, ...repository.runs].map((item) =>
    item instanceof Release ? item.commit?.oid : item instanceof Deployment ? item.oid : item.sha,
  );

  for (const sha of shipped) expect(await has(directory, sha ?? 'none')).toBe(true);
  expect(await git(directory, ['rev-parse', 'v1.1.0'])).toBe(made.forwarded.mergeCommit);
  expect(await git(directory, ['rev-parse', 'v1.0.0'])).toBe(made.merged.mergeCommit);
  expect([...repository.deployments].map(({ state }) => state)).toEqual(['INACTIVE', 'FAILURE', 'ACTIVE']);
  expect([...repository.runs].map((run) => run.attempts.map(({ conclusion }) => conclusion))).toEqual([
    ['failure', 'success'],
    ['success'],
  ]);
  expect([...repository.issues]).toMatchObject([{ state: 'CLOSED', number: 3 }]);
  expect([made.merged, made.squashed, made.rebased, made.forwarded].map(({ number }) => number)).toEqual([
    1, 2, 4, 5,
  ]);
});

it('thousands of pull requests are made in no time, and the same every time', () => {
  const make = () => [...manyPullRequests(new GitHubWorld(), 2000).pullRequests];

  const requests = make();

  expect(requests).toHaveLength(2000);
  expect(requests.every(({ state, commits }) => state === 'MERGED' && commits.length >= 2)).toBe(true);
  expect(requests.map(({ id, mergeCommit }) => [id, mergeCommit?.oid])).toEqual(
    make().map(({ id, mergeCommit }) => [id, mergeCommit?.oid]),
  );
});
