import { ProgramFailed, ProgramMissing } from '../../io/exec.ts';
import type { ExtractorDeps } from '../extractor.ts';
import { Git, gitEnvironment } from './git.ts';

/** So many commits are asked for at once: their patches are in memory together. */
const AT_ONCE = 200;

/**
 * What each commit changes against its first parent, as git's stable patch id: the same before and after a rebase.
 *
 * Commits that the repository does not have, that change nothing, or that git cannot show are absent.
 */
export async function patchIds(
  folder: string,
  commits: readonly string[],
  deps: ExtractorDeps,
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const git = new Git(folder, deps);
  for (let from = 0; from < commits.length; from += AT_ONCE) {
    const some = commits.slice(from, from + AT_ONCE);
    let patches = await git.tryAsk([...SHOW, ...some]);
    // one that is missing must not take the others with it
    if (patches === null) {
      const each: string[] = [];
      for (const commit of some) each.push((await git.tryAsk([...SHOW, commit])) ?? '');
      patches = each.join('');
    }
    if (patches === '') continue;
    for (const line of (await patchIdLines(folder, patches, deps)).split('\n')) {
      const [patch, commit] = line.split(' ');
      if (patch !== undefined && commit !== undefined && patch !== '') found.set(commit, patch);
    }
  }
  return found;
}

const SHOW = [
  'log',
  '--no-walk=unsorted',
  '--diff-merges=first-parent',
  '-p',
  '--no-ext-diff',
  '--no-textconv',
  '--no-color',
  '--full-index',
  '--no-notes',
  '--no-show-signature',
  '--format=medium',
  '--no-decorate',
];

async function patchIdLines(
  folder: string,
  patches: string,
  { exec, env, signal }: ExtractorDeps,
): Promise<string> {
  try {
    const { code, stdout } = await exec.run('git', ['patch-id', '--stable'], {
      cwd: folder,
      env: gitEnvironment(env),
      stdin: patches,
      signal,
    });
    return code === 0 ? stdout : '';
  } catch (error) {
    if (error instanceof ProgramFailed || error instanceof ProgramMissing) return '';
    throw error;
  }
}

/** Whether one commit is an ancestor of another, or the same; false where the repository lacks one of them. */
export async function isAncestor(
  folder: string,
  ancestor: string,
  descendant: string,
  deps: ExtractorDeps,
): Promise<boolean> {
  const args = ['merge-base', '--is-ancestor', ancestor, descendant];
  return (await new Git(folder, deps).tryAsk(args)) !== null;
}
