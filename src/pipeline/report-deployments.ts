import { failureAsOf, outcomeAsOf } from '../calculators/failure-as-of.ts';
import { dayOf, periodNamed, type Period } from '../calculators/periods.ts';
import { quantile } from '../calculators/quantile.ts';
import type { MetricsContext, Scope } from '../calculators/scope.ts';
import type { Dataset } from '../domain/dataset.ts';
import { sourcesOf, type AssessedDeployment, type FailureEvidence } from '../domain/deployment.ts';
import { byDeployment, type Incident } from '../domain/incident.ts';
import type { FoldedDeployments, ReportChange, ReportDeployment } from '../domain/report-model.ts';
import { webAddress } from '../domain/web-address.ts';
import type { MeasuredChange } from './measured-changes.ts';
import type { CommitLinks } from './report-links.ts';
import { reportRollout } from './report-rollout.ts';

/** What keeps the file small at any length of history. */
const MOST_DEPLOYMENTS = 150;
const SLOWEST = 3;

/** The deployments that are listed one by one, newest first, of those in order of time. */
export function listedOf(deployments: readonly AssessedDeployment[]): AssessedDeployment[] {
  return deployments.slice(-MOST_DEPLOYMENTS).reverse();
}

/** Of each deployment the entries of `measured` that waited longest; of those that waited as long, the first. */
export function slowestEntries(
  { deployments, measured }: Dataset,
  entries: Iterable<number>,
  listed: readonly AssessedDeployment[],
): number[] {
  const slowest = new Map(listed.map(({ id }) => [id, new Array<number>()]));
  const leadTime = (entry: number) => measured.leadTime[entry] ?? 0;
  for (const entry of entries) {
    const kept = slowest.get(deployments[measured.deployment[entry] ?? -1]?.id ?? '');
    if (kept === undefined) continue;
    if (kept.length === SLOWEST && leadTime(entry) <= leadTime(kept.at(-1) ?? -1)) continue;
    kept.push(entry);
    kept.sort((a, b) => leadTime(b) - leadTime(a));
    kept.splice(SLOWEST);
  }
  return [...slowest.values()].flat();
}

export interface DescribeRequest {
  readonly dataset: Dataset;
  readonly scope: Scope;
  readonly context: MetricsContext;
  /** The slowest of each. */
  readonly changes: readonly MeasuredChange[];
  readonly links: CommitLinks;
}

/** The deployments as the report shows them. */
export function describeAll(
  listed: readonly AssessedDeployment[],
  { dataset, scope, context, changes, links }: DescribeRequest,
): ReportDeployment[] {
  const { asOf } = context;
  const positions = new Map(scope.deployments.map(({ id }, position) => [id, position]));
  const incidents = byDeployment(
    dataset.incidents.filter(({ openedAt }) => openedAt <= asOf).sort((a, b) => a.openedAt - b.openedAt),
  );
  const nameOf = (id: string) => scope.deployments[positions.get(id) ?? -1]?.name ?? id;
  return listed.map((deployment) => {
    const failure = failureAsOf(deployment, asOf);
    const values = (scope.leadTimes[positions.get(deployment.id) ?? -1] ?? new Float64Array()).toSorted();
    return {
      id: deployment.id,
      name: deployment.name,
      url: webAddress(deployment.url),
      sources: sourcesOf(deployment),
      component: deployment.component,
      finishedAt: deployment.finishedAt,
      estimated: deployment.estimated,
      baseline: deployment.baseline,
      outcome: outcomeAsOf(deployment, asOf),
      failedBy: failure?.rule ?? null,
      failureDetail: failure === null ? null : detailOf(failure, nameOf),
      incidents: (incidents.get(deployment.id) ?? []).map(linked),
      repairs: deployment.repairs.map(({ rule, deployment: id }) => ({ rule, name: nameOf(id) })),
      rollout: reportRollout(deployment),
      shippedChanges: values.length,
      medianLeadTime: values.length === 0 ? null : quantile(values, 0.5),
      slowest: changes
        .filter((change) => change.deployment.id === deployment.id)
        .map((change) => describeChange(change, links))
        .sort((a, b) => b.leadTime - a.leadTime),
    };
  });
}

/** What proves a failure besides its incidents; `null` for nothing. */
function detailOf({ repairedBy, commits }: FailureEvidence, nameOf: (id: string) => string): string | null {
  const parts = [
    ...(repairedBy === null ? [] : [`repaired by ${nameOf(repairedBy)}`]),
    ...(commits.length === 0 ? [] : [commits.map((sha) => sha.slice(0, 10)).join(', ')]),
  ];
  return parts.length === 0 ? null : parts.join(': ');
}

function linked({ title, url }: Incident): ReportDeployment['incidents'][number] {
  return { title, url: webAddress(url) };
}

function describeChange({ change, leadTime }: MeasuredChange, links: CommitLinks): ReportChange {
  const { repository, commit, subject, author, pullRequest, byBot } = change;
  return {
    commit,
    commitUrl: links.of(repository, commit),
    subject,
    author,
    leadTime,
    pullRequest: pullRequest?.number ?? null,
    pullRequestUrl: webAddress(pullRequest?.url ?? null),
    labels: pullRequest?.labels ?? [],
    byBot,
  };
}

/** The deployments that are not listed as one line a year, newest first. `scope` begins with `deployments`. */
export function foldOthers(
  deployments: readonly AssessedDeployment[],
  { leadTimes }: Scope,
  { timezone, asOf }: MetricsContext,
): FoldedDeployments[] {
  const years = new Map<string, FoldedDeployments>();
  let year: Period | null = null;
  for (const [position, deployment] of deployments.slice(0, -MOST_DEPLOYMENTS).entries()) {
    // they are in order of time, and the calendar need not be asked for each
    if (year === null || deployment.finishedAt >= year.end)
      year = periodNamed(dayOf(deployment.finishedAt, timezone).slice(0, 4), timezone).period;
    const { label }: Period = year;
    const known = years.get(label) ?? { label, deployments: 0, failed: 0, shippedChanges: 0 };
    years.set(label, {
      label,
      deployments: known.deployments + 1,
      failed: known.failed + Number(outcomeAsOf(deployment, asOf) === 'failed'),
      shippedChanges: known.shippedChanges + (leadTimes[position]?.length ?? 0),
    });
  }
  return [...years.values()].reverse();
}
