import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { git } from '../../../fixtures/history/git.ts';
import { dora, doraOk, type Run } from '../cli.ts';
import { AS_OF, sharedFolder, smallShop, testFolder } from '../repo.ts';

/** A bucket as the program and its tests see it. */
export interface ProgramBucket {
  readonly name: string;
  /** What the program must be told to reach it. */
  readonly env: Readonly<Record<string, string>>;
  /** `s3://…` of a workspace that no other test uses. */
  place(): string;
  /** What a workspace holds below a prefix, by key. */
  objectsOf(at: string, below: string): Promise<Record<string, string>>;
}

const REPOSITORIES = ['shop', 'api', 'web', 'ops'];

const State = z.object({
  generation: z.number(),
  streams: z.record(z.string(), z.object({ segments: z.array(z.object({ name: z.string() })) })),
});

/** What the whole program does with a workspace in a bucket, whoever keeps the bucket. */
export function wholeProgram(bucket: () => ProgramBucket): void {
  const shared = sharedFolder(async (folder) => {
    for (const name of REPOSITORIES) await smallShop(path.join(folder, name));
  });
  const shop = () => path.join(shared(), 'shop');
  const reached = () => ({ env: bucket().env });

  describe('a workspace in a bucket', () => {
    it('holds what one in a folder does, and gives the same report', async () => {
      const cwd = await testFolder();
      const folder = path.join(cwd, 'data');
      const at = bucket().place();
      const sheets: string[] = [];
      for (const [data, read] of [
        [folder, async (key: string) => await readFile(path.join(folder, key), 'utf8')],
        [at, async (key: string) => await objectOf(bucket(), at, key)],
      ] as const) {
        await doraOk(['extract', '--full', '--data', data], { cwd: shop(), ...reached() });
        await doraOk(['update', '--data', data], { cwd: shop(), ...reached() });
        const sheet = await read('pending_review.csv');
        sheets.push(sheet);
        await writeFile(path.join(cwd, 'sheet.csv'), annotated(sheet));
        const imported = ['import', path.join(cwd, 'sheet.csv'), '--by', 'Ada', '--data', data];
        expect(await doraOk(imported, { cwd: shop(), ...reached() })).toContain('1 cell set');
      }
      expect(sheets[1]).toBe(sheets[0]);
      const argv = ['report', '--as-of', AS_OF, '--output', '-', '--data'];
      const page = await doraOk([...argv, folder], { cwd: shop() });
      // it names the place of the workspace in the line that makes it again
      expect((await doraOk([...argv, at], { cwd: shop(), ...reached() })).replaceAll(at, folder)).toBe(page);
      const tables = (await readdir(path.join(folder, 'dataset'))).filter((name) => name.endsWith('.csv'));
      expect(tables).toHaveLength(5);
      const inBucket = await bucket().objectsOf(at, '');
      for (const key of tables.map((name) => `dataset/${name}`))
        expect({ key, is: inBucket[key] }).toEqual({
          key,
          is: await readFile(path.join(folder, key), 'utf8'),
        });
    });

    it('is reached by variables as well, and takes annotations', async () => {
      const at = bucket().place();
      const cwd = await testFolder();
      const { name } = bucket();
      const env = {
        ...bucket().env,
        DORA_STORAGE_TYPE: 's3',
        DORA_S3_BUCKET: name,
        DORA_S3_PREFIX: at.replace(`s3://${name}/`, ''),
      };
      await writeFile(path.join(cwd, 'dora-metrics.yaml'), `repositories: [{ path: "${shop()}" }]\n`);
      await doraOk(['extract'], { cwd, env });
      const sheet = await objectOf(bucket(), at, 'pending_review.csv');
      await writeFile(path.join(cwd, 'sheet.csv'), annotated(sheet));
      expect(await doraOk(['import', 'sheet.csv', '--by', 'Ada'], { cwd, env })).toContain('1 cell set');
      expect(await doraOk(['annotations', 'list'], { cwd, env })).toContain('notes: why not');
      expect(await objectOf(bucket(), at, 'pending_review.csv')).toContain('why not');
      expect(await doraOk(['status'], { cwd, env })).toContain(`${at}: `);
      await doraOk(['annotations', 'undo'], { cwd, env });
      expect(await doraOk(['annotations', 'list'], { cwd, env })).toContain('no annotations');
    });
  });

  describe('eight processes at once', () => {
    it('fill one prefix with different repositories, and lose none', async () => {
      const data = bucket().place();
      const cwd = await testFolder();
      const paths = REPOSITORIES.map((name) => `{ path: "${path.join(shared(), name)}", name: ${name} }`);
      await writeFile(path.join(cwd, 'dora-metrics.yaml'), `repositories: [${paths.join(', ')}]\n`);
      const ask = async (name: string) =>
        await dora(['extract', '--repo', name, '--data', data], { cwd, ...reached() });
      const runs = await Promise.all([...REPOSITORIES, ...REPOSITORIES].map(ask));
      expectClean(runs);
      // who lost has only to try again
      for (const [position, { code }] of runs.entries())
        if (code !== 0) expect((await ask(REPOSITORIES[position % REPOSITORIES.length] ?? '')).code).toBe(0);

      expect(Object.keys((await stateOf(bucket(), data)).streams).toSorted()).toEqual(
        REPOSITORIES.flatMap((name) => [`git/${name}/commits`, `git/${name}/refs`]).toSorted(),
      );
      const folder = path.join(cwd, 'data');
      await doraOk(['extract', '--data', folder], { cwd });
      const argv = ['calculate', '--format', 'json', '--as-of', AS_OF, '--data'];
      expect(await doraOk([...argv, data], { cwd, ...reached() })).toBe(
        await doraOk([...argv, folder], { cwd }),
      );
    });

    it('update the same repository, and each commit is there once', async () => {
      const at = bucket().place();
      const clone = path.join(await testFolder(), 'shop');
      await smallShop(clone);
      const ada = ['-c', 'user.name=Ada', '-c', 'user.email=ada@acme.example'];
      const update = async () => await dora(['update', '--data', at], { cwd: clone, ...reached() });
      await doraOk(['extract', '--data', at], { cwd: clone, ...reached() });
      await git(clone, [...ada, 'commit', '-q', '--allow-empty', '-m', 'one more']);
      const runs = await Promise.all(Array.from({ length: 8 }, update));
      expectClean(runs);
      expect(runs.some(({ code }) => code === 0)).toBe(true);
      expect((await update()).code).toBe(0);
      await stateOf(bucket(), at);
      const sheet = await objectOf(bucket(), at, 'pending_review.csv');
      expect(sheet.split('one more')).toHaveLength(2);
      expect(sheet.trimEnd().split('\r\n')).toHaveLength(1 + 6);
    });
  });
}

async function objectOf(bucket: ProgramBucket, at: string, key: string): Promise<string> {
  return (await bucket.objectsOf(at, key))[key] ?? '';
}

/** The sheet with one cell that a person has filled in. */
function annotated(sheet: string): string {
  return sheet
    .split('\r\n')
    .map((row) => (row.includes('pay: by card') ? row.replace(/,,r0_start$/u, ',why not,r0_start') : row))
    .join('\r\n');
}

/** The published state, of which every segment must be there. */
async function stateOf(bucket: ProgramBucket, at: string): Promise<z.infer<typeof State>> {
  const state = State.parse(JSON.parse(await objectOf(bucket, at, 'state.json')));
  const names = Object.values(state.streams).flatMap(({ segments }) => segments.map(({ name }) => name));
  const stored = Object.keys(await bucket.objectsOf(at, 'raw/')).map((key) => path.posix.basename(key));
  expect(stored).toEqual(expect.arrayContaining(names));
  return state;
}

/** Every run succeeds, or says that another one came first and that nothing was kept. */
function expectClean(runs: readonly Run[]): void {
  for (const { code, stderr } of runs) {
    expect(code === 0 || code === 1 || code === 3, stderr).toBe(true);
    if (code !== 0) expect(stderr).toMatch(/another run changed|other runs keep/u);
    expect(stderr).not.toMatch(/\n\s+at /u);
  }
}
