import type * as fs from 'node:fs';
import type * as promises from 'node:fs/promises';
import path from 'node:path';
import { Cue, type Step } from './cue.ts';
import { DiskError, MemoryDisk, type FileNode } from './memory-disk.ts';

/**
 * Disks in memory under paths of their own, for what is imported from Node:
 *
 *     vi.mock('node:fs/promises', async (original) => promisesWithMounts(await original()));
 *     vi.mock('node:fs', async (original) => streamsWithMounts(await original()));
 *
 * Every other path is the real one's. Each operation waits for the cue of its run.
 */

const ROOT = '/disk-of-the-test';

interface Mount {
  readonly disk: MemoryDisk;
  readonly cue: Cue;
}

const mounts = new Map<string, Mount>();
let last = 0;

/** Of a run that is over: whoever is left of it gets no answer. */
const GONE: Mount = { disk: new MemoryDisk(), cue: new Cue(null) };
GONE.cue.kill();

/** A path under which one run reaches a disk. */
export function mount(disk: MemoryDisk, cue: Cue): string {
  last += 1;
  const root = `${ROOT}/${String(last)}`;
  mounts.set(root, { disk, cue });
  return root;
}

export function unmount(root: string): void {
  mounts.delete(root);
}

interface Place extends Mount {
  readonly file: string;
}

function placeOf(file: unknown): Place | null {
  if (typeof file !== 'string' || !file.startsWith(`${ROOT}/`)) return null;
  const end = file.indexOf('/', ROOT.length + 1);
  const root = end === -1 ? file : file.slice(0, end);
  const { disk, cue } = mounts.get(root) ?? GONE;
  const rest = file.slice(root.length).replace(/\/$/u, '');
  return { disk, cue, file: rest === '' ? '/' : rest };
}

const READING = ['EIO', 'EACCES'];
const WRITING = ['EIO', 'ENOSPC', 'EACCES'];

/** A step on a disk that is done whole, or not, or done and told as a failure. */
function step<Result>(
  { cue, file }: Place,
  call: string,
  act: () => Result,
  ways: Step<Result>['ways'] = {},
): Promise<Result> {
  const codes = ['stat', 'scandir', 'read'].includes(call) ? READING : WRITING;
  const refuse = (): never => {
    throw new DiskError(codes[cue.count % codes.length] ?? 'EIO', call, file);
  };
  const after = (): never => {
    act();
    throw new DiskError('EIO', call, file);
  };
  return cue.do({ side: 'disk', what: `${call} ${file}`, act, before: refuse, ways: { after, ...ways } });
}

type Actual<Name extends keyof typeof promises> = (typeof promises)[Name];

/** `node:fs/promises` with the disks of the test in it. */
export function promisesWithMounts(actual: typeof promises) {
  return {
    ...actual,
    link: async (from: string, to: string) => {
      const [source, target] = [placeOf(from), placeOf(to)];
      if (source === null || target === null) return await actual.link(from, to);
      await step(target, 'link', () => target.disk.link(source.file, target.file));
    },
    rename: async (from: string, to: string) => {
      const [source, target] = [placeOf(from), placeOf(to)];
      if (source === null || target === null) return await actual.rename(from, to);
      await step(target, 'rename', () => target.disk.rename(source.file, target.file));
    },
    mkdir: async (...args: Parameters<Actual<'mkdir'>>) => {
      const place = placeOf(args[0]);
      if (place === null) return await actual.mkdir(...args);
      return await step(place, 'mkdir', () => place.disk.makeFolder(place.file));
    },
    rm: async (...args: Parameters<Actual<'rm'>>) => {
      const place = placeOf(args[0]);
      if (place === null) return await actual.rm(...args);
      await step(place, 'rm', () => {
        if (args[1]?.force !== true || place.disk.has(place.file)) place.disk.remove(place.file);
      });
    },
    open: async (...args: Parameters<Actual<'open'>>) => {
      const place = placeOf(args[0]);
      if (place === null) return await actual.open(...args);
      return await step(place, 'open', () => opened(place, args[1]));
    },
    readFile: async (...args: Parameters<Actual<'readFile'>>) => {
      const place = placeOf(args[0]);
      if (place === null) return await actual.readFile(...args);
      const read = () => place.disk.file(place.file, 'read').body;
      const body = await step(place, 'read', read);
      return args[1] === 'utf8' ? body.toString('utf8') : body;
    },
    writeFile: async (...args: Parameters<Actual<'writeFile'>>) => {
      const place = placeOf(args[0]);
      if (place === null) return await actual.writeFile(...args);
      const body = bytesOf(args[1]);
      const { flush = false }: { flush?: boolean } = Object(args[2]);
      const write = (bytes: Buffer) => {
        const node = place.disk.make(place.file, false);
        place.disk.put(node, bytes);
        if (flush) place.disk.syncFile(node);
      };
      const half = () => {
        write(body.subarray(0, body.length >> 1));
        throw new DiskError('ENOSPC', 'write', place.file);
      };
      await step(place, 'write', () => write(body), { half });
    },
    stat: async (...args: Parameters<Actual<'stat'>>) => {
      const place = placeOf(args[0]);
      if (place === null) return await actual.stat(...args);
      return await step(place, 'stat', () => statOf(place, args[1]?.bigint === true));
    },
    readdir: readdirOf(actual),
  };
}

function bytesOf(data: unknown): Buffer {
  if (typeof data === 'string') return Buffer.from(data);
  if (data instanceof Uint8Array) return Buffer.from(data);
  throw new TypeError('the disk of the test takes text and bytes');
}

/** `fs.readdir` in the one form that is used: with the kinds of what is found, or names alone. */
function readdirOf(actual: typeof promises) {
  return async (...args: Parameters<Actual<'readdir'>>): Promise<unknown> => {
    const place = placeOf(args[0]);
    if (place === null) return await actual.readdir(...args);
    const options: { recursive?: boolean; withFileTypes?: boolean } = Object(args[1]);
    const found = await step(place, 'scandir', () =>
      place.disk.entries(place.file, options.recursive === true),
    );
    const root = String(args[0]).slice(0, String(args[0]).length - place.file.length);
    return found.map(({ file, isFile }) =>
      options.withFileTypes === true
        ? {
            name: path.posix.basename(file),
            parentPath: `${root}${path.posix.dirname(file)}`,
            isFile: () => isFile,
            isDirectory: () => !isFile,
          }
        : path.posix.relative(place.file, file),
    );
  };
}

/** Each write is a millisecond later than the one before it; nothing here grows old. */
const BEGAN = Date.now();

function statOf({ disk, file }: Place, isBig: boolean) {
  const node = disk.find(file, 'stat');
  const size = node.kind === 'file' ? node.body.length : 0;
  const writtenAt = node.kind === 'file' ? node.writtenAt : 0n;
  const kinds = { isDirectory: () => node.kind === 'folder', isFile: () => node.kind === 'file' };
  if (isBig) return { ...kinds, ino: node.ino, size: BigInt(size), mtimeNs: writtenAt };
  return { ...kinds, ino: Number(node.ino), size, mtimeMs: BEGAN + Number(writtenAt) };
}

/** A file or a folder that is open, with what is asked of it. */
function opened(place: Place, flags: unknown) {
  const { disk, file } = place;
  const node =
    flags === 'r' || flags === undefined ? disk.find(file, 'open') : disk.make(file, flags === 'wx');
  return {
    write: async (chunk: Uint8Array, from = 0) =>
      await step(place, 'write', () => written(node, place, chunk.subarray(from)), {
        // the system may take less than it was given, and says so
        short: () => written(node, place, chunk.subarray(from, from + ((chunk.length - from + 1) >> 1))),
        half: () => {
          written(node, place, chunk.subarray(from, from + ((chunk.length - from) >> 1)));
          throw new DiskError('ENOSPC', 'write', file);
        },
      }),
    sync: async () =>
      await step(place, 'fsync', () => {
        if (node.kind === 'file') disk.syncFile(node);
        else disk.syncFolder(file);
      }),
    close: async () => await step(place, 'close', () => undefined),
  };
}

function written(node: FileNode | { readonly kind: 'folder' }, { disk, file }: Place, bytes: Uint8Array) {
  if (node.kind === 'folder') throw new DiskError('EISDIR', 'write', file);
  disk.put(node, Buffer.concat([node.body, bytes]));
  return { bytesWritten: bytes.length };
}

/** `node:fs` with the disks of the test in it. */
export function streamsWithMounts(actual: typeof fs) {
  return {
    ...actual,
    createReadStream: (...args: Parameters<(typeof fs)['createReadStream']>) => {
      const place = placeOf(args[0]);
      return place === null ? actual.createReadStream(...args) : chunksOf(place);
    },
  };
}

async function* chunksOf(place: Place): AsyncGenerator<Buffer> {
  const { disk, file } = place;
  const whole = () => disk.file(file, 'read').body;
  const { body, error } = await step<{ readonly body: Buffer; readonly error: Error | null }>(
    place,
    'read',
    () => ({ body: whole(), error: null }),
    {
      half: () => ({
        body: whole().subarray(0, whole().length >> 1),
        error: new DiskError('EIO', 'read', file),
      }),
    },
  );
  if (body.length > 0) yield body;
  if (error !== null) throw error;
}
