import { afterEach, describe, expect, it } from 'vitest';
import type { DevlakeWebhook } from '../../../src/domain/devlake-settings.ts';
import { checkWebhook, type CheckedLink } from '../../../src/exporters/devlake/check.ts';
import { AnswerTooLong, http } from '../../../src/io/http.ts';
import type { Http } from '../../../src/io/ports.ts';
import { KEY, startDevLake, type DevLake, type DevLakeOptions } from '../../support/devlake/server.ts';
import { FastClock } from '../../support/github-workspace.ts';

const OWN = 'o'.repeat(128);
const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(closers.splice(0).map(async (close) => await close()));
});

/** One whose connection 1 has a key of its own, as DevLake makes it with the connection. */
async function lakeWith(options: DevLakeOptions = {}): Promise<DevLake> {
  const keys = [
    { key: KEY, allowedPath: '.*' },
    { key: OWN, allowedPath: '/plugins/webhook/connections/1/.*' },
  ];
  const lake = await startDevLake({ keys, ...options });
  closers.push(async () => await lake.close());
  return lake;
}

interface Asked {
  readonly webhook?: DevlakeWebhook;
  readonly token?: string;
  readonly generalToken?: string | null;
  readonly baseUrl?: string;
  readonly http?: Http;
}

async function links(lake: DevLake, asked: Asked = {}): Promise<readonly CheckedLink[]> {
  const { webhook = { kind: 'connection', id: '1' }, token = OWN, generalToken = KEY } = asked;
  const found = await checkWebhook(
    webhook,
    {
      baseUrl: asked.baseUrl ?? `${lake.url}/rest`,
      token,
      generalToken,
      timeoutMs: 30_000,
      version: '0.0.0',
    },
    { http: asked.http ?? http, clock: new FastClock() },
  );
  expect(JSON.stringify(found)).not.toContain(OWN.slice(0, 20));
  expect(JSON.stringify(found)).not.toContain(KEY.slice(0, 20));
  // it changes nothing over there
  expect(Object.values(lake.tables()).flat()).toEqual([]);
  expect(lake.requests.filter(({ stored }) => stored)).toEqual([]);
  return found;
}

async function states(lake: DevLake, asked: Asked = {}): Promise<Record<string, string>> {
  return Object.fromEntries((await links(lake, asked)).map(({ link, state }) => [link, state]));
}

const SHOP = { name: 'shop', webhookConnections: [1], blueprintRan: true };
const ALL = {
  reachable: 'yes',
  key: 'yes',
  connection: 'yes',
  mapped: 'yes',
  metrics: 'yes',
  blueprint: 'yes',
};

const detailOf = (found: readonly CheckedLink[], name: CheckedLink['link']) =>
  found.find(({ link }) => link === name);

describe('a webhook', () => {
  it('whose numbers show has every link', async () => {
    const lake = await lakeWith({ projects: [SHOP] });

    const found = await links(lake);

    expect(found.map(({ link, state, hint }) => [link, state, hint])).toEqual(
      Object.entries(ALL).map(([link, state]) => [link, state, null]),
    );
    expect(detailOf(found, 'reachable')?.detail).toContain('v1.0.3');
    expect(detailOf(found, 'mapped')?.detail).toBe('in shop');
    expect(detailOf(found, 'blueprint')?.detail).toContain('last run of shop: TASK_COMPLETED, 2026-01-01');
    // a project by itself does not tell of its runs
    expect(lake.requests.map(({ path }) => path)).toContain('/rest/blueprints/1/pipelines?page=1&pageSize=1');
  });

  it('is found by its name, and by that of the project', async () => {
    const connections = [
      { id: 3, name: 'shop_deployments' },
      { id: 1, name: 'hooks' },
    ];
    const lake = await lakeWith({ connections, projects: [{ ...SHOP, webhookConnections: [1, 3] }] });

    expect(await states(lake, { webhook: { kind: 'name', name: 'hooks' }, token: KEY })).toEqual(ALL);
    expect(await states(lake, { webhook: { kind: 'project', name: 'shop' }, token: KEY })).toEqual(ALL);
  });

  it('of a project that has none yet is made with the first deployment', async () => {
    const lake = await lakeWith({ projects: [{ name: 'shop', blueprintRan: true }] });

    const found = await links(lake, { webhook: { kind: 'project', name: 'shop' }, token: KEY });

    expect(detailOf(found, 'key')?.state).toBe('yes');
    expect(detailOf(found, 'connection')).toMatchObject({ state: 'unknown' });
    expect(detailOf(found, 'metrics')?.state).toBe('yes');
  });
});

describe('the link', () => {
  it('reachable is missing where nobody is there', async () => {
    const lake = await lakeWith();
    await lake.close();

    expect(await links(lake)).toEqual([
      expect.objectContaining({ link: 'reachable', state: 'no', hint: expect.stringContaining('baseUrl') }),
    ]);
    closers.length = 0;
  });

  it('reachable is missing where an answer never ends', async () => {
    const endless: Http = async () => await Promise.reject(new AnswerTooLong('the answer is longer'));

    expect(await states(await lakeWith(), { http: endless })).toEqual({ reachable: 'no' });
  });

  it.each([
    ['another token', { token: 'x'.repeat(128) }, {}, 'ENCRYPTION_SECRET'],
    ['the key of another connection', { webhook: { kind: 'connection', id: '2' } }, {}, 'another connection'],
    [
      'a key that has expired',
      { token: 'old' },
      { keys: [{ key: 'old', allowedPath: '.*', expired: true }] },
      'new key',
    ],
    ['a server that lets no key through', {}, { authEnabled: true }, '9008'],
  ] as const)('key is missing with %s', async (_, asked, options, hint) => {
    const found = await links(await lakeWith(options), asked);

    expect(detailOf(found, 'key')).toMatchObject({ state: 'no', hint: expect.stringContaining(hint) });
    expect(detailOf(found, 'connection')?.state).toBe('unknown');
    expect(found).toHaveLength(3);
  });

  it('key cannot be told where the address is wrong', async () => {
    const lake = await lakeWith({ open: true });

    const found = await links(lake, { baseUrl: `${lake.url}/elsewhere/rest` });

    expect(detailOf(found, 'key')).toMatchObject({ state: 'no', hint: expect.stringContaining('baseUrl') });
  });

  it('connection is missing where there is none of that number', async () => {
    const found = await links(await lakeWith(), { webhook: { kind: 'connection', id: '99' }, token: KEY });

    expect(detailOf(found, 'key')?.state).toBe('yes');
    expect(detailOf(found, 'connection')).toMatchObject({
      state: 'no',
      hint: expect.stringContaining('no webhook connection'),
    });
    expect(found).toHaveLength(3);
  });

  it('mapped is missing before the first run of a blueprint, and where no project has the webhook', async () => {
    for (const projects of [[{ ...SHOP, blueprintRan: false }], [{ ...SHOP, webhookConnections: [] }], []])
      expect(await states(await lakeWith({ projects }))).toEqual({
        reachable: 'yes',
        key: 'yes',
        connection: 'yes',
        mapped: 'no',
      });
  });

  it('mapped cannot be asked with the key of the connection alone', async () => {
    const found = await links(await lakeWith({ projects: [SHOP] }), { generalToken: null });

    expect(detailOf(found, 'mapped')).toMatchObject({
      state: 'unknown',
      hint: expect.stringContaining('DEVLAKE_API_TOKEN'),
    });
    expect(found).toHaveLength(4);
  });

  it('metrics is missing where the project computes no DORA', async () => {
    const lake = await lakeWith({ projects: [{ ...SHOP, doraEnabled: false }] });

    expect(await states(lake)).toEqual({ ...ALL, metrics: 'no' });
  });

  it.each([
    ['TASK_FAILED', 'no'],
    ['TASK_PARTIAL', 'unknown'],
    ['TASK_CANCELLED', 'unknown'],
    ['TASK_RUNNING', 'unknown'],
  ])('blueprint after a run that is %s: %s', async (last, state) => {
    const lake = await lakeWith({ projects: [SHOP], pipelineStates: [last] });
    const headers = { authorization: `Bearer ${KEY}` };
    const begun = await fetch(`${lake.url}/rest/blueprints/1/trigger`, { method: 'POST', headers });
    expect(begun.status).toBe(200);
    // each look at it shows the next state
    for (let looks = 0; looks < 3; looks += 1) await fetch(`${lake.url}/rest/pipelines/2`, { headers });

    expect(await states(lake)).toEqual({ ...ALL, blueprint: state });
  });

  it('blueprint is missing where the project has none, or it has never run', async () => {
    const webhook = { kind: 'project', name: 'shop' } as const;
    const without = await lakeWith({ projects: [{ name: 'shop', blueprint: false }] });
    expect(detailOf(await links(without, { webhook, token: KEY }), 'blueprint')).toMatchObject({
      state: 'no',
      detail: 'shop has no blueprint',
    });

    const idle = await lakeWith({ projects: [{ name: 'shop' }] });
    expect(detailOf(await links(idle, { webhook, token: KEY }), 'blueprint')).toMatchObject({
      state: 'no',
      hint: expect.stringContaining('POST /blueprints/1/trigger'),
    });
  });
});
