import type { ShippedChange } from '../domain/change.ts';
import type { ChangeColumns, SetAsideCount } from '../domain/dataset.ts';
import { DEPLOYMENT_SOURCES, FAILURE_RULES, type AssessedDeployment } from '../domain/deployment.ts';
import { DoraError } from '../domain/errors.ts';
import { isSetAsideReason, type SetAside, type SetAsideReason } from '../domain/set-aside.ts';
import { epochMs, isInstant } from '../domain/units.ts';
import * as z from 'zod';
import { CsvScanner, CsvTexts } from './csv-handler.ts';
import {
  changeLine,
  COLUMNS,
  DATASET_VERSION,
  deploymentLine,
  headerLine,
  setAsideLine,
} from './dataset-columns.ts';
import { DATASET_MANIFEST, TABLES, tableKey, type Table } from './paths.ts';
import { MissingKey, type ObjectWriter, type Storage } from './storage.ts';

const FLUSH_CHARACTERS = 1 << 18;

const Manifest = z.object({
  version: z.literal(DATASET_VERSION),
  inputs: z.string(),
  /** What each table was when this was written: two builds at the same time must not be taken for one. */
  tables: z.record(z.string(), z.string().nullable()),
});

/** What the stored dataset was built from; `null` when there is none that is whole and of this version. */
export async function datasetInputs(storage: Storage): Promise<string | null> {
  const body = await storage.read(DATASET_MANIFEST);
  const manifest = body === null ? null : parseManifest(new TextDecoder().decode(body));
  if (manifest === null) return null;
  const found = await fingerprints(storage);
  return TABLES.every((table) => found[table] !== null && found[table] === manifest.tables[table])
    ? manifest.inputs
    : null;
}

function parseManifest(text: string): z.infer<typeof Manifest> | null {
  try {
    return Manifest.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

async function fingerprints(storage: Storage): Promise<Record<string, string | null>> {
  const found = TABLES.map(async (table) => [table, await storage.fingerprint(tableKey(table))] as const);
  return Object.fromEntries(await Promise.all(found));
}

/** Writes all tables side by side; they take the place of the old ones together. */
export class DatasetWriter {
  readonly #storage: Storage;
  readonly #tables: ReadonlyMap<Table, TableWriter>;
  readonly #names = new CsvTexts();

  private constructor(storage: Storage, tables: ReadonlyMap<Table, TableWriter>) {
    this.#storage = storage;
    this.#tables = tables;
  }

  static async open(storage: Storage): Promise<DatasetWriter> {
    const tables = new Map<Table, TableWriter>();
    for (const table of TABLES)
      tables.set(table, new TableWriter(await storage.create(tableKey(table)), headerLine(table)));
    return new DatasetWriter(storage, tables);
  }

  /** Waits (returns a promise) when the disk is behind. */
  change(row: ShippedChange): Promise<void> | undefined {
    return this.#tables.get('changes')?.add(changeLine(row, this.#names));
  }

  deployment(row: AssessedDeployment): Promise<void> | undefined {
    return this.#tables.get('deployments')?.add(deploymentLine(row, this.#names));
  }

  setAside(row: SetAside): Promise<void> | undefined {
    return this.#tables.get('set-aside')?.add(setAsideLine(row, this.#names));
  }

  /** Puts the tables in place. Between the first and the last of them the dataset counts as missing, and is built again. */
  async commit(inputs: string): Promise<void> {
    await this.#storage.remove(DATASET_MANIFEST);
    for (const table of this.#tables.values()) await table.commit();
    const tables = await fingerprints(this.#storage);
    const manifest = await this.#storage.create(DATASET_MANIFEST);
    await manifest.write(
      new TextEncoder().encode(`${JSON.stringify({ version: DATASET_VERSION, inputs, tables })}\n`),
    );
    await manifest.commit();
  }

  async abort(): Promise<void> {
    for (const table of this.#tables.values()) await table.abort();
  }
}

class TableWriter {
  readonly #writer: ObjectWriter;
  #buffer: string;
  /** The write under way: the next one waits for it, so that rows are made while the disk works. */
  #pending: Promise<void> = Promise.resolve();

  constructor(writer: ObjectWriter, header: string) {
    this.#writer = writer;
    this.#buffer = header;
  }

  add(line: string): Promise<void> | undefined {
    this.#buffer += line;
    return this.#buffer.length < FLUSH_CHARACTERS ? undefined : this.#flush();
  }

  async commit(): Promise<void> {
    await this.#flush();
    await this.#pending;
    await this.#writer.commit();
  }

  async abort(): Promise<void> {
    await this.#pending.catch(() => undefined);
    await this.#writer.abort();
  }

  async #flush(): Promise<void> {
    const chunk = Buffer.from(this.#buffer);
    this.#buffer = '';
    await this.#pending;
    this.#pending = this.#writer.write(chunk);
    // a failure is thrown by whoever waits for it next
    this.#pending.catch(() => undefined);
  }
}

/** A row of a table under the reader; valid until the next one is asked for. */
export interface Row<Name extends string> {
  text(column: Name): string;
  number(column: Name): number;
  isEmpty(column: Name): boolean;
}

/** Calls `visit` for each row of a table. Throws when the table is missing or damaged. */
export async function scanTable<T extends Table>(
  storage: Storage,
  table: T,
  visit: (row: Row<(typeof COLUMNS)[T][number]>) => void,
): Promise<void> {
  const columns: readonly string[] = COLUMNS[table];
  const position = new Map(columns.map((name, number) => [name, number]));
  const at = (name: string) => position.get(name) ?? -1;
  const scanner = new CsvScanner(columns.length);
  const row = {
    text: (column: string) => scanner.text(at(column)),
    number: (column: string) => scanner.number(at(column)),
    isEmpty: (column: string) => scanner.isEmpty(at(column)),
  };
  let isHeader = true;
  try {
    for await (const chunk of storage.stream(tableKey(table))) {
      scanner.push(chunk);
      while (scanner.next()) {
        if (!isHeader) visit(row);
        isHeader = false;
      }
    }
    scanner.end();
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof SyntaxError || error instanceof MissingKey))
      throw error;
    throw new DoraError('data', `${storage.location}/${tableKey(table)} cannot be read: ${error.message}`, {
      hint: `delete ${storage.location}/dataset and run again: it is built anew from raw data.`,
      cause: error,
    });
  }
}

const Failures = z.array(
  z.object({
    rule: z.enum(FAILURE_RULES),
    failureAt: z.number().transform(epochMs),
    recoveredAt: z.number().transform(epochMs).nullable(),
    knownAt: z.number().transform(epochMs),
    repairedBy: z.string().nullable(),
    commits: z.array(z.string()),
  }),
);
const Repairs = z.array(z.object({ rule: z.enum(['rollback', 'revert', 'hotfix']), deployment: z.string() }));
const Source = z.enum(DEPLOYMENT_SOURCES);
const Sightings = z.array(z.object({ source: Source, name: z.string(), at: z.number().transform(epochMs) }));
const Outcome = z.enum(['succeeded', 'failed', 'unknown']);

export async function readDeployments(storage: Storage): Promise<AssessedDeployment[]> {
  const deployments: AssessedDeployment[] = [];
  await scanTable(storage, 'deployments', (row) => {
    deployments.push({
      id: row.text('id'),
      repository: row.text('repository'),
      component: row.text('component'),
      environment: row.text('environment'),
      name: row.text('name'),
      revision: row.text('revision'),
      finishedAt: epochMs(Date.parse(row.text('finished_at'))),
      estimated: row.text('time_estimated') === 'yes',
      outcome: Outcome.parse(row.text('outcome')),
      source: Source.parse(row.text('source')),
      baseline: row.text('baseline') === 'yes',
      shippedChanges: row.number('shipped_changes'),
      failures: row.isEmpty('failures') ? [] : Failures.parse(JSON.parse(row.text('failures'))),
      repairs: row.isEmpty('repairs') ? [] : Repairs.parse(JSON.parse(row.text('repairs'))),
      sightings: Sightings.parse(JSON.parse(row.text('sightings'))),
    });
  });
  return deployments;
}

/** The changes as columns. `withCommits` keeps the shas as well. */
export async function readChanges(
  storage: Storage,
  deployments: readonly AssessedDeployment[],
  withCommits: boolean,
): Promise<ChangeColumns> {
  const positions = new Map(deployments.map(({ id }, position) => [id, position]));
  const capacity = Math.max(
    16,
    deployments.reduce((sum, { shippedChanges }) => sum + shippedChanges, 0),
  );
  const deployment = new Int32Array(capacity);
  const leadTime = new Float64Array(capacity);
  const hasPullRequest = new Uint8Array(capacity);
  const commits: string[] = [];
  let length = 0;
  await scanTable(storage, 'changes', (row) => {
    if (length === capacity) throw new RangeError('there are more changes than the deployments shipped');
    deployment[length] = positions.get(row.text('deployment')) ?? -1;
    leadTime[length] = row.number('lead_time_seconds');
    hasPullRequest[length] = row.isEmpty('pull_request') ? 0 : 1;
    if (withCommits) commits.push(row.text('commit'));
    length += 1;
  });
  return { length, deployment, leadTime, hasPullRequest, commits: withCommits ? commits : null };
}

/** Calls `visit` for each change shipped by a deployment for which `wants` says true. */
export async function scanChanges(
  storage: Storage,
  wants: (deployment: string) => boolean,
  visit: (change: ShippedChange) => void,
): Promise<void> {
  await scanTable(storage, 'changes', (row) => {
    const deployment = row.text('deployment');
    if (!wants(deployment)) return;
    visit({
      repository: row.text('repository'),
      component: row.text('component'),
      commit: row.text('commit'),
      landedAs: row.isEmpty('landed_as') ? null : row.text('landed_as'),
      deployment,
      authoredAt: epochMs(Date.parse(row.text('authored_at'))),
      deployedAt: epochMs(Date.parse(row.text('deployed_at'))),
      pullRequest: row.isEmpty('pull_request') ? null : row.number('pull_request'),
      author: row.text('author'),
      subject: row.text('subject'),
    });
  });
}

/** How many rows were set aside for which reason; those later than `asOf` are not known yet and not counted. */
export async function countSetAside(storage: Storage, asOf: number): Promise<SetAsideCount[]> {
  const counts = new Map<string, SetAsideCount>();
  const isLater = laterThan(asOf);
  await scanTable(storage, 'set-aside', (row) => {
    if (!row.isEmpty('at') && isLater(row.text('at'))) return;
    const reason = setAsideReason(row.text('reason'));
    const kind = row.text('kind') === 'deployment' ? 'deployment' : 'commit';
    const repository = row.text('repository');
    const component = row.text('component');
    const key = [reason, kind, repository, component].join('\n');
    counts.set(key, { reason, kind, repository, component, count: (counts.get(key)?.count ?? 0) + 1 });
  });
  return [...counts.values()];
}

/** Compares instants as text, which a million rows can afford; only those of the very second are looked at closely. */
function laterThan(asOf: number): (instant: string) => boolean {
  const second = new Date(asOf).toISOString().slice(0, 19);
  return (instant) => {
    const start = instant.slice(0, 19);
    return start === second ? Date.parse(instant) > asOf : start > second;
  };
}

/** Every row that was set aside, as it was written. */
export async function scanSetAside(storage: Storage, visit: (row: SetAside) => void): Promise<void> {
  await scanTable(storage, 'set-aside', (row) => {
    const at = Date.parse(row.text('at'));
    visit({
      reason: setAsideReason(row.text('reason')),
      kind: row.text('kind') === 'deployment' ? 'deployment' : 'commit',
      repository: row.text('repository'),
      component: row.text('component'),
      id: row.text('id'),
      at: isInstant(at) ? at : null,
      deployment: row.isEmpty('deployment') ? null : row.text('deployment'),
      author: row.text('author'),
      subject: row.text('subject'),
      detail: row.text('detail'),
    });
  });
}

function setAsideReason(text: string): SetAsideReason {
  if (isSetAsideReason(text)) return text;
  throw new RangeError(`unknown reason ${text}`);
}
