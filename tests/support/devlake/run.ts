import { assigneeRow, incidentRow } from './issues.ts';
import { scopeOf } from './receiver.ts';
import type { Database, Row } from './tables.ts';

/** What the run of a blueprint makes of the tables, as far as deployments and incidents go: no commits, no lead times. */

export interface RunOptions {
  readonly name: string;
  readonly doraEnabled: boolean;
  readonly connections: readonly number[];
}

const DONE = 'prev_deployment_commit_id_enricher,';

export function runBlueprint(database: Database, { name, doraEnabled, connections }: RunOptions): void {
  mapProject(database, name, connections);
  if (!doraEnabled) return;
  linkPrevious(database, name);
  rebuildIncidents(database, name);
  connectIncidents(database, name);
}

function mapProject(database: Database, project: string, connections: readonly number[]): void {
  const tables = ['cicd_scopes', 'boards', ...(database.version === 'v1.0.2' ? [] : ['repos'])];
  database.remove('project_mapping', (row) => row['project_name'] === project);
  const rows = connections.flatMap((connection) =>
    tables.map((table) => ({ project_name: project, table, row_id: scopeOf(connection) })),
  );
  database.save('project_mapping', rows);
}

/** The scopes of one kind that are mapped to a project. */
function mappedTo(database: Database, project: string, table: string): ReadonlySet<unknown> {
  const rows = database.rows('project_mapping');
  return new Set(
    rows
      .filter((row) => row['project_name'] === project && row['table'] === table)
      .map((row) => row['row_id']),
  );
}

/** Successful commits of a project, each with the one before it of the same scope, repository and environment. */
function linkPrevious(database: Database, project: string): void {
  const scopes = mappedTo(database, project, 'cicd_scopes');
  const groups = new Map<string, Row[]>();
  for (const row of database.rows('cicd_deployment_commits')) {
    if (!scopes.has(row['cicd_scope_id']) || row['result'] !== 'SUCCESS') continue;
    const chain = JSON.stringify([row['cicd_scope_id'], row['repo_url'], row['environment']]);
    const group = groups.get(chain) ?? [];
    group.push(row);
    groups.set(chain, group);
  }
  for (const group of groups.values()) {
    let previous = '';
    for (const row of byFinish(group)) {
      const remark = String(row['_raw_data_remark']);
      const linked = {
        ...row,
        prev_success_deployment_commit_id: previous,
        _raw_data_remark: remark.includes(DONE) ? remark : `${remark}${DONE}`,
      };
      database.save('cicd_deployment_commits', [linked]);
      previous = String(row['id']);
    }
  }
}

/** Incidents of issues that still are some are made anew; those of others stay. */
function rebuildIncidents(database: Database, project: string): void {
  const boards = mappedTo(database, project, 'boards');
  const boardOf = new Map(
    database
      .rows('board_issues')
      .filter((row) => boards.has(row['board_id']))
      .map((row) => [row['issue_id'], String(row['board_id'])]),
  );
  const issues = database
    .rows('issues')
    .filter((row) => row['type'] === 'INCIDENT' && boardOf.has(row['id'] ?? null));
  const ids = new Set(issues.map((row) => row['id']));
  database.remove('incidents', (row) => ids.has(row['id']));
  database.remove('incident_assignees', (row) => ids.has(row['incident_id']));
  for (const issue of issues) {
    database.save('incidents', [incidentRow(issue, boardOf.get(issue['id'] ?? null) ?? '')]);
    database.save('incident_assignees', [assigneeRow(issue)]);
  }
}

/** Each incident with the last successful deployment to production before it, of the whole project. */
function connectIncidents(database: Database, project: string): void {
  database.remove('project_incident_deployment_relationships', (row) => row['project_name'] === project);
  const scopes = mappedTo(database, project, 'cicd_scopes');
  const boards = mappedTo(database, project, 'boards');
  const commits = byFinish(
    database
      .rows('cicd_deployment_commits')
      .filter(
        (row) =>
          scopes.has(row['cicd_scope_id']) &&
          row['result'] === 'SUCCESS' &&
          row['environment'] === 'PRODUCTION',
      ),
  );
  for (const incident of database.rows('incidents')) {
    if (incident['table'] !== 'boards' || !boards.has(incident['scope_id'])) continue;
    const created = String(incident['created_date']);
    const blamed = commits.findLast((row) => String(row['finished_date']) < created);
    if (blamed === undefined) continue;
    database.save('project_incident_deployment_relationships', [
      {
        id: incident['id'] ?? '',
        project_name: project,
        deployment_id: blamed['cicd_deployment_id'] ?? '',
      },
    ]);
  }
}

function byFinish(rows: readonly Row[]): readonly Row[] {
  const finish = (row: Row): string => String(row['finished_date']);
  return rows.toSorted((a, b) => (finish(a) < finish(b) ? -1 : Number(finish(a) > finish(b))));
}
