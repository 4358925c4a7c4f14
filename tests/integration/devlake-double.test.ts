import { afterEach, describe, expect, it } from 'vitest';
import { FAULTS, type FaultName } from '../support/devlake/faults.ts';
import { KEY, startDevLake, type DevLake, type DevLakeOptions } from '../support/devlake/server.ts';
import type { Row } from '../support/devlake/tables.ts';

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(closers.splice(0).map(async (close) => await close()));
});

async function lakeWith(options: DevLakeOptions = {}): Promise<DevLake> {
  const lake = await startDevLake(options);
  closers.push(async () => await lake.close());
  return lake;
}

interface Sent {
  readonly method?: string;
  readonly body?: unknown;
  /** `null` for none. */
  readonly authorization?: string | null;
  readonly type?: string;
  readonly signal?: AbortSignal;
}

interface Got {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: unknown;
}

async function ask(lake: DevLake, path: string, sent: Sent = {}): Promise<Got> {
  const { method = 'POST', body = {}, authorization = `Bearer ${KEY}`, type, signal } = sent;
  const headers = new Headers();
  if (authorization !== null) headers.set('authorization', authorization);
  if (type !== undefined) headers.set('content-type', type);
  const response = await fetch(`${lake.url}${path}`, {
    method,
    headers,
    redirect: 'manual',
    ...(signal !== undefined && { signal }),
    ...(method !== 'GET' && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: jsonOf(text) };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const HOOK = '/rest/plugins/webhook';
const CONNECTION = `${HOOK}/connections/1`;
const SHA = '1f0c9d2e3b4a5968778695a4b3c2d1e0f9a8b7c6';
const STARTED = '2026-01-12T09:58:30.000Z';
const FINISHED = '2026-01-12T10:00:00.000Z';

const COMMIT = {
  repoUrl: 'https://git.example.org/shop/checkout',
  commitSha: SHA,
  startedDate: STARTED,
  finishedDate: FINISHED,
};

const DEPLOYMENT = { id: 'D', startedDate: STARTED, finishedDate: FINISHED, deploymentCommits: [COMMIT] };

const ISSUE = {
  issueKey: 'INC-1',
  title: 'Checkout returns 502',
  type: 'INCIDENT',
  status: 'TODO',
  originalStatus: 'New',
  createdDate: '2026-02-03T14:11:00.000Z',
};

const PULL_REQUEST = {
  id: 'shop/checkout#311',
  pullRequestKey: 311,
  displayTitle: 'Retry card capture',
  createdDate: '2026-02-02T08:00:00.000Z',
};

const SUCCESS = { code: 0, success: true, message: 'success', causes: null, data: null };

const deploy = async (lake: DevLake, fields: object = {}, path = CONNECTION) =>
  await ask(lake, `${path}/deployments`, { body: { ...DEPLOYMENT, ...fields } });

const deployCommit = async (lake: DevLake, fields: object) =>
  await deploy(lake, { deploymentCommits: [{ ...COMMIT, ...fields }] });

const report = async (lake: DevLake, fields: object = {}, path = CONNECTION) =>
  await ask(lake, `${path}/issues`, { body: { ...ISSUE, ...fields } });

const propose = async (lake: DevLake, fields: object = {}) =>
  await ask(lake, `${CONNECTION}/pull_requests`, { body: { ...PULL_REQUEST, ...fields } });

const refusal = (message: string) => ({
  code: 0,
  success: false,
  message: expect.stringContaining(message),
  causes: null,
  data: null,
});

describe('the paths', () => {
  const PROJECT = { name: 'shop', webhookConnections: [1] };

  it.each([
    ['connections/1/deployments', 200],
    ['connections/01/deployments', 200],
    ['1/deployments', 200],
    ['connections/by-name/webhook 1/deployments', 200],
    ['connections/by-name/nobody/deployments', 404],
    [`connections/by-name/${'x'.repeat(101)}/deployments`, 400],
    ['connections/2/deployments', 404],
    ['2/deployments', 404],
    ['connections/0/deployments', 400],
    ['connections/x/deployments', 400],
    ['connections/-1/deployments', 400],
    ['connections/deployments', 400],
    ['connections/1/pullrequests', 404],
    ['connections/1/cicd_tasks', 404],
    ['by-name/webhook 1/deployments', 404],
    ['projects/nobody/deployments', 404],
  ])('of %s answer %i to a deployment, directly and through the proxy alike', async (path, status) => {
    const lake = await lakeWith({ projects: [PROJECT] });

    for (const base of ['', '/api'])
      expect((await ask(lake, `${base}${HOOK}/${path}`, { body: DEPLOYMENT })).status).toBe(status);
    expect(lake.tables().cicd_deployments).toHaveLength(status === 200 ? 1 : 0);
  });

  it.each([
    ['connections/1', 'v1.0.2', [200, 200, 404]],
    ['connections/1', 'v1.0.3', [200, 200, 200]],
    ['connections/1', 'main', [200, 200, 200]],
    ['1', 'v1.0.2', [200, 200, 404]],
    ['1', 'v1.0.3', [200, 200, 200]],
    ['connections/by-name/webhook%201', 'v1.0.2', [200, 200, 404]],
    ['connections/by-name/webhook%201', 'v1.0.3', [200, 200, 200]],
  ] as const)('below %s in %s have issues, closing and pull requests: %j', async (at, version, statuses) => {
    const lake = await lakeWith({ version });

    expect([
      (await ask(lake, `${HOOK}/${at}/issues`, { body: ISSUE })).status,
      (await ask(lake, `${HOOK}/${at}/issue/INC-1/close`, { body: '' })).status,
      (await ask(lake, `${HOOK}/${at}/pull_requests`, { body: PULL_REQUEST })).status,
    ]).toEqual(statuses);
  });

  it.each([
    ['%3A', 404, 404],
    ['%2F', 404, 404],
    ['%40', 404, 404],
    ['%2B', 404, 404],
    ['(1)', 404, 404],
    ['%c3%a9', 404, 404],
    // nginx writes the path anew, with the bracket as it is
    ['%28', 200, 404],
    [':', 200, 200],
    ['+', 200, 200],
    ['@', 200, 200],
    ['%20', 200, 200],
    ['%23', 200, 200],
    ['%C3%A9', 200, 200],
  ])('with %s in a name answer %i below /rest, and %i through the proxy', async (part, direct, proxied) => {
    const name = decodeURIComponent(`a${part}b`);
    const lake = await lakeWith({ connections: [{ id: 1, name }], open: true });
    const path = `/plugins/webhook/connections/by-name/a${part}b/deployments`;
    const statusAt = async (at: string) => (await ask(lake, `${at}${path}`, { body: DEPLOYMENT })).status;

    expect(await statusAt('/rest')).toBe(direct);
    expect(await statusAt('/api/rest')).toBe(proxied);
    // without the gate the router decodes what stands in its place
    expect(await statusAt('')).toBe(200);
  });

  it('with a slash at the end lead away from /rest', async () => {
    const lake = await lakeWith();
    const { status, headers } = await ask(lake, `${CONNECTION}/deployments/`, { body: DEPLOYMENT });

    expect(status).toBe(307);
    expect(headers.get('location')).toBe('/plugins/webhook/connections/1/deployments');
    expect(lake.tables().cicd_deployments).toEqual([]);
  });

  it('with a slash at the end ask for a key first', async () => {
    const lake = await lakeWith();

    expect((await ask(lake, `${CONNECTION}/deployments/`, { authorization: null })).status).toBe(401);
  });

  it('that are none are said to be none in plain text', async () => {
    const lake = await lakeWith();
    const { status, text, headers } = await ask(lake, '/rest/plugins/webhook/nothing');

    expect([status, text, headers.get('content-type')]).toEqual([404, '404 page not found', 'text/plain']);
    expect((await ask(lake, `${CONNECTION}/deployments`, { method: 'GET' })).status).toBe(404);
  });

  it('through the proxy take 20 MB and not more, directly more too', async () => {
    const lake = await lakeWith();
    const fits = JSON.stringify({ ...DEPLOYMENT, x: '' });
    const body = fits.replace('"x":""', `"x":"${'x'.repeat(20 * 1024 * 1024 - fits.length)}"`);
    const put = async (at: string, text: string) =>
      (await ask(lake, `${at}${CONNECTION}/deployments`, { body: text })).status;

    expect(await put('/api', body)).toBe(200);
    expect(await put('/api', `${body} `)).toBe(413);
    expect(await put('', `${body} `)).toBe(200);
  });

  it('of a project answer 404 the first time, though they make the connection', async () => {
    const lake = await lakeWith({ projects: [PROJECT] });
    const path = `${HOOK}/projects/shop`;

    expect((await deploy(lake, {}, path)).status).toBe(404);
    expect(lake.tables().cicd_deployments).toEqual([]);
    expect((await deploy(lake, {}, path)).status).toBe(200);
    expect(lake.tables().cicd_deployments).toMatchObject([{ id: 'D', cicd_scope_id: 'webhook:2' }]);
    expect(lake.requests).toMatchObject([
      { project: 'shop', connection: null, stored: false, status: 404 },
      { project: 'shop', connection: 2, stored: true, status: 200 },
    ]);
    lake.run('shop');
    expect(lake.computed().project_mapping.map((row) => row['row_id'])).toContain('webhook:2');
  });

  it.each([
    ['a name too long', 'x'.repeat(101), 400],
    ['no blueprint', 'bare', 400],
    ['a connection of that name elsewhere', 'taken', 400],
    ['a name too long for the connection', 'y'.repeat(95), 500],
  ])('of a project with %s are refused', async (_, name, status) => {
    const lake = await lakeWith({
      connections: [{ id: 1, name: 'taken_deployments' }],
      projects: [{ name: 'bare', blueprint: false }, { name: 'taken' }, { name: 'y'.repeat(95) }],
    });

    expect((await deploy(lake, {}, `${HOOK}/projects/${name}`)).status).toBe(status);
  });

  it('of a project are not there before v1.0.3', async () => {
    const lake = await lakeWith({ version: 'v1.0.2', projects: [PROJECT] });

    expect((await deploy(lake, {}, `${HOOK}/projects/shop`)).status).toBe(404);
    expect((await deploy(lake, {}, `${HOOK}/projects/shop`)).status).toBe(404);
  });
});

describe('the keys', () => {
  const KEYS = [
    { key: 'one', allowedPath: '/plugins/webhook/connections/1/.*' },
    { key: 'old', allowedPath: '.*', expired: true },
    { key: 'all', allowedPath: '.*' },
    { key: 'part', allowedPath: 'issues' },
  ];

  it.each([
    [null, 401, 'token is missing'],
    ['', 401, 'token is missing'],
    ['Basic YTpi', 401, 'token is not present or malformed'],
    ['Bearer', 401, 'token is not present or malformed'],
    ['bearer all', 401, 'token is not present or malformed'],
    ['Bearer nobody', 403, 'api key is invalid'],
    ['Bearer old', 403, 'api key has expired'],
    ['Bearer part', 403, "path doesn't match api key's scope"],
  ])('with %s give %i', async (authorization, status, message) => {
    const lake = await lakeWith({ keys: KEYS });
    const got = await ask(lake, `${CONNECTION}/deployments`, { body: DEPLOYMENT, authorization });

    expect([got.status, got.json]).toEqual([status, { success: false, message }]);
    expect(lake.requests).toMatchObject([{ stored: false, status, connection: 1 }]);
  });

  it.each([
    ['one', 'connections/1/deployments', 200],
    ['one', 'connections/2/deployments', 403],
    ['one', '1/deployments', 403],
    ['one', 'connections/by-name/a/deployments', 403],
    ['one', 'connections/1', 403],
    ['all', '1/deployments', 200],
    ['all', 'connections/1', 200],
    ['part', 'connections/1/issues', 400],
  ])('%s opens what its pattern says: %s', async (key, path, status) => {
    const lake = await lakeWith({
      keys: KEYS,
      connections: [
        { id: 1, name: 'a' },
        { id: 2, name: 'b' },
      ],
    });
    const method = path.endsWith('1') ? 'GET' : 'POST';
    const sent = { method, body: DEPLOYMENT, authorization: `Bearer ${key}` };

    expect((await ask(lake, `${HOOK}/${path}`, sent)).status).toBe(status);
  });

  it('are lost where AUTH_ENABLED is on without the fix', async () => {
    const lake = await lakeWith({ authEnabled: true });
    const { status, text } = await deploy(lake);

    expect([status, text]).toEqual([401, '{"message":"unauthorized","success":false}']);
    expect((await ask(lake, `${CONNECTION}/deployments`, { authorization: null })).json).toMatchObject({
      message: 'token is missing',
    });
    expect((await ask(lake, '/ready', { method: 'GET' })).status).toBe(200);
    expect((await ask(lake, '/rest/version', { method: 'GET' })).status).toBe(200);
  });

  it.each([
    [true, 200, 200],
    [false, 401, 401],
  ])('are not asked for without /rest; open: %s', async (open, direct, proxied) => {
    const lake = await lakeWith({ open });
    const path = '/plugins/webhook/connections/1/deployments';
    const sent = { body: DEPLOYMENT, authorization: null };

    expect((await ask(lake, path, sent)).status).toBe(direct);
    expect((await ask(lake, `/api${path}`, sent)).status).toBe(proxied);
  });

  it('come before the migration, the migration before the routes', async () => {
    const lake = await lakeWith({ migrationPending: true });

    expect((await ask(lake, `${CONNECTION}/deployments`, { authorization: null })).status).toBe(401);
    expect((await deploy(lake)).json).toEqual(refusal('Database migration is required'));
    expect((await deploy(lake)).status).toBe(428);
    expect((await ask(lake, '/rest/nowhere')).status).toBe(428);
    expect((await ask(lake, '/ready', { method: 'GET' })).status).toBe(503);
    lake.setMigrationPending(false);
    expect((await deploy(lake)).status).toBe(200);
  });
});

describe('the decoder', () => {
  it.each([
    ['{', 500],
    ['{"id":1', 500],
    ['[]', 500],
    ['"text"', 500],
    ['5', 500],
    ['nonsense', 500],
    ['', 400],
    [' \n', 400],
    ['null', 400],
    ['{}', 400],
    [`${JSON.stringify(DEPLOYMENT)} and more`, 200],
    [`[${JSON.stringify(DEPLOYMENT)}]`, 500],
  ])('answers %s', async (body, status) => {
    const lake = await lakeWith();
    const got = await ask(lake, `${CONNECTION}/deployments`, { body });

    expect(got.status).toBe(status);
    if (status >= 400) expect(got.json).toMatchObject({ code: 0, success: false, data: null });
  });

  it('reads the body before it looks for the connection, and that before it reads the fields', async () => {
    const lake = await lakeWith();

    expect((await ask(lake, `${HOOK}/connections/9/deployments`, { body: '{' })).status).toBe(500);
    expect((await ask(lake, `${HOOK}/connections/9/deployments`)).status).toBe(404);
  });

  it('does not look at the type of the content, but for a form', async () => {
    const lake = await lakeWith();
    const put = async (type: string) =>
      (await ask(lake, `${CONNECTION}/deployments`, { body: DEPLOYMENT, type })).status;

    expect(await put('text/plain')).toBe(200);
    expect(await put('multipart/form-data; boundary=x')).toBe(400);
  });

  it('answers success in one and the same way', async () => {
    const lake = await lakeWith();

    for (const got of [await deploy(lake), await deploy(lake), await report(lake), await propose(lake)])
      expect([got.status, got.json]).toEqual([200, SUCCESS]);
    expect((await ask(lake, `${CONNECTION}/issue/INC-1/close`, { body: '' })).json).toEqual(SUCCESS);
  });

  it('takes keys in any case, and no other keys', async () => {
    const lake = await lakeWith();
    const { id, startedDate, deploymentCommits } = DEPLOYMENT;
    const put = async (body: object) => await ask(lake, `${CONNECTION}/deployments`, { body });

    expect(
      (
        await put({
          ID: id,
          STARTEDDATE: startedDate,
          finisheddate: FINISHED,
          deploymentcommits: deploymentCommits,
        })
      ).status,
    ).toBe(200);
    const snake = await put({ id, started_date: startedDate, finishedDate: FINISHED, deploymentCommits });
    expect([snake.status, snake.json]).toEqual([400, refusal("'StartedDate' failed on the 'required' tag")]);
    expect((await deploy(lake, { url: 'https://x', nothing: [1] })).status).toBe(200);
  });

  it.each([
    [{ id: 5 }, { id: '5' }],
    [{ id: 0.5 }, { id: '0.5' }],
    [{ id: true }, { id: '1' }],
    [{ name: 1e21 }, { name: '1000000000000000000000' }],
    [{ name: null }, { name: `deploy ${SHA} to PRODUCTION` }],
    [{ deploymentCommits: COMMIT }, { id: 'D' }],
  ])('is weak of type: %j', async (fields, row) => {
    const lake = await lakeWith();

    expect((await deploy(lake, fields)).status).toBe(200);
    expect(lake.tables().cicd_deployments).toMatchObject([row]);
  });

  it.each([
    { name: ['x'] },
    { name: {} },
    { deploymentCommits: 'x' },
    { deploymentCommits: [5] },
    { startedDate: 1768212000000 },
    { startedDate: '' },
    { startedDate: 'yesterday' },
    { createdDate: true },
    { createdDate: '2026-01-02T03:04:05' },
  ])('refuses with a bare text what it cannot read: %j', async (fields) => {
    const lake = await lakeWith();
    const { status, json } = await deploy(lake, fields);

    expect([status, json]).toEqual([400, expect.stringContaining('1 error(s) decoding')]);
  });

  it.each([
    [3.7, 3],
    ['12', 12],
    ['', 50],
    [true, 1],
    [null, 50],
    [0, 50],
  ])('reads the whole number %j', async (leadTimeMinutes, stored) => {
    const lake = await lakeWith();
    await report(lake, { leadTimeMinutes, resolutionDate: '2026-02-03T15:01:59.999Z' });

    expect(lake.tables().issues).toMatchObject([{ lead_time_minutes: stored }]);
  });

  it('makes very much of a number below nothing, and the column does not take it', async () => {
    const lake = await lakeWith();

    expect((await report(lake, { leadTimeMinutes: -3 })).status).toBe(500);
    expect((await report(lake, { resolutionDate: '2026-02-03T14:00:00Z' })).status).toBe(500);
    expect(lake.tables().boards).toEqual([]);
  });
});

describe('a deployment', () => {
  it('leaves one row, and one for each commit', async () => {
    const lake = await lakeWith({ connections: [{ id: 7, name: 'shop' }] });
    const other = {
      repoUrl: 'https://git.example.org/shop/gitops',
      commitSha: '03d7a1b2c4e5f60718293a4b5c6d7e8f90a1b2c3',
      startedDate: '2026-01-12 09:58:31',
      finishedDate: '2026-01-12T11:00:00.123+01:00',
      createdDate: '2026-01-12',
      result: 'FAILURE',
      status: 'OTHER',
      name: 'gitops',
      displayTitle: 'title',
      refName: 'main',
      commitMsg: 'message',
      repoId: 'r1',
    };
    const fields = { originalEnvironment: 'eu1', deploymentCommits: [COMMIT, other] };
    await deploy(lake, fields, `${HOOK}/connections/7`);
    const shared = {
      cicd_scope_id: 'webhook:7',
      url: '',
      environment: 'PRODUCTION',
      original_environment: 'eu1',
      queued_date: null,
      queued_duration_sec: null,
      duration_sec: 90,
      subtask_name: '',
    };
    const done = { result: 'SUCCESS', status: 'DONE', original_status: 'DONE', original_result: 'SUCCESS' };
    const dates = { created_date: STARTED, started_date: STARTED, finished_date: FINISHED };
    const commit = { cicd_deployment_id: 'D', prev_success_deployment_commit_id: '', _raw_data_remark: '' };

    expect(lake.tables()).toEqual({
      cicd_deployments: [
        {
          ...shared,
          ...done,
          ...dates,
          id: 'D',
          name: `deploy ${SHA},${other.commitSha} to PRODUCTION`,
          display_title: '',
        },
      ],
      cicd_deployment_commits: [
        {
          ...shared,
          ...done,
          ...dates,
          ...commit,
          id: `webhook:7:D:c7640f9a096712f4:${SHA}`,
          name: `deployment for ${SHA}`,
          display_title: '',
          commit_sha: SHA,
          commit_msg: '',
          ref_name: '',
          repo_id: '',
          repo_url: COMMIT.repoUrl,
        },
        {
          ...shared,
          ...commit,
          id: `webhook:7:D:2c4c00d1f74c3f57:${other.commitSha}`,
          result: 'FAILURE',
          status: 'OTHER',
          original_status: 'OTHER',
          original_result: 'FAILURE',
          created_date: '2026-01-12T00:00:00.000Z',
          started_date: '2026-01-12T09:58:31.000Z',
          finished_date: '2026-01-12T10:00:00.123Z',
          name: 'gitops',
          display_title: 'title',
          commit_sha: other.commitSha,
          commit_msg: 'message',
          ref_name: 'main',
          repo_id: 'r1',
          repo_url: other.repoUrl,
        },
      ].sort((a, b) => (a.id < b.id ? -1 : 1)),
      issues: [],
      incidents: [],
      boards: [],
      board_issues: [],
      incident_assignees: [],
      pull_requests: [],
    });
  });

  it.each([
    [{ id: '' }, "'Id' failed on the 'required' tag"],
    [{ id: null }, "'Id' failed on the 'required' tag"],
    [{ startedDate: null }, "'StartedDate' failed on the 'required' tag"],
    [{ finishedDate: null }, "'FinishedDate' failed on the 'required' tag"],
    [{ environment: 'production' }, "'Environment' failed on the 'oneof' tag"],
    [{ environment: 'OTHER' }, "'Environment' failed on the 'oneof' tag"],
    [{ deploymentCommits: [] }, 'deployment_commits is empty'],
    [{ deploymentCommits: null }, 'deployment_commits is empty'],
    [{ deploymentCommits: {} }, 'deployment_commits is empty'],
    [{ deploymentCommits: [null] }, "DeploymentCommits[0].RepoUrl' Error"],
  ])('needs its fields, and right ones: %j', async (fields, message) => {
    const lake = await lakeWith();
    const { status, json } = await deploy(lake, fields);

    expect([status, json]).toEqual([400, refusal(message)]);
    expect(lake.tables().cicd_deployment_commits).toEqual([]);
  });

  it.each([
    ['repoUrl', '', 'RepoUrl'],
    ['commitSha', null, 'CommitSha'],
    ['startedDate', null, 'StartedDate'],
    ['finishedDate', null, 'FinishedDate'],
  ])('needs %s of every commit', async (field, value, name) => {
    const lake = await lakeWith();
    const { status, json } = await deploy(lake, {
      deploymentCommits: [COMMIT, { ...COMMIT, [field]: value }],
    });

    expect(status).toBe(400);
    expect(json).toEqual(
      refusal(`DeploymentCommits[1].${name}' Error:Field validation for '${name}' failed`),
    );
  });

  it.each([
    [{ environment: '' }, { environment: 'PRODUCTION' }],
    [{ environment: 'STAGING' }, { environment: 'STAGING', name: `deploy ${SHA} to STAGING` }],
    [{ result: 'WHATEVER' }, { result: 'WHATEVER', original_result: 'SUCCESS' }],
    [{ createdDate: '2026-01-01T00:00:00Z' }, { created_date: '2026-01-01T00:00:00.000Z' }],
    [
      { startedDate: '2026-01-12T09:58:30.9999Z' },
      { duration_sec: 89, started_date: '2026-01-12T09:58:31.000Z' },
    ],
    [{ startedDate: '2026-01-12T10:00:01.5Z' }, { duration_sec: -1 }],
  ])('takes %j', async (fields, row) => {
    const lake = await lakeWith();
    await deploy(lake, fields);

    expect(lake.tables().cicd_deployments).toMatchObject([row]);
  });

  it('that failed at the top only counts as a success of its commits', async () => {
    const lake = await lakeWith();
    await deploy(lake, { result: 'FAILURE' });

    expect(lake.tables().cicd_deployments).toMatchObject([{ result: 'FAILURE', original_result: 'SUCCESS' }]);
    expect(lake.tables().cicd_deployment_commits).toMatchObject([{ result: 'SUCCESS' }]);
  });

  it('takes its created date for its commits, where they have none', async () => {
    const lake = await lakeWith();
    await deploy(lake, { createdDate: '2026-01-01' });

    expect(lake.tables().cicd_deployment_commits).toMatchObject([
      { created_date: '2026-01-01T00:00:00.000Z' },
    ]);
  });

  it('sent twice is the same; what is left out the second time is empty', async () => {
    const lake = await lakeWith({ projects: [{ name: 'shop', webhookConnections: [1] }] });
    await deploy(lake, { displayTitle: 'T', originalEnvironment: 'eu1' });
    await deploy(lake, { id: 'E', ...later(1) });
    const before = lake.tables();
    lake.run('shop');
    expect(linkOf(lake.tables().cicd_deployment_commits[1])).toMatch(/^webhook:1:D:/u);
    await deploy(lake, { id: 'E', ...later(1) });
    await deploy(lake, { displayTitle: 'T', originalEnvironment: 'eu1' });

    expect(lake.tables()).toEqual(before);
    await deploy(lake);
    expect(lake.tables().cicd_deployments[0]).toMatchObject({ display_title: '', original_environment: '' });
  });

  it('keeps the rows of commits that it no longer has', async () => {
    const lake = await lakeWith();
    await deploy(lake);
    await deployCommit(lake, { commitSha: 'b'.repeat(40) });

    expect(lake.tables().cicd_deployments).toHaveLength(1);
    expect(lake.tables().cicd_deployment_commits).toHaveLength(2);
  });

  it('takes over the row of another connection, and not those of its commits', async () => {
    const lake = await lakeWith({
      connections: [
        { id: 1, name: 'a' },
        { id: 2, name: 'b' },
      ],
    });
    await deploy(lake);
    await deploy(lake, {}, `${HOOK}/connections/2`);

    expect(lake.tables().cicd_deployments).toMatchObject([{ cicd_scope_id: 'webhook:2' }]);
    expect(lake.tables().cicd_deployment_commits).toHaveLength(2);
    expect(lake.warnings).toEqual([{ kind: 'taken-over', id: 'D', number: 1 }]);
  });

  it.each([
    ['mysql', 200, 1],
    ['postgres', 500, 0],
  ] as const)('with a commit twice on %s', async (dialect, status, rows) => {
    const lake = await lakeWith({ dialect });

    expect((await deploy(lake, { deploymentCommits: [COMMIT, { ...COMMIT, refName: 'x' }] })).status).toBe(
      status,
    );
    expect(lake.tables().cicd_deployment_commits).toHaveLength(rows);
  });

  it('with a sha of more than 40 characters is stored, and a warning', async () => {
    const lake = await lakeWith();
    const commitSha = `sha256:${'a'.repeat(64)}`;

    expect((await deployCommit(lake, { commitSha })).status).toBe(200);
    expect(lake.warnings).toEqual([
      { kind: 'long-sha', id: `webhook:1:D:c7640f9a096712f4:${commitSha}`, number: 0 },
    ]);
  });

  it.each([
    ['repoUrl', 500],
    ['refName', 255],
    ['repoId', 255],
    ['name', 255],
    ['result', 100],
    ['status', 100],
  ])('has %s of a commit in a column of %i', async (field, limit) => {
    const lake = await lakeWith();

    expect((await deployCommit(lake, { [field]: 'é'.repeat(limit) })).status).toBe(200);
    expect((await deployCommit(lake, { [field]: 'é'.repeat(limit + 1) })).status).toBe(500);
  });

  it.each([
    ['originalEnvironment', 255],
    ['result', 100],
    // with what else is in the id of a commit's row
    ['id', 185],
  ])('has %s in a column, with room for %i', async (field, limit) => {
    const lake = await lakeWith({ connections: [{ id: 100, name: 'a' }] });
    const path = `${HOOK}/connections/100`;

    expect((await deploy(lake, { [field]: 'x'.repeat(limit) }, path)).status).toBe(200);
    expect((await deploy(lake, { [field]: 'x'.repeat(limit + 1) }, path)).status).toBe(500);
  });

  it.each([
    ['v1.0.2', 'mysql', 500, 1],
    ['v1.0.2', 'postgres', 500, 0],
    ['v1.0.3', 'mysql', 200, 1],
  ] as const)('with a long name in %s on %s', async (version, dialect, status, commits) => {
    const lake = await lakeWith({ version, dialect });

    expect((await deploy(lake, { name: 'x'.repeat(256) })).status).toBe(status);
    expect(lake.tables().cicd_deployment_commits).toHaveLength(commits);
    expect(lake.tables().cicd_deployments).toHaveLength(status === 200 ? 1 : 0);
  });

  it.each([
    ['mysql', 200],
    ['postgres', 500],
  ] as const)('with a NUL in a text on %s', async (dialect, status) => {
    const lake = await lakeWith({ dialect });

    expect((await deploy(lake, { name: 'a\0b' })).status).toBe(status);
  });

  it('has its environment for the original one in v1.0.2', async () => {
    const lake = await lakeWith({ version: 'v1.0.2' });
    await deploy(lake, { originalEnvironment: 'eu1' });

    expect(lake.tables().cicd_deployments).toMatchObject([{ original_environment: 'PRODUCTION' }]);
  });
});

function later(days: number): object {
  const at = (text: string) => new Date(Date.parse(text) + days * 86_400_000).toISOString();
  const dates = { startedDate: at(STARTED), finishedDate: at(FINISHED) };
  return { ...dates, deploymentCommits: [{ ...COMMIT, ...dates }] };
}

function linkOf(row: Row | undefined): unknown {
  return row?.['prev_success_deployment_commit_id'];
}

describe('an issue', () => {
  const STORED = {
    id: 'webhook:1:INC-1',
    url: '',
    title: 'Checkout returns 502',
    description: '',
    status: 'TODO',
    original_status: 'New',
    resolution_date: null,
    created_date: ISSUE.createdDate,
    updated_date: null,
    lead_time_minutes: 0,
    original_estimate_minutes: 0,
    time_spent_minutes: 0,
    time_remaining_minutes: 0,
    creator_id: '',
    creator_name: '',
    assignee_id: '',
    assignee_name: '',
    priority: '',
    severity: '',
    urgency: '',
    component: '',
    original_project: '',
  };

  it('that is an incident leaves its rows', async () => {
    const lake = await lakeWith();
    await report(lake);
    const { issues, incidents, boards, board_issues, incident_assignees } = lake.tables();

    expect(issues).toEqual([
      {
        ...STORED,
        issue_key: 'INC-1',
        epic_key: '',
        type: 'INCIDENT',
        original_type: '',
        icon_url: '',
        story_point: 0,
        parent_issue_id: '',
        is_subtask: false,
        due_date: null,
        fix_versions: '',
      },
    ]);
    expect(incidents).toEqual([
      { ...STORED, incident_key: 'INC-1', parent_incident_id: '', table: 'boards', scope_id: 'webhook:1' },
    ]);
    expect(boards).toMatchObject([{ id: 'webhook:1' }]);
    expect(board_issues).toEqual([{ board_id: 'webhook:1', issue_id: 'webhook:1:INC-1' }]);
    expect(incident_assignees).toEqual([
      { incident_id: 'webhook:1:INC-1', assignee_id: '', assignee_name: '' },
    ]);
  });

  it.each(['BUG', 'incident', ''])('of the type %j is none', async (type) => {
    const lake = await lakeWith();
    await report(lake, { type });

    expect(lake.tables().issues).toHaveLength(1);
    expect(lake.tables().incidents).toEqual([]);
    expect(lake.tables().incident_assignees).toEqual([]);
  });

  it.each([
    [{ issueKey: '' }, 'IssueKey'],
    [{ title: null }, 'Title'],
    [{ status: null }, 'Status'],
    [{ status: 'OTHER' }, 'Status'],
    [{ status: 'done' }, 'Status'],
    [{ originalStatus: '' }, 'OriginalStatus'],
    [{ createdDate: null }, 'CreatedDate'],
  ])('is refused with a bare text: %j', async (fields, name) => {
    const lake = await lakeWith();
    const { status, json } = await report(lake, fields);

    expect([status, json]).toEqual([400, expect.stringContaining(`Field validation for '${name}' failed`)]);
  });

  it('has ids of the connection, and numbers', async () => {
    const lake = await lakeWith();
    await report(lake, {
      creatorId: 'u7',
      assigneeId: 'u1',
      assigneeName: 'A',
      parentIssueKey: 'INC-0',
      storyPoint: 1.5,
      timeSpentMinutes: 7,
    });

    expect(lake.tables().issues).toMatchObject([
      {
        creator_id: 'webhook:1:u7',
        assignee_id: 'webhook:1:u1',
        parent_issue_id: 'webhook:1:INC-0',
        story_point: 1.5,
        time_spent_minutes: 7,
      },
    ]);
    expect(lake.tables().incidents).toMatchObject([{ parent_incident_id: 'webhook:1:INC-0' }]);
    expect(lake.tables().incident_assignees).toMatchObject([
      { assignee_id: 'webhook:1:u1', assignee_name: 'A' },
    ]);
  });

  it('is resolved by the full record, and opened again by one without dates', async () => {
    const lake = await lakeWith();
    const done = { status: 'DONE', originalStatus: 'Resolved', resolutionDate: '2026-02-03T15:01:00Z' };
    await report(lake);
    const open = lake.tables();
    await report(lake, done);
    expect(lake.tables().incidents).toMatchObject([
      { status: 'DONE', resolution_date: '2026-02-03T15:01:00.000Z', lead_time_minutes: 50 },
    ]);
    await report(lake, { ...done, leadTimeMinutes: 7 });
    expect(lake.tables().issues).toMatchObject([{ lead_time_minutes: 7 }]);
    await report(lake);

    expect(lake.tables()).toEqual(open);
  });

  it('that is no incident any more leaves the incident behind, for good', async () => {
    const lake = await lakeWith({ projects: [{ name: 'shop', webhookConnections: [1] }] });
    await report(lake);
    await report(lake, { type: 'BUG' });
    lake.run('shop');

    expect(lake.tables().incidents).toHaveLength(1);
  });

  it.each([
    ['issueKey', 245],
    ['originalStatus', 100],
    ['type', 100],
    ['url', 255],
    ['priority', 255],
    ['component', 255],
    ['creatorName', 255],
    ['creatorId', 245],
  ])('has %s in a column, with room for %i', async (field, limit) => {
    const lake = await lakeWith();

    expect((await report(lake, { [field]: 'x'.repeat(limit) })).status).toBe(200);
    expect((await report(lake, { [field]: 'x'.repeat(limit + 1) })).status).toBe(500);
  });

  it.each([
    ['v1.0.2', null, 0],
    ['v1.0.3', null, 0],
    ['main', '2026-02-03T14:20:30.000Z', 9],
  ] as const)('that is closed in %s', async (version, resolved, minutes) => {
    const lake = await lakeWith({ version, now: () => new Date('2026-02-03T14:20:30Z') });
    await report(lake);
    expect((await ask(lake, `${CONNECTION}/issue/INC-1/close`, { body: '' })).status).toBe(200);
    const closed = {
      status: 'DONE',
      original_status: '',
      resolution_date: resolved,
      lead_time_minutes: minutes,
    };

    expect(lake.tables().issues).toMatchObject([closed]);
    expect(lake.tables().incidents).toMatchObject([closed]);
  });

  it('that is resolved stays so when it is closed', async () => {
    const lake = await lakeWith({ version: 'main' });
    await report(lake, { resolutionDate: '2026-02-03T15:01:00Z' });
    await ask(lake, `${CONNECTION}/issue/INC-1/close`, { body: '' });

    expect(lake.tables().issues).toMatchObject([
      { resolution_date: '2026-02-03T15:01:00.000Z', lead_time_minutes: 50 },
    ]);
  });

  it('that begins after now cannot be closed in main', async () => {
    const lake = await lakeWith({ version: 'main', now: () => new Date('2026-01-01T00:00:00Z') });
    await report(lake);
    const before = lake.tables();

    expect((await ask(lake, `${CONNECTION}/issue/INC-1/close`, { body: '' })).status).toBe(500);
    expect(lake.tables()).toEqual(before);
  });

  it('whose incident is missing is closed in words only', async () => {
    const lake = await lakeWith({ fault: ({ number }) => (number === 0 ? 'status-500-after' : null) });
    await report(lake);
    const before = lake.tables();

    expect((await ask(lake, `${CONNECTION}/issue/INC-1/close`, { body: '' })).status).toBe(200);
    expect(before.issues).toHaveLength(1);
    expect(lake.tables()).toEqual(before);
  });

  it('that is not there cannot be closed', async () => {
    const lake = await lakeWith();
    const { status, json } = await ask(lake, `${CONNECTION}/issue/INC-9/close`, { body: '' });

    expect(status).toBe(404);
    expect(json).toMatchObject({ success: false, message: expect.stringContaining('issue not found') });
  });
});

describe('a pull request', () => {
  it('leaves one row, of its number and the connection', async () => {
    const lake = await lakeWith();
    await propose(lake, {
      baseRepoId: 'webhook:9',
      headRepoId: 'fork',
      status: 'MERGED',
      mergedDate: '2026-02-03T13:40:00Z',
      mergeCommitSha: SHA,
      additions: 3,
      isDraft: 'true',
    });

    expect(lake.tables().pull_requests).toEqual([
      {
        id: 'webhook:1:311',
        base_repo_id: 'webhook:1',
        head_repo_id: 'fork',
        status: 'MERGED',
        original_status: '',
        title: 'Retry card capture',
        description: '',
        url: '',
        author_name: '',
        author_id: '',
        merged_by_name: '',
        merged_by_id: '',
        parent_pr_id: '',
        pull_request_key: 311,
        created_date: '2026-02-02T08:00:00.000Z',
        merged_date: '2026-02-03T13:40:00.000Z',
        closed_date: null,
        type: '',
        component: '',
        merge_commit_sha: SHA,
        head_ref: '',
        base_ref: '',
        base_commit_sha: '',
        head_commit_sha: '',
        additions: 3,
        deletions: 0,
        is_draft: true,
      },
    ]);
  });

  it.each([
    [{ id: '' }, 'Id'],
    [{ pullRequestKey: 0 }, 'PullRequestKey'],
    [{ displayTitle: null, title: 'T' }, 'Title'],
    [{ createdDate: null }, 'CreatedDate'],
    [{ status: 'merged' }, 'Status'],
  ])('needs its fields, and right ones: %j', async (fields, name) => {
    const lake = await lakeWith();
    const { status, json } = await propose(lake, fields);

    expect([status, json]).toEqual([400, refusal(`Field validation for '${name}' failed`)]);
  });

  it('with a number that is none is refused with a bare text', async () => {
    const lake = await lakeWith();

    expect((await propose(lake, { pullRequestKey: 'x' })).json).toEqual(expect.stringContaining('decoding'));
    expect((await propose(lake, { pullRequestKey: '12' })).status).toBe(200);
  });

  it.each([
    ['mergeCommitSha', 40],
    ['headCommitSha', 40],
    ['baseCommitSha', 40],
    ['url', 255],
    ['headRef', 255],
    ['authorName', 100],
    ['authorId', 100],
    ['mergedById', 100],
    ['parentPrId', 100],
    ['type', 100],
    ['component', 100],
    ['headRepoId', 191],
  ])('has %s in a column of %i', async (field, limit) => {
    const lake = await lakeWith();

    expect((await propose(lake, { [field]: 'x'.repeat(limit) })).status).toBe(200);
    expect((await propose(lake, { [field]: 'x'.repeat(limit + 1) })).status).toBe(500);
  });
});

describe('the checks', () => {
  const SHOP = { name: 'shop', webhookConnections: [7], blueprintRan: true };
  const look = async (lake: DevLake, path: string) => await ask(lake, path, { method: 'GET' });

  it('say whether it is there, and what it has', async () => {
    const lake = await lakeWith();

    expect((await look(lake, '/ready')).json).toMatchObject({ success: true, message: 'ready' });
    expect((await look(lake, '/rest/ready')).status).toBe(200);
    expect((await look(lake, '/version')).json).toEqual({ version: 'v1.0.3@0000000' });
    for (const plugin of ['webhook', 'dora', 'org', 'refdiff'])
      expect((await look(lake, '/rest/plugins')).json).toContainEqual(expect.objectContaining({ plugin }));
  });

  it('give a connection, and all of them, with the record of its key and without the key', async () => {
    const keys = [
      { key: 'own', allowedPath: '/plugins/webhook/connections/7/.*' },
      { key: KEY, allowedPath: '.*' },
    ];
    const lake = await lakeWith({
      keys,
      connections: [
        { id: 7, name: 'shop' },
        { id: 8, name: 'b' },
      ],
    });
    const one = await look(lake, `${HOOK}/connections/7`);
    const apiKey: unknown = expect.objectContaining({ allowedPath: keys[0]?.allowedPath, expiredAt: null });

    expect(one.json).toMatchObject({ name: 'shop', id: 7, apiKey });
    expect(one.text).not.toContain('"own"');
    expect((await look(lake, `${HOOK}/connections`)).json).toMatchObject([one.json, { name: 'b', id: 8 }]);
    expect((await look(lake, `${HOOK}/connections/by-name/shop`)).json).toEqual(one.json);
    expect((await look(lake, `${HOOK}/connections/9`)).status).toBe(404);
  });

  it('give a project with its blueprint, and its last pipeline in the list only', async () => {
    const lake = await lakeWith({ projects: [SHOP, { name: 'bare', doraEnabled: false, blueprint: false }] });
    const one = await look(lake, '/rest/projects/shop');
    const last: unknown = expect.objectContaining({ id: 1, blueprintId: 1, status: 'TASK_COMPLETED' });

    expect(one.json).toMatchObject({
      name: 'shop',
      metrics: [{ pluginName: 'dora', enable: true }],
      blueprint: { id: 1, enable: true, connections: [{ pluginName: 'webhook', connectionId: 7 }] },
    });
    expect(one.json).not.toHaveProperty('lastPipeline');
    expect((await look(lake, '/rest/projects')).json).toMatchObject({
      count: 2,
      projects: [
        { name: 'shop', lastPipeline: last },
        { name: 'bare', blueprint: null, metrics: [{ enable: false }] },
      ],
    });
    expect((await look(lake, '/rest/projects/nobody')).status).toBe(404);
  });

  it.each([
    ['v1.0.2', ['boards', 'cicd_scopes']],
    ['v1.0.3', ['boards', 'cicd_scopes', 'repos']],
  ] as const)('give the mapping of %s', async (version, tables) => {
    const lake = await lakeWith({ version, projects: [SHOP] });
    const { text, headers } = await look(lake, '/rest/plugins/org/project_mapping.csv');

    expect(headers.get('content-type')).toBe('text/csv');
    expect(text).toBe(
      ['ProjectName,Table,RowId', ...tables.map((table) => `shop,${table},webhook:7`), ''].join('\n'),
    );
  });

  it('begin a run, and say how far it is', async () => {
    const lake = await lakeWith({ projects: [{ ...SHOP, blueprintRan: false }] });
    const body = { skipCollectors: true, fullSync: false };
    const begun = await ask(lake, '/rest/blueprints/1/trigger', { body });
    const state = async () => (await look(lake, '/rest/pipelines/1')).json;

    expect(begun.json).toMatchObject({
      id: 1,
      status: 'TASK_CREATED',
      skipCollectors: true,
      finishedAt: null,
    });
    expect(await state()).toMatchObject({ status: 'TASK_RUNNING' });
    expect(await state()).toMatchObject({ status: 'TASK_COMPLETED' });
    expect(await state()).toMatchObject({ status: 'TASK_COMPLETED' });
    expect(lake.computed().project_mapping).toHaveLength(3);
    await ask(lake, '/rest/blueprints/1/trigger', { body: '' });
    expect((await look(lake, '/rest/blueprints/1/pipelines')).json).toMatchObject({
      count: 2,
      pipelines: [{ id: 2 }, { id: 1 }],
    });
    expect((await ask(lake, '/rest/blueprints/9/trigger')).status).toBe(404);
    expect((await look(lake, '/rest/pipelines/9')).status).toBe(404);
  });

  it('tell of a run that fails, and computes nothing', async () => {
    const lake = await lakeWith({
      projects: [{ ...SHOP, blueprintRan: false }],
      pipelineStates: ['TASK_FAILED'],
    });
    await ask(lake, '/rest/blueprints/1/trigger', { body: '' });

    expect((await look(lake, '/rest/pipelines/1')).json).toMatchObject({ status: 'TASK_FAILED' });
    expect(lake.computed().project_mapping).toEqual([]);
  });

  it('do not run a blueprint that is off', async () => {
    const lake = await lakeWith({ projects: [{ ...SHOP, enabled: false, blueprintRan: false }] });

    expect((await ask(lake, '/rest/blueprints/1/trigger', { body: '' })).status).toBe(400);
  });
});

describe('a run', () => {
  const TWO = [
    { id: 1, name: 'a' },
    { id: 2, name: 'b' },
  ];
  const projects = [{ name: 'shop', webhookConnections: [1, 2] }];

  it('links each success to the one before it, of the same scope, repository and environment', async () => {
    const lake = await lakeWith({ connections: TWO, projects });
    const put = async (id: string, day: number, fields: object = {}, commit: object = {}) => {
      const { deploymentCommits, ...dates } = { deploymentCommits: [{}], ...later(day) };
      const path = `${HOOK}/connections/${id.startsWith('other') ? 2 : 1}`;
      return await deploy(
        lake,
        { id, ...dates, ...fields, deploymentCommits: [{ ...deploymentCommits[0], ...commit }] },
        path,
      );
    };
    await put('c', 3);
    await put('a', 0);
    await put('failed', 1, {}, { result: 'FAILURE' });
    await put('b', 2);
    await put('staged', 2, { environment: 'STAGING' });
    await put('repo', 2, {}, { repoUrl: 'https://git.example.org/x' });
    await put('other', 2);
    lake.run('shop');
    lake.run('shop');
    const idOf = (name: string) => `webhook:1:${name}:c7640f9a096712f4:${SHA}`;
    const rows = lake.tables().cicd_deployment_commits;

    expect(Object.fromEntries(rows.map((row) => [row['cicd_deployment_id'], linkOf(row)]))).toEqual({
      a: '',
      b: idOf('a'),
      c: idOf('b'),
      failed: '',
      staged: '',
      repo: '',
      other: '',
    });
    expect(rows.find((row) => row['cicd_deployment_id'] === 'a')?.['_raw_data_remark']).toBe(
      'prev_deployment_commit_id_enricher,',
    );
    expect(rows.find((row) => row['cicd_deployment_id'] === 'failed')?.['_raw_data_remark']).toBe('');
  });

  it('blames the last success in production strictly before an incident, of the whole project', async () => {
    const lake = await lakeWith({ connections: [...TWO, { id: 3, name: 'unmapped' }], projects });
    await deploy(lake, { id: 'a', ...later(0) });
    await deploy(lake, { id: 'b', ...later(1) }, `${HOOK}/connections/2`);
    await deploy(lake, { id: 'staged', environment: 'STAGING', ...later(2) });
    await deploy(lake, { id: 'unmapped', ...later(2) }, `${HOOK}/connections/3`);
    const at = (issueKey: string, createdDate: string, path?: string) =>
      report(lake, { issueKey, createdDate }, path);
    await at('before', FINISHED);
    await at('after', '2026-01-12T10:00:00.001Z');
    await at('late', '2026-06-01');
    await at('elsewhere', '2026-06-01', `${HOOK}/connections/3`);
    lake.run('shop');

    expect(lake.computed().project_incident_deployment_relationships).toEqual([
      { id: 'webhook:1:after', project_name: 'shop', deployment_id: 'a' },
      { id: 'webhook:1:late', project_name: 'shop', deployment_id: 'b' },
    ]);
  });

  it('only maps where the metric is off', async () => {
    const lake = await lakeWith({
      projects: [{ name: 'shop', webhookConnections: [1], doraEnabled: false }],
    });
    await deploy(lake);
    const before = lake.tables();
    lake.run('shop');

    expect(lake.tables()).toEqual(before);
    expect(lake.computed().project_mapping).toHaveLength(3);
  });

  it('forgets the former assignees of an incident', async () => {
    const lake = await lakeWith({ connections: TWO, projects });
    await report(lake, { assigneeId: 'a' });
    await report(lake, { assigneeId: 'b' });
    expect(lake.tables().incident_assignees).toHaveLength(2);
    lake.run('shop');

    expect(lake.tables().incident_assignees).toMatchObject([{ assignee_id: 'webhook:1:b' }]);
  });
});

describe('a fault', () => {
  const whole = { status: 200, stored: true };

  it.each<[FaultName, number | null, boolean]>([
    ['reset-before', null, false],
    ['reset-after', null, true],
    ['status-400', 400, false],
    ['status-401', 401, false],
    ['status-403', 403, false],
    ['status-404', 404, false],
    ['status-428', 428, false],
    ['status-429', 429, false],
    ['status-429-date', 429, false],
    ['status-429-bare', 429, false],
    ['status-500-before', 500, false],
    ['status-500-after', 500, false],
    ['status-502', 502, false],
    ['status-503', 503, false],
    ['status-504', 504, false],
    ['status-504-after', 504, true],
    ['html', 502, false],
    ['html-200', 200, false],
  ])('%s', async (name, status, stored) => {
    const lake = await lakeWith({ fault: ({ number }) => (number === 0 ? name : null) });
    const first = deploy(lake);
    if (status === null) await expect(first).rejects.toThrow('fetch failed');
    else expect((await first).status).toBe(status);

    expect(lake.requests).toMatchObject([{ status, stored }]);
    expect(lake.tables().cicd_deployments).toHaveLength(stored ? 1 : 0);
    expect(lake.tables().cicd_deployment_commits).toHaveLength(stored || name === 'status-500-after' ? 1 : 0);
    await deploy(lake);
    expect(lake.requests[1]).toMatchObject(whole);
    expect(lake.tables().cicd_deployments).toHaveLength(1);
  });

  it('that cuts the answer has stored it', async () => {
    const lake = await lakeWith({ fault: () => 'cut-answer' });

    await expect(deploy(lake)).rejects.toThrow('terminated');
    expect(lake.requests).toMatchObject([whole]);
  });

  it.each([
    ['hang', false],
    ['hang-after', true],
  ] as const)('%s goes on until the client or the server has enough', async (name, stored) => {
    const client = new AbortController();
    const lake = await lakeWith({ fault: () => ({ name, begun: () => client.abort() }) });
    const got = ask(lake, `${CONNECTION}/deployments`, { body: DEPLOYMENT, signal: client.signal });

    await expect(got).rejects.toThrow('aborted');
    expect(lake.requests).toMatchObject([{ status: null, stored }]);
    expect(lake.tables().cicd_deployments).toHaveLength(stored ? 1 : 0);
    lake.setFault(() => ({ name, begun: () => void lake.close() }));
    await expect(deploy(lake)).rejects.toThrow('fetch failed');
  });

  it('says when to come again', async () => {
    const until = new Date('2026-05-01T10:00:00Z');
    const lake = await lakeWith({ fault: () => ({ name: 'status-429', seconds: 7 }) });
    const after = async () => (await deploy(lake)).headers.get('retry-after');

    expect(await after()).toBe('7');
    lake.setFault(() => ({ name: 'status-429-date', until }));
    expect(await after()).toBe('Fri, 01 May 2026 10:00:00 GMT');
    lake.setFault(() => 'status-429-bare');
    expect(await after()).toBeNull();
  });

  it('of the database half-way keeps nothing on PostgreSQL, and the issue without the incident on MySQL', async () => {
    const fault = () => 'status-500-after' as const;
    const postgres = await lakeWith({ dialect: 'postgres', fault });
    const mysql = await lakeWith({ fault });
    await deploy(postgres);
    await report(postgres);
    await report(mysql);

    expect(Object.values(postgres.tables()).flat()).toEqual([]);
    expect(mysql.tables().issues).toHaveLength(1);
    expect(mysql.tables().incidents).toEqual([]);
  });

  it('of one connection leaves the others alone', async () => {
    const lake = await lakeWith({
      connections: [
        { id: 1, name: 'a' },
        { id: 2, name: 'b' },
      ],
      projects: [{ name: 'shop', webhookConnections: [2] }],
    });
    const statuses = async () => [
      (await deploy(lake)).status,
      (await deploy(lake, {}, `${HOOK}/connections/2`)).status,
      (await deploy(lake, {}, `${HOOK}/connections/by-name/b`)).status,
    ];

    lake.setDown(1, true);
    expect(await statuses()).toEqual([503, 200, 200]);
    lake.setDown(1, false);
    lake.setDown('shop', true);
    expect(await statuses()).toEqual([200, 503, 503]);
    expect((await deploy(lake, {}, `${HOOK}/projects/shop`)).status).toBe(503);
    lake.setDown('shop', false);
    expect(await statuses()).toEqual([200, 200, 200]);
  });

  it('that goes wrong itself is told in the end', async () => {
    const lake = await startDevLake({
      fault: () => {
        throw new Error('of the test');
      },
    });

    await expect(deploy(lake)).rejects.toThrow('fetch failed');
    await expect(lake.close()).rejects.toThrow('of the test');
  });

  it('is known by every name that there is', () => {
    expect(new Set(FAULTS).size).toBe(FAULTS.length);
  });
});

describe('the log', () => {
  it('has every request as it was sent, in order', async () => {
    const seen: unknown[] = [];
    const lake = await lakeWith({
      fault: (request) => {
        seen.push(request.path);
        return null;
      },
    });
    await ask(lake, `${CONNECTION}/issues?x=1`, { body: '{"a":1}', authorization: 'Bearer x' });
    await deploy(lake, {}, `${HOOK}/1`);

    expect(lake.requests).toEqual([
      {
        number: 0,
        method: 'POST',
        path: `${CONNECTION}/issues?x=1`,
        body: '{"a":1}',
        authorization: 'Bearer x',
        status: 403,
        connection: 1,
        project: null,
        stored: false,
      },
      expect.objectContaining({ number: 1, body: JSON.stringify(DEPLOYMENT), connection: 1, stored: true }),
    ]);
    expect(seen).toEqual(lake.requests.map(({ path }) => path));
  });

  it('and the tables are the same for the same requests in another order', async () => {
    const [one, two] = [await lakeWith(), await lakeWith()];
    const steps = [
      async (lake: DevLake) => await deploy(lake, { id: 'B' }),
      async (lake: DevLake) => await deploy(lake, { id: 'A' }),
      async (lake: DevLake) => await report(lake),
    ];
    for (const step of steps) await step(one);
    for (const step of steps.toReversed()) await step(two);

    expect(one.tables()).toEqual(two.tables());
  });
});
