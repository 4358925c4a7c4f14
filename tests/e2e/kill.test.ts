import { execFile } from 'node:child_process';
import { cp, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { generateBenchHistory } from '../../bench/history.ts';
import { git } from '../../fixtures/history/git.ts';
import { Random } from '../../fixtures/history/random.ts';
import { dora, doraOk, ended, start } from '../support/cli.ts';
import { expectWhole, inLanes, killedAfter } from '../support/kill.ts';
import { AS_OF, sharedFolder, testFolder } from '../support/repo.ts';
import { datasetDigest, temporaryFiles } from '../support/workspace.ts';

/** Long enough that a run is at work for most of its time. */
const COMMITS = 3000;
const MOMENTS = 26;

/** `repo`, and two workspaces: `old`, extracted when the history was three quarters as long, and `new`. */
const shared = sharedFolder(async (folder) => {
  const repo = path.join(folder, 'repo');
  await generateBenchHistory({ commits: COMMITS, directory: repo });
  const refs = await git(repo, ['for-each-ref', '--format=%(refname) %(objectname)']);
  const newest = await git(repo, ['rev-parse', 'main']);
  const older = await git(repo, ['rev-list', '--first-parent', '--skip=300', '--max-count=1', 'main']);
  await git(repo, ['update-ref', 'refs/heads/main', older]);
  const later = (await git(repo, ['for-each-ref', '--format=%(refname)', `--no-merged=${older}`])).split(
    '\n',
  );
  for (const ref of later) await git(repo, ['update-ref', '-d', ref]);
  await doraOk(['extract', '--data', path.join(folder, 'old')], { cwd: repo });
  for (const line of refs.split('\n')) await git(repo, ['update-ref', ...line.split(' ')]);
  await git(repo, ['update-ref', 'refs/heads/main', newest]);
  await doraOk(['extract', '--data', path.join(folder, 'new')], { cwd: repo });
});

const CALCULATE = ['calculate', '--format', 'json', '--period', 'quarter', '--as-of', AS_OF];

/** Moments spread over a run that takes `duration`, each somewhere in its own slice; the start-up of Node is left out. */
function moments(duration: number, seed: number): number[] {
  const random = new Random(seed);
  const slice = (duration * 0.95) / MOMENTS;
  return Array.from(
    { length: MOMENTS },
    (_, number) => duration * 0.15 + slice * (number + random.int(0, 999) / 1000),
  );
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const before = performance.now();
  await work();
  return performance.now() - before;
}

describe.each([
  { command: 'extract', from: null, seed: 1 },
  { command: 'update', from: 'old', seed: 2 },
])('kill -9 at any moment of $command', ({ command, from, seed }) => {
  const prepare = async (data: string) => {
    if (from !== null) await cp(path.join(shared(), from), data, { recursive: true });
  };

  // audit.jsonl and abandoned segments: see kill-steps.test.ts
  it(`leaves a workspace that the next run makes whole, ${String(MOMENTS)} times over`, async () => {
    const folder = await testFolder();
    const cwd = path.join(shared(), 'repo');
    const dataset = await datasetDigest(path.join(shared(), 'new'));
    const numbers = await doraOk([...CALCULATE, '--data', path.join(shared(), 'new')], { cwd });
    let longest = 0;
    await inLanes(['a', 'b'], async (name) => {
      const trial = path.join(folder, name);
      await prepare(trial);
      longest = Math.max(longest, await timeOf(() => doraOk([command, '--data', trial], { cwd })));
    });

    let killed = 0;
    await inLanes(moments(longest, seed).entries(), async ([number, moment]) => {
      const data = path.join(folder, String(number));
      await prepare(data);
      const { code } = await killedAfter(moment, [command, '--data', data], { cwd });
      if (code === null) killed += 1;
      await doraOk([command, '--data', data], { cwd });
      await expectWhole(data, dataset);
      if (number % 5 === 0) expect(await doraOk([...CALCULATE, '--data', data], { cwd })).toBe(numbers);
    });

    // how many were in time depends on the machine; that none was would mean that nothing was tried
    expect(killed).toBeGreaterThan(0);
  });
});

describe('several runs at once', () => {
  // audit.jsonl and abandoned segments: see kill-steps.test.ts
  it.each(['extract', 'update', 'extract --full'])(
    'of %s lose nothing and count nothing twice; one that loses says so',
    async (command) => {
      const data = path.join(await testFolder(), 'data');
      const cwd = path.join(shared(), 'repo');
      const argv = [...command.split(' '), '--data', data];

      const runs = await Promise.all([dora(argv, { cwd }), dora(argv, { cwd }), dora(argv, { cwd })]);
      await doraOk(['update', '--data', data], { cwd });

      await expectWhole(data, await datasetDigest(path.join(shared(), 'new')));
      expect(runs.some(({ code }) => code === 0)).toBe(true);
      for (const { code, stderr } of runs.filter((run) => run.code !== 0)) {
        expect(stderr).toMatch(
          /error: another run changed git\/repo\/commits while this one was running: nothing/u,
        );
        expect(stderr).toMatch(/\nhint: run it again; what the other run stored is used\.\n$/u);
        expect(code).toBe(1);
      }
    },
  );
});

/** A folder with a git whose `log` never ends; it says on the pipe `started` when it has been asked for it. */
async function endlessGit(): Promise<{ readonly PATH: string; readonly started: string }> {
  const bin = await testFolder();
  const started = path.join(bin, 'started');
  const script = `#!/bin/sh
case " $* " in
  *" log "*) echo yes > '${started}'; exec sleep 1000;;
  *) PATH="\${PATH#*:}"; exec git "$@";;
esac
`;
  await writeFile(path.join(bin, 'git'), script, { mode: 0o755 });
  await promisify(execFile)('mkfifo', [started]);
  return { PATH: `${bin}:${process.env['PATH'] ?? ''}`, started };
}

describe.each(['SIGINT', 'SIGTERM'] as const)('%s in the middle of a run', (signal) => {
  it.each(['extract', 'update'])('ends %s with 130, says so once, and loses nothing', async (command) => {
    const data = path.join(await testFolder(), 'data');
    const cwd = path.join(shared(), 'repo');
    const argv = [command, '--data', data];
    if (command === 'update') await cp(path.join(shared(), 'old'), data, { recursive: true });
    const { PATH, started } = await endlessGit();
    const child = start(argv, { cwd, env: { PATH } });
    const end = ended(child);
    await readFile(started);

    child.kill(signal);

    expect(await end).toEqual({
      code: 130,
      stdout: '',
      stderr: 'interrupted: what was published before is kept; run the same command again to go on\n',
    });
    await doraOk(argv, { cwd });
    expect(await datasetDigest(data)).toBe(await datasetDigest(path.join(shared(), 'new')));
    expect(await temporaryFiles(data)).toEqual([]);
  });
});
