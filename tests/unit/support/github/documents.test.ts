import { expect, it } from 'vitest';
import { ask, githubForTest } from '../../../support/github/ask.ts';
import { GitHubWorld } from '../../../support/github/world.ts';

function acme(): GitHubWorld {
  const world = new GitHubWorld();
  world.addRepository('acme/shop');
  return world;
}

const inShop = (fields: string) => `query Q { repository(owner: "acme", name: "shop") { ${fields} } }`;

it('answers a field that the schema does not have as GitHub does', async () => {
  const server = await githubForTest(acme());

  const body = await ask(server, inShop('releases(first: 1) { nodes { tagNme } }'));

  expect(body.data).toBeUndefined();
  expect(body.errors).toMatchObject([
    {
      message: "Field 'tagNme' doesn't exist on type 'Release'",
      path: ['query Q', 'repository', 'releases', 'nodes', 'tagNme'],
      extensions: { code: 'undefinedField', typeName: 'Release', fieldName: 'tagNme' },
    },
  ]);
});

it('can be an old server that does not know a field yet', async () => {
  const server = await githubForTest(acme(), { without: ['Release.isLatest'] });
  const query = inShop(
    'releases(first: 1, orderBy: {field: CREATED_AT, direction: DESC}) { nodes { isLatest } }',
  );

  const { errors } = await ask(server, query);

  expect(errors?.[0]?.extensions).toEqual({
    code: 'undefinedField',
    typeName: 'Release',
    fieldName: 'isLatest',
  });
  expect((await ask(server, query.replace('isLatest', 'isDraft'))).errors).toBeUndefined();
});

it('refuses an argument that a field does not take', async () => {
  const server = await githubForTest(acme());

  const { errors } = await ask(
    server,
    inShop('issues(first: 1, since: "2026-01-01T00:00:00Z") { totalCount }'),
  );

  expect(errors).toMatchObject([
    {
      message: "Field 'issues' doesn't accept argument 'since'",
      path: ['query Q', 'repository', 'issues', 'since'],
      extensions: { code: 'argumentNotAccepted' },
    },
  ]);
});

it.each([
  ['a field', inShop('stargazerCount'), 'Repository.stargazerCount'],
  ['an argument', inShop('issues(first: 1, before: "x") { totalCount }'), 'Repository.issues(before:)'],
  [
    'a filter',
    inShop('issues(first: 1, filterBy: {milestone: "x"}) { totalCount }'),
    'filterBy: ✖ Unrecognized key: "milestone"',
  ],
  [
    'an order',
    inShop('issues(first: 1, orderBy: {field: COMMENTS, direction: ASC}) { totalCount }'),
    'orderBy COMMENTS',
  ],
])('says loudly that it does not serve %s of the schema', async (_, query, what) => {
  const body = await ask(await githubForTest(acme()), query);

  expect(body).toEqual({
    errors: [{ message: expect.stringContaining(`not served by the test server: ${what}`) }],
  });
});

it.each([
  ['no first', 'pullRequests { nodes { id } }', 'MISSING_PAGINATION_BOUNDARIES'],
  ['first: 101', 'pullRequests(first: 101) { nodes { id } }', 'EXCESSIVE_PAGINATION'],
  ['first: 0', 'pullRequests(first: 0) { nodes { id } }', 'EXCESSIVE_PAGINATION'],
  [
    'half a million nodes',
    'pullRequests(first: 100) { nodes { commits(first: 100) { nodes { commit { parents(first: 100) { totalCount } } } } } }',
    'MAX_NODE_LIMIT_EXCEEDED',
  ],
])('refuses %s', async (_, fields, type) => {
  const body = await ask(await githubForTest(acme()), inShop(fields));

  expect(body.data).toBeUndefined();
  expect(body.errors?.map((error) => error.type)).toEqual([type]);
});

it('counts without being told how much of a list to give', async () => {
  expect(await ask(await githubForTest(acme()), inShop('pullRequests { totalCount }'))).toEqual({
    data: { repository: { pullRequests: { totalCount: 0 } } },
  });
});

const PAGE =
  'query Q($first: Int!) { repository(owner: "acme", name: "shop") { issues(first: $first) { totalCount } } }';

it.each([
  ['missing', PAGE, {}, 'Variable "$first" of required type "Int!" was not provided.'],
  ['of another type', PAGE, { first: 'ten' }, /got invalid value "ten"/u],
  ['not declared', PAGE, { first: 1, last: 1 }, 'Variable $last is given, but not declared'],
])('refuses variables that are %s', async (_, query, variables, message) => {
  const { data, errors } = await ask(await githubForTest(acme()), query, { variables });

  expect({ data, count: errors?.length }).toEqual({ data: undefined, count: 1 });
  expect(errors?.[0]?.message).toMatch(message);
});

it('answers what is no query at all with an error', async () => {
  const { data, errors } = await ask(await githubForTest(acme()), 'query {');

  expect(data).toBeUndefined();
  expect(errors).toHaveLength(1);
});
