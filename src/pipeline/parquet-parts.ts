import { createHash, type Hash } from 'node:crypto';
import {
  emptyPartition,
  PARQUET_TABLE_NAMES,
  PARQUET_TABLES,
  PARQUET_VERSION,
  type Cell,
  type ParquetTable,
} from '../exporters/parquet/columns.ts';
import { ParquetFile } from '../exporters/parquet/index.ts';
import { inLanes } from '../io/lanes.ts';
import type { ExportStore, Part } from '../storage/export-store.ts';
import type { ObjectWriter } from '../storage/storage.ts';
import type { ParquetRow } from './parquet-rows.ts';

/** What each partition would say, as digests: a row is forgotten when it was counted. */
export class PartDigests {
  readonly #parts = new Map<string, { readonly hash: Hash; rows: number }>();
  readonly #tables = new Set<ParquetTable>();

  add({ table, partition, cells }: ParquetRow): void {
    this.#tables.add(table);
    const part = this.#of(table, partition);
    part.hash.update(`${JSON.stringify(cells)}\n`);
    part.rows += 1;
  }

  /** All of them by name; a table without rows has one part all the same. */
  parts(): ReadonlyMap<string, Part> {
    for (const table of PARQUET_TABLE_NAMES)
      if (!this.#tables.has(table)) this.#of(table, emptyPartition(table));
    return new Map(
      [...this.#parts].map(([name, { hash, rows }]) => [
        name,
        { digest: hash.copy().digest('hex').slice(0, 32), rows },
      ]),
    );
  }

  #of(table: ParquetTable, partition: string) {
    const known = this.#parts.get(partition);
    if (known !== undefined) return known;
    const columns = PARQUET_TABLES[table].map(({ name, type, nullable }) => [name, type, nullable]);
    const part = {
      hash: createHash('sha256').update(JSON.stringify([PARQUET_VERSION, columns])),
      rows: 0,
    };
    this.#parts.set(partition, part);
    return part;
  }
}

/** Rows in memory at the most, of all partitions of a repository together. */
const MOST_ROWS = 50_000;

/** Files that are put in place at the same time: each waits for the disk or for the network. */
const LANES = 16;

interface OpenPart {
  readonly name: string;
  readonly file: ParquetFile;
  writer: ObjectWriter | null;
  rows: (readonly Cell[])[];
}

/**
 * Writes the partitions that have changed, a repository at a time; rows of the others pass by.
 *
 * When too many rows are in memory, the partition that has most of them writes a row group.
 */
export class PartWriters {
  readonly #store: ExportStore;
  readonly #changed: ReadonlySet<string>;
  readonly #open = new Map<string, OpenPart>();
  readonly #done = new Set<string>();
  #repository = '';
  #rows = 0;

  constructor(store: ExportStore, changed: ReadonlySet<string>) {
    this.#store = store;
    this.#changed = changed;
  }

  add(row: ParquetRow): Promise<void> | undefined {
    if (!this.#changed.has(row.partition)) return undefined;
    if (row.repository !== this.#repository) return this.#next(row);
    this.#push(row);
    return this.#rows < MOST_ROWS ? undefined : this.#writeLargest();
  }

  /** Puts all files in place, also those that got no row. */
  async end(): Promise<void> {
    for (const table of PARQUET_TABLE_NAMES) {
      const name = emptyPartition(table);
      if (this.#changed.has(name) && !this.#done.has(name) && !this.#open.has(name)) this.#begin(table, name);
    }
    await this.#finishRepository();
  }

  /** Gives up what is not in place yet. */
  async abort(): Promise<void> {
    for (const { writer } of this.#open.values()) await writer?.abort();
    this.#open.clear();
  }

  async #next(row: ParquetRow): Promise<void> {
    await this.#finishRepository();
    this.#repository = row.repository;
    this.#push(row);
  }

  #push({ table, partition, cells }: ParquetRow): void {
    const part = this.#open.get(partition) ?? this.#begin(table, partition);
    part.rows.push(cells);
    this.#rows += 1;
  }

  #begin(table: ParquetTable, name: string): OpenPart {
    if (this.#done.has(name)) throw new RangeError(`the rows of ${name} are not together`);
    const part: OpenPart = { name, file: new ParquetFile(table), writer: null, rows: [] };
    this.#open.set(name, part);
    return part;
  }

  async #writeLargest(): Promise<void> {
    const parts = [...this.#open.values()];
    const largest = parts.reduce<OpenPart | undefined>(
      (most, part) => (most === undefined || part.rows.length > most.rows.length ? part : most),
      undefined,
    );
    if (largest !== undefined) await this.#writeRows(largest);
  }

  async #writeRows(part: OpenPart): Promise<void> {
    const { rows } = part;
    part.rows = [];
    this.#rows -= rows.length;
    part.writer ??= await this.#store.create(part.name);
    if (rows.length > 0) await part.writer.write(part.file.rowGroup(rows));
  }

  async #finishRepository(): Promise<void> {
    await inLanes([...this.#open.values()], LANES, async (part) => await this.#finish(part));
  }

  async #finish(part: OpenPart): Promise<void> {
    await this.#writeRows(part);
    await part.writer?.write(part.file.end());
    await part.writer?.commit();
    this.#open.delete(part.name);
    this.#done.add(part.name);
  }
}
