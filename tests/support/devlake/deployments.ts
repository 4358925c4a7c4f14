import { createHash } from 'node:crypto';
import { Refusal } from './answers.ts';
import { columnOf, secondsBetween } from './dates.ts';
import { Decoded, type Fields } from './decoder.ts';
import { scopeOf, type Receiver } from './receiver.ts';
import type { Row, Version } from './tables.ts';
import { Validation } from './validation.ts';

/** `POST …/deployments`. */

interface Deployment {
  readonly id: string;
  readonly displayTitle: string;
  readonly result: string;
  readonly environment: string;
  readonly originalEnvironment: string;
  readonly name: string;
  readonly created: bigint;
  readonly started: bigint;
  readonly finished: bigint;
  readonly commits: readonly Commit[];
}

interface Commit {
  readonly repoUrl: string;
  readonly commitSha: string;
  readonly created: bigint | null;
  readonly started: bigint;
  readonly finished: bigint;
  readonly texts: Entry['texts'];
}

const ENVIRONMENTS = ['PRODUCTION', 'STAGING', 'TESTING', 'DEVELOPMENT'];

export function receiveDeployment(body: Fields, receiver: Receiver): void {
  const { database, connection, warn } = receiver;
  const deployment = deploymentIn(body, database.version);
  const commits = commitRows(deployment, connection);
  const taken = database.find('cicd_deployments', { id: deployment.id });
  const scope = scopeOf(connection);
  database.transaction((unseen) => {
    unseen();
    database.save('cicd_deployment_commits', commits);
    if (receiver.half) throw new Refusal(500, 'invalid connection');
    database.save('cicd_deployments', [deploymentRow(deployment, commits)]);
  });
  if (taken !== null && taken['cicd_scope_id'] !== scope) warn({ kind: 'taken-over', id: deployment.id });
  for (const { id, commit_sha: sha } of commits)
    if (String(sha).length > 40) warn({ kind: 'long-sha', id: String(id) });
}

function deploymentIn(body: Fields, version: Version): Deployment {
  const fields = new Decoded(body);
  const id = fields.text('id');
  const displayTitle = fields.text('displayTitle');
  const result = orElse(fields.text('result'), 'SUCCESS');
  const environment = fields.text('environment');
  const originalEnvironment = fields.text('originalEnvironment');
  const name = fields.text('name');
  const created = fields.date('createdDate');
  const dates = { started: fields.date('startedDate'), finished: fields.date('finishedDate') };
  const entries = fields.list('deploymentCommits').map(commitFields);
  fields.check();
  const valid = new Validation('WebhookDeploymentReq');
  valid.text('Id', id);
  valid.choice('Environment', orElse(environment, 'PRODUCTION'), ENVIRONMENTS);
  const commits = entries.map((entry, index) => validCommit(entry, `DeploymentCommits[${index}].`, valid));
  const started = valid.date('StartedDate', dates.started);
  const finished = valid.date('FinishedDate', dates.finished);
  valid.checkAsObject();
  if (commits.length === 0) throw new Refusal(400, 'deployment_commits is empty (400)');
  const where = orElse(environment, 'PRODUCTION');
  return {
    id,
    displayTitle,
    result,
    environment: where,
    // what was sent is kept since v1.0.3
    originalEnvironment: version === 'v1.0.2' ? where : originalEnvironment,
    name: orElse(name, `deploy ${commits.map(({ commitSha }) => commitSha).join(',')} to ${where}`),
    created: created ?? started,
    started,
    finished,
    commits,
  };
}

type Entry = ReturnType<typeof commitFields>;

function commitFields(fields: Decoded) {
  return {
    repoUrl: fields.text('repoUrl'),
    commitSha: fields.text('commitSha'),
    created: fields.date('createdDate'),
    started: fields.date('startedDate'),
    finished: fields.date('finishedDate'),
    texts: {
      displayTitle: fields.text('displayTitle'),
      repoId: fields.text('repoId'),
      name: fields.text('name'),
      refName: fields.text('refName'),
      commitMsg: fields.text('commitMsg'),
      result: fields.text('result'),
      status: fields.text('status'),
    },
  };
}

function validCommit(entry: Entry, at: string, valid: Validation): Commit {
  valid.text(`${at}RepoUrl`, entry.repoUrl);
  valid.text(`${at}CommitSha`, entry.commitSha);
  const started = valid.date(`${at}StartedDate`, entry.started);
  const finished = valid.date(`${at}FinishedDate`, entry.finished);
  return { ...entry, started, finished };
}

function commitRows(deployment: Deployment, connection: number): readonly Row[] {
  const { id, environment, originalEnvironment, started, finished } = deployment;
  return deployment.commits.map((commit) => {
    const { repoUrl, commitSha, texts } = commit;
    const result = orElse(texts.result, 'SUCCESS');
    const status = orElse(texts.status, 'DONE');
    const url = createHash('md5').update(repoUrl).digest('hex').slice(0, 16);
    return {
      id: `${scopeOf(connection)}:${id}:${url}:${commitSha}`,
      cicd_scope_id: scopeOf(connection),
      cicd_deployment_id: id,
      name: orElse(texts.name, `deployment for ${commitSha}`),
      display_title: texts.displayTitle,
      url: '',
      result,
      status,
      original_status: status,
      original_result: result,
      environment,
      original_environment: originalEnvironment,
      created_date: columnOf(commit.created ?? deployment.created),
      queued_date: null,
      started_date: columnOf(commit.started),
      finished_date: columnOf(commit.finished),
      duration_sec: secondsBetween(started, finished),
      queued_duration_sec: null,
      commit_sha: commitSha,
      commit_msg: texts.commitMsg,
      ref_name: texts.refName,
      repo_id: texts.repoId,
      repo_url: repoUrl,
      prev_success_deployment_commit_id: '',
      subtask_name: '',
      _raw_data_remark: '',
    };
  });
}

/** The first commit's row as far as the two tables agree, and what is said at the top. */
function deploymentRow(deployment: Deployment, commits: readonly Row[]): Row {
  const { cicd_scope_id = '', status = '', original_status = '', original_result = '' } = commits[0] ?? {};
  return {
    id: deployment.id,
    cicd_scope_id,
    name: deployment.name,
    display_title: deployment.displayTitle,
    url: '',
    result: deployment.result,
    status,
    original_status,
    original_result,
    environment: deployment.environment,
    original_environment: deployment.originalEnvironment,
    created_date: columnOf(deployment.created),
    queued_date: null,
    started_date: columnOf(deployment.started),
    finished_date: columnOf(deployment.finished),
    duration_sec: secondsBetween(deployment.started, deployment.finished),
    queued_duration_sec: null,
    subtask_name: '',
  };
}

function orElse(text: string, otherwise: string): string {
  return text === '' ? otherwise : text;
}
