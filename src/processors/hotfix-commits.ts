import type { DatasetSettings } from '../domain/settings.ts';
import type { PullRequests } from './pull-requests.ts';
import type { RepositoryHistory } from './repository-history.ts';
import { nameMatcher } from './wildcard.ts';

/**
 * The commits that are a hotfix: by their subject or the branch that they merge, or by label or branch of their pull request, all that it left
 * and all that it brought. A squash is one when one of its commits is.
 */
export function hotfixCommits(
  history: RepositoryHistory,
  requests: PullRequests,
  { hotfix }: DatasetSettings,
): ReadonlySet<number> {
  const isLabel = nameMatcher(hotfix.labels);
  const isBranch = nameMatcher(hotfix.branches);
  const found = new Set(history.hotfixes);
  for (const request of requests.all) {
    const landing = requests.landing(request);
    const isHotfix = request.labels.some(isLabel) || isBranch(request.headBranch);
    const hasHotfix =
      landing?.style === 'squash' &&
      landing.originals.some(({ subject }) => history.isHotfixSubject(subject));
    if (!isHotfix && !hasHotfix) continue;
    if (landing?.style === 'squash') found.add(landing.commit);
    else if (landing?.style === 'rebase') for (const { copy } of landing.copies) found.add(copy);
    else
      for (const commit of landing === null ? [] : [...landing.commits, ...landing.brought])
        found.add(commit);
  }
  return found;
}
