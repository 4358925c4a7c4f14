import { describe, expect, it } from 'vitest';
import { ask, get, githubForTest, send } from '../../../support/github/ask.ts';
import { PERMISSIONS, type TokenKind } from '../../../support/github/tokens.ts';
import { GitHubWorld } from '../../../support/github/world.ts';

const REPOSITORY = 'query Q { repository(owner: "acme", name: "shop") { nameWithOwner } rateLimit { cost } }';
const LIST = 'orderBy: {field: CREATED_AT, direction: DESC}) { totalCount }';
const EVERYTHING = `{ repository(owner: "acme", name: "shop") {
  pullRequests(first: 1, ${LIST} issues(first: 1, ${LIST} deployments(first: 1, ${LIST} releases(first: 1, ${LIST}
} }`;

async function serverFor(token: TokenKind, isPrivate = false) {
  const world = new GitHubWorld();
  const repository = world.addRepository('acme/shop', { isPrivate });
  repository.addWorkflow('deploy.yml');
  return await githubForTest(world, { tokens: new Map([['secret', token]]) });
}

const asking = { token: 'secret' };
const restHeaders = { authorization: 'bearer secret' };
const WORKFLOW = '/repos/acme/shop/actions/workflows/deploy.yml';

it.each([null, 'ghp_other'])('does not know the token %s', async (token) => {
  const server = await githubForTest(new GitHubWorld());

  const response = await send(server, REPOSITORY, { token });

  expect(response.status).toBe(401);
  expect(await response.json()).toMatchObject({ message: 'Bad credentials' });
});

it('says whose a token is, and what a classic one may do', async () => {
  const server = await serverFor({ login: 'alice', kind: 'classic', scopes: ['repo', 'read:org'] });
  const query = '{ viewer { login } repository(owner: "acme", name: "shop") { viewerPermission } }';

  const response = await send(server, query, asking);

  expect(response.headers.get('x-oauth-scopes')).toBe('repo, read:org');
  expect(await response.json()).toEqual({
    data: { viewer: { login: 'alice' }, repository: { viewerPermission: 'READ' } },
  });
});

describe('a token that lacks a permission', () => {
  it.each([
    ['pull_requests', 'pullRequests', 'fine-grained', 'personal access token'],
    ['issues', 'issues', 'installation', 'integration'],
    ['deployments', 'deployments', 'fine-grained', 'personal access token'],
    ['contents', 'releases', 'installation', 'integration'],
  ] as const)('of %s gets no %s, and all else', async (lacking, field, kind, what) => {
    const server = await serverFor({ login: 'alice', kind, lacks: [lacking] });

    const { data, errors } = await ask(server, EVERYTHING, asking);

    const all = ['pullRequests', 'issues', 'deployments', 'releases'];
    const expected = Object.fromEntries(all.map((name) => [name, name === field ? null : { totalCount: 0 }]));
    expect(data).toEqual({ repository: expected });
    expect(errors).toMatchObject([
      {
        type: 'FORBIDDEN',
        path: ['repository', field],
        extensions: { saml_failure: false },
        message: `Resource not accessible by ${what}`,
      },
    ]);
  });

  it('gets no repository at all where null is not allowed to stand for a list', async () => {
    const kind = 'fine-grained';
    const server = await serverFor({ login: 'alice', kind, lacks: ['issues'], denial: 'repository' });

    expect(await ask(server, EVERYTHING, asking)).toMatchObject({
      data: { repository: null },
      errors: [{ type: 'FORBIDDEN', path: ['repository', 'issues'] }],
    });
  });

  it('of actions gets 403 from the REST side', async () => {
    const server = await serverFor({ login: 'alice', kind: 'fine-grained', lacks: ['actions'] });

    const response = await get(server, WORKFLOW, restHeaders);

    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({
      message: 'Resource not accessible by personal access token',
    });
  });

  it('of everything still learns that there is such a repository', async () => {
    const server = await serverFor({ login: 'alice', kind: 'fine-grained', lacks: PERMISSIONS });

    expect(await ask(server, REPOSITORY, asking)).toEqual({
      data: { repository: { nameWithOwner: 'acme/shop' }, rateLimit: { cost: 1 } },
    });
  });
});

it.each<[string, Partial<TokenKind>, object]>([
  ['lacks the permission', { lacks: ['issues'] }, { saml_failure: false }],
  ['has not been through single sign-on', { samlFailure: true }, { saml_failure: true }],
])('something is not found by its id with a token that %s', async (_, what, extensions) => {
  const world = new GitHubWorld();
  const { id } = world.addRepository('acme/shop').openIssue({ title: 'x', at: 0 });
  const tokens = new Map([['secret', { login: 'alice', kind: 'fine-grained', ...what } as const]]);
  const server = await githubForTest(world, { tokens });

  const body = await ask(server, 'query($id: ID!) { node(id: $id) { id } }', {
    ...asking,
    variables: { id },
  });

  expect(body).toMatchObject({ data: { node: null }, errors: [{ type: 'FORBIDDEN', extensions }] });
});

it('a token that has not been through single sign-on is told where to go', async () => {
  const server = await serverFor({ login: 'alice', kind: 'classic', samlFailure: true });
  const header = /^required; url=https:\/\/github\.com\/orgs\/acme\/sso\?authorization_request=\w+$/u;

  const query = await send(server, REPOSITORY, asking);
  const rest = await get(server, WORKFLOW, restHeaders);

  expect(query.headers.get('x-github-sso')).toMatch(header);
  expect(await query.json()).toMatchObject({
    data: { repository: null, rateLimit: { cost: 1 } },
    errors: [{ type: 'FORBIDDEN', path: ['repository'], extensions: { saml_failure: true } }],
  });
  expect(rest.status).toBe(403);
  expect(rest.headers.get('x-github-sso')).toMatch(header);
});

it('a classic token without scopes is told which one is missing', async () => {
  const server = await serverFor({ login: 'alice', kind: 'classic', scopes: ['read:user'] });

  const body = await ask(server, EVERYTHING, asking);

  expect(body.data).toBeUndefined();
  expect(body.errors).toMatchObject([
    {
      type: 'INSUFFICIENT_SCOPES',
      message: expect.stringContaining(
        "The 'pullRequests' field requires one of the following scopes: ['repo'], but your token has only been granted the: ['read:user'] scopes.",
      ),
    },
    {},
    {},
    {},
  ]);
});

describe('a private repository', () => {
  it.each<[string, TokenKind, boolean]>([
    ['a classic token', { login: 'a', kind: 'classic' }, true],
    ['one for public repositories', { login: 'a', kind: 'classic', scopes: ['public_repo'] }, false],
    ['a token of it', { login: 'a', kind: 'fine-grained', repositories: ['Acme/Shop'] }, true],
    ['a token of another', { login: 'a', kind: 'installation', repositories: ['acme/other'] }, false],
  ])('%s: seen or not there', async (_, token, isSeen) => {
    const server = await serverFor(token, true);

    const { data, errors } = await ask(server, REPOSITORY, asking);
    const { status } = await get(server, WORKFLOW, restHeaders);

    expect(data?.['repository']).toEqual(isSeen ? { nameWithOwner: 'acme/shop' } : null);
    expect(errors?.[0]?.type).toBe(isSeen ? undefined : 'NOT_FOUND');
    expect(status).toBe(isSeen ? 200 : 404);
  });
});
