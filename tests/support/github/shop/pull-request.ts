import type { PullRequest } from '../model/pull-request.ts';
import type { BothSides } from './both-sides.ts';
import { mergeMessage, ownFiles, squashMessage, type BranchCommit, type Landing } from './landing.ts';
import type { Landed, MergeStyle, PullRequestOptions } from './options.ts';

/** Writes a branch, opens a pull request, and unless it is to stay open merges it as GitHub does. */
export async function pullRequest(sides: BothSides, options: PullRequestOptions): Promise<Landed> {
  const { history, repository } = sides;
  const { author = 'alice', base = 'main', mergedBy = author, openedAt, mergedAt, style } = options;
  const number = repository.nextNumber;
  const head = options.headBranch ?? `change-${number}`;
  history.branch(head, options.from ?? base);
  let tip = history.sha(base);
  const originals = await written(sides, options, head);
  const title = options.title ?? originals[0]?.message.split('\n')[0] ?? `change ${number}`;
  const request = repository.openPullRequest({
    title,
    at: openedAt,
    author,
    head,
    base,
    labels: options.labels ?? [],
    commits: originals.map(({ sha }) => sides.find(sha)),
  });
  if (options.reviewedAt !== undefined) request.review(options.reviewer ?? 'bob', options.reviewedAt);
  await options.meanwhile?.();
  const update = await updated(sides, request, { author, at: options.updateBranchAt });
  if (update !== null) tip = history.sha(base);
  const result = {
    number,
    request,
    originals: originals.map(({ sha, at }) => ({ sha, authoredAt: at })),
    update: update?.sha ?? null,
  };
  if (mergedAt === undefined) return { ...result, landed: [], mergeCommit: null };
  if (style === 'fast-forward' && tip !== history.sha(base))
    throw new RangeError(`${base} has moved on: #${number} cannot be fast-forwarded`);
  const commits = update === null ? originals : [...originals, update];
  const landing = { number, title, author, mergedBy, commits, base, head, at: mergedAt };
  const landed = await LAND[style](sides, landing);
  const mergeCommit = landed.at(-1) ?? null;
  request.merge(mergedAt, mergeCommit === null ? null : sides.find(mergeCommit));
  if (options.keepBranch !== true) history.deleteBranch(head);
  return { ...result, landed, mergeCommit };
}

async function written(
  sides: BothSides,
  options: PullRequestOptions,
  branch: string,
): Promise<BranchCommit[]> {
  const made: BranchCommit[] = [];
  for (const commit of options.commits) {
    const step = made.length + 1;
    const { at, author = options.author ?? 'alice', message = `${branch}: step ${step}` } = commit;
    const { files = { [`${branch}-${step}.txt`]: `${step}\n` } } = commit;
    const { oid } = await sides.commit({ branch, at, author, message, files });
    made.push({ sha: oid, at, author, message, files, isUpdate: false });
  }
  return made;
}

interface Update {
  readonly author: string;
  readonly at: number | undefined;
}

async function updated(
  sides: BothSides,
  request: PullRequest,
  { author, at }: Update,
): Promise<BranchCommit | null> {
  if (at === undefined) return null;
  const { base, head } = request;
  const message = `Merge branch '${base}' into ${head}`;
  const commit = await sides.merge({ branch: head, from: base, at, author, committer: 'web', message });
  request.push(commit, at);
  return { sha: commit.oid, at, author, message, files: {}, isUpdate: true };
}

type Land = (sides: BothSides, landing: Landing) => Promise<string[]>;

/** How a branch comes onto its base; each gives what the base got, oldest first. */
const LAND: Readonly<Record<MergeStyle, Land>> = {
  merge: async (sides, landing) => {
    const { base: branch, head: from, mergedBy: author, at, commits } = landing;
    const message = mergeMessage(landing, sides.repository.nameWithOwner.split('/')[0] ?? '');
    const { oid } = await sides.merge({ branch, from, at, author, committer: 'web', message });
    return [...commits.map(({ sha }) => sha), oid];
  },
  squash: async (sides, landing) => {
    const { base: branch, author, at, commits } = landing;
    const [message, files] = [squashMessage(landing), ownFiles(commits)];
    const { oid } = await sides.commit({ branch, at, author, committer: 'web', message, files });
    return [oid];
  },
  rebase: async (sides, { base: branch, mergedBy: committer, at: committedAt, commits }) => {
    const copies: string[] = [];
    for (const { at, author, message, files } of commits.filter(({ isUpdate }) => !isUpdate)) {
      const copy = { branch, at, author, committer, committedAt, message, files };
      copies.push((await sides.commit(copy)).oid);
    }
    return copies;
  },
  'fast-forward': async ({ history }, { base, head, commits }) => {
    history.branch(base, head);
    return commits.map(({ sha }) => sha);
  },
};
