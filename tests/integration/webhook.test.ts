import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { sendWebhook, type WebhookPorts } from '../../src/exporters/notification/index.ts';
import { appendTextFile } from '../../src/io/files.ts';
import { http, RequestTimeout } from '../../src/io/http.ts';

interface Received {
  readonly method: string | undefined;
  readonly type: string | undefined;
  readonly body: string;
}

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

const closers: (() => void)[] = [];

afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** A server that gives one answer after the other, and the last one for ever. */
async function serverWith(...answers: readonly [Answer, ...Answer[]]) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => (body += part));
    request.on('end', () => {
      received.push({ method: request.method, type: request.headers['content-type'], body });
      (answers[received.length - 1] ?? answers.at(-1) ?? answers[0])(response, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  closers.push(close);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const host = `127.0.0.1:${String(address.port)}`;
  return { host, url: `http://${host}/hooks/very-secret`, received, close };
}

const status =
  (code: number, text = 'ok'): Answer =>
  (response) => {
    response.writeHead(code, { 'content-type': 'text/html' });
    response.end(text);
  };

const redirect =
  (code: number, to: string): Answer =>
  (response) => {
    response.writeHead(code, { location: to });
    response.end();
  };

function ports(some: Partial<WebhookPorts> = {}): WebhookPorts & { readonly waits: readonly number[] } {
  const waits: number[] = [];
  const sleep = async (milliseconds: number, signal?: AbortSignal) => {
    waits.push(milliseconds);
    signal?.throwIfAborted();
  };
  return { http, clock: { now: () => new Date(0), sleep }, waits, ...some };
}

const BODY = '{"text":"12 rows wait"}';

describe('a webhook', () => {
  it.each([200, 202, 204])('that answers %i has been told, once, in JSON', async (code) => {
    const { url, received } = await serverWith(status(code, code === 204 ? '' : 'ok'));

    expect(await sendWebhook(url, BODY, ports())).toBeNull();
    expect(received).toEqual([{ method: 'POST', type: 'application/json', body: BODY }]);
  });

  it.each([429, 500, 503])('that answers %i is asked once more, after a short wait', async (code) => {
    const { url, received } = await serverWith(status(code), status(200));
    const given = ports();

    expect(await sendWebhook(url, BODY, given)).toBeNull();
    expect(received.map(({ body }) => body)).toEqual([BODY, BODY]);
    expect(given.waits).toEqual([2000]);
  });

  it('that fails twice is left alone; the reason names host and status, not the address', async () => {
    const { url, host, received } = await serverWith(status(503, 'no'));

    expect(await sendWebhook(url, BODY, ports())).toBe(`${host}: answered with status 503`);
    expect(received).toHaveLength(2);
  });

  it.each([400, 403, 404, 410])('that answers %i is not asked again', async (code) => {
    const { url, host, received } = await serverWith(status(code, 'invalid_token very-secret'));

    expect(await sendWebhook(url, BODY, ports())).toBe(`${host}: answered with status ${String(code)}`);
    expect(received).toHaveLength(1);
  });

  it('that gives no answer in time is asked once more', async () => {
    const given = ports({
      http: async ({ timeoutMs }) => {
        throw new RequestTimeout(`no answer within ${String(timeoutMs / 1000)} s`);
      },
    });

    expect(await sendWebhook('https://chat.example.com/hooks/very-secret', BODY, given)).toBe(
      'chat.example.com: no answer within 10 s',
    );
    expect(given.waits).toHaveLength(1);
  });

  it('that cannot be reached is a reason without the address, and not asked again: it may have been told', async () => {
    const { url, host, close } = await serverWith(status(200));
    close();
    const given = ports();
    const reason = await sendWebhook(url, BODY, given);

    expect(reason).toContain(`${host}: `);
    expect(reason).not.toContain('very-secret');
    expect(given.waits).toEqual([]);
  });

  it('whose address or path is in what went wrong is masked', async () => {
    const url = 'https://chat.example.com/hooks/very-secret';
    const given = ports({
      http: async () => {
        throw new Error(`cannot parse ${url} (path /hooks/very-secret)`);
      },
    });

    expect(await sendWebhook(url, BODY, given)).toBe('chat.example.com: cannot parse *** (path ***)');
  });

  it('may have moved: the body goes along', async () => {
    const target = await serverWith(status(200));
    const { url } = await serverWith(redirect(308, `http://${target.host}/hooks/other`));

    expect(await sendWebhook(url, BODY, ports())).toBeNull();
    expect(target.received.map(({ method, body }) => ({ method, body }))).toEqual([
      { method: 'POST', body: BODY },
    ]);
  });

  it('behind a page where people log in has not been told, though the page is fine', async () => {
    const login = await serverWith(status(200, '\n<!DOCTYPE html><title>Log in</title>'));
    const { url, host } = await serverWith(redirect(302, `http://${login.host}/login`));

    expect(await sendWebhook(url, BODY, ports())).toBe(
      `${host}: answered with a web page: is the address right?`,
    );
  });

  it('is not waited for by a run that is interrupted', async () => {
    const abort = new AbortController();
    const { url } = await serverWith(() => {
      abort.abort(new Error('interrupted'));
    });

    await expect(sendWebhook(url, BODY, ports({ signal: abort.signal }))).rejects.toThrow('interrupted');
  });
});

describe('the summary of a job', () => {
  it('is added to what stands in its file; where there is no such folder that is said', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'dora-summary-'));
    closers.push(() => void rm(folder, { recursive: true }));
    const file = path.join(folder, 'summary.md');
    await appendTextFile(file, 'one\n');
    await appendTextFile(file, 'two\n');

    expect(await readFile(file, 'utf8')).toBe('one\ntwo\n');
    await expect(appendTextFile(path.join(folder, 'gone', 'x.md'), 'x')).rejects.toMatchObject({
      name: 'DoraError',
      message: expect.stringContaining('cannot write'),
    });
  });
});
