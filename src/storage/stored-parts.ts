import { isOf, readManifest, type Manifest, type PartFacts, type Seen } from './dataset-manifest.ts';
import type { PartRows } from './dataset-writer.ts';
import { byTable, type Table } from './paths.ts';
import { MissingKey, type Storage } from './storage.ts';
import { DatasetReplaced, tableRows } from './table-rows.ts';

/**
 * The rows of the stored dataset, to be taken over into the next one: of a thousand repositories a few change in a day.
 *
 * Every table is read once, forwards: parts must be asked for in their order. Rows throw `DatasetReplaced` when they are not whole.
 */
export class StoredParts {
  readonly #storage: Storage;
  readonly #manifest: Manifest;
  readonly #places: ReadonlyMap<string, Place>;
  readonly #readers = new Map<Table, RangeReader>();

  private constructor(storage: Storage, manifest: Manifest) {
    this.#storage = storage;
    this.#manifest = manifest;
    this.#places = placesOf(manifest);
  }

  /** `null` when there is no dataset that is whole; `seen` is what is there. */
  static async open(storage: Storage, seen?: Seen): Promise<StoredParts | null> {
    const manifest = await readManifest(storage, seen);
    return manifest === null ? null : new StoredParts(storage, manifest);
  }

  /** What is stored of it. */
  get manifest(): Manifest {
    return this.#manifest;
  }

  /** What all of them were built from. */
  get inputs(): string {
    return this.#manifest.inputs;
  }

  /** The rows of a repository that were built from just this; `null` when there are none. */
  find(repository: string, inputs: string): PartFacts | null {
    const place = this.#places.get(repository);
    return place?.facts.inputs === inputs ? place.facts : null;
  }

  rows({ repository, bytes }: PartFacts): PartRows {
    return (table) =>
      this.#reader(table).range(this.#places.get(repository)?.start[table] ?? 0, bytes[table]);
  }

  /** Whether all that was read, if anything was, is of one dataset: asked when everything was. */
  async isStillThere(): Promise<boolean> {
    return this.#readers.size === 0 || (await isOf(this.#manifest, this.#storage));
  }

  async close(): Promise<void> {
    for (const reader of this.#readers.values()) await reader.close();
  }

  #reader(table: Table): RangeReader {
    const rows = () => tableRows(this.#storage, table, this.#manifest.layout);
    const reader = this.#readers.get(table) ?? new RangeReader(rows());
    this.#readers.set(table, reader);
    return reader;
  }
}

interface Place {
  readonly facts: PartFacts;
  /** Where its rows begin among those of each table. */
  readonly start: Readonly<Record<Table, number>>;
}

function placesOf({ parts }: Manifest): Map<string, Place> {
  let end = byTable(() => 0);
  const places = new Map<string, Place>();
  for (const facts of parts) {
    const start = end;
    places.set(facts.repository, { facts, start });
    end = byTable((table) => start[table] + facts.bytes[table]);
  }
  return places;
}

/** Reads ranges of a stream, one behind the other. */
class RangeReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array();
  /** Where the rest of the chunk begins in the stream. */
  #position = 0;

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  async *range(start: number, length: number): AsyncGenerator<Uint8Array> {
    if (start < this.#position) throw new DatasetReplaced('asked for out of order');
    for (let left = length; left > 0;) {
      if (this.#chunk.length === 0) await this.#next();
      const skipped = Math.min(this.#chunk.length, Math.max(0, start - this.#position));
      this.#take(skipped);
      if (this.#position < start || this.#chunk.length === 0) continue;
      const taken = this.#take(Math.min(left, this.#chunk.length));
      left -= taken.length;
      yield taken;
    }
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  #take(bytes: number): Uint8Array {
    const taken = this.#chunk.subarray(0, bytes);
    this.#chunk = this.#chunk.subarray(bytes);
    this.#position += bytes;
    return taken;
  }

  async #next(): Promise<void> {
    try {
      const next = await this.#chunks.next();
      if (next.done === true) throw new DatasetReplaced('a table ends too early');
      this.#chunk = next.value;
    } catch (error) {
      throw error instanceof MissingKey ? new DatasetReplaced('a table is gone', { cause: error }) : error;
    }
  }
}
