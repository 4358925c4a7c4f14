import { write } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { PartCounts, PartFacts } from './dataset-manifest.ts';
import { PartWriter, type PartRows } from './dataset-writer.ts';
import type { Table } from './paths.ts';
import { unnamedFile } from './unnamed-file.ts';

const writeAt = promisify(write);

/** A file for rows, open and without a name. */
export type SpoolFile = FileHandle;

/** A stretch of the file. */
interface Extent {
  readonly start: number;
  readonly length: number;
}

/** The rows of one repository, and where in a file they are. */
export interface SpooledPart {
  readonly facts: PartFacts;
  readonly extents: ReadonlyMap<Table, readonly Extent[]>;
}

/** Rows that were kept cannot be read: they have to be built again. */
export class RowsLost extends Error {
  override readonly name = 'RowsLost';
}

/** Writes `rows` from `start` on; gives how many bytes were written. */
type WriteRows = (rows: Buffer, done: number, start: number) => Promise<{ readonly bytesWritten: number }>;

/**
 * Keeps the rows of repositories that were just read until the tables are written, in a file that has no name any more: a killed run leaves
 * no row behind, and memory does not grow with the number of repositories. Another process may write rows, too, into a file of its own.
 */
export class PartSpool {
  readonly #parts = new Map<string, SpooledPart & { readonly file: FileHandle | null }>();
  readonly #files: FileHandle[] = [];
  /** `null` before it has a file of its own. */
  #own: FileHandle | null = null;
  /** The number of an open file that it writes to instead. */
  readonly #given: number | null;
  #end = 0;
  /** One part at a time. */
  #busy: Promise<unknown> = Promise.resolve();

  /** `given` is the number of a file that another process opened, and that reads it. */
  constructor(given: number | null = null) {
    this.#given = given;
  }

  /** Keeps the rows that `write` gives. One that fails is not kept, and throws. */
  async add(
    { repository, inputs }: Pick<PartFacts, 'repository' | 'inputs'>,
    write: (part: PartWriter) => Promise<PartCounts>,
  ): Promise<void> {
    const turn = this.#busy.then(async () => {
      const extents = new Map<Table, Extent[]>();
      const part = new PartWriter(async (table, rows) => {
        if (rows.length === 0) return;
        const start = this.#end;
        this.#end += rows.length;
        extents.set(table, [...(extents.get(table) ?? []), { start, length: rows.length }]);
        await this.#write(rows, start);
      });
      const counts = await write(part);
      const facts = { repository, inputs, bytes: await part.end(), counts };
      this.#parts.set(repository, { facts, extents, file: this.#own });
    });
    this.#busy = turn.catch(() => undefined);
    await turn;
  }

  /** A file for another process to write rows into; it is closed with the spool. */
  async newFile(): Promise<SpoolFile> {
    const file = await unnamedFile();
    this.#files.push(file);
    return file;
  }

  /** Takes rows that another process wrote into `file`. */
  adopt(part: SpooledPart, file: SpoolFile): void {
    this.#parts.set(part.facts.repository, { ...part, file });
  }

  /** What `adopt` takes; `null` where there are no rows of that repository. */
  part(repository: string): SpooledPart | null {
    const found = this.#parts.get(repository);
    return found === undefined ? null : { facts: found.facts, extents: found.extents };
  }

  /** The rows of a repository that were built from just this; `null` when there are none. */
  find(repository: string, inputs: string): PartFacts | null {
    const found = this.#parts.get(repository)?.facts;
    return found?.inputs === inputs ? found : null;
  }

  /** Rows throw `RowsLost` when they cannot be read. */
  rows({ repository }: PartFacts): PartRows {
    const found = this.#parts.get(repository);
    return (table) => stretches(found?.file ?? null, found?.extents.get(table) ?? []);
  }

  async close(): Promise<void> {
    await this.#busy;
    // whatever the system says to that, nobody needs the files any more
    await Promise.all(this.#files.splice(0).map(async (file) => await file.close().catch(() => undefined)));
  }

  async #write(rows: Buffer, start: number): Promise<void> {
    const write = await this.#writer();
    for (let done = 0; done < rows.length;) done += (await write(rows, done, start + done)).bytesWritten;
  }

  async #writer(): Promise<WriteRows> {
    const given = this.#given;
    if (given !== null)
      return async (rows, done, at) => await writeAt(given, rows, done, rows.length - done, at);
    const own = (this.#own ??= await this.newFile());
    return async (rows, done, at) => await own.write(rows, done, rows.length - done, at);
  }
}

async function* stretches(file: FileHandle | null, extents: readonly Extent[]): AsyncGenerator<Uint8Array> {
  for (const { start, length } of extents) {
    const rows = Buffer.alloc(length);
    for (let done = 0; done < length;) {
      const bytesRead = await readInto(file, rows, { done, at: start + done });
      if (bytesRead === 0) throw new RowsLost('a temporary file was cut');
      done += bytesRead;
    }
    yield rows;
  }
}

async function readInto(
  file: FileHandle | null,
  rows: Buffer,
  { done, at }: { readonly done: number; readonly at: number },
): Promise<number> {
  try {
    return (await file?.read(rows, done, rows.length - done, at))?.bytesRead ?? 0;
  } catch (error) {
    throw new RowsLost('a temporary file cannot be read', { cause: error });
  }
}
