import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

/** What can be wrong with an answer, or with the way to it. */
export type Fault =
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** The connection is reset before a byte of the answer has come. */
  | { readonly kind: 'reset' }
  /** The connection ends after so many bytes of the body. */
  | { readonly kind: 'cut'; readonly after: number }
  /** Nothing ever comes. */
  | { readonly kind: 'hang' };

export interface SeenRequest {
  /** Its number, from 0. */
  readonly index: number;
  readonly path: string;
  readonly query: URLSearchParams;
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** Sends pieces at the pace at which they are read, of which a fault may let only some through. */
export async function sendPieces(
  response: ServerResponse,
  pieces: Iterable<string>,
  fault: Fault | null,
): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/json' });
  let left = fault?.kind === 'cut' ? fault.after : Infinity;
  for (const piece of pieces) {
    const bytes = Buffer.from(piece);
    if (bytes.length >= left) {
      response.write(bytes.subarray(0, left), () => response.socket?.destroy());
      return;
    }
    left -= bytes.length;
    if (!response.write(bytes)) await drained(response);
    if (response.destroyed) return;
  }
  response.end();
}

/** Waits until more can be written, or nobody reads any more. */
async function drained(response: ServerResponse): Promise<void> {
  const over = new AbortController();
  const { signal } = over;
  await Promise.race([once(response, 'drain', { signal }), once(response, 'close', { signal })]).finally(() =>
    over.abort(),
  );
}

/** Does what a fault other than `cut` says; `false` where there is none. */
export function failed(response: ServerResponse, fault: Fault | null): boolean {
  if (fault === null || fault.kind === 'cut') return false;
  if (fault.kind === 'reset') response.socket?.destroy();
  if (fault.kind === 'status')
    response
      .writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers })
      .end(fault.body ?? JSON.stringify({ message: 'a fault of the test' }));
  return true;
}
