import type { ChildProcess } from 'node:child_process';
import { cp, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { buildHistory } from '../../fixtures/history/history-builder.ts';
import { git } from '../../fixtures/history/git.ts';
import { dora, ended, start, type Run } from '../support/cli.ts';
import { githubForTest } from '../support/github/ask.ts';
import { FAULTS, type Fault, type SeenRequest } from '../support/github/faults.ts';
import { manyPullRequests } from '../support/github/many.ts';
import { buildShop } from '../support/github/shop.ts';
import { describeAcmeShop } from '../support/github/shop/acme-shop.ts';
import { GitHubWorld } from '../support/github/world.ts';
import { GitHubWorkspace } from '../support/github-workspace.ts';
import { day, sharedFolder, testFolder } from '../support/repo.ts';
import { expectWhole, killedAtStep, onHost } from '../support/kill.ts';
import { datasetDigest, datasetOf, namedSegments, storedSegments } from '../support/workspace.ts';

const PULL_REQUESTS = 5000;
const KILLS = 10;
const TOKEN = 'ghp_test';
const FAST_TIMERS = fileURLToPath(new URL('../support/fast-timers.mjs', import.meta.url));

let world: GitHubWorld;
const shared = sharedFolder(async (folder) => {
  await buildHistory({ directory: path.join(folder, 'shop') }, async (history) => {
    await history.commit({ at: day(0) });
    await history.tag({ name: 'v1.0.0', at: day(1) });
    for (let n = 1; n <= 40; n += 1)
      await history.commit({ at: day(2, n), message: `change (#${String(n)})` });
    await history.tag({ name: 'v1.1.0', at: day(5) });
  });
  world = new GitHubWorld();
  const repository = manyPullRequests(world, PULL_REQUESTS, { name: 'acme/shop' });
  for (let n = 0; n < 250; n += 1) {
    repository.openIssue({ title: `down ${String(n)}`, at: day(1) + n, labels: ['incident'] });
    const oid = [...repository.pullRequests][n]?.commits[0]?.oid ?? '';
    const deployment = repository.deploy({ oid, at: day(1) + n, environment: 'staging' });
    repository.setStatus(deployment, { state: 'SUCCESS', at: day(1) + n + 60 });
  }
});

/** A clone with the program's settings, and how to run it there. */
async function clone(url: string) {
  const folder = await testFolder();
  const directory = path.join(folder, 'shop');
  await cp(path.join(shared(), 'shop'), directory, { recursive: true });
  await git(directory, ['config', 'remote.origin.url', `${url}/acme/shop.git`]);
  const env = { GITHUB_TOKEN: TOKEN, NODE_OPTIONS: `--import ${FAST_TIMERS}` };
  const config = path.join(folder, 'dora-metrics.yaml');
  await writeFile(
    config,
    `repositories: [{ path: shop }]\ngithub: { baseUrl: "${url}", timeoutSeconds: 2 }\n`,
  );
  const data = path.join(folder, 'data');
  const run = (...args: string[]): ChildProcess => start(['--config', config, ...args], { cwd: folder, env });
  return { directory, data, run };
}

/** The raw data of GitHub, the newest of each item. */
async function rawOf(directory: string, url: string) {
  return await new GitHubWorkspace({ directory, url }).raw();
}

/** One request in five goes wrong, each time in another way. */
class OneInFive {
  #next = 0;
  readonly injected: string[] = [];

  fault = ({ index }: SeenRequest): Fault | null => {
    if (index % 5 !== 4) return null;
    const name = FAULTS[this.#next % FAULTS.length];
    this.#next += 1;
    if (name === undefined) return null;
    this.injected.push(name);
    return { name, seconds: 1 };
  };
}

describe('a first extract of 5,000 pull requests, with one request in five going wrong and ten kills', () => {
  it(
    'ends with the data of an undisturbed one, and asks nothing again that it was not forced to',
    { timeout: 240_000 },
    async () => {
      const calm = await githubForTest(world);
      const undisturbed = await clone(calm.url);
      expect((await ended(undisturbed.run('extract'))).code).toBe(0);

      const faults = new OneInFive();
      const kills: SeenRequest[] = [];
      let child: ChildProcess | null = null;
      const server = await githubForTest(world, {
        fault: faults.fault,
        meanwhile: (request) => {
          // every so often the process dies while it waits for an answer
          if (kills.length >= KILLS || request.index % 13 !== 12 || child === null) return;
          child.kill('SIGKILL');
          child = null;
          kills.push(request);
        },
      });
      const disturbed = await clone(server.url);
      const runs: Run[] = [];
      do {
        const { length } = runs;
        expect(length).toBeLessThan(80);
        child = disturbed.run('extract');
        runs.push(await ended(child));
      } while (runs.at(-1)?.code !== 0);

      expect(kills).toHaveLength(KILLS);
      expect(new Set(faults.injected)).toEqual(new Set(FAULTS));
      expect(await rawOf(disturbed.directory, server.url)).toEqual(
        await rawOf(undisturbed.directory, calm.url),
      );
      expect(await datasetOf(disturbed.data)).toEqual(await datasetOf(undisturbed.data));
      expect(await storedSegments(disturbed.data)).toEqual(await namedSegments(disturbed.data));
      for (const { stderr, stdout } of runs) expect(stderr + stdout).not.toContain(TOKEN);

      // a page may be asked for once, and once more for each fault and each kill that spoiled an answer about it
      const asked = new Map<string, number>();
      for (const { operation, variables, fault, status } of server.requests) {
        const page = `${operation} ${JSON.stringify(variables['after'] ?? null)}`;
        const spoiled = fault !== null || status !== 200;
        asked.set(page, (asked.get(page) ?? 0) + (spoiled ? 0 : 1));
      }
      for (const { operation, variables } of kills) {
        const page = `${operation} ${JSON.stringify(variables['after'] ?? null)}`;
        asked.set(page, (asked.get(page) ?? 0) - 1);
      }
      const twice = [...asked].filter(([, times]) => times > 1);
      expect(twice).toEqual([]);
    },
  );
});

describe('a kill at any change of the file system, while GitHub is read', () => {
  it('loses nothing and leaves nothing behind', { timeout: 240_000 }, async () => {
    const folder = await testFolder();
    const shop = await buildShop({ directory: path.join(folder, 'shop') }, describeAcmeShop);
    const server = await githubForTest(shop.world);
    const directory = path.join(folder, 'shop');
    await git(directory, ['config', 'remote.origin.url', `${server.url}/acme/shop.git`]);
    const options = {
      cwd: directory,
      env: { ...onHost('first'), GITHUB_TOKEN: TOKEN, DORA_METRICS_GITHUB_URL: server.url },
    };
    const whole = path.join(folder, 'whole');
    expect((await dora(['--data', whole, 'extract'], options)).code).toBe(0);
    const dataset = await datasetDigest(whole);

    let wasKilled = true;
    // steps of three: each kind of step comes in all positions
    for (let step = 1; wasKilled; step += 3) {
      const data = path.join(folder, `killed-${String(step)}`);
      const killed = await killedAtStep({ step, host: 'first' }, ['--data', data, 'extract'], options);
      wasKilled = killed.code === null;
      expect((await dora(['--data', data, 'extract'], options)).code).toBe(0);
      await expectWhole(data, dataset);
    }
  });
});
