import * as z from 'zod';
import { compareText } from '../domain/compare.ts';
import { DoraError } from '../domain/errors.ts';
import { parsedJson } from '../domain/parsed-json.ts';
import { EXPORT_MANIFEST, exportedFile } from './paths.ts';
import type { ObjectWriter, Storage } from './storage.ts';
import { writeObject } from './write-object.ts';

const SCHEMA = 'dora-metrics/parquet/v1';

/** What is known of the file of a partition. */
export interface Part {
  /** Digest of what the file says; the same rows have the same. */
  readonly digest: string;
  readonly rows: number;
}

const Manifest = z.object({
  schema: z.literal(SCHEMA),
  /** The run that is writing; not there when nobody is. */
  writer: z.string().exactOptional(),
  partitions: z.record(z.string(), z.object({ digest: z.string(), rows: z.number(), bytes: z.number() })),
});
type Manifest = z.infer<typeof Manifest>;

/** What an export has to do. */
export interface ExportPlan {
  /** Partitions to write, by name. */
  readonly changed: ReadonlySet<string>;
  readonly unchanged: number;
  /** Keys of files that no partition has any more. */
  readonly stale: readonly string[];
  /** Files among ours that are not ours. */
  readonly foreign: readonly string[];
}

/**
 * A place with one file for each partition and a manifest that says what is in them.
 *
 * The manifest vouches for a file only from before it is touched to after it is whole: what a run is going to write is taken out of it first and
 * put back last. So a killed run leaves partitions that nobody vouches for, and the next one writes those and no others.
 */
export class ExportStore {
  readonly #storage: ExportPlace['storage'];
  readonly #prefix: string;
  readonly #manifest: Manifest;
  readonly #files: ReadonlyMap<string, number>;
  readonly #bytes = new Map<string, number>();
  #written: ReadonlySet<string> = new Set();

  private constructor(
    { storage, prefix }: ExportPlace,
    manifest: Manifest,
    files: ReadonlyMap<string, number>,
  ) {
    this.#storage = storage;
    this.#prefix = prefix;
    this.#manifest = manifest;
    this.#files = files;
  }

  /** Throws a `DoraError` for a place that holds something else, or what a newer version wrote. */
  static async open(place: ExportPlace): Promise<ExportStore> {
    const { storage, prefix } = place;
    const manifest = await readManifest(place);
    const found = await storage.list(prefix);
    const files = new Map(
      found
        .map(({ key, bytes }) => [key.slice(prefix.length), bytes] as const)
        .filter(([key]) => isShown(key)),
    );
    // a clone, say, looks empty to who passes over hidden files
    const others = found.filter(({ key }) => !key.slice(prefix.length).startsWith(UNFINISHED));
    if (manifest === null && others.length > 0) {
      throw new DoraError('usage', `${whereOf(place)} is not empty and holds no export`, {
        hint: 'give an empty place with --output, or one that an earlier export made.',
      });
    }
    return new ExportStore(place, manifest ?? { schema: SCHEMA, partitions: {} }, files);
  }

  plan(wanted: ReadonlyMap<string, Part>): ExportPlan {
    const { partitions } = this.#manifest;
    const changed = new Set<string>();
    for (const [name, { digest }] of wanted) {
      const known = partitions[name];
      if (known?.digest !== digest || known.bytes !== this.#files.get(exportedFile(name))) changed.add(name);
    }
    const files = new Set([...wanted.keys()].map(exportedFile));
    const others = [...this.#files.keys()].filter((key) => key !== EXPORT_MANIFEST && !files.has(key));
    const [stale, foreign] = [others.filter(isPart), others.filter((key) => !isPart(key))];
    return { changed, unchanged: wanted.size - changed.size, stale, foreign };
  }

  /** Takes what is going to change out of the manifest. */
  async begin({ changed, stale }: ExportPlan): Promise<void> {
    this.#written = new Set([...changed, ...stale.map((key) => key.slice(0, key.lastIndexOf('/')))]);
    // it clears away what a killed run was in the middle of
    await this.#storage.abandoned(this.#prefix);
    await this.#put(this.#without(this.#manifest), this.#storage.writerName);
  }

  /** The file of a partition. */
  async create(name: string): Promise<ObjectWriter> {
    const writer = await this.#storage.create(`${this.#prefix}${exportedFile(name)}`);
    this.#bytes.set(name, 0);
    return {
      write: async (chunk) => {
        this.#bytes.set(name, (this.#bytes.get(name) ?? 0) + chunk.length);
        await writer.write(chunk);
      },
      commit: async () => await writer.commit(),
      abort: async () => await writer.abort(),
    };
  }

  async remove(key: string): Promise<void> {
    await this.#storage.remove(`${this.#prefix}${key}`);
  }

  /**
   * Vouches for all of `wanted`. Throws a `DoraError` when another run has begun to write here, which then vouches for nothing that both
   * of them wrote.
   */
  async finish(wanted: ReadonlyMap<string, Part>): Promise<void> {
    const now = await readManifest({ storage: this.#storage, prefix: this.#prefix });
    if (now?.writer !== this.#storage.writerName) {
      await this.#put(this.#without(now ?? { schema: SCHEMA, partitions: {} }), this.#storage.writerName);
      throw new DoraError('data', `another export is writing to ${this.where} at the same time`, {
        hint: 'run it again when that one is done: only what both of them wrote is written again.',
      });
    }
    const names = [...wanted.keys()].sort(compareText);
    const partitions: Manifest['partitions'] = {};
    for (const name of names) {
      const part = wanted.get(name);
      const bytes = this.#bytes.get(name) ?? this.#files.get(exportedFile(name));
      if (part !== undefined && bytes !== undefined) partitions[name] = { ...part, bytes };
    }
    await this.#put(partitions, null);
  }

  /** For people. */
  get where(): string {
    return whereOf({ storage: this.#storage, prefix: this.#prefix });
  }

  #without({ partitions }: Manifest): Manifest['partitions'] {
    return Object.fromEntries(Object.entries(partitions).filter(([name]) => !this.#written.has(name)));
  }

  async #put(partitions: Manifest['partitions'], writer: string | null): Promise<void> {
    const manifest: Manifest = { schema: SCHEMA, ...(writer === null ? {} : { writer }), partitions };
    const body = new TextEncoder().encode(`${JSON.stringify(manifest, null, 1)}\n`);
    await writeObject(this.#storage, `${this.#prefix}${EXPORT_MANIFEST}`, [body]);
  }
}

/** A storage, and what the keys of an export begin with there: nothing, or a name with a slash behind it. */
export interface ExportPlace {
  readonly storage: Pick<
    Storage,
    'writerName' | 'locate' | 'read' | 'list' | 'create' | 'remove' | 'abandoned'
  >;
  readonly prefix: string;
}

function whereOf({ storage, prefix }: ExportPlace): string {
  return storage.locate(prefix).replace(/\/$/u, '');
}

async function readManifest(place: ExportPlace): Promise<Manifest | null> {
  const body = await place.storage.read(`${place.prefix}${EXPORT_MANIFEST}`);
  if (body === null) return null;
  const found = Manifest.safeParse(parsedJson(new TextDecoder().decode(body)));
  if (found.success) return found.data;
  throw new DoraError('data', `${whereOf(place)}/${EXPORT_MANIFEST} was not written by this version`, {
    hint: 'use the version that wrote it, choose another place with --output, or remove this one: it can be exported again.',
  });
}

/** Where a storage keeps what it is in the middle of writing. */
const UNFINISHED = '.tmp/';

/** What begins with a point is no part of an export to anybody: what our storage keeps while it writes. */
function isShown(key: string): boolean {
  return !key.split('/').some((name) => name.startsWith('.'));
}

/** Only what looks like a file of an export is ever removed. */
function isPart(key: string): boolean {
  return /^[a-z_]+\/(?:repository=[^/]+\/month=[^/]+\/)?part-0\.parquet$/u.test(key);
}
