import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { git } from '../../../fixtures/history/git.ts';
import { buildHistory, type HistoryBuilder } from '../../../fixtures/history/history-builder.ts';
import { loadSettings } from '../../../src/config/load.ts';
import { startGitHub } from '../github/server.ts';
import { buildShop } from '../github/shop.ts';
import { describeAcmeShop } from '../github/shop/acme-shop.ts';
import { day, describeSmallShop } from '../repo.ts';
import { Replay } from './replayed.ts';
import { INCIDENT, moved, type WorldAt, type World } from './world.ts';

/** What the repositories are called, in the order in which they are configured, which is not that of their names. */
export const SHOP = 'acme/shop';
export const SITE = 'site';
export const TOOLS = 'tools';

/**
 * Three small repositories at two times: between them the shop, which is on GitHub, gets a version, the history of the site is written anew, and of
 * the tools nothing changes.
 */
export async function buildManyWorld(
  folder: string,
  meanwhile: (world: WorldAt) => Promise<void>,
): Promise<World> {
  return await build(folder, meanwhile, [SHOP, SITE, TOOLS]);
}

/** The same; at the earlier time nobody has configured the site. */
export async function buildGrowingWorld(
  folder: string,
  meanwhile: (world: WorldAt) => Promise<void>,
): Promise<World> {
  return await build(folder, meanwhile, [SHOP, TOOLS]);
}

async function build(
  folder: string,
  meanwhile: (world: WorldAt) => Promise<void>,
  first: readonly string[],
): Promise<World> {
  const [shop, site, tools] = [SHOP, SITE, TOOLS].map((name) => path.join(folder, path.basename(name)));
  if (shop === undefined || site === undefined || tools === undefined) throw new Error('three were named');
  const { world, repository } = await buildShop({ directory: shop }, describeAcmeShop);
  const server = await startGitHub(world, { rateLimit: null });
  await git(shop, ['config', 'remote.origin.url', `${server.url}/${SHOP}.git`]);
  await buildHistory({ directory: site }, describeSite);
  await buildHistory({ directory: tools }, describeSmallShop);
  const later = await moved(shop, { 'refs/tags/v1.1.0': null, 'refs/heads/main': 'main~2' });
  const rewritten = await moved(site, { 'refs/tags/v1.1.0': 'refs/heads/old', 'refs/heads/main': 'old' });
  await git(site, ['update-ref', '-d', 'refs/heads/old']);
  const settingsOf = async (names: readonly string[]) => {
    const file = path.join(folder, 'dora-metrics.yaml');
    const repositories = names.map((name) => ({ path: path.basename(name) }));
    await writeFile(file, JSON.stringify({ version: 1, github: { baseUrl: server.url }, repositories }));
    return (await loadSettings({ cwd: folder, file, env: {}, flags: {} })).settings;
  };
  const before = new Replay();
  await meanwhile({ settings: await settingsOf(first), before });
  await later();
  await rewritten();
  repository.openIssue(INCIDENT).close(INCIDENT.at + 3600);
  const settings = await settingsOf([SHOP, SITE, TOOLS]);
  return { settings, before, after: new Replay(), close: async () => await server.close() };
}

/** Two versions; of the second there is another one on the branch `old`. */
async function describeSite(history: HistoryBuilder): Promise<void> {
  await history.commit({ message: 'site: begin', files: { 'index.txt': '1\n' }, at: day(0) });
  await history.tag({ name: 'v1.0.0', at: day(1) });
  history.branch('old');
  await history.commit({ message: 'site: news', files: { 'news.txt': '1\n' }, at: day(2), branch: 'old' });
  await history.commit({ message: 'site: about', files: { 'about.txt': '1\n' }, at: day(3), branch: 'old' });
  await history.commit({ message: 'site: news, once more', files: { 'news.txt': '2\n' }, at: day(2) });
  await history.commit({ message: 'site: prices', files: { 'prices.txt': '1\n' }, at: day(4) });
  await history.tag({ name: 'v1.1.0', at: day(5) });
}
