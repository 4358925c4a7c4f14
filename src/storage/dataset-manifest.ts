import * as z from 'zod';
import { DATASET_VERSION } from './dataset-columns.ts';
import { DATASET, DATASET_MANIFEST, pieceKey, restKey, TABLES, tableKey } from './paths.ts';
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

const Piece = z.object({
  /** A digest of its bytes. */
  name: z.string(),
  /** What it was when this was written. */
  fingerprint: z.string().nullable(),
});
export type Piece = z.infer<typeof Piece>;

/** A table that is too long for one file. */
const Pieces = z.object({
  /** In the order of their rows. */
  named: z.array(Piece).readonly(),
  /** A digest of the rest, which comes before the others where the newest rows are the first, else after them. */
  rest: z.string(),
});
export type Pieces = z.infer<typeof Pieces>;

/** How each table is stored; `null`: in one file. */
const Layout = z.record(z.enum(TABLES), Pieces.nullable());
export type Layout = z.infer<typeof Layout>;

const Manifest = z.object({
  version: z.literal(DATASET_VERSION),
  inputs: z.string(),
  /** What each table was when this was written, of one in pieces the rest: two builds at the same time must not be taken for one. */
  tables: z.record(z.enum(TABLES), z.string().nullable()),
  layout: Layout,
  /** Pieces that were there and are none of this dataset: somebody may still read them. The next build removes them. */
  strays: z.array(z.string()).readonly(),
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

/** As it is stored, whether or not the tables are there; `null` when there is none of this version. */
export async function readLayout(storage: Storage): Promise<Layout | null> {
  const body = await storage.read(DATASET_MANIFEST);
  return body === null ? null : (parseManifest(new TextDecoder().decode(body))?.layout ?? null);
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
  const told = objectsOf(manifest);
  // a table that is whole would be read in place of its pieces
  const isOther = TABLES.some((table) => !told.has(tableKey(table)) && found.has(tableKey(table)));
  return !isOther && [...told].every(([key, fingerprint]) => found.get(key) === fingerprint);
}

/** The objects in which the rows are, with what they were when the manifest was written. */
export function objectsOf({
  layout,
  tables,
}: Pick<Manifest, 'layout' | 'tables'>): ReadonlyMap<string, string | null> {
  return new Map(
    TABLES.flatMap((table) => {
      const pieces = layout[table];
      if (pieces === null) return [[tableKey(table), tables[table]] as const];
      const named = pieces.named.map(
        ({ name, fingerprint }) => [pieceKey(table, name), fingerprint] as const,
      );
      return [...named, [restKey(table), tables[table]] as const];
    }),
  );
}

/** The fingerprint of the manifest, where the place tells it. */
export async function writeManifest(
  storage: Storage,
  manifest: Omit<Manifest, 'version'>,
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
