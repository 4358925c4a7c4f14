import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';

/**
 * Makes a folder and those above it; gives those that were not there before.
 *
 * `mkdir` with `recursive` never returns below a folder that refuses children by saying that it is not there itself (/proc does).
 */
export async function makeFolder(folder: string): Promise<readonly string[]> {
  try {
    await mkdir(folder);
    return [folder];
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EEXIST' && (await stat(folder)).isDirectory()) return [];
    const above = path.dirname(folder);
    if (code !== 'ENOENT' || above === folder || (await isThere(above))) throw error;
    return [...(await makeFolder(above)), ...(await makeFolder(folder))];
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
