import { compareText } from '../domain/compare.ts';
import type { RefSnapshot } from '../domain/commit.ts';
import type { AssessedDeployment, Deployment } from '../domain/deployment.ts';
import type { Opinion, ReviewRow } from '../domain/annotation.ts';
import type { Incident, IncidentRecord } from '../domain/incident.ts';
import type { SetAside } from '../domain/set-aside.ts';
import type { DatasetSettings } from '../domain/settings.ts';
import { annotatedHotfixes, ignoredCommits, mainLine } from './annotated-commits.ts';
import { annotatedDeployments, type AnnotatedDeployments } from './annotated-deployments.ts';
import { reviewRows } from './annotation-sheet.ts';
import { identifyChanges } from './change-identity.ts';
import { deploymentsFromRecords, recordsOfNoComponent } from './deployments-from-records.ts';
import {
  commitsOf,
  commitsOfNoComponent,
  countShipped,
  type CommitRow,
  type Context,
  type Reachable,
} from './commit-rows.ts';
import { deploymentsFromMerges, deploymentsFromTags, tagsOfNoComponent } from './deployments-from-refs.ts';
import { asideDeployment } from './aside-deployment.ts';
import { deduplicate } from './deduplicator.ts';
import { assessFailures, type FailureContext } from './failures.ts';
import { hotfixCommits } from './hotfix-commits.ts';
import { linkIncidents } from './incident-links.ts';
import { PullRequests } from './pull-requests.ts';
import { BitSet, type ComponentMembers, type RepositoryHistory } from './repository-history.ts';
import type { SourceRecords } from './source-records.ts';
import { strongestOfTheirTime } from './strongest-source.ts';
import { timelineOf, type Timeline } from './timeline.ts';

/** The rows of one repository. `rows` may be asked once: it is a stream, in an order that depends on nothing but git. */
export interface RepositoryDataset {
  readonly deployments: readonly AssessedDeployment[];
  readonly incidents: readonly Incident[];
  readonly rows: () => Iterable<CommitRow>;
  /** What people may have to judge, component after component, newest first. */
  readonly review: () => Iterable<ReviewRow>;
}

/**
 * Joins commits, refs, what other sources know, and settings into deployments, changes and incidents, with a reason for every row that is
 * not used.
 *
 * The same input gives the same rows in the same order, in whatever order the commits were added to `history`. Commits that no ref reaches are
 * forgotten: `history` is used up by this.
 */
export function associate(
  history: RepositoryHistory,
  refs: RefSnapshot,
  settings: DatasetSettings,
  records: SourceRecords,
): RepositoryDataset {
  const reachable = reachableFrom(history, refs);
  forgetOthers(history, reachable);
  const requests = new PullRequests(history, records.pullRequests, {
    head: refs.branch?.commit ?? null,
    isComplete: records.hasAllPullRequests,
  });
  const identity = identifyChanges(history, requests);
  const context: Context = { history, identity, requests, settings, reachable };
  const aside: SetAside[] = [];
  const scopes: Scope[] = [];
  const line = mainLine(history, refs);
  const components = history.components.toSorted((a, b) => compareText(a.settings.name, b.settings.name));
  for (const component of components) {
    const found = findDeployments(context, component, refs, records);
    const opinions = records.opinions.filter(({ facts }) => facts.component === component.settings.name);
    const own = annotatedDeployments(history, component.settings.name, {
      found: found.deployments,
      opinions,
      settings,
    });
    aside.push(...found.setAside, ...own.setAside);
    const isIgnored = ignoredCommits(history, line, opinions);
    const timeline = timelineOf(history, component, { deployments: own.deployments, isIgnored }, identity);
    scopes.push({ component, timeline, opinions, ...own });
  }
  const timelines = scopes.map(({ timeline }) => timeline);
  if (usesTags(settings)) aside.push(...tagsOfNoComponent(history, refs, settings));
  aside.push(...recordsOfNoComponent(history, { records: records.deployments, settings }));
  const linked = linkIncidents(history, timelines, records.incidents, settings);
  aside.push(...linked.setAside);
  const hotfixes = hotfixCommits(history, requests, settings);
  const assessed = scopes.map((scope) => {
    const own = annotatedHotfixes(history, line, hotfixes, scope.opinions);
    const incidentsOf = (id: string) => linked.byDeployment.get(id) ?? [];
    return { scope, hotfixes: own, deployments: assess({ ...context, hotfixes: own }, scope, incidentsOf) };
  });
  return {
    deployments: assessed.flatMap(({ deployments }) => deployments),
    incidents: linked.incidents,
    rows: function* () {
      for (const row of aside) yield { table: 'set-aside', row };
      yield* commitsOfNoComponent(context);
      for (const timeline of timelines) yield* commitsOf(context, timeline);
    },
    review: function* () {
      for (const { scope, hotfixes: own, deployments } of assessed)
        yield* reviewRows(context, { ...scope, line, assessed: deployments, hotfixes: own });
    },
  };
}

/** A component with what is known of it. */
interface Scope extends Pick<AnnotatedDeployments, 'known' | 'opinionOf' | 'rowsOf'> {
  readonly component: ComponentMembers;
  readonly timeline: Timeline;
  readonly opinions: readonly Opinion[];
}

function assess(
  context: Context & Pick<FailureContext, 'hotfixes'>,
  { timeline, opinionOf, rowsOf }: Scope,
  incidentsOf: (id: string) => readonly IncidentRecord[],
): AssessedDeployment[] {
  const idOf = (position: number) => timeline.deployments[position]?.id ?? '';
  const shipped = countShipped(context, timeline);
  const verdicts = assessFailures(
    {
      ...context,
      incidentsOf: (position) => incidentsOf(idOf(position)),
      opinionOf: (position) => opinionOf.get(idOf(position)) ?? null,
    },
    timeline,
  );
  return timeline.deployments.map((deployment, position): AssessedDeployment => {
    const opinion = opinionOf.get(deployment.id);
    return {
      ...deployment,
      baseline: position === timeline.baseline,
      shippedChanges: shipped[position] ?? 0,
      ...(verdicts[position] ?? { failures: [], repairs: [] }),
      annotation:
        opinion === undefined
          ? null
          : {
              rows: rowsOf.get(deployment.id) ?? [],
              failed: opinion.failed,
              hotfix: opinion.isHotfix,
              rollback: opinion.isRollback,
            },
    };
  });
}

function usesTags({ deploymentsFrom }: DatasetSettings): boolean {
  return deploymentsFrom.some((origin) => origin === 'auto' || origin === 'tags');
}

/** The deployments of a component, each once, and what is none. */
function findDeployments(
  { history, settings }: Context,
  component: ComponentMembers,
  refs: RefSnapshot,
  records: SourceRecords,
): { readonly deployments: readonly Deployment[]; readonly setAside: readonly SetAside[] } {
  const request = { refs, records: records.deployments, settings };
  const parts = [deploymentsFromRecords(history, component, request)];
  if (usesTags(settings)) parts.push(deploymentsFromTags(history, component, refs, settings));
  const found = parts.flatMap(({ deployments }) => deployments);
  if (settings.deploymentsFrom.includes('merges'))
    found.push(...deploymentsFromMerges(history, component, refs, settings));
  const { kept, silenced } = strongestOfTheirTime(deduplicate(found, settings.argocd.rollout), settings);
  return {
    deployments: kept,
    setAside: [
      ...parts.flatMap(({ setAside }) => setAside),
      ...silenced.map((one) => asideDeployment(one, 'weaker-source')),
    ],
  };
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
