import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { git } from '../../fixtures/history/git.ts';
import { isRunning } from '../../src/io/processes.ts';
import { dora, doraOk, ended, start } from '../support/cli.ts';
import { sharedFolder, smallShop, testFolder } from '../support/repo.ts';
import { datasetDigest, temporaryFiles } from '../support/workspace.ts';

/** More than are read before processes are started. */
const NAMES = Array.from({ length: 44 }, (_, n) => `r${String(n).padStart(2, '0')}`);
/** One that is read by a process of its own. */
const LATE = 'r40';

/** Clones beside each other, a configuration that names them, and `whole`, the workspace of a run in one process. */
const shared = sharedFolder(async (folder) => {
  const first = path.join(folder, 'clones', NAMES[0] ?? '');
  await smallShop(first);
  for (const name of NAMES.slice(1)) await cp(first, path.join(folder, 'clones', name), { recursive: true });
  await writeFile(path.join(folder, 'dora-metrics.yaml'), 'repositories: [./clones/*]\n');
  await doraOk(['extract', '--concurrency', '1', '--data', 'whole'], { cwd: folder });
});

async function copied(): Promise<string> {
  const folder = await testFolder();
  await cp(shared(), folder, { recursive: true });
  return folder;
}

/** A PATH on which git does what the lines of `sh` say in the clone `LATE`, and what it always does elsewhere. */
async function oddGit(folder: string, lines: string): Promise<string> {
  const bin = path.join(folder, 'bin');
  await mkdir(bin, { recursive: true });
  const { stdout } = await promisify(execFile)('sh', ['-c', 'command -v git']);
  const script = `#!/bin/sh\ncase "$PWD" in */${LATE}) ${lines};; esac\nexec ${stdout.trim()} "$@"\n`;
  await writeFile(path.join(bin, 'git'), script, { mode: 0o755 });
  return `${bin}:${process.env['PATH'] ?? ''}`;
}

const wholeDigest = async () => await datasetDigest(path.join(shared(), 'whole'));

describe('many repositories, read by processes of their own', () => {
  it('give the same as in one process, and again when one has something new', async () => {
    const cwd = await copied();

    await doraOk(['extract', '--concurrency', '3'], { cwd });

    expect(await datasetDigest(path.join(cwd, 'data'))).toBe(await wholeDigest());
    const sheet = async (data: string) => await readFile(path.join(cwd, data, 'pending_review.csv'), 'utf8');
    expect(await sheet('data')).toBe(await sheet('whole'));
    const clone = path.join(cwd, 'clones', LATE);
    const asAda = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com'];
    await git(clone, [...asAda, 'commit', '--quiet', '--allow-empty', '-m', 'one more']);
    const said = await doraOk(['update', '--concurrency', '3'], { cwd });
    expect(said).toContain(`${LATE}: 1 new commit,`);
    await doraOk(['update', '--concurrency', '1', '--data', 'whole'], { cwd });
    expect(await datasetDigest(path.join(cwd, 'data'))).toBe(await datasetDigest(path.join(cwd, 'whole')));
    expect(await temporaryFiles(path.join(cwd, 'data'))).toEqual([]);
  });

  it('that cannot be read, or have the name of another, are told of as ever', async () => {
    const cwd = await copied();
    await rm(path.join(cwd, 'clones', LATE, '.git/HEAD'));
    for (const name of ['r02', 'r42'])
      await git(path.join(cwd, 'clones', name), [
        'remote',
        'add',
        'origin',
        'https://git.example/acme/twin.git',
      ]);

    const alone = await dora(['extract', '--concurrency', '1', '--data', 'alone'], { cwd });
    const { code, stdout, stderr } = await dora(['extract', '--concurrency', '3'], { cwd });

    const errors = (text: string) => text.split('\n').filter((line) => !/^\d+ of \d+: /u.test(line));
    expect(code).toBe(3);
    expect(stdout).toBe(alone.stdout);
    expect(errors(stderr)).toEqual(errors(alone.stderr));
    expect(stderr).toContain(`clones/${LATE}: not a git repository`);
    expect(stderr).toMatch(/acme\/twin/u);
  });

  it('go on when such a process is killed: one fails, and comes with the next run', async () => {
    const cwd = await copied();
    const PATH = await oddGit(cwd, 'kill -9 $PPID');

    const { code, stderr } = await dora(['extract', '--concurrency', '3'], { cwd, env: { PATH } });

    expect(code).toBe(3);
    expect(stderr).toContain(`error: clones/${LATE}: the process that read it ended: SIGKILL`);
    expect(stderr.match(/^error: /gmu)).toHaveLength(1);
    await doraOk(['update', '--concurrency', '3'], { cwd });
    expect(await datasetDigest(path.join(cwd, 'data'))).toBe(await wholeDigest());
    expect(await temporaryFiles(path.join(cwd, 'data'))).toEqual([]);
  });

  it.each(['SIGINT', 'SIGKILL'] as const)(
    'leave no process behind after %s, and lose nothing',
    async (signal) => {
      const cwd = await copied();
      const started = path.join(cwd, 'started');
      await promisify(execFile)('mkfifo', [started]);
      const PATH = await oddGit(cwd, `echo "$$ $PPID" > ${started}; exec sleep 600`);
      const child = start(['extract', '--concurrency', '3'], { cwd, env: { PATH } });
      const end = ended(child);
      // git is asked several things at once
      const processes = ((await readFile(started, 'utf8')).match(/\d+/gu) ?? []).map(Number);

      child.kill(signal);

      const { code, stderr } = await end;
      if (signal === 'SIGINT') {
        expect(code).toBe(130);
        expect(stderr.split('\n').at(-2)).toMatch(/^interrupted: /u);
      }
      expect(processes.length).toBeGreaterThanOrEqual(2);
      await expect.poll(() => processes.filter(isRunning), { timeout: 20_000 }).toEqual([]);
      await doraOk(['extract'], { cwd });
      expect(await datasetDigest(path.join(cwd, 'data'))).toBe(await wholeDigest());
      expect(await temporaryFiles(path.join(cwd, 'data'))).toEqual([]);
    },
  );
});
