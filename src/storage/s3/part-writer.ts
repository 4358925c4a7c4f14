import type { ObjectWriter } from '../storage.ts';
import { fingerprintOf, S3Failure, type S3Api } from './api.ts';

/** Parts of an upload: S3 takes none below 5 MiB but the last, and 10,000 at most. */
const PART = 8 << 20;

/** Asks S3 about the object that is written; what it refuses is told with its name. */
type Trying = <Result>(action: (api: S3Api, name: string) => Promise<Result>) => Promise<Result>;

/** Keeps a part in memory while the one before it is under way; an object of one part is a plain PUT. */
export class PartWriter implements ObjectWriter {
  readonly #trying: Trying;
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #sent = 0;
  #upload: string | null = null;
  readonly #parts: Promise<string>[] = [];
  #isDone = false;

  constructor(trying: Trying) {
    this.#trying = trying;
  }

  async write(chunk: Uint8Array): Promise<void> {
    // the caller may use its buffer again
    this.#chunks.push(Buffer.from(chunk));
    this.#bytes += chunk.length;
    if (this.#bytes >= PART) await this.#sendPart();
  }

  async commit(): Promise<string | null> {
    const etag = await this.#committed(this.#upload);
    this.#isDone = true;
    return etag === '' ? null : fingerprintOf({ etag, bytes: this.#sent });
  }

  async #committed(upload: string | null): Promise<string> {
    if (upload === null) {
      const body = this.#taken();
      return await this.#trying((api, name) => api.put(name, body, {}));
    }
    if (this.#bytes > 0) await this.#sendPart();
    const etags = await Promise.all(this.#parts);
    return await this.#trying((api, name) => complete(api, { name, upload, etags }));
  }

  async abort(): Promise<void> {
    const upload = this.#upload;
    this.#chunks = [];
    if (this.#isDone || upload === null) return;
    this.#isDone = true;
    await Promise.allSettled(this.#parts);
    await this.#trying((api, name) => api.abortUpload(name, upload));
  }

  async #sendPart(): Promise<void> {
    this.#upload ??= await this.#trying((api, name) => api.beginUpload(name));
    const upload = this.#upload;
    await this.#parts.at(-1);
    const body = this.#taken();
    const number = this.#parts.length + 1;
    const part = this.#trying((api, name) => api.uploadPart(name, upload, number, body));
    // told by whoever waits for it
    part.catch(() => undefined);
    this.#parts.push(part);
  }

  #taken(): Uint8Array {
    const body = Buffer.concat(this.#chunks);
    this.#sent += body.length;
    this.#chunks = [];
    this.#bytes = 0;
    return body;
  }
}

interface Completed {
  readonly name: string;
  readonly upload: string;
  readonly etags: readonly string[];
}

/** Completes an upload; where the answer got lost and a second try finds no such upload, the first has done it if the object is another one now. */
async function complete(api: S3Api, { name, upload, etags }: Completed): Promise<string> {
  const before = await api.head(name);
  try {
    return await api.completeUpload(name, upload, etags);
  } catch (error) {
    const isAmbiguous = error instanceof S3Failure && error.code === 'NoSuchUpload' && error.tries > 1;
    const after = isAmbiguous ? await api.head(name) : null;
    if (after === null || after.etag === before?.etag) throw error;
    return after.etag;
  }
}
