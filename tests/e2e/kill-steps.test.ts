import { cp } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { git } from '../../fixtures/history/git.ts';
import { dora, doraOk } from '../support/cli.ts';
import { expectWhole, heldAtStep, killedAtStep, onHost } from '../support/kill.ts';
import { sharedFolder, smallShop, testFolder } from '../support/repo.ts';
import { datasetDigest } from '../support/workspace.ts';

/** The digest of this name begins with a letter, that of the other one with a digit. */
const HOST = 'beta';
const HOST_WITH_DIGIT = 'alpha';

/** No run changes the file system more often than this. */
const MOST_STEPS = 200;

const STRIDE = 1;
const BEATEN =
  /error: another run changed git\/shop\/commits while this one was running: nothing of this run was kept in /u;

/** `shop`, and two workspaces: `old`, extracted before the last version, and `new`. */
const shared = sharedFolder(async (folder) => {
  const shop = path.join(folder, 'shop');
  await smallShop(shop);
  const tag = await git(shop, ['rev-parse', 'v1.1.1']);
  await git(shop, ['tag', '-d', 'v1.1.1']);
  await git(shop, ['update-ref', 'refs/heads/main', 'v1.1.0^{commit}']);
  await doraOk(['extract', '--data', path.join(folder, 'old')], { cwd: shop, env: onHost(HOST) });
  await git(shop, ['update-ref', 'refs/tags/v1.1.1', tag]);
  await git(shop, ['update-ref', 'refs/heads/main', 'v1.1.1^{commit}']);
  await doraOk(['extract', '--data', path.join(folder, 'new')], { cwd: shop, env: onHost(HOST) });
});

const RUNS = [
  { command: 'extract', from: null },
  { command: 'extract --full', from: 'old' },
  { command: 'update', from: 'old' },
  { command: 'update', from: 'new' },
] as const;

async function prepare(from: string | null): Promise<string> {
  const data = path.join(await testFolder(), 'data');
  if (from !== null) await cp(path.join(shared(), from), data, { recursive: true });
  return data;
}

describe.each(RUNS)('kill -9 at each change of the file system in $command ($from)', ({ command, from }) => {
  it('leaves a workspace that the next run makes whole', async () => {
    const cwd = path.join(shared(), 'shop');
    const dataset = await datasetDigest(path.join(shared(), 'new'));

    for (let step = 1; ; step += 1) {
      const data = await prepare(from);
      const argv = [...command.split(' '), '--data', data];
      const { code } = await killedAtStep({ step, host: HOST }, argv, { cwd });
      await doraOk(['update', '--data', data], { cwd, env: onHost(HOST) });
      await expectWhole(data, dataset);
      if (code === 0) break;
      expect(step).toBeLessThan(MOST_STEPS);
    }
  });
});

describe.each([
  { command: 'extract', from: null },
  { command: 'update', from: 'old' },
])('a run of $command ($from) that is held up at any change of the file system', ({ command, from }) => {
  it('and overtaken by another one neither loses nor doubles anything', async () => {
    const cwd = path.join(shared(), 'shop');
    const dataset = await datasetDigest(path.join(shared(), 'new'));

    for (let step = 1; ; step += STRIDE) {
      const data = await prepare(from);
      const argv = [command, '--data', data];
      const held = await heldAtStep({ step, host: HOST }, argv, { cwd }, () =>
        doraOk(['update', '--data', data], { cwd, env: onHost(HOST) }),
      );
      await doraOk(['update', '--data', data], { cwd, env: onHost(HOST) });
      await expectWhole(data, dataset);
      if (held.code !== 0) expect(held).toMatchObject({ code: 1, stderr: expect.stringMatching(BEATEN) });
      if (!held.wasHeld) break;
      expect(step).toBeLessThan(MOST_STEPS);
    }
  });
});
