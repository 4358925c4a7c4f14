import { comparisonsOf, focusOf } from '../calculators/comparison.ts';
import { distributionOf } from '../calculators/distribution.ts';
import { failureAsOf, recoveryAsOf } from '../calculators/failure-as-of.ts';
import { headlineOf } from '../calculators/headline.ts';
import { leadTimesIn } from '../calculators/lead-time.ts';
import type { Scope } from '../calculators/scope.ts';
import { dayOf, type Period } from '../calculators/periods.ts';
import { quantile } from '../calculators/quantile.ts';
import { scopeOf } from '../calculators/scopes.ts';
import { counted } from '../domain/counted.ts';
import type { AssessedDeployment } from '../domain/deployment.ts';
import type { MetricsReport } from '../domain/metrics-report.ts';
import type {
  FoldedDeployments,
  ReportChange,
  ReportDeployment,
  ReportEvent,
  ReportFailure,
  ReportModel,
  ReportSetAside,
  ReportSource,
} from '../domain/report-model.ts';
import {
  isSetAsideReason,
  SET_ASIDE_REASONS,
  type SetAside,
  type SetAsideReason,
} from '../domain/set-aside.ts';
import type { Settings } from '../domain/settings.ts';
import { epochMs, isInstant, isoInstant, SECOND, type EpochMs } from '../domain/units.ts';
import { scanChanges, scanSetAside } from '../storage/dataset-store.ts';
import type { Storage } from '../storage/storage.ts';
import type { OpenedDataset } from './calculate.ts';

/** What keeps the file small at any length of history. */
const MOST_DEPLOYMENTS = 150;
const MOST_FAILURES = 60;
const MOST_EVENTS = 12;
const SLOWEST = 3;
const EXAMPLES = 3;

export interface ModelRequest {
  readonly opened: OpenedDataset;
  readonly metrics: MetricsReport;
  readonly periods: readonly Period[];
  readonly settings: Settings;
  readonly version: string;
  readonly reproduce: string;
}

/** Everything that the report shows, folded to a bounded size. Texts are as they came; the renderer escapes them. */
export async function reportModel(request: ModelRequest, storage: Storage): Promise<ReportModel> {
  const { opened, metrics, periods, settings, version, reproduce } = request;
  const { dataset, context } = opened;
  const scope = scopeOf(dataset, () => true);
  const known = scope.deployments.filter(({ finishedAt }) => finishedAt <= context.asOf);
  const shown = known.slice(-MOST_DEPLOYMENTS).reverse();
  const all = metrics.groups[0]?.periods ?? [];
  const focus = focusOf(all);
  const focused = periods[focus];
  const comparisons = comparisonsOf(all, focus);
  const slowest = await slowestChanges(storage, shown);
  const failures = failuresIn(known, periods, context.asOf);
  const { reasons, imported } = await setAsideExamples(storage, context.asOf);
  return {
    title: titleOf(opened.repositories),
    headline: headlineOf(all[focus], comparisons),
    caveats: caveatsOf(known, settings),
    metrics,
    focus,
    comparisons,
    events: eventsOf(known, imported, periods),
    distribution:
      focused === undefined ? null : distributionOf(focused.label, leadTimesIn(scope, focused, context)),
    failures: failures.slice(0, MOST_FAILURES),
    foldedFailures: Math.max(0, failures.length - MOST_FAILURES),
    deployments: shown.map((deployment) => describe(deployment, scope, slowest, context.asOf)),
    foldedDeployments: fold(known.slice(0, -MOST_DEPLOYMENTS), context),
    setAside: reasons.map((entry) => ({ ...entry, count: metrics.setAside[entry.reason] ?? entry.count })),
    sources: sourcesOf(opened),
    configuration: settings.differing,
    version,
    reproduce,
  };
}

function titleOf(repositories: readonly string[]): string {
  return repositories.length === 1 ? (repositories[0] ?? '') : `${String(repositories.length)} repositories`;
}

/** What the numbers rest on, where that is less than a reader may think. */
function caveatsOf(deployments: readonly AssessedDeployment[], { dataset }: Settings): string[] {
  const caveats = ['No incident source: failures come from rollbacks, reverts and hotfixes only.'];
  const estimated = deployments.filter(
    (deployment) => deployment.estimated && deployment.source !== 'merge',
  ).length;
  if (estimated > 0) {
    caveats.push(
      `${String(estimated)} of ${String(deployments.length)} deployments come from lightweight tags, which have no time: that of their commit stands in.`,
    );
  }
  if (dataset.deploymentsFrom.includes('merges')) {
    caveats.push('Every commit on the branch is taken for a deployment at its commit time.');
  }
  if (deployments.length === 0) {
    caveats.push(
      'No tag looks like a version: set tags.pattern, or deployments.from to merges if every merge is deployed.',
    );
  }
  return caveats;
}

function eventsOf(
  deployments: readonly AssessedDeployment[],
  imported: ReadonlyMap<string, number>,
  periods: readonly Period[],
): ReportEvent[] {
  const start = periods[0]?.start ?? -Infinity;
  const end = periods.at(-1)?.end ?? Infinity;
  return deployments
    .filter(({ finishedAt }) => finishedAt >= start && finishedAt < end)
    .flatMap(({ id, baseline, finishedAt, name }): ReportEvent[] => {
      if (baseline) return [{ at: finishedAt, kind: 'baseline', label: `first known deployment: ${name}` }];
      const commits = imported.get(id);
      if (commits === undefined) return [];
      return [
        {
          at: finishedAt,
          kind: 'imported-history',
          label: `history of ${counted(commits, 'commit')} merged in`,
        },
      ];
    })
    .slice(0, MOST_EVENTS);
}

/** Newest first, those that began in the periods shown. */
function failuresIn(
  deployments: readonly AssessedDeployment[],
  periods: readonly Period[],
  asOf: EpochMs,
): ReportFailure[] {
  const start = periods[0]?.start ?? -Infinity;
  const end = periods.at(-1)?.end ?? Infinity;
  const names = new Map(deployments.map(({ id, name }) => [id, name]));
  return deployments
    .flatMap((deployment): ReportFailure[] => {
      const failure = failureAsOf(deployment, asOf);
      if (failure === null || failure.failureAt < start || failure.failureAt >= end) return [];
      const { rule, failureAt, repairedBy } = failure;
      const { id, name, component } = deployment;
      return [
        {
          deployment: id,
          name,
          component,
          rule,
          failureAt,
          recoveredAt: recoveryAsOf(failure, asOf),
          repairedBy: repairedBy === null ? null : (names.get(repairedBy) ?? repairedBy),
        },
      ];
    })
    .reverse();
}

async function slowestChanges(
  storage: Storage,
  deployments: readonly AssessedDeployment[],
): Promise<ReadonlyMap<string, readonly ReportChange[]>> {
  const slowest = new Map<string, ReportChange[]>(deployments.map(({ id }) => [id, []]));
  await scanChanges(
    storage,
    (id) => slowest.has(id),
    ({ deployment, commit, subject, author, pullRequest, ...times }) => {
      const list = slowest.get(deployment);
      const leadTime = (times.deployedAt - times.authoredAt) / SECOND;
      if (list === undefined || (list.length === SLOWEST && leadTime <= (list.at(-1)?.leadTime ?? 0))) return;
      list.push({ commit, subject, author, leadTime, pullRequest });
      list.sort((a, b) => b.leadTime - a.leadTime);
      list.splice(SLOWEST);
    },
  );
  return slowest;
}

function describe(
  deployment: AssessedDeployment,
  { deployments, leadTimes }: Scope,
  slowest: ReadonlyMap<string, readonly ReportChange[]>,
  asOf: EpochMs,
): ReportDeployment {
  const failure = failureAsOf(deployment, asOf);
  const values = (leadTimes[deployments.indexOf(deployment)] ?? new Float64Array()).toSorted();
  const nameOf = (id: string) => deployments.find((other) => other.id === id)?.name ?? id;
  return {
    id: deployment.id,
    name: deployment.name,
    component: deployment.component,
    finishedAt: deployment.finishedAt,
    estimated: deployment.estimated,
    baseline: deployment.baseline,
    outcome: failure === null ? deployment.outcome : 'failed',
    failedBy: failure?.rule ?? null,
    failureDetail:
      failure === null
        ? null
        : [
            failure.repairedBy === null ? '' : `repaired by ${nameOf(failure.repairedBy)}`,
            failure.commits.map((sha) => sha.slice(0, 10)).join(', '),
          ]
            .filter((part) => part !== '')
            .join(': '),
    repairs: deployment.repairs.map(({ rule, deployment: id }) => ({ rule, name: nameOf(id) })),
    shippedChanges: values.length,
    medianLeadTime: values.length === 0 ? null : quantile(values, 0.5),
    slowest: slowest.get(deployment.id) ?? [],
  };
}

/** Older deployments as one line a year, newest first. */
function fold(
  deployments: readonly AssessedDeployment[],
  { timezone, asOf }: OpenedDataset['context'],
): FoldedDeployments[] {
  const years = new Map<string, FoldedDeployments>();
  for (const deployment of deployments) {
    const label = dayOf(deployment.finishedAt, timezone).slice(0, 4);
    const known = years.get(label) ?? { label, deployments: 0, failed: 0, shippedChanges: 0 };
    years.set(label, {
      label,
      deployments: known.deployments + 1,
      failed: known.failed + (failureAsOf(deployment, asOf) === null ? 0 : 1),
      shippedChanges: known.shippedChanges + deployment.shippedChanges,
    });
  }
  return [...years.values()].reverse();
}

/** Each reason with its newest examples, in the order of the reasons; and how much imported history each deployment carried. */
async function setAsideExamples(
  storage: Storage,
  asOf: EpochMs,
): Promise<{ readonly reasons: ReportSetAside[]; readonly imported: ReadonlyMap<string, number> }> {
  const imported = new Map<string, number>();
  const found = new Map<SetAsideReason, { count: number; newest: SetAside[] }>();
  await scanSetAside(storage, (row) => {
    if (row.at !== null && row.at > asOf) return;
    if (row.reason === 'imported-history' && row.deployment !== null) {
      imported.set(row.deployment, (imported.get(row.deployment) ?? 0) + 1);
    }
    const entry = found.get(row.reason) ?? { count: 0, newest: [] };
    found.set(row.reason, entry);
    entry.count += 1;
    if (entry.newest.length === EXAMPLES && (row.at ?? 0) <= (entry.newest.at(-1)?.at ?? 0)) return;
    entry.newest.push(row);
    entry.newest.sort((a, b) => (b.at ?? 0) - (a.at ?? 0));
    entry.newest.splice(EXAMPLES);
  });
  const reasons = Object.keys(SET_ASIDE_REASONS).flatMap((reason) => {
    const entry = isSetAsideReason(reason) ? found.get(reason) : undefined;
    if (entry === undefined || !isSetAsideReason(reason)) return [];
    const examples = entry.newest.map(({ id, at, subject }) => ({
      id,
      at: instantOrNull(at),
      text: subject,
    }));
    return [{ reason, count: entry.count, meaning: SET_ASIDE_REASONS[reason], examples }];
  });
  return { reasons, imported };
}

function instantOrNull(at: number | null): EpochMs | null {
  return at !== null && isInstant(at) ? epochMs(at) : null;
}

function sourcesOf({ state, repositories, context }: OpenedDataset): ReportSource[] {
  return Object.values(state.streams)
    .filter(({ scope }) => repositories.includes(scope))
    .map(({ source, scope, stream, checkedAt, segments }) => ({
      source,
      scope,
      knownUntil: isoInstant(Math.min(context.asOf, Date.parse(checkedAt))),
      detail: `${String(segments.reduce((sum, { records }) => sum + records, 0))} ${stream}`,
    }));
}
