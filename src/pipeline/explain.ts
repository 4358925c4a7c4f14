import { metricsOf } from '../calculators/metrics.ts';
import { finishedIn, type MetricsContext } from '../calculators/scope.ts';
import { periodNamed, type Period } from '../calculators/periods.ts';
import { countedEntries } from '../calculators/partition.ts';
import { placesOf, scopeOf } from '../calculators/scopes.ts';
import type { AssessedDeployment } from '../domain/deployment.ts';
import { compareText } from '../domain/compare.ts';
import type { Dataset } from '../domain/dataset.ts';
import { DoraError } from '../domain/errors.ts';
import {
  EXPLANATION_SCHEMA,
  type ExplainedAnnotation,
  type ExplainedChange,
  type ExplainedRow,
  type Explanation,
} from '../domain/explanation.ts';
import type { MetricName } from '../domain/metrics-report.ts';
import type { SetAside, SetAsideKind } from '../domain/set-aside.ts';
import type { LeadTimeUnit, Settings, TeamSettings } from '../domain/settings.ts';
import { teamMatcher, type Place } from '../domain/teams.ts';
import { isoInstant, type EpochMs } from '../domain/units.ts';
import type { AnnotationLedger } from '../processors/annotation-ledger.ts';
import { scanSetAside } from '../storage/dataset-store.ts';
import type { Storage } from '../storage/storage.ts';
import { loadAnnotations } from './annotations.ts';
import { withDataset, orUsage, periodsOrUsage, type OpenedDataset } from './calculate.ts';
import { deploymentRows, isoOrNull } from './explain-deployments.ts';
import { measuredChanges, type MeasuredChange } from './measured-changes.ts';
import type { Ports } from './ports.ts';
import { teamNamed, warnOfEmptyTeams } from './teams.ts';

export interface ExplainRequest {
  readonly settings: Settings;
  readonly metric: MetricName;
  /** `null`: the period that is shown first in the report, the latest complete quarter. */
  readonly period: string | null;
  readonly component: string | null;
  /** Together with a component: what is of both. */
  readonly team: string | null;
  readonly asOf: EpochMs | null;
}

const LEAD_TIME: Readonly<Record<LeadTimeUnit, string>> = {
  commit: 'the median of leadTime over the rows: from authoredAt of the original commit to deployedAt',
  'pull-request':
    'the median of leadTime over the rows, one a pull request and one for each commit without: from authoredAt of its earliest commit, which is shown, to deployedAt, when the first of them was deployed',
};

const DEFINITIONS: Readonly<Record<Exclude<MetricName, 'leadTime'>, string>> = {
  deploymentFrequency: 'the number of rows: deployments that succeeded at first and finished in the period',
  changeFailRate: 'rows that failed, divided by rows whose outcome is known',
  timeToRestore: 'the median of timeToRestore over the rows that have one: from failureAt to recoveredAt',
  reworkRate: 'rows that repaired a failed deployment, divided by all rows',
};

/** The rows behind a number, and the rows that were set aside beside them. Throws for an unknown component, team or period. */
export async function explain(request: ExplainRequest, ports: Ports): Promise<Explanation> {
  const team = request.team === null ? null : teamNamed(request.team, request.settings.teams);
  return await withDataset(request, ports, (opened) => explainFrom(opened, { ...request, team }, ports));
}

async function explainFrom(
  opened: OpenedDataset,
  request: Omit<ExplainRequest, 'team'> & { readonly team: TeamSettings | null },
  ports: Ports,
): Promise<Explanation> {
  const { settings, metric, component, team } = request;
  const { dataset, context } = opened;
  if (component !== null) requireComponent(component, opened);
  if (team !== null) warnOfEmptyTeams(opened, [team], ports);
  const period = choosePeriod(request.period, context);
  const isOfTeam = team === null ? () => true : teamMatcher(team);
  const isIn = (place: Place) => (component === null || place.component === component) && isOfTeam(place);
  const scope = scopeOf(dataset, isIn);
  const positions = finishedIn(scope, period, context);
  const finished = positions.flatMap((position) => scope.deployments[position] ?? []);
  const rows: ExplainedRow[] =
    metric === 'leadTime'
      ? await changeRows(dataset, countedEntries(dataset, isIn), finished, ports.storage)
      : deploymentRows(metric, { scope, finished, period, context, incidents: dataset.incidents });
  const { ledger } = await loadAnnotations(ports.storage);
  const rowsOf = annotatedRows(dataset, ledger);
  const annotated = rows.map((row) => ({ ...row, annotation: annotationOf(rowsOf(row), ledger) }));
  const setAside = await setAsideRows(ports.storage, {
    metric,
    finished,
    period,
    context,
    isIn: orNear(isIn, dataset),
  });
  const result = metricsOf(scope, period, context);
  return {
    schema: EXPLANATION_SCHEMA,
    metric,
    period: { label: period.label, start: result.start, end: result.end, complete: result.complete },
    component,
    team: team?.name ?? null,
    asOf: isoInstant(context.asOf),
    definition: metric === 'leadTime' ? LEAD_TIME[settings.leadTimeUnit] : DEFINITIONS[metric],
    result: result[metric],
    rows: annotated,
    setAside: { counts: countByReason(setAside), rows: setAside },
  };
}

/** What is of no single component counts where the repository has anything that is in: nobody can say that it is not of that. */
function orNear(isIn: (place: Place) => boolean, dataset: Dataset): (place: Place) => boolean {
  const near = new Set(placesOf(dataset).flatMap((place) => (isIn(place) ? [place.repository] : [])));
  return (place) => isIn(place) || (place.component === '' && near.has(place.repository));
}

/** Ids of the rows of the sheet that speak of a deployment, or of the commit of a change or the one that carried it. */
function annotatedRows(
  { deployments }: Dataset,
  ledger: AnnotationLedger,
): (row: ExplainedRow) => readonly string[] {
  const ofDeployment = new Map(
    deployments.flatMap(({ id, annotation }) =>
      annotation === null ? [] : [[id, annotation.rows] as const],
    ),
  );
  return (row) =>
    row.kind === 'deployment'
      ? (ofDeployment.get(row.id) ?? [])
      : ledger.ofCommit([row.commit, ...(row.landedAs === null ? [] : [row.landedAs])]);
}

function annotationOf(ids: readonly string[], ledger: AnnotationLedger): ExplainedAnnotation | null {
  const found = ids.flatMap((id) => ledger.row(id) ?? []);
  const last = found.at(-1);
  if (last === undefined) return null;
  const said = Object.fromEntries(found.flatMap(({ cells }) => Object.entries(cells)));
  return { said, by: last.by, at: last.at, file: last.file };
}

function requireComponent(component: string, { dataset }: OpenedDataset): void {
  const known = [...new Set(dataset.deployments.map((deployment) => deployment.component))].sort();
  if (known.includes(component)) return;
  const hint =
    known.length === 0 ? 'no component has a deployment yet.' : `known: ${known.slice(0, 10).join(', ')}.`;
  throw new DoraError('usage', `no component ${component} has a deployment`, { hint });
}

function choosePeriod(label: string | null, context: MetricsContext): Period {
  if (label !== null) return orUsage(() => periodNamed(label, context.timezone)).period;
  const quarters = periodsOrUsage('quarter', { from: null, to: null }, context);
  const latest = quarters.findLast(({ end }) => end <= context.asOf) ?? quarters.at(-1);
  if (latest === undefined) throw new DoraError('usage', 'no period to explain');
  return latest;
}

/** Those of the entries that the deployments shipped, slowest first. */
async function changeRows(
  dataset: Dataset,
  entries: readonly number[],
  finished: readonly AssessedDeployment[],
  storage: Storage,
): Promise<ExplainedChange[]> {
  const { deployments, measured } = dataset;
  const ids = new Set(finished.map(({ id }) => id));
  const shipped = entries.filter((entry) => ids.has(deployments[measured.deployment[entry] ?? -1]?.id ?? ''));
  const rows = (await measuredChanges(dataset, shipped, storage)).map(explainChange);
  return rows.sort((a, b) => b.leadTime - a.leadTime || compareText(a.commit, b.commit));
}

const NO_PULL_REQUEST = {
  number: null,
  url: null,
  rule: null,
  labels: [],
  openedAt: null,
  firstReviewAt: null,
  mergedAt: null,
};

function explainChange({ change, deployment, leadTime }: MeasuredChange): ExplainedChange {
  const { number, url, rule, labels, ...times } = change.pullRequest ?? NO_PULL_REQUEST;
  return {
    kind: 'change',
    commit: change.commit,
    landedAs: change.landedAs,
    pullRequest: number,
    pullRequestUrl: url,
    pullRequestRule: rule,
    labels,
    byBot: change.byBot,
    subject: change.subject,
    author: change.author,
    authoredAt: isoInstant(change.authoredAt),
    openedAt: isoOrNull(times.openedAt),
    firstReviewAt: isoOrNull(times.firstReviewAt),
    mergedAt: isoOrNull(times.mergedAt),
    deployment: deployment.name,
    deployedAt: isoInstant(deployment.finishedAt),
    leadTime,
    annotation: null,
    rule: change.landing === 'commit' ? 'ancestry' : change.landing,
  };
}

interface SetAsideRequest {
  readonly metric: MetricName;
  readonly finished: readonly AssessedDeployment[];
  readonly period: Period;
  readonly context: MetricsContext;
  readonly isIn: (place: Place) => boolean;
}

/** The metrics that incidents decide. */
const OF_FAILURES: ReadonlySet<MetricName> = new Set(['changeFailRate', 'timeToRestore']);

/** For lead time the commits that these deployments carried and did not count; else the deployments, and incidents, of that time. */
async function setAsideRows(
  storage: Storage,
  { metric, finished, period, context, isIn }: SetAsideRequest,
): Promise<SetAside[]> {
  const carried = new Set(finished.map(({ id }) => id));
  const isInPeriod = (at: number | null) =>
    at !== null && at >= period.start && at < period.end && at <= context.asOf;
  const kinds: readonly SetAsideKind[] = OF_FAILURES.has(metric)
    ? ['deployment', 'incident']
    : ['deployment'];
  const rows: SetAside[] = [];
  await scanSetAside(storage, (row) => {
    if (!isIn(row)) return;
    const belongs =
      metric === 'leadTime'
        ? row.kind === 'commit' &&
          (row.deployment === null ? isInPeriod(row.at) : carried.has(row.deployment))
        : kinds.includes(row.kind) && isInPeriod(row.at);
    if (belongs) rows.push(row);
  });
  return rows;
}

function countByReason(rows: readonly SetAside[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { reason } of rows) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}
