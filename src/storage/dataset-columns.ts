import type { ShippedChange } from '../domain/change.ts';
import type { AssessedDeployment } from '../domain/deployment.ts';
import type { SetAside } from '../domain/set-aside.ts';
import { isoInstant, SECOND } from '../domain/units.ts';
import { csvLine } from './csv-handler.ts';
import type { Table } from './paths.ts';

/** Goes up when a column or the meaning of one changes; datasets of another version are built again. */
export const DATASET_VERSION = 1;

/** The columns of each table, in order. Instants are ISO-8601 in UTC, durations seconds. */
export const COLUMNS = {
  changes: [
    'deployment',
    'deployed_at',
    'lead_time_seconds',
    'pull_request',
    'repository',
    'component',
    'commit',
    'landed_as',
    'authored_at',
    'author',
    'subject',
  ],
  deployments: [
    'id',
    'repository',
    'component',
    'environment',
    'name',
    'revision',
    'finished_at',
    'time_estimated',
    'outcome',
    'source',
    'baseline',
    'shipped_changes',
    'failures',
    'repairs',
    'sightings',
  ],
  incidents: ['id', 'component', 'opened_at', 'resolved_at', 'title', 'deployment'],
  'set-aside': [
    'reason',
    'at',
    'kind',
    'repository',
    'component',
    'id',
    'deployment',
    'author',
    'subject',
    'detail',
  ],
} as const satisfies Record<Table, readonly string[]>;

export function headerLine(table: Table): string {
  return csvLine(COLUMNS[table]);
}

/** One row. The deployment is its number in `deployments.csv`, from 0: a million rows need not repeat its name. */
export function changeLine(change: ShippedChange): string {
  const leadTime = (change.deployedAt - change.authoredAt) / SECOND;
  return csvLine([
    change.deployment,
    isoInstant(change.deployedAt),
    leadTime,
    change.pullRequest,
    change.repository,
    change.component,
    change.commit,
    change.landedAs,
    isoInstant(change.authoredAt),
    change.author,
    change.subject,
  ]);
}

export function deploymentLine(deployment: AssessedDeployment): string {
  return csvLine([
    deployment.id,
    deployment.repository,
    deployment.component,
    deployment.environment,
    deployment.name,
    deployment.revision,
    isoInstant(deployment.finishedAt),
    deployment.estimated ? 'yes' : 'no',
    deployment.outcome,
    deployment.source,
    deployment.baseline ? 'yes' : 'no',
    deployment.shippedChanges,
    list(deployment.failures),
    list(deployment.repairs),
    list(deployment.sightings),
  ]);
}

export function setAsideLine(row: SetAside): string {
  return csvLine([
    row.reason,
    row.at === null ? null : isoInstant(row.at),
    row.kind,
    row.repository,
    row.component,
    row.id,
    row.deployment,
    row.author,
    row.subject,
    row.detail,
  ]);
}

/** Lists are JSON in a cell, nothing where they are empty. */
function list(values: readonly unknown[]): string {
  return values.length === 0 ? '' : JSON.stringify(values);
}
