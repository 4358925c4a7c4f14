import type { ReviewRow } from '../domain/annotation.ts';
import type { ShippedChange } from '../domain/change.ts';
import type { AssessedDeployment } from '../domain/deployment.ts';
import type { Incident } from '../domain/incident.ts';
import type { SetAside } from '../domain/set-aside.ts';
import { CsvTexts } from './csv-handler.ts';
import {
  changeLine,
  deploymentLine,
  headerLine,
  incidentLine,
  reviewLine,
  setAsideLine,
} from './dataset-columns.ts';
import {
  tablesWritten,
  writeManifest,
  type PartCounts,
  type PartFacts,
  type Seen,
} from './dataset-manifest.ts';
import { byTable, DATASET_MANIFEST, TABLES, tableKey, type Table } from './paths.ts';
import type { ObjectWriter, Storage } from './storage.ts';

const FLUSH_CHARACTERS = 1 << 18;

/** Takes the bytes of rows, in order. Waits (returns a promise) when the disk is behind. */
export type RowSink = (table: Table, rows: Buffer) => Promise<void> | undefined;

/** The bytes of one repository's rows in a table. */
export type PartRows = (table: Table) => AsyncIterable<Uint8Array>;

/** Writes the rows of one repository. Each method waits (returns a promise) when the disk is behind. */
export class PartWriter {
  readonly #sink: RowSink;
  readonly #names: CsvTexts;
  readonly #buffers = new Map<Table, string>();
  readonly #bytes = new Map<Table, number>();

  constructor(sink: RowSink, names = new CsvTexts()) {
    this.#sink = sink;
    this.#names = names;
  }

  change(row: ShippedChange): Promise<void> | undefined {
    return this.#add('changes', changeLine(row, this.#names));
  }

  deployment(row: AssessedDeployment): Promise<void> | undefined {
    return this.#add('deployments', deploymentLine(row, this.#names));
  }

  incident(row: Incident): Promise<void> | undefined {
    return this.#add('incidents', incidentLine(row, this.#names));
  }

  /** `id` is the one that the row is known by. */
  review(row: ReviewRow, id: string): Promise<void> | undefined {
    return this.#add('review', reviewLine(row, id, this.#names));
  }

  setAside(row: SetAside): Promise<void> | undefined {
    return this.#add('set-aside', setAsideLine(row, this.#names));
  }

  /** What is still held back is written; gives how many bytes of each table there are. */
  async end(): Promise<PartFacts['bytes']> {
    for (const table of this.#buffers.keys()) await this.#flush(table);
    return byTable((table) => this.#bytes.get(table) ?? 0);
  }

  #add(table: Table, line: string): Promise<void> | undefined {
    const buffer = (this.#buffers.get(table) ?? '') + line;
    this.#buffers.set(table, buffer);
    return buffer.length < FLUSH_CHARACTERS ? undefined : this.#flush(table);
  }

  #flush(table: Table): Promise<void> | undefined {
    const rows = Buffer.from(this.#buffers.get(table) ?? '');
    this.#buffers.set(table, '');
    this.#bytes.set(table, (this.#bytes.get(table) ?? 0) + rows.length);
    return this.#sink(table, rows);
  }
}

/** Writes all tables side by side, repository after repository; they take the place of the old ones together. */
export class DatasetWriter {
  readonly #storage: Storage;
  readonly #tables: ReadonlyMap<Table, TableWriter>;
  readonly #names = new CsvTexts();
  readonly #parts: PartFacts[] = [];

  private constructor(storage: Storage, tables: ReadonlyMap<Table, TableWriter>) {
    this.#storage = storage;
    this.#tables = tables;
  }

  static async open(storage: Storage): Promise<DatasetWriter> {
    const tables = new Map<Table, TableWriter>();
    const writer = new DatasetWriter(storage, tables);
    try {
      for (const table of TABLES)
        tables.set(table, new TableWriter(await storage.create(tableKey(table)), headerLine(table)));
    } catch (error) {
      await writer.abort();
      throw error;
    }
    return writer;
  }

  /** Adds a repository: `write` gives its rows to the part, and says how many there were. */
  async add(
    { repository, inputs }: Pick<PartFacts, 'repository' | 'inputs'>,
    write: (part: PartWriter) => Promise<PartCounts>,
  ): Promise<PartCounts> {
    const part = new PartWriter((table, rows) => this.#tables.get(table)?.push(rows), this.#names);
    const counts = await write(part);
    this.#parts.push({ repository, inputs, bytes: await part.end(), counts });
    return counts;
  }

  /** Adds a repository whose rows were written before. */
  async copy(facts: PartFacts, rows: PartRows): Promise<void> {
    for (const table of TABLES) {
      if (facts.bytes[table] === 0) continue;
      for await (const chunk of rows(table)) await this.#tables.get(table)?.push(chunk);
    }
    this.#parts.push(facts);
  }

  /**
   * Puts the tables in place. Between the first and the last of them the dataset counts as missing, and is built again.
   *
   * Gives the fingerprints of what was written, as far as they are known.
   */
  async commit(inputs: string): Promise<Seen> {
    await this.#storage.remove(DATASET_MANIFEST);
    const told = new Map<Table, string | null>();
    for (const [name, table] of this.#tables) told.set(name, await table.commit());
    const tables = await tablesWritten(told, this.#storage);
    const manifest = await writeManifest(this.#storage, { inputs, tables, parts: this.#parts });
    const written = [
      ...TABLES.map((table) => [tableKey(table), tables[table]] as const),
      [DATASET_MANIFEST, manifest] as const,
    ];
    return new Map(
      written.flatMap(([key, fingerprint]) => (fingerprint === null ? [] : [[key, fingerprint]])),
    );
  }

  async abort(): Promise<void> {
    for (const table of this.#tables.values()) await table.abort();
  }
}

/** Rows of many small repositories are written together. */
class TableWriter {
  readonly #writer: ObjectWriter;
  #chunks: Uint8Array[];
  #size = 0;
  /** The write under way: the next one waits for it, so that rows are made while the disk works. */
  #pending: Promise<void> = Promise.resolve();

  constructor(writer: ObjectWriter, header: string) {
    this.#writer = writer;
    this.#chunks = [Buffer.from(header)];
  }

  push(rows: Uint8Array): Promise<void> | undefined {
    this.#chunks.push(rows);
    this.#size += rows.length;
    return this.#size < FLUSH_CHARACTERS ? undefined : this.#flush();
  }

  async commit(): Promise<string | null> {
    await this.#flush();
    await this.#pending;
    return await this.#writer.commit();
  }

  async abort(): Promise<void> {
    await this.#pending.catch(() => undefined);
    await this.#writer.abort();
  }

  async #flush(): Promise<void> {
    const chunk = this.#chunks.length === 1 ? this.#chunks[0] : Buffer.concat(this.#chunks);
    this.#chunks = [];
    this.#size = 0;
    await this.#pending;
    if (chunk === undefined) return;
    this.#pending = this.#writer.write(chunk);
    // a failure is thrown by whoever waits for it next
    this.#pending.catch(() => undefined);
  }
}
