import { randomBytes } from 'node:crypto';
import { open, readdir, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isRunning } from '../io/processes.ts';
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

/** Rows that were kept cannot be read: they have to be built again. */
export class RowsLost extends Error {
  override readonly name = 'RowsLost';
}

/**
 * Keeps the rows of repositories that were just read until the tables are written, in a file that has no name any more: a killed run leaves
 * no row behind, and memory does not grow with the number of repositories.
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

  /** Rows throw `RowsLost` when they cannot be read. */
  rows({ repository }: PartFacts): PartRows {
    return (table) => this.#read(this.#parts.get(repository)?.extents.get(table) ?? []);
  }

  async close(): Promise<void> {
    await this.#busy;
    // whatever the system says to that, nobody needs the file any more
    await this.#file?.close().catch(() => undefined);
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
        const bytesRead = await this.#readInto(rows, done, start + done);
        if (bytesRead === 0) throw new RowsLost('a temporary file was cut');
        done += bytesRead;
      }
      yield rows;
    }
  }

  async #readInto(rows: Buffer, from: number, at: number): Promise<number> {
    try {
      return (await this.#file?.read(rows, from, rows.length - from, at))?.bytesRead ?? 0;
    } catch (error) {
      throw new RowsLost('a temporary file cannot be read', { cause: error });
    }
  }
}

const NAME = 'dora-metrics-';

async function unnamedFile(): Promise<FileHandle> {
  const folder = tmpdir();
  await removeAbandoned(folder);
  const name = path.join(folder, `${NAME}${String(process.pid)}-${randomBytes(8).toString('hex')}`);
  const file = await open(name, 'wx+', 0o600);
  try {
    await rm(name, { force: true });
  } catch (error) {
    // rows must not lie about under a name
    await file.close().catch(() => undefined);
    throw error;
  }
  return file;
}

/** Empty files of runs that were killed before they could take away the name. */
async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const pid = name.startsWith(NAME)
      ? /^(\d+)-[0-9a-f]{16}$/u.exec(name.slice(NAME.length))?.[1]
      : undefined;
    if (pid === undefined || isRunning(Number(pid))) continue;
    await rm(path.join(folder, name), { force: true }).catch(() => undefined);
  }
}
