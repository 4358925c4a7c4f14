import { compareText } from '../domain/compare.ts';
import type { RefSnapshot } from '../domain/commit.ts';
import type { ShippedChange } from '../domain/change.ts';
import type { AssessedDeployment } from '../domain/deployment.ts';
import type { SetAside, SetAsideReason } from '../domain/set-aside.ts';
import type { DatasetSettings } from '../domain/settings.ts';
import { isInstant } from '../domain/units.ts';
import { identifyChanges } from './change-identity.ts';
import { deploymentsFromMerges, deploymentsFromTags, tagsOfNoComponent } from './deployments-from-refs.ts';
import { assessFailures } from './failures.ts';
import {
  BitSet,
  pullRequestOf,
  type ComponentMembers,
  type RepositoryHistory,
} from './repository-history.ts';
import { timelineOf, type Timeline } from './timeline.ts';

/** The rows of one repository. `rows` may be asked once: it is a stream, in an order that depends on nothing but git. */
export interface RepositoryDataset {
  readonly deployments: readonly AssessedDeployment[];
  readonly rows: () => Iterable<CommitRow>;
}

/** A commit is either a shipped change or set aside, once for each component that it touches. */
export type CommitRow =
  | { readonly table: 'changes'; readonly row: ShippedChange }
  | { readonly table: 'set-aside'; readonly row: SetAside };

/** The commits that refs still reach: what rewriting left behind in raw is not among them. */
interface Reachable {
  /** First those of the branch, then those of the other refs by name. */
  readonly order: readonly number[];
  readonly isOnBranch: (index: number) => boolean;
}

/**
 * Joins commits, refs and settings into deployments and changes, with a reason for every row that is not used.
 *
 * The same commits give the same rows in the same order, in whatever order they were added to `history`. Commits that no ref reaches are
 * forgotten: `history` is used up by this.
 */
export function associate(
  history: RepositoryHistory,
  refs: RefSnapshot,
  settings: DatasetSettings,
): RepositoryDataset {
  const reachable = reachableFrom(history, refs);
  forgetOthers(history, reachable);
  const identity = identifyChanges(history);
  const asideDeployments: SetAside[] = [];
  const timelines: Timeline[] = [];
  const deployments: AssessedDeployment[] = [];
  const shipped: Int32Array[] = [];
  for (const component of history.components.toSorted((a, b) =>
    compareText(a.settings.name, b.settings.name),
  )) {
    const found = findDeployments(history, component, refs, settings);
    asideDeployments.push(...found.setAside);
    const timeline = timelineOf(history, component, found.deployments, identity);
    timelines.push(timeline);
    shipped.push(countShipped(history, timeline));
  }
  for (const [n, timeline] of timelines.entries()) {
    const verdicts = assessFailures(history, timeline, identity, settings);
    for (const [position, deployment] of timeline.deployments.entries()) {
      deployments.push({
        ...deployment,
        baseline: position === 0,
        shippedChanges: shipped[n]?.[position] ?? 0,
        ...(verdicts[position] ?? { failures: [], repairs: [] }),
      });
    }
  }
  if (usesTags(settings)) asideDeployments.push(...tagsOfNoComponent(history, refs, settings));
  return {
    deployments,
    rows: function* () {
      for (const row of asideDeployments) yield { table: 'set-aside', row };
      yield* commitsOfNoComponent(history, reachable);
      for (const timeline of timelines) yield* commitsOf(history, timeline, reachable);
    },
  };
}

function usesTags({ deploymentsFrom }: DatasetSettings): boolean {
  return deploymentsFrom.some((origin) => origin === 'auto' || origin === 'tags');
}

function findDeployments(
  history: RepositoryHistory,
  component: ComponentMembers,
  refs: RefSnapshot,
  settings: DatasetSettings,
) {
  const found = usesTags(settings)
    ? deploymentsFromTags(history, component, refs, settings)
    : { deployments: [], setAside: [] };
  if (settings.deploymentsFrom.includes('merges')) {
    found.deployments.push(...deploymentsFromMerges(history, component, refs, settings));
  }
  return found;
}

function reachableFrom({ graph }: RepositoryHistory, { branch, refs }: RefSnapshot): Reachable {
  const seen = new BitSet();
  const onBranch = new BitSet();
  const order: number[] = [];
  const walk = (sha: string | null, visit: (index: number) => void) => {
    if (sha === null) return;
    graph.walk(
      graph.indexOf(sha),
      (index) => {
        if (seen.has(index)) return false;
        seen.add(index);
        return true;
      },
      visit,
    );
  };
  walk(branch?.commit ?? null, (index) => {
    onBranch.add(index);
    order.push(index);
  });
  for (const { commit } of refs.toSorted(
    (a, b) => compareText(a.kind, b.kind) || compareText(a.name, b.name),
  )) {
    walk(commit, (index) => order.push(index));
  }
  return { order, isOnBranch: (index) => onBranch.has(index) };
}

/** What rewriting left behind is treated as in a fresh clone, which does not have it. */
function forgetOthers({ graph }: RepositoryHistory, { order }: Reachable): void {
  if (order.length === graph.size) return;
  const kept = new BitSet();
  for (const index of order) kept.add(index);
  for (let index = 0; index < graph.size; index += 1)
    if (graph.has(index) && !kept.has(index)) graph.forget(index);
}

/** What a commit is before any deployment is asked; `null` when only a component can tell. */
function generalReason(history: RepositoryHistory, index: number): SetAsideReason | null {
  if (history.graph.parentCount(index) > 1) return 'merge-commit';
  if (history.excluded.has(index)) return 'excluded';
  const belongs = history.components.some(({ members }) => members === null || members.has(index));
  return belongs ? null : 'outside-component';
}

function* commitsOfNoComponent(history: RepositoryHistory, { order }: Reachable): Generator<CommitRow> {
  for (const index of order) {
    const reason = generalReason(history, index);
    if (reason !== null) yield { table: 'set-aside', row: asideCommit(history, index, reason) };
  }
}

function* commitsOf(
  history: RepositoryHistory,
  timeline: Timeline,
  reachable: Reachable,
): Generator<CommitRow> {
  const { owner, order, starts } = timeline.attribution;
  const isMine = (index: number) => timeline.touches(index) && generalReason(history, index) === null;
  for (let position = 0; position < starts.length - 1; position += 1) {
    for (const index of order.subarray(starts[position], starts[position + 1])) {
      if (!isMine(index)) continue;
      const reason = shippedReason(history, timeline, index, position);
      yield reason === null
        ? { table: 'changes', row: shippedChange(history, timeline, index, position) }
        : { table: 'set-aside', row: asideCommit(history, index, reason, { timeline, position }) };
    }
  }
  for (const index of reachable.order) {
    if (owner[index] !== -1 || !isMine(index)) continue;
    const reason = unshippedReason(timeline, reachable, index);
    yield { table: 'set-aside', row: asideCommit(history, index, reason, { timeline, position: -1 }) };
  }
}

/** Why a commit that deployment `position` carried is no change of it; `null` when it is one. */
function shippedReason(
  history: RepositoryHistory,
  timeline: Timeline,
  index: number,
  position: number,
): SetAsideReason | null {
  if (position === 0) return 'before-baseline';
  if (timeline.isImported(index)) return 'imported-history';
  if (timeline.countedFor(index) !== index) return 'duplicate-change';
  const authoredAt = history.graph.authoredAt(originalOf(history, timeline, index));
  if (!isInstant(authoredAt)) return 'invalid-date';
  const finishedAt = timeline.deployments[position]?.finishedAt ?? -Infinity;
  return authoredAt > finishedAt ? 'authored-after-deployment' : null;
}

function unshippedReason(timeline: Timeline, { isOnBranch }: Reachable, index: number): SetAsideReason {
  if (!isOnBranch(index)) return 'other-branch';
  if (timeline.isImported(index)) return 'imported-history';
  const counted = timeline.countedFor(index);
  return counted !== null && counted !== index ? 'duplicate-change' : 'unreleased';
}

function countShipped(history: RepositoryHistory, timeline: Timeline): Int32Array {
  const { order, starts } = timeline.attribution;
  const counts = new Int32Array(timeline.deployments.length);
  for (let position = 1; position < counts.length; position += 1) {
    for (const index of order.subarray(starts[position], starts[position + 1])) {
      if (!timeline.touches(index) || generalReason(history, index) !== null) continue;
      if (shippedReason(history, timeline, index, position) === null)
        counts[position] = (counts[position] ?? 0) + 1;
    }
  }
  return counts;
}

/** The commit whose author date counts: the original of a cherry-pick where the clone has it, else the commit itself. */
function originalOf({ graph }: RepositoryHistory, { originals }: Timeline, index: number): number {
  const original = originals.get(index) ?? -1;
  return graph.has(original) ? original : index;
}

function shippedChange(
  history: RepositoryHistory,
  timeline: Timeline,
  index: number,
  position: number,
): ShippedChange {
  const { graph, settings } = history;
  const deployment = timeline.deployments[position];
  const original = originalOf(history, timeline, index);
  const subject = history.subject(original);
  const authoredAt = graph.authoredAt(original);
  if (deployment === undefined || !isInstant(authoredAt))
    throw new RangeError('a shipped change has both times');
  return {
    repository: settings.name,
    component: timeline.component,
    commit: graph.sha(original),
    landedAs: original === index ? null : graph.sha(index),
    deployment: deployment.id,
    authoredAt,
    deployedAt: deployment.finishedAt,
    pullRequest: pullRequestOf(subject),
    author: history.author(original),
    subject,
  };
}

function asideCommit(
  history: RepositoryHistory,
  index: number,
  reason: SetAsideReason,
  at?: { readonly timeline: Timeline; readonly position: number },
): SetAside {
  const { graph, settings } = history;
  const committedAt = graph.committedAt(index);
  return {
    kind: 'commit',
    reason,
    repository: settings.name,
    component: at?.timeline.component ?? '',
    id: graph.sha(index),
    at: isInstant(committedAt) ? committedAt : null,
    deployment: at?.timeline.deployments[at.position]?.id ?? null,
    author: history.author(index),
    subject: history.subject(index),
    detail: reason === 'duplicate-change' && at !== undefined ? copyDetail(history, at.timeline, index) : '',
  };
}

/** The commit that is counted in place of a copy. */
function copyDetail({ graph }: RepositoryHistory, timeline: Timeline, index: number): string {
  const counted = timeline.countedFor(index);
  return counted === null ? '' : graph.sha(counted);
}
