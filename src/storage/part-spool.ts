import { randomBytes } from 'node:crypto';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { PartCounts, PartFacts } from './dataset-manifest.ts';
import { PartWriter, type PartRows } from './dataset-writer.ts';
import type { Table } from './paths.ts';

/** A stretch of the file. */
interface Extent {
  readonly start: number;
  readonly length: number;
}

interface Spooled {
  readonly facts: PartFacts;
  readonly extents: ReadonlyMap<Table, readonly Extent[]>;
}

/**
 * Keeps the rows of repositories that were just read until the tables are written, in a file that has no name any more: a killed run leaves
 * nothing behind, and memory does not grow with the number of repositories.
 */
export class PartSpool {
  readonly #parts = new Map<string, Spooled>();
  #file: FileHandle | null = null;
  #end = 0;
  /** One part at a time. */
  #busy: Promise<unknown> = Promise.resolve();

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
      this.#parts.set(repository, {
        facts: { repository, inputs, bytes: await part.end(), counts },
        extents,
      });
    });
    this.#busy = turn.catch(() => undefined);
    await turn;
  }

  /** The rows of a repository that were built from just this; `null` when there are none. */
  find(repository: string, inputs: string): PartFacts | null {
    const found = this.#parts.get(repository)?.facts;
    return found?.inputs === inputs ? found : null;
  }

  rows({ repository }: PartFacts): PartRows {
    return (table) => this.#read(this.#parts.get(repository)?.extents.get(table) ?? []);
  }

  async close(): Promise<void> {
    await this.#busy;
    await this.#file?.close();
    this.#file = null;
  }

  async #write(rows: Buffer, start: number): Promise<void> {
    this.#file ??= await unnamedFile();
    for (let done = 0; done < rows.length;)
      done += (await this.#file.write(rows, done, rows.length - done, start + done)).bytesWritten;
  }

  async *#read(extents: readonly Extent[]): AsyncGenerator<Uint8Array> {
    for (const { start, length } of extents) {
      const rows = Buffer.alloc(length);
      for (let done = 0; done < length;) {
        const { bytesRead = 0 } = (await this.#file?.read(rows, done, length - done, start + done)) ?? {};
        if (bytesRead === 0) throw new RangeError('a temporary file was cut');
        done += bytesRead;
      }
      yield rows;
    }
  }
}

async function unnamedFile(): Promise<FileHandle> {
  const name = path.join(tmpdir(), `dora-metrics-${randomBytes(8).toString('hex')}`);
  const file = await open(name, 'wx+', 0o600);
  await rm(name);
  return file;
}
