import type { CalendarDay } from '../../domain/calendar-day.ts';
import type { ChangePullRequest, ShippedChange } from '../../domain/change.ts';
import {
  clustersOf,
  isRework,
  type AssessedDeployment,
  type FailureEvidence,
} from '../../domain/deployment.ts';
import type { Incident } from '../../domain/incident.ts';
import type { SetAside } from '../../domain/set-aside.ts';
import { SECOND } from '../../domain/units.ts';

/** Goes up when a column or the meaning of one changes: partitions of another version are written again. */
export const PARQUET_VERSION = 2;

/** `instant` is milliseconds since 1970 shown as a timestamp in UTC, `whole` and `small` are integers of 64 and 32 bits. */
export type ColumnType = 'text' | 'instant' | 'whole' | 'small' | 'real' | 'flag';

/** A value of any column; `null` where nothing is known. */
export type Cell = string | number | boolean | null;

export interface Column<Row> {
  readonly name: string;
  readonly type: ColumnType;
  readonly nullable: boolean;
  readonly cell: (row: Row) => Cell;
}

/** A deployment with one of the reasons to call it failed. */
export interface DeploymentFailure {
  readonly deployment: AssessedDeployment;
  readonly failure: FailureEvidence;
  /** 1 for the rule that is asked first. */
  readonly position: number;
}

function of<Row>(name: string, type: ColumnType, cell: (row: Row) => Cell, nullable = false): Column<Row> {
  return { name, type, nullable, cell };
}

/** The same where the value may be unknown. */
function maybe<Row>(name: string, type: ColumnType, cell: (row: Row) => Cell): Column<Row> {
  return of(name, type, cell, true);
}

/**
 * An instant twice: as a timestamp for people, and as a number.
 *
 * Engines do not agree on what a timestamp in UTC is to them (with zone, without, in the zone of the session); on a number they do.
 */
function instant<Row>(name: string, cell: (row: Row) => number): Column<Row>[] {
  return [of(name, 'instant', cell), of(`${name}_ms`, 'whole', cell)];
}

/** The same where it may not be known. */
function maybeInstant<Row>(name: string, cell: (row: Row) => number | null): Column<Row>[] {
  return [maybe(name, 'instant', cell), maybe(`${name}_ms`, 'whole', cell)];
}

function ofPullRequest<Value extends Cell>(
  value: (pullRequest: ChangePullRequest) => Value,
): (change: ShippedChange) => Value | null {
  return ({ pullRequest }) => (pullRequest === null ? null : value(pullRequest));
}

function leadTimeOf({ authoredAt, deployedAt }: ShippedChange): number {
  return deployedAt - authoredAt;
}

const CHANGES: readonly Column<ShippedChange>[] = [
  of('component', 'text', ({ component }) => component),
  of('commit', 'text', ({ commit }) => commit),
  maybe('landed_as', 'text', ({ landedAs }) => landedAs),
  of('landing', 'text', ({ landing }) => landing),
  of('deployment', 'text', ({ deployment }) => deployment),
  ...instant<ShippedChange>('deployed_at', ({ deployedAt }) => deployedAt),
  ...instant<ShippedChange>('authored_at', ({ authoredAt }) => authoredAt),
  of('lead_time_ms', 'whole', leadTimeOf),
  of('lead_time_seconds', 'real', (change) => leadTimeOf(change) / SECOND),
  of('by_bot', 'flag', ({ byBot }) => byBot),
  of('author', 'text', ({ author }) => author),
  of('subject', 'text', ({ subject }) => subject),
  maybe(
    'pull_request',
    'whole',
    ofPullRequest(({ number }) => number),
  ),
  maybe(
    'pull_request_rule',
    'text',
    ofPullRequest(({ rule }) => rule),
  ),
  maybe(
    'pull_request_url',
    'text',
    ofPullRequest(({ url }) => url),
  ),
  ...maybeInstant<ShippedChange>(
    'opened_at',
    ofPullRequest(({ openedAt }) => openedAt),
  ),
  ...maybeInstant<ShippedChange>(
    'first_review_at',
    ofPullRequest(({ firstReviewAt }) => firstReviewAt),
  ),
  ...maybeInstant<ShippedChange>(
    'merged_at',
    ofPullRequest(({ mergedAt }) => mergedAt),
  ),
  maybe(
    'labels',
    'text',
    ofPullRequest(({ labels }) => JSON.stringify(labels)),
  ),
];

/** What is known by now of why a deployment failed. */
function ofFailure<Value extends Cell>(
  value: (failure: FailureEvidence) => Value,
): (deployment: AssessedDeployment) => Value | null {
  return ({ failures: [first] }) => (first === undefined ? null : value(first));
}

const DEPLOYMENTS: readonly Column<AssessedDeployment>[] = [
  of('component', 'text', ({ component }) => component),
  of('id', 'text', ({ id }) => id),
  of('environment', 'text', ({ environment }) => environment),
  of('name', 'text', ({ name }) => name),
  maybe('url', 'text', ({ url }) => url),
  of('revision', 'text', ({ revision }) => revision),
  ...instant<AssessedDeployment>('finished_at', ({ finishedAt }) => finishedAt),
  of('time_estimated', 'flag', ({ estimated }) => estimated),
  of('outcome', 'text', ({ outcome }) => outcome),
  of('source', 'text', ({ source }) => source),
  of('baseline', 'flag', ({ baseline }) => baseline),
  of('shipped_changes', 'small', ({ shippedChanges }) => shippedChanges),
  of('rework', 'flag', isRework),
  maybe(
    'failure_rule',
    'text',
    ofFailure(({ rule }) => rule),
  ),
  ...maybeInstant<AssessedDeployment>(
    'failure_at',
    ofFailure(({ failureAt }) => failureAt),
  ),
  ...maybeInstant<AssessedDeployment>(
    'recovered_at',
    ofFailure(({ recoveredAt }) => recoveredAt),
  ),
  ...maybeInstant<AssessedDeployment>(
    'known_at',
    ofFailure(({ knownAt }) => knownAt),
  ),
  maybe(
    'open',
    'flag',
    ofFailure(({ recoveredAt }) => recoveredAt === null),
  ),
  of('repairs', 'text', ({ repairs }) => JSON.stringify(repairs)),
  of('sightings', 'text', ({ sightings }) => JSON.stringify(sightings)),
  of('clusters', 'text', (deployment) => JSON.stringify(clustersOf(deployment).map(({ name }) => name))),
  maybe('annotation', 'text', ({ annotation }) => (annotation === null ? null : JSON.stringify(annotation))),
];

const FAILURES: readonly Column<DeploymentFailure>[] = [
  of('component', 'text', ({ deployment }) => deployment.component),
  of('deployment', 'text', ({ deployment }) => deployment.id),
  ...instant<DeploymentFailure>('finished_at', ({ deployment }) => deployment.finishedAt),
  of('position', 'small', ({ position }) => position),
  of('rule', 'text', ({ failure }) => failure.rule),
  ...instant<DeploymentFailure>('failure_at', ({ failure }) => failure.failureAt),
  ...maybeInstant<DeploymentFailure>('recovered_at', ({ failure }) => failure.recoveredAt),
  ...instant<DeploymentFailure>('known_at', ({ failure }) => failure.knownAt),
  of('open', 'flag', ({ failure }) => failure.recoveredAt === null),
  maybe('repaired_by', 'text', ({ failure }) => failure.repairedBy),
  maybe('incident', 'text', ({ failure }) => failure.incident),
  of('commits', 'text', ({ failure }) => JSON.stringify(failure.commits)),
];

const INCIDENTS: readonly Column<Incident>[] = [
  of('component', 'text', ({ component }) => component),
  of('id', 'text', ({ id }) => id),
  ...instant<Incident>('opened_at', ({ openedAt }) => openedAt),
  ...maybeInstant<Incident>('resolved_at', ({ resolvedAt }) => resolvedAt),
  of('open', 'flag', ({ resolvedAt }) => resolvedAt === null),
  of('title', 'text', ({ title }) => title),
  maybe('url', 'text', ({ url }) => url),
  maybe('severity', 'text', ({ severity }) => severity),
  maybe('deployment', 'text', ({ deployment }) => deployment),
  maybe('link', 'text', ({ link }) => link),
];

const SET_ASIDE: readonly Column<SetAside>[] = [
  of('kind', 'text', ({ kind }) => kind),
  of('reason', 'text', ({ reason }) => reason),
  of('component', 'text', ({ component }) => component),
  of('id', 'text', ({ id }) => id),
  ...maybeInstant<SetAside>('at', ({ at }) => at),
  maybe('deployment', 'text', ({ deployment }) => deployment),
  of('author', 'text', ({ author }) => author),
  of('subject', 'text', ({ subject }) => subject),
  of('detail', 'text', ({ detail }) => detail),
];

const CALENDAR: readonly Column<CalendarDay>[] = [
  of('day', 'text', ({ day }) => day),
  of('weekday', 'small', ({ weekday }) => weekday),
  of('week', 'text', ({ week }) => week),
  of('month', 'text', ({ month }) => month),
  of('quarter', 'text', ({ quarter }) => quarter),
  of('year', 'text', ({ year }) => year),
  of('start_ms', 'whole', ({ start }) => start),
  of('end_ms', 'whole', ({ end }) => end),
];

/** The columns of each table, in order, without `repository` and `month`: those are in the path. */
export const PARQUET_TABLES = {
  changes: CHANGES,
  deployments: DEPLOYMENTS,
  failures: FAILURES,
  incidents: INCIDENTS,
  set_aside: SET_ASIDE,
  calendar: CALENDAR,
} as const;

export type ParquetTable = keyof typeof PARQUET_TABLES;

export const PARQUET_TABLE_NAMES: readonly ParquetTable[] = [
  'changes',
  'deployments',
  'failures',
  'incidents',
  'set_aside',
  'calendar',
];

/** What Hive, and who reads like it, calls a partition without a value. */
const NOTHING = '__HIVE_DEFAULT_PARTITION__';

/**
 * Where the rows of a repository in a month are, below the place of the export: `changes/repository=acme%2Fshop/month=2026-11`.
 *
 * `at` is the instant that the rows are sorted by, milliseconds; `null` where a row has none. Months are those of UTC. The calendar has one part.
 */
export function partitionOf(table: ParquetTable, repository: string, at: number | null): string {
  if (table === 'calendar') return table;
  const name = repository === '' ? NOTHING : escaped(repository);
  const month = at === null ? NOTHING : new Date(at).toISOString().slice(0, 7);
  return `${table}/repository=${name}/month=${month}`;
}

/** The part that a table without rows has, so that engines find its columns. */
export function emptyPartition(table: ParquetTable): string {
  return partitionOf(table, '', null);
}

/** Letters that are not ASCII stay: Spark takes `%C3%A9` for two letters, DuckDB for one. */
function escaped(name: string): string {
  return name.replaceAll(
    /[^\w.\-\u0080-\u{10ffff}]/gu,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}
