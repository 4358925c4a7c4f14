import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { describe, expect, it } from 'vitest';
import { buildHistory } from '../../fixtures/history/history-builder.ts';
import { doraOk } from '../support/cli.ts';
import { day, sharedFolder, testFolder } from '../support/repo.ts';
import * as z from 'zod';

/** The sheet on its way through the programs that people have: LibreOffice Calc and gnumeric, for real. */

const FORMULA = '=1+1 items in the cart';

/** What spreadsheets change when they may. */
const SUBJECTS = [
  '1e10',
  '0012345',
  '1234567890123456789012345678901234567890',
  FORMULA,
  '+1',
  '-1+2',
  '@SUM(1)',
  "'quoted",
  '1.10',
  '1/2',
  'TRUE',
  '2026-01-02',
  'a "quote", and; more',
  'emoji 🎉 Ünï',
  '=HYPERLINK("http://x","y")',
];
const NOTES = [
  '1e10',
  '0012345',
  '1234567890123456789012345678901234567890',
  '=2+2',
  '+5',
  "'apostrophe",
  'tab\there',
  'line\nbreak',
  '"q", and; more',
  '🎉 Ünï',
  'x'.repeat(10_000),
  '1/2',
  '12:30',
  'TRUE',
  '@x',
];

const Rows = z.array(z.array(z.string()));

function rowsOf(text: string): string[][] {
  return Rows.parse(parse(text, { bom: true, relax_column_count: true }));
}

/** A workspace with a note in every row, and a failure in the newest. */
const shared = sharedFolder(async (folder) => {
  const cwd = path.join(folder, 'shop');
  await buildHistory({ directory: cwd }, async (history) => {
    for (const [n, message] of SUBJECTS.entries())
      await history.commit({ message, files: { 'a.txt': `${String(n)}\n` }, at: day(n) });
    await history.tag({ name: 'v1.0.0', at: day(SUBJECTS.length) });
  });
  await doraOk(['extract', '--full'], { cwd });
  const [header = [], ...rows] = rowsOf(await readFile(path.join(cwd, 'data/pending_review.csv'), 'utf8'));
  for (const [n, row] of rows.entries()) row[header.indexOf('notes')] = NOTES[n] ?? '';
  const [newest] = rows;
  if (newest !== undefined) {
    newest[header.indexOf('failed')] = 'yes';
    newest[header.indexOf('failed_at')] = '2026-01-21T10:00:00Z';
    newest[header.indexOf('recovered_at')] = '2026-01-21T12:00:00Z';
  }
  const sent = path.join(folder, 'sent.csv');
  await writeFile(sent, stringify([header, ...rows]));
  await doraOk(['import', sent, '--by', 'Jane'], { cwd });
});

const cwd = () => path.join(shared(), 'shop');

async function program(name: string, args: readonly string[]): Promise<void> {
  const child = spawn(name, args, { stdio: 'ignore', timeout: 100_000 });
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  expect(code).toBe(0);
}

/** Opens a file in LibreOffice and saves it in another format; gives the path of what it saved. */
async function libreOffice(file: string, format: string, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const filter = file.endsWith('.csv') ? ['--infilter=CSV:44,34,76,1'] : [];
  const profile = `-env:UserInstallation=file://${path.join(shared(), 'profile')}`;
  await program('soffice', [
    '--headless',
    profile,
    ...filter,
    '--convert-to',
    format,
    '--outdir',
    folder,
    file,
  ]);
  return path.join(folder, `${path.basename(file, path.extname(file))}.${format.split(':')[0] ?? ''}`);
}

const asCsv = (delimiter: number, charset: number) =>
  `csv:Text - txt - csv (StarCalc):${String(delimiter)},34,${String(charset)},1`;
const UTF_8 = 76;
const UTF_16 = 65_535;

type Way = (file: string, folder: string) => Promise<string>;

const WAYS: readonly (readonly [name: string, way: Way])[] = [
  ['LibreOffice, CSV in UTF-8', async (file, folder) => await libreOffice(file, asCsv(44, UTF_8), folder)],
  ['LibreOffice, semicolons', async (file, folder) => await libreOffice(file, asCsv(59, UTF_8), folder)],
  ['LibreOffice, tabs', async (file, folder) => await libreOffice(file, asCsv(9, UTF_8), folder)],
  ['LibreOffice, tabs in UTF-16', async (file, folder) => await libreOffice(file, asCsv(9, UTF_16), folder)],
  [
    'LibreOffice, .xlsx and back',
    async (file, folder) =>
      await libreOffice(await libreOffice(file, 'xlsx', folder), asCsv(44, UTF_8), path.join(folder, 'back')),
  ],
  [
    'LibreOffice, .ods and back',
    async (file, folder) =>
      await libreOffice(await libreOffice(file, 'ods', folder), asCsv(44, UTF_8), path.join(folder, 'back')),
  ],
  ['gnumeric, CSV', async (file, folder) => await gnumeric(file, path.join(folder, 'saved.csv'))],
  [
    'gnumeric, .xlsx and back',
    async (file, folder) =>
      await gnumeric(await gnumeric(file, path.join(folder, 'saved.xlsx')), path.join(folder, 'saved.csv')),
  ],
];

async function gnumeric(file: string, target: string): Promise<string> {
  const encoding = file.endsWith('.csv') ? ['--import-encoding=UTF-8'] : [];
  await program('ssconvert', [...encoding, file, target]);
  return target;
}

const Summary = z.object({
  set: z.number(),
  changed: z.number(),
  cleared: z.number(),
  unchanged: z.number(),
  unknown: z.array(z.unknown()),
  changes: z.array(
    z.object({ column: z.string(), before: z.string().nullable(), after: z.string().nullable() }),
  ),
});

async function imported(file: string, ...more: string[]): Promise<z.infer<typeof Summary>> {
  const text = await doraOk(['import', file, '--by', 'Jane', '--format', 'json', ...more], { cwd: cwd() });
  return Summary.parse(JSON.parse(text));
}

const journal = async () => await readFile(path.join(cwd(), 'data/annotations.jsonl'), 'utf8');

/** Cells as a script edits them in what the program saved, whatever the file looks like. */
async function edited(file: string): Promise<string> {
  const bytes = await readFile(file);
  const text = bytes[0] === 0xff ? bytes.toString('utf16le') : bytes.toString('utf8');
  const clean = text.replace(/^\ufeff/u, '');
  const [delimiter = ','] = /[,;\t]/u.exec(clean) ?? [];
  const [header = [], ...rows] = Rows.parse(parse(clean, { delimiter, relax_column_count: true }));
  const [, second, third] = rows;
  if (second === undefined || third === undefined) throw new Error('no rows');
  second[header.indexOf('ignore')] = 'WAHR';
  third[header.indexOf('notes')] = 'looked at again';
  const target = `${file}.edited.csv`;
  await writeFile(target, stringify([header, ...rows], { delimiter }));
  return target;
}

describe.each(WAYS)('%s', (_, way) => {
  it('changes nothing that nobody edited, and nothing else when two cells were', async () => {
    const folder = await testFolder();
    const before = await journal();
    const saved = await way(path.join(cwd(), 'data/pending_review.csv'), folder);

    const untouched = await imported(saved);
    expect(untouched.changes).toEqual([]);
    expect(untouched).toMatchObject({
      set: 0,
      changed: 0,
      cleared: 0,
      unchanged: SUBJECTS.length,
      unknown: [],
    });
    expect(await journal()).toBe(before);

    const touched = await imported(await edited(saved), '--dry-run');
    expect(touched).toMatchObject({ set: 1, changed: 1, cleared: 0 });
    expect(touched.changes).toEqual([
      expect.objectContaining({ column: 'ignore', before: null, after: 'yes' }),
      expect.objectContaining({ column: 'notes', before: NOTES[2], after: 'looked at again' }),
    ]);
  });
});

describe('a formula in a commit subject', () => {
  it('is not evaluated by LibreOffice, and comes back unchanged', async () => {
    const folder = await testFolder();
    const sheet = path.join(cwd(), 'data/pending_review.csv');
    const saved = await libreOffice(
      await libreOffice(sheet, 'ods', folder),
      asCsv(44, UTF_8),
      path.join(folder, 'b'),
    );

    const titles = async (file: string) => {
      const [header = [], ...rows] = rowsOf(await readFile(file, 'utf8'));
      return rows.map((row) => row[header.indexOf('title')]);
    };
    expect(await titles(saved)).toEqual(await titles(sheet));
    expect(await titles(saved)).toContain(`'${FORMULA}`);
  });
});
