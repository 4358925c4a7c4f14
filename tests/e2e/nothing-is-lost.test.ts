import { copyFile, cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { git } from '../../fixtures/history/git.ts';
import { buildHistory } from '../../fixtures/history/history-builder.ts';
import { dora, doraOk } from '../support/cli.ts';
import { day, sharedFolder, smallShop, testFolder } from '../support/repo.ts';

/** What people typed is never lost, and never said of something else: what went wrong once when somebody tried to break it. */

const shared = sharedFolder(async (folder) => {
  const shop = path.join(folder, 'shop');
  await smallShop(shop);
  await doraOk(['extract'], { cwd: shop });
});

async function clone(): Promise<string> {
  const folder = path.join(await testFolder(), 'shop');
  await cp(path.join(shared(), 'shop'), folder, { recursive: true });
  return folder;
}

const sheetOf = (cwd: string) => path.join(cwd, 'data/pending_review.csv');
const text = async (cwd: string) => await readFile(sheetOf(cwd), 'utf8');

/** Writes into `notes` of the row whose line holds `title`. */
async function noted(cwd: string, name: string, notes: Readonly<Record<string, string>>): Promise<string> {
  const lines = (await text(cwd)).split('\r\n').map((line) => {
    const found = Object.entries(notes).find(([title]) => line.includes(title));
    return found === undefined ? line : line.replace(/,[^,]*,([^,]*)$/u, `,${found[1]},$1`);
  });
  await writeFile(path.join(cwd, name), lines.join('\r\n'));
  return name;
}

const Listed = z.array(
  z.object({ title: z.string(), cells: z.record(z.string(), z.string()), orphaned: z.boolean() }),
);

async function annotated(cwd: string): Promise<string[]> {
  const rows = Listed.parse(JSON.parse(await doraOk(['annotations', 'list', '--format', 'json'], { cwd })));
  return rows.map(
    ({ title, cells, orphaned }) => `${title}: ${cells['notes'] ?? ''}${orphaned ? ' (orphaned)' : ''}`,
  );
}

const SOMEBODY = ['-c', 'user.name=Bo', '-c', 'user.email=bo@shop.example'];
const INVOICE = 'pay: by invoice';
const CARD = 'pay: by card';

describe('an annotation of a commit that is gone', () => {
  /** The same change twice: on, off, on again. */
  async function switched(): Promise<string> {
    const cwd = path.join(await testFolder(), 'shop');
    await buildHistory({ directory: cwd }, async (history) => {
      await history.commit({ message: 'begin', files: { a: '0\n' }, at: day(0) });
      await history.tag({ name: 'v0.1.0', at: day(0, 1) });
      await history.commit({ message: 'turn on', files: { x: 'on\n' }, at: day(1) });
      await history.tag({ name: 'v1.0.0', at: day(1, 1) });
      await history.commit({ message: 'turn off', files: { x: null }, at: day(2) });
      await history.commit({ message: 'turn on again', files: { x: 'on\n' }, at: day(3) });
      await history.tag({ name: 'v2.0.0', at: day(3, 1) });
    });
    await doraOk(['extract'], { cwd });
    return cwd;
  }

  it.each<{ first: Record<string, string> }>([{ first: {} }, { first: { 'turn on,': 'FIRST' } }])(
    'does not move to one that was there all along: $first',
    async ({ first }) => {
      const cwd = await switched();
      await doraOk(['import', await noted(cwd, 'x.csv', { ...first, 'turn on again': 'SECOND' })], { cwd });
      await git(cwd, ['tag', '-d', 'v2.0.0']);
      await git(cwd, ['reset', '-q', '--hard', 'HEAD~2']);
      expect(await doraOk(['update'], { cwd })).not.toContain('holds for');
      expect((await annotated(cwd)).toSorted()).toEqual(
        [...('turn on,' in first ? ['turn on: FIRST'] : []), 'turn on again: SECOND (orphaned)'].toSorted(),
      );
    },
  );

  it('does not move to one that has another already, and two do not move to the same', async () => {
    const cwd = await clone();
    for (const message of ['deploy one', 'deploy two'])
      await git(cwd, [...SOMEBODY, 'commit', '-q', '--allow-empty', '-m', message]);
    await doraOk(['update'], { cwd });
    await doraOk(['import', await noted(cwd, 'x.csv', { 'deploy one': 'ONE', 'deploy two': 'TWO' })], {
      cwd,
    });
    await git(cwd, ['reset', '-q', '--hard', 'HEAD~2']);
    await git(cwd, [...SOMEBODY, 'commit', '-q', '--allow-empty', '-m', 'deploy one']);
    await doraOk(['update'], { cwd });
    const all = (await annotated(cwd)).map((line) => line.replace(' (orphaned)', ''));
    expect(all.toSorted()).toEqual(['deploy one: ONE', 'deploy two: TWO']);
  });

  it('comes back with the very same commit', async () => {
    const cwd = await clone();
    await doraOk(['import', await noted(cwd, 'x.csv', { [CARD]: 'hello' })], { cwd });
    const before = await git(cwd, ['rev-parse', 'HEAD']);
    await git(cwd, [
      ...SOMEBODY,
      'commit',
      '-q',
      '--amend',
      '-m',
      'something else',
      '--date',
      '2026-06-01T00:00:00Z',
    ]);
    await doraOk(['update'], { cwd });
    expect(await annotated(cwd)).toEqual(['something else: hello']);
    await git(cwd, ['reset', '-q', '--hard', before]);
    await doraOk(['update'], { cwd });
    expect(await annotated(cwd)).toEqual([`${CARD}: hello`]);
  });
});

describe('what is written into the sheet where import does not look', () => {
  it('stays there: a renamed column, a column of their own, a title, and text below the table', async () => {
    const cwd = await clone();
    const lines = (await text(cwd))
      .replace(/^\ufeff/u, '')
      .trimEnd()
      .split('\r\n');
    const [header = '', ...rows] = lines;
    const edited = [
      'ask Bob about January',
      `${header.replace(',notes,', ',note,')},todo`,
      ...rows.map((row) =>
        row.includes(INVOICE) ? `${row.replace(/,([^,]*)$/u, 'rolled back,$1')},call Ann` : `${row},`,
      ),
      'ask Ann as well',
    ];
    await writeFile(sheetOf(cwd), `\ufeff${edited.join('\r\n')}\r\n`);
    const kept = ['ask Bob about January', 'rolled back', 'call Ann', 'ask Ann as well'];

    const run = await dora(['import', 'data/pending_review.csv'], { cwd });
    expect(run.stderr).toMatch(
      /nothing is read from column U \(note\), W \(todo\), and there is no column notes/u,
    );
    for (const words of kept) expect(await text(cwd)).toContain(words);
    await doraOk(['update'], { cwd });
    await doraOk(['extract', '--full'], { cwd });
    for (const words of kept) expect((await text(cwd)).split(words)).toHaveLength(2);
    // another sheet, in which everybody is done
    const full = await testFolder();
    await doraOk(['extract', '--data', full], { cwd });
    await copyFile(path.join(full, 'pending_review.csv'), path.join(cwd, 'full.csv'));
    await doraOk(['import', 'full.csv'], { cwd });
    for (const words of kept) expect(await text(cwd)).toContain(words);
  });

  it('stays below the table when nothing else was edited', async () => {
    const cwd = await clone();
    await writeFile(sheetOf(cwd), `${await text(cwd)},,,,,,,,,,,,,,,,,,,,look here,\r\n`);
    await doraOk(['import', 'data/pending_review.csv'], { cwd });
    expect(await text(cwd)).toContain('look here');
  });
});

describe('two at the same moment', () => {
  it('import different cells, and both count', async () => {
    const cwd = await clone();
    const files = [
      await noted(cwd, 'a.csv', { [INVOICE]: 'by Ada' }),
      await noted(cwd, 'b.csv', { [CARD]: 'by Bo' }),
    ];
    const runs = await Promise.all(files.map(async (file) => await dora(['import', file], { cwd })));
    expect(runs.map(({ code, stderr }) => ({ code, stderr }))).toEqual([
      { code: 0, stderr: '' },
      { code: 0, stderr: '' },
    ]);
    expect((await annotated(cwd)).toSorted()).toEqual([`${CARD}: by Bo`, `${INVOICE}: by Ada`]);
  });

  it('undo: each takes one import back, or says that nothing was', async () => {
    const cwd = await clone();
    const files = [
      await noted(cwd, 'a.csv', { [INVOICE]: 'one' }),
      await noted(cwd, 'b.csv', { [CARD]: 'two' }),
    ];
    for (const file of files) await doraOk(['import', file], { cwd });
    const runs = await Promise.all([1, 2, 3].map(async () => await dora(['annotations', 'undo'], { cwd })));
    for (const { code, stderr } of runs)
      if (code !== 0) {
        expect(code).toBe(1);
        expect(stderr).toMatch(/nothing was taken back|no import in data to take back/u);
      }
    const undone = runs.filter(({ code }) => code === 0).length;
    expect(await annotated(cwd)).toHaveLength(Math.max(0, 2 - undone));
  });
});

describe('what can be spared', () => {
  it('is missed by nobody: which rows were reviewed', async () => {
    const cwd = await clone();
    await doraOk(['import', await noted(cwd, 'a.csv', { [INVOICE]: 'one' })], { cwd });
    const people = path.join(cwd, 'data/raw/people');
    for (const name of await readdir(people, { recursive: true }))
      if (name.endsWith('.jsonl')) await rm(path.join(people, name));
    expect(await doraOk(['annotations', 'undo'], { cwd })).toContain('taken back');
    expect(await annotated(cwd)).toEqual([]);
    expect(await doraOk(['update'], { cwd })).toContain('5 rows wait for review');
  });
});

describe('an undo', () => {
  it('of what was said of an incident leaves it with the deployment that it named', async () => {
    const cwd = await clone();
    const incidents = async () => await readFile(path.join(cwd, 'data/dataset/incidents.csv'), 'utf8');
    await writeFile(
      path.join(cwd, '1.csv'),
      'incident_id,opened_at,resolved_at,deployment\nPD-1,2026-01-20T10:00Z,2026-01-20T12:00Z,v1.1.0\n',
    );
    await writeFile(path.join(cwd, '2.csv'), 'incident_id,opened_at,severity,deployment\nPD-1,,low,v1.1.1\n');
    await doraOk(['import', '1.csv'], { cwd });
    const before = await incidents();
    expect(before).toContain(':v1.1.0');
    await doraOk(['import', '2.csv'], { cwd });
    expect(await incidents()).toContain(':v1.1.1');
    await doraOk(['annotations', 'undo'], { cwd });
    expect(await incidents()).toBe(before);
  });
});
