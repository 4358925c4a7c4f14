import { DoraError } from '../domain/errors.ts';
import { readJournal, type OpenedJournal, type StoredRevision } from '../storage/annotation-store.ts';
import { scanTable } from '../storage/dataset-store.ts';
import { readSheet } from '../storage/sheet-reader.ts';
import { unguarded } from '../storage/spreadsheet-text.ts';
import type { State } from '../storage/state.ts';
import { PublicationBeaten, type Workspace } from '../storage/workspace.ts';
import type { Ports } from './ports.ts';
import { readRowSet, repositoriesReviewed, writeRowSet } from './reviewed.ts';

/** An import that was made a moment ago, and the rows that its files had, by repository. */
export interface FreshImport {
  readonly revision: number;
  readonly seen: ReadonlyMap<string, readonly string[]>;
}

/**
 * Does what follows an import: the rows of its files count as reviewed, and `audit.jsonl` has a line.
 *
 * The import itself is done when the journal has it. A run that was killed right after leaves this to the next one, whichever command that is.
 * `fresh` and `journal` save reading what the caller has just read.
 */
export async function finishImports(
  workspace: Workspace,
  state: State,
  ports: Ports,
  { fresh = null, journal }: FinishOptions = {},
): Promise<State> {
  return await again(workspace, state, async (from) => {
    const { revisions } = journal?.read() ?? (await readJournal(ports.storage));
    return await finishFrom({ workspace, revisions, fresh }, from, ports);
  });
}

export interface FinishOptions {
  readonly fresh?: FreshImport | null;
  /** As it was read a moment ago; left out: it is read. */
  readonly journal?: OpenedJournal | undefined;
}

interface Finishing {
  readonly workspace: Workspace;
  readonly revisions: readonly StoredRevision[];
  readonly fresh: FreshImport | null;
}

const ATTEMPTS = 8;

/** Does it once more from what another run has published meanwhile: who has reviewed which row adds up. */
async function again(
  workspace: Workspace,
  state: State,
  action: (from: State) => Promise<State>,
): Promise<State> {
  let from = state;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await action(from);
    } catch (error) {
      if (!(error instanceof PublicationBeaten) || attempt === ATTEMPTS) throw error;
      from = await workspace.open();
    }
  }
}

async function finishFrom(
  { workspace, revisions, fresh }: Finishing,
  state: State,
  ports: Ports,
): Promise<State> {
  let known = state;
  for (const revision of revisions.filter((one) => one.revision > state.annotations)) {
    const { at, command, by, files, rows, incidents } = revision;
    const cells = rows.reduce((sum, row) => sum + Object.keys(row.cells).length, 0);
    const changes = {
      revision: revision.revision,
      by,
      files: files.map(({ stored }) => stored),
      rows: rows.length,
      cells,
      incidents: incidents.length,
    };
    const audit = { at, command, changes };
    const done = { audit, revision: revision.revision };
    if (command === 'undo') {
      const undone = timeOf(revision, revisions);
      known = await reopen(workspace, known, { revision, undone, done }, ports);
    } else {
      const isFresh = revision.revision === fresh?.revision;
      const seen = isFresh ? fresh.seen : await seenIn(revision, ports);
      known = await publishReviewed(workspace, known, { seen, since: at, done }, ports);
    }
  }
  return known;
}

/** What comes after the journal has it: when that fails, the change is made all the same, and must not be made again. */
export async function following<Result>(made: string, action: () => Promise<Result>): Promise<Result> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof DoraError)) throw error;
    const what = `${made}, which holds; what follows from it failed: ${error.message}`;
    const before = error.hint === undefined ? '' : `${error.hint.replace(/\.?$/u, '.')} `;
    throw new DoraError(error.kind, what, {
      hint: `${before}Then go on with dora-metrics update; there is no need to do this again.`,
      cause: error,
    });
  }
}

/** When the import that an undo takes back was made. */
function timeOf({ undoes }: StoredRevision, revisions: readonly StoredRevision[]): string {
  return revisions.find(({ revision }) => revision === undoes)?.at ?? '';
}

/** What a publication tells of a revision of the annotations. */
interface Done {
  readonly audit: Parameters<Workspace['publish']>[1];
  readonly revision: number;
}

/** The rows that an imported file had, by repository. */
interface Seen {
  readonly seen: ReadonlyMap<string, readonly string[]>;
  /** When it was imported: an undo of that import makes them wait again. */
  readonly since: string;
  readonly done: Done | null;
}

/** Publishes that rows were reviewed in which nothing was changed. */
export async function markReviewed(
  workspace: Workspace,
  state: State,
  seen: Omit<Seen, 'done'>,
  ports: Ports,
): Promise<State> {
  return await again(
    workspace,
    state,
    async (from) => await publishReviewed(workspace, from, { ...seen, done: null }, ports),
  );
}

async function publishReviewed(
  workspace: Workspace,
  state: State,
  { seen, since, done }: Seen,
  ports: Ports,
): Promise<State> {
  const updates = [];
  for (const [repository, ids] of seen) {
    const rows = new Map(await readRowSet(state, repository, 'reviewed', ports.storage));
    const before = rows.size;
    for (const id of ids) if (!rows.has(id)) rows.set(id, since);
    if (rows.size > before)
      updates.push(await writeRowSet(state, { repository, set: 'reviewed', rows }, ports));
  }
  if (updates.length === 0 && done === null) return state;
  return await workspace.publish(updates, done?.audit ?? null, done?.revision ?? null);
}

/** The rows that were reviewed by the import that was taken back wait again, and those that it changed. */
async function reopen(
  workspace: Workspace,
  state: State,
  {
    revision,
    undone,
    done,
  }: { readonly revision: StoredRevision; readonly undone: string; readonly done: Done },
  ports: Ports,
): Promise<State> {
  const updates = [];
  const changed = new Set(revision.rows.map(({ row }) => row));
  for (const repository of repositoriesReviewed(state)) {
    const before = await readRowSet(state, repository, 'reviewed', ports.storage);
    const rows = new Map([...before].filter(([row, since]) => since !== undone && !changed.has(row)));
    if (rows.size < before.size)
      updates.push(await writeRowSet(state, { repository, set: 'reviewed', rows }, ports));
  }
  return await workspace.publish(updates, done.audit, done.revision);
}

/** The rows that the files of an import had, by repository. */
async function seenIn({ files }: StoredRevision, { storage }: Ports): Promise<Map<string, string[]>> {
  const ids = new Set<string>();
  for (const { stored } of files) {
    const body = await storage.read(stored);
    if (body === null) continue;
    try {
      const sheet = readSheet(body, stored, ['row_id']);
      const at = sheet.header.indexOf('row_id');
      for (const { cells } of sheet.rows()) ids.add(unguarded(cells[at] ?? '').trim());
    } catch (error) {
      // a list of incidents has no rows to review
      if (!(error instanceof DoraError)) throw error;
    }
  }
  const seen = new Map<string, string[]>();
  if (ids.size === 0) return seen;
  await scanTable(storage, 'review', (row) => {
    const id = row.text('row_id');
    if (!ids.has(id)) return;
    const repository = row.text('repository');
    const known = seen.get(repository) ?? [];
    seen.set(repository, known);
    known.push(id);
  });
  return seen;
}
