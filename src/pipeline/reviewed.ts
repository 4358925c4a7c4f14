import { nextNumber, readRecords, SegmentDamaged, SegmentWriter } from '../storage/raw-store.ts';
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

/** Rows that were put there at the same time: a sheet has many. */
const Line = z.object({ since: z.string(), rows: z.array(z.string()) });
const ROWS_A_LINE = 500;

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
  try {
    for await (const batch of readRecords(storage, stream))
      for (const record of batch) {
        const { rows: together, since } = Line.parse(record);
        for (const row of together) rows.set(row, since);
      }
  } catch (error) {
    // lost or damaged: those rows wait once more, and nothing that anybody said is in here; what could not be read this time is neither
    if (!(error instanceof SegmentDamaged || error instanceof z.ZodError)) throw error;
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
  const writer = new SegmentWriter(storage, envelope, nextNumber(before?.segments ?? []));
  try {
    for (const line of linesOf(rows)) {
      const busy = writer.add(JSON.stringify(line));
      if (busy !== undefined) await busy;
    }
    const segments = await writer.finish();
    return { name, before, after: { ...name, checkedAt: fetchedAt, cursor: {}, segments } };
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

function* linesOf(all: ReadonlyMap<string, string>): Generator<z.infer<typeof Line>> {
  let line: z.infer<typeof Line> = { since: '', rows: [] };
  for (const [row, since] of all) {
    if (line.rows.length > 0 && (since !== line.since || line.rows.length === ROWS_A_LINE)) {
      yield line;
      line = { since, rows: [] };
    }
    line.since = since;
    line.rows.push(row);
  }
  if (line.rows.length > 0) yield line;
}
