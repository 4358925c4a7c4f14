import { createHash } from 'node:crypto';
import * as z from 'zod';
import { SHEET_COLUMNS } from '../domain/annotation.ts';
import { isoInstant } from '../domain/units.ts';
import type { AnnotatedRow, AnnotationLedger } from '../processors/annotation-ledger.ts';
import type { RowOf } from '../storage/dataset-rows.ts';
import { datasetInputs } from '../storage/dataset-manifest.ts';
import { scanTable } from '../storage/dataset-store.ts';
import { PENDING_REVIEW, REVIEW_SUMMARY } from '../storage/paths.ts';
import { readSheet } from '../storage/sheet-reader.ts';
import { unguarded } from '../storage/spreadsheet-text.ts';
import { encodeSheet, OUR_DIALECT, sheetHead, sheetLine, type Dialect } from '../storage/sheet-writer.ts';
import type { State } from '../storage/state.ts';
import type { Storage } from '../storage/storage.ts';
import { writeObject } from '../storage/write-object.ts';
import { loadAnnotations } from './annotations.ts';
import type { Ports } from './ports.ts';
import { readRowSet, rowSetDigests } from './reviewed.ts';
import { OrderedLines, SortedLines, type Lines } from './lines-in-order.ts';
import { columnsOf, keptLine, lineOf, oldRowsOf, type OldRow, type OldRows } from './sheet-lines.ts';

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

const Summary = z.object({
  key: z.string(),
  repositories: z.array(Repository),
  /** Annotated rows whose commit or deployment is gone. */
  orphans: z.array(Orphan),
});

/** What waits for people, by repository. */
export type ReviewSummary = z.infer<typeof Summary>;
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
}

/** What the file is made from besides what people typed into it. */
interface Grounds {
  readonly ledger: AnnotationLedger;
  /** By repository, the rows that an imported file had. */
  readonly reviewed: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

/**
 * Brings `pending_review.csv` up to date: adds what is new, takes out what was reviewed and says nothing, and keeps whatever somebody typed, in
 * the dialect and the order of columns in which the file was saved.
 *
 * Nothing is read or written when neither the dataset nor the annotations nor the file has changed. Throws a `DoraError` for a file that cannot be
 * read, and leaves it alone.
 */
export async function refreshReview(
  state: State,
  repositories: readonly string[],
  { storage }: Ports,
  { mayWrite = true, imported = [] }: RefreshOptions = {},
): Promise<ReviewSummary> {
  for (let attempt = 1; ; attempt += 1) {
    const key = await keyOf(state, repositories, storage);
    const stored = await storedSummary(storage);
    if (stored?.key === key) return stored;
    const before = await storage.fingerprint(PENDING_REVIEW);
    const old = await storage.read(PENDING_REVIEW);
    const grounds = await groundsOf(state, repositories, storage);
    const isImported = old !== null && imported.some((bytes) => Buffer.compare(bytes, old) === 0);
    const sheet = await newSheet({ old, isImported }, grounds, repositories, storage);
    if (!mayWrite) return { key, ...sheet.summary };
    // somebody may have saved the file while it was read
    if ((await storage.fingerprint(PENDING_REVIEW)) !== before && attempt < ATTEMPTS) continue;
    if (old === null || !same(sheet.chunks, old)) await writeObject(storage, PENDING_REVIEW, sheet.chunks);
    const summary = { key: await keyOf(state, repositories, storage), ...sheet.summary };
    await writeObject(storage, REVIEW_SUMMARY, [Buffer.from(`${JSON.stringify(summary)}\n`)]);
    return summary;
  }
}

const ATTEMPTS = 5;

async function keyOf(state: State, repositories: readonly string[], storage: Storage): Promise<string> {
  const inputs = await datasetInputs(storage);
  const reviewed = repositories.map((name) => [name, rowSetDigests(state, name, 'reviewed')]);
  const file = await storage.fingerprint(PENDING_REVIEW);
  return createHash('sha256')
    .update(JSON.stringify([inputs, reviewed, file]))
    .digest('hex');
}

async function storedSummary(storage: Storage): Promise<ReviewSummary | null> {
  const body = await storage.read(REVIEW_SUMMARY);
  if (body === null) return null;
  try {
    return Summary.parse(JSON.parse(new TextDecoder().decode(body)));
  } catch {
    return null;
  }
}

async function groundsOf(state: State, repositories: readonly string[], storage: Storage): Promise<Grounds> {
  const { ledger } = await loadAnnotations(storage);
  const reviewed = new Map<string, ReadonlyMap<string, string>>();
  for (const name of repositories) reviewed.set(name, await readRowSet(state, name, 'reviewed', storage));
  return { ledger, reviewed };
}

interface NewSheet {
  readonly chunks: readonly Uint8Array[];
  readonly summary: Omit<ReviewSummary, 'key'>;
}

async function newSheet(
  { old, isImported }: { readonly old: Uint8Array | null; readonly isImported: boolean },
  grounds: Grounds,
  repositories: readonly string[],
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
  let found = await shownRows(request, lines, storage);
  if (!lines.isOrdered) {
    lines = new SortedLines(dialect);
    found = await shownRows(request, lines, storage);
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
    summary: { repositories: found.repositories, orphans },
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

/** Every row of the dataset that waits or says something, as a line; and what is counted of them. */
async function shownRows(
  { grounds: { ledger, reviewed }, repositories, columns, oldRows, delimiter }: ShownRequest,
  lines: Lines,
  storage: Storage,
): Promise<ShownRows> {
  const counts = new Map(
    repositories.map((name) => [name, { name, waiting: 0, since: Infinity, typed: 0, reviewed: 0 }]),
  );
  const missing = new Map([...ledger.rows()].map((row) => [row.row, row]));
  const left = new Map(oldRows.byId);
  await scanTable(storage, 'review', (row) => {
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
      count.since = Math.min(count.since, at);
    }
    lines.add(at, lineOf(row, { columns, before, annotated, ledger, delimiter }));
  });
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

/** Newest first means when it was deployed for a deployment, when it was committed for a commit. */
function timeOf(row: RowOf<'review'>): number {
  return Date.parse(row.text(row.text('kind') === 'deployment' ? 'deployed_at' : 'committed_at'));
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
