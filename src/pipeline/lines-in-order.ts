import { encodeSheet, type Dialect } from '../storage/sheet-writer.ts';

/** Takes the lines of a sheet; newest first come out. */
export interface Lines {
  /** False when what came out would not be in order. */
  readonly isOrdered: boolean;
  add(at: number, line: string): void;
  chunks(): Iterable<Uint8Array>;
}

const CHUNK_CHARACTERS = 1 << 18;

/** Lines as bytes, so that a long sheet is not held as text. */
class SheetChunks {
  readonly #dialect: Dialect;
  readonly #chunks: Uint8Array[] = [];
  #text = '';

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  add(line: string): void {
    this.#text += line;
    if (this.#text.length >= CHUNK_CHARACTERS) this.#flush();
  }

  all(): readonly Uint8Array[] {
    this.#flush();
    return this.#chunks;
  }

  #flush(): void {
    this.#chunks.push(encodeSheet(this.#text, this.#dialect));
    this.#text = '';
  }
}

/** For lines that come in their order: they are bytes at once. */
export class OrderedLines implements Lines {
  isOrdered = true;
  readonly #chunks: SheetChunks;
  #last = Infinity;

  constructor(dialect: Dialect) {
    this.#chunks = new SheetChunks(dialect);
  }

  add(at: number, line: string): void {
    this.isOrdered &&= at <= this.#last;
    this.#last = at;
    // what is not in order will not be asked for
    if (this.isOrdered) this.#chunks.add(line);
  }

  chunks(): Iterable<Uint8Array> {
    return this.#chunks.all();
  }
}

/** For lines in any order: all of them are held. */
export class SortedLines implements Lines {
  readonly isOrdered = true;
  readonly #dialect: Dialect;
  readonly #lines: { readonly at: number; readonly line: string }[] = [];

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  add(at: number, line: string): void {
    this.#lines.push({ at, line });
  }

  chunks(): Iterable<Uint8Array> {
    const chunks = new SheetChunks(this.#dialect);
    for (const { line } of this.#lines.sort((a, b) => b.at - a.at)) chunks.add(line);
    return chunks.all();
  }
}
