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

/** What the stored dataset was built from; `null` when there is none that is whole and of this version. */
export async function datasetInputs(storage: Storage): Promise<string | null> {
  return (await readManifest(storage))?.inputs ?? null;
}

/** `null` when there is none, or when the tables are not those of which it tells. */
export async function readManifest(storage: Storage): Promise<Manifest | null> {
  const body = await storage.read(DATASET_MANIFEST);
  const manifest = body === null ? null : parseManifest(new TextDecoder().decode(body));
  return manifest !== null && (await isOf(manifest, storage)) ? manifest : null;
}

/** Whether the tables are still those of which a manifest tells. */
export async function isOf(manifest: Manifest, storage: Storage): Promise<boolean> {
  const found = await fingerprints(storage);
  return TABLES.every((table) => found[table] !== null && found[table] === manifest.tables[table]);
}

export async function writeManifest(
  storage: Storage,
  { inputs, parts }: Pick<Manifest, 'inputs' | 'parts'>,
): Promise<void> {
  const tables = await fingerprints(storage);
  const manifest: Manifest = { version: DATASET_VERSION, inputs, tables, parts };
  await writeObject(storage, DATASET_MANIFEST, [new TextEncoder().encode(`${JSON.stringify(manifest)}\n`)]);
}

function parseManifest(text: string): Manifest | null {
  try {
    return Manifest.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

async function fingerprints(storage: Storage): Promise<Record<Table, string | null>> {
  const found = await storage.fingerprints(DATASET);
  return byTable((table) => found.get(tableKey(table)) ?? null);
}
