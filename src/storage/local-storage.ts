import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, type BigIntStats } from 'node:fs';
import { open, readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { DoraError } from '../domain/errors.ts';
import { DAY } from '../domain/units.ts';
import { HOST, isRunning } from '../io/processes.ts';
import {
  codeOf,
  discard,
  linkInto,
  makeDurableFolder,
  moveInto,
  orNull,
  refusal,
  writeAll,
} from './local-files.ts';
import {
  MissingKey,
  VersionConflict,
  type ObjectWriter,
  type Storage,
  type StoredObject,
  type Versioned,
} from './storage.ts';

/** Files that are being written; a killed run leaves them, the next one removes them. */
const TEMPORARY = '.tmp';

/** One file for each version of a replaced object that came after another: the links that decide who was first. */
const SUCCESSORS = '.versions';

/** Successors kept behind the newest, for a process that was held up between winning and publishing. */
const KEPT_SUCCESSORS = 4;

/**
 * A workspace in a folder.
 *
 * Objects are written to a temporary file, synced and renamed. `replace` is lock-free: the successor of a version is hard-linked under a
 * name made of that version, which only one process can do; the object's own file follows, and whoever finds it behind moves
 * it on. A kill at any point leaves either the old version or the new one.
 */
export class LocalStorage implements Storage {
  readonly isNear = true;
  readonly location: string;
  /** In a container the number of a process is often the same in every run: what an earlier one wrote must not be written over. */
  readonly writerName: string;
  readonly #root: string;

  /** `root` is made when the first object is written. What is stored is not abandoned as long as the process `owner` runs. */
  constructor(root: string, owner = process.pid) {
    this.writerName = `w${HOST}-${String(owner)}-${randomBytes(4).toString('hex')}`;
    this.#root = path.resolve(root);
    this.location = root;
  }

  async read(key: string): Promise<Uint8Array | null> {
    return await this.#trying(key, 'read', () => orNull(() => readFile(this.#path(key))));
  }

  locate(key: string): string {
    return this.#path(key);
  }

  async fingerprint(key: string): Promise<string | null> {
    const info = await this.#trying(key, 'read', () => orNull(() => stat(this.#path(key), { bigint: true })));
    return info === null ? null : fingerprintOf(info);
  }

  async fingerprints(folder: string): Promise<ReadonlyMap<string, string>> {
    const found = new Map<string, string>();
    const names = (await this.#trying(folder, 'read', () => orNull(() => readdir(this.#path(folder))))) ?? [];
    for (const name of names) {
      const key = `${folder}${name}`;
      const info = await this.#trying(key, 'read', () =>
        orNull(() => stat(this.#path(key), { bigint: true })),
      );
      if (info?.isFile() === true) found.set(key, fingerprintOf(info));
    }
    return found;
  }

  async *stream(key: string): AsyncIterable<Uint8Array> {
    try {
      for await (const chunk of createReadStream(this.#path(key), { highWaterMark: 1 << 18 })) {
        if (chunk instanceof Uint8Array) yield chunk;
      }
    } catch (error) {
      throw codeOf(error) === 'ENOENT' ? new MissingKey(key) : this.#refused(key, 'read', error);
    }
  }

  async create(key: string): Promise<ObjectWriter> {
    const temporary = await this.#temporaryPath();
    const file = await this.#trying(key, 'write', () => open(temporary, 'wx'));
    let isOpen = true;
    const close = async () => {
      isOpen = false;
      await file.close();
    };
    return {
      write: async (chunk) => {
        await this.#trying(key, 'write', () => writeAll(file, chunk));
      },
      commit: async () => {
        await this.#trying(key, 'write', async () => {
          await file.sync();
          await close();
          await moveInto(temporary, this.#path(key));
        });
        return null;
      },
      abort: async () => {
        // whatever made it give up is told, and not that the file could not be closed
        if (isOpen) await close().catch(() => undefined);
        await discard(temporary);
      },
    };
  }

  async list(prefix: string): Promise<readonly StoredObject[]> {
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    const read = () => readdir(this.#path(folder), { recursive: true, withFileTypes: true });
    const entries = (await this.#trying(folder, 'read', () => orNull(read))) ?? [];
    const objects: StoredObject[] = [];
    for (const entry of entries) {
      if (!entry.isFile()) continue;
      const file = path.join(entry.parentPath, entry.name);
      const key = path.relative(this.#root, file).replaceAll('\\', '/');
      if (!key.startsWith(prefix)) continue;
      const info = await this.#trying(key, 'read', () => orNull(() => stat(file)));
      if (info !== null) objects.push({ key, bytes: info.size });
    }
    return objects.sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  async remove(key: string): Promise<void> {
    await this.#trying(key, 'write', () => rm(this.#path(key), { force: true }));
  }

  async readVersioned(key: string): Promise<Versioned | null> {
    const published = await this.read(key);
    let newest = published === null ? null : { body: published, version: versionOf(published) };
    const seen = new Set<string>();
    for (;;) {
      const successor = this.#successorPath(key, newest?.version ?? null);
      const next = await this.#trying(key, 'read', () => orNull(() => readFile(successor)));
      if (next === null) break;
      newest = { body: next, version: versionOf(next) };
      if (seen.has(newest.version)) throw new RangeError(`a body of ${key} came back`);
      seen.add(newest.version);
    }
    // who can only read must not fail for that: the links say what is valid
    if (newest !== null && newest.body !== published) await this.#moveOn(key, newest.body);
    return newest;
  }

  async replace(key: string, body: Uint8Array, expected: string | null): Promise<string> {
    const current = await this.readVersioned(key);
    if ((current?.version ?? null) !== expected) throw new VersionConflict(key);
    if (expected === null) await this.#keepOutOfGit();
    const successor = this.#successorPath(key, expected);
    const temporary = await this.#writeTemporary(key, body);
    try {
      const isFirst = await this.#trying(key, 'write', () => linkInto(temporary, successor));
      if (!isFirst) throw new VersionConflict(key);
    } finally {
      await discard(temporary);
    }
    // it is replaced by now, come what may
    if (await this.#moveOn(key, body)) await this.#dropOldSuccessors(key);
    return versionOf(body);
  }

  async abandoned(prefix: string): Promise<readonly string[]> {
    for (const { key } of await this.list(`${TEMPORARY}/`))
      if (await this.#isAbandoned(key)) await this.remove(key);
    const keys: string[] = [];
    for (const { key } of await this.list(prefix)) if (await this.#isAbandoned(key)) keys.push(key);
    return keys;
  }

  /** Written by a process of this machine that is gone, or so old that its writer must be. */
  async #isAbandoned(key: string): Promise<boolean> {
    const [, host, pid] = /w([0-9a-f]{6})-(\d+)[^/]*$/u.exec(key) ?? [];
    if (host === HOST && pid !== undefined) return Number(pid) !== process.pid && !isRunning(Number(pid));
    const info = await this.#trying(key, 'read', () => orNull(() => stat(this.#path(key))));
    return info !== null && Date.now() - info.mtimeMs > DAY;
  }

  /** Brings the object's own file up to its newest version; false where that fails, and is left to the next one. */
  async #moveOn(key: string, body: Uint8Array): Promise<boolean> {
    try {
      await this.#publish(key, body);
      return true;
    } catch (error) {
      if (!(error instanceof DoraError)) throw error;
      return false;
    }
  }

  async #publish(key: string, body: Uint8Array): Promise<void> {
    const temporary = await this.#writeTemporary(key, body);
    try {
      await this.#trying(key, 'write', () => moveInto(temporary, this.#path(key)));
    } catch (error) {
      await discard(temporary);
      throw error;
    }
  }

  /** A workspace inside a clone, which is where most are, must not be committed by accident: it holds the key of the author ids. */
  async #keepOutOfGit(): Promise<void> {
    if ((await this.read('.gitignore')) !== null) return;
    await this.#publish('.gitignore', new TextEncoder().encode('*\n'));
  }

  /** Those that nobody needs any more; where they cannot be looked at, the next one looks. */
  async #dropOldSuccessors(key: string): Promise<void> {
    const folder = path.join(this.#root, SUCCESSORS);
    const all = await readdir(folder).catch(() => []);
    const names = all.filter((name) => name.startsWith(successorName(key, '')));
    const files = await Promise.all(
      names.map(async (name) => ({ name, info: await stat(path.join(folder, name)).catch(() => null) })),
    );
    if (files.some(({ info }) => info === null)) return;
    const newestFirst = files.sort((a, b) => (b.info?.mtimeMs ?? 0) - (a.info?.mtimeMs ?? 0));
    for (const { name } of newestFirst.slice(KEPT_SUCCESSORS)) await discard(path.join(folder, name));
  }

  async #writeTemporary(key: string, body: Uint8Array): Promise<string> {
    const temporary = await this.#temporaryPath();
    try {
      await this.#trying(key, 'write', async () => {
        const file = await open(temporary, 'wx');
        try {
          await writeAll(file, body);
          await file.sync();
        } finally {
          await file.close();
        }
      });
    } catch (error) {
      await discard(temporary);
      throw error;
    }
    return temporary;
  }

  async #temporaryPath(): Promise<string> {
    const folder = path.join(this.#root, TEMPORARY);
    await this.#trying(TEMPORARY, 'write', () => makeDurableFolder(folder));
    return path.join(folder, `${this.writerName}-${randomBytes(6).toString('hex')}`);
  }

  #successorPath(key: string, version: string | null): string {
    return path.join(this.#root, SUCCESSORS, successorName(key, version ?? 'first'));
  }

  #path(key: string): string {
    const file = path.join(this.#root, key);
    if (file !== this.#root && !file.startsWith(this.#root + path.sep))
      throw new RangeError(`key leaves the workspace: ${key}`);
    return file;
  }

  async #trying<Result>(key: string, verb: 'read' | 'write', action: () => Promise<Result>): Promise<Result> {
    try {
      return await action();
    } catch (error) {
      throw this.#refused(key, verb, error);
    }
  }

  #refused(key: string, verb: 'read' | 'write', error: unknown): unknown {
    return refusal(path.join(this.location, key), verb, error);
  }
}

function fingerprintOf({ ino, size, mtimeNs }: BigIntStats): string {
  return [ino, size, mtimeNs].join('-');
}

function successorName(key: string, version: string): string {
  return `${key.replaceAll('/', '+')}-${version}`;
}

function versionOf(body: Uint8Array): string {
  return createHash('sha256').update(body).digest('hex').slice(0, 32);
}
