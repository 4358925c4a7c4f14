/** Reads a sheet that people edited: the CSV of whatever program they have. */

import { DoraError } from '../domain/errors.ts';
import { printable } from '../domain/printable.ts';
import { type Delimiter, SheetProblem, SheetScanner } from './sheet-scanner.ts';
import { sheetText } from './sheet-text.ts';
import type { Dialect } from './sheet-writer.ts';
import { columnLetter, unguarded } from './spreadsheet-text.ts';

export interface SheetRow {
  /** As the spreadsheet shows it: the first row is 1. */
  readonly number: number;
  /** As they stand in the file, apostrophes and all; as many as the header has. */
  readonly cells: readonly string[];
}

export interface Sheet {
  readonly dialect: Dialect;
  /** Names in lower case; `''` for a column that has cells and no name. */
  readonly header: readonly string[];
  /** Which of the key columns the header holds. */
  readonly key: string;
  readonly headerRow: number;
  /** The rows above the header: a title, mostly. */
  readonly above: readonly (readonly string[])[];
  /** Sentences for the one who saved the file. */
  readonly warnings: readonly string[];
  /** All that are not empty, one after the other: a long sheet is never held as a whole. Throws `DoraError` for one that is mangled. */
  rows(): Generator<SheetRow>;
}

const DELIMITERS = [',', ';', '\t', '|'] as const;
const SEP_LINE = /^(?:sep=(.)|"sep=(.)")(?:\r\n|\r|\n|$)/iu;

/** People put a title above the header; nobody puts this many rows there. */
const HEADER_WITHIN = 20;
const CELLS_SHOWN = 3;
const LONGEST_SHOWN = 30;

const ZERO_WIDTH = /[\u200b-\u200f\u2060\ufeff]/gu;
const QUOTES_HINT =
  'undo the last change that was made outside a spreadsheet program, or write quotes inside a cell twice and around the cell once';

interface Found {
  readonly delimiter: Delimiter;
  readonly headerRow: number;
  readonly above: readonly (readonly string[])[];
  readonly key: string;
  readonly header: readonly string[];
}

interface Start {
  readonly where: string;
  readonly text: string;
  /** Where the rows begin. */
  readonly from: number;
}

function failure(where: string, what: string, hint: string): DoraError {
  return new DoraError('data', `${where}: ${what}`, { hint });
}

function nameOf(cell: string): string {
  return unguarded(cell.replace(ZERO_WIDTH, '').trim()).trim().toLowerCase();
}

/** Moves to the next row; what is wrong with it becomes a failure that names it. */
function nextRow(scanner: SheetScanner, where: string): boolean {
  try {
    return scanner.next();
  } catch (error) {
    if (!(error instanceof SheetProblem)) throw error;
    throw failure(where, `row ${String(scanner.row)} ${error.message}`, QUOTES_HINT);
  }
}

function headerWith(
  { where, text, from }: Start,
  delimiter: Delimiter,
  keyColumns: readonly string[],
): Found | DoraError | null {
  const scanner = new SheetScanner(text, delimiter, from);
  const above: string[][] = [];
  try {
    while (scanner.row < HEADER_WITHIN && nextRow(scanner, where)) {
      const header = scanner.cells.map(nameOf);
      const key = keyColumns.find((name) => header.includes(name.toLowerCase()));
      if (key !== undefined) return { delimiter, headerRow: scanner.row, above, key, header };
      above.push(scanner.cells);
    }
  } catch (error) {
    if (error instanceof DoraError) return error;
    throw error;
  }
  return null;
}

function shownCells(text: string): string {
  const [line = ''] = text.trimStart().split(/[\r\n]/u, 1);
  const cells = line.slice(0, (LONGEST_SHOWN + 1) * CELLS_SHOWN).split(/[,;\t|]/u, CELLS_SHOWN);
  return cells.map((cell) => `"${printable(cell.replaceAll('"', '').slice(0, LONGEST_SHOWN))}"`).join(', ');
}

/** The delimiter is the one with which a row near the top holds a key column. */
function findHeader(start: Start, said: Delimiter | undefined, keyColumns: readonly string[]): Found {
  let problem: DoraError | null = null;
  const others = DELIMITERS.filter((delimiter) => delimiter !== said);
  for (const delimiter of said === undefined ? others : [said, ...others]) {
    const found = headerWith(start, delimiter, keyColumns);
    if (found !== null && !(found instanceof DoraError)) return found;
    // a stray quote in a title says nothing if the file is another one altogether
    if (found !== null && keyColumns.some((name) => start.text.includes(name))) problem ??= found;
  }
  if (problem !== null) throw problem;
  const names = keyColumns.map((name) => `"${name}"`).join(' or ');
  throw failure(
    start.where,
    `no column ${names} in the first ${String(HEADER_WITHIN)} rows; the first begins with ${shownCells(start.text.slice(start.from))}`,
    'keep the header row and this column as they were exported',
  );
}

function refuseDoubles(header: readonly string[], where: string): void {
  const seen = new Map<string, number>();
  for (const [index, name] of header.entries()) {
    const first = seen.get(name);
    if (first !== undefined && name !== '')
      throw failure(
        where,
        `columns ${columnLetter(first)} and ${columnLetter(index)} are both called "${printable(name)}"`,
        'rename or delete one of them',
      );
    seen.set(name, index);
  }
}

function isBlank(cells: readonly string[]): boolean {
  return cells.every((cell) => cell === '' || cell.trim() === '');
}

/** What the header says of the rows below it. */
interface Layout extends Start {
  readonly delimiter: Delimiter;
  readonly headerRow: number;
  /** Columns up to the last that has a name. */
  readonly named: number;
  /** Columns for which the header row has a cell, empty or not. */
  readonly most: number;
}

/** The rows below the header that are not empty, with as many cells as they have. */
function* rowsBelow(layout: Layout): Generator<{ readonly number: number; readonly cells: string[] }> {
  const scanner = new SheetScanner(layout.text, layout.delimiter, layout.from);
  while (nextRow(scanner, layout.where)) {
    const { row: number, cells, hasEnd } = scanner;
    if (number <= layout.headerRow || isBlank(cells)) continue;
    refuseMangled(number, cells, hasEnd, layout);
    yield { number, cells };
  }
}

function refuseMangled(
  number: number,
  cells: readonly string[],
  hasEnd: boolean,
  { where, delimiter, named, most }: Layout,
): void {
  const row = `row ${String(number)}`;
  if (!hasEnd && cells.length < named)
    throw failure(where, `${row} is cut off`, 'it is the last one: export again, or complete it');
  // Excel reads our commas as text where the list separator is another, and quotes the whole row when it saves it
  const isWhole = cells.length === 1 && named > 1 && (cells[0] ?? '').split(delimiter, named).length >= named;
  if (isWhole) {
    throw failure(
      where,
      `${row} is all in its first cell`,
      'the spreadsheet did not split the columns: export again and open it with Data > From Text/CSV',
    );
  }
  if (cells.length <= most) return;
  const extra = cells.findIndex((cell, index) => index >= most && cell.trim() !== '');
  if (extra < 0) return;
  throw failure(
    where,
    `${row} has more cells than the header: there is text in column ${columnLetter(extra)}`,
    'put quotes around a text that holds the delimiter, or give the column a name',
  );
}

/** How many columns have a name or cells: columns at the end that have neither are left out. */
function widthOf(layout: Layout): number {
  let width = layout.named;
  if (layout.most === layout.named) return width;
  for (const { cells } of rowsBelow(layout))
    width = Math.max(
      width,
      cells.findLastIndex((cell, index) => index < layout.most && cell.trim() !== '') + 1,
    );
  return width;
}

function namelessWarning(header: readonly string[], where: string): string[] {
  const nameless = [...header.entries()]
    .filter(([, name]) => name === '')
    .map(([index]) => columnLetter(index));
  if (nameless.length === 0) return [];
  return [`${where}: nothing is read from columns without a name in the header row: ${nameless.join(', ')}`];
}

/**
 * The rows of a sheet, with how it is stored, so that it can be written the same way again. The header may stand below a title, its columns in
 * any order; rows and trailing columns that are empty are left out.
 *
 * `where` names the file in messages. Throws `DoraError` for whatever is no sheet with one of the key columns, and when rows may have been
 * mangled: nothing is guessed.
 */
export function readSheet(bytes: Uint8Array, where: string, keyColumns: readonly string[]): Sheet {
  const { encoding, text, warnings } = sheetText(bytes, where);
  const sepLine = SEP_LINE.exec(text);
  const said = sepLine?.[1] ?? sepLine?.[2];
  const start = { where, text, from: sepLine?.[0].length ?? 0 };
  const found = findHeader(
    start,
    DELIMITERS.find((delimiter) => delimiter === said),
    keyColumns,
  );
  refuseDoubles(found.header, where);

  const named = found.header.findLastIndex((name) => name !== '') + 1;
  const { delimiter, headerRow } = found;
  const layout: Layout = { ...start, delimiter, headerRow, named, most: found.header.length };
  const width = widthOf(layout);
  const header = found.header.slice(0, width);
  return {
    dialect: { encoding, delimiter, sepLine: sepLine !== null },
    header,
    key: found.key,
    headerRow,
    above: found.above,
    warnings: [...warnings, ...namelessWarning(header, where)],
    rows: function* () {
      for (const { number, cells } of rowsBelow(layout)) {
        while (cells.length < width) cells.push('');
        if (cells.length > width) cells.length = width;
        yield { number, cells };
      }
    },
  };
}
