import { get as getPlain, type IncomingMessage } from 'node:http';
import { get as getSecure, type RequestOptions } from 'node:https';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { ConnectionFailed, RequestTimeout } from './http.ts';
import type { StreamingHttp, StreamRequest } from './ports.ts';

/**
 * Requests of the real world with certificates of our own choice, whose answers are read as they come.
 *
 * `fetch` takes neither an authority nor a client certificate.
 */
export const tlsHttp: StreamingHttp = async (request) => {
  const response = await answer(request);
  const headers = Object.entries(response.headers).map(
    ([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')] as const,
  );
  return {
    status: response.statusCode ?? 0,
    headers: Object.fromEntries(headers),
    body: bytesOf(response, request),
  };
};

function answer(request: StreamRequest): Promise<IncomingMessage> {
  const { url, idleTimeoutMs } = request;
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => reject(failure(error, request));
    try {
      const sent = url.startsWith('https:')
        ? getSecure(url, optionsOf(request))
        : getPlain(url, optionsOf(request));
      const timer = setTimeout(
        () => sent.destroy(new RequestTimeout(noAnswer(idleTimeoutMs))),
        idleTimeoutMs,
      );
      sent.on('response', (response) => {
        clearTimeout(timer);
        resolve(response);
      });
      // it may fail after the answer has begun too; whoever reads the body hears of that
      sent.on('error', (error) => {
        clearTimeout(timer);
        fail(error);
      });
    } catch (error) {
      // a certificate that is none is noticed before anything is sent
      fail(error);
    }
  });
}

function optionsOf({ headers, tls, signal }: StreamRequest): RequestOptions {
  return {
    headers: { 'accept-encoding': 'gzip', ...headers },
    ...(signal !== undefined && { signal }),
    ...(tls?.ca !== undefined && { ca: tls.ca }),
    ...(tls?.cert !== undefined && { cert: tls.cert }),
    ...(tls?.key !== undefined && { key: tls.key }),
    ...(tls?.serverName !== undefined && { servername: tls.serverName }),
    ...(tls?.isUnchecked === true && { rejectUnauthorized: false }),
  };
}

async function* bytesOf(response: IncomingMessage, request: StreamRequest): AsyncGenerator<Uint8Array> {
  const { idleTimeoutMs } = request;
  const plain = decoded(response);
  const chunks: AsyncIterator<unknown> = plain[Symbol.asyncIterator]();
  try {
    for (;;) {
      // only what the server takes is counted, not what the reader does with it
      const timer = setTimeout(
        () => plain.destroy(new RequestTimeout(noAnswer(idleTimeoutMs))),
        idleTimeoutMs,
      );
      const next = await chunks.next().finally(() => clearTimeout(timer));
      if (next.done === true) break;
      yield asBytes(next.value);
    }
  } catch (error) {
    throw failure(error, request);
  } finally {
    // a connection whose answer was read to its end is used again
    if (!response.readableEnded) response.destroy();
    plain.destroy();
  }
}

function decoded(response: IncomingMessage): Readable {
  if (response.headers['content-encoding'] !== 'gzip') return response;
  const plain = createGunzip();
  // a failure of one ends the other, and is thrown where the bytes are read
  pipeline(response, plain, () => undefined);
  return plain;
}

function failure(error: unknown, { signal }: StreamRequest): Error {
  const isOurs = error instanceof RequestTimeout || signal?.aborted === true;
  if (isOurs && error instanceof Error) return error;
  return new ConnectionFailed(reasonOf(error), { cause: error });
}

/** Where every address of a host failed, the message is empty, and the reasons are within. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}

/** The code that Node gives a failed connection (`ECONNRESET`, `CERT_HAS_EXPIRED`); `''` where there is none. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const code: unknown = 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : codeOf(error.cause);
}

function noAnswer(milliseconds: number): string {
  return `nothing came for ${String(milliseconds / 1000)} s`;
}

function asBytes(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  throw new TypeError('an answer is bytes');
}
