import { expect, it } from 'vitest';
import { ask, get, githubForTest, send } from '../../../support/github/ask.ts';
import { GitHubWorld } from '../../../support/github/world.ts';

const START = Date.parse('2026-01-05T09:00:00Z');
const QUERY = '{ viewer { login } rateLimit { remaining resetAt } }';

function acme(): GitHubWorld {
  const world = new GitHubWorld();
  world.addRepository('acme/shop').addWorkflow('deploy.yml');
  return world;
}

it('is used up by points, and full again after an hour', async () => {
  let now = START;
  const server = await githubForTest(acme(), { rateLimit: { points: 2 }, now: () => new Date(now) });

  const first = await ask(server, QUERY);
  await ask(server, QUERY);
  const refused = await send(server, QUERY);
  now += 3_600_000;
  const again = await ask(server, QUERY);

  expect(first.data?.['rateLimit']).toEqual({ remaining: 1, resetAt: '2026-01-05T10:00:00Z' });
  expect(refused.status).toBe(200);
  expect(Object.fromEntries(refused.headers)).toMatchObject({
    'x-ratelimit-limit': '2',
    'x-ratelimit-remaining': '0',
    'x-ratelimit-used': '2',
    'x-ratelimit-reset': String(START / 1000 + 3600),
    'x-ratelimit-resource': 'graphql',
  });
  const body: unknown = await refused.json();
  expect(body).toMatchObject({ errors: [{ type: 'RATE_LIMITED' }] });
  expect(body).not.toHaveProperty('data');
  expect(again.data?.['rateLimit']).toEqual({ remaining: 1, resetAt: '2026-01-05T11:00:00Z' });
  expect(server.requests.map(({ points }) => points)).toEqual([1, 1, 0, 1]);
});

it('is another one for each token, and for REST', async () => {
  const kind = { login: 'a', kind: 'classic' } as const;
  const tokens = new Map([
    ['ghp_test', kind],
    ['two', kind],
  ]);
  const server = await githubForTest(acme(), { rateLimit: { points: 1, requests: 1 }, tokens });
  const workflow = '/repos/acme/shop/actions/workflows/deploy.yml';

  await ask(server, QUERY);

  expect((await ask(server, QUERY)).errors).toMatchObject([{ type: 'RATE_LIMITED' }]);
  expect((await ask(server, QUERY, { token: 'two' })).errors).toBeUndefined();
  expect((await get(server, workflow)).status).toBe(200);
  const refused = await get(server, workflow);
  expect(refused.status).toBe(403);
  expect(refused.headers.get('x-ratelimit-remaining')).toBe('0');
  expect(refused.headers.get('x-ratelimit-resource')).toBe('core');
});

it('is not there on a server without limits', async () => {
  const server = await githubForTest(acme(), { rateLimit: null });

  const response = await send(server, QUERY);

  expect([...response.headers.keys()].filter((name) => name.startsWith('x-ratelimit'))).toEqual([]);
  expect(await response.json()).toEqual({ data: { viewer: { login: 'dora-reader' }, rateLimit: null } });
});
