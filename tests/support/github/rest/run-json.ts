import type { Commit } from '../model/commit.ts';
import { Actor } from '../model/people.ts';
import type { Repository } from '../model/repository.ts';
import { iso } from '../model/time.ts';
import { userId } from '../tokens.ts';
import type { Attempt, Workflow, WorkflowRun } from '../model/workflow.ts';

/** What the objects are written with. */
export interface Naming {
  /** Where the API is, `http://127.0.0.1:PORT/api/v3`. */
  readonly api: string;
  readonly repository: Repository;
}

const HTML = 'https://github.com';
/** A check suite's number lies so far from that of its run. */
const CHECK_SUITES = 500_000_000;

/** A workflow as the REST side writes it. */
export function workflowJson(workflow: Workflow, { api, repository }: Naming) {
  const { id, nodeId, file, name, createdAt } = workflow;
  return {
    id,
    node_id: nodeId,
    name,
    path: pathOf(workflow),
    state: 'active',
    created_at: iso(createdAt),
    updated_at: iso(createdAt),
    url: `${api}/repos/${repository.nameWithOwner}/actions/workflows/${id}`,
    html_url: `${repository.url}/blob/${repository.defaultBranch ?? 'main'}/${pathOf(workflow)}`,
    badge_url: `${repository.url}/workflows/${encodeURIComponent(name)}/badge.svg?file=${file}`,
  };
}

/** One attempt of a run as the REST side writes it. */
export function runJson(run: WorkflowRun, attempt: Attempt, naming: Naming) {
  const { api, repository } = naming;
  const here = `${api}/repos/${repository.nameWithOwner}/actions/runs/${run.databaseId}`;
  const earlier = attempt.number - 1;
  return {
    id: run.databaseId,
    name: run.workflow.name,
    node_id: run.id,
    head_branch: run.branch,
    head_sha: run.sha,
    path: pathOf(run.workflow),
    display_title: run.title,
    run_number: run.runNumber,
    event: run.event,
    status: attempt.status,
    conclusion: attempt.conclusion,
    workflow_id: run.workflow.id,
    check_suite_id: run.databaseId + CHECK_SUITES,
    check_suite_node_id: `CS_${Buffer.from(String(run.databaseId)).toString('base64url')}`,
    url: here,
    html_url: `${repository.url}/actions/runs/${run.databaseId}`,
    pull_requests: [],
    created_at: iso(run.createdAt),
    updated_at: iso(attempt.updatedAt),
    actor: actorJson(run.actor, api),
    run_attempt: attempt.number,
    referenced_workflows: [],
    run_started_at: iso(attempt.startedAt),
    triggering_actor: actorJson(attempt.actor, api),
    jobs_url: `${here}/jobs`,
    logs_url: `${here}/logs`,
    check_suite_url: `${api}/repos/${repository.nameWithOwner}/check-suites/${run.databaseId + CHECK_SUITES}`,
    artifacts_url: `${here}/artifacts`,
    cancel_url: `${here}/cancel`,
    rerun_url: `${here}/rerun`,
    previous_attempt_url: earlier === 0 ? null : `${here}/attempts/${earlier}`,
    workflow_url: `${api}/repos/${repository.nameWithOwner}/actions/workflows/${run.workflow.id}`,
    head_commit: commitJson(run, repository.commit(run.sha)),
    repository: repositoryJson(naming),
    head_repository: repositoryJson(naming),
  };
}

function pathOf({ file }: Workflow): string {
  return `.github/workflows/${file}`;
}

/** With names and addresses of people, as GitHub sends them. */
function commitJson(run: WorkflowRun, commit: Commit | null) {
  const author = {
    name: commit?.authorName ?? 'Sam Somebody',
    email: commit?.authorEmail ?? 'sam@acme.example',
  };
  return {
    id: run.sha,
    tree_id: run.sha.split('').toReversed().join(''),
    message: commit?.message ?? run.title,
    timestamp: iso(run.committedAt),
    author,
    committer: author,
  };
}

/** A bot's login ends in `[bot]` here; somebody who is gone is called `ghost`. */
function actorJson(who: Actor | null, api: string) {
  const { login: name, type } = who ?? new Actor('ghost');
  const login = type === 'Bot' ? `${name}[bot]` : name;
  const url = `${api}/users/${encodeURIComponent(login)}`;
  return {
    login,
    id: userId({ login }),
    node_id: `U_${Buffer.from(login).toString('base64url')}`,
    avatar_url: `https://avatars.githubusercontent.com/${encodeURIComponent(login)}?v=4`,
    gravatar_id: '',
    url,
    html_url: type === 'Bot' ? `${HTML}/apps/${name}` : `${HTML}/${login}`,
    type,
    user_view_type: 'public',
    site_admin: false,
  };
}

function repositoryJson({ api, repository }: Naming) {
  const { nameWithOwner, databaseId, id, isPrivate, url: page } = repository;
  const [owner = '', name = ''] = nameWithOwner.split('/');
  return {
    id: databaseId,
    node_id: id,
    name,
    full_name: nameWithOwner,
    private: isPrivate,
    owner: actorJson(new Actor(owner, 'Organization'), api),
    html_url: page,
    description: null,
    fork: false,
    url: `${api}/repos/${nameWithOwner}`,
    deployments_url: `${api}/repos/${nameWithOwner}/deployments`,
    hooks_url: `${api}/repos/${nameWithOwner}/hooks`,
  };
}
