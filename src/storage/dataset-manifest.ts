import * as z from 'zod';
import { DATASET_VERSION } from './dataset-columns.ts';
import { byTable, DATASET, DATASET_MANIFEST, TABLES, tableKey, type Table } from './paths.ts';
import type { Storage } from './storage.ts';
import { writeObject } from './write-object.ts';

/** How many rows of one repository there are. */
const Counts = z.object({
  deployments: z.number(),
  /** Of those, how many have no time of their own. */
  estimated: z.number(),
  incidents: z.number(),
  changes: z.number(),
  setAside: z.number(),
  review: z.number(),
});
export type PartCounts = z.infer<typeof Counts>;

/** The rows of one repository, which stand together in every table. */
const Part = z.object({
  repository: z.string(),
  /** What they were built from. */
  inputs: z.string(),
  /** How many bytes of each table are theirs. */
  bytes: z.record(z.enum(TABLES), z.number()),
  counts: Counts,
});
export type PartFacts = z.infer<typeof Part>;

const Manifest = z.object({
  version: z.literal(DATASET_VERSION),
  inputs: z.string(),
  /** What each table was when this was written: two builds at the same time must not be taken for one. */
  tables: z.record(z.enum(TABLES), z.string().nullable()),
  /** In the order of the tables. */
  parts: z.array(Part).readonly(),
});
export type Manifest = z.infer<typeof Manifest>;

/** Fingerprints by key, as they were a moment ago. */
export type Seen = ReadonlyMap<string, string>;

/** What the stored dataset was built from; `null` when there is none that is whole and of this version. */
export async function datasetInputs(storage: Storage): Promise<string | null> {
  return (await readManifest(storage))?.inputs ?? null;
}

/** `null` when there is none, or when the tables are not those of which it tells. `seen` saves asking for what is there. */
export async function readManifest(storage: Storage, seen?: Seen): Promise<Manifest | null> {
  const isMissing = seen?.has(DATASET_MANIFEST) === false;
  const body = isMissing ? null : await storage.read(DATASET_MANIFEST);
  const manifest = body === null ? null : parseManifest(new TextDecoder().decode(body));
  return manifest !== null && (await isOf(manifest, storage, seen)) ? manifest : null;
}

/** Whether the tables are still those of which a manifest tells. */
export async function isOf(manifest: Manifest, storage: Storage, seen?: Seen): Promise<boolean> {
  const found = seen ?? (await storage.fingerprints(DATASET));
  return TABLES.every(
    (table) => found.has(tableKey(table)) && found.get(tableKey(table)) === manifest.tables[table],
  );
}

/** The fingerprint of the manifest, where the place tells it. */
export async function writeManifest(
  storage: Storage,
  manifest: Pick<Manifest, 'inputs' | 'parts' | 'tables'>,
): Promise<string | null> {
  const body = JSON.stringify({ version: DATASET_VERSION, ...manifest });
  return await writeObject(storage, DATASET_MANIFEST, [new TextEncoder().encode(`${body}\n`)]);
}

function parseManifest(text: string): Manifest | null {
  try {
    return Manifest.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** The fingerprints of tables that were just written; asked for where writing them did not tell. */
export async function tablesWritten(
  told: ReadonlyMap<Table, string | null>,
  storage: Storage,
): Promise<Manifest['tables']> {
  const isTold = TABLES.every((table) => told.get(table) !== null);
  const found = isTold ? null : await storage.fingerprints(DATASET);
  return byTable((table) => told.get(table) ?? found?.get(tableKey(table)) ?? null);
}
