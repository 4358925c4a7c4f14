import type { ReviewRow } from '../domain/annotation.ts';
import type { ChangePullRequest, ShippedChange } from '../domain/change.ts';
import type { AssessedDeployment } from '../domain/deployment.ts';
import type { Incident } from '../domain/incident.ts';
import type { SetAside } from '../domain/set-aside.ts';
import { isoInstant, SECOND } from '../domain/units.ts';
import { csvText, type CsvTexts } from './csv-handler.ts';
import type { Table } from './paths.ts';

/** Goes up when a column, the meaning of one or the way they are stored changes; datasets of another version are built again. */
export const DATASET_VERSION = 6;

/** The columns of each table, in order. Instants are ISO-8601 in UTC, durations seconds. */
export const COLUMNS = {
  changes: [
    'deployment',
    'deployed_at',
    'lead_time_seconds',
    'pull_request',
    'by_bot',
    'repository',
    'component',
    'commit',
    'landed_as',
    'landing',
    'authored_at',
    'author',
    'subject',
    'pull_request_rule',
    'pull_request_url',
    'opened_at',
    'first_review_at',
    'merged_at',
    'labels',
  ],
  deployments: [
    'id',
    'repository',
    'component',
    'environment',
    'name',
    'url',
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
    'annotation',
  ],
  incidents: [
    'id',
    'repository',
    'component',
    'opened_at',
    'resolved_at',
    'title',
    'url',
    'deployment',
    'link',
    'severity',
  ],
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
  review: [
    'row_id',
    'kind',
    'repository',
    'component',
    'commit',
    'committed_at',
    'author',
    'title',
    'pull_request',
    'labels',
    'release',
    'detected',
    'deployment',
    'deployment_name',
    'deployed_at',
  ],
} as const satisfies Record<Table, readonly string[]>;

export function headerLine(table: Table): string {
  return `${COLUMNS[table].join(',')}\n`;
}

/** One row, its fields in the order of `COLUMNS`; only texts need quoting. `names` remembers those that repeat. */
export function changeLine(change: ShippedChange, names: CsvTexts): string {
  const { deployment, deployedAt, authoredAt, pullRequest, byBot, commit, landedAs, landing } = change;
  const leadTime = (deployedAt - authoredAt) / SECOND;
  const number = pullRequest === null ? '' : String(pullRequest.number);
  const where = `${names.field(change.repository)},${names.field(change.component)}`;
  return `${names.field(deployment)},${isoInstant(deployedAt)},${String(leadTime)},${number},${byBot ? 'yes' : ''},${where},${commit},${landedAs ?? ''},${landing},${isoInstant(authoredAt)},${names.field(change.author)},${csvText(change.subject)}${pullRequestFields(pullRequest)}\n`;
}

/** The last columns of a change: a million of them have no pull request, or one of which only the number is known. */
function pullRequestFields(pullRequest: ChangePullRequest | null): string {
  if (pullRequest === null) return ',,,,,,';
  const { rule, url, openedAt, firstReviewAt, mergedAt, labels } = pullRequest;
  if (url === null && openedAt === null && firstReviewAt === null && mergedAt === null && labels.length === 0)
    return `,${rule},,,,,`;
  const times = `${instantOrEmpty(openedAt)},${instantOrEmpty(firstReviewAt)},${instantOrEmpty(mergedAt)}`;
  return `,${rule},${textOrEmpty(url)},${times},${list(labels)}`;
}

export function deploymentLine(deployment: AssessedDeployment, names: CsvTexts): string {
  const fields = [
    csvText(deployment.id),
    names.field(deployment.repository),
    names.field(deployment.component),
    names.field(deployment.environment),
    csvText(deployment.name),
    textOrEmpty(deployment.url),
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
    deployment.annotation === null ? '' : csvText(JSON.stringify(deployment.annotation)),
  ];
  return `${fields.join(',')}\n`;
}

export function incidentLine(incident: Incident, names: CsvTexts): string {
  const fields = [
    csvText(incident.id),
    names.field(incident.repository),
    names.field(incident.component),
    isoInstant(incident.openedAt),
    instantOrEmpty(incident.resolvedAt),
    csvText(incident.title),
    textOrEmpty(incident.url),
    textOrEmpty(incident.deployment),
    incident.link ?? '',
    textOrEmpty(incident.severity),
  ];
  return `${fields.join(',')}\n`;
}

export function setAsideLine(row: SetAside, names: CsvTexts): string {
  const where = `${names.field(row.repository)},${names.field(row.component)}`;
  const at = instantOrEmpty(row.at);
  // a commit's sha needs no look at its letters
  const id = row.kind === 'commit' ? row.id : csvText(row.id);
  const deployment = row.deployment === null ? '' : names.field(row.deployment);
  return `${row.reason},${at},${row.kind},${where},${id},${deployment},${names.field(row.author)},${csvText(row.subject)},${csvText(row.detail)}\n`;
}

/** A row of the spreadsheet with the id that it is known by. */
export function reviewLine(row: ReviewRow, id: string, names: CsvTexts): string {
  const { deployment, pullRequest } = row;
  const where = `${names.field(row.repository)},${names.field(row.component)}`;
  const known =
    deployment === null
      ? ',,'
      : `${csvText(deployment.id)},${csvText(deployment.name)},${isoInstant(deployment.finishedAt)}`;
  const labels = row.labels.length === 0 ? '' : csvText(row.labels.join(', '));
  const number = pullRequest === null ? '' : String(pullRequest);
  return `${id},${row.kind},${where},${row.commit},${instantOrEmpty(row.committedAt)},${names.field(row.author)},${csvText(row.title)},${number},${labels},${names.field(row.release)},${csvText(row.detected)},${known}\n`;
}

function instantOrEmpty(instant: number | null): string {
  return instant === null ? '' : isoInstant(instant);
}

function textOrEmpty(text: string | null): string {
  return text === null ? '' : csvText(text);
}

function yesOrNo(value: boolean): string {
  return value ? 'yes' : 'no';
}

/** Lists are JSON in a cell, nothing where they are empty. */
function list(values: readonly unknown[]): string {
  return values.length === 0 ? '' : csvText(JSON.stringify(values));
}
