import type { Ref } from '../../domain/commit.ts';
import { isInstant } from '../../domain/units.ts';

/** One line a ref: full name, type and name of the object, the same of what a tag points at, when the tag was made. */
export const REFS_FORMAT = [
  '%(refname)',
  '%(objecttype)',
  '%(objectname)',
  '%(*objecttype)',
  '%(*objectname)',
  '%(taggerdate:unix)',
].join('%09');

/** A ref as git lists it; `commit` is missing where a tag points at a tag: git unfolds only one of them. */
export interface ListedRef {
  readonly fullName: string;
  readonly ref: Ref;
  /** True for a tag of a tag: ask git for the commit behind it. */
  readonly isNested: boolean;
}

/**
 * Reads the lines of `git for-each-ref --format=REFS_FORMAT`.
 *
 * `prefix` is what stands before a branch's short name: `refs/heads/` or `refs/remotes/origin/`. Symbolic `HEAD` entries
 * of a remote are left out.
 */
export function parseRefs(output: string, prefix: string): ListedRef[] {
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => parseRef(line, prefix))
    .filter(({ ref, fullName }) => ref.name !== 'HEAD' || fullName.startsWith('refs/tags/'));
}

function parseRef(line: string, prefix: string): ListedRef {
  const [fullName = '', type, object = '', targetType = '', target = '', date = ''] = line.split('\t');
  const isTag = fullName.startsWith('refs/tags/');
  const taggedAt = date === '' ? NaN : Number(date) * 1000;
  const isCommit = (targetType === '' ? type : targetType) === 'commit';
  return {
    fullName,
    isNested: targetType === 'tag',
    ref: {
      name: fullName.slice((isTag ? 'refs/tags/' : prefix).length),
      kind: isTag ? 'tag' : 'branch',
      commit: isCommit ? (target === '' ? object : target) : null,
      taggedAt: isTag && isInstant(taggedAt) ? taggedAt : null,
    },
  };
}
