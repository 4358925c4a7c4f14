import type { Cells, HumanColumn, RowFacts } from '../domain/annotation.ts';
import { cellValue } from '../domain/cell-values.ts';
import { isoInstant, type EpochMs } from '../domain/units.ts';
import type { AnnotationLedger, Change } from './annotation-ledger.ts';

/** A row of a sheet as a person sent it back. */
export interface SentRow {
  /** As the person sees it in the spreadsheet. */
  readonly number: number;
  readonly id: string;
  /** What the column `base` says; `null` where the file has none. */
  readonly base: string | null;
  /** Those that are not empty, without the guard against formulas. */
  readonly cells: Readonly<Partial<Record<HumanColumn, string>>>;
  /** The columns of `cells` that came with the guard: no spreadsheet has calculated or converted them. */
  readonly guarded: readonly HumanColumn[];
}

export interface SentSheet {
  readonly file: string;
  readonly rows: readonly SentRow[];
  /** The columns that the file has: an empty cell in one that it lacks says nothing. */
  readonly columns: readonly HumanColumn[];
  /** Letters of the columns, by name. */
  readonly letters: Readonly<Record<string, string>>;
}

/** What a row says in which nobody has written anything; shared, because most are such. */
export const NO_CELLS: SentRow['cells'] = {};

/** Where in which file something is, for people: `review.csv row 12, column M (failed_at): 01/02/2026 …`. */
export interface Place {
  readonly file: string;
  readonly row: number;
  readonly column: string;
  readonly letter: string;
  readonly value: string;
}

export interface Mistake extends Place {
  readonly problem: string;
}

/** Two values for one cell, neither of which knew of the other. */
export interface Conflict extends Place {
  readonly id: string;
  /** What is stored, or what an earlier file of the same import says; `null` for no opinion. */
  readonly ours: string | null;
  readonly theirs: string | null;
  /** `converted`: nobody wrote `ours` meanwhile, and perhaps nobody wrote `theirs`: a spreadsheet may have made it of what was there. */
  readonly kind: 'two-values' | 'converted';
}

/** One cell that the import changes. */
export interface CellEdit extends Place {
  readonly id: string;
  readonly name: HumanColumn;
  readonly change: Change;
}

export interface MergeOptions {
  readonly ledger: AnnotationLedger;
  readonly prefer: 'theirs' | 'ours' | null;
  /** Whether two texts are the same but for what spreadsheets do to them. */
  readonly isSame: (a: string, b: string) => boolean;
  /** Whether a text may have become another by what spreadsheets calculate, convert and lose. */
  readonly mayBeConverted: (before: string, after: string, isGuarded: boolean) => boolean;
}

/** What the cells of one or several sheets come to. */
export interface Merged {
  readonly edits: readonly CellEdit[];
  readonly conflicts: readonly Conflict[];
  readonly mistakes: readonly Mistake[];
}

/**
 * Merges sheets into the annotations, cell by cell, each row on the state that it was exported from.
 *
 * A cell that still says what it said then is untouched. An empty cell takes back what was said, if it had been in the sheet; `-` always does.
 * Several sheets are taken one after the other. Nothing here knows whether the rows exist.
 */
export function mergeSheets(sheets: readonly SentSheet[], options: MergeOptions): Merged {
  const merger = new Merger(options);
  for (const sheet of sheets) for (const row of sheet.rows) merger.takeRow(sheet, row);
  return merger.result();
}

class Merger {
  readonly #options: MergeOptions;
  readonly #pending = new Map<string, CellEdit>();
  readonly #conflicts: Conflict[] = [];
  readonly #mistakes: Mistake[] = [];

  constructor(options: MergeOptions) {
    this.#options = options;
  }

  takeRow(sheet: SentSheet, row: SentRow): void {
    const { ledger, isSame } = this.#options;
    const token = row.base?.trim() ?? '';
    const revision = token === '' ? 0 : ledger.revisionOf(token);
    if (revision === null) {
      this.#mistakes.push({ ...placeOf(sheet, row, 'base', token), problem: UNKNOWN_BASE });
      return;
    }
    const id = ledger.current(row.id);
    // most rows say nothing and never did
    if (row.cells === NO_CELLS && ledger.row(id) === null) return;
    for (const name of sheet.columns) {
      const text = row.cells[name] ?? '';
      const touched = touchedCell(name, text, ledger.valueAt(id, name, revision), isSame);
      if (touched === null) continue;
      const place = placeOf(sheet, row, name, text);
      // the token itself, where its own cell is empty: a delimiter is missing, and all cells behind it moved to the left
      if (row.base === '' && ledger.revisionOf(text.trim()) !== null)
        this.#mistakes.push({ ...place, problem: MOVED_LEFT });
      else if (touched.kind === 'mistake') this.#mistakes.push({ ...place, problem: touched.problem });
      else
        this.#takeCell(
          { ...place, id, name },
          { ...touched, isConverted: this.#isConverted(place, row, touched) },
        );
    }
  }

  #takeCell(
    cell: Omit<CellEdit, 'change'>,
    {
      value: theirs,
      base,
      isConverted,
    }: Pick<TouchedCell, 'value' | 'base'> & { readonly isConverted: boolean },
  ): void {
    const { ledger, prefer, isSame } = this.#options;
    const key = `${cell.id} ${cell.name}`;
    const stored = ledger.row(cell.id)?.cells[cell.name] ?? null;
    const earlier = this.#pending.get(key);
    const ours = earlier === undefined ? stored : earlier.change[1];
    if (equal(theirs, ours, isSame)) return;
    const isOurs = !equal(ours, base, isSame);
    const isClear = !isOurs && !isConverted;
    if (!isClear && prefer === null)
      this.#conflicts.push({ ...cell, ours, theirs, kind: isOurs ? 'two-values' : 'converted' });
    else if (isClear || prefer === 'theirs') this.#pending.set(key, { ...cell, change: [stored, theirs] });
  }

  /** Whether a spreadsheet may have made of what was there what is there now. */
  #isConverted({ column, value: text }: Place, { guarded }: SentRow, { base, value }: TouchedCell): boolean {
    if (base === null || value === null) return false;
    if (INSTANTS.some((name) => name === column)) return hasLostTime(base, value, text);
    const isText = column === 'notes' || column === 'environment';
    const isGuarded = guarded.some((name) => name === column);
    return isText && this.#options.mayBeConverted(base, value, isGuarded);
  }

  result(): Merged {
    const edits = [...this.#pending.values()].filter(({ change: [before, after] }) => before !== after);
    return { edits, conflicts: this.#conflicts, mistakes: this.#mistakes };
  }
}

const UNKNOWN_BASE =
  'is of another workspace, or of annotations that are gone; empty the column base to import the row as if nothing had been annotated before';

const MOVED_LEFT = 'belongs into the column base: the cells of this row moved to the left';

const INSTANTS: readonly HumanColumn[] = ['deployed_at', 'failed_at', 'recovered_at'];

/** The same day without its time: some programs keep no more of an instant. */
function hasLostTime(before: string, after: string, text: string): boolean {
  return !text.includes(':') && before !== after && before.slice(0, 10) === after.slice(0, 10);
}

/** A cell that does not say any more what it said when the sheet was made. */
interface TouchedCell {
  readonly kind: 'touched';
  readonly value: string | null;
  readonly base: string | null;
}

type Touched = TouchedCell | { readonly kind: 'mistake'; readonly problem: string };

/** What a person did to a cell since it was exported, when it said `base`; `null` for nothing. */
export function touchedCell(
  column: HumanColumn,
  text: string,
  base: string | null,
  isSame: MergeOptions['isSame'],
): Touched | null {
  if (base !== null && isSame(text, base)) return null;
  const found = cellValue(column, text);
  switch (found.kind) {
    case 'mistake':
      return found;
    case 'empty':
      return base === null ? null : { kind: 'touched', value: null, base };
    case 'clear':
      return { kind: 'touched', value: null, base };
    case 'value':
      return equal(found.value, base, isSame) ? null : { kind: 'touched', value: found.value, base };
  }
}

export function equal(a: string | null, b: string | null, isSame: MergeOptions['isSame']): boolean {
  return a === b || (a !== null && b !== null && isSame(a, b));
}

export function placeOf(
  { file, letters }: Pick<SentSheet, 'file' | 'letters'>,
  { number }: Pick<SentRow, 'number'>,
  column: string,
  value: string,
): Place {
  return { file, row: number, column, letter: letters[column] ?? '', value };
}

/** A row as it will be, with the cells that were changed. */
export interface MergedRow {
  readonly facts: RowFacts;
  readonly cells: Cells;
  readonly edits: readonly CellEdit[];
}

/**
 * What contradicts itself in a row: times in the future or in the wrong order, and what only a deployment can be said to be.
 *
 * Each is told once, at the cell that was changed, where one of those that contradict each other was.
 */
export function contradictions({ facts, cells, edits }: MergedRow, now: EpochMs): Mistake[] {
  const found: Mistake[] = [];
  const say = (columns: readonly HumanColumn[], problem: string) => {
    const edit = columns
      .map((column) => edits.find(({ name }) => name === column))
      .find((one) => one !== undefined);
    const place = edit ?? edits[0];
    if (place !== undefined)
      found.push({ ...place, problem: edit === undefined ? `${columns[0] ?? ''} ${problem}` : problem });
  };
  for (const column of ['deployed_at', 'failed_at', 'recovered_at'] as const) {
    const text = cells[column];
    if (text !== undefined && Date.parse(text) > now)
      say([column], `is in the future (it is ${isoInstant(now)})`);
  }
  const wrong = isDeployment(facts, cells) ? undefined : saidOfDeployment(cells);
  if (wrong !== undefined) {
    const problem =
      cells.is_deployment === 'no'
        ? 'contradicts is_deployment, which is no'
        : 'needs a deployment, and the row is none: write yes in is_deployment as well';
    say([wrong, 'is_deployment'], problem);
  }
  orderOfTimes({ facts, cells }, say);
  return found;
}

type Say = (columns: readonly HumanColumn[], problem: string) => void;

function orderOfTimes({ facts, cells }: Omit<MergedRow, 'edits'>, say: Say): void {
  const { failed, failed_at: failedAt, recovered_at: recoveredAt } = cells;
  if (failed === 'no' && (failedAt !== undefined || recoveredAt !== undefined))
    say(
      ['failed', 'failed_at', 'recovered_at'],
      'contradicts: the row says that it did not fail, and when it failed or recovered',
    );
  if (recoveredAt !== undefined) {
    const start = failedAt ?? cells.deployed_at ?? startOf(facts);
    const what = failedAt === undefined ? 'the deployment' : 'failed_at';
    if (start !== null && Date.parse(recoveredAt) < Date.parse(start))
      say(
        ['recovered_at', 'failed_at', 'deployed_at'],
        `recovered_at ${recoveredAt} is before ${what} (${start})`,
      );
  }
}

const ONLY_OF_DEPLOYMENTS: readonly HumanColumn[] = [
  'failed',
  'failed_at',
  'recovered_at',
  'is_rollback',
  'deployed_at',
  'environment',
];

/** The first column that says something that only a deployment can be. */
function saidOfDeployment(cells: Cells): HumanColumn | undefined {
  return ONLY_OF_DEPLOYMENTS.find((column) => cells[column] !== undefined && cells[column] !== 'no');
}

/** Whether the row is a deployment once the cells hold: a source knows one, or a person says so. */
function isDeployment({ deployment }: RowFacts, { is_deployment: said }: Cells): boolean {
  if (said !== undefined) return said === 'yes';
  return deployment !== null && !deployment.id.startsWith('annotation:');
}

function startOf({ deployment }: RowFacts): string | null {
  return deployment === null ? null : isoInstant(deployment.finishedAt);
}
