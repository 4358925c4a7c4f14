import { appendFile, cp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { git } from '../../fixtures/history/git.ts';
import { dora, doraOk } from '../support/cli.ts';
import { sharedFolder, smallShop, testFolder } from '../support/repo.ts';
import { datasetDigest, storedSegments } from '../support/workspace.ts';

const NAMES = ['alpha', 'beta', 'gamma', 'delta', 'epsilon'] as const;

const AS_ADA = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com'];

/** Five clones beside each other, with a configuration that names them by a pattern. */
const shared = sharedFolder(async (folder) => {
  await smallShop(path.join(folder, 'clones', NAMES[0]));
  for (const name of NAMES.slice(1))
    await cp(path.join(folder, 'clones', NAMES[0]), path.join(folder, 'clones', name), { recursive: true });
  await writeFile(path.join(folder, 'dora-metrics.yaml'), 'repositories: [./clones/*]\n');
});

async function copied(): Promise<string> {
  const folder = await testFolder();
  await cp(shared(), folder, { recursive: true });
  return folder;
}

async function commitIn(folder: string, name: string, subject: string): Promise<void> {
  const clone = path.join(folder, 'clones', name);
  await git(clone, [...AS_ADA, 'commit', '--quiet', '--allow-empty', '-m', subject]);
}

const State = z.object({
  streams: z.record(z.string(), z.object({ segments: z.array(z.object({ name: z.string() })) })),
});

async function stateOf(folder: string): Promise<z.infer<typeof State>> {
  return State.parse(JSON.parse(await readFile(path.join(folder, 'data/state.json'), 'utf8')));
}

describe('several repositories', () => {
  it('are read at the same time with the same result as one after the other', async () => {
    const cwd = await copied();

    const one = await doraOk(['extract', '--concurrency', '1', '--data', 'one'], { cwd });
    const many = await doraOk(['extract', '--concurrency', '4', '--data', 'many'], { cwd });

    expect(many).toBe(one);
    expect(await datasetDigest(path.join(cwd, 'many'))).toEqual(await datasetDigest(path.join(cwd, 'one')));
  });

  it('of which one cannot be read: the others are, the reason is said, the exit code is 3', async () => {
    const cwd = await copied();
    await rm(path.join(cwd, 'clones/gamma/.git/HEAD'));
    await appendFile(path.join(cwd, 'dora-metrics.yaml'), '# two more\n');

    const { code, stdout, stderr } = await dora(['extract'], { cwd });

    expect(code).toBe(3);
    for (const name of ['alpha', 'beta', 'delta', 'epsilon']) expect(stdout).toContain(`${name}: `);
    expect(stderr).toMatch(/^error: clones\/gamma: not a git repository: /mu);
    expect(stderr).toMatch(/\d of 5: /u);
  });

  it('are built anew only where something changed, and to the byte as all at once', async () => {
    const cwd = await copied();
    await doraOk(['extract'], { cwd });
    await commitIn(cwd, 'beta', 'one more');
    await doraOk(['update'], { cwd });
    await git(path.join(cwd, 'clones/delta'), [...AS_ADA, 'tag', '-a', 'v9.0.0', '-m', 'nine']);
    await doraOk(['update'], { cwd });

    await doraOk(['extract', '--full', '--data', 'fresh'], { cwd });

    expect(await datasetDigest(path.join(cwd, 'data'))).toEqual(await datasetDigest(path.join(cwd, 'fresh')));
  });

  it('of which one is not configured any more: its rows go, and the others stay as they are', async () => {
    const cwd = await copied();
    await doraOk(['extract'], { cwd });
    await writeFile(path.join(cwd, 'dora-metrics.yaml'), 'repositories: [./clones/a*, ./clones/d*]\n');

    await doraOk(['update'], { cwd });
    await doraOk(['extract', '--full', '--data', 'fresh'], { cwd });

    expect(await datasetDigest(path.join(cwd, 'data'))).toEqual(await datasetDigest(path.join(cwd, 'fresh')));
  });

  it('are known again when they are configured in other words', async () => {
    const cwd = await copied();
    await doraOk(['extract'], { cwd });
    const whole = await datasetDigest(path.join(cwd, 'data'));
    await writeFile(
      path.join(cwd, 'clones/list.txt'),
      NAMES.map((name) => `${cwd}/clones/${name}\n`).join(''),
    );
    await writeFile(path.join(cwd, 'dora-metrics.yaml'), 'repositories: [{ file: clones/list.txt }]\n');
    await rm(path.join(cwd, 'data/dataset'), { recursive: true });

    await doraOk(['update'], { cwd });

    expect(await datasetDigest(path.join(cwd, 'data'))).toEqual(whole);
  });

  it('of one name are refused, and the name stays with whoever had it, whichever is faster', async () => {
    const cwd = await copied();
    await writeFile(
      path.join(cwd, 'dora-metrics.yaml'),
      'repositories: [{ path: ./clones/alpha, name: shop }]\n',
    );
    await doraOk(['extract'], { cwd });
    await commitIn(cwd, 'beta', 'of another shop');
    const whole = await datasetDigest(path.join(cwd, 'data'));
    const both = '{ path: ./clones/beta, name: shop }, { path: ./clones/alpha, name: shop }';
    await writeFile(path.join(cwd, 'dora-metrics.yaml'), `repositories: [${both}]\n`);

    const { code, stderr } = await dora(['update'], { cwd });

    expect(code).toBe(3);
    expect(stderr).toContain('error: shop: two repositories are called shop');
    await writeFile(
      path.join(cwd, 'dora-metrics.yaml'),
      'repositories: [{ path: ./clones/alpha, name: shop }]\n',
    );
    await doraOk(['update'], { cwd });
    expect(await datasetDigest(path.join(cwd, 'data'))).toEqual(whole);
  });

  it('may be split among machines, each repository to exactly one', async () => {
    const cwd = await copied();
    const whole = await copied();
    await doraOk(['extract'], { cwd: whole });

    const parts = [1, 2, 3].map((number) => doraOk(['extract', '--shard', `${String(number)}/3`], { cwd }));
    const lines = (await Promise.all(parts)).flatMap((text) =>
      text.split('\n').filter((line) => line !== ''),
    );

    expect(lines.map((line) => line.split(':')[0]).sort()).toEqual([...NAMES].sort());
    await doraOk(['calculate'], { cwd });
    expect(await datasetDigest(path.join(cwd, 'data'))).toEqual(
      await datasetDigest(path.join(whole, 'data')),
    );
  });

  it.each(['0/3', '4/3', '3', 'a/b', '1/0'])('--shard %s is wrong usage', async (shard) => {
    const { code, stderr } = await dora(['update', '--shard', shard], { cwd: shared() });

    expect(code).toBe(2);
    expect(stderr).toContain('--shard');
  });
});

describe('many updates', () => {
  it('do not add an object each', async () => {
    const cwd = await copied();
    await writeFile(path.join(cwd, 'dora-metrics.yaml'), 'repositories: [./clones/alpha]\n');
    await doraOk(['extract'], { cwd });
    const most = { segments: 0, files: 0 };
    for (let day = 0; day < 30; day += 1) {
      await commitIn(cwd, 'alpha', `day ${String(day)}`);
      await doraOk(['update'], { cwd });
      const { streams } = await stateOf(cwd);
      most.segments = Math.max(most.segments, streams['git/alpha/commits']?.segments.length ?? 0);
      most.files = Math.max(most.files, (await storedSegments(path.join(cwd, 'data'))).length);
    }

    expect(most.segments).toBe(24);
    expect(most.files).toBe(25);
    expect((await stateOf(cwd)).streams['git/alpha/commits']?.segments.length).toBeLessThan(10);
    await doraOk(['extract', '--full', '--data', 'fresh'], { cwd });
    expect(await datasetDigest(path.join(cwd, 'data'))).toEqual(await datasetDigest(path.join(cwd, 'fresh')));
  });
});

describe('raw data that is damaged', () => {
  /** A workspace of one repository with an annotation, and its only segment of commits. */
  async function annotated(): Promise<{ readonly cwd: string; readonly segment: string }> {
    const cwd = await copied();
    await writeFile(path.join(cwd, 'dora-metrics.yaml'), 'repositories: [./clones/alpha]\n');
    await doraOk(['extract'], { cwd });
    const sheet = await readFile(path.join(cwd, 'data/pending_review.csv'), 'utf8');
    const [header = '', row = ''] = sheet.split('\r\n');
    const cells = row.split(',');
    cells[header.split(',').indexOf('notes')] = 'seen by Ada';
    await writeFile(path.join(cwd, 'filled.csv'), `${header}\r\n${cells.join(',')}\r\n`);
    await doraOk(['import', 'filled.csv'], { cwd });
    const folder = path.join(cwd, 'data/raw/git/alpha/commits');
    const [name = ''] = await readdir(folder);
    return { cwd, segment: path.join(folder, name) };
  }

  const DAMAGES: readonly (readonly [string, (file: string, size: number) => Promise<void>])[] = [
    ...[0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.999].map(
      (place) => [`a byte is another one, at ${String(place)}`, flippedAt(place)] as const,
    ),
    ['it was cut', async (file) => await writeFile(file, (await readFile(file)).subarray(0, -200))],
    ['it is empty', async (file) => await writeFile(file, '')],
    ['it has a line too many', async (file) => await appendFile(file, '{}\n')],
    ['it is gone', async (file) => await rm(file)],
  ];

  function flippedAt(place: number) {
    return async (file: string, size: number): Promise<void> => {
      const body = await readFile(file);
      const at = Math.floor((size - 1) * place);
      body[at] = (body[at] ?? 0) ^ 1;
      await writeFile(file, body);
    };
  }

  it.each(DAMAGES)('is found, named and mended by the command that is given: %s', async (_, damage) => {
    const { cwd, segment } = await annotated();
    const whole = await datasetDigest(path.join(cwd, 'data'));
    const journal = await readFile(path.join(cwd, 'data/annotations.jsonl'), 'utf8');
    await damage(segment, (await stat(segment)).size);
    await rm(path.join(cwd, 'data/dataset'), { recursive: true });

    const { code, stderr } = await dora(['calculate'], { cwd });

    expect(code).toBe(1);
    expect(stderr).toContain(path.basename(segment));
    const command = /dora-metrics (extract --full --repo \S+)/u.exec(stderr)?.[1] ?? '';
    await doraOk(command.split(' '), { cwd });
    expect(await datasetDigest(path.join(cwd, 'data'))).toEqual(whole);
    expect(await readFile(path.join(cwd, 'data/annotations.jsonl'), 'utf8')).toBe(journal);
  });
});
