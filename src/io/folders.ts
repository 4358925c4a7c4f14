import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';

/**
 * Makes a folder and those above it; gives those that were not there before. Others may make them at the same time.
 *
 * `mkdir` with `recursive` never returns below a folder that refuses children by saying that it is not there itself (/proc does).
 */
export async function makeFolder(folder: string): Promise<readonly string[]> {
  const first = await attempt(folder);
  if (!(first instanceof Error)) return first;
  const above = path.dirname(folder);
  if (codeOf(first) !== 'ENOENT' || above === folder) throw first;
  // where it is there by now, somebody has made it since
  const made = (await isThere(above)) ? [] : await makeFolder(above);
  const again = await attempt(folder);
  if (again instanceof Error) throw again;
  return [...made, ...again];
}

/** What was made; the failure where nothing could be. */
async function attempt(folder: string): Promise<readonly string[] | Error> {
  try {
    await mkdir(folder);
    return [folder];
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return codeOf(error) === 'EEXIST' && (await stat(folder)).isDirectory() ? [] : error;
  }
}

async function isThere(folder: string): Promise<boolean> {
  try {
    await stat(folder);
    return true;
  } catch {
    return false;
  }
}

function codeOf(error: Error): unknown {
  return 'code' in error ? error.code : undefined;
}
