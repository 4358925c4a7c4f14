import { link, open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { DoraError } from '../domain/errors.ts';
import { makeFolder } from '../io/folders.ts';

/** What a workspace on a disk asks of the file system, with what disks and network shares make of it. */

const HINTS = new Map([
  ['EACCES', 'check the permissions of the data folder, or choose another one with --data.'],
  ['EPERM', 'check the permissions of the data folder, or choose another one with --data.'],
  ['EROFS', 'the file system is read-only: choose another folder with --data.'],
  ['ENOSPC', 'the disk is full: free some room and run again; nothing stored is lost.'],
  ['EDQUOT', 'the disk quota is used up: free some room and run again; nothing stored is lost.'],
  ['ENOTDIR', 'a file stands where the data folder should be: choose another folder with --data.'],
  ['EEXIST', 'a file stands where the data folder should be: choose another folder with --data.'],
  ['ENAMETOOLONG', 'choose a folder with a shorter path with --data.'],
]);

/** What link() says on FAT and on shares that know no hard links. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'];

/** What fsync() of a folder says where folders cannot be synced; the rename itself has to do there. */
const NO_SYNC = ['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EISDIR', 'EPERM', 'EACCES'];

/** What the file system says about `file`, as an error with a hint; anything else is a bug and stays what it is. */
export function refusal(file: string, verb: 'read' | 'write', error: unknown): unknown {
  const code = codeOf(error);
  if (code === undefined || !(error instanceof Error) || !('syscall' in error)) return error;
  if (error.syscall === 'link' && NO_LINKS.includes(code)) {
    return new DoraError('data', `cannot write ${file}: its file system has no hard links`, {
      hint: 'a workspace needs them: choose a folder on another file system with --data, or a bucket.',
      cause: error,
    });
  }
  const hint =
    HINTS.get(code) ?? `the system says ${code}: look at that place, or choose another one with --data.`;
  return new DoraError('data', `cannot ${verb} ${file}`, { hint, cause: error });
}

export async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let done = 0; done < chunk.length;) done += (await file.write(chunk, done)).bytesWritten;
}

/** Makes a folder and those above it, so that they are there after a loss of power as well. */
export async function makeDurableFolder(folder: string): Promise<void> {
  for (const made of await makeFolder(folder)) await syncFolder(path.dirname(made));
}

/** Puts a file in its place. */
export async function moveInto(temporary: string, target: string): Promise<void> {
  await makeDurableFolder(path.dirname(target));
  const { ino } = await stat(temporary, { bigint: true });
  try {
    await rename(temporary, target);
  } catch (error) {
    // the answer to the first try may get lost on a network share, and the second finds nothing to rename
    if (!(await isAt(target, ino))) throw error;
  }
  await syncFolder(path.dirname(target));
}

/** Gives a file a second name, unless something has it: false. */
export async function linkInto(temporary: string, target: string): Promise<boolean> {
  await makeDurableFolder(path.dirname(target));
  try {
    await link(temporary, target);
  } catch (error) {
    // here as well: the second try finds the link that the first one made
    const { ino } = await stat(temporary, { bigint: true });
    if (!(await isAt(target, ino))) {
      if (codeOf(error) === 'EEXIST') return false;
      throw error;
    }
  }
  await syncFolder(path.dirname(target));
  return true;
}

async function isAt(target: string, ino: bigint): Promise<boolean> {
  return (await orNull(() => stat(target, { bigint: true })))?.ino === ino;
}

/** Makes what happened to the names in a folder durable. Not every system lets a folder be opened and synced. */
async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle | null = null;
  try {
    handle = await open(folder, 'r');
    await handle.sync();
  } catch (error) {
    if (!NO_SYNC.includes(codeOf(error) ?? '')) throw error;
  } finally {
    await handle?.close();
  }
}

/** Removes what is of no more use. When that fails the next run clears it away. */
export async function discard(file: string): Promise<void> {
  await rm(file, { force: true }).catch(() => undefined);
}

/** `null` for what is not there. What a network share calls stale is there under another handle when it is asked again. */
export async function orNull<Result>(read: () => Promise<Result>): Promise<Result | null> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await read();
    } catch (error) {
      const code = codeOf(error);
      if (code === 'ENOENT') return null;
      if (code !== 'ESTALE' || attempt === 2) throw error;
    }
  }
}

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
