import {
  BASE_COLUMN,
  HUMAN_COLUMNS,
  MACHINE_COLUMNS,
  SHEET_COLUMNS,
  type HumanColumn,
} from '../domain/annotation.ts';
import type { AnnotatedRow, AnnotationLedger } from '../processors/annotation-ledger.ts';
import { equal, touchedCell } from '../processors/annotation-merger.ts';
import type { RowOf } from '../storage/dataset-rows.ts';
import type { Sheet } from '../storage/sheet-reader.ts';
import { sheetCell, sheetLine, type Dialect } from '../storage/sheet-writer.ts';
import { sameText, unguarded } from '../storage/spreadsheet-text.ts';

/** A row of the file as somebody left it. */
export interface OldRow {
  /** The cells that somebody wrote into, as they stand. */
  readonly typed: ReadonlyMap<HumanColumn, string>;
  readonly base: string;
  readonly hasConflict: boolean;
  /** All of its cells. */
  readonly cells: readonly string[];
}

/** The columns of the file, with those that it lacks behind them. */
export function columnsOf(sheet: Sheet | null): readonly string[] {
  const isUsual =
    sheet?.header.length === SHEET_COLUMNS.length &&
    SHEET_COLUMNS.every((name, n) => sheet.header[n] === name);
  if (sheet === null || isUsual) return SHEET_COLUMNS;
  return [...sheet.header, ...SHEET_COLUMNS.filter((name) => !sheet.header.includes(name))];
}

/** A row that is kept as it is. */
export function keptLine(
  { cells }: OldRow,
  columns: readonly string[],
  delimiter: Dialect['delimiter'],
): string {
  return sheetLine(
    columns.map((_, position) => unguarded(cells[position] ?? '')),
    delimiter,
  );
}

/** The rows of a file into which somebody wrote, or that have columns of their own. */
export interface OldRows {
  /** By the id under which they are known by now. */
  readonly byId: Map<string, OldRow>;
  /** What is no row of anything: a second one with the same id, and text below the table without one. */
  readonly strays: readonly OldRow[];
}

export function oldRowsOf(sheet: Sheet, ledger: AnnotationLedger): OldRows {
  const byId = new Map<string, OldRow>();
  const strays: OldRow[] = [];
  const places = placesIn(sheet.header);
  for (const { cells } of sheet.rows()) {
    const id = ledger.current(unguarded(cells[places.id] ?? '').trim());
    const isRow = ROW_ID.test(id);
    const row = isRow
      ? oldRow(id, cells, places, ledger)
      : { typed: NOTHING, base: '', hasConflict: false, cells };
    if (row === null) continue;
    if (!isRow || byId.has(id)) strays.push(row);
    else byId.set(id, row);
  }
  return { byId, strays };
}

/** Anything else in that column is text of somebody's. */
const ROW_ID = /^[cd]_[0-9a-f]{16}_[0-9a-f]{8}$/u;
const NOTHING: OldRow['typed'] = new Map();

interface Places {
  readonly id: number;
  readonly base: number;
  readonly human: readonly (readonly [name: HumanColumn, position: number])[];
  /** Of the columns that people added. */
  readonly own: readonly number[];
}

function placesIn(header: readonly string[]): Places {
  return {
    id: header.indexOf('row_id'),
    base: header.indexOf(BASE_COLUMN),
    human: HUMAN_COLUMNS.flatMap((name) =>
      header.includes(name) ? [[name, header.indexOf(name)] as const] : [],
    ),
    own: [...header.keys()].filter((position) => !SHEET_COLUMNS.some((name) => name === header[position])),
  };
}

/** `null` for a row that is all the machine's. */
function oldRow(
  id: string,
  cells: readonly string[],
  places: Places,
  ledger: AnnotationLedger,
): OldRow | null {
  const isOwn = places.own.some((position) => (cells[position] ?? '') !== '');
  const isPlain =
    !isOwn && ledger.row(id) === null && places.human.every(([, position]) => (cells[position] ?? '') === '');
  if (isPlain) return null;
  const base = unguarded(cells[places.base] ?? '').trim();
  const revision = base === '' ? 0 : ledger.revisionOf(base);
  const typed = new Map<HumanColumn, string>();
  let hasConflict = revision === null;
  for (const [column, position] of places.human) {
    const text = unguarded(cells[position] ?? '');
    const before = revision === null ? null : ledger.valueAt(id, column, revision);
    const ours = ledger.row(id)?.cells[column] ?? null;
    if (!isTyped(column, text, { before, ours })) continue;
    typed.set(column, text);
    hasConflict ||= ours !== before;
  }
  return typed.size === 0 && !isOwn ? null : { typed, base, hasConflict, cells };
}

/** Whether somebody wrote into a cell what is not stored yet. */
function isTyped(
  column: HumanColumn,
  text: string,
  { before, ours }: { readonly before: string | null; readonly ours: string | null },
): boolean {
  const touched = touchedCell(column, text, before, sameText);
  return touched !== null && (touched.kind === 'mistake' || !equal(touched.value, ours, sameText));
}

export interface LineRequest {
  readonly columns: readonly string[];
  readonly before: OldRow | undefined;
  readonly annotated: AnnotatedRow | null;
  readonly ledger: AnnotationLedger;
  readonly delimiter: Dialect['delimiter'];
}

/** A row of the sheet as a line of the file. */
export function lineOf(row: RowOf<'review'>, request: LineRequest): string {
  const { columns, before, annotated, ledger, delimiter } = request;
  // most rows say nothing, in the columns that all sheets begin with
  if (columns === SHEET_COLUMNS && before === undefined && annotated === null)
    return `${machineCells(row, delimiter)}${delimiter.repeat(HUMAN_COLUMNS.length)}${ledger.token}\r\n`;
  const cells = columns.map((column, position) => {
    if (isHuman(column)) return before?.typed.get(column) ?? annotated?.cells[column] ?? '';
    // a row in which two have written apart from each other keeps what it was made from
    if (column === BASE_COLUMN) return before?.hasConflict === true ? before.base : ledger.token;
    return isMachine(column) ? machineCell(row, column) : unguarded(before?.cells[position] ?? '');
  });
  return sheetLine(cells, delimiter);
}

/** The cells of the machine as `sheetLine` writes them, each with a delimiter behind it. */
function machineCells(row: RowOf<'review'>, delimiter: string): string {
  let line = '';
  for (const column of MACHINE_COLUMNS) {
    const text = machineCell(row, column);
    line += (NEVER_GUARDED.has(column) ? text : sheetCell(text)) + delimiter;
  }
  return line;
}

/** Ids, `sha:` and instants, in which a spreadsheet finds nothing to convert and which have nothing to quote. */
const NEVER_GUARDED: ReadonlySet<string> = new Set(['row_id', 'commit', 'committed_at']);

type MachineColumn = (typeof MACHINE_COLUMNS)[number];

function machineCell(row: RowOf<'review'>, column: MachineColumn): string {
  if (column === 'commit') return `sha:${row.text('commit')}`;
  if (column === 'pull_request') return row.isEmpty('pull_request') ? '' : `#${row.text('pull_request')}`;
  return row.text(column);
}

function isMachine(column: string): column is MachineColumn {
  return MACHINE_COLUMNS.some((name) => name === column);
}

function isHuman(column: string): column is HumanColumn {
  return HUMAN_COLUMNS.some((name) => name === column);
}
