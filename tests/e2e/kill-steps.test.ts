import { cp, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { git } from '../../fixtures/history/git.ts';
import { doraOk } from '../support/cli.ts';
import { expectWhole, heldAtStep, inLanes, killedAtStep, onHost } from '../support/kill.ts';
import { sharedFolder, smallShop, testFolder } from '../support/repo.ts';
import { datasetDigest, namedSegments, storedSegments } from '../support/workspace.ts';

/** The digest of this name begins with a letter, that of the other one with a digit. */
const HOST = 'beta';
const HOST_WITH_DIGIT = 'alpha';

/** No run changes the file system more often than this. */
const MOST_STEPS = 200;

/** A run is held up at every so manyth step. */
const HOLD_STRIDE = 3;
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
  { command: 'extract', from: null, stride: 1 },
  { command: 'extract --full', from: 'old', stride: 4 },
  { command: 'update', from: 'old', stride: 1 },
  { command: 'update', from: 'new', stride: 3 },
] as const;

/** Steps at even distances, until one is found to lie beyond the last. */
function* steps(stride: number): Generator<{ readonly step: number; readonly isLast: () => void }> {
  const beyond = { isReached: false };
  const isLast = () => {
    beyond.isReached = true;
  };
  for (let step = 1; step < MOST_STEPS; step += stride) {
    if (beyond.isReached) return;
    yield { step, isLast };
  }
  throw new Error('a run that never ends');
}

async function prepare(from: string | null): Promise<string> {
  const data = path.join(await testFolder(), 'data');
  if (from !== null) await cp(path.join(shared(), from), data, { recursive: true });
  return data;
}

describe.each(RUNS)(
  'kill -9 at each change of the file system in $command ($from)',
  ({ command, from, stride }) => {
    it('leaves a workspace that the next run makes whole', async () => {
      const cwd = path.join(shared(), 'shop');
      const dataset = await datasetDigest(path.join(shared(), 'new'));

      await inLanes(steps(stride), async ({ step, isLast }) => {
        const data = await prepare(from);
        const argv = [...command.split(' '), '--data', data];
        const { code } = await killedAtStep({ step, host: HOST }, argv, { cwd });
        await doraOk(['update', '--data', data], { cwd, env: onHost(HOST) });
        await expectWhole(data, dataset);
        if (code === 0) isLast();
      });
    });
  },
);

/** Kills a first run as soon as it has written a segment; the next run must remove it. */
async function expectCleared(host: string): Promise<void> {
  const cwd = path.join(shared(), 'shop');
  for (let step = 1; step < MOST_STEPS; step += 1) {
    const data = await prepare(null);
    await killedAtStep({ step, host }, ['extract', '--data', data], { cwd });
    if ((await storedSegments(data)).length === 0) continue;
    await doraOk(['update', '--data', data], { cwd, env: onHost(host) });
    expect(await storedSegments(data)).toEqual(await namedSegments(data));
    return;
  }
  throw new Error('no step leaves a segment');
}

describe('what a killed run leaves', () => {
  // LocalStorage#keepOutOfGit makes the file first and writes into it then; one that is there is never looked at again
  it('is kept out of git by the next one', async () => {
    const cwd = path.join(shared(), 'shop');
    for (let step = 1; step <= 10; step += 1) {
      const data = await prepare(null);
      await killedAtStep({ step, host: HOST }, ['extract', '--data', data], { cwd });
      await doraOk(['update', '--data', data], { cwd, env: onHost(HOST) });
      expect(await readFile(path.join(data, '.gitignore'), 'utf8')).toBe('*\n');
    }
  });

  it('is cleared away by the next one', async () => await expectCleared(HOST));

  // LocalStorage#isAbandoned reads `000001-5` in `000001-5bce98-4711.jsonl` as machine and process
  it('is cleared away on every machine', async () => await expectCleared(HOST_WITH_DIGIT));
});

describe.each([
  { command: 'extract', from: null },
  { command: 'update', from: 'old' },
])(
  'a run of $command ($from) that is held up at any change of the file system and overtaken',
  ({ command, from }) => {
    it('removes nothing of the other, doubles nothing, and says so when it came second', async () => {
      const cwd = path.join(shared(), 'shop');
      const dataset = await datasetDigest(path.join(shared(), 'new'));

      await inLanes(steps(HOLD_STRIDE), async ({ step, isLast }) => {
        const data = await prepare(from);
        const update = async () => await doraOk(['update', '--data', data], { cwd, env: onHost(HOST) });
        const held = await heldAtStep({ step, host: HOST }, [command, '--data', data], { cwd }, update);
        expect(await storedSegments(data)).toEqual(expect.arrayContaining(await namedSegments(data)));
        await update();
        await expectWhole(data, dataset);
        if (held.code !== 0) expect(held).toMatchObject({ code: 1, stderr: expect.stringMatching(BEATEN) });
        if (!held.wasHeld) isLast();
      });
    });
  },
);
