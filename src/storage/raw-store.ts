import { createHash, type Hash } from 'node:crypto';
import { DoraError } from '../domain/errors.ts';
import { streamPrefix, type StreamName } from './paths.ts';
import type { Segment, StreamState } from './state.ts';
import { MissingKey, type ObjectWriter, type Storage } from './storage.ts';

/** A segment is closed when it has grown to this size, so that each can be sent, checked and compacted by itself. */
const SEGMENT_BYTES = 32 << 20;
const FLUSH_CHARACTERS = 1 << 18;

/** Segments of less than this at the end of a stream are put together when there are more than so many: a line each day must not become an object each day. */
const SMALL_BYTES = SEGMENT_BYTES / 4;
const MOST_SMALL = 24;

/** The first line of every segment: what was asked, and when. */
export interface Envelope extends StreamName {
  readonly fetchedAt: string;
  readonly request: string;
  readonly tool: string;
}

/** Writes the records of one run into segments of one stream. Nothing counts until the workspace publishes them. */
export class SegmentWriter {
  readonly #storage: Storage;
  readonly #envelope: Envelope;
  readonly #segments: Segment[] = [];
  #next: number;
  #open: { writer: ObjectWriter; hash: Hash; name: string; bytes: number; records: number } | null = null;
  #buffer = '';
  #buffered = 0;
  /** The write under way: the next one waits for it, so that disk and source work at the same time. */
  #pending: Promise<void> = Promise.resolve();

  /** `next` numbers the first new segment. */
  constructor(storage: Storage, envelope: Envelope, next: number) {
    this.#storage = storage;
    this.#envelope = envelope;
    this.#next = next;
  }

  /** Adds one record, which must be a line of JSON. Waits when the disk is behind. */
  add(line: string): Promise<void> | undefined {
    this.#buffer += line;
    this.#buffer += '\n';
    this.#buffered += 1;
    return this.#buffer.length < FLUSH_CHARACTERS ? undefined : this.#flush();
  }

  /** The segments written, each durable. */
  async finish(): Promise<readonly Segment[]> {
    if (this.#buffered > 0) await this.#flush();
    await this.#close();
    return this.#segments;
  }

  async abort(): Promise<void> {
    await this.#pending.catch(() => undefined);
    await this.#open?.writer.abort();
    this.#open = null;
  }

  async #flush(): Promise<void> {
    this.#open ??= await this.#start();
    await this.#write(this.#buffer);
    this.#open.records += this.#buffered;
    this.#buffer = '';
    this.#buffered = 0;
    if (this.#open.bytes >= SEGMENT_BYTES) await this.#close();
  }

  async #start() {
    const name = `${String(this.#next).padStart(6, '0')}-${this.#storage.writerName}.jsonl`;
    this.#next += 1;
    const writer = await this.#storage.create(`${streamPrefix(this.#envelope)}${name}`);
    this.#open = { writer, hash: createHash('sha256'), name, bytes: 0, records: 0 };
    await this.#write(`${JSON.stringify(this.#envelope)}\n`);
    return this.#open;
  }

  async #write(text: string): Promise<void> {
    const chunk = Buffer.from(text);
    this.#open?.hash.update(chunk);
    if (this.#open !== null) this.#open.bytes += chunk.length;
    await this.#pending;
    this.#pending = this.#open?.writer.write(chunk) ?? Promise.resolve();
    // a failure is thrown by whoever waits for it next
    this.#pending.catch(() => undefined);
  }

  async #close(): Promise<void> {
    if (this.#open === null) return;
    const { writer, hash, name, bytes, records } = this.#open;
    await this.#pending;
    await writer.commit();
    this.#segments.push({ name, sha256: hash.digest('hex'), bytes, records });
    this.#open = null;
  }
}

/** The records of a stream, segment after segment, in batches, without the envelopes. Throws for a damaged segment. */
export async function* readRecords(
  storage: Storage,
  stream: StreamState,
): AsyncGenerator<readonly unknown[]> {
  for (const segment of stream.segments) yield* readSegment(storage, stream, segment);
}

/** Nobody sees a record of a segment that is not whole: it is held until its digest is known, and never larger than a segment may be. */
async function* readSegment(
  storage: Storage,
  stream: StreamState,
  segment: Segment,
): AsyncGenerator<readonly unknown[]> {
  const key = `${streamPrefix(stream)}${segment.name}`;
  let rest: Buffer = Buffer.alloc(0);
  let isFirst = true;
  for (const chunk of await wholeSegment(storage, stream, segment)) {
    const buffer = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    const end = buffer.lastIndexOf(10) + 1;
    rest = buffer.subarray(end);
    const lines = buffer.toString('utf8', 0, end).split('\n');
    lines.pop();
    const records = isFirst && lines.length > 0 ? lines.slice(1) : lines;
    isFirst &&= lines.length === 0;
    try {
      yield records.map((line): unknown => JSON.parse(line));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      throw damaged(`${storage.location}/${key} is damaged`, stream, error);
    }
  }
}

async function wholeSegment(
  storage: Storage,
  stream: StreamState,
  { name, sha256 }: Segment,
): Promise<readonly Uint8Array[]> {
  const key = `${streamPrefix(stream)}${name}`;
  const hash = createHash('sha256');
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of storage.stream(key)) {
      hash.update(chunk);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof MissingKey) throw damaged(`${storage.location}/${key} is missing`, stream, error);
    throw error;
  }
  if (hash.digest('hex') !== sha256) throw damaged(`${storage.location}/${key} is damaged`, stream);
  return chunks;
}

/** Above the numbers of all segments, also where some were put together. */
export function nextNumber(segments: readonly Segment[]): number {
  return segments.reduce((most, { name }) => Math.max(most, Number.parseInt(name, 10) || 0), 0) + 1;
}

/**
 * The segments of a stream, with the small ones at its end in one where they have become many.
 *
 * What is read and written again is never more than a quarter of a segment or two, however long the stream is. Throws for a damaged segment.
 */
export async function withTailTogether(
  storage: Storage,
  stream: StreamState,
  envelope: Envelope,
): Promise<readonly Segment[]> {
  const { segments } = stream;
  const lastLarge = segments.findLastIndex(({ bytes }) => bytes >= SMALL_BYTES);
  if (segments.length - lastLarge - 1 <= MOST_SMALL) return segments;
  const first = firstTogether(segments, lastLarge + 1);
  const tail = segments.slice(first);
  const writer = new SegmentWriter(storage, envelope, nextNumber(segments));
  try {
    for await (const records of readRecords(storage, { ...stream, segments: tail }))
      for (const record of records) await writer.add(JSON.stringify(record));
    return [...segments.slice(0, first), ...(await writer.finish())];
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

/** One that is longer than this part of all that came after it is left alone: else with a line a day all of them were written again each month. */
const LONG = 0.5;

/** The first, from `from` on, that is put together with all after it. */
function firstTogether(segments: readonly Segment[], from: number): number {
  let after = segments.slice(from).reduce((sum, { bytes }) => sum + bytes, 0);
  for (let at = from; at < segments.length - 1; at += 1) {
    const { bytes } = segments[at] ?? { bytes: 0 };
    after -= bytes;
    if (bytes <= LONG * after) return at;
  }
  return from;
}

/**
 * The records of a stream in new segments, of those with the same key only the last.
 *
 * Read twice and never held: memory grows with the number of keys.
 */
export async function compacted(
  storage: Storage,
  stream: StreamState,
  envelope: Envelope,
  keyOf: (record: unknown) => string,
): Promise<readonly Segment[]> {
  const last = new Map<string, number>();
  let position = 0;
  for await (const records of readRecords(storage, stream))
    for (const record of records) last.set(keyOf(record), position++);
  const writer = new SegmentWriter(storage, envelope, nextNumber(stream.segments));
  try {
    position = 0;
    for await (const records of readRecords(storage, stream)) {
      for (const record of records)
        if (last.get(keyOf(record)) === position++) await writer.add(JSON.stringify(record));
    }
    return await writer.finish();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

/** A segment that is not there, or not what it was: no use to ask for it again. */
export class SegmentDamaged extends DoraError {}

function damaged(what: string, { source, scope }: StreamState, cause?: Error): SegmentDamaged {
  return new SegmentDamaged('data', what, {
    hint:
      source === 'argocd'
        ? 'go on without it: dora-metrics extract --full --source argocd (with --from where a file is read)'
        : `fetch it again: dora-metrics extract --full --repo ${scope}`,
    ...(cause && { cause }),
  });
}
