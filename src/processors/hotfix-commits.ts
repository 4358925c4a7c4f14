import type { PullRequest } from '../domain/pull-request.ts';
import type { DatasetSettings } from '../domain/settings.ts';
import type { PullRequestLanding, PullRequests } from './pull-requests.ts';
import type { RepositoryHistory } from './repository-history.ts';
import { nameMatcher } from '../domain/wildcard.ts';

/**
 * The commits that are a hotfix: by their subject or the branch that they merge, or by label or branch of their pull request, all that it left
 * and all that it brought.
 *
 * Out: with each commit the shas of the originals that make it one, of a squash only some of whose commits are; `null` where all of it is.
 */
export function hotfixCommits(
  history: RepositoryHistory,
  requests: PullRequests,
  { hotfix }: DatasetSettings,
): ReadonlyMap<number, readonly string[] | null> {
  const isLabel = nameMatcher(hotfix.labels);
  const isBranch = nameMatcher(hotfix.branches);
  const found = new Map<number, readonly string[] | null>();
  for (const commit of history.hotfixes) found.set(commit, null);
  for (const request of requests.all) {
    const landing = requests.landing(request);
    if (landing === null) continue;
    if (request.labels.some(isLabel) || isBranch(request.headBranch)) {
      for (const commit of landedCommits(landing)) found.set(commit, null);
      if (landing.style === 'as-it-is')
        for (const commit of broughtBy(history, requests, request, landing.commit)) found.set(commit, null);
    } else if (landing.style === 'squash' && !found.has(landing.commit)) {
      const some = landing.originals.filter(({ subject }) => history.isHotfixSubject(subject));
      if (some.length > 0)
        found.set(
          landing.commit,
          some.map(({ sha }) => sha),
        );
    }
  }
  return found;
}

/** What a pull request left in the history of the clone. */
export function landedCommits(landing: PullRequestLanding): readonly number[] {
  return landing.style === 'rebase' ? landing.copies.map(({ copy }) => copy) : [landing.commit];
}

/** What was written on the branch of a pull request, without what it lists of others or what its base had before. */
function* broughtBy(
  { graph }: RepositoryHistory,
  requests: PullRequests,
  request: PullRequest,
  landed: number,
): Generator<number> {
  const before = graph.parentCount(landed) > 1 ? graph.parent(landed, 0) : -1;
  for (const { sha } of request.commits) {
    const index = graph.indexOf(sha);
    if (!graph.has(index) || graph.parentCount(index) > 1 || requests.ofOriginal(sha)?.known !== request)
      continue;
    if (!graph.isAncestor(index, before)) yield index;
  }
}
