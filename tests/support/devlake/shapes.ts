import type { Key } from './keys.ts';
import type { Blueprint, ConnectionSettings, Pipeline, Project, World } from './projects.ts';

/** The records of DevLake in the JSON that it gives of them. */

const MADE = { createdAt: '2026-01-01T00:00:00.000Z', updatedAt: '2026-01-01T00:00:00.000Z' };

export function connectionShape({ id, name }: ConnectionSettings, keys: readonly Key[]) {
  const own = `/plugins/webhook/connections/${id}`;
  const key = keys.find(({ allowedPath }) => allowedPath === `${own}/.*`);
  return {
    name,
    id,
    ...MADE,
    postIssuesEndpoint: `/rest${own}/issues`,
    closeIssuesEndpoint: `/rest${own}/issue/:issueKey/close`,
    postPullRequestsEndpoint: `/rest${own}/pull_requests`,
    postPipelineTaskEndpoint: `/rest${own}/cicd_tasks`,
    postPipelineDeployTaskEndpoint: `/rest${own}/deployments`,
    closePipelineEndpoint: `/rest${own}/cicd_pipeline/:pipelineName/finish`,
    ...(key !== undefined && { apiKey: keyShape(key, id) }),
  };
}

function keyShape({ allowedPath, expired = false }: Key, connection: number) {
  return {
    id: connection,
    ...MADE,
    creator: '',
    creatorEmail: '',
    updater: '',
    updaterEmail: '',
    name: `webhook-${connection}`,
    expiredAt: expired ? MADE.createdAt : null,
    allowedPath,
    type: 'plugin:webhook',
    extra: `connectionId:${connection}`,
  };
}

/** With the last pipeline in the list of all projects only: DevLake leaves it out of a single one. */
export function projectShape({ name, doraEnabled, blueprint }: Project, world: World, isListed: boolean) {
  const [last] = blueprint === null ? [] : world.pipelinesOf(blueprint);
  return {
    name,
    description: '',
    ...MADE,
    _raw_data_params: '',
    _raw_data_table: '',
    _raw_data_id: 0,
    _raw_data_remark: '',
    metrics: [{ pluginName: 'dora', pluginOption: {}, enable: doraEnabled }],
    blueprint: blueprint === null ? null : blueprintShape(blueprint),
    ...(isListed && last !== undefined && { lastPipeline: pipelineShape(last) }),
  };
}

export function blueprintShape({ id, project, enabled, connections }: Blueprint) {
  return {
    name: `${project}-Blueprint`,
    projectName: project,
    mode: 'NORMAL',
    plan: null,
    enable: enabled,
    cronConfig: '0 0 * * *',
    isManual: false,
    beforePlan: null,
    afterPlan: null,
    labels: [],
    connections: connections.map((connectionId) => ({ pluginName: 'webhook', connectionId, scopes: null })),
    priority: 0,
    skipOnFail: false,
    timeAfter: '2025-07-01T00:00:00Z',
    skipCollectors: false,
    fullSync: false,
    id,
    ...MADE,
  };
}

export function pipelineShape({ id, blueprint, states, skipCollectors, fullSync }: Pipeline) {
  const [status = 'TASK_COMPLETED'] = states;
  const [hasBegun, isOver] = [status !== 'TASK_CREATED', !/CREATED|RUNNING|RERUN|RESUME/u.test(status)];
  return {
    id,
    ...MADE,
    name: `${blueprint.project}-Blueprint`,
    blueprintId: blueprint.id,
    plan: [],
    totalTasks: 4,
    finishedTasks: isOver ? 4 : 0,
    beganAt: hasBegun ? MADE.createdAt : null,
    finishedAt: isOver ? MADE.updatedAt : null,
    status,
    message: status === 'TASK_FAILED' ? 'Error running pipeline' : '',
    errorName: '',
    spentSeconds: isOver ? 3 : 0,
    stage: isOver ? 4 : 0,
    labels: [],
    priority: 0,
    skipOnFail: false,
    timeAfter: null,
    skipCollectors,
    fullSync,
  };
}

export function taskShape({ id, states }: Pipeline, plugin: string, index: number) {
  const [status = 'TASK_COMPLETED'] = states;
  return {
    id: id * 10 + index,
    ...MADE,
    plugin,
    subtasks: [],
    options: {},
    status,
    message: '',
    errorName: '',
    progress: 0,
    progressDetail: null,
    failedSubTask: '',
    pipelineId: id,
    pipelineRow: 1,
    pipelineCol: index,
    beganAt: status === 'TASK_CREATED' ? null : MADE.createdAt,
    finishedAt: null,
    spentSeconds: 0,
  };
}

/** The plugins that a usual DevLake has, of those that matter here. */
export function pluginShapes() {
  const none = { requiredDataEntities: null, runAfter: null, isProjectMetric: false };
  const dora = {
    requiredDataEntities: [
      { model: 'cicd_tasks', requiredFields: { column: 'type', execptedValue: 'Deployment' } },
    ],
    runAfter: [],
    isProjectMetric: true,
  };
  const plain = ['argocd', 'github', 'jira', 'org', 'refdiff', 'webhook'];
  return [{ plugin: 'dora', metric: dora }, ...plain.map((plugin) => ({ plugin, metric: none }))];
}
