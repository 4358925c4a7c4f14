import { cp, readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { buildHistory } from '../../fixtures/history/history-builder.ts';
import { Random } from '../../fixtures/history/random.ts';
import { loadSettings } from '../../src/config/load.ts';
import {
  HUMAN_COLUMNS,
  SHEET_COLUMNS,
  type Cells,
  type HumanColumn,
  type RowFacts,
} from '../../src/domain/annotation.ts';
import { DoraError } from '../../src/domain/errors.ts';
import { exec } from '../../src/io/exec.ts';
import { createLog } from '../../src/io/log.ts';
import { silentProgress } from '../../src/io/progress.ts';
import { importFiles, type ImportSummary } from '../../src/pipeline/import.ts';
import type { Ports } from '../../src/pipeline/ports.ts';
import { AnnotationLedger, type Change } from '../../src/processors/annotation-ledger.ts';
import { mergeSheets, type SentSheet } from '../../src/processors/annotation-merger.ts';
import { readJournal } from '../../src/storage/annotation-store.ts';
import { LocalStorage } from '../../src/storage/local-storage.ts';
import { sentSheet as sheetSent } from '../../src/pipeline/sent-sheets.ts';
import { readSheet } from '../../src/storage/sheet-reader.ts';
import {
  encodeSheet,
  OUR_DIALECT,
  sheetHead,
  sheetLine,
  type Dialect,
} from '../../src/storage/sheet-writer.ts';
import { mayBeConverted, sameText, unguarded } from '../../src/storage/spreadsheet-text.ts';
import { doraOk } from '../support/cli.ts';
import { day, sharedFolder, testFolder } from '../support/repo.ts';

/** What people write, through what spreadsheets do to a file, and back: nothing is lost, nothing lands elsewhere. */

type Grid = string[][];
type Row = Record<string, string>;

const IN_MEMORY = 1500;
const THROUGH_DISK = 24;
const FUZZ_RUNS = Number(process.env['DORA_FUZZ_RUNS'] ?? '500');

const FLAGS: readonly HumanColumn[] = ['is_deployment', 'is_hotfix', 'is_rollback', 'failed', 'ignore'];
const INSTANTS: readonly HumanColumn[] = ['deployed_at', 'failed_at', 'recovered_at'];

// ---- what people write

/** Each as it is written and as it is stored. Latin ones exist in windows-1252. */
const LATIN = [
  'rolled back',
  'x',
  '=1+1',
  '=HYPERLINK("http://evil.example","x")',
  '+49 30 1234',
  '-3',
  '@SUM(A1)',
  "'quoted'",
  "it's",
  '"',
  '""',
  'a "b" c',
  ',',
  ';',
  '|',
  'a,b;c|d',
  '\t',
  '0012345',
  '1.10',
  '1/2',
  '2026-01-02',
  'TRUE',
  'WAHR',
  'no',
  'NULL',
  '#REF!',
  'sep=;',
  'row_id',
  'base',
  'r0_start',
  'Äpfel für Zoë',
  '€ 5',
  '{"json": [1]}',
  '<b>&amp;</b>',
  '--',
  '- point',
  '\\n',
  '%s%d',
  'x'.repeat(300),
] as const;
const UNICODE = [
  '日本語',
  '🚀👩‍👩‍👧',
  'مرحبا',
  'e\u0301',
  '\u200b',
  '\u202e',
  'Ж',
  '＝1',
  '１２',
  '\u2028x',
  '\u0001',
] as const;
const BREAKS = ['\n', '\n\n', '\n=1', ' \n '] as const;

function stored(text: string): string {
  return text.replaceAll(/\r\n?/gu, '\n').replaceAll('\u00a0', ' ').trim();
}

function someText(random: Random, { isLatin, isLine }: { isLatin: boolean; isLine: boolean }): string {
  for (;;) {
    const pieces = Array.from({ length: random.int(1, 4) }, () => {
      if (!isLine && random.chance(0.2)) return random.pick(BREAKS);
      return !isLatin && random.chance(0.4) ? random.pick(UNICODE) : random.pick(LATIN);
    });
    // with blanks between, so that no bytes of windows-1252 come to stand as UTF-8 has them
    const text = stored(pieces.join(isLatin || random.chance(0.5) ? ' ' : ''));
    const isTooLong = isLine && text.length > 200;
    if (
      text !== '' &&
      !/^[-\u2010-\u2015\u2212]$/u.test(text) &&
      !isTooLong &&
      !(isLine && /[\n\r]/u.test(text))
    )
      return text;
  }
}

function instantText(random: Random, from: number, to: number): string {
  return new Date(random.int(from / 1000, to / 1000) * 1000).toISOString().replace('.000', '');
}

const FROM = Date.UTC(2026, 1, 1);
const NOW = Date.UTC(2026, 6, 1);

function someValue(random: Random, column: HumanColumn, isLatin: boolean): string {
  if (FLAGS.includes(column)) return random.pick(['yes', 'no']);
  if (INSTANTS.includes(column)) return instantText(random, FROM, NOW);
  return someText(random, { isLatin, isLine: column === 'environment' });
}

function someCells(random: Random, isLatin: boolean): Partial<Record<HumanColumn, string>> {
  const cells: Partial<Record<HumanColumn, string>> = {};
  for (const column of HUMAN_COLUMNS)
    if (random.chance(0.4)) cells[column] = someValue(random, column, isLatin);
  return cells;
}

/** Cells that do not contradict each other: a deployment, with its times in order. */
function consistentCells(random: Random, isLatin: boolean): Partial<Record<HumanColumn, string>> {
  const cells = someCells(random, isLatin);
  const times = [0, 1, 2].map(() => instantText(random, FROM, NOW)).sort();
  cells.is_deployment = 'yes';
  for (const [position, column] of INSTANTS.entries())
    if (cells[column] !== undefined || column === 'deployed_at') cells[column] = times[position] ?? '';
  if (cells.failed === 'no' && (cells.failed_at ?? cells.recovered_at) !== undefined) cells.failed = 'yes';
  return cells;
}

// ---- what spreadsheets do

const YES = ['yes', 'TRUE', 'WAHR', '1', 'x', 'Yes', 'VRAI', ' ja ', 'true', '✓'];
const NO = ['no', 'FALSE', 'FALSCH', '0', 'No', 'FAUX', 'nein', 'n'];

interface Damage {
  readonly isLatin: boolean;
  /** Apostrophes before a text are gone. */
  readonly isEaten: boolean;
}

function shuffled<Item>(items: readonly Item[], random: Random): Item[] {
  const left = [...items];
  const done: Item[] = [];
  while (left.length > 0) done.push(...left.splice(random.int(0, left.length - 1), 1));
  return done;
}

function damagedCell(column: string, text: string, random: Random, { isEaten, isLatin }: Damage): string {
  if (FLAGS.some((name) => name === column)) {
    const words = text === 'yes' ? YES : text === 'no' ? NO : [text];
    return random.pick(words.filter((word) => !isLatin || word !== '✓'));
  }
  if (INSTANTS.some((name) => name === column) && text.endsWith('Z')) {
    const [date = '', time = ''] = text.slice(0, -1).split('T');
    const [year = '', month = '', dayOfMonth = ''] = date.split('-');
    return random.pick([
      text,
      `${date.replaceAll('-', '/')} ${time}`,
      `${date} ${time}`,
      `${date} ${time}+00:00`,
      `${dayOfMonth}.${month}.${year} ${time}`,
    ]);
  }
  return isEaten && text.startsWith("'") ? text.slice(1) : text;
}

function quotedAs(text: string, delimiter: string, isAlways: boolean): string {
  const mustBe = text.includes(delimiter) || /["\r\n]/u.test(text);
  return isAlways || mustBe ? `"${text.replaceAll('"', '""')}"` : text;
}

function windows1252(text: string): Uint8Array {
  return Buffer.from(text.replaceAll('€', '\u0080'), 'latin1');
}

/** The sheet as some program saves it after somebody has sorted, filtered and rearranged it. Gives the ids that are left as well. */
function throughSpreadsheet(
  bytes: Uint8Array,
  { delimiter }: Dialect,
  random: Random,
  damage: Damage,
): { readonly bytes: Uint8Array; readonly ids: readonly string[] } {
  const text = new TextDecoder(bytes[0] === 0xff ? 'utf-16le' : bytes[0] === 0xfe ? 'utf-16be' : 'utf-8')
    .decode(bytes)
    .replace(/^sep=.\r\n/u, '');
  const grid: Grid = z.array(z.array(z.string())).parse(parse(text, { delimiter, relax_column_count: true }));
  const [header = [], ...rows] = grid;
  const idAt = header.indexOf('row_id');
  let left = rows.map((cells) =>
    cells.map((cell, at) => damagedCell(header[at] ?? '', cell, random, damage)),
  );
  if (random.chance(0.5)) left = shuffled(left, random);
  if (random.chance(0.5)) left = left.filter(() => random.chance(0.8));
  const ids = left.map((cells) => cells[idAt] ?? '');
  let columns = header.map((_, at) => at);
  if (random.chance(0.5)) columns = shuffled(columns, random);
  if (random.chance(0.2))
    columns = columns.filter((at) => header[at] !== 'author' && header[at] !== 'labels');
  let table = [header, ...left].map((cells) => columns.map((at) => cells[at] ?? ''));
  if (random.chance(0.4)) {
    const at = random.int(0, columns.length);
    const extra = (number: number) =>
      number === 0 ? 'my own column' : someText(random, { ...damage, isLine: false });
    table = table.map((cells, number) => cells.toSpliced(at, 0, extra(number)));
  }
  if (random.chance(0.3)) table = table.map((cells) => [...cells, '', '']);
  if (random.chance(0.3)) table.push([''], table[0]?.map(() => '') ?? []);
  if (random.chance(0.2)) table[0] = table[0]?.map((name) => name.toUpperCase()) ?? [];
  const to = random.pick([',', ';', '\t'] as const);
  const isAlways = random.chance(0.3);
  const lineEnd = random.pick(['\r\n', '\n']);
  const lines = table.map((cells) => cells.map((cell) => quotedAs(cell, to, isAlways)).join(to));
  const after = `${lines.join(lineEnd)}${random.chance(0.8) ? lineEnd : ''}`.replaceAll(/\r?\n/gu, lineEnd);
  return { bytes: saved(after, random, damage), ids };
}

function saved(text: string, random: Random, { isLatin }: Damage): Uint8Array {
  if (isLatin) return windows1252(text);
  const encoding = random.pick(['utf-8', 'utf-16le', 'utf-16be'] as const);
  const mark = encoding === 'utf-8' && random.chance(0.5) ? '' : '\ufeff';
  return encodeSheet(mark + text, { encoding, delimiter: ',', sepLine: false });
}

function sheetOf(rows: readonly Row[], columns: readonly string[], dialect: Dialect): Uint8Array {
  const lines = rows.map((row) =>
    sheetLine(
      columns.map((name) => row[name] ?? ''),
      dialect.delimiter,
    ),
  );
  const text = [sheetLine(columns, dialect.delimiter), ...lines].join('');
  return Buffer.concat([sheetHead(dialect), encodeSheet(text, dialect)]);
}

function someDialect(random: Random): Dialect {
  return {
    encoding: random.pick(['utf-8', 'utf-16le', 'utf-16be'] as const),
    delimiter: random.pick([',', ';', '\t', '|'] as const),
    sepLine: random.chance(0.2),
  };
}

// ---- without a disk

const sentSheet = (bytes: Uint8Array): SentSheet => sheetSent('a.csv', readSheet(bytes, 'a.csv', ['row_id']));

const FACTS: RowFacts = {
  kind: 'commit',
  repository: 'shop',
  component: 'shop',
  commit: '0'.repeat(40),
  committedAt: null,
  author: 'Ada',
  title: 'a change',
  deployment: null,
};

function add(
  ledger: AnnotationLedger,
  edits: ReadonlyMap<string, Partial<Record<HumanColumn, Change>>>,
): void {
  const revision = ledger.revisions.length + 1;
  ledger.add({
    revision,
    token: `r${revision}_0123abcd`,
    at: '2026-06-01T00:00:00.000Z',
    command: 'import',
    by: 'Ada',
    files: [],
    undoes: null,
    incidents: [],
    rows: [...edits].map(([row, cells]) => ({ row, facts: FACTS, patch: null, cells, movedFrom: null })),
  });
}

function merge(ledger: AnnotationLedger, bytes: Uint8Array): void {
  const options = { ledger, isSame: sameText, mayBeConverted };
  const asked = mergeSheets([sentSheet(bytes)], { ...options, prefer: null });
  // who changes one text that spreadsheets convert into another is asked whether it was them
  for (const { kind, ours, theirs } of asked.conflicts)
    expect({ kind, isAsked: mayBeConverted(ours ?? '', theirs ?? '', false) }).toEqual({
      kind: 'converted',
      isAsked: true,
    });
  const merged = mergeSheets([sentSheet(bytes)], { ...options, prefer: 'theirs' });
  expect({ mistakes: merged.mistakes, conflicts: merged.conflicts }).toEqual({ mistakes: [], conflicts: [] });
  const edits = new Map<string, Partial<Record<HumanColumn, Change>>>();
  for (const { id, name, change } of merged.edits) edits.set(id, { ...edits.get(id), [name]: change });
  if (edits.size > 0) add(ledger, edits);
}

interface Typed {
  /** As it stands in the sheet. */
  readonly text: string;
  /** As it is stored afterwards; absent is no opinion. */
  readonly value: string | undefined;
}

/** What somebody does to a cell that said `before`. */
function typedOver(column: HumanColumn, before: string | undefined, random: Random, isLatin: boolean): Typed {
  const roll = random.next();
  if (roll < 0.5) return { text: before ?? '', value: before };
  if (roll < 0.6) return { text: '', value: undefined };
  if (roll < 0.7) return { text: '-', value: undefined };
  const text = someValue(random, column, isLatin);
  // an apostrophe more or less is nobody's edit
  return { text, value: before !== undefined && sameText(before, text) ? before : text };
}

/** With its apostrophes gone a text may be another, but for them. */
function alike(cells: Cells, isEaten: boolean): Cells {
  if (!isEaten) return cells;
  return Object.fromEntries(
    Object.entries(cells).map(([name, text]) => [name, text.replace(/^[\s']+/u, '')]),
  );
}

function memoryCase(seed: number): void {
  const random = new Random(seed);
  const damage = { isLatin: random.chance(0.3), isEaten: random.chance(0.3) };
  const ledger = new AnnotationLedger();
  const ids = Array.from(
    { length: random.int(1, 8) },
    (_, number) => `c_${String(number).padStart(16, '0')}_18a59700`,
  );
  const before = new Map<string, Cells>(
    ids.map((id) => [id, random.chance(0.5) ? someCells(random, damage.isLatin) : {}]),
  );
  if (random.chance(0.7))
    add(
      ledger,
      new Map(
        [...before].map(([id, cells]) => [
          id,
          Object.fromEntries(Object.entries(cells).map(([name, value]) => [name, [null, value] as const])),
        ]),
      ),
    );
  else for (const id of ids) before.set(id, {});
  const wanted = new Map<string, Cells>();
  const rows = ids.map((id): Row => {
    const row: Row = { row_id: id, base: ledger.token, title: someText(random, { ...damage, isLine: true }) };
    const after: Partial<Record<HumanColumn, string>> = {};
    for (const column of HUMAN_COLUMNS) {
      const { text, value } = typedOver(column, before.get(id)?.[column], random, damage.isLatin);
      row[column] = text;
      if (value !== undefined) after[column] = value;
    }
    wanted.set(id, after);
    return row;
  });
  const dialect = someDialect(random);
  const sent = throughSpreadsheet(sheetOf(rows, SHEET_COLUMNS, dialect), dialect, random, damage);
  merge(ledger, sent.bytes);
  for (const id of ids) {
    const expected = sent.ids.includes(id) ? wanted.get(id) : before.get(id);
    const actual = ledger.row(id)?.cells ?? {};
    expect(alike(actual, damage.isEaten), `seed ${seed}, row ${id}`).toEqual(
      alike(expected ?? {}, damage.isEaten),
    );
  }
}

describe('what people write', () => {
  it(`is in the annotations whatever a spreadsheet did to the file, ${IN_MEMORY} times over`, () => {
    for (let seed = 1; seed <= IN_MEMORY; seed += 1) {
      try {
        memoryCase(seed);
      } catch (error) {
        throw new Error(`seed ${seed}`, { cause: error });
      }
    }
  });
});

// ---- through the workspace

const COMMITS = 12;

/** `shop`, a clone with its extracted workspace; titles are all different. */
const shared = sharedFolder(async (folder) => {
  const shop = path.join(folder, 'shop');
  await buildHistory({ directory: shop }, async (history) => {
    for (let number = 0; number < COMMITS; number += 1) {
      await history.commit({ message: `change number ${number}, "so" it is`, at: day(number) });
      if (number % 4 === 3) await history.tag({ name: `v1.${number}.0`, at: day(number, 2) });
    }
  });
  await doraOk(['extract'], { cwd: shop });
});

async function portsOf(
  data: string,
): Promise<Pick<Parameters<typeof importFiles>[0], 'settings'> & { ports: Ports }> {
  const { settings } = await loadSettings({
    cwd: path.join(shared(), 'shop'),
    file: null,
    env: {},
    flags: {},
  });
  const storage = new LocalStorage(data);
  const now = () => new Date(NOW);
  const log = createLog({ format: 'json', level: 'silent', now, write: () => undefined, secrets: [] });
  const http = () => Promise.reject(new Error('no network here'));
  return {
    settings,
    ports: {
      storage,
      exec,
      http,
      streamingHttp: http,
      clock: { now, sleep: () => Promise.resolve() },
      log,
      progress: silentProgress,
      env: { PATH: process.env['PATH'] },
      cacheFolder: path.join(data, 'cache'),
      version: '0.0.0',
    },
  };
}

type Importer = (bytes: Uint8Array, dryRun?: boolean) => Promise<ImportSummary>;

interface Trial {
  readonly data: string;
  readonly ports: Ports;
  readonly take: Importer;
}

async function trial(): Promise<Trial> {
  const data = path.join(await testFolder(), 'data');
  await cp(path.join(shared(), 'shop', 'data'), data, { recursive: true });
  const { settings, ports } = await portsOf(data);
  const take: Importer = async (bytes, dryRun = false) =>
    await importFiles(
      { settings, files: [{ name: 'sent.csv', bytes }], by: 'Ada', prefer: null, dryRun },
      ports,
    );
  return { data, ports, take };
}

async function pendingRows(data: string): Promise<Row[]> {
  const body = await readFile(path.join(data, 'pending_review.csv'));
  const rows = z.array(z.record(z.string(), z.string())).parse(parse(body, { columns: true, bom: true }));
  return rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, unguarded(cell)])),
  );
}

async function annotations({ storage }: Ports): Promise<Map<string, Cells>> {
  const ledger = new AnnotationLedger();
  for (const revision of (await readJournal(storage)).revisions) ledger.add(revision);
  return new Map([...ledger.rows()].map(({ row, cells }) => [row, cells]));
}

async function journal(data: string): Promise<string | null> {
  return await readFile(path.join(data, 'annotations.jsonl'), 'utf8').catch(() => null);
}

async function diskCase(seed: number): Promise<void> {
  const random = new Random(seed);
  const damage = { isLatin: random.chance(0.3), isEaten: random.chance(0.3) };
  const { data, ports, take } = await trial();
  const rows = await pendingRows(data);
  const wanted = new Map<string, Cells>();
  for (const row of rows) {
    if (random.chance(0.4)) continue;
    const cells = consistentCells(random, damage.isLatin);
    Object.assign(row, cells);
    wanted.set(row['row_id'] ?? '', cells);
  }
  const dialect = someDialect(random);
  const sent = throughSpreadsheet(sheetOf(rows, SHEET_COLUMNS, dialect), dialect, random, damage);
  const summary = await take(sent.bytes);
  expect(summary.unknown).toEqual([]);
  const expected = [...wanted].filter(([id]) => sent.ids.includes(id));
  const sorted = (all: Iterable<[string, Cells]>) =>
    Object.fromEntries([...all].map(([id, cells]) => [id, alike(cells, damage.isEaten)]));
  expect(sorted(await annotations(ports))).toEqual(sorted(expected));
  // the same file once more changes nothing
  const once = await journal(data);
  expect((await take(sent.bytes)).revision).toBeNull();
  expect(await journal(data)).toBe(once);
}

describe('a file that is imported', () => {
  it(`gives exactly the annotations that were written into it, ${THROUGH_DISK} times over`, async () => {
    for (let seed = 1; seed <= THROUGH_DISK; seed += 1) {
      await diskCase(seed).catch((error: unknown) => {
        throw new Error(`seed ${seed}`, { cause: error });
      });
    }
  });
});

// ---- what nobody can understand

const WRONG: readonly (readonly [what: string, cells: Row, column: string, letter: string])[] = [
  ['an ambiguous date', { deployed_at: '01/02/2026 10:00', is_deployment: 'yes' }, 'deployed_at', 'M'],
  ['the number of a day', { deployed_at: '46054.5', is_deployment: 'yes' }, 'deployed_at', 'M'],
  ['a date without a century', { failed_at: '26-01-02', failed: 'yes' }, 'failed_at', 'R'],
  ['no day of the calendar', { failed_at: '2026-02-30', failed: 'yes' }, 'failed_at', 'R'],
  ['neither yes nor no', { is_hotfix: 'maybe' }, 'is_hotfix', 'O'],
  ['neither yes nor no', { ignore: '2' }, 'ignore', 'T'],
  ['two lines where there is one', { environment: 'a\nb', is_deployment: 'yes' }, 'environment', 'N'],
  ['a name that is too long', { environment: 'e'.repeat(201), is_deployment: 'yes' }, 'environment', 'N'],
  ['the future', { deployed_at: '2026-07-02', is_deployment: 'yes' }, 'deployed_at', 'M'],
  [
    'a recovery before the failure',
    { is_deployment: 'yes', failed: 'yes', failed_at: '2026-03-02', recovered_at: '2026-03-01' },
    'recovered_at',
    'S',
  ],
  ['no failure at a time', { is_deployment: 'yes', failed: 'no', failed_at: '2026-03-02' }, 'failed', 'Q'],
  ['a failure of what is no deployment', { is_deployment: 'no', failed: 'yes' }, 'failed', 'Q'],
  ['the base of another workspace', { base: 'r7_00000000', notes: 'x' }, 'base', 'V'],
];

describe('a mistake', () => {
  it('names its row and its column, and keeps all of the file out', async () => {
    const { data, take } = await trial();
    const first = await pendingRows(data);
    Object.assign(first[0] ?? {}, { notes: 'from before' });
    await take(sheetOf(first, SHEET_COLUMNS, OUR_DIALECT));
    const before = await journal(data);
    for (const [what, cells, column, letter] of WRONG) {
      const rows = first.map((row) => ({ ...row }));
      Object.assign(rows[1] ?? {}, { notes: 'this is good' });
      Object.assign(rows[3] ?? {}, cells);
      const error = await take(sheetOf(rows, SHEET_COLUMNS, OUR_DIALECT)).catch((thrown: unknown) => thrown);
      expect(error, what).toBeInstanceOf(DoraError);
      expect(String(error), what).toContain(`sent.csv row 5, column ${letter} (${column}):`);
      expect(await journal(data), what).toBe(before);
    }
  });

  it('is a column that was sorted without the others', async () => {
    for (const column of ['row_id', 'commit', 'title']) {
      const { data, take } = await trial();
      const rows = await pendingRows(data);
      const values = rows.map((row) => row[column] ?? '').reverse();
      for (const [number, row] of rows.entries())
        Object.assign(row, { [column]: values[number] ?? '', notes: `note ${number}` });
      const error = await take(sheetOf(rows, SHEET_COLUMNS, OUR_DIALECT)).catch((thrown: unknown) => thrown);
      expect(error, column).toBeInstanceOf(DoraError);
      expect(String(error), column).toMatch(/sent\.csv row 2, column [DG] \((?:commit|title)\)/u);
      expect(await journal(data), column).toBeNull();
    }
  });

  it('is a title that swallowed other rows, because quotes are missing', async () => {
    const { data, take } = await trial();
    const rows = await pendingRows(data);
    for (const [number, row] of rows.entries()) row['notes'] = `note ${number}`;
    const text = Buffer.from(sheetOf(rows, SHEET_COLUMNS, OUR_DIALECT)).toString('utf8');
    const lines = text.split('\r\n');
    // the end of one title and the beginning of the next are gone: both rows are one, with the cells of the second
    lines[1] = lines[1]?.replace(/"change[^,]*,.*$/u, '"change') ?? '';
    lines[2] = lines[2]?.replace('"change', 'change') ?? '';
    const error = await take(Buffer.from(lines.join('\r\n'))).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DoraError);
    expect(String(error)).toContain('sent.csv row 2, column G (title):');
    expect(String(error)).toContain('has a line break');
    expect(await journal(data)).toBeNull();
  });
});

// ---- files that were mangled

function marker(id: string): string {
  return `marker of ${id}`;
}

/** Where a row may be torn apart so that its halves can be told from each other: before its title. Behind it nothing says whose they are. */
const LAST_TORN = 6;

function mangledText(text: string, random: Random): string {
  const lines = text.split('\r\n');
  const [a, b] = [random.int(1, lines.length - 2), random.int(1, lines.length - 2)];
  const [first, second] = [lines[a] ?? '', lines[b] ?? ''];
  const at = random.int(0, text.length);
  switch (random.int(0, 6)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text.slice(0, at) + random.pick(['"', '""', '"\r\n', ',"', '",']) + text.slice(at);
    case 2: {
      const cut = random.int(1, LAST_TORN);
      lines[a] = [...first.split(',').slice(0, cut), ...second.split(',').slice(cut)].join(',');
      lines[b] = [...second.split(',').slice(0, cut), ...first.split(',').slice(cut)].join(',');
      return lines.join('\r\n');
    }
    case 3: {
      const titleAt = first.split(',').slice(0, LAST_TORN).join(',').length;
      const [from, to] = [random.int(0, titleAt), random.int(0, second.length)];
      lines[a] = first.slice(0, from) + second.slice(to);
      return lines.join('\r\n');
    }
    case 4:
      lines.splice(a, 1, first, first.slice(0, random.int(0, first.length)));
      return lines.join('\r\n');
    case 5:
      return text.slice(0, at) + text.slice(random.int(at, Math.min(text.length, at + 60)));
    default:
      return (
        text.slice(0, at) + random.pick([',', '\r\n', '\n', '\r', "'", '\0', '\t', ';']) + text.slice(at)
      );
  }
}

function mangled(body: Uint8Array, random: Random): Uint8Array {
  if (random.chance(0.7)) {
    const text = mangledText(Buffer.from(body).toString('utf8'), random);
    return Buffer.from(random.chance(0.2) ? mangledText(text, random) : text);
  }
  const bytes = Uint8Array.from(body);
  for (let flips = random.int(1, 4); flips > 0; flips -= 1) {
    const at = random.int(0, bytes.length - 1);
    bytes[at] = (bytes[at] ?? 0) ^ (random.chance(0.5) ? 1 << random.int(0, 7) : random.int(1, 255));
  }
  return bytes;
}

/** Nothing of what was said of one row may be said of another. */
function expectNoneMoved(summary: ImportSummary, ids: ReadonlyMap<string, string>): void {
  for (const { title, after } of summary.changes)
    for (const id of ids.values())
      if (after?.includes(marker(id)) === true) expect([title, id]).toEqual([title, ids.get(title)]);
}

describe('a mangled file', () => {
  it(
    `is refused, or says of each row what was said of it, ${FUZZ_RUNS} times over`,
    async () => {
      const { data, take } = await trial();
      const rows = await pendingRows(data);
      const ids = new Map(rows.map((row) => [row['title'] ?? '', row['row_id'] ?? '']));
      expect(ids.size).toBe(COMMITS);
      for (const [number, row] of rows.entries()) {
        row['notes'] = marker(row['row_id'] ?? '');
        if (number % 3 === 0)
          Object.assign(row, {
            is_deployment: 'yes',
            environment: marker(row['row_id'] ?? ''),
            is_hotfix: 'yes',
          });
      }
      const body = sheetOf(rows, SHEET_COLUMNS, OUR_DIALECT);
      let refused = 0;
      for (let seed = 1; seed <= FUZZ_RUNS; seed += 1) {
        const random = new Random(seed);
        const bytes = mangled(body, random);
        const outcome = await take(bytes, true).catch((error: unknown) => error);
        try {
          if (outcome instanceof Error) {
            refused += 1;
            expect(outcome).toBeInstanceOf(DoraError);
            // what a dry run refuses is refused without one
            if (seed % 10 === 0) await expect(take(bytes)).rejects.toThrow(DoraError);
            expect(await journal(data)).toBeNull();
            continue;
          }
          const summary = await dryOrReal(bytes, seed);
          expectNoneMoved(summary, ids);
        } catch (error) {
          throw new Error(`seed ${seed}`, { cause: error });
        }
      }
      expect(refused).toBeGreaterThan(FUZZ_RUNS / 4);

      async function dryOrReal(bytes: Uint8Array, seed: number): Promise<ImportSummary> {
        if (seed % 20 !== 0) return await take(bytes, true);
        const real = await trial();
        const summary = await real.take(bytes);
        const all = [...(await annotations(real.ports)).values()].flatMap((cells) => Object.values(cells));
        expect(all.sort()).toEqual(summary.changes.flatMap(({ after }) => after ?? []).sort());
        return summary;
      }
    },
    Math.max(20_000, FUZZ_RUNS * 200),
  );
});
