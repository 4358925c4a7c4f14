import { createHash } from 'node:crypto';
import * as z from 'zod';
import { SHEET_COLUMNS } from '../domain/annotation.ts';
import type { Settings } from '../domain/settings.ts';
import { isoInstant } from '../domain/units.ts';
import type { AnnotatedRow, AnnotationLedger } from '../processors/annotation-ledger.ts';
import type { RowOf } from '../storage/dataset-rows.ts';
import { openJournal, type OpenedJournal } from '../storage/annotation-store.ts';
import { datasetInputs, type Layout, type Seen } from '../storage/dataset-manifest.ts';
import { scanTable } from '../storage/dataset-store.ts';
import { PENDING_REVIEW, REVIEW_SUMMARY } from '../storage/paths.ts';
import { readSheet } from '../storage/sheet-reader.ts';
import { unguarded } from '../storage/spreadsheet-text.ts';
import { encodeSheet, OUR_DIALECT, sheetHead, sheetLine, type Dialect } from '../storage/sheet-writer.ts';
import type { State } from '../storage/state.ts';
import type { Storage } from '../storage/storage.ts';
import { writeObject } from '../storage/write-object.ts';
import { ledgerOf, loadAnnotations } from './annotations.ts';
import { extractedRepositories } from './dataset.ts';
import type { Ports } from './ports.ts';
import { readRowSet, rowSetDigests } from './reviewed.ts';
import { OrderedLines, SortedLines, type Lines } from './lines-in-order.ts';
import { columnsOf, keptLine, lineOf, oldRowsOf, type OldRow, type OldRows } from './sheet-lines.ts';
import { FirstRows, type Room } from './sheet-room.ts';

const Repository = z.object({
  name: z.string(),
  /** Rows that no imported file had and nobody annotated. */
  waiting: z.number(),
  /** When the oldest of them was committed or deployed. */
  since: z.string().nullable(),
  /** Rows in which somebody has written something that is not imported yet. */
  typed: z.number(),
  /** Rows that were reviewed. */
  reviewed: z.number(),
});

const Orphan = z.object({ row: z.string(), repository: z.string(), title: z.string(), commit: z.string() });

export const ReviewSummary = z.object({
  key: z.string(),
  repositories: z.array(Repository),
  /** Annotated rows whose commit or deployment is gone. */
  orphans: z.array(Orphan),
  /** How many of the rows that wait have no place in the sheet yet; they are the oldest. */
  later: z.number(),
});

/** What waits for people, by repository. */
export type ReviewSummary = z.infer<typeof ReviewSummary>;
export type RepositoryReview = z.infer<typeof Repository>;

export type ReviewWord = 'nothing waiting' | 'waiting' | 'in progress' | 'complete';

/** Where the review of a repository stands. */
export function reviewWord({ waiting, typed, reviewed }: RepositoryReview): ReviewWord {
  if (typed > 0) return 'in progress';
  if (waiting > 0) return 'waiting';
  return reviewed > 0 ? 'complete' : 'nothing waiting';
}

export interface RefreshOptions {
  /** False to look and change nothing. */
  readonly mayWrite?: boolean;
  /** Files of which every row was just imported: where the sheet is one of them, nothing in it is left to be kept. */
  readonly imported?: readonly Uint8Array[];
  /** What need not be asked for again. */
  readonly known?: KnownGrounds | undefined;
}

/** What was found a moment ago: first what is there, then what it says. */
export interface KnownGrounds {
  readonly seen: Seen;
  readonly journal: OpenedJournal;
  /** What the dataset was built from, and how it is stored. */
  readonly inputs: string;
  readonly layout: Layout;
}

export interface RefreshedReview {
  readonly summary: ReviewSummary;
  /** The fingerprint of the stored summary, where it is known. */
  readonly stored: string | null;
}

/** What the file is made from besides what people typed into it. */
interface Grounds {
  readonly ledger: AnnotationLedger;
  /** By repository, the rows that an imported file had. */
  readonly reviewed: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** How the dataset is stored, where that is known. */
  readonly layout: Layout | null;
}

/** Of whom the sheet is, and how long it may be. */
interface Scope {
  readonly repositories: readonly string[];
  readonly maximumRows: number;
}

export function scopeOf(state: State, settings: Settings): Scope {
  const repositories = extractedRepositories(state, settings).map(({ name }) => name);
  return { repositories, maximumRows: settings.review.maximumRows };
}

/**
 * Brings `pending_review.csv` up to date: adds what is new, takes out what was reviewed and says nothing, and keeps whatever somebody typed, in
 * the dialect and the order of columns in which the file was saved. Of the rows that wait and say nothing, only the newest `review.maximumRows`
 * stand in it.
 *
 * Nothing is read or written when neither the dataset nor the annotations nor the file has changed. Throws a `DoraError` for a file that cannot be
 * read, and leaves it alone.
 */
export async function refreshReview(
  state: State,
  settings: Settings,
  { storage }: Ports,
  { mayWrite = true, imported = [], known: given }: RefreshOptions = {},
): Promise<RefreshedReview> {
  const scope = scopeOf(state, settings);
  const { repositories } = scope;
  for (let attempt = 1; ; attempt += 1) {
    // when somebody saved the file meanwhile, everything is asked for again
    const known = attempt === 1 ? given : undefined;
    const start = await startOf(storage, known);
    const key = reviewKey(state, scope, start);
    if (start.summary?.key === key) return { summary: start.summary, stored: start.stored };
    const old = start.isMissing ? null : await storage.read(PENDING_REVIEW);
    const grounds = await groundsOf(state, repositories, storage, known);
    const isImported = old !== null && imported.some((bytes) => Buffer.compare(bytes, old) === 0);
    const sheet = await newSheet({ old, isImported }, grounds, scope, storage);
    if (!mayWrite) return { summary: { key, ...sheet.summary }, stored: null };
    // somebody may have saved the file while it was read
    if ((await storage.fingerprint(PENDING_REVIEW)) !== start.file && attempt < ATTEMPTS) continue;
    const file = await writtenSheet(storage, sheet.chunks, { old, file: start.file });
    const summary = { key: reviewKey(state, scope, { ...start, file }), ...sheet.summary };
    const body = Buffer.from(`${JSON.stringify(summary)}\n`);
    return { summary, stored: await writeObject(storage, REVIEW_SUMMARY, [body]) };
  }
}

const ATTEMPTS = 5;

interface Start {
  readonly inputs: string | null;
  /** The fingerprint of the sheet. */
  readonly file: string | null;
  /** Whether the sheet was not there a moment ago. */
  readonly isMissing: boolean;
  readonly summary: ReviewSummary | null;
  /** The fingerprint of the summary, where it is known. */
  readonly stored: string | null;
}

async function startOf(storage: Storage, known: KnownGrounds | undefined): Promise<Start> {
  if (known === undefined) {
    const inputs = await datasetInputs(storage);
    const file = await storage.fingerprint(PENDING_REVIEW);
    return { inputs, file, isMissing: false, summary: await storedSummary(storage), stored: null };
  }
  const { inputs, seen } = known;
  const file = seen.get(PENDING_REVIEW) ?? null;
  const stored = seen.get(REVIEW_SUMMARY) ?? null;
  const summary = stored === null ? null : await storedSummary(storage);
  return { inputs, file, isMissing: file === null, summary, stored };
}

/** Writes the sheet if it is another one; gives its fingerprint. */
async function writtenSheet(
  storage: Storage,
  chunks: readonly Uint8Array[],
  { old, file }: { readonly old: Uint8Array | null; readonly file: string | null },
): Promise<string | null> {
  if (old !== null && same(chunks, old)) return file;
  const told = await writeObject(storage, PENDING_REVIEW, chunks);
  return told ?? (await storage.fingerprint(PENDING_REVIEW));
}

/** The same as long as the sheet is what follows from the dataset and from what people said. */
export function reviewKey(
  state: State,
  { repositories, maximumRows }: Scope,
  { inputs, file }: Pick<Start, 'inputs' | 'file'>,
): string {
  const reviewed = repositories.map((name) => [name, rowSetDigests(state, name, 'reviewed')]);
  return createHash('sha256')
    .update(JSON.stringify([inputs, reviewed, file, maximumRows]))
    .digest('hex');
}

async function storedSummary(storage: Storage): Promise<ReviewSummary | null> {
  const body = await storage.read(REVIEW_SUMMARY);
  if (body === null) return null;
  try {
    return ReviewSummary.parse(JSON.parse(new TextDecoder().decode(body)));
  } catch {
    return null;
  }
}

async function groundsOf(
  state: State,
  repositories: readonly string[],
  storage: Storage,
  known: KnownGrounds | undefined,
): Promise<Grounds> {
  const ledger = ledgerOf(known?.journal ?? (await openJournal(storage)));
  const reviewed = new Map<string, ReadonlyMap<string, string>>();
  for (const name of repositories) reviewed.set(name, await readRowSet(state, name, 'reviewed', storage));
  return { ledger, reviewed, layout: known?.layout ?? null };
}

interface NewSheet {
  readonly chunks: readonly Uint8Array[];
  readonly summary: Omit<ReviewSummary, 'key'>;
}

async function newSheet(
  { old, isImported }: { readonly old: Uint8Array | null; readonly isImported: boolean },
  grounds: Grounds,
  { repositories, maximumRows }: Scope,
  storage: Storage,
): Promise<NewSheet> {
  const sheet =
    old === null || old.length === 0
      ? null
      : readSheet(old, `${storage.location}/${PENDING_REVIEW}`, ['row_id']);
  const columns = columnsOf(sheet);
  const isRead = sheet === null || (isImported && columns === SHEET_COLUMNS);
  const oldRows = isRead ? NO_ROWS : oldRowsOf(sheet, grounds.ledger);
  const dialect = sheet?.dialect ?? OUR_DIALECT;
  const request = { grounds, repositories, columns, oldRows, delimiter: dialect.delimiter };
  // a component's rows come in their order; only those of several have to be put in one
  let lines: Lines = new OrderedLines(dialect);
  const first = new FirstRows(maximumRows);
  let found = await shownRows(request, { lines, room: first }, storage);
  if (!lines.isOrdered || !first.isOrdered) {
    lines = new SortedLines(dialect);
    found = await shownRows(request, { lines, room: first.again() }, storage);
  }
  // rows of a repository that is not configured any more, or of another workspace, or that are twice there: what was typed there stays
  const kept = [...found.left, ...oldRows.strays];
  const orphans = found.missing.map(({ row, facts: { repository, title, commit } }) => ({
    row,
    repository,
    title,
    commit,
  }));
  return {
    chunks: [
      sheetHead(dialect),
      ...(sheet?.above ?? []).map((cells) =>
        encodeSheet(sheetLine(cells.map(unguarded), dialect.delimiter), dialect),
      ),
      encodeSheet(sheetLine(columns, dialect.delimiter), dialect),
      ...lines.chunks(),
      encodeSheet(kept.map((row) => keptLine(row, columns, dialect.delimiter)).join(''), dialect),
    ],
    summary: { repositories: found.repositories, orphans, later: first.refused },
  };
}

const NO_ROWS: OldRows = { byId: new Map(), strays: [] };

interface ShownRequest {
  readonly grounds: Grounds;
  readonly repositories: readonly string[];
  readonly columns: readonly string[];
  readonly oldRows: OldRows;
  readonly delimiter: Dialect['delimiter'];
}

interface ShownRows {
  readonly repositories: RepositoryReview[];
  /** Rows of the file that the dataset does not have. */
  readonly left: readonly OldRow[];
  /** Annotated rows that the dataset does not have. */
  readonly missing: readonly AnnotatedRow[];
}

/** Every row of the dataset that says something, or waits and has a place, as a line; and what is counted of them. */
async function shownRows(
  { grounds, repositories, columns, oldRows, delimiter }: ShownRequest,
  { lines, room }: { readonly lines: Lines; readonly room: Room },
  storage: Storage,
): Promise<ShownRows> {
  const { ledger, reviewed } = grounds;
  const counts = new Map(
    repositories.map((name) => [name, { name, waiting: 0, since: Infinity, typed: 0, reviewed: 0 }]),
  );
  const missing = new Map([...ledger.rows()].map((row) => [row.row, row]));
  const left = new Map(oldRows.byId);
  const visit = (row: RowOf<'review'>) => {
    const id = row.text('row_id');
    const count = counts.get(row.text('repository'));
    if (count === undefined) return;
    missing.delete(id);
    left.delete(id);
    const annotated = ledger.row(id);
    const before = oldRows.byId.get(id);
    const standing = standingOf(annotated, before, reviewed.get(count.name)?.has(id) === true);
    if (standing.isTyped) count.typed += 1;
    if (standing.isReviewed) count.reviewed += 1;
    if (!standing.isShown) return;
    const at = timeOf(row);
    if (!standing.isReviewed) {
      count.waiting += 1;
      if (Number.isFinite(at)) count.since = Math.min(count.since, at);
      if (before === undefined && !room.admits(at)) return;
    }
    lines.add(at, lineOf(row, { columns, before, annotated, ledger, delimiter }));
  };
  await scanTable(storage, 'review', visit, grounds.layout);
  return {
    repositories: [...counts.values()].map((count) => ({
      ...count,
      since: Number.isFinite(count.since) ? isoInstant(count.since) : null,
    })),
    left: [...left.values()],
    missing: [...missing.values()],
  };
}

/** Whether a row waits, and whether it is shown. */
function standingOf(
  annotated: AnnotatedRow | null,
  old: OldRow | undefined,
  wasSent: boolean,
): { readonly isTyped: boolean; readonly isReviewed: boolean; readonly isShown: boolean } {
  const isAnnotated = annotated !== null && Object.keys(annotated.cells).length > 0;
  const isReviewed = isAnnotated || wasSent;
  const isTyped = old !== undefined && old.typed.size > 0;
  // whatever somebody wrote, also into columns of their own
  return { isTyped, isReviewed, isShown: !isReviewed || isAnnotated || old !== undefined };
}

/** Newest first means when it was deployed for a deployment, when it was committed for a commit; one without a time is the oldest. */
function timeOf(row: RowOf<'review'>): number {
  const at = Date.parse(row.text(row.text('kind') === 'deployment' ? 'deployed_at' : 'committed_at'));
  return Number.isNaN(at) ? -Infinity : at;
}

function same(chunks: readonly Uint8Array[], body: Uint8Array): boolean {
  let at = 0;
  for (const chunk of chunks) {
    if (Buffer.compare(chunk, body.subarray(at, at + chunk.length)) !== 0) return false;
    at += chunk.length;
  }
  return at === body.length;
}

/** The ids of the rows of a repository that no imported file had and nobody annotated. */
export async function waitingRows(state: State, repository: string, storage: Storage): Promise<string[]> {
  const { ledger } = await loadAnnotations(storage);
  const reviewed = await readRowSet(state, repository, 'reviewed', storage);
  const waiting: string[] = [];
  await scanTable(storage, 'review', (row) => {
    const id = row.text('row_id');
    if (row.text('repository') !== repository || reviewed.has(id)) return;
    if (Object.keys(ledger.row(id)?.cells ?? {}).length === 0) waiting.push(id);
  });
  return waiting;
}
