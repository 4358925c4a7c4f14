import { isDeepStrictEqual } from 'node:util';
import type { RefSnapshot } from '../domain/commit.ts';
import { DoraError } from '../domain/errors.ts';
import { parseRefRecords, refChanges, refRecords } from '../extractors/git/normalise.ts';
import { nextNumber, readRecords, SegmentWriter, type Envelope } from '../storage/raw-store.ts';
import type { Segment, StreamState } from '../storage/state.ts';
import type { Storage } from '../storage/storage.ts';

/** A list of refs up to this size is written whole whenever one has moved. */
const WHOLE_BYTES = 1 << 14;
/** Of a longer one what has changed is written, up to so much. */
const MOST_CHANGED = 1 << 13;

/** Writes the refs: as one list, or as what has changed since a list that stays. */
export async function storeRefs(
  refs: RefSnapshot,
  stored: { readonly refs: StreamState } | null,
  envelope: Envelope,
  storage: Storage,
): Promise<readonly Segment[]> {
  const list = stored?.refs.segments[0];
  const isLong = stored !== null && list !== undefined && list.bytes > WHOLE_BYTES;
  const changes = isLong ? await changesSince({ ...stored.refs, segments: [list] }, refs, storage) : null;
  if (changes === null || list === undefined)
    return await written(refRecords(refs), new SegmentWriter(storage, envelope, 1));
  const next = nextNumber([list]);
  return [list, ...(await written(changes, new SegmentWriter(storage, envelope, next)))];
}

async function written(lines: readonly string[], writer: SegmentWriter): Promise<readonly Segment[]> {
  try {
    for (const line of lines) await writer.add(line);
    return await writer.finish();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

/** `null` where they are too many, or would not lead to just these refs. */
async function changesSince(
  list: StreamState,
  refs: RefSnapshot,
  storage: Storage,
): Promise<readonly string[] | null> {
  const known = await recordsOf(list, storage);
  if (known === null) return null;
  const changes = refChanges(parseRefRecords(known), refs);
  if (changes.reduce((sum, line) => sum + line.length, 0) > MOST_CHANGED) return null;
  const led = parseRefRecords([...known, ...changes.map((line): unknown => JSON.parse(line))]);
  return isDeepStrictEqual(led, refs) ? changes : null;
}

/** `null` for a list that is damaged: it is written anew. */
async function recordsOf(list: StreamState, storage: Storage): Promise<readonly unknown[] | null> {
  const records: unknown[] = [];
  try {
    for await (const batch of readRecords(storage, list)) records.push(...batch);
  } catch (error) {
    if (error instanceof DoraError && error.kind === 'data') return null;
    throw error;
  }
  return records;
}
