import { describe, expect, it } from 'vitest';
import { DevlakeClient, webhookPath, type DevlakeOptions } from '../../../../src/exporters/devlake/client.ts';
import { AnswerTooLong, ConnectionFailed, RequestTimeout } from '../../../../src/io/http.ts';
import type { Http, HttpResponse } from '../../../../src/io/ports.ts';
import { FastClock } from '../../../support/github-workspace.ts';

const TOKEN = 'k'.repeat(128);
const STORED = '{"success":true,"message":"success"}';
const ROUTE = 'connections/7/deployments';

type Answer = Partial<HttpResponse> | Error;

const stored: Answer = { status: 200, text: STORED };
const status = (code: number, text = '', headers: HttpResponse['headers'] = {}): Answer => ({
  status: code,
  text,
  headers,
});

interface Asked {
  readonly url: string;
  readonly body: string | undefined;
  readonly headers: Readonly<Record<string, string>> | undefined;
  /** When it was asked, milliseconds since the beginning. */
  readonly at: number;
}

/** A client whose requests are answered one after the other, the last answer for good. */
function clientOf(answers: readonly Answer[], some: Partial<DevlakeOptions> = {}) {
  const clock = new FastClock();
  const begun = clock.now().getTime();
  const asked: Asked[] = [];
  let signs = 0;
  const http: Http = async ({ url, body, headers }) => {
    const at = clock.now().getTime() - begun;
    const answer = answers[Math.min(asked.length, answers.length - 1)] ?? {};
    asked.push({ url, body: typeof body === 'string' ? body : undefined, headers, at });
    if (answer instanceof Error) throw answer;
    return await Promise.resolve({ status: 200, headers: {}, text: '', ...answer });
  };
  const client = new DevlakeClient(
    {
      baseUrl: 'https://devlake.example/api/rest',
      token: TOKEN,
      timeoutMs: 30_000,
      retryForMs: 600_000,
      lanes: 1,
      version: '1.2.3',
      ...some,
    },
    {
      http,
      clock,
      beforeRequest: async () => {
        signs += 1;
        await Promise.resolve();
      },
    },
  );
  return { client, clock, asked, signs: () => signs };
}

describe('a row', () => {
  it('goes to its route with the token in a header', async () => {
    const { client, asked } = clientOf([stored]);

    expect(await client.deliver(ROUTE, '{"id":"é"}')).toEqual({ kind: 'stored' });

    expect(asked).toEqual([
      {
        url: `https://devlake.example/api/rest/plugins/webhook/${ROUTE}`,
        body: '{"id":"é"}',
        headers: {
          accept: 'application/json',
          authorization: `Bearer ${TOKEN}`,
          'content-type': 'application/json; charset=utf-8',
          'user-agent': 'dora-metrics/1.2.3',
        },
        at: 0,
      },
    ]);
  });

  it.each([
    ['a silence', new RequestTimeout('no answer within 30 s')],
    ['a broken connection', new ConnectionFailed('connect ECONNREFUSED')],
    ['an answer without end', new AnswerTooLong('the answer is longer than 1048576 bytes')],
    ['an error of the server', status(500, '{"message":"boom"}')],
    ['a gateway', status(502, '<html>')],
  ])('is sent again after %s, and then stored', async (_, answer) => {
    const { client, asked, clock } = clientOf([answer, answer, stored]);

    expect(await client.deliver(ROUTE, '{}')).toEqual({ kind: 'stored' });

    expect(asked).toHaveLength(3);
    expect(clock.slept).toBeGreaterThan(0);
  });

  it('waits for the next run after six tries', async () => {
    const { client, asked, clock, signs } = clientOf([new ConnectionFailed('connect ECONNREFUSED')]);

    expect(await client.deliver(ROUTE, '{}')).toEqual({
      kind: 'unanswered',
      reason: 'connect ECONNREFUSED',
    });

    expect(asked).toHaveLength(6);
    // half a second, doubled each time, and up to half of it less
    expect(clock.slept).toBeGreaterThanOrEqual(7750);
    expect(clock.slept).toBeLessThanOrEqual(15_500);
    expect(signs()).toBe(11);
  });

  it.each([400, 401, 403, 404, 413])('that is refused with %i is not sent again', async (code) => {
    const { client, asked } = clientOf([status(code, '{"message":"no"}')]);

    expect(await client.deliver(ROUTE, '{}')).toEqual({
      kind: 'refused',
      status: code,
      reason: `${code} no`,
      isNoRoute: false,
    });
    expect(asked).toHaveLength(1);
  });

  it('for which the server has no route is told apart', async () => {
    const { client } = clientOf([status(404, '404 page not found')]);

    expect(await client.deliver('connections/7/pull_requests', '{}')).toMatchObject({ isNoRoute: true });
  });

  it('does not hide what is wrong with this program', async () => {
    const { client } = clientOf([new TypeError('x is not a function')]);

    await expect(client.deliver(ROUTE, '{}')).rejects.toThrow(TypeError);
  });

  it('for a project is sent once more after the first 404, which makes the connection', async () => {
    const missing = status(404, '{"message":"record not found (404)"}');
    const first = clientOf([missing, stored]);
    expect(await first.client.deliver('projects/shop/deployments', '{}')).toEqual({ kind: 'stored' });
    expect(first.clock.slept).toBe(0);

    const never = clientOf([missing]);
    expect(await never.client.deliver('projects/shop/deployments', '{}')).toMatchObject({ status: 404 });
    expect(never.asked).toHaveLength(2);
  });
});

describe('waiting', () => {
  it('takes as long as the server says, with a sign of life every ten seconds', async () => {
    const { client, asked, signs } = clientOf([status(429, '', { 'retry-after': '95' }), stored]);

    expect(await client.deliver(ROUTE, '{}')).toEqual({ kind: 'stored' });

    expect(asked.map(({ at }) => at)).toEqual([0, 95_000]);
    expect(signs()).toBe(12);
  });

  it('ends where all of it has taken as long as it may', async () => {
    const { client, asked, clock } = clientOf([status(503, '', { 'retry-after': '40' })], {
      retryForMs: 100_000,
    });

    expect(await client.deliver(ROUTE, '{}')).toEqual({ kind: 'unanswered', reason: '503' });
    expect(asked).toHaveLength(3);
    expect(clock.slept).toBe(80_000);

    // the next row finds nothing left to wait
    expect(await client.deliver(ROUTE, '{}')).toMatchObject({ kind: 'unanswered' });
    expect(asked).toHaveLength(4);
  });

  it('is not begun where the server wants more than there is', async () => {
    const { client, clock } = clientOf([status(429, '', { 'retry-after': '86400' })]);

    expect(await client.deliver(ROUTE, '{}')).toMatchObject({ kind: 'unanswered' });
    expect(clock.slept).toBe(0);
  });

  it('for a server that is busy is done once for all lanes', async () => {
    const busy = status(429, '', { 'retry-after': '60' });
    const { client, asked, clock } = clientOf([busy, busy, busy, busy, stored], {
      lanes: 4,
      retryForMs: 60_000,
    });

    const all = await Promise.all([1, 2, 3, 4].map(async () => await client.deliver(ROUTE, '{}')));

    expect(all.map(({ kind }) => kind)).toEqual(['stored', 'stored', 'stored', 'stored']);
    expect(clock.slept).toBe(60_000);
    expect(asked.slice(4).every(({ at }) => at >= 60_000)).toBe(true);
  });
});

describe('the token', () => {
  it('never comes out, though the server says it', async () => {
    for (const answer of [
      status(400, JSON.stringify({ message: `who is ${TOKEN}?` })),
      status(400, `who is ${TOKEN}?`),
      status(500, JSON.stringify(TOKEN)),
      new ConnectionFailed(`Bearer ${TOKEN} is no header`),
    ]) {
      const { client } = clientOf([answer], { retryForMs: 0 });
      const text = JSON.stringify(await client.deliver(ROUTE, '{}'));
      expect(text).not.toContain(TOKEN.slice(0, 20));
      expect(text).toContain('***');
    }
  });
});

describe('the route', () => {
  it.each([
    [{ kind: 'connection', id: '7' }, 'deployment', 'connections/7/deployments'],
    [{ kind: 'connection', id: '7' }, 'incident', 'connections/7/issues'],
    [{ kind: 'connection', id: '7' }, 'pull-request', 'connections/7/pull_requests'],
    [{ kind: 'name', name: 'the shop' }, 'deployment', 'connections/by-name/the%20shop/deployments'],
    [{ kind: 'project', name: 'the shop' }, 'deployment', 'projects/the%20shop/deployments'],
    [{ kind: 'project', name: 'shop' }, 'incident', 'connections/by-name/shop_deployments/issues'],
    [{ kind: 'project', name: 'shop' }, 'pull-request', 'connections/by-name/shop_deployments/pull_requests'],
  ] as const)('of %j for a %s', (webhook, kind, expected) => {
    expect(webhookPath(webhook, kind)).toBe(expected);
  });
});
