import { describe, expect, it } from 'vitest';
import { ask, get, githubForTest, send } from '../../../support/github/ask.ts';
import { FAULTS, type Fault, type FaultName } from '../../../support/github/faults.ts';
import { manyPullRequests } from '../../../support/github/many.ts';
import type { GitHubServer } from '../../../support/github/server.ts';
import { GitHubWorld } from '../../../support/github/world.ts';

const NOW = Date.parse('2026-01-05T09:00:00Z');
const QUERY = `query Q($owner: String!, $first: Int!) { repository(owner: $owner, name: "big") {
  pullRequests(first: $first, orderBy: {field: UPDATED_AT, direction: DESC}) { pageInfo { hasNextPage } nodes { id number } }
} rateLimit { cost } }`;
const asking = { variables: { owner: 'acme', first: 4 } };
const WORKFLOW = '/repos/acme/big/actions/workflows/deploy.yml';

async function faulty(fault: Fault): Promise<GitHubServer> {
  const world = new GitHubWorld();
  manyPullRequests(world, 9).addWorkflow('deploy.yml');
  return await githubForTest(world, { fault: () => fault, now: () => new Date(NOW) });
}

/** What a client sees of a query, and of a request to the REST side. */
async function seen(fault: Fault) {
  const server = await faulty(fault);
  const response = await send(server, QUERY, asking);
  const text = await response.text();
  const rest = await get(server, WORKFLOW);
  const body: unknown =
    response.headers.get('content-type')?.includes('json') === true ? JSON.parse(text) : text;
  return { server, status: response.status, headers: response.headers, body, rest };
}

describe('answers of another status', () => {
  it.each<[FaultName, number, string]>([
    ['bad-gateway', 502, '<h1>502 Bad Gateway</h1>'],
    ['gateway-timeout', 504, "We couldn't respond to your request in time"],
    ['server-error', 500, 'Server Error'],
    ['unauthorized', 401, 'Bad credentials'],
    ['rate-limited-403', 403, 'API rate limit exceeded'],
    ['secondary-retry-after', 403, 'You have exceeded a secondary rate limit'],
    ['secondary-429', 429, 'You have exceeded a secondary rate limit'],
    ['secondary-bare', 403, 'You have exceeded a secondary rate limit'],
    ['abuse', 403, 'You have triggered an abuse detection mechanism'],
  ])('%s', async (fault, status, text) => {
    const { server, rest, ...query } = await seen(fault);

    expect(query.status).toBe(status);
    expect(JSON.stringify(query.body)).toContain(text);
    expect(rest.status).toBe(status);
    expect(await rest.text()).toContain(text);
    expect(server.requests).toMatchObject([
      { kind: 'graphql', operation: 'Q', status, fault },
      { kind: 'rest', operation: `/api/v3${WORKFLOW}`, status, fault },
    ]);
  });
});

describe('answers of status 200 with nothing in them', () => {
  it.each<[FaultName, object]>([
    [
      'something-went-wrong',
      { message: expect.stringMatching(/^Something went wrong while executing your query on/u) },
    ],
    ['rate-limited', { type: 'RATE_LIMITED' }],
    ['rate-limit', { type: 'RATE_LIMIT', extensions: { code: 'graphql_rate_limit' } }],
    ['secondary-200', { message: expect.stringContaining('secondary rate limit') }],
    ['insufficient-scopes', { type: 'INSUFFICIENT_SCOPES' }],
    ['echo-token', { message: expect.stringContaining('bearer ghp_test') }],
  ])('%s', async (fault, error) => {
    const { status, body } = await seen(fault);

    expect(status).toBe(200);
    expect(body).toMatchObject({ errors: [error] });
    expect(body).not.toHaveProperty('data.repository');
  });
});

describe('answers without a repository', () => {
  it.each<[FaultName, object]>([
    ['not-found', { type: 'NOT_FOUND', path: ['repository'] }],
    ['saml', { type: 'FORBIDDEN', path: ['repository'], extensions: { saml_failure: true } }],
  ])('%s', async (fault, error) => {
    expect((await seen(fault)).body).toMatchObject({
      data: { repository: null, rateLimit: { cost: 1 } },
      errors: [error],
    });
  });

  it('name the page where single sign-on begins', async () => {
    expect((await seen('saml')).headers.get('x-github-sso')).toContain('https://github.com/orgs/acme/sso?');
  });
});

describe('answers of which a part is missing', () => {
  it('forbidden: a list', async () => {
    expect((await seen('forbidden')).body).toMatchObject({
      data: { repository: { pullRequests: null } },
      errors: [
        {
          type: 'FORBIDDEN',
          path: ['repository', 'pullRequests'],
          message: 'Resource not accessible by personal access token',
        },
      ],
    });
  });

  it('partial: one entry of a page', async () => {
    const path = ['repository', 'pullRequests', 'nodes', 2];
    const message = expect.stringMatching(/^Could not resolve to a node with the global id of 'PR_kwDO/u);

    expect((await seen('partial')).body).toMatchObject({
      data: { repository: { pullRequests: { nodes: [{ number: 9 }, { number: 8 }, null, { number: 6 }] } } },
      errors: [{ path, message }],
    });
  });

  it('resource-limits: every entry of a page that says it has a next one', async () => {
    const type = 'RESOURCE_LIMITS_EXCEEDED';

    expect((await seen('resource-limits')).body).toMatchObject({
      data: {
        repository: { pullRequests: { pageInfo: { hasNextPage: true }, nodes: [null, null, null, null] } },
      },
      errors: Array.from({ length: 4 }, () => ({
        type,
        message: 'Resource limits for this query exceeded.',
      })),
    });
  });

  it('find nothing to spoil on an empty page, and let it pass', async () => {
    const world = new GitHubWorld();
    world.addRepository('acme/big');
    const server = await githubForTest(world, { fault: () => 'partial' });

    expect((await ask(server, QUERY, asking)).errors).toBeUndefined();
    expect(server.requests).toMatchObject([{ fault: null, points: 1 }]);
  });
});

describe('headers', () => {
  it.each<FaultName>(['rate-limited', 'rate-limit', 'rate-limited-403'])(
    '%s says until when',
    async (name) => {
      const { headers } = await seen({ name, seconds: 120 });

      expect(headers.get('x-ratelimit-remaining')).toBe('0');
      expect(headers.get('x-ratelimit-reset')).toBe(String(NOW / 1000 + 120));
    },
  );

  it.each<FaultName>(['secondary-retry-after', 'secondary-429'])('%s says for how long', async (name) => {
    const { headers } = await seen({ name, seconds: 7 });

    expect(headers.get('retry-after')).toBe('7');
    expect(headers.get('x-ratelimit-remaining')).toBe('5000');
  });

  it('secondary-bare says nothing', async () => {
    const names = [...(await seen('secondary-bare')).headers.keys()];

    expect(names.filter((name) => /ratelimit|retry/u.test(name))).toEqual([]);
  });
});

it('not-json: something else answers', async () => {
  const { status, headers, body } = await seen('not-json');

  expect([status, headers.get('content-type')]).toEqual([200, 'text/html']);
  expect(body).toContain('<html>');
});

describe('no answer', () => {
  it('reset: the connection ends before one', async () => {
    const server = await faulty('reset');

    await expect(send(server, QUERY, asking)).rejects.toThrow('fetch failed');
    expect(server.requests).toMatchObject([{ status: 0, points: 0, fault: 'reset' }]);
  });

  it('cut: the connection ends in the middle of one', async () => {
    const server = await faulty('cut');

    const response = await send(server, QUERY, asking);

    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow('terminated');
  });

  it('hang: nothing, until somebody gives up', async () => {
    const givesUp = new AbortController();
    const server = await githubForTest(new GitHubWorld(), {
      fault: () => 'hang',
      meanwhile: () => givesUp.abort(),
    });

    await expect(fetch(`${server.url}/api/v3/x`, { signal: givesUp.signal })).rejects.toThrow('aborted');
    expect(server.requests).toMatchObject([{ status: 0 }]);
  });

  it('hang: does not keep the server from ending', async () => {
    let arrived: () => void = () => undefined;
    const arrival = new Promise<void>((resolve) => (arrived = resolve));
    const server = await githubForTest(new GitHubWorld(), {
      fault: () => 'hang',
      meanwhile: () => arrived(),
    });
    const hanging = expect(send(server, QUERY, asking)).rejects.toThrow('fetch failed');

    await arrival;
    await server.close();
    await hanging;
  });
});

it('tells how many requests it was answering at once', async () => {
  let waiting = 0;
  let allHere: () => void = () => undefined;
  const all = new Promise<void>((resolve) => (allHere = resolve));
  const server = await githubForTest(new GitHubWorld(), {
    meanwhile: async () => {
      waiting += 1;
      if (waiting === 3) allHere();
      await all;
    },
  });

  await Promise.all([1, 2, 3].map(async () => await ask(server, '{ viewer { login } }')));

  expect(server.mostAtOnce).toBe(3);
});

describe('who decides', () => {
  it('sees each request, and may spare it', async () => {
    const world = new GitHubWorld();
    manyPullRequests(world, 3);
    const server = await githubForTest(world, {
      fault: ({ index }) => (index % 5 === 4 ? 'bad-gateway' : null),
    });
    for (let index = 0; index < 10; index += 1) await send(server, QUERY, asking);

    expect(server.requests.map(({ fault }) => fault)).toEqual([
      ...[null, null, null, null, 'bad-gateway'],
      ...[null, null, null, null, 'bad-gateway'],
    ]);
    server.reset();
    expect([server.requests, server.points]).toEqual([[], 0]);
  });

  it('can let only large pages fail, which cost all the same', async () => {
    const server = await faulty({ name: 'gateway-timeout', above: 3 });

    const large = await send(server, QUERY, asking);
    const small = await send(server, QUERY, { variables: { owner: 'acme', first: 3 } });

    expect([large.status, small.status]).toEqual([504, 200]);
    expect(server.requests).toMatchObject([
      { fault: 'gateway-timeout', points: 1 },
      { fault: null, points: 1 },
    ]);
  });
});

it('every fault is tried above or has a shape of its own', async () => {
  const silent: readonly FaultName[] = ['reset', 'cut', 'hang'];

  for (const fault of FAULTS.filter((name) => !silent.includes(name))) {
    const { server } = await seen(fault);
    expect(server.requests[0]?.fault).toBe(fault);
  }
});
