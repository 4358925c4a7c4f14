import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ConnectionFailed, RequestTimeout } from '../../../src/io/http.ts';
import { fileBytes } from '../../../src/io/input.ts';
import { codeOf, tlsHttp } from '../../../src/io/tls-http.ts';
import { all } from '../../support/argocd/access.ts';
import { testFolder } from '../../support/repo.ts';

/** The address of a server that answers as it is told. */
async function serving(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server is not listening');
  return `http://127.0.0.1:${address.port}`;
}

async function text(url: string, idleTimeoutMs = 10_000, signal?: AbortSignal): Promise<string> {
  const { body } = await tlsHttp({ url, headers: {}, idleTimeoutMs, signal });
  return Buffer.concat(await all(body)).toString('utf8');
}

describe('an answer that is read as it comes', () => {
  it('is unpacked', async () => {
    const url = await serving((request, response) => {
      expect(request.headers['accept-encoding']).toBe('gzip');
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('hello'.repeat(1000)));
    });

    expect(await text(url)).toBe('hello'.repeat(1000));
  });

  it.each([
    [
      'whose connection breaks',
      (response: Parameters<RequestListener>[1]) => {
        response.write('half', () => response.destroy());
      },
    ],
    [
      'that is packed, and half of it',
      (response: Parameters<RequestListener>[1]) => {
        response
          .writeHead(200, { 'content-encoding': 'gzip' })
          .end(gzipSync('hello'.repeat(1000)).subarray(0, 20));
      },
    ],
    [
      'that says it is packed, and is not',
      (response: Parameters<RequestListener>[1]) => {
        response.writeHead(200, { 'content-encoding': 'gzip' }).end('hello');
      },
    ],
  ])('fails where it is one %s', async (_what, answer) => {
    const url = await serving((_request, response) => answer(response));

    await expect(text(url)).rejects.toThrow(ConnectionFailed);
  });

  it.each([
    ['before its first byte', () => undefined],
    ['in its middle', (response: Parameters<RequestListener>[1]) => void response.write('half')],
  ])('fails where nothing comes any more %s', async (_what, answer) => {
    const url = await serving((_request, response) => answer(response));

    await expect(text(url, 50)).rejects.toThrow(RequestTimeout);
  });

  it('waits for a reader that takes its time', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const url = await serving((_request, response) => void response.end('x'.repeat(4_000_000)));
    const { body } = await tlsHttp({ url, headers: {}, idleTimeoutMs: 200 });
    let size = 0;
    for await (const chunk of body) {
      // longer than nothing may come, in the reader's own time
      vi.advanceTimersByTime(300);
      size += chunk.length;
    }

    expect(size).toBe(4_000_000);
  });

  it('uses the connection again, and lets go of it where the rest is not wanted', async () => {
    const sockets = new Set<unknown>();
    const url = await serving((request, response) => {
      sockets.add(request.socket);
      response.end('x'.repeat(1_000_000));
    });
    await text(url);
    await text(url);
    expect(sockets.size).toBe(1);

    const { body } = await tlsHttp({ url, headers: {}, idleTimeoutMs: 10_000 });
    for await (const _chunk of body) break;
    await text(url);
    expect(sockets.size).toBe(2);
  });

  it('ends when it is told to, with the reason that was given', async () => {
    const abort = new AbortController();
    const url = await serving((_request, response) => {
      response.write('half');
      setImmediate(() => abort.abort());
    });

    await expect(text(url, 10_000, abort.signal)).rejects.toThrow(/abort/u);
  });

  it('says why there is none', async () => {
    const error: unknown = await text('http://127.0.0.1:1/').catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(ConnectionFailed);
    expect(codeOf(error)).toBe('ECONNREFUSED');
  });

  it('fails where a certificate is none', async () => {
    const asked = tlsHttp({
      url: 'https://127.0.0.1:1/',
      headers: {},
      tls: { cert: 'x', key: 'y' },
      idleTimeoutMs: 1000,
    });

    await expect(asked).rejects.toThrow(ConnectionFailed);
  });
});

describe('a file that is read piece by piece', () => {
  it('is whole', async () => {
    const folder = await testFolder();
    await writeFile(path.join(folder, 'apps.json'), 'x'.repeat(700_000));

    expect(Buffer.concat(await all(fileBytes('apps.json', folder)))).toHaveLength(700_000);
  });

  it.each(['missing.json', '.'])('is said where it cannot be read: %s', async (file) => {
    await expect(all(fileBytes(file, await testFolder()))).rejects.toMatchObject({
      kind: 'usage',
      message: expect.stringMatching(/^cannot read /u),
    });
  });
});
