import { messageOf } from '../domain/errors.ts';
import type { Http } from './ports.ts';

/** No answer came in time. */
export class RequestTimeout extends Error {
  override readonly name = 'RequestTimeout';
}

/** There was no connection, or it broke before the answer was whole. */
export class ConnectionFailed extends Error {
  override readonly name = 'ConnectionFailed';
}

/** The answer is longer than whoever asked is ready to read. */
export class AnswerTooLong extends Error {
  override readonly name = 'AnswerTooLong';
}

/** Requests of the real world. Redirects are followed; the authorization does not go along to another host. */
export const http: Http = async ({ url, method, headers, body, timeoutMs, maxBytes, signal }) => {
  // signals that Node makes and joins hold on to every request until its time is up, and to some for ever
  const ended = new AbortController();
  const late = new RequestTimeout(`no answer within ${String(timeoutMs / 1000)} s`);
  const timer = setTimeout(() => ended.abort(late), timeoutMs);
  const stop = () => ended.abort(signal?.reason);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    signal?.throwIfAborted();
    const response = await fetch(url, {
      method,
      headers,
      ...(body !== undefined && { body }),
      signal: ended.signal,
    });
    const text = maxBytes === undefined ? await response.text() : await textUpTo(maxBytes, response);
    return { status: response.status, headers: Object.fromEntries(response.headers), text };
  } catch (error) {
    if (signal?.aborted === true) throw error;
    if (ended.signal.reason === late) throw late;
    if (error instanceof AnswerTooLong) throw error;
    throw new ConnectionFailed(reasonOf(error), { cause: error });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
};

/** What a server says of the length need not be true, and is not that of what was compressed. */
async function textUpTo(maxBytes: number, { body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const parts: AsyncIterable<Uint8Array> | null = body;
  if (parts === null) return '';
  for await (const chunk of parts) {
    length += chunk.byteLength;
    if (length > maxBytes) throw new AnswerTooLong(`the answer is longer than ${String(maxBytes)} bytes`);
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}

/** `fetch failed` says nothing; what lies below it does. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (!(cause instanceof Error)) return messageOf(error);
  const inner = cause instanceof AggregateError ? cause.errors.map(messageOf).join('; ') : '';
  return cause.message === '' ? inner : cause.message;
}
