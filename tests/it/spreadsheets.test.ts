import { spawn } from 'node:child_process';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { describe, expect, it } from 'vitest';
import { buildHistory } from '../../fixtures/history/history-builder.ts';
import { dora, doraOk } from '../support/cli.ts';
import { day, sharedFolder, testFolder } from '../support/repo.ts';
import * as z from 'zod';

/** The sheet on its way through the programs that people have: LibreOffice Calc and gnumeric, for real. */

/** Both would be calculated, and no longer be what they were. */
const FORMULAS = ['=1+1', '=HYPERLINK("http://x","y")'];

/** What spreadsheets change when they may. */
const SUBJECTS = [
  '1e10',
  '0012345',
  '1234567890123456789012345678901234567890',
  ...FORMULAS,
  '=1+1 items in the cart',
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
  'tab\tinside',
  'x;y,z',
  'sep=;',
  '50%',
  '5. März',
];
const NOTES = [
  '1e10',
  '0012345',
  '1234567890123456789012345678901234567890',
  '=2+2',
  '+5',
  '-1+2',
  "'apostrophe",
  '1.10',
  'tab\there',
  'line\nbreak',
  '"q", and; more',
  '🎉 Ünï',
  'x'.repeat(10_000),
  '1/2',
  '12:30',
  'TRUE',
  '@SUM(1)',
  '=HYPERLINK("http://x","y")',
  'x;y,z',
  '2026-01-02',
  '"',
];

const UNTOLD = 'v0.9.0';
/** By the number of the commit; the first is where counting begins, and no deployment. */
const VERSIONS = new Map([
  [1, 'v0.8.0'],
  [9, UNTOLD],
]);

const Rows = z.array(z.array(z.string()));

function rowsOf(text: string): string[][] {
  return Rows.parse(parse(text, { bom: true, relax_column_count: true }));
}

/** A workspace with a note in every row, a failure in the newest, and a deployment in the middle of which nobody has said anything but a note. */
const shared = sharedFolder(async (folder) => {
  const cwd = path.join(folder, 'shop');
  await buildHistory({ directory: cwd }, async (history) => {
    for (const [n, message] of SUBJECTS.entries()) {
      await history.commit({ message, files: { 'a.txt': `${String(n)}\n` }, at: day(n) });
      const version = VERSIONS.get(n);
      if (version !== undefined) await history.tag({ name: version, at: day(n, 1) });
    }
    await history.tag({ name: 'v1.0.0', at: day(SUBJECTS.length) });
  });
  await doraOk(['extract', '--full'], { cwd });
  const [header = [], ...rows] = rowsOf(await readFile(path.join(cwd, 'data/pending_review.csv'), 'utf8'));
  for (const [n, row] of rows.entries()) row[header.indexOf('notes')] = NOTES[n] ?? '';
  const [newest] = rows;
  if (newest !== undefined) {
    newest[header.indexOf('failed')] = 'yes';
    newest[header.indexOf('failed_at')] = '2026-01-27T10:00:00Z';
    newest[header.indexOf('recovered_at')] = '2026-01-27T12:00:00Z';
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

const AS_UTF_8 = 'CSV:44,34,76,1';

/** Opens a file in LibreOffice and saves it in another format; gives the path of what it saved. */
async function libreOffice(
  file: string,
  format: string,
  folder: string,
  open: string | null = AS_UTF_8,
): Promise<string> {
  await mkdir(folder, { recursive: true });
  const filter = file.endsWith('.csv') && open !== null ? [`--infilter=${open}`] : [];
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
const [COMMA, SEMICOLON, TAB] = [44, 59, 9];
const UTF_8 = 76;
const UTF_16 = 65_535;

/** From the sheet to what the program saved of it. */
type Way = (sheet: string, folder: string) => Promise<string>;

function saved(delimiter: number, charset: number, open = AS_UTF_8): Way {
  return async (sheet, folder) => await libreOffice(sheet, asCsv(delimiter, charset), folder, open);
}

/** As a workbook, which is opened again. */
function throughWorkbook(format: string, delimiter = COMMA, charset = UTF_8): Way {
  return async (sheet, folder) =>
    await libreOffice(
      await libreOffice(sheet, format, folder),
      asCsv(delimiter, charset),
      path.join(folder, 'back'),
    );
}

async function gnumeric(file: string, target: string, options: readonly string[] = []): Promise<string> {
  const encoding = file.endsWith('.csv') ? ['--import-encoding=UTF-8'] : [];
  await program('ssconvert', [...encoding, ...options, file, target]);
  return target;
}

/** By the exporter of gnumeric that can be told how. */
function savedByGnumeric(how: string): Way {
  return async (sheet, folder) =>
    await gnumeric(sheet, path.join(folder, 'saved.csv'), [
      '--export-type=Gnumeric_stf:stf_assistant',
      `--export-options=${how}`,
    ]);
}

function throughWorkbookOfGnumeric(format: string): Way {
  return async (sheet, folder) =>
    await gnumeric(
      await gnumeric(sheet, path.join(folder, `saved.${format}`)),
      path.join(folder, 'saved.csv'),
    );
}

const WAYS: readonly (readonly [name: string, way: Way])[] = [
  ['LibreOffice, CSV in UTF-8', saved(COMMA, UTF_8)],
  ['LibreOffice, semicolons', saved(SEMICOLON, UTF_8)],
  ['LibreOffice, tabs', saved(TAB, UTF_8)],
  ['LibreOffice, commas in UTF-16', saved(COMMA, UTF_16)],
  ['LibreOffice, tabs in UTF-16', saved(TAB, UTF_16)],
  // 1031 is German; the last `true` makes dates and numbers of whatever looks like one there
  ['LibreOffice in German, looking for numbers', saved(SEMICOLON, UTF_8, `${AS_UTF_8},,1031,false,true`)],
  ['LibreOffice in English, looking for numbers', saved(COMMA, UTF_8, `${AS_UTF_8},,1033,false,true`)],
  ['LibreOffice, .xlsx and back', throughWorkbook('xlsx')],
  ['LibreOffice, .xlsx and back in UTF-16', throughWorkbook('xlsx', TAB, UTF_16)],
  ['LibreOffice, .ods and back', throughWorkbook('ods')],
  ['LibreOffice, .xls and back', throughWorkbook('xls')],
  [
    'LibreOffice twice',
    async (sheet, folder) =>
      await saved(COMMA, UTF_8)(await saved(COMMA, UTF_8)(sheet, folder), path.join(folder, 'again')),
  ],
  ['gnumeric, CSV', async (sheet, folder) => await gnumeric(sheet, path.join(folder, 'saved.csv'))],
  // left to itself it puts no quotes around some texts with a semicolon
  ['gnumeric, semicolons', savedByGnumeric(`separator=';' quoting-mode=always`)],
  ['gnumeric, tabs', savedByGnumeric(`separator='\t'`)],
  ['gnumeric, tabs in UTF-16', savedByGnumeric(`separator='\t' charset=UTF-16LE`)],
  [
    'gnumeric, UTF-16 with a byte order mark every thousand characters',
    savedByGnumeric(`separator='\t' charset=UTF-16`),
  ],
  ['gnumeric, .xlsx and back', throughWorkbookOfGnumeric('xlsx')],
  ['gnumeric, .ods and back', throughWorkbookOfGnumeric('ods')],
  [
    'LibreOffice, .xlsx, and back by gnumeric',
    async (sheet, folder) =>
      await gnumeric(await libreOffice(sheet, 'xlsx', folder), path.join(folder, 'saved.csv')),
  ],
];

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

async function imported(file: string, folder: string, ...more: string[]): Promise<z.infer<typeof Summary>> {
  const args = ['import', file, '--by', 'Jane', '--format', 'json', ...more];
  return Summary.parse(JSON.parse(await doraOk(args, { cwd: folder })));
}

async function journal(folder = cwd()): Promise<string> {
  return await readFile(path.join(folder, 'data/annotations.jsonl'), 'utf8');
}

const sheet = () => path.join(cwd(), 'data/pending_review.csv');

/** What a program saved, whatever it made of the delimiter and the encoding. */
async function table(file: string): Promise<{ rows: string[][]; delimiter: string; isWide: boolean }> {
  const bytes = await readFile(file);
  const isWide = bytes.subarray(0, 80).includes(0);
  const text = bytes.toString(isWide ? 'utf16le' : 'utf8').replace(/\ufeff/gu, '');
  const [delimiter = ','] = /[,;\t]/u.exec(text) ?? [];
  const rows = Rows.parse(parse(text, { delimiter, relax_column_count: true }));
  return { rows, delimiter, isWide };
}

/** Two cells edited by a script: `failed` of the deployment that nobody said anything of, and the note in the row below. */
async function edited(file: string): Promise<{ target: string; note: string | undefined }> {
  const { rows, delimiter, isWide } = await table(file);
  const [header = []] = rows;
  const column = (name: string) => header.indexOf(name);
  const at = rows.findIndex((row) => row[column('detected')] === `tag ${UNTOLD}`);
  const [deployment, below] = [rows[at], rows[at + 1]];
  if (deployment === undefined || below === undefined) throw new Error('the deployment is gone');
  deployment[column('failed')] = 'yes';
  below[column('notes')] = 'looked at again';
  const target = `${file}.edited.csv`;
  const text = `\ufeff${stringify(rows, { delimiter })}`;
  await writeFile(target, text, isWide ? 'utf16le' : 'utf8');
  return { target, note: NOTES[at] };
}

describe.each(WAYS)('%s', (_, way) => {
  it('changes nothing that nobody edited, and nothing else when two cells were', async () => {
    const folder = await testFolder();
    // its own, since an import that has something to say changes it
    const shop = path.join(folder, 'shop');
    await cp(cwd(), shop, { recursive: true });
    const before = await journal(shop);
    const file = await way(sheet(), folder);

    const untouched = await imported(file, shop);
    expect(untouched.changes).toEqual([]);
    expect(untouched).toMatchObject({
      set: 0,
      changed: 0,
      cleared: 0,
      unchanged: SUBJECTS.length,
      unknown: [],
    });
    expect(await journal(shop)).toBe(before);

    const { target, note } = await edited(file);
    for (const more of [['--dry-run'], []]) {
      const touched = await imported(target, shop, ...more);
      expect(touched.changes).toEqual([
        expect.objectContaining({ column: 'failed', before: null, after: 'yes' }),
        expect.objectContaining({ column: 'notes', before: note, after: 'looked at again' }),
      ]);
      expect(touched).toMatchObject({ set: 1, changed: 1, cleared: 0, unknown: [] });
    }
    const after = await journal(shop);
    expect(after.startsWith(before)).toBe(true);
    // the revision, and the two rows
    expect(after.slice(before.length).trimEnd().split('\n')).toHaveLength(3);
  });
});

describe('a formula in a commit subject', () => {
  const FLAT = 'fods';

  it('would be calculated by LibreOffice without its apostrophe', async () => {
    const folder = await testFolder();
    const bare = path.join(folder, 'bare.csv');
    await writeFile(bare, stringify([['title'], ...FORMULAS.map((formula) => [formula])]));

    expect(await readFile(await libreOffice(bare, FLAT, folder), 'utf8')).toContain('table:formula=');
    expect((await table(await saved(COMMA, UTF_8)(bare, path.join(folder, 'b')))).rows).toEqual([
      ['title'],
      ['2'],
      ['y'],
    ]);
  });

  it('is text for LibreOffice, also when it is told to calculate', async () => {
    const folder = await testFolder();
    const all = `${AS_UTF_8},,0,false,true,false,false,false,0,true`;
    for (const open of [AS_UTF_8, all]) {
      const text = await readFile(await libreOffice(sheet(), FLAT, folder, open), 'utf8');
      expect(text).toContain('=1+1');
      expect(text).not.toContain('table:formula=');
    }
  });

  it.each(['csv', 'xlsx', 'ods'])('comes back unchanged from .%s', async (format) => {
    const folder = await testFolder();
    const way = format === 'csv' ? saved(COMMA, UTF_8) : throughWorkbook(format);
    const titles = async (file: string) => {
      const [header = [], ...rows] = (await table(file)).rows;
      return rows.map((row) => row[header.indexOf('title')]);
    };
    const back = await titles(await way(sheet(), folder));

    for (const formula of FORMULAS) expect(back).toContain(`'${formula}`);
    // an .ods file has no tabs
    const spaced = (title: string | undefined) => title?.replaceAll('\t', '');
    expect(back.map(spaced)).toEqual((await titles(sheet())).map(spaced));
  });
});

describe('a cell that a program converted', () => {
  it.each<[string, Way, string]>([
    [
      'gnumeric twice, which eats the apostrophe and converts what it guarded',
      async (file, folder) =>
        await gnumeric(await gnumeric(file, path.join(folder, 'once.csv')), path.join(folder, 'twice.csv')),
      '(notes): the file says "12345", which a spreadsheet may have made of "0012345"',
    ],
    [
      'gnumeric, whose .xlsx has no times for LibreOffice',
      async (file, folder) =>
        await libreOffice(
          await gnumeric(file, path.join(folder, 'saved.xlsx')),
          asCsv(COMMA, UTF_8),
          path.join(folder, 'back'),
        ),
      '(failed_at): the file says "2026-01-27T00:00:00Z", which a spreadsheet may have made of "2026-01-27T10:00:00Z"',
    ],
  ])('is asked about, and nothing else is changed: %s', async (_, way, says) => {
    const shop = path.join(await testFolder(), 'shop');
    await cp(cwd(), shop, { recursive: true });
    const before = await journal(shop);
    const file = await way(sheet(), path.dirname(shop));

    const { code, stderr } = await dora(['import', file, '--by', 'Jane'], { cwd: shop });
    expect(stderr).toContain(says);
    expect(code).toBe(1);
    expect(await journal(shop)).toBe(before);
    expect(await imported(file, shop, '--prefer', 'ours')).toMatchObject({ changes: [], unknown: [] });
    expect(await journal(shop)).toBe(before);
  });
});

describe('a sheet that a program damaged', () => {
  it.each<[string, Way]>([
    [
      'LibreOffice, which took UTF-8 for windows-1252',
      async (file, folder) => await libreOffice(file, asCsv(COMMA, UTF_8), folder, null),
    ],
    ['gnumeric, without quotes around a semicolon', savedByGnumeric(`separator=';'`)],
  ])('is refused as a whole: %s', async (_, way) => {
    const before = await journal();
    const file = await way(sheet(), await testFolder());
    const { code, stderr } = await dora(['import', file, '--by', 'Jane'], { cwd: cwd() });

    expect(code).toBe(1);
    expect(stderr).toContain('error: ');
    expect(await journal()).toBe(before);
  });
});
