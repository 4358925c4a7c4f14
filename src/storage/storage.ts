/**
 * What a workspace needs of the place where it is kept: keys with `/` in them, bytes, and one kind of conditional write.
 *
 * Local disk and S3 are two implementations; nothing above this folder knows paths, buckets or files.
 */
export interface Storage {
  /** For messages: `data`, `s3://bucket/prefix`. */
  readonly location: string;
  /** Whether looking around costs next to nothing; a request to a store costs time and money. */
  readonly isNear: boolean;
  /** Where an object is, for people: an absolute path, an address. */
  locate(key: string): string;
  /** The whole of a small object, `null` when there is none. */
  read(key: string): Promise<Uint8Array | null>;
  /** Changes whenever the object is written again; `null` when there is none. Costs no reading. */
  fingerprint(key: string): Promise<string | null>;
  /** The fingerprints of the objects that are in a folder (`''`: in none) and in none below it, by key; one question to the store. */
  fingerprints(folder: string): Promise<ReadonlyMap<string, string>>;
  /** The bytes of an object in order. Throws `MissingKey` when there is none. */
  stream(key: string): AsyncIterable<Uint8Array>;
  /** Starts an object that appears, whole and durable, when `commit` returns, and not at all otherwise. */
  create(key: string): Promise<ObjectWriter>;
  /** Objects whose key begins with `prefix`, in order of key. */
  list(prefix: string): Promise<readonly StoredObject[]>;
  /** Removes an object; one that is not there is no error. */
  remove(key: string): Promise<void>;
  /** A small object with the version that `replace` must be given to put another in its place. */
  readVersioned(key: string): Promise<Versioned | null>;
  /**
   * Puts `body` in place of version `expected` (`null`: of nothing). Throws `VersionConflict` when it is another by now.
   *
   * A body must never have been there before (ours count up, or only grow): it could not be told from its earlier self. Of two writers that put
   * the very same body in place of the same version both may be told that they did, since an answer may get lost on the way.
   */
  replace(key: string, body: Uint8Array, expected: string | null): Promise<string>;
  /** The objects under `prefix` whose writer is gone, so that they are garbage unless somebody names them. Clears its own away. */
  abandoned(prefix: string): Promise<readonly string[]>;
  /** A name that no other running process uses, to go into the keys it creates. */
  readonly writerName: string;
}

export interface ObjectWriter {
  write(chunk: Uint8Array): Promise<void>;
  /** Gives the fingerprint of what was written, where the place tells it with that; `null`: it must be asked for. */
  commit(): Promise<string | null>;
  /** Gives up: nothing appears. Harmless after `commit`. */
  abort(): Promise<void>;
}

export interface StoredObject {
  readonly key: string;
  readonly bytes: number;
}

export interface Versioned {
  readonly body: Uint8Array;
  readonly version: string;
}

export class MissingKey extends Error {
  override readonly name = 'MissingKey';
}

export class VersionConflict extends Error {
  override readonly name = 'VersionConflict';
}
