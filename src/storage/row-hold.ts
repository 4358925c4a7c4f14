import type { FileHandle } from 'node:fs/promises';
import { DoraError } from '../domain/errors.ts';
import { unnamedFile } from './unnamed-file.ts';

/** So many bytes stay in memory. */
const IN_MEMORY = 1 << 20;
const CHUNK_BYTES = 1 << 18;

/** Keeps rows until it is known into which pieces they go: some in memory, many in a file that has no name. */
export class RowHold {
  #chunks: Uint8Array[] = [];
  /** Bytes in `chunks`: those that came last. */
  #inMemory = 0;
  #file: FileHandle | null = null;
  /** Bytes in the file: those that came first. */
  #inFile = 0;

  get bytes(): number {
    return this.#inFile + this.#inMemory;
  }

  /** Waits (returns a promise) where there are many. */
  push(rows: Uint8Array): Promise<void> | undefined {
    this.#chunks.push(rows);
    this.#inMemory += rows.length;
    return this.#inMemory < IN_MEMORY ? undefined : this.#spill();
  }

  async *read(start: number, end: number): AsyncGenerator<Uint8Array> {
    for (let at = start; at < Math.min(end, this.#inFile);) {
      const chunk = await this.#fromFile(at, Math.min(CHUNK_BYTES, Math.min(end, this.#inFile) - at));
      at += chunk.length;
      yield chunk;
    }
    let at = this.#inFile;
    for (const chunk of this.#chunks) {
      const part = chunk.subarray(Math.max(0, start - at), Math.max(0, end - at));
      at += chunk.length;
      if (part.length > 0) yield part;
    }
  }

  /** Forgets the first so many bytes. */
  async drop(bytes: number): Promise<void> {
    const rest: Uint8Array[] = [];
    for await (const chunk of this.read(bytes, this.bytes)) rest.push(chunk);
    this.#chunks = rest;
    this.#inMemory = rest.reduce((sum, chunk) => sum + chunk.length, 0);
    this.#inFile = 0;
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    // whatever the system says to that, nobody needs the file any more
    await file?.close().catch(() => undefined);
  }

  async #spill(): Promise<void> {
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#inMemory = 0;
    await trying(async () => {
      const file = (this.#file ??= await unnamedFile());
      for (const rows of chunks) {
        for (let done = 0; done < rows.length;)
          done += (await file.write(rows, done, rows.length - done, this.#inFile + done)).bytesWritten;
        this.#inFile += rows.length;
      }
    });
  }

  async #fromFile(position: number, length: number): Promise<Uint8Array> {
    return await trying(async () => {
      const found = await this.#file?.read(Buffer.alloc(length), 0, length, position);
      if (found === undefined || found.bytesRead === 0) throw new RangeError('it was cut');
      return found.buffer.subarray(0, found.bytesRead);
    });
  }
}

async function trying<Result>(action: () => Promise<Result>): Promise<Result> {
  try {
    return await action();
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new DoraError('data', `rows cannot be kept in a temporary file: ${said}`, {
      hint: 'make room for temporary files, or name another folder for them in TMPDIR.',
      cause: error,
    });
  }
}
