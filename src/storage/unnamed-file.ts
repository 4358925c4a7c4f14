import { randomBytes } from 'node:crypto';
import { open, readdir, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isRunning } from '../io/processes.ts';

const NAME = 'dora-metrics-';

/** A temporary file that has no name any more: a killed run leaves nothing behind. */
export async function unnamedFile(): Promise<FileHandle> {
  const folder = tmpdir();
  await removeAbandoned(folder);
  const name = path.join(folder, `${NAME}${String(process.pid)}-${randomBytes(8).toString('hex')}`);
  const file = await open(name, 'wx+', 0o600);
  try {
    await rm(name, { force: true });
  } catch (error) {
    // rows must not lie about under a name
    await file.close().catch(() => undefined);
    throw error;
  }
  return file;
}

/** Empty files of runs that were killed before they could take away the name. */
async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const pid = name.startsWith(NAME)
      ? /^(\d+)-[0-9a-f]{16}$/u.exec(name.slice(NAME.length))?.[1]
      : undefined;
    if (pid === undefined || isRunning(Number(pid))) continue;
    await rm(path.join(folder, name), { force: true }).catch(() => undefined);
  }
}
