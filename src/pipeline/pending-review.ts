import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { AnnotatedRow, AnnotationLedger } from '../processors/annotation-ledger.ts';
import type { RowOf } from '../storage/dataset-rows.ts';
import { datasetInputs, scanTable } from '../storage/dataset-store.ts';
import { PENDING_REVIEW, REVIEW_SUMMARY } from '../storage/paths.ts';
import { readSheet } from '../storage/sheet-reader.ts';
import { encodeSheet, OUR_DIALECT, sheetHead, sheetLine, type Dialect } from '../storage/sheet-writer.ts';
import type { State } from '../storage/state.ts';
import type { Storage } from '../storage/storage.ts';
import { loadAnnotations } from './annotations.ts';
import type { Ports } from './ports.ts';
import { readRowSet, rowSetDigests } from './reviewed.ts';
import { columnsOf, lineOf, oldRowsOf, padded, type OldRow } from './sheet-lines.ts';

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
  /** Of the waiting rows, how many the file did not have before. */
  added: z.number(),
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
  mayWrite = true,
): Promise<ReviewSummary> {
  for (let attempt = 1; ; attempt += 1) {
    const key = await keyOf(state, repositories, storage);
    const stored = await storedSummary(storage);
    if (stored?.key === key) return { ...stored, added: 0 };
    const before = await storage.fingerprint(PENDING_REVIEW);
    const old = await storage.read(PENDING_REVIEW);
    const grounds = await groundsOf(state, repositories, storage);
    const sheet = await newSheet(old, grounds, repositories, storage);
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
  old: Uint8Array | null,
  grounds: Grounds,
  repositories: readonly string[],
  storage: Storage,
): Promise<NewSheet> {
  const sheet =
    old === null || old.length === 0
      ? null
      : readSheet(old, `${storage.location}/${PENDING_REVIEW}`, ['row_id']);
  const columns = columnsOf(sheet);
  const oldRows = sheet === null ? new Map<string, OldRow>() : oldRowsOf(sheet, grounds.ledger);
  const counts = new Map(
    repositories.map((name) => [name, { name, waiting: 0, since: NaN, typed: 0, reviewed: 0 }]),
  );
  const missing = new Map([...grounds.ledger.rows()].map((row) => [row.row, row]));
  const dialect = sheet?.dialect ?? OUR_DIALECT;
  const lines: { readonly at: number; readonly line: string }[] = [];
  let added = 0;
  await scanTable(storage, 'review', (row) => {
    const id = row.text('row_id');
    const count = counts.get(row.text('repository'));
    if (count === undefined) return;
    const annotated = grounds.ledger.row(id);
    const standing = standingOf(id, {
      annotated,
      reviewed: grounds.reviewed.get(count.name),
      old: oldRows.get(id),
    });
    missing.delete(id);
    const before = oldRows.get(id);
    oldRows.delete(id);
    if (standing.isTyped) count.typed += 1;
    if (standing.isReviewed) count.reviewed += 1;
    if (!standing.isShown) return;
    const at = timeOf(row);
    if (!standing.isReviewed) {
      count.waiting += 1;
      if (!(count.since <= at)) count.since = at;
      if (before === undefined) added += 1;
    }
    const request = { columns, before, annotated, ledger: grounds.ledger, delimiter: dialect.delimiter };
    lines.push({ at, line: lineOf(row, request) });
  });
  lines.sort((a, b) => b.at - a.at);
  // rows of a repository that is not configured any more, or of another workspace: what was typed there stays
  const kept = [...oldRows.values()]
    .filter(({ typed }) => typed.size > 0)
    .map(({ cells }) => sheetLine(padded(cells, columns), dialect.delimiter));
  const summary = {
    repositories: [...counts.values()].map((count) => ({
      ...count,
      since: Number.isNaN(count.since) ? null : new Date(count.since).toISOString(),
    })),
    orphans: [...missing.values()].map(({ row, facts }) => ({
      row,
      repository: facts.repository,
      title: facts.title,
      commit: facts.commit,
    })),
    added,
  };
  const header = sheetLine(columns, dialect.delimiter);
  return { chunks: encoded(dialect, [header, ...lines.map(({ line }) => line), ...kept]), summary };
}

/** Whether a row waits, and whether it is shown. */
function standingOf(
  id: string,
  {
    annotated,
    reviewed,
    old,
  }: {
    readonly annotated: AnnotatedRow | null;
    readonly reviewed: ReadonlyMap<string, string> | undefined;
    readonly old: OldRow | undefined;
  },
): { readonly isTyped: boolean; readonly isReviewed: boolean; readonly isShown: boolean } {
  const isAnnotated = annotated !== null && Object.keys(annotated.cells).length > 0;
  const isReviewed = isAnnotated || reviewed?.has(id) === true;
  const hasTyped = old !== undefined && old.typed.size > 0;
  return { isTyped: hasTyped, isReviewed, isShown: !isReviewed || isAnnotated || hasTyped };
}

/** Newest first means when it was deployed for a deployment, when it was committed for a commit. */
function timeOf(row: RowOf<'review'>): number {
  return Date.parse(row.text(row.text('kind') === 'deployment' ? 'deployed_at' : 'committed_at'));
}

/** Chunks of some size, so that a long sheet is not held twice. */
function encoded(dialect: Dialect, lines: readonly string[]): Uint8Array[] {
  const chunks = [sheetHead(dialect)];
  for (let from = 0; from < lines.length; from += LINES_A_CHUNK)
    chunks.push(encodeSheet(lines.slice(from, from + LINES_A_CHUNK).join(''), dialect));
  return chunks;
}

const LINES_A_CHUNK = 4096;

function same(chunks: readonly Uint8Array[], body: Uint8Array): boolean {
  let at = 0;
  for (const chunk of chunks) {
    if (Buffer.compare(chunk, body.subarray(at, at + chunk.length)) !== 0) return false;
    at += chunk.length;
  }
  return at === body.length;
}

export async function writeObject(
  storage: Storage,
  key: string,
  chunks: readonly Uint8Array[],
): Promise<void> {
  const writer = await storage.create(key);
  try {
    for (const chunk of chunks) await writer.write(chunk);
    await writer.commit();
  } catch (error) {
    await writer.abort();
    throw error;
  }
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
