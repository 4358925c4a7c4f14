import { cp, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadSettings } from '../../../src/config/load.ts';
import { calculate } from '../../../src/pipeline/calculate.ts';
import { extract, type ExtractSummary } from '../../../src/pipeline/extract.ts';
import type { Ports } from '../../../src/pipeline/ports.ts';
import { startGitHub } from '../../support/github/server.ts';
import { GitHubWorld } from '../../support/github/world.ts';
import { GitHubWorkspace } from '../../support/github-workspace.ts';
import { smallShop, testFolder } from '../../support/repo.ts';

const TOKEN = 'ghp_test';

/** An organisation of so many small repositories, each of which can be cloned. */
async function acme(names: readonly string[]) {
  const folder = await testFolder();
  const world = new GitHubWorld();
  await smallShop(path.join(folder, 'clones', 'shop'));
  for (const name of names) {
    if (name !== 'shop')
      await cp(path.join(folder, 'clones/shop'), path.join(folder, 'clones', name), { recursive: true });
    world.addRepository(`acme/${name}`, {
      isFork: name.startsWith('fork'),
      isArchived: name.startsWith('old'),
    });
  }
  const trouble = { isDown: false };
  const server = await startGitHub(world, {
    fault: ({ operation }) => (trouble.isDown && operation.includes('/orgs/') ? 'bad-gateway' : null),
  });
  onTestFinished(async () => await server.close());
  const workspace = new GitHubWorkspace({ directory: path.join(folder, 'clones/shop'), url: server.url });
  const redirect = path.join(folder, 'gitconfig');
  await writeFile(
    redirect,
    names
      .map(
        (name) =>
          `[url "${path.join(folder, 'clones', name)}"]\n\tinsteadOf = ${server.url}/acme/${name}.git\n`,
      )
      .join(''),
  );
  const run = async (yaml = '', change: Partial<Ports['env']> = {}): Promise<ExtractSummary> => {
    const { settings, ports } = await opened(yaml, change);
    return await extract(
      {
        command: 'update',
        settings,
        full: false,
        only: [],
        sources: [],
        mayWait: true,
        concurrency: 3,
        shard: null,
      },
      ports,
    );
  };
  const opened = async (yaml: string, change: Partial<Ports['env']> = {}) => {
    const file = path.join(folder, 'dora-metrics.yaml');
    await writeFile(file, `github: { baseUrl: "${server.url}", organization: acme${yaml} }\n`);
    const { settings } = await loadSettings({ cwd: folder, file, env: {}, flags: {} });
    const ports = await workspace.ports();
    const env = { ...ports.env, GH_ENTERPRISE_TOKEN: TOKEN, GIT_CONFIG_GLOBAL: redirect, ...change };
    return { settings, ports: { ...ports, env } };
  };
  const metrics = async (yaml = '') => {
    const { settings, ports } = await opened(yaml);
    const range = { from: null, to: null };
    return await calculate({ settings, unit: 'year', range, by: 'repository', asOf: null }, ports);
  };
  return { folder, world, server, trouble, run, metrics };
}

const namesOf = ({ repositories }: ExtractSummary) => repositories.map(({ name }) => name);

describe('an organisation on GitHub', () => {
  it('is read as far as its repositories are wanted: no forks, but what is archived', async () => {
    const { run, server, folder } = await acme(['shop', 'web', 'fork-of-web', 'old-web', 'sandbox']);

    const summary = await run(', exclude: [sandbox]');

    expect(summary.failures).toEqual([]);
    expect(namesOf(summary)).toEqual(['acme/old-web', 'acme/shop', 'acme/web']);
    expect(server.requests.filter(({ operation }) => operation.includes('/orgs/'))).toHaveLength(1);
    expect(await readFile(path.join(folder, 'data/state.json'), 'utf8').catch(() => '')).not.toContain(TOKEN);
  });

  it('is chosen from by names with or without the owner, with no new question', async () => {
    const { run } = await acme(['shop', 'web', 'old-web']);
    await run();

    expect(namesOf(await run(', include: [acme/w*, shop]'))).toEqual(['acme/shop', 'acme/web']);
    expect(namesOf(await run(', archived: false, exclude: ["s*"]'))).toEqual(['acme/web']);
  });

  it('keeps counting what a deleted repository had shipped', async () => {
    const { run, world, metrics } = await acme(['shop', 'web']);
    await run();
    const web = world.find('acme/web');
    if (web !== undefined) world.deleteRepository(web);

    const summary = await run();

    expect(summary.failures).toEqual([]);
    expect(namesOf(summary)).toEqual(['acme/shop']);
    expect((await metrics()).groups.map(({ key }) => key)).toEqual(['acme/shop', 'acme/web']);
  });

  it('that does not answer is said, and what was listed before is read', async () => {
    const { run, trouble } = await acme(['shop']);
    await run();
    trouble.isDown = true;

    const summary = await run();

    expect(summary.failures.map(({ repository }) => repository)).toEqual(['acme']);
    expect(namesOf(summary)).toEqual(['acme/shop']);
  });

  it('needs a token, and says which', async () => {
    const { run } = await acme(['shop']);

    await expect(run('', { GH_ENTERPRISE_TOKEN: '' })).rejects.toThrow(/there is no token for 127\.0\.0\.1/u);
  });
});
