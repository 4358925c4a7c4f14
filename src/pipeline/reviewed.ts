import { SegmentWriter, readRecords } from '../storage/raw-store.ts';
import type { State, StreamState } from '../storage/state.ts';
import type { Storage } from '../storage/storage.ts';
import { streamKey, type StreamUpdate } from '../storage/workspace.ts';
import type { Ports } from './ports.ts';
import * as z from 'zod';

/**
 * Which rows of the sheet were in a file that was imported, and which a notification has told of: sets of row ids, a stream for each
 * repository, written whole each time.
 */

const SOURCE = 'people';
export type RowSet = 'reviewed' | 'told';

/** Whether a stream of the state is one of these, and not what a source told. */
export function isOfPeople({ source }: Pick<StreamState, 'source'>): boolean {
  return source === SOURCE;
}

function nameOf(scope: string, stream: RowSet) {
  return { source: SOURCE, scope, stream };
}

const Line = z.object({ row: z.string(), since: z.string() });

/** Row id → what put it there (the stored file, or a time). */
export async function readRowSet(
  state: State,
  repository: string,
  set: RowSet,
  storage: Storage,
): Promise<ReadonlyMap<string, string>> {
  const stream = state.streams[streamKey(nameOf(repository, set))];
  const rows = new Map<string, string>();
  if (stream === undefined) return rows;
  for await (const batch of readRecords(storage, stream))
    for (const record of batch) {
      const { row, since } = Line.parse(record);
      rows.set(row, since);
    }
  return rows;
}

/** The repositories of which anything was reviewed. */
export function repositoriesReviewed(state: State): readonly string[] {
  return Object.values(state.streams).flatMap(({ source, scope, stream }) =>
    source === SOURCE && stream === 'reviewed' ? [scope] : [],
  );
}

/** The digests of what is stored, for who wants to know whether it has changed. */
export function rowSetDigests(state: State, repository: string, set: RowSet): readonly string[] {
  return state.streams[streamKey(nameOf(repository, set))]?.segments.map(({ sha256 }) => sha256) ?? [];
}

/** Writes a set anew; it counts when the update is published. */
export async function writeRowSet(
  state: State,
  {
    repository,
    set,
    rows,
  }: { readonly repository: string; readonly set: RowSet; readonly rows: ReadonlyMap<string, string> },
  { storage, clock, version }: Ports,
): Promise<StreamUpdate> {
  const name = nameOf(repository, set);
  const before = state.streams[streamKey(name)] ?? null;
  const fetchedAt = clock.now().toISOString();
  const envelope = { ...name, request: 'import', fetchedAt, tool: `dora-metrics ${version}` };
  const numbers = before?.segments.map((segment) => Number.parseInt(segment.name, 10) || 0) ?? [];
  const writer = new SegmentWriter(storage, envelope, Math.max(0, ...numbers) + 1);
  try {
    for (const [row, since] of rows) {
      const busy = writer.add(JSON.stringify({ row, since }));
      if (busy !== undefined) await busy;
    }
    const segments = await writer.finish();
    return { name, before, after: { ...name, checkedAt: fetchedAt, cursor: {}, segments } };
  } catch (error) {
    await writer.abort();
    throw error;
  }
}
