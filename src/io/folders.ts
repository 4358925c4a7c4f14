import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';

/**
 * Makes a folder and those above it; others may make them at the same time.
 *
 * `mkdir` with `recursive` never returns below a folder that refuses children by saying that it is not there itself (/proc does).
 */
export async function makeFolder(folder: string): Promise<void> {
  const failure = await failureToMake(folder);
  if (failure === null) return;
  const above = path.dirname(folder);
  if (codeOf(failure) !== 'ENOENT' || above === folder) throw failure;
  // where it is there by now, somebody has made it since
  if (!(await isThere(above))) await makeFolder(above);
  const again = await failureToMake(folder);
  if (again !== null) throw again;
}

/** `null` when the folder is there. */
async function failureToMake(folder: string): Promise<Error | null> {
  try {
    await mkdir(folder);
    return null;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return codeOf(error) === 'EEXIST' && (await stat(folder)).isDirectory() ? null : error;
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
