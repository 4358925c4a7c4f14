import { copyFile, cp, mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { makeSheets } from '../../fixtures/sheets/make.ts';
import { buildTill, TILL } from '../../fixtures/sheets/till.ts';
import { dora, doraOk } from '../support/cli.ts';
import { sharedFolder, testFolder } from '../support/repo.ts';

/** Sheets as Excel writes them: fixtures/sheets/README.md says what is in them, and how it is known. */

const SHEETS = fileURLToPath(new URL('../../fixtures/sheets/', import.meta.url));
const JOURNAL = 'annotations.jsonl';

const shared = sharedFolder(async (folder) => {
  const cwd = path.join(folder, TILL);
  await buildTill(cwd);
  await mkdir(path.join(cwd, 'data'));
  await copyFile(path.join(SHEETS, JOURNAL), path.join(cwd, 'data', JOURNAL));
  await doraOk(['extract'], { cwd });
});

/** A workspace in which the sheet was exported, for one test. */
async function till(): Promise<string> {
  const cwd = path.join(await testFolder(), TILL);
  await cp(path.join(shared(), TILL), cwd, { recursive: true });
  return cwd;
}

const Summary = z.object({
  cleared: z.number(),
  unchanged: z.number(),
  unknown: z.array(z.unknown()),
  warnings: z.array(z.string()),
  changes: z.array(
    z.object({
      title: z.string(),
      column: z.string(),
      before: z.string().nullable(),
      after: z.string().nullable(),
    }),
  ),
});
type Summary = z.infer<typeof Summary>;

async function imported(cwd: string, file: string, ...flags: string[]): Promise<Summary> {
  return Summary.parse(
    JSON.parse(await doraOk(['import', file, '--by', 'Tom', '--format', 'json', ...flags], { cwd })),
  );
}

async function journal(cwd: string): Promise<string> {
  return await readFile(path.join(cwd, 'data', JOURNAL), 'utf8');
}

const LOST = 'shipped 🎉 from Łódź';

function lines({ changes }: Summary): string[] {
  return changes.map(
    ({ title, column, before, after }) => `${title} | ${column}: ${before ?? ''} → ${after ?? ''}`,
  );
}

/** What was typed into each of them, in whatever form the region shows it. */
const TYPED = [
  'till: print receipts | is_hotfix:  → no',
  'till: print receipts | notes:  → looked at again, see "the ticket"; and more',
  'till: round to five, not to ten | failed:  → yes',
  'till: round to five, not to ten | failed_at:  → 2026-01-20T10:30:00Z',
  'till: round to five, not to ten | recovered_at:  → 2026-01-20T12:00:00Z',
];
const CLEARED = '=1+1 | ignore: yes → ';

interface Saved {
  readonly file: string;
  /** What the file cannot say. */
  readonly without?: string;
  /** Letters that its encoding has none for. */
  readonly isLossy?: boolean;
  readonly start: string;
}

const FILES: readonly Saved[] = [
  { file: 'csv-utf-8.csv', start: 'efbbbf' },
  { file: 'unicode-text.txt', start: 'fffe' },
  { file: 'csv-semicolons-windows-1252.csv', isLossy: true, start: '726f775f69643b' },
  { file: 'csv-macintosh.csv', isLossy: true, start: '726f775f69642c' },
  { file: 'sep-line.csv', start: `efbbbf${Buffer.from('sep=;\r\n').toString('hex')}` },
  { file: 'columns-moved.csv', start: 'efbbbf' },
  // without the column base an empty cell says nothing
  { file: 'visible-columns.csv', without: CLEARED, start: 'efbbbf' },
  { file: 'trailing-cells.csv', start: 'efbbbf' },
];

describe.each(FILES)('$file', ({ file, without, isLossy = false, start }) => {
  const expected = [CLEARED, ...TYPED].filter((line) => line !== without);
  const flags = isLossy ? ['--prefer', 'ours'] : [];

  it('changes the cells that were typed into, and no other', async () => {
    const cwd = await till();
    const before = await journal(cwd);
    const sheet = path.join(SHEETS, file);
    expect((await readFile(sheet)).toString('hex')).toMatch(new RegExp(`^${start}`, 'u'));

    const dry = await imported(cwd, sheet, '--dry-run', ...flags);
    expect(await journal(cwd)).toBe(before);
    const real = await imported(cwd, sheet, ...flags);
    expect(lines(dry)).toEqual(lines(real));
    expect(lines(real).toSorted()).toEqual(expected.toSorted());
    expect(real).toMatchObject({ unknown: [], unchanged: 36 - 3 + (without === undefined ? 0 : 1) });
    expect(real.warnings.join(' ')).toMatch(isLossy ? /windows-1252/u : /^(?!.*windows-1252)/u);
    expect((await journal(cwd)).startsWith(before)).toBe(true);

    const once = await journal(cwd);
    expect(lines(await imported(cwd, sheet, ...flags))).toEqual([]);
    expect(await journal(cwd)).toBe(once);
  });

  it('is kept by update in its own dialect, and still says the same', async () => {
    const cwd = await till();
    const pending = path.join(cwd, 'data/pending_review.csv');
    await copyFile(path.join(SHEETS, file), pending);
    await doraOk(['update'], { cwd });

    const written = (await readFile(pending)).toString('hex');
    // what cannot be written in one byte a letter is written as UTF-8
    expect(written).toMatch(isLossy ? /^efbbbf/u : new RegExp(`^${start}`, 'u'));
    const kept = await imported(cwd, 'data/pending_review.csv', '--dry-run', ...flags);
    expect(lines(kept).toSorted()).toEqual(expected.toSorted());
  });
});

describe.each(FILES.filter(({ isLossy = false }) => isLossy))('$file', ({ file }) => {
  it('asks about letters that were lost, and imports nothing until somebody decides', async () => {
    const cwd = await till();
    const before = await journal(cwd);
    const { code, stderr } = await dora(['import', path.join(SHEETS, file), '--by', 'Tom'], { cwd });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /notes\): the file says ".*", which a spreadsheet may have made of "shipped 🎉 from Łódź"/u,
    );
    expect(await journal(cwd)).toBe(before);
    expect(
      lines(await imported(cwd, path.join(SHEETS, file), '--dry-run', '--prefer', 'theirs')),
    ).toContainEqual(expect.stringContaining(`notes: ${LOST} → shipped ?? from `));
  });
});

describe('the sheets', () => {
  it('are what is exported today, as Excel saves it', async () => {
    const folder = await testFolder();
    await copyFile(path.join(SHEETS, JOURNAL), path.join(folder, JOURNAL));
    await makeSheets(folder);
    const names = await readdir(folder);
    expect(names).toEqual(expect.arrayContaining(FILES.map(({ file }) => file)));
    for (const name of names)
      expect({ name, is: await readFile(path.join(folder, name)) }).toEqual({
        name,
        is: await readFile(path.join(SHEETS, name)),
      });
  });
});
