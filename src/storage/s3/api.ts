import { messageOf } from '../../domain/errors.ts';

/** The few things that a workspace asks of S3. Keys here are those of the bucket, with the prefix of the workspace. */
export interface S3Api {
  /** `null` where there is no object; so for `open` and `head`. */
  get(key: string): Promise<S3Object | null>;
  /** The bytes from a position on; of the object with that ETag, where one is given. */
  open(
    key: string,
    from: number,
    etag: string | null,
  ): Promise<{ readonly chunks: AsyncIterable<Uint8Array>; readonly etag: string } | null>;
  head(key: string): Promise<{ readonly etag: string; readonly bytes: number } | null>;
  /** Gives the ETag. */
  put(key: string, body: Uint8Array, conditions: PutConditions): Promise<string>;
  remove(key: string): Promise<void>;
  /** Removes what this run has put there for itself, like `abortUpload` also when it was told to stop. */
  discard(key: string): Promise<void>;
  /** `isFlat`: only those with no further `/` in their keys. */
  list(prefix: string, isFlat?: boolean): AsyncIterable<S3Listed>;
  /** Gives the id of the upload. */
  beginUpload(key: string): Promise<string>;
  /** Gives the ETag of the part; parts count from 1. */
  uploadPart(key: string, upload: string, number: number, body: Uint8Array): Promise<string>;
  /** Gives the ETag of the object; empty where the store does not say. */
  completeUpload(key: string, upload: string, etags: readonly string[]): Promise<string>;
  abortUpload(key: string, upload: string): Promise<void>;
  /** Uploads that were begun and neither completed nor aborted. */
  uploads(
    prefix: string,
  ): Promise<readonly { readonly key: string; readonly upload: string; readonly begunAt: number }[]>;
}

export interface S3Listed {
  readonly key: string;
  readonly bytes: number;
  readonly etag: string;
  /** Milliseconds. */
  readonly writtenAt: number;
}

/** The same from a list, from a question for one object and from the answer to a PUT, which quote ETags in ways of their own. */
export function fingerprintOf({ etag, bytes }: Pick<S3Listed, 'etag' | 'bytes'>): string {
  return `${bare(etag)}-${String(bytes)}`;
}

export function bare(etag: string): string {
  return etag.replaceAll('"', '');
}

export interface S3Object {
  readonly body: Uint8Array;
  readonly etag: string;
  /** What was put down with it; `null` for none. */
  readonly note: string | null;
}

/** Values of headers. */
export interface PutConditions {
  readonly ifMatch?: string;
  readonly ifNoneMatch?: '*';
  /** Comes back with the object, and with this version of it only. */
  readonly note?: string;
}

/** Where a bucket is, and how objects are written there. `null` leaves it to Amazon's client, or to the bucket. */
export interface S3Place {
  readonly bucket: string;
  readonly region: string | null;
  /** Address of a compatible store. */
  readonly endpoint: string | null;
  /** The bucket in the path instead of the name of the host, as most compatible stores need it. */
  readonly pathStyle: boolean;
  readonly encryption: 'AES256' | 'aws:kms' | 'aws:kms:dsse' | null;
  readonly encryptionKey: string | null;
  readonly storageClass:
    'STANDARD' | 'STANDARD_IA' | 'ONEZONE_IA' | 'INTELLIGENT_TIERING' | 'GLACIER_IR' | null;
}

/** The code of a failure in the middle of an answer: whoever asked may ask for the rest. */
export const CUT_SHORT = 'CutShort';

/** What came instead of an answer that is of use. */
export class S3Failure extends Error {
  override readonly name = 'S3Failure';
  /** 0 where there was no answer at all. */
  readonly status: number;
  /** `NoSuchBucket`, `AccessDenied`, `ECONNREFUSED`, `CredentialsProviderError` … */
  readonly code: string;
  /** How often it was tried: what an earlier try did nobody knows. */
  readonly tries: number;

  constructor(
    { status, code, tries = 1 }: { readonly status: number; readonly code: string; readonly tries?: number },
    cause: unknown,
  ) {
    super(messageOf(cause), { cause });
    this.status = status;
    this.code = code;
    this.tries = tries;
  }
}
