import { bisector } from 'd3-array';
import type { Dataset } from '../../domain/dataset.ts';
import type { AssessedDeployment } from '../../domain/deployment.ts';
import { devlakeResult } from '../../domain/devlake.ts';
import type { Incident } from '../../domain/incident.ts';
import { MINUTE, type EpochMs } from '../../domain/units.ts';
import { authoredAt, earlierOf } from '../change-columns.ts';
import { EntriesByDeployment } from '../entries-by-deployment.ts';
import type { Scope } from '../scope.ts';

/** What DevLake would have of the whole dataset, as of an instant. */
export interface Database {
  readonly dataset: Dataset;
  readonly asOf: EpochMs;
  readonly rows: EntriesByDeployment;
  /** Where a deployment stands in the dataset, by its id. */
  readonly positions: ReadonlyMap<string, number>;
  /** When the earliest change of each pull request was authored. */
  readonly firstAuthored: Float64Array;
  readonly hasIncidents: boolean;
  readonly hasDeployments: boolean;
}

/** A merged pull request as DevLake measures it. */
export interface MeasuredPullRequest {
  readonly mergedAt: number;
  /** The deployment that brought it to production; `null` where DevLake names none. */
  readonly deployment: AssessedDeployment | null;
  /** Whole minutes: until it was opened, until it was merged, until it was deployed, each rounded up. */
  readonly cycleTime: number;
  /** The one that shipped it by git, whatever DevLake makes of it. */
  readonly shipper: AssessedDeployment | null;
}

/** An incident with the deployment that DevLake blames for it. */
export interface BlamedIncident {
  readonly incident: Incident;
  /** `null` while it is open. */
  readonly resolvedAt: number | null;
  readonly deployment: AssessedDeployment | null;
}

/** What one project of DevLake would have: the rows of one scope. */
export interface Project {
  readonly database: Database;
  /** In order of time. */
  readonly successes: readonly AssessedDeployment[];
  readonly pullRequests: readonly MeasuredPullRequest[];
  /** Deployments that shipped pull requests of which only the number is known, with how many. */
  readonly unmeasured: readonly { readonly deployment: AssessedDeployment; readonly count: number }[];
  readonly incidents: readonly BlamedIncident[];
}

export function databaseOf(dataset: Dataset, asOf: EpochMs): Database {
  const { changes, deployments, incidents } = dataset;
  const firstAuthored = new Float64Array(changes.pullRequests.length).fill(Infinity);
  for (let row = 0; row < changes.length; row += 1) {
    const number = changes.pullRequest[row] ?? -1;
    const at = authoredAt(changes, deployments, row);
    if (number >= 0 && at < (firstAuthored[number] ?? -Infinity)) firstAuthored[number] = at;
  }
  return {
    dataset,
    asOf,
    rows: new EntriesByDeployment(changes, deployments.length),
    positions: new Map(deployments.map(({ id }, position) => [id, position])),
    firstAuthored,
    hasIncidents: incidents.some(({ openedAt }) => openedAt <= asOf),
    hasDeployments: deployments.some(
      (deployment) => deployment.finishedAt <= asOf && devlakeResult(deployment) !== 'UNKNOWN',
    ),
  };
}

/** A scope as a project: its own deployments only decide which of them is blamed for an incident, and which is the first. */
export function projectOf(scope: Scope, database: Database): Project {
  const known = scope.deployments.filter(({ finishedAt }) => finishedAt <= database.asOf);
  const successes = known.filter((deployment) => devlakeResult(deployment) === 'SUCCESS');
  return {
    database,
    successes,
    ...pullRequestsOf(known, successes, database),
    incidents: scope.incidents.flatMap((incident) => blamed(incident, successes, database.asOf)),
  };
}

const timeOf = bisector((deployment: AssessedDeployment) => deployment.finishedAt);

/** The last success strictly before the incident was opened: neither its age nor its component nor what the incident says plays a part. */
function blamed(
  incident: Incident,
  successes: readonly AssessedDeployment[],
  asOf: EpochMs,
): readonly BlamedIncident[] {
  const { openedAt, resolvedAt } = incident;
  if (openedAt > asOf) return [];
  const deployment = successes[timeOf.left(successes, openedAt) - 1] ?? null;
  const isOver = resolvedAt !== null && resolvedAt <= asOf;
  return [{ incident, resolvedAt: isOver ? resolvedAt : null, deployment }];
}

function pullRequestsOf(
  known: readonly AssessedDeployment[],
  successes: readonly AssessedDeployment[],
  database: Database,
): Pick<Project, 'pullRequests' | 'unmeasured'> {
  const { dataset, firstAuthored } = database;
  const shippers = shippersOf(known, database);
  const carriers = new Carriers(successes);
  const pullRequests: MeasuredPullRequest[] = [];
  const unmeasured = new Map<AssessedDeployment, number>();
  for (const [number, byComponent] of shippers) {
    const { openedAt = null, mergedAt = null } = dataset.changes.pullRequests[number] ?? {};
    const shipped = [...byComponent.values()].flatMap((position) => dataset.deployments[position] ?? []);
    const first = earliest(shipped);
    if (openedAt === null || mergedAt === null) {
      if (first !== null) unmeasured.set(first, (unmeasured.get(first) ?? 0) + 1);
    } else if (mergedAt <= database.asOf) {
      const deployment = carriers.first(shipped);
      const authored = firstAuthored[number] ?? Infinity;
      const deployed = deployment === null ? 0 : minutesUp(deployment.finishedAt - mergedAt);
      const cycleTime = minutesUp(openedAt - authored) + minutesUp(mergedAt - openedAt) + deployed;
      pullRequests.push({ mergedAt, deployment, cycleTime, shipper: first });
    }
  }
  return {
    pullRequests,
    unmeasured: [...unmeasured].map(([deployment, count]) => ({ deployment, count })),
  };
}

/**
 * Where the merge of each pull request shipped, by component: with the last of its changes, because whoever has the merge has all of them.
 * Positions in the dataset.
 */
function shippersOf(
  known: readonly AssessedDeployment[],
  { dataset, rows, positions }: Database,
): ReadonlyMap<number, ReadonlyMap<string, number>> {
  const { changes, deployments } = dataset;
  const found = new Map<number, Map<string, number>>();
  for (const { id, component } of known) {
    const position = positions.get(id) ?? -1;
    for (const row of rows.of(position)) {
      const number = changes.pullRequest[row] ?? -1;
      if (number < 0) continue;
      const own = found.get(number) ?? new Map<string, number>();
      found.set(number, own);
      const other = own.get(component);
      if (other === undefined || earlierOf(deployments, other, position) === other)
        own.set(component, position);
    }
  }
  return found;
}

/**
 * Which success brought a pull request to production, as DevLake sees it.
 *
 * A deployment that it takes for no success brings nothing, so the next success of the component does. The first success of a repository
 * brings nothing either, because DevLake has nothing to compare it with.
 */
class Carriers {
  readonly #byComponent = new Map<string, AssessedDeployment[]>();
  readonly #firsts = new Map<string, AssessedDeployment>();

  constructor(successes: readonly AssessedDeployment[]) {
    for (const success of successes) {
      if (!this.#firsts.has(success.repository)) this.#firsts.set(success.repository, success);
      const own = this.#byComponent.get(placeOf(success)) ?? [];
      this.#byComponent.set(placeOf(success), own);
      own.push(success);
    }
  }

  first(shipped: readonly AssessedDeployment[]): AssessedDeployment | null {
    const found = earliest(shipped.flatMap((deployment) => this.#successFrom(deployment) ?? []));
    return found === null || this.#firsts.get(found.repository) === found ? null : found;
  }

  #successFrom(deployment: AssessedDeployment): AssessedDeployment | undefined {
    const own = this.#byComponent.get(placeOf(deployment)) ?? [];
    if (devlakeResult(deployment) === 'SUCCESS') return deployment;
    return own[timeOf.right(own, deployment.finishedAt)];
  }
}

function placeOf({ repository, component }: AssessedDeployment): string {
  return `${repository}\n${component}`;
}

function earliest(deployments: readonly AssessedDeployment[]): AssessedDeployment | null {
  return deployments.reduce<AssessedDeployment | null>(
    (least, one) => (least === null || one.finishedAt < least.finishedAt ? one : least),
    null,
  );
}

/** Whole minutes, rounded up; a negative span, or one that is not known, counts nothing. */
function minutesUp(span: number): number {
  return Number.isFinite(span) ? Math.max(0, Math.ceil(span / MINUTE)) : 0;
}
