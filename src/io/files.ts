import { existsSync, readFileSync } from 'node:fs';
import { appendFile, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DoraError, messageOf } from '../domain/errors.ts';

import { makeFolder } from './folders.ts';

/** Files of the user's outside the workspace: the configuration, a report where they want it. */

export function fileExists(file: string): boolean {
  return existsSync(file);
}

/** The names of the folders in a folder; none where it cannot be read. */
export async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  // a link to a clone is as good as the clone
  return entries.filter((entry) => entry.isDirectory() || entry.isSymbolicLink()).map(({ name }) => name);
}

/** A small file; `null` when it cannot be read. */
export function textOrNull(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

/** Throws a `DoraError` for a file that cannot be read. */
export async function readTextFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new DoraError('config', `cannot read ${file}: ${messageOf(error)}`, { cause: error });
  }
}

/** Writes a file whole or not at all; gives its absolute path. Throws a `DoraError` when it cannot. */
export async function writeTextFile(file: string, text: string): Promise<string> {
  const target = path.resolve(file);
  const temporary = `${target}.${String(process.pid)}.tmp`;
  try {
    await makeFolder(path.dirname(target));
    await writeFile(temporary, text, { flush: true });
    await rename(temporary, target);
    return target;
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new DoraError('usage', `cannot write ${file}: ${messageOf(error)}`, {
      hint: 'choose another place to write to.',
      cause: error,
    });
  }
}

/** A file that the user names, as bytes. Throws a `DoraError` for one that cannot be read. */
export async function readUserFile(file: string, folder: string): Promise<Uint8Array> {
  try {
    return await readFile(path.resolve(folder, file));
  } catch (error) {
    throw new DoraError('usage', `cannot read ${file}: ${messageOf(error)}`, {
      hint: 'give the path of a file that was saved as CSV.',
      cause: error,
    });
  }
}

/** Adds to a file that another program reads. Throws a `DoraError` when it cannot. */
export async function appendTextFile(file: string, text: string): Promise<void> {
  try {
    await appendFile(file, text);
  } catch (error) {
    throw new DoraError('usage', `cannot write ${file}: ${messageOf(error)}`, { cause: error });
  }
}
