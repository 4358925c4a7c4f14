import type { ShippedChange } from '../domain/change.ts';
import type { AssessedDeployment } from '../domain/deployment.ts';
import type { SetAside } from '../domain/set-aside.ts';
import { isoInstant, SECOND } from '../domain/units.ts';
import { csvText, type CsvTexts } from './csv-handler.ts';
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
  return `${COLUMNS[table].join(',')}\n`;
}

/** One row, its fields in the order of `COLUMNS`; only texts need quoting. `names` remembers those that repeat. */
export function changeLine(change: ShippedChange, names: CsvTexts): string {
  const { deployment, deployedAt, authoredAt, pullRequest, commit, landedAs } = change;
  const leadTime = (deployedAt - authoredAt) / SECOND;
  const where = `${names.field(change.repository)},${names.field(change.component)}`;
  return `${names.field(deployment)},${isoInstant(deployedAt)},${String(leadTime)},${orEmpty(pullRequest)},${where},${commit},${landedAs ?? ''},${isoInstant(authoredAt)},${names.field(change.author)},${csvText(change.subject)}\n`;
}

export function deploymentLine(deployment: AssessedDeployment, names: CsvTexts): string {
  const fields = [
    csvText(deployment.id),
    names.field(deployment.repository),
    names.field(deployment.component),
    names.field(deployment.environment),
    csvText(deployment.name),
    deployment.revision,
    isoInstant(deployment.finishedAt),
    yesOrNo(deployment.estimated),
    deployment.outcome,
    deployment.source,
    yesOrNo(deployment.baseline),
    String(deployment.shippedChanges),
    list(deployment.failures),
    list(deployment.repairs),
    list(deployment.sightings),
  ];
  return `${fields.join(',')}\n`;
}

export function setAsideLine(row: SetAside, names: CsvTexts): string {
  const where = `${names.field(row.repository)},${names.field(row.component)}`;
  const at = row.at === null ? '' : isoInstant(row.at);
  // a commit's sha needs no look at its letters
  const id = row.kind === 'commit' ? row.id : csvText(row.id);
  const deployment = row.deployment === null ? '' : names.field(row.deployment);
  return `${row.reason},${at},${row.kind},${where},${id},${deployment},${names.field(row.author)},${csvText(row.subject)},${csvText(row.detail)}\n`;
}

function orEmpty(value: number | null): string {
  return value === null ? '' : String(value);
}

function yesOrNo(value: boolean): string {
  return value ? 'yes' : 'no';
}

/** Lists are JSON in a cell, nothing where they are empty. */
function list(values: readonly unknown[]): string {
  return values.length === 0 ? '' : csvText(JSON.stringify(values));
}
