import { createHash } from 'node:crypto';
import {
  CUT_SHORT,
  S3Failure,
  type PutConditions,
  type S3Api,
  type S3Listed,
} from '../../../src/storage/s3/api.ts';
import type { Cue, Step } from './cue.ts';

/** As often as Amazon's client tries. */
const TRIES = 6;

/** What is left when all tries were in vain. */
const FAILURES = [
  { status: 503, code: 'SlowDown', tries: TRIES },
  { status: 0, code: 'ECONNREFUSED', tries: TRIES },
  { status: 403, code: 'AccessDenied' },
];

interface Stored {
  readonly body: Buffer;
  readonly etag: string;
  readonly at: number;
  readonly note: string | null;
}

/** The objects of a bucket, as S3 has them behind Amazon's client: what a request that is tried again does is one operation here. */
export class MemoryBucket {
  readonly objects: Map<string, Stored>;

  constructor(objects: ReadonlyMap<string, Stored> = new Map()) {
    this.objects = new Map(objects);
  }

  clone(): MemoryBucket {
    return new MemoryBucket(this.objects);
  }

  /** The bucket as one run sees it. */
  api(cue: Cue, now: () => number): S3Api {
    return new Requests(this, cue, now);
  }

  /** The same for buckets with the same objects. */
  digest(): string {
    return [...this.objects]
      .map(([key, { etag, at }]) => `${key} ${etag} ${String(at)}`)
      .sort()
      .join('\n');
  }

  find(key: string): Stored | null {
    return this.objects.get(key) ?? null;
  }

  put(key: string, body: Uint8Array, { ifMatch, ifNoneMatch, note }: PutConditions, at: number): string {
    const known = this.objects.get(key);
    const isMet =
      (ifMatch === undefined || ifMatch === known?.etag) &&
      (ifNoneMatch === undefined || known === undefined);
    if (!isMet) throw failure({ status: 412, code: 'PreconditionFailed' });
    const etag = `"${createHash('md5').update(body).digest('hex')}"`;
    this.objects.set(key, { body: Buffer.from(body), etag, at, note: note ?? null });
    return etag;
  }
}

class Requests implements S3Api {
  readonly #bucket: MemoryBucket;
  readonly #cue: Cue;
  readonly #now: () => number;

  constructor(bucket: MemoryBucket, cue: Cue, now: () => number) {
    this.#bucket = bucket;
    this.#cue = cue;
    this.#now = now;
  }

  async get(key: string) {
    const found = () => this.#bucket.find(key);
    return await this.#do(`get ${key}`, found, { half: () => cut(found()) });
  }

  async open(key: string, from: number, etag: string | null) {
    const found = () => {
      const stored = this.#bucket.find(key);
      if (stored !== null && etag !== null && stored.etag !== etag)
        throw failure({ status: 412, code: 'PreconditionFailed' });
      return stored;
    };
    const whole = () => {
      const stored = found();
      return stored && { etag: stored.etag, chunks: chunks(stored.body.subarray(from), null) };
    };
    const half = () => {
      const stored = found();
      const rest = stored?.body.subarray(from) ?? Buffer.alloc(0);
      return (
        stored && {
          etag: stored.etag,
          chunks: chunks(rest.subarray(0, rest.length >> 1), failure({ status: 0, code: CUT_SHORT })),
        }
      );
    };
    return await this.#do(`open ${key}`, whole, { half });
  }

  async head(key: string) {
    return await this.#do(`head ${key}`, () => {
      const found = this.#bucket.find(key);
      return found && { etag: found.etag, bytes: found.body.length };
    });
  }

  async put(key: string, body: Uint8Array, conditions: PutConditions): Promise<string> {
    const act = () => this.#bucket.put(key, body, conditions, this.#now());
    // the answer is lost, and the client sends it again
    const retried = () => {
      act();
      try {
        return act();
      } catch (error) {
        if (!(error instanceof S3Failure)) throw error;
        throw failure({ status: error.status, code: error.code, tries: 2 });
      }
    };
    return await this.#do(`put ${key}`, act, { retried });
  }

  async discard(key: string): Promise<void> {
    await this.remove(key);
  }

  async remove(key: string): Promise<void> {
    await this.#do(`remove ${key}`, () => void this.#bucket.objects.delete(key));
  }

  async *list(prefix: string, isFlat = false): AsyncGenerator<S3Listed> {
    yield* await this.#do(`list ${prefix}`, () =>
      [...this.#bucket.objects]
        .filter(([key]) => key.startsWith(prefix) && !(isFlat && key.slice(prefix.length).includes('/')))
        .map(([key, { body, etag, at }]) => ({ key, bytes: body.length, etag, writtenAt: at })),
    );
  }

  async uploads() {
    return await this.#do('uploads', () => []);
  }

  beginUpload = tooLarge;
  uploadPart = tooLarge;
  completeUpload = tooLarge;
  abortUpload = tooLarge;

  #do<Result>(what: string, act: () => Result, ways: Step<Result>['ways'] = {}): Promise<Result> {
    const { count } = this.#cue;
    const fail =
      (given: { readonly status: number; readonly code: string; readonly tries?: number }) => () => {
        throw failure(given);
      };
    const after = () => {
      act();
      throw failure({ status: 0, code: 'ECONNRESET', tries: TRIES });
    };
    const timeout = fail({ status: 0, code: 'TimeoutError', tries: TRIES });
    const before = fail(FAILURES[count % FAILURES.length] ?? { status: 500, code: 'InternalError' });
    return this.#cue.do<Result>({ side: 's3', what, act, before, ways: { after, timeout, ...ways } });
  }
}

function failure(given: {
  readonly status: number;
  readonly code: string;
  readonly tries?: number;
}): S3Failure {
  return new S3Failure(given, new Error(`${given.code} of the test`));
}

function cut(found: Stored | null): Stored | null {
  if (found === null) return null;
  throw failure({ status: 0, code: CUT_SHORT });
}

async function* chunks(body: Buffer, error: Error | null): AsyncGenerator<Uint8Array> {
  if (body.length > 0) yield body;
  if (error !== null) throw error;
}

async function tooLarge(): Promise<never> {
  throw new Error('no object of these tests is so large');
}
