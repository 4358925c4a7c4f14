import type { ChangePullRequest, Landing, ShippedChange } from '../domain/change.ts';
import { printable } from '../domain/printable.ts';
import type { SetAside, SetAsideReason } from '../domain/set-aside.ts';
import type { DatasetSettings } from '../domain/settings.ts';
import { isInstant, type EpochMs } from '../domain/units.ts';
import type { ChangeIdentity, Original } from './change-identity.ts';
import { isExcluded } from './exclusion.ts';
import type { Association, PullRequests } from './pull-requests.ts';
import type { RepositoryHistory } from './repository-history.ts';
import type { Timeline } from './timeline.ts';

/** A commit is either a shipped change or set aside, once for each component that it touches. */
export type CommitRow =
  | { readonly table: 'changes'; readonly row: ShippedChange }
  | { readonly table: 'set-aside'; readonly row: SetAside };

/** The commits that refs still reach: what rewriting left behind in raw is not among them. */
export interface Reachable {
  /** First those of the branch, then those of the other refs by name. */
  readonly order: readonly number[];
  readonly isOnBranch: (index: number) => boolean;
}

/** What is asked of every commit. */
export interface Context {
  readonly history: RepositoryHistory;
  readonly identity: ChangeIdentity;
  readonly requests: PullRequests;
  readonly settings: DatasetSettings;
  readonly reachable: Reachable;
}

/** What a commit is before any deployment is asked; `null` when only a component can tell. */
function generalReason(context: Context, index: number): SetAsideReason | null {
  const { history, identity } = context;
  if (history.graph.parentCount(index) > 1) return 'merge-commit';
  const originals = identity.carried.get(index);
  const isAllExcluded =
    originals === undefined
      ? history.excluded.has(index)
      : originals.every((original) => isExcluded(history, identity, index, original));
  if (isAllExcluded) return 'excluded';
  if (!identity.carried.has(index) && isExcludedBot(context, index, index)) return 'bot';
  const belongs = history.components.some(({ members }) => members === null || members.has(index));
  return belongs ? null : 'outside-component';
}

/** The commits that are no change of any component. */
export function* commitsOfNoComponent(context: Context): Generator<CommitRow> {
  for (const index of context.reachable.order) {
    const reason = generalReason(context, index);
    if (reason !== null) yield { table: 'set-aside', row: asideCommit(context, index, index, { reason }) };
  }
}

/** What became of every commit that a component's deployments carried, or could have. */
export function* commitsOf(context: Context, timeline: Timeline): Generator<CommitRow> {
  const { reachable } = context;
  const { owner, order, starts } = timeline.attribution;
  const isMine = (index: number) => timeline.touches(index) && generalReason(context, index) === null;
  for (let position = 0; position < starts.length - 1; position += 1) {
    for (const index of order.subarray(starts[position], starts[position + 1])) {
      if (!isMine(index)) continue;
      for (const original of timeline.originalsOf(index)) {
        const reason = shippedReason(context, timeline, { index, original, position });
        yield reason === null
          ? { table: 'changes', row: shippedChange(context, timeline, { index, original, position }) }
          : {
              table: 'set-aside',
              row: asideCommit(context, index, original, { reason, timeline, position }),
            };
      }
    }
  }
  for (const index of reachable.order) {
    if (owner[index] !== -1 || !isMine(index)) continue;
    for (const original of timeline.originalsOf(index)) {
      const reason = unshippedReason(context, timeline, index, original);
      yield { table: 'set-aside', row: asideCommit(context, index, original, { reason, timeline }) };
    }
  }
}

/** An original as a commit of the clone carries it, and the position of the deployment that carried that. */
interface Carried {
  readonly index: number;
  readonly original: Original;
  readonly position: number;
}

/** Why what deployment `position` carried is no change of it; `null` when it is one. */
function shippedReason(
  context: Context,
  timeline: Timeline,
  { index, original, position }: Carried,
): SetAsideReason | null {
  if (timeline.isIgnored(index)) return 'ignored';
  if (position === timeline.baseline) return 'before-baseline';
  if (timeline.isImported(index)) return 'imported-history';
  if (isExcluded(context.history, context.identity, index, original)) return 'excluded';
  if (timeline.countedFor(original) !== index) return 'duplicate-change';
  if (isExcludedBot(context, index, original)) return 'bot';
  const authoredAt = authoredAtOf(context, index, original);
  if (authoredAt === null) return 'invalid-date';
  const finishedAt = timeline.deployments[position]?.finishedAt ?? -Infinity;
  return authoredAt > finishedAt ? 'authored-after-deployment' : null;
}

function unshippedReason(
  context: Context,
  timeline: Timeline,
  index: number,
  original: Original,
): SetAsideReason {
  if (timeline.isIgnored(index)) return 'ignored';
  if (!context.reachable.isOnBranch(index)) return 'other-branch';
  if (timeline.isImported(index)) return 'imported-history';
  if (isExcluded(context.history, context.identity, index, original)) return 'excluded';
  const counted = timeline.countedFor(original);
  if (counted !== null && counted !== index) return 'duplicate-change';
  return isExcludedBot(context, index, original) ? 'bot' : 'unreleased';
}

/** How many changes each deployment shipped, by position. */
export function countShipped(context: Context, timeline: Timeline): Int32Array {
  const { order, starts } = timeline.attribution;
  const counts = new Int32Array(timeline.deployments.length);
  for (let position = timeline.baseline + 1; position < counts.length; position += 1) {
    for (const index of order.subarray(starts[position], starts[position + 1])) {
      if (!timeline.touches(index) || generalReason(context, index) !== null) continue;
      for (const original of timeline.originalsOf(index)) {
        if (shippedReason(context, timeline, { index, original, position }) === null)
          counts[position] = (counts[position] ?? 0) + 1;
      }
    }
  }
  return counts;
}

/** Who wrote an original, and under which sha; where nobody can tell, what the commit that carries it says. */
interface Written {
  readonly sha: string;
  readonly author: string;
  readonly subject: string;
}

function written({ history, identity }: Context, index: number, original: Original): Written {
  const absent = original < 0 ? identity.absent[-original - 1] : undefined;
  if (absent !== undefined && absent.authoredAt !== null && isInstant(absent.authoredAt)) {
    const { sha, author, subject } = absent;
    return { sha, author: printable(author), subject: printable(subject) };
  }
  const { graph } = history;
  const known = original >= 0 && graph.has(original) ? original : index;
  return {
    sha: graph.sha(known),
    author: history.author(known),
    subject: history.subject(known),
  };
}

/** When an original was written; where nobody can tell, when the commit that carries it was. */
function authoredAtOf({ history, identity }: Context, index: number, original: Original): EpochMs | null {
  const told = original < 0 ? (identity.absent[-original - 1]?.authoredAt ?? null) : null;
  if (told !== null && isInstant(told)) return told;
  const { graph } = history;
  const authoredAt = graph.authoredAt(original >= 0 && graph.has(original) ? original : index);
  return isInstant(authoredAt) ? authoredAt : null;
}

/** The pull request of an original: the one on whose branch it was written, else that of the commit that carries it. */
function associationOf(
  { history, identity, requests }: Context,
  index: number,
  original: Original,
): Association | null {
  if (original >= 0) return requests.ofCommit(history.graph.has(original) ? original : index);
  const sha = identity.absent[-original - 1]?.sha ?? '';
  return requests.ofOriginal(sha) ?? requests.ofCommit(index);
}

function isExcludedBot(context: Context, index: number, original: Original): boolean {
  if (!context.settings.exclude.bots) return false;
  return isByBot(context, index, original, associationOf(context, index, original));
}

/** Whether a bot wrote it, or opened its pull request. */
function isByBot(
  { history, identity }: Context,
  index: number,
  original: Original,
  association: Association | null,
): boolean {
  const known = association?.known ?? null;
  if (known !== null && (known.byBot || history.isBotName(known.author ?? ''))) return true;
  if (original >= 0) return history.bots.has(original);
  const author = identity.absent[-original - 1]?.author ?? '';
  return author === '' ? history.bots.has(index) : history.isBotName(author);
}

function shippedChange(
  context: Context,
  timeline: Timeline,
  { index, original, position }: Carried,
): ShippedChange {
  const { history, identity } = context;
  const deployment = timeline.deployments[position];
  const { sha, author, subject } = written(context, index, original);
  const authoredAt = authoredAtOf(context, index, original);
  if (deployment === undefined || authoredAt === null)
    throw new RangeError('a shipped change has both times');
  const association = associationOf(context, index, original);
  const carrier = original === index ? sha : history.graph.sha(index);
  const landing: Landing = carrier === sha ? 'commit' : (identity.landings.get(index) ?? 'commit');
  return {
    repository: history.settings.name,
    component: timeline.component,
    commit: sha,
    landedAs: carrier === sha ? null : carrier,
    landing,
    deployment: deployment.id,
    authoredAt,
    deployedAt: deployment.finishedAt,
    pullRequest: factsOf(association),
    byBot: isByBot(context, index, original, association),
    author,
    subject,
  };
}

function factsOf(association: Association | null): ChangePullRequest | null {
  if (association === null) return null;
  const { number, rule, known } = association;
  if (known === null)
    return { number, rule, url: null, openedAt: null, firstReviewAt: null, mergedAt: null, labels: [] };
  const { url, openedAt, firstReviewAt, mergedAt, labels } = known;
  return {
    number,
    rule,
    url: printable(url),
    openedAt,
    firstReviewAt,
    mergedAt,
    labels: labels.map(printable),
  };
}

function asideCommit(
  context: Context,
  index: number,
  original: Original,
  at: { readonly reason: SetAsideReason; readonly timeline?: Timeline; readonly position?: number },
): SetAside {
  const { history, identity } = context;
  const { graph, settings } = history;
  const committedAt = graph.committedAt(index);
  // one of several that a squash carries is known by itself; a single copy by its own sha
  const isOneOfSeveral = (identity.carried.get(index)?.length ?? 1) > 1;
  const { sha, author, subject } = written(context, index, isOneOfSeveral ? original : index);
  const counted = at.reason === 'duplicate-change' ? (at.timeline?.countedFor(original) ?? null) : null;
  return {
    kind: 'commit',
    reason: at.reason,
    repository: settings.name,
    component: at.timeline?.component ?? '',
    id: sha,
    at: isInstant(committedAt) ? committedAt : null,
    deployment: at.timeline?.deployments[at.position ?? -1]?.id ?? null,
    author,
    subject,
    detail: counted === null ? '' : graph.sha(counted),
  };
}
