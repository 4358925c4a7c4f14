import type { DatabaseOptions, TableName } from './tables.ts';

/** How many characters fit into a column; columns without a limit are not named. */

type Columns = Readonly<Record<string, number>>;

const COMMON = {
  id: 255,
  name: 255,
  result: 100,
  status: 100,
  original_result: 100,
  original_status: 100,
  environment: 255,
  original_environment: 255,
};

const TICKET = {
  id: 255,
  url: 255,
  status: 100,
  original_status: 100,
  creator_id: 255,
  creator_name: 255,
  assignee_id: 255,
  assignee_name: 255,
  priority: 255,
  severity: 255,
};

const PULL_REQUEST = {
  id: 255,
  url: 255,
  status: 100,
  original_status: 100,
  author_name: 100,
  author_id: 100,
  merged_by_name: 100,
  merged_by_id: 100,
  parent_pr_id: 100,
  type: 100,
  component: 100,
  head_ref: 255,
  base_ref: 255,
  merge_commit_sha: 40,
  base_commit_sha: 40,
  head_commit_sha: 40,
};

/** What gorm makes on MySQL of a text that has an index and no size. */
const INDEXED = 191;

const COMMIT = { commit_sha: 255, ref_name: 255, repo_id: 255, repo_url: 500, cicd_deployment_id: 255 };

export const LIMITS: Partial<Record<TableName, (options: DatabaseOptions) => Columns>> = {
  cicd_deployment_commits: () => ({ ...COMMON, ...COMMIT }),
  cicd_deployments: ({ version }) => ({
    ...COMMON,
    name: version === 'v1.0.2' ? COMMON.name : Number.POSITIVE_INFINITY,
  }),
  // the script that was to widen `component` here is not among those that are run
  issues: () => ({
    ...TICKET,
    component: 255,
    issue_key: 255,
    epic_key: 255,
    type: 100,
    parent_issue_id: 255,
  }),
  incidents: () => ({ ...TICKET, incident_key: 255, component: 255, parent_incident_id: 255 }),
  board_issues: () => ({ board_id: 255, issue_id: 255 }),
  incident_assignees: () => ({ incident_id: 255, assignee_id: 255, assignee_name: 255 }),
  pull_requests: ({ dialect }) => ({
    ...PULL_REQUEST,
    ...(dialect === 'mysql' && { head_repo_id: INDEXED }),
  }),
};
