import type { ShippedChange } from '../domain/change.ts';
import type { ChangeColumns, SetAsideCount } from '../domain/dataset.ts';
import type { AssessedDeployment } from '../domain/deployment.ts';
import { DoraError } from '../domain/errors.ts';
import type { Incident } from '../domain/incident.ts';
import type { SetAside } from '../domain/set-aside.ts';
import { CsvScanner } from './csv-handler.ts';
import { COLUMNS } from './dataset-columns.ts';
import type { Layout } from './dataset-manifest.ts';
import { changeOf, deploymentOf, incidentOf, placeOf, setAsideOf, type RowOf } from './dataset-rows.ts';
import { tableKey, type Table } from './paths.ts';
import { PullRequestTable } from './pull-request-table.ts';
import { MissingKey, type Storage } from './storage.ts';
import { DatasetReplaced, tableRows } from './table-rows.ts';

/**
 * Calls `visit` for each row of a table, and waits where that gives a promise; `layout` saves looking for how it is stored. Throws when the table is missing
 * or damaged.
 */
export async function scanTable<T extends Table>(
  storage: Storage,
  table: T,
  visit: (row: RowOf<T>) => unknown,
  layout: Layout | null = null,
): Promise<void> {
  const columns: readonly string[] = COLUMNS[table];
  const position = new Map(columns.map((name, number) => [name, number]));
  const at = (name: string) => position.get(name) ?? -1;
  const scanner = new CsvScanner(columns.length);
  const row = {
    text: (column: string) => scanner.text(at(column)),
    number: (column: string) => scanner.number(at(column)),
    isEmpty: (column: string) => scanner.isEmpty(at(column)),
  };
  try {
    for await (const chunk of tableRows(storage, table, layout)) {
      scanner.push(chunk);
      while (scanner.next()) {
        const busy = visit(row);
        if (busy instanceof Promise) await busy;
      }
    }
    scanner.end();
  } catch (error) {
    if (!isDamage(error)) throw error;
    throw new DoraError('data', `${storage.location}/${tableKey(table)} cannot be read: ${error.message}`, {
      hint: `delete ${storage.location}/dataset and run again: it is built anew from raw data.`,
      cause: error,
    });
  }
}

function isDamage(error: unknown): error is Error {
  return [RangeError, SyntaxError, MissingKey, DatasetReplaced].some((kind) => error instanceof kind);
}

export async function readDeployments(storage: Storage): Promise<AssessedDeployment[]> {
  const deployments: AssessedDeployment[] = [];
  await scanTable(storage, 'deployments', (row) => deployments.push(deploymentOf(row)));
  return deployments;
}

export async function readIncidents(storage: Storage): Promise<Incident[]> {
  const incidents: Incident[] = [];
  await scanTable(storage, 'incidents', (row) => incidents.push(incidentOf(row)));
  return incidents;
}

/** The changes as columns. The shas are kept of the repositories `withCommits` only, for all others they are empty. */
export async function readChanges(
  storage: Storage,
  deployments: readonly AssessedDeployment[],
  withCommits: ReadonlySet<string>,
): Promise<ChangeColumns> {
  const positions = new Map(deployments.map(({ id }, position) => [id, position]));
  const capacity = Math.max(
    16,
    deployments.reduce((sum, { shippedChanges }) => sum + shippedChanges, 0),
  );
  const deployment = new Int32Array(capacity);
  const leadTime = new Float64Array(capacity);
  const pullRequest = new Int32Array(capacity);
  const byBot = new Uint8Array(capacity);
  const pullRequests = new PullRequestTable(deployments);
  const commits: string[] = [];
  let length = 0;
  await scanTable(storage, 'changes', (row) => {
    if (length === capacity) throw new RangeError('there are more changes than the deployments shipped');
    const position = positions.get(row.text('deployment')) ?? -1;
    deployment[length] = position;
    leadTime[length] = row.number('lead_time_seconds');
    pullRequest[length] = pullRequests.positionOf(row, position);
    byBot[length] = row.isEmpty('by_bot') ? 0 : 1;
    if (withCommits.size > 0)
      commits.push(withCommits.has(deployments[position]?.repository ?? '') ? row.text('commit') : '');
    length += 1;
  });
  return {
    length,
    deployment,
    leadTime,
    pullRequest,
    pullRequests: pullRequests.all,
    byBot,
    commits: withCommits.size > 0 ? commits : null,
    rows: null,
  };
}

/** Calls `visit` for each row of the changes, by its number from 0, for which `wants` says true. */
export async function scanChanges(
  storage: Storage,
  wants: (row: number) => boolean,
  visit: (change: ShippedChange, row: number) => void,
): Promise<void> {
  let next = 0;
  await scanTable(storage, 'changes', (row) => {
    const number = next;
    next += 1;
    if (wants(number)) visit(changeOf(row), number);
  });
}

/** How many rows were set aside for which reason; those later than `asOf` are not known yet and not counted. */
export async function countSetAside(storage: Storage, asOf: number): Promise<SetAsideCount[]> {
  const counts = new Map<string, SetAsideCount>();
  const isLater = laterThan(asOf);
  await scanTable(storage, 'set-aside', (row) => {
    if (!row.isEmpty('at') && isLater(row.text('at'))) return;
    const place = placeOf(row);
    const { reason, kind, repository, component } = place;
    const key = [reason, kind, repository, component].join('\n');
    counts.set(key, { ...place, count: (counts.get(key)?.count ?? 0) + 1 });
  });
  return [...counts.values()];
}

/** Compares instants as text, which a million rows can afford; only those of the very second are looked at closely. */
function laterThan(asOf: number): (instant: string) => boolean {
  const second = new Date(asOf).toISOString().slice(0, 19);
  return (instant) => {
    const start = instant.slice(0, 19);
    return start === second ? Date.parse(instant) > asOf : start > second;
  };
}

/** Every row that was set aside, as it was written. */
export async function scanSetAside(storage: Storage, visit: (row: SetAside) => void): Promise<void> {
  await scanTable(storage, 'set-aside', (row) => visit(setAsideOf(row)));
}
