import { createHash, randomBytes } from 'node:crypto';
import { DoraError } from '../domain/errors.ts';
import { DAY } from '../domain/units.ts';
import type { Clock } from '../io/ports.ts';
import { HOST } from '../io/processes.ts';
import {
  bare,
  CUT_SHORT,
  fingerprintOf,
  S3Failure,
  type PutConditions,
  type S3Api,
  type S3Listed,
  type S3Place,
} from './s3/api.ts';
import { hintFor } from './s3/hints.ts';
import { PartWriter } from './s3/part-writer.ts';
import {
  MissingKey,
  VersionConflict,
  type ObjectWriter,
  type Storage,
  type StoredObject,
  type Versioned,
} from './storage.ts';

export interface S3Options extends S3Place {
  /** Keys of the workspace come behind it; empty, or with a slash at its end. */
  readonly prefix: string;
  /** Go on where the store does not honour conditional writes: whoever asks promises that nobody else writes. */
  readonly singleWriter: boolean;
}

/** Makes the connection when it is first needed. */
export type Connect = (place: S3Place, signal: AbortSignal) => Promise<S3Api>;

export interface S3Deps {
  readonly connect: Connect;
  readonly clock: Clock;
  /** Ends requests and the waiting between them. */
  readonly signal: AbortSignal;
}

/** How often a stream that was cut is taken up again without a byte in between. */
const RESUMED = 5;
const FIRST_WAIT_MS = 100;
/** A conditional write that met another one: S3 says 409, and wants it once more. */
const CONFLICTS = 8;

/** Which store this is proven for. */
const PROOF = '.conditional-writes';
const FORMS = ['quoted', 'bare'] as const;

/**
 * A workspace in a bucket.
 *
 * An object appears when its PUT, or the completion of its upload, is answered. `replace` is a conditional PUT; that the store honours the
 * condition is proven before the first one. A kill at any point leaves either the old version or the new one.
 */
export class S3Storage implements Storage {
  readonly isNear = false;
  readonly location: string;
  /** No two processes have the same, whatever containers call themselves. */
  readonly writerName: string;
  readonly #options: S3Options;
  readonly #deps: S3Deps;
  #api: Promise<S3Api> | null = null;
  #form: ConditionForm | null = null;
  readonly #swept = new Set<string>();

  constructor(options: S3Options, deps: S3Deps) {
    const { bucket, prefix } = options;
    this.location = `s3://${bucket}${prefix === '' ? '' : `/${prefix.replace(/\/$/u, '')}`}`;
    this.writerName = `w${HOST}-${String(process.pid)}-${randomBytes(4).toString('hex')}`;
    this.#options = options;
    this.#deps = deps;
  }

  locate(key: string): string {
    return `${this.location}/${key}`;
  }

  async read(key: string): Promise<Uint8Array | null> {
    return (await this.readVersioned(key))?.body ?? null;
  }

  async fingerprint(key: string): Promise<string | null> {
    const found = await this.#trying(key, 'read', (api, name) => api.head(name));
    return found === null ? null : fingerprintOf(found);
  }

  async fingerprints(folder: string): Promise<ReadonlyMap<string, string>> {
    const found = await this.#listed(folder, true);
    return new Map(found.map((one) => [one.key, fingerprintOf(one)]));
  }

  async *stream(key: string): AsyncIterable<Uint8Array> {
    let position = 0;
    let etag: string | null = null;
    for (let cuts = 0; ; cuts += 1) {
      const found = await this.#opened(key, position, etag);
      etag = found.etag;
      try {
        for await (const chunk of found.chunks) {
          position += chunk.length;
          cuts = 0;
          yield chunk;
        }
        return;
      } catch (error) {
        if (!(error instanceof S3Failure)) throw error;
        if (cuts === RESUMED) throw this.#refused(key, 'read', error);
        await this.#waited(cuts);
      }
    }
  }

  async #opened(key: string, from: number, etag: string | null): Promise<Opened> {
    const found = await this.#trying(key, 'read', (api, name) => api.open(name, from, etag));
    if (found === null) throw new MissingKey(key);
    return found;
  }

  async create(key: string): Promise<ObjectWriter> {
    return await Promise.resolve(new PartWriter((action) => this.#trying(key, 'write', action)));
  }

  async list(prefix: string): Promise<readonly StoredObject[]> {
    const found = await this.#listed(prefix);
    return found.map(({ key, bytes }) => ({ key, bytes }));
  }

  async remove(key: string): Promise<void> {
    await this.#trying(key, 'write', (api, name) => api.remove(name));
  }

  async readVersioned(key: string): Promise<Versioned | null> {
    for (let cuts = 0; ; cuts += 1) {
      try {
        const found = await this.#trying(key, 'read', (api, name) => api.get(name));
        this.#form ??= this.#provenBy(found?.note ?? null);
        return found === null ? null : { body: found.body, version: found.etag };
      } catch (error) {
        if (failureIn(error)?.code !== CUT_SHORT || cuts === RESUMED) throw error;
        await this.#waited(cuts);
      }
    }
  }

  async replace(key: string, body: Uint8Array, expected: string | null): Promise<string> {
    const form = await this.#conditions();
    if (form === 'none') return await this.#replaceAlone(key, body, expected);
    const condition =
      expected === null
        ? { ifNoneMatch: '*' as const }
        : { ifMatch: form === 'bare' ? bare(expected) : expected };
    const conditions: PutConditions = { ...condition, note: this.#proofOf(form) };
    for (let conflicts = 0; ; conflicts += 1) {
      try {
        return await this.#trying(key, 'write', (api, name) => api.put(name, body, conditions));
      } catch (error) {
        const { status, tries } = failureIn(error) ?? { status: 0, tries: 0 };
        if (status === 412 || (status === 404 && expected !== null))
          return await this.#ownOrConflict(key, body, tries);
        if (status !== 409 || conflicts === CONFLICTS) throw error;
        await this.#waited(conflicts);
      }
    }
  }

  async abandoned(prefix: string): Promise<readonly string[]> {
    // nothing grows a day old while this process runs
    if (this.#swept.has(prefix)) return [];
    this.#swept.add(prefix);
    const before = this.#deps.clock.now().getTime() - DAY;
    // an upload that nobody completes costs money and is in no list of objects
    const uploads = await this.#trying(prefix, 'read', (api, name) => api.uploads(name)).catch(() => []);
    for (const { key, upload, begunAt } of uploads) {
      this.#deps.signal.throwIfAborted();
      if (begunAt < before) await this.#trying(prefix, 'write', (api) => api.abortUpload(key, upload));
    }
    const found = await this.#listed(prefix);
    return found.filter(({ writtenAt }) => writtenAt < before).map(({ key }) => key);
  }

  async #listed(prefix: string, isFlat = false): Promise<S3Listed[]> {
    return await this.#trying(prefix, 'read', async (api, name) => {
      const found: S3Listed[] = [];
      for await (const one of api.list(name, isFlat))
        found.push({ ...one, key: one.key.slice(this.#options.prefix.length) });
      return found.sort((a, b) => (a.key < b.key ? -1 : 1));
    });
  }

  /** A PUT whose answer got lost was sent again, and may have found its own first try there. */
  async #ownOrConflict(key: string, body: Uint8Array, tries: number): Promise<string> {
    const current = tries > 1 ? await this.readVersioned(key) : null;
    if (current !== null && Buffer.compare(current.body, body) === 0) return current.version;
    throw new VersionConflict(key);
  }

  /** With nobody else writing, looking before is enough. */
  async #replaceAlone(key: string, body: Uint8Array, expected: string | null): Promise<string> {
    const current = await this.readVersioned(key);
    if ((current?.version ?? null) !== expected) throw new VersionConflict(key);
    return await this.#trying(key, 'write', (api, name) => api.put(name, body, {}));
  }

  async #conditions(): Promise<ConditionForm> {
    if (this.#options.singleWriter) return 'none';
    this.#form ??= await this.#proven();
    return this.#form;
  }

  /** What is remembered of a proof for this store: it does not hold for a copy of the workspace elsewhere. */
  #proofOf(form: 'quoted' | 'bare'): string {
    const { bucket, prefix, endpoint } = this.#options;
    const store = createHash('sha256').update(JSON.stringify([endpoint, bucket, prefix]));
    return `${form} ${store.digest('hex')}`;
  }

  /** An object that was replaced under a condition says so, which saves looking for the proof. */
  #provenBy(note: string | null): ConditionForm | null {
    return FORMS.find((form) => this.#proofOf(form) === note) ?? null;
  }

  /** Once for each workspace and store: what was found is remembered beside the data. */
  async #proven(): Promise<ConditionForm> {
    const known = new TextDecoder().decode((await this.read(PROOF)) ?? undefined);
    for (const form of FORMS) if (known === `${this.#proofOf(form)}\n`) return form;
    const form = await this.#trying(PROOF, 'write', (api, name) =>
      provenForm(api, `${name}-${this.writerName}`),
    );
    if (form === 'none') {
      throw new DoraError(
        'data',
        `${this.location} does not honour conditional writes: two runs at once could undo each other's work`,
        {
          hint: 'use a store that does (Amazon S3, Ceph, MinIO …), or promise with --single-writer that one run at a time writes there.',
        },
      );
    }
    await this.#trying(PROOF, 'write', (api, name) =>
      api.put(name, Buffer.from(`${this.#proofOf(form)}\n`), {}),
    );
    return form;
  }

  /** Twice as long each time, and never the same for two that wait for each other. */
  async #waited(failures: number): Promise<void> {
    const milliseconds = FIRST_WAIT_MS * 2 ** failures * (0.5 + Math.random() / 2);
    await this.#deps.clock.sleep(milliseconds, this.#deps.signal);
  }

  async #trying<Result>(
    key: string,
    verb: 'read' | 'write',
    action: (api: S3Api, name: string) => Promise<Result>,
  ): Promise<Result> {
    try {
      this.#api ??= this.#deps.connect(this.#options, this.#deps.signal);
      return await action(await this.#api, `${this.#options.prefix}${key}`);
    } catch (error) {
      throw this.#refused(key, verb, error);
    }
  }

  /** What S3 says, as an error with a hint; anything else is a bug and stays what it is. */
  #refused(key: string, verb: 'read' | 'write', error: unknown): unknown {
    if (!(error instanceof S3Failure)) return error;
    const { status, code } = error;
    const said = [status === 0 ? '' : String(status), code].filter((part) => part !== '').join(' ');
    return new DoraError(
      'data',
      `cannot ${verb} ${this.locate(key)}: ${said === '' ? error.message : said}`,
      { hint: hintFor(error), cause: error },
    );
  }
}

type Opened = NonNullable<Awaited<ReturnType<S3Api['open']>>>;

/** How `If-Match` wants its ETag; `none` where conditions are not honoured. */
type ConditionForm = 'quoted' | 'bare' | 'none';

/** Writes an object, and tries to write it again where it must not be; removes it. */
async function provenForm(api: S3Api, name: string): Promise<ConditionForm> {
  const etagOf = async () => (await api.head(name))?.etag ?? null;
  /** Of a second try that is refused only the object tells whether the first one, of which the answer got lost, was taken. */
  const isTaken = async (
    body: string,
    before: string | null,
    conditions: PutConditions,
  ): Promise<boolean> => {
    try {
      await api.put(name, Buffer.from(body), conditions);
      return true;
    } catch (error) {
      return unmet(error).tries > 1 && (await etagOf()) !== before;
    }
  };
  try {
    const first = 'written to learn whether conditions are honoured\n';
    if (!(await isTaken(first, null, { ifNoneMatch: '*' }))) return 'none';
    const etag = await etagOf();
    const other = Buffer.from('never to be seen\n');
    for (const conditions of [
      { ifNoneMatch: '*' },
      { ifMatch: '"00000000000000000000000000000000"' },
    ] as const)
      await api.put(name, other, conditions).catch(unmet);
    // what was put there first is there still
    if (etag === null || (await etagOf()) !== etag) return 'none';
    const second = 'written in the place of what was there\n';
    if (await isTaken(second, etag, { ifMatch: etag })) return 'quoted';
    return (await isTaken(second, etag, { ifMatch: bare(etag) })) ? 'bare' : 'none';
  } finally {
    await api.discard(name);
  }
}

/** A condition that is not met, or (501) that the store does not know; anything else is no answer to the question. */
function unmet(error: unknown): S3Failure {
  if (error instanceof S3Failure && (error.status === 412 || error.status === 501)) return error;
  throw error;
}

function failureIn(error: unknown): S3Failure | null {
  return error instanceof DoraError && error.cause instanceof S3Failure ? error.cause : null;
}
