import { createHash } from 'node:crypto';
import path from 'node:path';
import type { Cells, HumanColumn } from '../domain/annotation.ts';
import { compareText } from '../domain/compare.ts';
import { DoraError } from '../domain/errors.ts';
import type { Settings } from '../domain/settings.ts';
import { epochMs } from '../domain/units.ts';
import { patchIds } from '../extractors/git/patch-ids.ts';
import type { Change, ImportedFile, IncidentEdit, RowEdit } from '../processors/annotation-ledger.ts';
import {
  contradictions,
  type CellEdit,
  type Conflict,
  type Mistake,
} from '../processors/annotation-merger.ts';
import { appendRevision, type StoredRevision } from '../storage/annotation-store.ts';
import { IMPORTED } from '../storage/paths.ts';
import { VersionConflict } from '../storage/storage.ts';
import type { State } from '../storage/state.ts';
import { Workspace } from '../storage/workspace.ts';
import { writeObject } from '../storage/write-object.ts';
import { loadAnnotations, type LoadedAnnotations } from './annotations.ts';
import { ensureDataset, extractedRepositories } from './dataset.ts';
import { finishImports, following, markReviewed } from './finish-imports.ts';
import { readSent, type SentFile, type SentFiles } from './sent-sheets.ts';
import { refreshReview } from './pending-review.ts';
import type { Ports } from './ports.ts';

export interface ImportRequest {
  readonly settings: Settings;
  readonly files: readonly SentFile[];
  readonly by: string;
  /** Whose value counts where two people wrote into one cell: that of the files, or what is stored. `null`: nobody's, nothing is imported. */
  readonly prefer: 'theirs' | 'ours' | null;
  readonly dryRun: boolean;
}

/** One value that the import changes, for people. */
export interface ImportedChange {
  readonly file: string;
  readonly row: number;
  readonly column: string;
  /** Of the commit or the incident. */
  readonly title: string;
  readonly before: string | null;
  readonly after: string | null;
}

export interface ImportSummary {
  readonly set: number;
  readonly changed: number;
  readonly cleared: number;
  /** Rows that say what they said before, or nothing. */
  readonly unchanged: number;
  readonly unknown: readonly { readonly file: string; readonly row: number; readonly id: string }[];
  readonly changes: readonly ImportedChange[];
  readonly warnings: readonly string[];
  readonly dryRun: boolean;
  /** The revision that was made; `null` where nothing changed. */
  readonly revision: number | null;
}

const ATTEMPTS = 5;

/**
 * Merges what people wrote into the annotations, all of it or nothing, and builds the dataset anew.
 *
 * Throws a `DoraError` that lists every mistake, or every conflict, with file, row and column; then nothing has changed.
 */
export async function importFiles(request: ImportRequest, ports: Ports): Promise<ImportSummary> {
  const workspace = new Workspace(ports.storage, ports.clock);
  let state = await workspace.open();
  const repositories = extractedRepositories(state, request.settings);
  if (repositories.length === 0) {
    throw new DoraError(
      'data',
      `nothing was extracted into ${ports.storage.location} yet: no row of a sheet is known`,
      {
        hint: 'run: dora-metrics extract --full',
      },
    );
  }
  await ensureDataset(state, request.settings, ports);
  if (!request.dryRun) state = await finishImports(workspace, state, ports);
  const { summary, isAllTaken } = await mergeAndStore(request, { workspace, state }, ports);
  if (request.dryRun) return summary;
  const bringUpToDate = async () => {
    const after = await workspace.open();
    await ensureDataset(after, request.settings, ports);
    await refreshReview(after, request.settings, ports, {
      imported: isAllTaken ? request.files.map(({ bytes }) => bytes) : [],
    });
  };
  await (summary.revision === null ? bringUpToDate() : following('the files were imported', bringUpToDate));
  return summary;
}

interface MergedFiles {
  readonly summary: ImportSummary;
  /** Whether nothing in the files is left that an import does not take. */
  readonly isAllTaken: boolean;
}

/** Merges the files into what is stored at the moment; again, when another import came first. */
async function mergeAndStore(
  request: ImportRequest,
  { workspace, state }: { readonly workspace: Workspace; readonly state: State },
  ports: Ports,
): Promise<MergedFiles> {
  for (let attempt = 1; ; attempt += 1) {
    const loaded = await loadAnnotations(ports.storage);
    const sent = await readSent(request.files, loaded.ledger, request.prefer, ports);
    const merged = mergeAll(sent, loaded, ports);
    refuse(merged.mistakes, sent.conflicts);
    const summary = summarise(sent, merged, request.dryRun);
    const isAllTaken = sent.unknown.length === 0 && !sent.hasStrays;
    if (request.dryRun) return { summary, isAllTaken };
    if (merged.rows.length === 0 && merged.incidents.length === 0) {
      const since = ports.clock.now().toISOString();
      await markReviewed(workspace, state, { seen: sent.seen, since }, ports);
      return { summary, isAllTaken };
    }
    try {
      const rows = await withPatches(merged.rows, request, state, ports);
      const { revision } = await store(request, { rows, incidents: merged.incidents }, loaded, ports);
      await following('the files were imported', () =>
        finishImports(workspace, state, ports, { fresh: { revision, seen: sent.seen } }),
      );
      return { summary: { ...summary, revision }, isAllTaken };
    } catch (error) {
      // somebody else's import came first: this one is merged again on top of it
      if (!(error instanceof VersionConflict) || attempt === ATTEMPTS) throw error;
    }
  }
}

interface MergedAll {
  readonly rows: readonly RowEdit[];
  readonly incidents: readonly IncidentEdit[];
  readonly mistakes: readonly Mistake[];
}

/** The edits by row, with what contradicts itself in what the rows then say. */
function mergeAll(
  { edits, facts, incidents, mistakes }: SentFiles,
  { ledger }: LoadedAnnotations,
  { clock }: Ports,
): MergedAll {
  const now = epochMs(clock.now().getTime());
  const byRow = new Map<string, CellEdit[]>();
  for (const edit of edits) {
    const known = byRow.get(edit.id);
    if (known === undefined) byRow.set(edit.id, [edit]);
    else known.push(edit);
  }
  const rows: RowEdit[] = [];
  const found: Mistake[] = [...mistakes];
  for (const [id, own] of byRow) {
    const about = facts.get(id);
    if (about === undefined) continue;
    const cells = after(ledger.row(id)?.cells ?? {}, own);
    found.push(...contradictions({ facts: about, cells, edits: own }, now));
    const changes: Partial<Record<HumanColumn, Change>> = {};
    for (const { name, change } of own) changes[name] = change;
    rows.push({ row: id, facts: about, patch: null, cells: changes, movedFrom: null });
  }
  return { rows, incidents: incidents.edits.map(({ place: _, ...edit }) => edit), mistakes: found };
}

function after(before: Cells, edits: readonly CellEdit[]): Cells {
  const cells: Partial<Record<HumanColumn, string>> = { ...before };
  for (const { name, change } of edits) {
    const [, value] = change;
    if (value === null) Reflect.deleteProperty(cells, name);
    else cells[name] = value;
  }
  return cells;
}

const MOST_LISTED = 20;

function refuse(mistakes: readonly Mistake[], conflicts: readonly Conflict[]): void {
  if (mistakes.length > 0) {
    const inOrder = mistakes.toSorted((a, b) => compareText(a.file, b.file) || a.row - b.row);
    const lines = inOrder.map(({ problem, ...place }) => `${placeWords(place)} ${problem}`);
    const count = mistakes.length === 1 ? 'a mistake' : `${String(mistakes.length)} mistakes`;
    throw new DoraError('data', `nothing was imported: ${count}\n${listed(lines)}`, {
      hint: 'correct these cells and import the file again.',
    });
  }
  if (conflicts.length > 0) {
    const lines = conflicts.map(
      (conflict) =>
        `${placeWords({ ...conflict, value: '' })} the file says ${quoted(conflict.theirs)}, ${conflictWords(conflict)}`,
    );
    const count = conflicts.length === 1 ? 'one cell has' : `${String(conflicts.length)} cells have`;
    throw new DoraError('data', `nothing was imported: ${count} two values\n${listed(lines)}`, {
      hint: '--prefer theirs takes what the file says, --prefer ours keeps what is stored.',
    });
  }
}

function conflictWords({ kind, ours }: Conflict): string {
  switch (kind) {
    case 'two-values':
      return `it was set to ${quoted(ours)} since the sheet was made`;
    case 'converted':
      return `which a spreadsheet may have made of ${quoted(ours)}`;
  }
}

function placeWords({ file, row, column, letter, value }: Omit<Mistake, 'problem'>): string {
  const name = column === '' ? '' : letter === '' ? `, ${column}` : `, column ${letter} (${column})`;
  return `${file} row ${String(row)}${name}: ${value === '' ? '' : `${quoted(value)} `}`.trimEnd();
}

function quoted(value: string | null): string {
  if (value === null) return 'nothing';
  const text = value.replaceAll(/[\r\n]+/gu, ' ');
  return `"${text.length > 60 ? `${text.slice(0, 59)}…` : text}"`;
}

function listed(lines: readonly string[]): string {
  const shown = lines.slice(0, MOST_LISTED).map((line) => `  ${line}`);
  if (lines.length > MOST_LISTED) shown.push(`  … and ${String(lines.length - MOST_LISTED)} more`);
  return shown.join('\n');
}

function summarise(
  { edits, facts, incidents, unknown, unchanged, warnings }: SentFiles,
  merged: MergedAll,
  dryRun: boolean,
): ImportSummary {
  const changes: ImportedChange[] = edits.map(({ file, row, column, id, change: [before, value] }) => ({
    file,
    row,
    column,
    title: facts.get(id)?.title ?? '',
    before,
    after: value,
  }));
  for (const { place, incident, fields } of incidents.edits) {
    for (const [column, change] of Object.entries(fields))
      changes.push({
        file: place.file,
        row: place.row,
        column,
        title: incident,
        before: change[0],
        after: change[1],
      });
  }
  const count = (is: (change: ImportedChange) => boolean) => changes.filter(is).length;
  return {
    set: count(({ before, after: value }) => before === null && value !== null),
    changed: count(({ before, after: value }) => before !== null && value !== null),
    cleared: count(({ after: value }) => value === null),
    unchanged: Math.max(0, unchanged - merged.rows.length) + incidents.unchanged,
    unknown,
    changes,
    warnings,
    dryRun,
    revision: null,
  };
}

/** Of more commits than this the patches would take longer than everything else; they are found again by author and title. */
const MOST_PATCHES = 2000;

/** Adds what each commit changes, so that it is known again after a rebase. Of clones without file contents it would have to be downloaded. */
async function withPatches(
  rows: readonly RowEdit[],
  { settings }: ImportRequest,
  state: State,
  ports: Ports,
): Promise<readonly RowEdit[]> {
  const patches = new Map<string, string>();
  for (const { name, source } of extractedRepositories(state, settings)) {
    if (source.from.kind !== 'path') continue;
    const wanted = rows.filter(({ facts }) => facts.repository === name && facts.kind === 'commit');
    const commits = [...new Set(wanted.map(({ facts }) => facts.commit))].slice(0, MOST_PATCHES);
    // a clone that is not here does not keep anybody from annotating
    const found = await patchIds(source.from.path, commits, ports).catch((error: unknown) => {
      if (ports.signal?.aborted === true) throw error;
      return new Map<string, string>();
    });
    for (const [commit, patch] of found) patches.set(commit, patch);
  }
  return rows.map((row) => ({ ...row, patch: patches.get(row.facts.commit) ?? null }));
}

async function store(
  { files, by }: ImportRequest,
  { rows, incidents }: { readonly rows: readonly RowEdit[]; readonly incidents: readonly IncidentEdit[] },
  { journal }: LoadedAnnotations,
  { storage, clock }: Ports,
): Promise<StoredRevision> {
  const at = clock.now().toISOString();
  const kept: ImportedFile[] = [];
  for (const [position, { name, bytes }] of files.entries()) {
    const stored = `${IMPORTED}${at.replaceAll(/[:.]/gu, '-')}-${position === 0 ? '' : `${String(position + 1)}-`}${safeName(name)}`;
    await writeObject(storage, stored, [bytes]);
    kept.push({
      name: path.basename(name),
      stored,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    });
  }
  return await appendRevision(storage, journal, {
    at,
    command: 'import',
    by,
    files: kept,
    undoes: null,
    rows: [...rows],
    incidents: [...incidents],
  });
}

/** The name of a file as it may stand in a key on any system. */
function safeName(name: string): string {
  const base = path
    .basename(name)
    .replaceAll(/[^\p{L}\p{N}._-]+/gu, '-')
    .replace(/^[.-]+/u, '')
    .slice(-80);
  return base === '' ? 'sheet.csv' : base;
}
