import { Refusal } from './answers.ts';
import { columnOf, minutesBetween } from './dates.ts';
import { Decoded, type Fields } from './decoder.ts';
import { scopeOf, type Receiver } from './receiver.ts';
import { integerCell, type Cell, type Row } from './tables.ts';
import { Validation } from './validation.ts';

/** `POST …/issues` and `POST …/issue/:issueKey/close`. */

const STATUSES = ['TODO', 'DONE', 'IN_PROGRESS'];

export function receiveIssue(body: Fields, { database, connection, half }: Receiver): void {
  const issue = issueIn(body, scopeOf(connection));
  const board = scopeOf(connection);
  database.transaction((unseen) => {
    if (database.find('boards', { id: board }) === null) database.save('boards', [boardRow(board)]);
    database.save('issues', [issue]);
    database.save('board_issues', [{ board_id: board, issue_id: issue['id'] ?? '' }]);
    unseen();
    if (half) throw new Refusal(500, 'invalid connection');
    if (issue['type'] !== 'INCIDENT') return;
    database.save('incidents', [incidentRow(issue, board)]);
    database.save('incident_assignees', [assigneeRow(issue)]);
  });
}

export function closeIssue(key: string, { database, connection, now, half }: Receiver): void {
  // all of it is taken back
  if (half) throw new Refusal(500, 'invalid connection');
  const id = `${scopeOf(connection)}:${key}`;
  const issue = database.find('issues', { id });
  if (issue === null) throw new Refusal(404, 'issue not found (404)', ['record not found (404)']);
  const incident = database.find('incidents', { id });
  const isIncident = issue['type'] === 'INCIDENT';
  // the error of looking in vain for the incident takes back the rest too, and is not told
  if (isIncident && incident === null) return;
  const closed = (row: Row): Row => ({
    ...row,
    status: 'DONE',
    original_status: '',
    ...(database.version === 'main' && resolution(row, now())),
  });
  database.transaction(() => {
    database.save('issues', [closed(issue)]);
    if (isIncident && incident !== null) database.save('incidents', [closed(incident)]);
  });
}

/** Since 65cbe82b0 what is closed is resolved now, unless it says when; its lead time goes by that, unless it has one. */
function resolution(row: Row, now: bigint): Row {
  const { resolution_date: at = null, created_date: created = null, lead_time_minutes: lead = null } = row;
  const resolved = at === null ? now : instantIn(at);
  const computed = created === null ? 0n : minutesBetween(instantIn(created), resolved);
  const minutes = lead === null || lead === 0 ? integerCell(computed) : lead;
  return { resolution_date: columnOf(resolved), lead_time_minutes: minutes };
}

function instantIn(cell: Cell): bigint {
  return BigInt(Date.parse(String(cell))) * 1_000_000n;
}

function issueIn(body: Fields, scope: string): Row {
  const fields = new Decoded(body);
  const dateCell = (instant: bigint | null) => (instant === null ? null : columnOf(instant));
  const idCell = (text: string) => (text === '' ? '' : `${scope}:${text}`);
  const dates = {
    resolved: fields.date('resolutionDate'),
    created: fields.date('createdDate'),
    updated: fields.date('updatedDate'),
  };
  const lead = fields.unsigned('leadTimeMinutes');
  const row = {
    id: `${scope}:${fields.text('issueKey')}`,
    url: fields.text('url'),
    icon_url: '',
    issue_key: fields.text('issueKey'),
    title: fields.text('title'),
    description: fields.text('description'),
    epic_key: fields.text('epicKey'),
    type: fields.text('type'),
    original_type: '',
    status: fields.text('status'),
    original_status: fields.text('originalStatus'),
    story_point: fields.float('storyPoint'),
    resolution_date: dateCell(dates.resolved),
    created_date: dateCell(dates.created),
    updated_date: dateCell(dates.updated),
    original_estimate_minutes: fields.whole('originalEstimateMinutes'),
    time_spent_minutes: fields.whole('timeSpentMinutes'),
    time_remaining_minutes: fields.whole('timeRemainingMinutes'),
    creator_id: idCell(fields.text('creatorId')),
    creator_name: fields.text('creatorName'),
    assignee_id: idCell(fields.text('assigneeId')),
    assignee_name: fields.text('assigneeName'),
    parent_issue_id: idCell(fields.text('parentIssueKey')),
    priority: fields.text('priority'),
    severity: fields.text('severity'),
    urgency: '',
    component: fields.text('component'),
    original_project: '',
    is_subtask: false,
    due_date: null,
    fix_versions: '',
  };
  fields.check();
  const valid = new Validation('WebhookIssueRequest');
  valid.text('IssueKey', row.issue_key);
  valid.text('Title', row.title);
  valid.choice('Status', row.status, STATUSES);
  valid.text('OriginalStatus', row.original_status);
  const created = valid.date('CreatedDate', dates.created);
  valid.checkAsText();
  const computed = dates.resolved === null ? 0n : minutesBetween(created, dates.resolved);
  return { ...row, lead_time_minutes: integerCell(lead === 0n ? computed : lead) };
}

function boardRow(id: string): Row {
  return { id, name: '', description: '', url: '', created_date: null, type: '' };
}

/** The columns that an incident has of its issue, under the same names. */
const SHARED = [
  'id',
  'url',
  'title',
  'description',
  'status',
  'original_status',
  'resolution_date',
  'created_date',
  'updated_date',
  'lead_time_minutes',
  'original_estimate_minutes',
  'time_spent_minutes',
  'time_remaining_minutes',
  'creator_id',
  'creator_name',
  'assignee_id',
  'assignee_name',
  'priority',
  'severity',
  'urgency',
  'component',
  'original_project',
];

export function incidentRow(issue: Row, board: string): Row {
  return {
    ...Object.fromEntries(SHARED.map((column) => [column, issue[column] ?? null])),
    incident_key: issue['issue_key'] ?? '',
    parent_incident_id: issue['parent_issue_id'] ?? '',
    table: 'boards',
    scope_id: board,
  };
}

export function assigneeRow(issue: Row): Row {
  return {
    incident_id: issue['id'] ?? '',
    assignee_id: issue['assignee_id'] ?? '',
    assignee_name: issue['assignee_name'] ?? '',
  };
}
