import type { ChangeIdentity, Original } from './change-identity.ts';
import type { RepositoryHistory } from './repository-history.ts';

/**
 * Whether the configuration excludes what a commit carries: by its own author where it landed as part of a squash, so that the way it landed does not
 * matter; by path for all that a commit carries.
 */
export function isExcluded(
  history: RepositoryHistory,
  { landings, absent }: ChangeIdentity,
  index: number,
  original: Original,
): boolean {
  if (landings.get(index) !== 'squash') return history.excluded.has(index);
  if (history.excludedByPath.has(index)) return true;
  const author = original < 0 ? (absent[-original - 1]?.author ?? '') : history.author(original);
  return author === '' ? history.excluded.has(index) : history.isExcludedAuthor(author);
}
