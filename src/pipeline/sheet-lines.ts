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
import { sheetLine, type Dialect } from '../storage/sheet-writer.ts';
import { sameText, unguarded } from '../storage/spreadsheet-text.ts';

/** A row of the file as somebody left it. */
export interface OldRow {
  readonly cells: readonly string[];
  /** The cells that somebody wrote into, as they stand. */
  readonly typed: ReadonlyMap<HumanColumn, string>;
  readonly base: string;
  readonly hasConflict: boolean;
}

/** The columns of the file, with those that it lacks behind them. */
export function columnsOf(sheet: Sheet | null): readonly string[] {
  if (sheet === null) return SHEET_COLUMNS;
  return [...sheet.header, ...SHEET_COLUMNS.filter((name) => !sheet.header.includes(name))];
}

/** The cells of a row that is kept as it is. */
export function padded(cells: readonly string[], columns: readonly string[]): string[] {
  return columns.map((_, position) => unguarded(cells[position] ?? ''));
}

/** The rows of the file by the id under which they are known by now; of two with the same id the one that says more. */
export function oldRowsOf(sheet: Sheet, ledger: AnnotationLedger): Map<string, OldRow> {
  const found = new Map<string, OldRow>();
  const idAt = sheet.header.indexOf('row_id');
  for (const { cells } of sheet.rows) {
    const id = ledger.current(unguarded(cells[idAt] ?? '').trim());
    const row = oldRow(id, cells, sheet.header, ledger);
    const known = found.get(id);
    if (known === undefined || known.typed.size < row.typed.size) found.set(id, row);
  }
  return found;
}

function oldRow(
  id: string,
  cells: readonly string[],
  header: readonly string[],
  ledger: AnnotationLedger,
): OldRow {
  const base = unguarded(cells[header.indexOf('base')] ?? '').trim();
  const revision = base === '' ? 0 : ledger.revisionOf(base);
  const typed = new Map<HumanColumn, string>();
  let hasConflict = revision === null;
  for (const column of HUMAN_COLUMNS) {
    const position = header.indexOf(column);
    if (position < 0) continue;
    const text = unguarded(cells[position] ?? '');
    const before = revision === null ? null : ledger.valueAt(id, column, revision);
    const ours = ledger.row(id)?.cells[column] ?? null;
    if (!isTyped(column, text, { before, ours })) continue;
    typed.set(column, text);
    hasConflict ||= ours !== before;
  }
  return { cells, typed, base, hasConflict };
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
  const cells = columns.map((column, position) => {
    if (isHuman(column)) return before?.typed.get(column) ?? annotated?.cells[column] ?? '';
    // a row in which two have written apart from each other keeps what it was made from
    if (column === BASE_COLUMN) return before?.hasConflict === true ? before.base : ledger.token;
    return isMachine(column) ? machineCell(row, column) : unguarded(before?.cells[position] ?? '');
  });
  return sheetLine(cells, delimiter);
}

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
