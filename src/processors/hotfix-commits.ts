import type { DatasetSettings } from '../domain/settings.ts';
import type { PullRequests } from './pull-requests.ts';
import type { RepositoryHistory } from './repository-history.ts';
import { nameMatcher } from './wildcard.ts';

/** The commits that are a hotfix: by their subject or the branch that they merge, or by label or branch of their pull request. */
export function hotfixCommits(
  { hotfixes }: RepositoryHistory,
  requests: PullRequests,
  { hotfix }: DatasetSettings,
): ReadonlySet<number> {
  const isLabel = nameMatcher(hotfix.labels);
  const isBranch = nameMatcher(hotfix.branches);
  const found = new Set(hotfixes);
  for (const request of requests.all) {
    if (!request.labels.some(isLabel) && !isBranch(request.headBranch)) continue;
    const landing = requests.landing(request);
    if (landing?.style === 'squash') found.add(landing.commit);
    else if (landing?.style === 'rebase') for (const { copy } of landing.copies) found.add(copy);
    else for (const commit of landing?.commits ?? []) found.add(commit);
  }
  return found;
}
