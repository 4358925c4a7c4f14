import type { AssessedDeployment, FailureEvidence, Repair } from '../domain/deployment.ts';
import { FAILURE_RULES } from '../domain/deployment.ts';
import type { DatasetSettings } from '../domain/settings.ts';
import type { ChangeIdentity } from './change-identity.ts';
import type { RepositoryHistory } from './repository-history.ts';
import type { Timeline } from './timeline.ts';

export type Verdict = Pick<AssessedDeployment, 'failures' | 'repairs'>;

/** What one rule found: deployment `failed` was repaired by deployment `repairer`, both as positions in the timeline. */
interface Finding {
  readonly rule: Repair['rule'];
  readonly failed: number;
  readonly repairer: number;
  readonly commit: number | null;
}

/**
 * Asks the rules that git alone can answer (rollback, revert, hotfix) of every deployment.
 *
 * Out: one verdict a deployment, in the order of the timeline. All rules that hold are kept; for each rule and repairing
 * deployment there is one piece of evidence with all of its commits.
 */
export function assessFailures(
  history: RepositoryHistory,
  timeline: Timeline,
  identity: ChangeIdentity,
  settings: DatasetSettings,
): Verdict[] {
  const byPair = new Map<string, Finding & { readonly commits: Set<number> }>();
  for (const finding of [
    ...rollbacks(history, timeline),
    ...reverts(history, timeline, identity, settings),
    ...hotfixes(history, timeline, settings),
  ]) {
    const key = `${finding.rule} ${String(finding.failed)} ${String(finding.repairer)}`;
    const known = byPair.get(key) ?? { ...finding, commits: new Set<number>() };
    byPair.set(key, known);
    if (finding.commit !== null) known.commits.add(finding.commit);
  }
  const verdicts = timeline.deployments.map((): { failures: FailureEvidence[]; repairs: Repair[] } => ({
    failures: [],
    repairs: [],
  }));
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
    });
    verdicts[repairer]?.repairs.push({ rule, deployment: blamed.id });
  }
  return verdicts;
}

/** V1 V2 V1: the next deployment goes back to an ancestor that was deployed before. */
function* rollbacks({ graph }: RepositoryHistory, { revisions }: Timeline): Generator<Finding> {
  const deployedBefore = new Set<number>();
  for (const [position, revision] of revisions.entries()) {
    const next = revisions[position + 1];
    if (
      next !== undefined &&
      next !== revision &&
      deployedBefore.has(next) &&
      graph.isAncestor(next, revision)
    ) {
      yield { rule: 'rollback', failed: position, repairer: position + 1, commit: null };
    }
    deployedBefore.add(revision);
  }
}

/** A later deployment ships the revert of a commit that an earlier one shipped into the same line of history. */
function* reverts(
  history: RepositoryHistory,
  timeline: Timeline,
  identity: ChangeIdentity,
  { failures: { revertWithin } }: DatasetSettings,
): Generator<Finding> {
  const { graph } = history;
  const { owner } = timeline.attribution;
  const targets = revertTargets(history);
  const undone = undoneReverts(history, targets, owner);
  const isBlamed = (commit: number, repairer: number): boolean => {
    const failed = owner[commit] ?? -1;
    return (
      failed > 0 &&
      failed < repairer &&
      gap(timeline, failed, repairer) <= revertWithin &&
      (graph.parentCount(commit) > 1 || timeline.touches(commit)) &&
      graph.isAncestor(commit, timeline.revisions[repairer] ?? -1)
    );
  };
  for (const [revert, reverted] of targets) {
    const repairer = owner[revert] ?? -1;
    if (repairer <= 0 || !timeline.touches(revert) || undone.has(revert)) continue;
    for (const commit of reverted.flatMap((target) => identity.siblings.get(target) ?? [target])) {
      if (isBlamed(commit, repairer))
        yield { rule: 'revert', failed: owner[commit] ?? -1, repairer, commit: revert };
    }
  }
}

/** Index of each revert → indexes of the commits it reverts, as far as the clone has them. */
function revertTargets({ graph, reverts: named }: RepositoryHistory): Map<number, number[]> {
  const expanded = graph.expand(new Set([...named.values()].flat().filter((sha) => graph.indexOf(sha) < 0)));
  const targets = new Map<number, number[]>();
  for (const [revert, shas] of named) {
    const known = shas
      .map((sha) => expanded.get(sha) ?? graph.indexOf(sha))
      .filter((index) => graph.has(index));
    targets.set(revert, known);
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
  history: RepositoryHistory,
  timeline: Timeline,
  { failures: { hotfixWithin } }: DatasetSettings,
): Generator<Finding> {
  const { graph, hotfixes: commits, excluded } = history;
  const { attribution, revisions } = timeline;
  const bases = new Map<number, number>();
  for (const commit of commits) {
    const repairer = attribution.owner[commit] ?? -1;
    const isMerge = graph.parentCount(commit) > 1;
    if (repairer <= 0 || excluded.has(commit) || timeline.isImported(commit)) continue;
    if (isMerge ? !bringsSomething(history, timeline, commit) : !timeline.touches(commit)) continue;
    if (!isMerge && timeline.countedFor(commit) !== commit) continue;
    const base = bases.get(repairer) ?? builtOn(graph, timeline, repairer, hotfixWithin);
    bases.set(repairer, base);
    if (base >= 0 && revisions[base] !== undefined) yield { rule: 'hotfix', failed: base, repairer, commit };
  }
}

/** Position of the latest deployment within `within` before `position` whose revision it contains; -1 for none. */
function builtOn(
  graph: RepositoryHistory['graph'],
  timeline: Timeline,
  position: number,
  within: number,
): number {
  const revision = timeline.revisions[position] ?? -1;
  for (let earlier = position - 1; earlier >= 0 && gap(timeline, earlier, position) <= within; earlier -= 1) {
    if (graph.isAncestor(timeline.revisions[earlier] ?? -1, revision)) return earlier;
  }
  return -1;
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
