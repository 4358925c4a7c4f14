import { existsSync } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { DoraError } from '../domain/errors.ts';
import { FolderMissing, ProgramMissing } from '../io/exec.ts';
import { makeFolder } from '../io/folders.ts';
import { isRunning } from '../io/processes.ts';
import type { Exec } from '../io/ports.ts';

export interface CloneDeps {
  readonly exec: Exec;
  /** The whole environment of git. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * A bare clone of `url` without file contents, below `cacheFolder`: made once, then only fetched.
 *
 * Out: its folder. A clone that was cut off leaves nothing that a later run would take for a clone. Throws when git refuses.
 */
export async function mirror(url: string, cacheFolder: string, deps: CloneDeps): Promise<string> {
  const folder = mirrorFolder(url, cacheFolder);
  await removeAbandoned(folder);
  if (existsSync(folder)) {
    await git(
      [
        '-C',
        folder,
        'fetch',
        '--quiet',
        '--prune',
        '--force',
        'origin',
        '+refs/heads/*:refs/heads/*',
        '+refs/tags/*:refs/tags/*',
      ],
      url,
      deps,
    );
    return folder;
  }
  const partial = `${folder}.${String(process.pid)}.partial`;
  await makeFolder(cacheFolder);
  await rm(partial, { recursive: true, force: true });
  try {
    await git(['clone', '--quiet', '--bare', '--filter=blob:none', '--', url, partial], url, deps);
    await rename(partial, folder).catch((error: unknown) => {
      // another run was faster: its clone is as good
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return folder;
}

/** Where the clone of `url` is, once it is there. */
export function mirrorFolder(url: string, cacheFolder: string): string {
  return path.join(cacheFolder, `${encodeURIComponent(url).replaceAll('.', '%2E').slice(-150)}.git`);
}

/** Clones of the same repository that a killed run left half done. */
async function removeAbandoned(folder: string): Promise<void> {
  const names = await readdir(path.dirname(folder)).catch(() => []);
  for (const name of names) {
    const pid = name.startsWith(`${path.basename(folder)}.`)
      ? /\.(\d+)\.partial$/u.exec(name)?.[1]
      : undefined;
    if (pid === undefined || isRunning(Number(pid))) continue;
    await rm(path.join(path.dirname(folder), name), { recursive: true, force: true });
  }
}

async function git(args: readonly string[], url: string, { exec, env, signal }: CloneDeps): Promise<void> {
  let outcome;
  try {
    outcome = await exec.run('git', args, { env, signal });
  } catch (error) {
    if (!(error instanceof ProgramMissing || error instanceof FolderMissing)) throw error;
    throw new DoraError('source', 'git was not found on PATH', {
      hint: 'install git and run again.',
      cause: error,
    });
  }
  if (outcome.code === 0) return;
  throw new DoraError(
    'source',
    `git could not fetch ${withoutUser(url)}: ${withoutUser(outcome.stderr.trim())}`,
    {
      hint: 'try the same with git clone; credentials come from git (a credential helper or an ssh agent).',
    },
  );
}

/** Whatever git repeats of an address, the user part of it is not shown. */
function withoutUser(text: string): string {
  return text.replaceAll(/(\w+:\/\/)[^/\s]*@/gu, '$1');
}
