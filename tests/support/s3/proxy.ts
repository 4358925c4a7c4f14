import { createServer, request as ask, type IncomingMessage, type ServerResponse } from 'node:http';
import { operationOf, type Fault, type S3Request } from './server.ts';

export interface S3Proxy {
  readonly endpoint: string;
  readonly requests: readonly S3Request[];
  close(): Promise<void>;
}

/**
 * Stands before a real store and makes faults of what passes. Requests go through as they were signed, with the name of the proxy as their host: a
 * store that insists on its own name cannot be asked like this.
 */
export async function startS3Proxy(
  store: string,
  fault: (request: S3Request) => Fault | null,
): Promise<S3Proxy> {
  const requests: S3Request[] = [];
  const passed = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await collected(request);
    const seen = { ...described(request), number: requests.length };
    requests.push(seen);
    const wrong = fault(seen);
    if (wrong?.kind === 'cut-before') return void request.socket.destroy();
    if (wrong?.kind === 'answer') {
      response.writeHead(wrong.status, { 'content-type': 'application/xml' });
      return void response.end(`<?xml version="1.0"?><Error><Code>${wrong.code}</Code></Error>`);
    }
    const answer = await forwarded(store, request, body);
    const text = await collected(answer);
    if (wrong?.kind === 'cut-after') return void request.socket.destroy();
    response.writeHead(answer.statusCode ?? 0, answer.rawHeaders);
    if (wrong?.kind !== 'half') return void response.end(text);
    response.write(text.subarray(0, Math.floor(text.length / 2)), () => request.socket.destroy());
  };
  const server = createServer((request, response) => {
    void passed(request, response).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  if (port === undefined) throw new Error('no port');
  return {
    endpoint: `http://127.0.0.1:${String(port)}`,
    requests,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function described({ method = '', url = '/', headers }: IncomingMessage): Omit<S3Request, 'number'> {
  const { pathname, searchParams: query } = new URL(url, 'http://localhost');
  const key = pathname.split('/').slice(2).map(decodeURIComponent).join('/');
  return { method, key, operation: operationOf({ method, key, query }), headers };
}

async function forwarded(store: string, request: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
  const { method, url = '/', headers } = request;
  return await new Promise((resolve, reject) => {
    const { hostname, port } = new URL(store);
    ask({ hostname, port, method, path: url, headers, agent: false }, resolve)
      .once('error', reject)
      .end(body);
  });
}

async function collected(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) if (chunk instanceof Buffer) chunks.push(chunk);
  return Buffer.concat(chunks);
}
