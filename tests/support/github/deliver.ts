import type { ServerResponse } from 'node:http';
import type { Answer } from '../answer.ts';
import type { Delivery } from './faults.ts';

/** Sends an answer, or what a fault makes of it. */
export function deliver(response: ServerResponse, delivery: Delivery): void {
  switch (delivery.kind) {
    case 'whole':
      return send(response, delivery.answer);
    case 'cut':
      return cut(response, delivery.answer);
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    case 'hang':
      return;
  }
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, status === 304 ? headers : { ...headers, 'content-length': bytes.length });
  response.end(bytes);
}

/** Promises all of it, and sends one half. */
function cut(response: ServerResponse, { status, headers, body }: Answer): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, { ...headers, 'content-length': bytes.length });
  response.write(bytes.subarray(0, bytes.length >> 1), () => response.socket?.destroy());
}
