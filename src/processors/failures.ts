import { compareText } from '../domain/compare.ts';
import type { Opinion } from '../domain/annotation.ts';
import type { FailureEvidence, Repair } from '../domain/deployment.ts';
import { FAILURE_RULES } from '../domain/deployment.ts';
import type { DatasetSettings } from '../domain/settings.ts';
import type { IncidentRecord } from '../domain/incident.ts';
import { sameChange, type ChangeIdentity } from './change-identity.ts';
import { withAnnotatedOutcomes } from './annotated-outcomes.ts';
import { isExcluded } from './exclusion.ts';
import { landedCommits } from './hotfix-commits.ts';
import type { PullRequests } from './pull-requests.ts';
import type { RepositoryHistory } from './repository-history.ts';
import { failedRollouts, lanesOf, rollbacks } from './rollout-rules.ts';
import type { Timeline } from './timeline.ts';
import type { Verdict } from './annotated-outcomes.ts';

/** What the rules need to know besides one component's timeline. */
export interface FailureContext {
  readonly history: RepositoryHistory;
  readonly identity: ChangeIdentity;
  readonly requests: PullRequests;
  /** Commits that are a hotfix, with the shas of the originals that make them one; `null` for all. */
  readonly hotfixes: ReadonlyMap<number, readonly string[] | null>;
  readonly settings: DatasetSettings;
  /** The incidents that each deployment of the timeline caused. */
  readonly incidentsOf: (position: number) => readonly IncidentRecord[];
  /** What people said of each deployment of the timeline. */
  readonly opinionOf: (position: number) => Opinion | null;
}

/** What one rule found: deployment `failed` was repaired by deployment `repairer`, both as positions in the timeline. */
interface Finding {
  readonly rule: Repair['rule'];
  readonly failed: number;
  readonly repairer: number;
  readonly commit: number | null;
}

/**
 * Asks every rule (incident, rollout, rollback, revert, hotfix) of every deployment.
 *
 * Out: one verdict a deployment, in the order of the timeline. All rules that hold are kept; for each rule and repairing
 * deployment there is one piece of evidence with all of its commits, for each incident one of its own.
 */
export function assessFailures(context: FailureContext, timeline: Timeline): Verdict[] {
  const { history } = context;
  const byPair = new Map<string, Finding & { readonly commits: Set<number> }>();
  const lanes = lanesOf(timeline, context.settings);
  const found = [
    ...rollbacks(history, timeline, lanes),
    ...reverts(context, timeline),
    ...hotfixes(context, timeline, lanes),
  ];
  for (const finding of withAnnotatedRepairs(context, { timeline, lanes }, found)) {
    const key = `${finding.rule} ${String(finding.failed)} ${String(finding.repairer)}`;
    const known = byPair.get(key) ?? { ...finding, commits: new Set<number>() };
    byPair.set(key, known);
    if (finding.commit !== null) known.commits.add(finding.commit);
  }
  const rollouts = failedRollouts(timeline, lanes);
  const verdicts = timeline.deployments.map(
    (_, position): { failures: FailureEvidence[]; repairs: Repair[] } => ({
      failures: [...incidents(context, position), ...(rollouts[position] ?? [])],
      repairs: [],
    }),
  );
  for (const { rule, failed, repairer, commits } of [...byPair.values()].sort(byRuleThenTime)) {
    const blamed = timeline.deployments[failed];
    const repair = timeline.deployments[repairer];
    if (blamed === undefined || repair === undefined) continue;
    verdicts[failed]?.failures.push({
      rule,
      failureAt: blamed.finishedAt,
      recoveredAt: repair.finishedAt,
      knownAt: repair.finishedAt,
      repairedBy: repair.id,
      commits: [...commits].map((index) => history.graph.sha(index)).sort(),
      incident: null,
    });
    verdicts[repairer]?.repairs.push({ rule, deployment: blamed.id });
  }
  return withAnnotatedOutcomes(timeline.deployments, verdicts, context.opinionOf);
}

/** What people say is no rollback or hotfix repairs nothing; what they say is one repairs what such a one would have. */
function* withAnnotatedRepairs(
  { history: { graph }, settings, opinionOf }: FailureContext,
  { timeline, lanes }: { readonly timeline: Timeline; readonly lanes: readonly string[] },
  found: readonly Finding[],
): Generator<Finding> {
  const denies = ({ rule, repairer }: Finding): boolean => {
    const opinion = opinionOf(repairer);
    return (
      (rule === 'rollback' && opinion?.isRollback === false) ||
      (rule === 'hotfix' && opinion?.isHotfix === false)
    );
  };
  for (const finding of found) if (!denies(finding)) yield finding;
  const last = new Map<string, number>();
  for (const [position, { outcome }] of timeline.deployments.entries()) {
    if (outcome !== 'succeeded') continue;
    const opinion = opinionOf(position);
    const commit = timeline.revisions[position] ?? -1;
    const lane = lanes[position] ?? '';
    const before = last.get(lane) ?? -1;
    if (opinion?.isRollback === true && before >= 0)
      yield { rule: 'rollback', failed: before, repairer: position, commit: null };
    if (opinion?.isHotfix === true && position > timeline.baseline) {
      const within = settings.failures.hotfixWithin;
      const base = builtOn(graph, timeline, { repairer: position, commit, within, lanes });
      if (base >= 0) yield { rule: 'hotfix', failed: base, repairer: position, commit };
    }
    last.set(lane, position);
  }
}

/** What went wrong by the word of an incident system, the first to open first. */
function incidents({ incidentsOf }: FailureContext, position: number): FailureEvidence[] {
  return incidentsOf(position)
    .toSorted((a, b) => a.openedAt - b.openedAt || compareText(a.id, b.id))
    .map(({ id, openedAt, resolvedAt }) => ({
      rule: 'incident',
      failureAt: openedAt,
      recoveredAt: resolvedAt,
      knownAt: openedAt,
      repairedBy: null,
      commits: [],
      incident: id,
    }));
}

/** A later deployment ships the revert of a commit that an earlier one shipped into the same line of history. */
function* reverts(context: FailureContext, timeline: Timeline): Generator<Finding> {
  const { history, identity, settings } = context;
  const { revertWithin } = settings.failures;
  const { graph } = history;
  const { baseline, attribution } = timeline;
  const { owner } = attribution;
  const targets = revertedCommits(context);
  const undone = undoneReverts(history, targets, owner);
  const isBlamed = (commit: number, repairer: number): boolean => {
    const failed = owner[commit] ?? -1;
    return (
      failed > baseline &&
      failed < repairer &&
      gap(timeline, failed, repairer) <= revertWithin &&
      (graph.parentCount(commit) > 1 || timeline.touches(commit)) &&
      graph.isAncestor(commit, timeline.revisions[repairer] ?? -1)
    );
  };
  for (const [revert, reverted] of targets) {
    const repairer = owner[revert] ?? -1;
    const counts = timeline.touches(revert) && !timeline.isIgnored(revert);
    if (repairer <= baseline || !counts || undone.has(revert)) continue;
    for (const commit of new Set(reverted.flatMap((target) => sameChange(identity, target)))) {
      if (isBlamed(commit, repairer))
        yield { rule: 'revert', failed: owner[commit] ?? -1, repairer, commit: revert };
    }
  }
}

/** Index of each revert → indexes of the commits it reverts, as far as the clone has them or their copies. */
export function revertedCommits({
  history,
  identity,
  requests,
}: Pick<FailureContext, 'history' | 'identity' | 'requests'>): Map<number, number[]> {
  const { graph, reverts: named, revertedPullRequests } = history;
  const expanded = graph.expand(new Set([...named.values()].flat().filter((sha) => graph.indexOf(sha) < 0)));
  const targets = new Map<number, number[]>();
  for (const [revert, shas] of named) {
    const known = shas.flatMap((sha) => {
      const index = expanded.get(sha) ?? graph.indexOf(sha);
      if (graph.has(index)) return [index];
      // what was written on the branch of a pull request is known by its copies only
      const original = identity.withSha(sha);
      return original === null ? [] : (identity.carriers.get(original) ?? []);
    });
    targets.set(revert, known);
  }
  for (const [revert, numbers] of revertedPullRequests) {
    if ((targets.get(revert) ?? []).length > 0) continue;
    targets.set(
      revert,
      numbers.flatMap((number) => {
        const request = requests.withNumber(number);
        const landing = request === null ? null : requests.landing(request);
        return landing === null ? [] : landedCommits(landing);
      }),
    );
  }
  return targets;
}

/**
 * The reverts that are themselves reverted by something that ships together with them (and is not undone in turn).
 *
 * Asked from the youngest commit down, so that a revert of a revert of a revert is decided in one pass.
 */
function undoneReverts(
  { graph }: RepositoryHistory,
  targets: ReadonlyMap<number, readonly number[]>,
  owner: Int32Array,
): ReadonlySet<number> {
  const undone = new Set<number>();
  const youngestFirst = [...targets.keys()].sort((a, b) => graph.level(b) - graph.level(a));
  for (const revert of youngestFirst) {
    if (undone.has(revert)) continue;
    for (const target of targets.get(revert) ?? []) {
      if (owner[target] === owner[revert] && graph.level(target) < graph.level(revert)) undone.add(target);
    }
  }
  return undone;
}

/** A deployment that ships a hotfix blames the latest earlier one that it was built on. */
function* hotfixes(
  { history, identity, hotfixes: commits, settings }: FailureContext,
  timeline: Timeline,
  lanes: readonly string[],
): Generator<Finding> {
  const { hotfixWithin } = settings.failures;
  const { graph } = history;
  const { attribution, baseline, revisions } = timeline;
  const bases = new Map<string, number>();
  const hasAttempts = timeline.deployments.some(({ outcome }) => outcome !== 'succeeded');
  for (const [commit, shas] of commits) {
    const repairer = attribution.owner[commit] ?? -1;
    const isMerge = graph.parentCount(commit) > 1;
    const isOut = isAllExcluded(history, identity, commit) || timeline.isImported(commit);
    if (repairer <= baseline || isOut || timeline.isIgnored(commit)) continue;
    if (isMerge ? !bringsSomething(history, timeline, commit) : !timeline.touches(commit)) continue;
    if (!isMerge && !shipsSome(timeline, identity, commit, shas)) continue;
    // without attempts that may hold the hotfix itself, all hotfixes of a deployment have the same base
    const key = `${String(repairer)} ${hasAttempts ? String(commit) : ''}`;
    const base =
      bases.get(key) ?? builtOn(graph, timeline, { repairer, commit, within: hotfixWithin, lanes });
    bases.set(key, base);
    if (base >= 0 && revisions[base] !== undefined) yield { rule: 'hotfix', failed: base, repairer, commit };
  }
}

function isAllExcluded(history: RepositoryHistory, identity: ChangeIdentity, commit: number): boolean {
  const originals = identity.carried.get(commit) ?? [commit];
  return originals.every((original) => isExcluded(history, identity, commit, original));
}

/** Whether any of these originals that a commit carries ships first with it; `null` for all that it carries. */
function shipsSome(
  { originalsOf, countedFor }: Timeline,
  { withSha }: ChangeIdentity,
  commit: number,
  shas: readonly string[] | null,
): boolean {
  const originals = shas?.flatMap((sha) => withSha(sha) ?? []) ?? originalsOf(commit);
  return originals.some((original) => countedFor(original) === commit);
}

/**
 * Position of the latest deployment within `within` before the repairer whose revision that contains; -1 for none.
 *
 * An attempt to deploy the hotfix itself is not what it repairs, nor is what another cluster has where each counts by itself.
 */
function builtOn(graph: RepositoryHistory['graph'], timeline: Timeline, hotfix: HotfixRequest): number {
  const { repairer, commit, within, lanes } = hotfix;
  const { revisions, deployments } = timeline;
  const revision = revisions[repairer] ?? -1;
  for (let earlier = repairer - 1; earlier >= 0 && gap(timeline, earlier, repairer) <= within; earlier -= 1) {
    const base = revisions[earlier] ?? -1;
    if (lanes[earlier] !== lanes[repairer]) continue;
    const isAttempt = deployments[earlier]?.outcome !== 'succeeded' && graph.isAncestor(commit, base);
    if (!isAttempt && graph.isAncestor(base, revision)) return earlier;
  }
  return -1;
}

interface HotfixRequest {
  readonly repairer: number;
  readonly commit: number;
  readonly within: number;
  readonly lanes: readonly string[];
}

/**
 * Whether a merge brings the component a commit that ships with it.
 *
 * A branch that was tagged before it was merged has shipped by then, and one that touches another component is none of its business.
 */
function bringsSomething(
  { graph }: RepositoryHistory,
  { attribution, touches }: Timeline,
  merge: number,
): boolean {
  const { owner } = attribution;
  const seen = new Set<number>();
  const enter = (index: number) =>
    owner[index] === owner[merge] && !seen.has(index) && seen.add(index).has(index);
  graph.walk(graph.parent(merge, 0), enter);
  let isTouched = false;
  graph.walk(graph.parent(merge, 1), enter, (index) => {
    isTouched ||= touches(index);
  });
  return isTouched;
}

function gap({ deployments }: Timeline, earlier: number, later: number): number {
  return (deployments[later]?.finishedAt ?? Infinity) - (deployments[earlier]?.finishedAt ?? 0);
}

function byRuleThenTime(a: Finding, b: Finding): number {
  const rule = FAILURE_RULES.indexOf(a.rule) - FAILURE_RULES.indexOf(b.rule);
  return rule || a.failed - b.failed || a.repairer - b.repairer;
}
