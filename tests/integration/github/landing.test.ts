import path from 'node:path';
import { expect, it } from 'vitest';
import { githubForTest } from '../../support/github/ask.ts';
import { buildShop } from '../../support/github/shop.ts';
import type { MergeStyle } from '../../support/github/shop/options.ts';
import { GitHubWorkspace } from '../../support/github-workspace.ts';
import { day, testFolder } from '../../support/repo.ts';

const STYLES = ['merge', 'squash', 'rebase', 'fast-forward'] as const satisfies readonly MergeStyle[];

/** Ten changes of a pull request, landed in one of the ways that GitHub offers; what lead time is measured on. */
async function samplesOf(style: MergeStyle): Promise<readonly string[]> {
  const directory = path.join(await testFolder(), 'shop');
  const { world, made } = await buildShop({ directory }, async (shop) => {
    await shop.commit({ at: day(0) });
    await shop.release({ tag: 'v1.0.0', at: day(1) });
    const landed = await shop.pullRequest({
      style,
      title: 'Ten changes',
      commits: Array.from({ length: 10 }, (_, n) => ({ at: day(2, 5 * n), message: `change ${String(n)}` })),
      openedAt: day(5),
      reviewedAt: day(5, 3),
      mergedAt: day(6),
    });
    await shop.release({ tag: 'v1.1.0', at: day(7) });
    return landed;
  });
  const server = await githubForTest(world);
  const workspace = new GitHubWorkspace({ directory, url: server.url });
  expect((await workspace.extract()).failures).toEqual([]);

  const { changes } = await workspace.rows();
  expect(new Set(changes.map(({ commit }) => commit))).toEqual(new Set(made.originals.map(({ sha }) => sha)));
  expect(changes.every(({ pullRequest }) => pullRequest?.firstReviewAt === day(5, 3) * 1000)).toBe(true);
  return changes
    .map(({ authoredAt, deployedAt, subject }) => `${String(authoredAt)} ${String(deployedAt)} ${subject}`)
    .sort();
}

it('gives the same ten lead times, whatever way GitHub landed the pull request', async () => {
  const [merge = [], ...others] = await Promise.all(STYLES.map(samplesOf));

  expect(merge).toHaveLength(10);
  for (const samples of others) expect(samples).toEqual(merge);
});
