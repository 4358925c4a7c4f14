import type * as fs from 'node:fs';
import type * as promises from 'node:fs/promises';
import path from 'node:path';
import { DiskError } from './memory-disk.ts';
import { spotOf, step, type Spot } from './mount-points.ts';
import { opened } from './open-files.ts';

/**
 * Disks in memory under paths of their own, for what is imported from Node:
 *
 *     vi.mock('node:fs/promises', async (original) => promisesWithMounts(await original()));
 *     vi.mock('node:fs', async (original) => streamsWithMounts(await original()));
 *
 * Every other path is the real one's. Each operation waits for the cue of its run.
 */

type Actual<Name extends keyof typeof promises> = (typeof promises)[Name];

/** `node:fs/promises` with the disks of the test in it. */
export function promisesWithMounts(actual: typeof promises) {
  return {
    ...actual,
    link: async (from: string, to: string) => {
      const [source, target] = [spotOf(from), spotOf(to)];
      if (source === null || target === null) return await actual.link(from, to);
      await step(target, 'link', () => target.disk.link(source.file, target.file));
    },
    rename: async (from: string, to: string) => {
      const [source, target] = [spotOf(from), spotOf(to)];
      if (source === null || target === null) return await actual.rename(from, to);
      await step(target, 'rename', () => target.disk.rename(source.file, target.file));
    },
    mkdir: async (...args: Parameters<Actual<'mkdir'>>) => {
      const spot = spotOf(args[0]);
      if (spot === null) return await actual.mkdir(...args);
      return await step(spot, 'mkdir', () => spot.disk.makeFolder(spot.file));
    },
    rm: async (...args: Parameters<Actual<'rm'>>) => {
      const spot = spotOf(args[0]);
      if (spot === null) return await actual.rm(...args);
      await step(spot, 'rm', () => {
        if (args[1]?.force !== true || spot.disk.has(spot.file)) spot.disk.remove(spot.file);
      });
    },
    open: async (...args: Parameters<Actual<'open'>>) => {
      const spot = spotOf(args[0]);
      if (spot === null) return await actual.open(...args);
      const handle = await step(spot, 'open', () => opened(spot, args[1]));
      // where it is told as a failure, nobody has it
      spot.open.add(handle);
      return handle;
    },
    readFile: async (...args: Parameters<Actual<'readFile'>>) => {
      const spot = spotOf(args[0]);
      if (spot === null) return await actual.readFile(...args);
      const read = () => spot.disk.file(spot.file, 'read').body;
      const body = await step(spot, 'read', read);
      return args[1] === 'utf8' ? body.toString('utf8') : body;
    },
    writeFile: async (...args: Parameters<Actual<'writeFile'>>) => {
      const spot = spotOf(args[0]);
      if (spot === null) return await actual.writeFile(...args);
      const body = bytesOf(args[1]);
      const { flush = false }: { flush?: boolean } = Object(args[2]);
      const write = (bytes: Buffer) => {
        const node = spot.disk.make(spot.file, false);
        spot.disk.put(node, bytes);
        if (flush) spot.disk.syncFile(node);
      };
      const half = () => {
        write(body.subarray(0, body.length >> 1));
        throw new DiskError('ENOSPC', 'write', spot.file);
      };
      await step(spot, 'write', () => write(body), { half });
    },
    stat: async (...args: Parameters<Actual<'stat'>>) => {
      const spot = spotOf(args[0]);
      if (spot === null) return await actual.stat(...args);
      return await step(spot, 'stat', () => statOf(spot, args[1]?.bigint === true));
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
    const spot = spotOf(args[0]);
    if (spot === null) return await actual.readdir(...args);
    const options: { recursive?: boolean; withFileTypes?: boolean } = Object(args[1]);
    const found = await step(spot, 'scandir', () => spot.disk.entries(spot.file, options.recursive === true));
    const root = String(args[0]).slice(0, String(args[0]).length - spot.file.length);
    return found.map(({ file, isFile }) =>
      options.withFileTypes === true
        ? {
            name: path.posix.basename(file),
            parentPath: `${root}${path.posix.dirname(file)}`,
            isFile: () => isFile,
            isDirectory: () => !isFile,
          }
        : path.posix.relative(spot.file, file),
    );
  };
}

/** Each write is a millisecond later than the one before it; nothing here grows old. */
const BEGAN = Date.now();

function statOf({ disk, file }: Spot, isBig: boolean) {
  const node = disk.find(file, 'stat');
  const size = node.kind === 'file' ? node.body.length : 0;
  const writtenAt = node.kind === 'file' ? node.writtenAt : 0n;
  const kinds = { isDirectory: () => node.kind === 'folder', isFile: () => node.kind === 'file' };
  if (isBig) return { ...kinds, ino: node.ino, size: BigInt(size), mtimeNs: writtenAt };
  return { ...kinds, ino: Number(node.ino), size, mtimeMs: BEGAN + Number(writtenAt) };
}

/** `node:fs` with the disks of the test in it. */
export function streamsWithMounts(actual: typeof fs) {
  return {
    ...actual,
    createReadStream: (...args: Parameters<(typeof fs)['createReadStream']>) => {
      const spot = spotOf(args[0]);
      return spot === null ? actual.createReadStream(...args) : chunksOf(spot);
    },
  };
}

async function* chunksOf(place: Spot): AsyncGenerator<Buffer> {
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
