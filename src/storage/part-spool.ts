import { randomBytes } from 'node:crypto';
import { read, write } from 'node:fs';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { PartCounts, PartFacts } from './dataset-manifest.ts';
import { PartWriter, type PartRows } from './dataset-writer.ts';
import type { Table } from './paths.ts';

const readAt = promisify(read);
const writeAt = promisify(write);

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

/**
 * Keeps the rows of repositories that were just read until the tables are written, in a file that has no name any more: a killed run leaves
 * nothing behind, and memory does not grow with the number of repositories. Another process may write rows, too, into a file of its own.
 */
export class PartSpool {
  readonly #parts = new Map<string, SpooledPart & { readonly file: number }>();
  readonly #files: FileHandle[] = [];
  /** The number of the file that this spool writes to; `null` before it has one. */
  #file: number | null;
  #end = 0;
  /** One part at a time. */
  #busy: Promise<unknown> = Promise.resolve();

  /** `file` is the number of one that is open already, and stays so. */
  constructor(file: number | null = null) {
    this.#file = file;
  }

  /** Keeps the rows that `write` gives. One that fails is not kept, and throws. */
  async add(
    { repository, inputs }: Pick<PartFacts, 'repository' | 'inputs'>,
    write: (part: PartWriter) => Promise<PartCounts>,
  ): Promise<void> {
    const turn = this.#busy.then(async () => {
      const file = (this.#file ??= await this.newFile());
      const extents = new Map<Table, Extent[]>();
      const part = new PartWriter(async (table, rows) => {
        if (rows.length === 0) return;
        const start = this.#end;
        this.#end += rows.length;
        extents.set(table, [...(extents.get(table) ?? []), { start, length: rows.length }]);
        for (let done = 0; done < rows.length;)
          done += (await writeAt(file, rows, done, rows.length - done, start + done)).bytesWritten;
      });
      const counts = await write(part);
      const facts = { repository, inputs, bytes: await part.end(), counts };
      this.#parts.set(repository, { facts, extents, file });
    });
    this.#busy = turn.catch(() => undefined);
    await turn;
  }

  /** A file for another process to write rows into, by its number; it is closed with the spool. */
  async newFile(): Promise<number> {
    const file = await unnamedFile();
    this.#files.push(file);
    return file.fd;
  }

  /** Takes rows that another process wrote into `file`. */
  adopt(part: SpooledPart, file: number): void {
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

  rows({ repository }: PartFacts): PartRows {
    const found = this.#parts.get(repository);
    return (table) => stretches(found?.file ?? -1, found?.extents.get(table) ?? []);
  }

  async close(): Promise<void> {
    await this.#busy;
    await Promise.all(this.#files.splice(0).map((file) => file.close()));
  }
}

async function* stretches(file: number, extents: readonly Extent[]): AsyncGenerator<Uint8Array> {
  for (const { start, length } of extents) {
    const rows = Buffer.alloc(length);
    for (let done = 0; done < length;) {
      const { bytesRead } = await readAt(file, rows, done, length - done, start + done);
      if (bytesRead === 0) throw new RangeError('a temporary file was cut');
      done += bytesRead;
    }
    yield rows;
  }
}

async function unnamedFile(): Promise<FileHandle> {
  const name = path.join(tmpdir(), `dora-metrics-${randomBytes(8).toString('hex')}`);
  const file = await open(name, 'wx+', 0o600);
  await rm(name);
  return file;
}
