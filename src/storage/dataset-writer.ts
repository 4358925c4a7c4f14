import type { ReviewRow } from '../domain/annotation.ts';
import type { ShippedChange } from '../domain/change.ts';
import type { AssessedDeployment } from '../domain/deployment.ts';
import type { Incident } from '../domain/incident.ts';
import type { SetAside } from '../domain/set-aside.ts';
import { CsvTexts } from './csv-handler.ts';
import { changeLine, deploymentLine, incidentLine, reviewLine, setAsideLine } from './dataset-columns.ts';
import {
  objectsOf,
  writeManifest,
  type Layout,
  type Manifest,
  type PartCounts,
  type PartFacts,
  type Piece,
  type Seen,
} from './dataset-manifest.ts';
import {
  byTable,
  DATASET,
  DATASET_MANIFEST,
  isPiece,
  pieceKey,
  restKey,
  TABLES,
  tableKey,
  type Table,
} from './paths.ts';
import type { Storage } from './storage.ts';
import { TableWriter, type WrittenTable } from './table-writer.ts';

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

/** What is known of the place before a dataset is written. */
export interface Before {
  /** How many repositories it will have. */
  readonly repositories: number;
  /** What is in the folder of the dataset. */
  readonly there: Seen;
  /** The whole dataset that is replaced. */
  readonly manifest: Manifest | null;
}

const NOTHING: Before = { repositories: 1, there: new Map(), manifest: null };

/** Writes all tables side by side, repository after repository; they take the place of the old ones together. */
export class DatasetWriter {
  readonly #storage: Storage;
  readonly #before: Before;
  readonly #tables: ReadonlyMap<Table, TableWriter>;
  readonly #names = new CsvTexts();
  readonly #parts: PartFacts[] = [];

  constructor(storage: Storage, before = NOTHING) {
    this.#storage = storage;
    this.#before = before;
    const { repositories, there, manifest } = before;
    const known = manifest === null ? new Map<string, string | null>() : objectsOf(manifest);
    const options = { repositories, there, known };
    this.#tables = new Map(TABLES.map((table) => [table, new TableWriter(storage, table, options)]));
  }

  /** Adds a repository: `write` gives its rows to the part, and says how many there were. */
  async add(
    { repository, inputs }: Pick<PartFacts, 'repository' | 'inputs'>,
    write: (part: PartWriter) => Promise<PartCounts>,
  ): Promise<PartCounts> {
    const part = new PartWriter((table, rows) => this.#tables.get(table)?.push(rows), this.#names);
    const counts = await write(part);
    await this.#added({ repository, inputs, bytes: await part.end(), counts });
    return counts;
  }

  /** Adds a repository whose rows were written before. */
  async copy(facts: PartFacts, rows: PartRows): Promise<void> {
    for (const table of TABLES) {
      if (facts.bytes[table] === 0) continue;
      for await (const chunk of rows(table)) await this.#tables.get(table)?.push(chunk);
    }
    await this.#added(facts);
  }

  /**
   * Puts the tables in place. Between the first and the last of them the dataset counts as missing, and is built again.
   *
   * Gives what was written, with the fingerprints as far as they are known.
   */
  async commit(inputs: string): Promise<Written> {
    const { there } = this.#before;
    await this.#storage.remove(DATASET_MANIFEST);
    const told = new Map<Table, WrittenTable>();
    for (const [name, table] of this.#tables) told.set(name, await table.commit());
    const written = await this.#withFingerprints(told);
    const named = objectsOf(written);
    const others = [...there.keys()].filter((key) => isPiece(key) && !named.has(key));
    const old = new Set(this.#before.manifest?.strays);
    const strays = others.filter((key) => !old.has(key));
    const facts = { inputs, ...written, strays, parts: this.#parts };
    const manifest = await writeManifest(this.#storage, facts);
    for (const key of others) if (old.has(key)) await this.#storage.remove(key);
    const objects = [...named, [DATASET_MANIFEST, manifest] as const];
    return { layout: written.layout, objects: new Map(objects) };
  }

  async abort(): Promise<void> {
    for (const table of this.#tables.values()) await table.close();
  }

  async #added(facts: PartFacts): Promise<void> {
    for (const table of this.#tables.values()) await table.endRepository(facts.repository);
    this.#parts.push(facts);
  }

  /** How the tables were written; what they are is asked for where writing them did not tell. */
  async #withFingerprints(
    told: ReadonlyMap<Table, WrittenTable>,
  ): Promise<Pick<Manifest, 'tables' | 'layout'>> {
    const tables = byTable((table) => told.get(table)?.fingerprint ?? null);
    const layout = byTable((table) => told.get(table)?.pieces ?? null);
    const isTold = [...objectsOf({ tables, layout }).values()].every((fingerprint) => fingerprint !== null);
    const found = isTold ? null : await this.#storage.fingerprints(DATASET);
    if (found === null) return { tables, layout };
    return {
      tables: byTable(
        (table) => found.get(layout[table] === null ? tableKey(table) : restKey(table)) ?? tables[table],
      ),
      layout: byTable((table) => {
        const pieces = layout[table];
        const foundOf = ({ name, fingerprint }: Piece) => ({
          name,
          fingerprint: fingerprint ?? found.get(pieceKey(table, name)) ?? null,
        });
        return pieces && { ...pieces, named: pieces.named.map(foundOf) };
      }),
    };
  }
}

/** A dataset that was written. */
export interface Written {
  readonly layout: Layout;
  /** The fingerprints of its objects by key; `null` where one is not known. */
  readonly objects: ReadonlyMap<string, string | null>;
}
