import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { describe, expect, it, onTestFinished } from 'vitest';
import * as z from 'zod';
import { dora, doraOk, type Run } from '../support/cli.ts';
import { commitOf, RawWorkspace } from '../support/devlake/raw-workspace.ts';
import { KEY, startDevLake, type DevLake, type DevLakeOptions } from '../support/devlake/server.ts';
import type { Row } from '../support/devlake/tables.ts';
import { s3Storage, TEST_KEYS } from '../support/s3/client.ts';
import { startS3 } from '../support/s3/server.ts';
import { smallShop, testFolder } from '../support/repo.ts';
import { filesIn } from '../support/workspace.ts';

/** What people see of `push devlake`, against a double of DevLake that keeps to its contract. */

const BEGUN = Date.UTC(2026, 0, 5, 9);
const HOUR = 3_600_000;
const at = (hours: number) => BEGUN + hours * HOUR;

async function lakeForTest(options: DevLakeOptions = {}): Promise<DevLake> {
  const lake = await startDevLake(options);
  onTestFinished(async () => await lake.close());
  return lake;
}

interface Shop {
  readonly workspace: RawWorkspace;
  readonly push: (...args: string[]) => Promise<Run>;
  readonly run: (...args: string[]) => Promise<Run>;
}

const QUICK = { NODE_OPTIONS: `--import ${new URL('../support/fast-timers.mjs', import.meta.url).href}` };

/** A workspace with the repository acme/shop (three versions), and how to push it to the double. */
async function shopFor(
  lake: DevLake,
  lines: readonly string[] = ['    projectId: 1'],
  env: Readonly<Record<string, string>> = {},
): Promise<Shop> {
  const workspace = new RawWorkspace(await testFolder());
  await workspace.configure([
    'repositories: [{ path: shop, name: acme/shop }]',
    'integration:',
    '  devlake:',
    `    baseUrl: ${lake.url}/rest`,
    ...lines,
  ]);
  await workspace.repositories([{ name: 'acme/shop', versions: 3, begunAt: BEGUN }]);
  const run = async (...args: string[]) =>
    await dora(args, { cwd: workspace.folder, env: { DEVLAKE_WEBHOOK_TOKEN: KEY, ...QUICK, ...env } });
  return { workspace, run, push: async (...args) => await run('push', 'devlake', ...args) };
}

async function pushed(shop: Shop, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await shop.push(...args);
  expect({ code, stderr: stderr.replaceAll(/^warning: what is known ends.*\n/gmu, '') }).toEqual({
    code: 0,
    stderr: '',
  });
  return stdout;
}

/** Some columns of some rows. */
function columns(rows: readonly Row[], ...names: readonly string[]): unknown[] {
  return rows.map((row) => Object.fromEntries(names.map((name) => [name, row[name]])));
}

describe('what is sent', () => {
  it('has the result and the dates at both levels, every commit that shipped, and is sent once', async () => {
    const lake = await lakeForTest();
    const shop = await shopFor(lake);

    expect(await pushed(shop)).toBe('global: 3 sent, 0 unchanged\n');

    const { cicd_deployments: deployments, cicd_deployment_commits: commits } = lake.tables();
    expect(
      columns(deployments, 'name', 'result', 'environment', 'original_environment', 'finished_date'),
    ).toEqual(
      [1, 2, 3].map((version) => ({
        name: `acme/shop v1.${String(version)}.0`,
        result: 'SUCCESS',
        environment: 'PRODUCTION',
        original_environment: 'production',
        finished_date: new Date(at(12 * version + 1)).toISOString(),
      })),
    );
    expect(columns(commits, 'commit_sha', 'repo_url', 'result')).toEqual(
      expect.arrayContaining([
        {
          commit_sha: commitOf('acme/shop', 3),
          repo_url: 'https://git.example.com/acme/shop',
          result: 'SUCCESS',
        },
      ]),
    );
    expect(lake.requests.map(({ path: to }) => to)).toEqual(
      Array.from({ length: 3 }, () => '/rest/plugins/webhook/connections/1/deployments'),
    );

    expect(await pushed(shop)).toBe('global: 0 sent, 3 unchanged\n');
    expect(lake.requests).toHaveLength(3);
    expect(lake.warnings).toEqual([]);
  });

  it('sends pull requests where the server has the route, and says so where it has not', async () => {
    const old = await lakeForTest({ version: 'v1.0.2' });
    const shop = await shopFor(old);
    await shop.workspace.github('acme/shop', 'pull-requests', [
      {
        id: 'PR_1',
        number: 7,
        title: 'Retry card capture',
        url: 'https://git.example.com/acme/shop/pull/7',
        createdAt: new Date(at(1)).toISOString(),
        mergedAt: new Date(at(12)).toISOString(),
        headRefName: 'retry',
        author: { login: 'ada' },
        mergeCommit: { oid: commitOf('acme/shop', 1) },
        labels: { nodes: [] },
        commits: { nodes: [] },
        reviews: { nodes: [] },
      },
    ]);

    const { code, stdout, stderr } = await shop.push();
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'global: 3 sent, 0 unchanged\n' });
    expect(stderr).toContain('1 pull request not sent: this DevLake takes none, they came with 1.0.3');

    const lake = await lakeForTest();
    await shop.workspace.configure([
      'repositories: [{ path: shop, name: acme/shop }]',
      `integration: { devlake: { base_url: "${lake.url}/rest", project_id: "1" } }`,
    ]);
    expect(await pushed(shop)).toBe('global: 4 sent, 0 unchanged\n');
    expect(
      columns(lake.tables().pull_requests, 'title', 'status', 'merge_commit_sha', 'author_name'),
    ).toEqual([
      {
        title: 'Retry card capture',
        status: 'MERGED',
        merge_commit_sha: commitOf('acme/shop', 1),
        author_name: 'ada',
      },
    ]);
  });

  it('sends nothing older than --since, and all of it later', async () => {
    const lake = await lakeForTest();
    const shop = await shopFor(lake);
    expect(await pushed(shop, '--since', '2026-01-06T06:00:00Z')).toBe('global: 2 sent, 0 unchanged\n');
    expect(await pushed(shop)).toBe('global: 1 sent, 2 unchanged\n');
  });

  it('prints with --dry-run exactly what it sends then, and stores nothing', async () => {
    const lake = await lakeForTest();
    const shop = await shopFor(lake);
    await pushed(shop, '--since', '2026-01-06T06:00:00Z');
    const before = await filesIn(path.join(shop.workspace.folder, 'data'));
    const lines = (await pushed(shop, '--dry-run')).trimEnd().split('\n');
    expect(await filesIn(path.join(shop.workspace.folder, 'data'))).toEqual(before);
    const said = lines.map((line) =>
      z.object({ project: z.string(), url: z.string(), body: z.unknown() }).parse(JSON.parse(line)),
    );
    const seen = lake.requests.length;
    await pushed(shop);
    const sent = lake.requests.slice(seen).map((request) => ({
      project: 'global',
      url: `${lake.url}${request.path}`,
      body: z.unknown().parse(JSON.parse(request.body)),
    }));
    expect(said).toEqual(sent);
  });

  it('says what waits, and what was refused and why, and sends that again when it is told to', async () => {
    const lake = await lakeForTest({ fault: ({ number }) => (number === 0 ? 'status-400' : null) });
    const shop = await shopFor(lake);

    const first = await shop.push();
    expect(first).toMatchObject({ code: 3, stdout: 'global: 2 sent, 0 unchanged, 1 parked\n' });
    expect(first.stderr).toContain('400 input json error');
    expect(first.stderr).toContain('push devlake --retry-parked');
    expect((await shop.push('--status')).stdout).toMatch(
      /^global: 2 sent, 0 waiting, 1 parked\n {2}1 parked: 400 input json error/u,
    );

    expect(await pushed(shop)).toBe('global: 0 sent, 3 unchanged, 1 parked\n');
    expect(await pushed(shop, '--retry-parked')).toBe('global: 1 sent, 3 unchanged\n');
    expect(lake.tables().cicd_deployments).toHaveLength(3);
  });

  it('gives up on a key that is refused after five rows, and names the trap', async () => {
    const lake = await lakeForTest({
      keys: [{ key: KEY, allowedPath: '/plugins/webhook/connections/2/.*' }],
    });
    const shop = await shopFor(lake);
    await shop.workspace.repositories([{ name: 'acme/shop', versions: 9, begunAt: BEGUN }]);
    const { code, stdout, stderr } = await shop.push('--concurrency', '1');
    expect({ code, stdout }).toEqual({
      code: 1,
      stdout: 'global: 0 sent, 0 unchanged, 4 waiting, 5 parked\n',
    });
    expect(lake.requests).toHaveLength(5);
    expect(stderr).toContain("403 path doesn't match api key's scope");
    expect(stderr).toContain('one that was made with a connection opens that connection only');
  });
});

describe('routing', () => {
  const NAMES = ['acme/shop', 'acme/pay', 'acme/search', 'acme/tools'];
  const TEAMS = [
    '    projectId: 1',
    '    teams:',
    '      - { name: web, projectId: 2, argocdComponents: [acme/shop, acme/search] }',
    '      - { name: Money Makers, projectId: 3, components: [acme/pay, acme/sh*] }',
    '      - { name: core, projectId: 4, repositories: [acme/search] }',
  ];
  const CONNECTIONS = [1, 2, 3, 4].map((id) => ({ id, name: `webhook ${String(id)}` }));

  it('sends to the global project and to each team what is its own; one that is down gets its rows in the next run', async () => {
    const lake = await lakeForTest({ connections: CONNECTIONS });
    const workspace = new RawWorkspace(await testFolder());
    await workspace.configure([
      `repositories: [${NAMES.map((name) => `{ path: ${path.basename(name)}, name: ${name} }`).join(', ')}]`,
      'integration:',
      '  devlake:',
      `    baseUrl: ${lake.url}/api/rest`,
      ...TEAMS,
    ]);
    await workspace.repositories(NAMES.map((name) => ({ name, versions: 2, begunAt: BEGUN })));
    const env = { DEVLAKE_WEBHOOK_TOKEN: KEY, DEVLAKE_WEBHOOK_TOKEN_MONEY_MAKERS: KEY, ...QUICK };
    const push = async () => await dora(['push', 'devlake'], { cwd: workspace.folder, env });
    const of = () =>
      Object.fromEntries(
        [1, 2, 3, 4].map((id) => [
          id,
          [
            ...new Set(
              lake
                .tables()
                .cicd_deployment_commits.filter((row) => row['cicd_scope_id'] === `webhook:${String(id)}`)
                .map((row) => String(row['name']).split(' ')[0]),
            ),
          ].sort(),
        ]),
      );

    lake.setDown(3, true);
    const first = await push();
    expect(first.code).toBe(3);
    expect(first.stdout).toBe(
      'global: 8 sent, 0 unchanged\nweb: 4 sent, 0 unchanged\nMoney Makers: 0 sent, 0 unchanged, 4 waiting\ncore: 2 sent, 0 unchanged\n',
    );
    expect(of()).toEqual({
      1: [...NAMES].sort(),
      2: ['acme/search', 'acme/shop'],
      3: [],
      4: ['acme/search'],
    });

    lake.setDown(3, false);
    const second = await push();
    expect(second).toMatchObject({
      code: 0,
      stdout:
        'global: 0 sent, 8 unchanged\nweb: 0 sent, 4 unchanged\nMoney Makers: 4 sent, 4 unchanged\ncore: 0 sent, 2 unchanged\n',
    });
    expect(of()).toMatchObject({ 3: ['acme/pay', 'acme/shop'] });
    // one row for each deployment and project: no id of one project is another's
    expect(lake.tables().cicd_deployments).toHaveLength(8 + 4 + 4 + 2);
    expect(lake.warnings).toEqual([]);
  });

  it('takes back what a team does not own any more, and uses a connection for each service', async () => {
    const lake = await lakeForTest({ connections: CONNECTIONS });
    const shop = await shopFor(lake, ['    teams: [{ name: web, projectId: 2, components: [acme/shop] }]']);
    await pushed(shop);
    const counted = () =>
      lake
        .tables()
        .cicd_deployments.filter((row) => row['result'] === 'SUCCESS')
        .map((row) => row['cicd_scope_id']);
    expect(counted()).toEqual(['webhook:2', 'webhook:2', 'webhook:2']);
    await shop.workspace.configure([
      'repositories: [{ path: shop, name: acme/shop }]',
      `integration: { devlake: { baseUrl: "${lake.url}/rest", teams: [{ name: web, projectId: 2, components: [acme/shop], connections: [{ components: ["*/shop"], projectId: 3 }] }] } }`,
    ]);
    expect(await pushed(shop)).toBe('web: 6 sent, 0 unchanged\n');
    expect(counted()).toEqual(['webhook:3', 'webhook:3', 'webhook:3']);
    expect(await pushed(shop)).toBe('web: 0 sent, 3 unchanged\n');
  });
});

describe('facts that change', () => {
  it('an incident is opened, resolved, reopened: the table is what it is now', async () => {
    const lake = await lakeForTest();
    const shop = await shopFor(lake);
    const incident = { number: 12, title: 'Checkout answers 502', openedAt: at(30) };
    const row = () =>
      columns(
        lake.tables().incidents,
        'title',
        'status',
        'created_date',
        'resolution_date',
        'lead_time_minutes',
      );
    const base = { title: 'Checkout answers 502', created_date: new Date(at(30)).toISOString() };

    await shop.workspace.incidents('acme/shop', [{ ...incident, resolvedAt: null }]);
    expect(await pushed(shop)).toBe('global: 4 sent, 0 unchanged\n');
    const open = { ...base, status: 'TODO', resolution_date: null, lead_time_minutes: 0 };
    expect(row()).toEqual([open]);

    await shop.workspace.incidents('acme/shop', [{ ...incident, resolvedAt: at(32) }]);
    expect(await pushed(shop)).toBe('global: 1 sent, 3 unchanged\n');
    const resolution = {
      status: 'DONE',
      resolution_date: new Date(at(32)).toISOString(),
      lead_time_minutes: 120,
    };
    expect(row()).toEqual([{ ...base, ...resolution }]);

    await shop.workspace.incidents('acme/shop', [{ ...incident, resolvedAt: null }]);
    expect(await pushed(shop)).toBe('global: 1 sent, 3 unchanged\n');
    expect(row()).toEqual([open]);
    expect(lake.requests.some(({ path: to }) => to.includes('/close'))).toBe(false);
  });

  it('a deployment whose outcome was unknown fails: both levels say so, under the same id', async () => {
    const lake = await lakeForTest();
    const shop = await shopFor(lake);
    const deployment = (statuses: readonly object[]) => ({
      id: 'D_1',
      databaseId: 41,
      createdAt: new Date(at(50)).toISOString(),
      commitOid: commitOf('acme/shop', 3),
      environment: 'production',
      originalEnvironment: 'production',
      state: 'INACTIVE',
      ref: null,
      statuses: { nodes: statuses },
    });
    const results = () => [
      ...columns(lake.tables().cicd_deployments, 'result'),
      ...columns(lake.tables().cicd_deployment_commits, 'result'),
    ];
    await shop.workspace.configure([
      'repositories: [{ path: shop, name: acme/shop }]',
      'deployments: { from: github-deployments }',
      `integration: { devlake: { baseUrl: "${lake.url}/rest", projectId: 1 } }`,
    ]);

    await shop.workspace.github('acme/shop', 'deployments', [deployment([])]);
    expect(await pushed(shop)).toBe('global: 1 sent, 0 unchanged\n');
    expect(results()).toEqual([{ result: 'UNKNOWN' }, { result: 'UNKNOWN' }]);
    const ids = columns(lake.tables().cicd_deployments, 'id');

    const failure = { state: 'FAILURE', createdAt: new Date(at(50)).toISOString(), logUrl: '' };
    await shop.workspace.github('acme/shop', 'deployments', [deployment([failure])]);
    expect(await pushed(shop)).toBe('global: 1 sent, 0 unchanged\n');
    expect(results()).toEqual([{ result: 'FAILURE' }, { result: 'FAILURE' }]);
    expect(columns(lake.tables().cicd_deployments, 'id')).toEqual(ids);

    // nobody has looked at production then, so nothing there is taken back
    expect(await pushed(shop, '--environment', 'staging')).toBe('global: 0 sent, 0 unchanged\n');
    expect(results()).toEqual([{ result: 'FAILURE' }, { result: 'FAILURE' }]);
  });

  it('a person says that a deployment failed, that another was none, and takes it all back', async () => {
    const lake = await lakeForTest();
    const folder = await testFolder();
    await smallShop(path.join(folder, 'shop'));
    await writeFile(
      path.join(folder, 'dora-metrics.yaml'),
      `repositories: [{ path: shop, name: acme/shop }]\nintegration: { devlake: { baseUrl: "${lake.url}/rest", projectId: 1 } }\n`,
    );
    const options = { cwd: folder, env: { DEVLAKE_WEBHOOK_TOKEN: KEY } };
    const pushIt = async () => await doraOk(['push', 'devlake'], options);
    await doraOk(['extract'], options);
    expect(await pushIt()).toBe('global: 3 sent, 0 unchanged\n');
    const results = () => columns(lake.tables().cicd_deployments, 'name', 'result');
    const before = results();

    // the commits that v1.1.0 and v1.1.1 are
    await annotate(folder, ({ title = '' }) =>
      title === 'pay: by invoice'
        ? { failed: 'yes' }
        : title.startsWith('Revert')
          ? { is_deployment: 'no' }
          : {},
    );
    await doraOk(['import', 'said.csv'], options);
    expect(await pushIt()).toBe('global: 2 sent, 1 unchanged\n');
    expect(results()).toEqual([
      { name: 'acme/shop v1.0.0', result: 'SUCCESS' },
      { name: 'acme/shop v1.1.0', result: 'FAILURE' },
      { name: 'withdrawn', result: 'WITHDRAWN' },
    ]);
    const { cicd_deployment_commits: commits } = lake.tables();
    expect(commits.filter(({ result }) => result === 'SUCCESS')).toHaveLength(1);

    await doraOk(['annotations', 'undo'], options);
    expect(await pushIt()).toBe('global: 2 sent, 1 unchanged\n');
    expect(results()).toEqual(before);
  });
});

/** Fills in the sheet as a person would, and saves it as `said.csv`. */
async function annotate(
  folder: string,
  said: (row: Readonly<Record<string, string>>) => Readonly<Record<string, string>>,
): Promise<void> {
  const text = await readFile(path.join(folder, 'data', 'pending_review.csv'));
  const rows = z.array(z.record(z.string(), z.string())).parse(parse(text, { columns: true, bom: true }));
  const filled = rows.map((row) => ({ ...row, ...said(row) }));
  await writeFile(path.join(folder, 'said.csv'), stringify(filled, { header: true }));
}

describe('two at once, and what goes wrong', () => {
  it('two pushes at the same time send every row once between them', async () => {
    const lake = await lakeForTest();
    // nobody waits for long, but time must pass: a holder that gives no sign of life loses its turn
    const shop = await shopFor(lake, ['    projectId: 1'], { NODE_OPTIONS: '' });
    await shop.run('calculate');
    const [one, other] = await Promise.all([shop.push(), shop.push()]);
    expect([one.code, other.code]).toEqual([0, 0]);
    expect(lake.requests).toHaveLength(3);
    expect(lake.tables().cicd_deployments).toHaveLength(3);
  });

  it('in a bucket as well', async () => {
    const bucket = await startS3();
    onTestFinished(async () => await bucket.close());
    const lake = await lakeForTest();
    const storage = s3Storage(bucket, { prefix: 'shop/' });
    const workspace = new RawWorkspace(await testFolder(), storage);
    await workspace.configure([
      'repositories: [{ path: shop, name: acme/shop }]',
      `integration: { devlake: { baseUrl: "${lake.url}/rest", projectId: 1 } }`,
    ]);
    await workspace.repositories([{ name: 'acme/shop', versions: 3, begunAt: BEGUN }]);
    const env = { ...TEST_KEYS, AWS_ENDPOINT_URL_S3: bucket.endpoint, DEVLAKE_WEBHOOK_TOKEN: KEY };
    const data = `s3://${bucket.bucket}/shop`;
    const run = async (...args: string[]) =>
      await dora([...args, '--data', data], { cwd: workspace.folder, env });
    await run('calculate');
    const [one, other] = await Promise.all([run('push', 'devlake'), run('push', 'devlake')]);
    expect([one.code, other.code]).toEqual([0, 0]);
    expect(lake.requests).toHaveLength(3);
    expect(lake.tables().cicd_deployments).toHaveLength(3);
    expect((await run('push', 'devlake')).stdout).toBe('global: 0 sent, 3 unchanged\n');
  });

  it('rows that DevLake can never store keep the others waiting for one run only', async () => {
    const isPoison = (body: string) => /v1\.[123]\.0/u.test(body);
    const lake = await lakeForTest({ fault: ({ body }) => (isPoison(body) ? 'status-500-before' : null) });
    const shop = await shopFor(lake);
    await shop.workspace.repositories([{ name: 'acme/shop', versions: 6, begunAt: BEGUN }]);
    const first = await shop.push('--concurrency', '1');
    expect(first).toMatchObject({ code: 1, stdout: 'global: 0 sent, 0 unchanged, 6 waiting\n' });
    expect(first.stderr).toContain('3 rows one behind the other got no good answer');
    const second = await shop.push('--concurrency', '1');
    expect(second).toMatchObject({ code: 3, stdout: 'global: 3 sent, 6 unchanged, 3 waiting\n' });
  });

  it('a damaged outbox is named with the way out, and the way out works', async () => {
    const lake = await lakeForTest();
    const shop = await shopFor(lake);
    await pushed(shop);
    const outbox = path.join(shop.workspace.folder, 'data', 'push', 'devlake');
    const [project = ''] = await readdir(outbox);
    const [segment = ''] = (await readdir(path.join(outbox, project))).filter((name) =>
      name.endsWith('.jsonl'),
    );
    await writeFile(path.join(outbox, project, segment), 'nonsense');
    const broken = await shop.push();
    expect(broken.code).toBe(1);
    expect(broken.stderr).toContain(`${segment} is damaged`);
    expect(broken.stderr).toContain('everything is sent once more, under the same ids');
    const before = lake.tables();
    await rm(path.join(outbox, project), { recursive: true });
    expect(await pushed(shop)).toBe('global: 3 sent, 0 unchanged\n');
    expect(lake.tables()).toEqual(before);
  });

  it('without a token, without DevLake, or switched off: says what to do', async () => {
    const lake = await lakeForTest();
    const shop = await shopFor(lake, ['    projectId: 1'], { DEVLAKE_WEBHOOK_TOKEN: '' });
    expect(await shop.push()).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('set DEVLAKE_WEBHOOK_TOKEN to the API key'),
    });
    await shop.workspace.configure(['repositories: [{ path: shop, name: acme/shop }]']);
    expect(await shop.push()).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no DevLake is configured'),
    });
    await shop.workspace.configure([
      'repositories: [{ path: shop, name: acme/shop }]',
      'integration: { devlake: { enabled: false, baseUrl: "https://devlake.example.com", projectId: 1 } }',
    ]);
    expect(await shop.push()).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('DevLake is switched off'),
    });
    expect(lake.requests).toEqual([]);
  });
});

describe('the token', () => {
  it('is in no output and in no file, wherever it was planted', async () => {
    const token = `t0k3n-${'x7'.repeat(40)}`;
    const lake = await lakeForTest({ keys: [{ key: token, allowedPath: 'connections/1' }] });
    const shop = await shopFor(lake, ['    projectId: 1'], { DEVLAKE_WEBHOOK_TOKEN: token });
    await shop.workspace.incidents('acme/shop', [
      { number: 1, title: `down, and ${token} leaked`, openedAt: at(20), resolvedAt: null },
    ]);
    const runs = [
      await shop.push('--dry-run'),
      await shop.push('--check'),
      await shop.push('--log-level', 'debug'),
      await shop.push('--status'),
    ];
    lake.setFault(() => 'status-403');
    await shop.workspace.incidents('acme/shop', [
      { number: 1, title: `again: ${token}`, openedAt: at(20), resolvedAt: at(21) },
    ]);
    runs.push(await shop.push('--log-format', 'json'), await shop.push('--status'));
    for (const { stdout, stderr } of runs) expect(`${stdout}${stderr}`).not.toContain(token);
    const data = path.join(shop.workspace.folder, 'data');
    for (const file of (await filesIn(data)).filter((name) => name.startsWith('push')))
      expect(await readFile(path.join(data, file), 'utf8')).not.toContain(token);
    expect(lake.tables().incidents.map(({ title }) => title)).toEqual(['down, and *** leaked']);
  });
});

describe('--check', () => {
  it('prints each link of the chain', async () => {
    const lake = await lakeForTest({
      projects: [{ name: 'shop', webhookConnections: [1], blueprintRan: true }],
    });
    const shop = await shopFor(lake);
    const { code, stdout } = await shop.push('--check');
    expect({ code, links: stdout.split('\n') }).toEqual({
      code: 0,
      links: [
        'global, webhook 1',
        '  ok  reachable  DevLake v1.0.3@0000000',
        '  ok  key        accepted',
        '  ok  connection it exists',
        '  ok  mapped     in shop',
        '  ok  metrics    shop computes DORA',
        '  ok  blueprint  last run of shop: TASK_COMPLETED, 2026-01-01T00:00:00',
        '',
      ],
    });

    const other = await shopFor(lake, ['    projectId: 9']);
    const missing = await other.push('--check');
    expect(missing.code).toBe(1);
    expect(missing.stdout).toContain('NO  connection 404 record not found');
    expect(missing.stdout).toContain('no webhook connection of this number or name');
  });
});
