import type { Dataset } from '../domain/dataset.ts';
import { repositoryAddress, webAddress } from '../domain/web-address.ts';
import type { MeasuredChange } from './measured-changes.ts';

/** Where the host of the code shows commits. */
export interface CommitLinks {
  /** The address of a commit; `null` where nothing in the dataset tells where its repository is. */
  of(repository: string, commit: string): string | null;
}

/**
 * Finds where each repository is from what the dataset links to: a pull request is always in its repository; an incident or a deployment
 * may be anywhere, and counts where its address has the name of the repository.
 */
export function commitLinks(
  { deployments, incidents }: Dataset,
  changes: readonly MeasuredChange[],
): CommitLinks {
  const addresses = new Map<string, string>();
  const learn = (repository: string, url: string | null, isSure: boolean) => {
    if (url === null || addresses.has(repository)) return;
    const address = repositoryAddress(url);
    if (address === null) return;
    if (isSure || address.toLowerCase().endsWith(`/${repository.toLowerCase()}`))
      addresses.set(repository, address);
  };
  for (const { change } of changes) learn(change.repository, change.pullRequest?.url ?? null, true);
  for (const { repository, url } of [...incidents, ...deployments]) learn(repository, url, false);
  return {
    of: (repository, commit) => {
      const address = addresses.get(repository);
      return address === undefined ? null : webAddress(`${address}/commit/${commit}`);
    },
  };
}
