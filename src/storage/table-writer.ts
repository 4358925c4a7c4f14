import { headerLine } from './dataset-columns.ts';
import type { Piece, Pieces, Seen } from './dataset-manifest.ts';
import { pieceKey, restKey, tableKey, type Table } from './paths.ts';
import { RowHold } from './row-hold.ts';
import { MissingKey, type Storage } from './storage.ts';
import { beginsPiece, CutFinder, isNewestFirst, wholeBytes } from './table-cut.ts';
import { PieceDigest } from './table-rows.ts';
import { writeObject } from './write-object.ts';

export interface TableOptions {
  /** How many repositories the dataset has. */
  readonly repositories: number;
  /** The fingerprints of what is in the folder of the dataset, by key. */
  readonly there: Seen;
  /** The fingerprints of pieces that are known to be whole, by key. */
  readonly known: ReadonlyMap<string, string | null>;
}

/** How a table was written. */
export interface WrittenTable {
  /** `null`: as one file. */
  readonly pieces: Pieces | null;
  /** Of that file or of the rest, where the place tells it. */
  readonly fingerprint: string | null;
}

/**
 * Takes the rows of one table, repository after repository, and writes it: as one file, or in pieces where it is long.
 *
 * Pieces appear before the table is committed: as long as no manifest names them they are nothing.
 */
export class TableWriter {
  readonly #storage: Storage;
  readonly #table: Table;
  readonly #options: TableOptions;
  readonly #whole: number;
  readonly #header: Buffer;
  readonly #finder: CutFinder;
  /** The rows that are in no piece yet. */
  readonly #hold = new RowHold();
  /** Where the rows of this repository begin in `hold`. */
  #start = 0;
  /** Whether the repository before this one was cut: it shares its pieces with nobody. */
  #isAfterCut = false;
  /** Where pieces end in `hold`, in order. */
  #ends: number[] = [];
  #bytes = 0;
  readonly #named: Piece[] = [];
  /** The first piece, where the newest rows are in it. */
  #first: Buffer | null = null;

  constructor(storage: Storage, table: Table, options: TableOptions) {
    this.#storage = storage;
    this.#table = table;
    this.#options = options;
    this.#whole = wholeBytes(options.repositories);
    this.#header = Buffer.from(headerLine(table));
    this.#finder = new CutFinder(table, this.#whole);
  }

  /** Waits (returns a promise) when the disk is behind. */
  push(rows: Uint8Array): Promise<void> | undefined {
    this.#finder.push(rows);
    this.#bytes += rows.length;
    return this.#hold.push(rows);
  }

  /** All rows of a repository are there. */
  async endRepository(name: string): Promise<void> {
    const { bytes, cuts } = this.#finder.end();
    if (bytes === 0) return;
    const inner = bytes > this.#whole ? cuts : [];
    const isCut = inner.length > 0;
    if (isCut || this.#isAfterCut || beginsPiece(name, bytes, this.#whole)) this.#cut(this.#start);
    for (const cut of inner) this.#cut(this.#start + cut);
    this.#isAfterCut = isCut;
    this.#start += bytes;
    if (this.#bytes > this.#whole) await this.#writePieces();
  }

  /** Puts the table in place. */
  async commit(): Promise<WrittenTable> {
    const { bytes } = this.#hold;
    if (this.#first !== null && bytes > 0) await this.#writePiece(0, bytes);
    const rest = Buffer.concat([this.#header, this.#first ?? (await this.#held(0, bytes))]);
    const isWhole = this.#named.length === 0;
    const [key, other] = isWhole
      ? [tableKey(this.#table), restKey(this.#table)]
      : [restKey(this.#table), tableKey(this.#table)];
    if (this.#options.there.has(other)) await this.#storage.remove(other);
    const fingerprint = await writeObject(this.#storage, key, [rest]);
    await this.close();
    return { pieces: isWhole ? null : { named: this.#named, rest: PieceDigest.of(rest) }, fingerprint };
  }

  async close(): Promise<void> {
    await this.#hold.close();
  }

  #cut(at: number): void {
    if (at > (this.#ends.at(-1) ?? 0)) this.#ends.push(at);
  }

  /** Rows that belong to no piece yet stay where they are. */
  async #writePieces(): Promise<void> {
    let start = 0;
    for (const end of this.#ends) {
      if (isNewestFirst(this.#table) && this.#first === null) this.#first = await this.#held(start, end);
      else await this.#writePiece(start, end);
      start = end;
    }
    this.#ends = [];
    this.#start -= start;
    if (start > 0) await this.#hold.drop(start);
  }

  async #writePiece(start: number, end: number): Promise<void> {
    const hash = new PieceDigest();
    hash.update(this.#header);
    for await (const chunk of this.#hold.read(start, end)) hash.update(chunk);
    const name = hash.text();
    const key = pieceKey(this.#table, name);
    const fingerprint = (await this.#isThere(name)) ?? (await this.#write(key, start, end));
    this.#named.push({ name, fingerprint });
  }

  /**
   * The fingerprint of a piece that need not be written. To write it again would make it another one for those who know it: what a run that was killed,
   * or one beside this one, left there is used when it is whole.
   */
  async #isThere(name: string): Promise<string | null> {
    const key = pieceKey(this.#table, name);
    const fingerprint = this.#options.there.get(key) ?? null;
    if (fingerprint === null || this.#options.known.get(key) === fingerprint) return fingerprint;
    const digest = new PieceDigest();
    try {
      for await (const chunk of this.#storage.stream(key)) digest.update(chunk);
    } catch (error) {
      if (error instanceof MissingKey) return null;
      throw error;
    }
    return digest.text() === name ? fingerprint : null;
  }

  async #write(key: string, start: number, end: number): Promise<string | null> {
    const writer = await this.#storage.create(key);
    try {
      await writer.write(this.#header);
      for await (const chunk of this.#hold.read(start, end)) await writer.write(chunk);
      return await writer.commit();
    } catch (error) {
      await writer.abort();
      throw error;
    }
  }

  async #held(start: number, end: number): Promise<Buffer> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.#hold.read(start, end)) chunks.push(chunk);
    return Buffer.concat(chunks);
  }
}
