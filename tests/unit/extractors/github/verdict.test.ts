import { describe, expect, it } from 'vitest';
import { Transport } from '../../../../src/extractors/github/transport.ts';
import { GitHubFailure, judge, type Verdict } from '../../../../src/extractors/github/verdict.ts';
import { ConnectionFailed, RequestTimeout } from '../../../../src/io/http.ts';
import type { Http } from '../../../../src/io/ports.ts';

const ASKER = { repository: 'acme/shop on github.com', variable: 'GITHUB_TOKEN' };

/** What comes over the wire. */
interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

function transport(http: Http): Transport {
  return new Transport({
    api: 'https://api.github.com',
    token: 'ghp_s3cret',
    timeoutMs: 1000,
    userAgent: 'dora-metrics/0.0.0',
    http,
    signal: undefined,
  });
}

const served =
  ({ status = 200, headers = {}, body = {} }: Answer): Http =>
  async () => ({
    status,
    headers: { ...headers },
    text: typeof body === 'string' ? body : JSON.stringify(body),
  });

const failing =
  (error: Error): Http =>
  async () => {
    throw error;
  };

async function asked(http: Http): Promise<Verdict> {
  return judge((await transport(http).graphql('query Q{viewer{login}}', {})).reply, ASKER);
}

async function askedRest(http: Http, accepted: readonly number[] = []): Promise<Verdict> {
  const { reply } = await transport(http).rest('/repos/acme/shop', { etag: undefined, accepted });
  return judge(reply, ASKER);
}

interface Problem {
  readonly type?: string;
  readonly message?: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** An answer of GraphQL with problems, and with what it could read all the same. */
function troubled(
  problem: Problem,
  { data = null, headers = {} }: { data?: unknown; headers?: Answer['headers'] } = {},
): Answer {
  return { headers, body: { data, errors: [{ message: 'no', ...problem }] } };
}

/** What a failure says, and whether everything else will fail as well. */
function told(verdict: Verdict): Readonly<Record<string, unknown>> {
  if (verdict.do !== 'fail') return { do: verdict.do };
  const { message, hint, isFinal, kind } = verdict.error;
  expect(verdict.error).toBeInstanceOf(GitHubFailure);
  return { message, hint, isFinal, kind };
}

const PARTLY = { repository: { id: 'R_1', pullRequests: { nodes: [null] } } };
const RESET = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1787221200' };
const NO_SUCH_REPOSITORY = {
  message: 'there is no acme/shop on github.com, or the token in GITHUB_TOKEN cannot see it',
  hint: 'check the address of origin (git remote get-url origin); a private repository must be among those the token was made for.',
  isFinal: true,
  kind: 'source',
};
const NOT_SIGNED_ON =
  'the token in GITHUB_TOKEN is not authorised for the single sign-on of the organisation of acme/shop on github.com';
const SSO_URL = 'https://github.com/orgs/acme/sso?authorization_request=A1';
const SSO = { 'x-github-sso': `required; url=${SSO_URL}` };
const unexpected = (what: string) => ({
  message: `GitHub answered a question about acme/shop on github.com with: ${what}`,
  hint: 'run it again; if it stays, please report it with this message.',
  isFinal: false,
  kind: 'source',
});
const lacks = (permission: string, why: string) => ({
  message: `the token in GITHUB_TOKEN may not read that of acme/shop on github.com (${permission}): ${why}`,
  hint: `give it the permission ${permission}: read; dora-metrics status lists what it has.`,
  isFinal: false,
  kind: 'source',
});

describe('an answer of GraphQL', () => {
  it('without a problem is used', async () => {
    expect(await asked(served({ body: { data: PARTLY } }))).toEqual({ do: 'use' });
    expect(await asked(served({ body: { data: PARTLY }, headers: RESET }))).toEqual({ do: 'use' });
  });

  it.each<[string, Answer, Verdict]>([
    [
      'RATE_LIMITED',
      troubled({ type: 'RATE_LIMITED' }, { headers: RESET }),
      { do: 'wait', resetAt: 1_787_221_200 },
    ],
    [
      'RATE_LIMIT',
      troubled({ type: 'RATE_LIMIT' }, { headers: RESET }),
      { do: 'wait', resetAt: 1_787_221_200 },
    ],
    [
      'code graphql_rate_limit',
      troubled({ extensions: { code: 'graphql_rate_limit' } }, { headers: RESET }),
      { do: 'wait', resetAt: 1_787_221_200 },
    ],
    ['RATE_LIMITED without a header', troubled({ type: 'RATE_LIMITED' }), { do: 'wait', resetAt: null }],
    [
      'RATE_LIMITED with a header that is no number',
      troubled({ type: 'RATE_LIMITED' }, { headers: { 'x-ratelimit-reset': 'soon' } }),
      { do: 'wait', resetAt: null },
    ],
    [
      'RATE_LIMITED beside what could be read',
      troubled({ type: 'RATE_LIMITED', path: ['repository', 'releases'] }, { data: PARTLY }),
      { do: 'wait', resetAt: null },
    ],
    [
      'a secondary rate limit',
      troubled({ message: 'You have exceeded a secondary rate limit.' }, { headers: { 'retry-after': '7' } }),
      { do: 'pause', seconds: 7, why: 'a secondary rate limit' },
    ],
    [
      'a secondary rate limit that calls itself FORBIDDEN and does not say for how long',
      troubled({ type: 'FORBIDDEN', message: 'You have exceeded a Secondary Rate Limit' }),
      { do: 'pause', seconds: null, why: 'a secondary rate limit' },
    ],
    [
      'the old name of the secondary limit',
      troubled({ message: 'You have triggered an abuse detection mechanism.' }),
      { do: 'pause', seconds: null, why: 'a secondary rate limit' },
    ],
    [
      'RESOURCE_LIMITS_EXCEEDED beside what could be read',
      troubled(
        {
          type: 'RESOURCE_LIMITS_EXCEEDED',
          message: 'Resource limits for this query exceeded.',
          path: ['repository', 'pullRequests'],
        },
        { data: PARTLY },
      ),
      { do: 'shrink', why: 'resource limits exceeded' },
    ],
    [
      'Something went wrong',
      troubled({
        message:
          'Something went wrong while executing your query on 2026-08-20T10:00:00Z. This may be the result of a timeout.',
      }),
      { do: 'shrink', why: 'something went wrong on its side' },
    ],
    [
      'a node that could not be read',
      troubled({ message: 'lost', path: ['repository', 'pullRequests', 'nodes', 0] }, { data: PARTLY }),
      { do: 'use-partly', why: 'lost' },
    ],
    [
      'NOT_FOUND further down',
      troubled(
        { type: 'NOT_FOUND', message: 'lost', path: ['repository', 'deployments', 'nodes', 0, 'ref'] },
        { data: PARTLY },
      ),
      { do: 'use-partly', why: 'lost' },
    ],
  ])('%s: what to do', async (_, answer, verdict) => {
    expect(await asked(served(answer))).toEqual(verdict);
  });

  it.each<[string, Answer, Readonly<Record<string, unknown>>]>([
    [
      'NOT_FOUND',
      troubled({ type: 'NOT_FOUND', path: ['repository'] }, { data: { repository: null } }),
      NO_SUCH_REPOSITORY,
    ],
    [
      'FORBIDDEN for the lack of single sign-on',
      troubled(
        { type: 'FORBIDDEN', path: ['repository'], extensions: { saml_failure: true } },
        { headers: SSO },
      ),
      {
        message: NOT_SIGNED_ON,
        hint: `authorise it at ${SSO_URL}, then run this again.`,
        isFinal: true,
        kind: 'source',
      },
    ],
    [
      'FORBIDDEN for the lack of single sign-on, without an address',
      troubled({ type: 'FORBIDDEN', path: ['repository'], extensions: { saml_failure: true } }),
      {
        message: NOT_SIGNED_ON,
        hint: "authorise it in the token's settings on GitHub (Configure SSO), then run this again.",
        isFinal: true,
        kind: 'source',
      },
    ],
    ...(
      [
        ['pullRequests', 'Pull requests'],
        ['releases', 'Contents'],
        ['deployments', 'Deployments'],
        ['issues', 'Issues'],
      ] as const
    ).map(([field, permission]): [string, Answer, Readonly<Record<string, unknown>>] => [
      `FORBIDDEN for ${field}`,
      troubled(
        { type: 'FORBIDDEN', path: ['repository', field], message: 'Resource not accessible by integration' },
        { data: PARTLY },
      ),
      lacks(permission, 'Resource not accessible by integration'),
    ]),
    [
      'FORBIDDEN for a fine-grained token, deep inside',
      troubled(
        {
          type: 'FORBIDDEN',
          path: ['repository', 'deployments', 'nodes', 0, 'statuses'],
          message: 'Resource not accessible by personal access token',
        },
        { data: PARTLY },
      ),
      lacks('Deployments', 'Resource not accessible by personal access token'),
    ],
    [
      'FORBIDDEN for what has no name',
      troubled({ type: 'FORBIDDEN', path: ['viewer'], message: 'Resource not accessible by integration' }),
      {
        message:
          'the token in GITHUB_TOKEN may not read that of acme/shop on github.com: Resource not accessible by integration',
        hint: "dora-metrics status lists the token's permissions.",
        isFinal: false,
        kind: 'source',
      },
    ],
    [
      'INSUFFICIENT_SCOPES',
      troubled({
        type: 'INSUFFICIENT_SCOPES',
        message: 'Your token has not been granted the required scopes.',
      }),
      {
        message:
          'the token in GITHUB_TOKEN lacks a scope for acme/shop on github.com: Your token has not been granted the required scopes.',
        hint: 'give it the scope repo (public_repo for public repositories), or use a fine-grained token.',
        isFinal: false,
        kind: 'source',
      },
    ],
    [
      'MAX_NODE_LIMIT_EXCEEDED',
      troubled({
        type: 'MAX_NODE_LIMIT_EXCEEDED',
        message: 'This query requests up to 600,000 possible nodes',
      }),
      unexpected('This query requests up to 600,000 possible nodes'),
    ],
    [
      'a mistake in the question, which has no type',
      troubled({ message: 'Parse error on ")" at [1, 7]' }),
      unexpected('Parse error on ")" at [1, 7]'),
    ],
    [
      'a problem with no place, beside what could be read',
      troubled({ message: 'something new' }, { data: PARTLY }),
      unexpected('something new'),
    ],
    [
      'a field that an old server does not know',
      troubled({
        message: "Field 'stateReason' doesn't exist on type 'Issue'",
        path: ['fragment Issue', 'stateReason'],
      }),
      {
        message: 'the server of acme/shop on github.com is too old: it does not know Issue.stateReason',
        hint: 'update it; every version that GitHub still supports knows the field.',
        isFinal: false,
        kind: 'source',
      },
    ],
  ])('%s: a failure that says what to do about it', async (_, answer, words) => {
    expect(told(await asked(served(answer)))).toEqual(words);
  });

  it('waits for the budget rather than tell what else is wrong', async () => {
    const errors = [
      { type: 'FORBIDDEN', message: 'no', path: ['repository', 'issues'] },
      { type: 'RATE_LIMITED', message: 'no' },
    ];
    expect(await asked(served({ body: { data: null, errors } }))).toEqual({ do: 'wait', resetAt: null });
  });

  it.each([[], [{}], [{ message: 7, path: 'x', extensions: [] }]].map((errors) => ({ errors })))(
    'with problems of an unexpected form, %j, is a failure or used, never an error of ours',
    async ({ errors }) => {
      const verdict = await asked(served({ body: { data: null, errors } }));

      expect(['fail', 'use']).toContain(verdict.do);
    },
  );

  it('NOT_FOUND for a single item, which went away between two questions, is no failure', async () => {
    const gone = {
      type: 'NOT_FOUND',
      path: ['node'],
      message: "Could not resolve to a node with the global id of 'DE_1'",
    };

    expect(await asked(served(troubled(gone, { data: { node: null } })))).toEqual({ do: 'use' });
    const errors = [gone, { message: 'something new' }];
    expect(await asked(served({ body: { data: { node: null }, errors } }))).toMatchObject({ do: 'fail' });
  });

  it('a secondary limit that only says when the next hour begins is waited for until then', async () => {
    const answer = troubled({ message: 'You have exceeded a secondary rate limit.' }, { headers: RESET });

    expect(await asked(served(answer))).toEqual({ do: 'wait', resetAt: 1_787_221_200 });
  });
});

describe('an answer with a status', () => {
  const message = (text: string) => ({ message: text });

  it.each<[string, Answer, Verdict]>([
    ['200', {}, { do: 'use' }],
    ['304', { status: 304, body: '' }, { do: 'use' }],
    [
      '403 with nothing left',
      { status: 403, headers: RESET, body: message('API rate limit exceeded') },
      { do: 'wait', resetAt: 1_787_221_200 },
    ],
    [
      '429 with nothing left',
      { status: 429, headers: RESET, body: message('API rate limit exceeded') },
      { do: 'wait', resetAt: 1_787_221_200 },
    ],
    [
      '403 for too much in a short time',
      {
        status: 403,
        headers: { 'retry-after': '60' },
        body: message('You have exceeded a secondary rate limit'),
      },
      { do: 'pause', seconds: 60, why: 'a secondary rate limit' },
    ],
    [
      '403 for too much in a short time, not saying for how long',
      { status: 403, body: message('You have exceeded a secondary rate limit') },
      { do: 'pause', seconds: null, why: 'a secondary rate limit' },
    ],
    [
      '403 for too much in a short time, only saying when the next hour begins',
      { status: 403, headers: RESET, body: message('You have exceeded a secondary rate limit') },
      { do: 'wait', resetAt: 1_787_221_200 },
    ],
    [
      '403 for too much in a short time, though nothing is left of the hour either',
      {
        status: 403,
        headers: { ...RESET, 'retry-after': '60' },
        body: message('You have exceeded a secondary rate limit'),
      },
      { do: 'pause', seconds: 60, why: 'a secondary rate limit' },
    ],
    [
      '429 for too much in a short time',
      { status: 429, headers: { 'retry-after': '5' }, body: message('slow down') },
      { do: 'pause', seconds: 5, why: 'a secondary rate limit' },
    ],
    [
      '429 and nothing else',
      { status: 429, body: message('slow down') },
      { do: 'pause', seconds: null, why: '429 slow down' },
    ],
    [
      'a time to wait that is no number of seconds',
      { status: 429, headers: { 'retry-after': '-1' } },
      { do: 'pause', seconds: null, why: 'a secondary rate limit' },
    ],
    [
      '502',
      { status: 502, body: '<html><h1>Bad\nGateway</h1></html>' },
      { do: 'shrink', why: '502 Bad Gateway' },
    ],
    [
      '504',
      { status: 504, body: message("We couldn't respond to your request in time.") },
      { do: 'shrink', why: "504 We couldn't respond to your request in time." },
    ],
    ['500', { status: 500, body: message('oops') }, { do: 'retry', why: '500 oops', isDown: false }],
    ['503', { status: 503, body: message('oops') }, { do: 'retry', why: '503 oops', isDown: false }],
  ])('%s: what to do, whichever interface it comes from', async (_, answer, verdict) => {
    expect(await askedRest(served(answer))).toEqual(verdict);
    if (answer.status !== undefined && answer.status >= 400)
      expect(await asked(served(answer))).toEqual(verdict);
  });

  it.each<[string, Answer, Readonly<Record<string, unknown>>]>([
    [
      '401',
      { status: 401, body: message('Bad credentials') },
      {
        message: 'GitHub does not accept the token in GITHUB_TOKEN (asked about acme/shop on github.com)',
        hint: 'it may have expired or been revoked: set it to a valid one, or unset it to go on with git alone.',
        isFinal: true,
        kind: 'source',
      },
    ],
    ['404', { status: 404, body: message('Not Found') }, NO_SUCH_REPOSITORY],
    [
      '403 for the lack of single sign-on',
      { status: 403, headers: SSO, body: message('Resource protected by organization SAML enforcement.') },
      {
        message: NOT_SIGNED_ON,
        hint: `authorise it at ${SSO_URL}, then run this again.`,
        isFinal: true,
        kind: 'source',
      },
    ],
    ['422', { status: 422, body: message('Validation Failed') }, unexpected('422 Validation Failed')],
    ['400 without words', { status: 400, body: '' }, unexpected('400 ')],
  ])('%s: a failure that says what to do about it', async (_, answer, words) => {
    expect(told(await askedRest(served(answer)))).toEqual(words);
    expect(told(await asked(served(answer)))).toEqual(words);
  });

  it('403 for the runs of a workflow names the permission that is missing', async () => {
    const answer = { status: 403, body: message('Resource not accessible by integration') };

    expect(told(await askedRest(served(answer)))).toEqual(
      lacks('Actions', 'Resource not accessible by integration'),
    );
  });

  it.each([304, 404, 422])('%d is used where the caller expects it', async (status) => {
    expect(await askedRest(served({ status }), [304, 404, 422])).toEqual({ do: 'use' });
  });
});

describe('no answer', () => {
  it('in time asks for less', async () => {
    const http = failing(new RequestTimeout('no answer within 1 s'));

    expect(await asked(http)).toEqual({ do: 'shrink', why: 'no answer within 1 s' });
    expect(await askedRest(http)).toEqual({ do: 'shrink', why: 'no answer within 1 s' });
  });

  it('for want of a connection asks again, and does not tell the token', async () => {
    const http = failing(new ConnectionFailed('socket hang up after ghp_s3cret'));

    expect(await asked(http)).toEqual({ do: 'retry', why: 'socket hang up after ***', isDown: true });
    expect(await askedRest(http)).toEqual({ do: 'retry', why: 'socket hang up after ***', isDown: true });
  });

  it.each([
    '{"data":{"repo',
    '<html>',
    '',
    'null',
    '[]',
    '{"errors":"no"}',
    '{"errors":{}}',
    '{"errors":[null]}',
  ])('that is one of GraphQL, but %j, asks again', async (text) => {
    expect(await asked(served({ body: text }))).toEqual({
      do: 'retry',
      why: 'an answer of an unexpected form, or only part of one',
      isDown: false,
    });
  });

  it('because of a mistake of ours stays a mistake', async () => {
    await expect(asked(failing(new TypeError('a bug')))).rejects.toThrow('a bug');
  });
});
