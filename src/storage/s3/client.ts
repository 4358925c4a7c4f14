import { setMaxListeners } from 'node:events';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
  UploadPartCommand,
  type PutObjectCommandInput,
} from '@aws-sdk/client-s3';
import {
  CUT_SHORT,
  S3Failure,
  type PutConditions,
  type S3Api,
  type S3Listed,
  type S3Object,
  type S3Place,
} from './api.ts';
import { orAborted } from './or-aborted.ts';

/** The first try, and what may follow it: with back-off and jitter, for 5xx, SlowDown, timeouts and connections that were cut. */
const TRIES = 6;
const CONNECTION_MS = 5000;
const REQUEST_MS = 60_000;
/** How long a run that was told to stop takes to clear away what it has begun. */
const CLEARING_MS = 1000;

/** S3 over Amazon's client, which finds credentials where all of Amazon's tools do. Whatever is under way ends when `signal` is aborted. */
export function connect(place: S3Place, signal: AbortSignal): S3Api {
  // every request under way listens to it, and a storage makes as many at once as it is asked for
  setMaxListeners(0, signal);
  return new Connection(place, signal);
}

/** What a note is called among the metadata of an object. */
const NOTE = 'dora-metrics';

type Written = Pick<PutObjectCommandInput, 'ServerSideEncryption' | 'SSEKMSKeyId' | 'StorageClass'>;

/** A request that ends with a signal. */
type Request<Result> = (until: { readonly abortSignal: AbortSignal }) => Promise<Result>;

class Connection implements S3Api {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #written: Written;
  readonly #signal: AbortSignal;

  constructor(
    { bucket, region, endpoint, pathStyle, encryption, encryptionKey, storageClass }: S3Place,
    signal: AbortSignal,
  ) {
    this.#bucket = bucket;
    this.#signal = signal;
    this.#client = new S3Client({
      ...(region !== null && { region }),
      ...(endpoint !== null && { endpoint }),
      forcePathStyle: pathStyle,
      maxAttempts: TRIES,
      retryMode: 'standard',
      // several compatible stores refuse the checksums that are newer than they are
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      requestHandler: {
        connectionTimeout: CONNECTION_MS,
        requestTimeout: REQUEST_MS,
        // the other one ends with the first byte of an answer, which may stop in its middle
        socketTimeout: REQUEST_MS,
        throwOnRequestTimeout: true,
      },
    });
    this.#written = {
      ...(encryption !== null && { ServerSideEncryption: encryption }),
      ...(encryptionKey !== null && { SSEKMSKeyId: encryptionKey }),
      ...(storageClass !== null && { StorageClass: storageClass }),
    };
  }

  async get(key: string): Promise<S3Object | null> {
    return await this.#orNull(async (until) => {
      const { Body, ETag, Metadata } = await this.#client.send(new GetObjectCommand(this.#named(key)), until);
      const body = (await Body?.transformToByteArray().catch(cutShort)) ?? new Uint8Array(0);
      return { body, etag: ETag ?? '', note: Metadata?.[NOTE] ?? null };
    });
  }

  async open(
    key: string,
    from: number,
    etag: string | null,
  ): Promise<{ readonly chunks: AsyncIterable<Uint8Array>; readonly etag: string } | null> {
    return await this.#orNull(async (until) => {
      const { Body, ETag } = await this.#client.send(
        new GetObjectCommand({
          ...this.#named(key),
          ...(from > 0 && { Range: `bytes=${String(from)}-` }),
          ...(etag !== null && { IfMatch: etag }),
        }),
        until,
      );
      return { chunks: chunksOf(Body), etag: ETag ?? '' };
    });
  }

  async head(key: string): Promise<{ readonly etag: string; readonly bytes: number } | null> {
    return await this.#orNull(async (until) => {
      const { ETag, ContentLength } = await this.#client.send(new HeadObjectCommand(this.#named(key)), until);
      return { etag: ETag ?? '', bytes: ContentLength ?? 0 };
    });
  }

  async put(key: string, body: Uint8Array, { ifMatch, ifNoneMatch, note }: PutConditions): Promise<string> {
    return await this.#asked(async (until) => {
      const { ETag } = await this.#client.send(
        new PutObjectCommand({
          ...this.#named(key),
          ...this.#written,
          Body: body,
          ...(ifMatch !== undefined && { IfMatch: ifMatch }),
          ...(ifNoneMatch !== undefined && { IfNoneMatch: ifNoneMatch }),
          ...(note !== undefined && { Metadata: { [NOTE]: note } }),
        }),
        until,
      );
      return ETag ?? '';
    });
  }

  async remove(key: string): Promise<void> {
    await this.#asked((until) => this.#client.send(new DeleteObjectCommand(this.#named(key)), until));
  }

  async discard(key: string): Promise<void> {
    await this.#clearing((until) => this.#client.send(new DeleteObjectCommand(this.#named(key)), until));
  }

  async *list(prefix: string, isFlat = false): AsyncGenerator<S3Listed> {
    let token: string | undefined;
    do {
      const from = token;
      const { Contents, NextContinuationToken } = await this.#asked((until) =>
        this.#client.send(
          new ListObjectsV2Command({
            Bucket: this.#bucket,
            Prefix: prefix,
            ...(isFlat && { Delimiter: '/' }),
            ...(from !== undefined && { ContinuationToken: from }),
          }),
          until,
        ),
      );
      for (const { Key, Size, ETag, LastModified } of Contents ?? [])
        if (Key !== undefined)
          yield {
            key: Key,
            bytes: Size ?? 0,
            etag: ETag ?? '',
            writtenAt: LastModified?.getTime() ?? Infinity,
          };
      token = NextContinuationToken;
    } while (token !== undefined);
  }

  async beginUpload(key: string): Promise<string> {
    return await this.#asked(async (until) => {
      const { UploadId } = await this.#client.send(
        new CreateMultipartUploadCommand({ ...this.#named(key), ...this.#written }),
        until,
      );
      return UploadId ?? '';
    });
  }

  async uploadPart(key: string, upload: string, number: number, body: Uint8Array): Promise<string> {
    return await this.#asked(async (until) => {
      const { ETag } = await this.#client.send(
        new UploadPartCommand({ ...this.#named(key), UploadId: upload, PartNumber: number, Body: body }),
        until,
      );
      return ETag ?? '';
    });
  }

  async completeUpload(key: string, upload: string, etags: readonly string[]): Promise<string> {
    const Parts = etags.map((ETag, position) => ({ ETag, PartNumber: position + 1 }));
    return await this.#asked(async (until) => {
      const { ETag } = await this.#client.send(
        new CompleteMultipartUploadCommand({
          ...this.#named(key),
          UploadId: upload,
          MultipartUpload: { Parts },
        }),
        until,
      );
      return ETag ?? '';
    });
  }

  async abortUpload(key: string, upload: string): Promise<void> {
    await this.#clearing((until) =>
      this.#client.send(new AbortMultipartUploadCommand({ ...this.#named(key), UploadId: upload }), until),
    );
  }

  async uploads(
    prefix: string,
  ): Promise<readonly { readonly key: string; readonly upload: string; readonly begunAt: number }[]> {
    const { Uploads } = await this.#asked((until) =>
      this.#client.send(new ListMultipartUploadsCommand({ Bucket: this.#bucket, Prefix: prefix }), until),
    );
    return (Uploads ?? []).flatMap(({ Key, UploadId, Initiated }) =>
      Key === undefined || UploadId === undefined
        ? []
        : [{ key: Key, upload: UploadId, begunAt: Initiated?.getTime() ?? Infinity }],
    );
  }

  #named(key: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.#bucket, Key: key };
  }

  async #asked<Result>(request: Request<Result>, signal = this.#signal): Promise<Result> {
    try {
      return await orAborted(signal, () => request({ abortSignal: signal }));
    } catch (error) {
      // what fails then fails because of it
      signal.throwIfAborted();
      throw failureOf(error);
    }
  }

  /** `null` for what is not there; a bucket that is not there is an error. */
  async #orNull<Result>(request: Request<Result>, signal = this.#signal): Promise<Result | null> {
    try {
      return await this.#asked(request, signal);
    } catch (error) {
      if (error instanceof S3Failure && error.status === 404 && error.code !== 'NoSuchBucket') return null;
      throw error;
    }
  }

  /** Still done when the run was told to stop, if the store does it at once. */
  async #clearing(request: Request<unknown>): Promise<void> {
    if (this.#signal.aborted)
      await this.#orNull(request, AbortSignal.timeout(CLEARING_MS)).catch(() => undefined);
    else await this.#orNull(request);
  }
}

async function* chunksOf(body: unknown): AsyncGenerator<Uint8Array> {
  if (!isIterable(body)) return;
  try {
    for await (const chunk of body) if (chunk instanceof Uint8Array) yield chunk;
  } catch (error) {
    cutShort(error);
  }
}

/** The answer had begun, so Amazon's client does not try again. */
function cutShort(error: unknown): never {
  throw new S3Failure({ status: 0, code: CUT_SHORT }, error);
}

function isIterable(body: unknown): body is AsyncIterable<unknown> {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
}

function failureOf(error: unknown): S3Failure {
  if (error instanceof S3Failure) return error;
  if (error instanceof S3ServiceException) {
    const { httpStatusCode: status = 0, attempts: tries = 1 } = error.$metadata;
    // the answer to a HEAD has no body that would say more
    const code = error.name.startsWith('Unknown') ? '' : error.name;
    return new S3Failure({ status, code, tries }, error);
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const name = error instanceof Error ? error.name : '';
  return new S3Failure({ status: 0, code: code === '' ? name : code }, error);
}
