import path from 'node:path';
import {
  BASE_COLUMN,
  HUMAN_COLUMNS,
  SHEET_COLUMNS,
  type HumanColumn,
  type RowFacts,
} from '../domain/annotation.ts';
import { DoraError } from '../domain/errors.ts';
import { printable } from '../domain/printable.ts';
import { epochMs } from '../domain/units.ts';
import { withoutAddress } from '../domain/without-address.ts';
import {
  INCIDENT_COLUMNS,
  type AnnotationLedger,
  type IncidentColumn,
} from '../processors/annotation-ledger.ts';
import {
  mergeSheets,
  NO_CELLS,
  placeOf,
  type CellEdit,
  type Conflict,
  type Mistake,
  type SentRow,
} from '../processors/annotation-merger.ts';
import {
  mergeIncidents,
  type IncidentMerge,
  type KnownPlaces,
  type SentIncident,
} from '../processors/incident-sheet.ts';
import { readDeployments, scanTable } from '../storage/dataset-store.ts';
import { factsOf } from '../storage/dataset-rows.ts';
import { readSheet, type Sheet } from '../storage/sheet-reader.ts';
import { columnLetter, mayBeConverted, sameText, unguarded } from '../storage/spreadsheet-text.ts';
import type { Ports } from './ports.ts';
import { checkRow, movedTitles, type ReadRow, type ReadSheet, type Suspicion } from './row-checker.ts';

/** A file that somebody wants to import. */
export interface SentFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What the files say, matched with what is known. */
export interface SentFiles {
  readonly edits: readonly CellEdit[];
  readonly conflicts: readonly Conflict[];
  readonly mistakes: readonly Mistake[];
  /** Of every row with an edit. */
  readonly facts: ReadonlyMap<string, RowFacts>;
  readonly incidents: IncidentMerge;
  readonly unknown: readonly { readonly file: string; readonly row: number; readonly id: string }[];
  /** How many rows of sheets are known. */
  readonly unchanged: number;
  /** The ids of the known rows, by repository. */
  readonly seen: ReadonlyMap<string, readonly string[]>;
  readonly warnings: readonly string[];
  /** Whether a sheet has text that belongs to no row. */
  readonly hasStrays: boolean;
}

/** Of an incident: it is shown wherever the incident is. */
const LONGEST_ID = 200;

const KEYS = ['row_id', 'incident_id'];

/** Reads files and compares them with the annotations and the rows of the dataset. Throws a `DoraError` for one that is no sheet. */
export async function readSent(
  files: readonly SentFile[],
  ledger: AnnotationLedger,
  prefer: 'theirs' | 'ours' | null,
  ports: Ports,
): Promise<SentFiles> {
  const sheets: ReadSheet[] = [];
  const incidents: { edits: IncidentMerge['edits'][number][]; mistakes: Mistake[]; unchanged: number } = {
    edits: [],
    mistakes: [],
    unchanged: 0,
  };
  const warnings: string[] = [];
  for (const { name, bytes } of files) {
    const sheet = readSheet(bytes, name, KEYS);
    warnings.push(
      ...sheet.warnings.map((warning) => (warning.startsWith(name) ? warning : `${name}: ${warning}`)),
    );
    if (sheet.key === 'incident_id') {
      const found = await incidentsIn(path.basename(name), sheet, ledger, ports);
      incidents.edits.push(...found.edits);
      incidents.mistakes.push(...found.mistakes);
      incidents.unchanged += found.unchanged;
    } else {
      sheets.push(sentSheet(path.basename(name), sheet));
      warnings.push(...renamedColumns(path.basename(name), sheet));
    }
  }
  const wanted = byId(sheets, ledger);
  const repeated = doubles(wanted);
  const merged = mergeSheets(sheets, { ledger, prefer, isSame: sameText, mayBeConverted });
  const matched = await match(wanted, { ledger, touched: [...merged.edits, ...merged.conflicts] }, ports);
  const isKnown = ({ id }: { readonly id: string }) => matched.facts.has(id);
  return {
    edits: merged.edits.filter(isKnown),
    conflicts: merged.conflicts.filter(isKnown),
    mistakes: [...repeated, ...merged.mistakes, ...matched.mistakes, ...incidents.mistakes],
    facts: matched.facts,
    incidents,
    unknown: matched.unknown,
    unchanged: matched.count,
    seen: matched.seen,
    warnings,
    hasStrays: sheets.some((sheet) => sheet.hasStrays),
  };
}

/** A column that the file lacks may be there under another name, with everything that was written into it. */
function renamedColumns(file: string, { header }: Sheet): string[] {
  const missing = HUMAN_COLUMNS.filter((name) => !header.includes(name));
  const own = header.flatMap((name, position) =>
    name === '' || SHEET_COLUMNS.some((known) => known === name)
      ? []
      : [`${columnLetter(position)} (${printable(name)})`],
  );
  if (missing.length === 0 || own.length === 0) return [];
  return [
    `${file}: nothing is read from column ${own.join(', ')}, and there is no column ${missing.join(', ')}: was one of them renamed?`,
  ];
}

function lettersOf({ header }: Sheet): Record<string, string> {
  return Object.fromEntries(header.map((name, position) => [name, columnLetter(position)]));
}

/** What a sheet says, row by row. */
export function sentSheet(file: string, sheet: Sheet): ReadSheet {
  const at = (name: string) => sheet.header.indexOf(name);
  const places = {
    id: at('row_id'),
    base: at(BASE_COLUMN),
    commit: at('commit'),
    repository: at('repository'),
    component: at('component'),
    title: at('title'),
  };
  const columns = HUMAN_COLUMNS.filter((name) => at(name) >= 0);
  const human = columns.map((name) => [name, at(name)] as const);
  const rows: ReadRow[] = [];
  let hasStrays = false;
  for (const { number, cells } of sheet.rows()) {
    const id = nameIn(cells, places.id);
    // what stands below the table, without an id, is nobody's row
    if (id === '') {
      hasStrays = true;
      continue;
    }
    const { cells: own, guarded } = humanCells(cells, human);
    rows.push({
      number,
      id,
      base: places.base < 0 ? null : nameIn(cells, places.base),
      cells: own,
      guarded,
      commit: nameIn(cells, places.commit),
      repository: nameIn(cells, places.repository),
      component: nameIn(cells, places.component),
      title: unguarded(cells[places.title] ?? ''),
    });
  }
  return { file, columns, rows, hasStrays, letters: lettersOf(sheet) };
}

function nameIn(cells: readonly string[], position: number): string {
  return unguarded(cells[position] ?? '').trim();
}

type HumanPlaces = readonly (readonly [name: HumanColumn, position: number])[];

/** What somebody wrote, and what of it came with the guard; the same two values for all rows in which there is nothing. */
function humanCells(cells: readonly string[], human: HumanPlaces): Pick<SentRow, 'cells' | 'guarded'> {
  if (human.every(([, position]) => cells[position] === '')) return NOTHING;
  let own = NO_CELLS;
  let guarded = NOTHING.guarded;
  for (const [name, position] of human) {
    const cell = cells[position] ?? '';
    if (cell === '') continue;
    const text = unguarded(cell);
    own = { ...own, [name]: text };
    if (text !== cell) guarded = [...guarded, name];
  }
  return { cells: own, guarded };
}

const NOTHING: Pick<SentRow, 'cells' | 'guarded'> = { cells: NO_CELLS, guarded: [] };

interface MatchRequest {
  readonly ledger: AnnotationLedger;
  /** Cells whose rows have to be known. */
  readonly touched: readonly { readonly id: string }[];
}

interface Matched {
  readonly facts: ReadonlyMap<string, RowFacts>;
  readonly mistakes: readonly Mistake[];
  readonly unknown: SentFiles['unknown'];
  readonly count: number;
  readonly seen: ReadonlyMap<string, readonly string[]>;
}

/** A row of a sheet, and the one with the same id that was met before it. */
interface Slot {
  readonly sheet: ReadSheet;
  readonly row: ReadRow;
  readonly next: Slot | null;
}

function* slots(first: Slot): Generator<Slot> {
  for (let slot: Slot | null = first; slot !== null; slot = slot.next) yield slot;
}

/** The rows of all sheets, by the id under which they are known by now. */
function byId(sheets: readonly ReadSheet[], ledger: AnnotationLedger): Map<string, Slot> {
  const wanted = new Map<string, Slot>();
  for (const sheet of sheets) {
    for (const row of sheet.rows) {
      const key = ledger.current(row.id);
      wanted.set(key, { sheet, row, next: wanted.get(key) ?? null });
    }
  }
  return wanted;
}

/** Rows of one file that have the same id and do not say the same. */
function doubles(wanted: ReadonlyMap<string, Slot>): Mistake[] {
  const found: Mistake[] = [];
  for (const last of wanted.values()) {
    if (last.next === null) continue;
    const rows = [...slots(last)].reverse();
    for (const { sheet, row } of rows) {
      const first = rows.find((other) => other.sheet === sheet && other.row.id === row.id)?.row ?? row;
      if (saysTheSame(first, row)) continue;
      const problem = `is in row ${String(first.number)} as well, and the two differ`;
      found.push({ ...placeOf(sheet, row, 'row_id', row.id), problem });
    }
  }
  return found;
}

function saysTheSame(a: SentRow, b: SentRow): boolean {
  return HUMAN_COLUMNS.every((name) => (a.cells[name] ?? '').trim() === (b.cells[name] ?? '').trim());
}

/** Looks every row up in the dataset, in one pass over it, and checks that it still stands beside its own id. Leaves in `wanted` what is not there. */
async function match(
  wanted: Map<string, Slot>,
  { ledger, touched }: MatchRequest,
  { storage }: Ports,
): Promise<Matched> {
  const needed = new Set(touched.map(({ id }) => id));
  const facts = new Map<string, RowFacts>();
  const mistakes: Mistake[] = [];
  const strange: Suspicion[] = [];
  const seen = new Map<string, string[]>();
  await scanTable(storage, 'review', (row) => {
    const id = row.text('row_id');
    const rows = wanted.get(id);
    if (rows === undefined) return;
    wanted.delete(id);
    const repository = row.text('repository');
    const ids = seen.get(repository) ?? [];
    seen.set(repository, ids);
    ids.push(id);
    if (needed.has(id)) facts.set(id, factsOf(row));
    for (const slot of slots(rows)) {
      // a row whose annotations moved on stands beside its old commit in old files
      const wrong = slot.row.id === id ? checkRow(slot.sheet, slot.row, row) : null;
      if (wrong === null) continue;
      if ('mistake' in wrong) strange.push(wrong);
      else mistakes.push(wrong);
    }
  });
  if (strange.length > 0) mistakes.push(...(await movedTitles(strange, storage)));
  const unknown: { file: string; row: number; id: string }[] = [];
  for (const [id, rows] of wanted) {
    const orphan = ledger.row(id);
    if (orphan !== null) facts.set(id, orphan.facts);
    else for (const { sheet, row } of slots(rows)) unknown.push({ file: sheet.file, row: row.number, id });
  }
  unknown.sort((a, b) => a.row - b.row);
  const count = [...seen.values()].reduce((sum, ids) => sum + ids.length, 0);
  return { facts, mistakes, unknown, count, seen };
}

async function incidentsIn(
  file: string,
  sheet: Sheet,
  ledger: AnnotationLedger,
  { storage, clock }: Ports,
): Promise<IncidentMerge> {
  const sent = { file, letters: lettersOf(sheet) };
  const at = (name: string) => sheet.header.indexOf(name);
  const texts = new Map<SentIncident, readonly string[]>();
  const rows = [...sheet.rows()].map(({ number, cells }): SentIncident => {
    const own: Partial<Record<IncidentColumn, string>> = {};
    for (const name of INCIDENT_COLUMNS)
      if (name !== 'incident_id' && at(name) >= 0) own[name] = unguarded(cells[at(name)] ?? '');
    const row = { number, id: unguarded(cells[at('incident_id')] ?? '').trim(), cells: own };
    texts.set(row, cells);
    return row;
  });
  const wrong = rows.find(({ id }) => id === '' || id.length > LONGEST_ID || withoutAddress(id) !== id);
  if (wrong !== undefined) {
    const what =
      wrong.id === '' ? 'is empty' : wrong.id.length > LONGEST_ID ? 'is too long' : 'holds an e-mail address';
    throw new DoraError('data', `${file} row ${String(wrong.number)}: incident_id ${what}`, {
      hint: 'give each incident a short id of its own: by it a later import knows it again.',
    });
  }
  const place = (row: SentIncident, column: string) =>
    placeOf(sent, row, column, unguarded(texts.get(row)?.[at(column)] ?? ''));
  const now = epochMs(clock.now().getTime());
  return mergeIncidents(rows, place, { ledger, known: await knownPlaces(storage), now });
}

async function knownPlaces(storage: Ports['storage']): Promise<KnownPlaces> {
  const deployments = await readDeployments(storage);
  const components = new Map<string, KnownPlaces['components'][number]>();
  await scanTable(storage, 'review', (row) => {
    const [component, repository] = [row.text('component'), row.text('repository')];
    components.set(`${repository}\n${component}`, { component, repository });
  });
  return { components: [...components.values()], deployments };
}
