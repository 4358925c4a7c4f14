import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { http } from '../../../src/io/http.ts';
import type { Http } from '../../../src/io/ports.ts';
import type { Blob, Image } from './images.ts';

/** A registry in memory: manifests by tag and digest, blobs that are elsewhere, tokens, and faults on demand. */

export interface RegistryRequest {
  /** As it was asked: `https://registry.example`. */
  readonly at: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly authorization: string | null;
  readonly accept: string;
}

/** What is answered in place of what would be; `cut` ends the connection. */
export type Fault =
  { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string } | 'cut';

export interface RegistryOptions {
  /** The address as it is known to the world. */
  readonly at?: string;
  readonly auth?: 'none' | 'basic' | 'token';
  /** Where tokens are made; default at the registry itself. */
  readonly realm?: string;
  /** `user:password`; empty lets everybody in who asks for a token. */
  readonly users?: readonly string[];
  readonly expiresIn?: number;
  /** Whether blobs are on another server, as those of the great registries are. */
  readonly blobsElsewhere?: boolean;
  readonly fault?: (request: RegistryRequest, number: number) => Fault | null;
}

export interface RegistryDouble {
  /** Requests to any host of `.example` arrive here. */
  readonly http: Http;
  /** `127.0.0.1:port`, for requests without encryption. */
  readonly local: string;
  readonly requests: readonly RegistryRequest[];
  /** What was asked of the other server, that of the blobs. */
  readonly elsewhere: readonly RegistryRequest[];
  push(path: string, tag: string, what: Image | Blob): void;
  remove(digest: string): void;
  close(): Promise<void>;
}

interface Store {
  readonly manifests: Map<string, Blob>;
  readonly blobs: Map<string, Blob>;
}

export async function startRegistry(options: RegistryOptions = {}): Promise<RegistryDouble> {
  const store: Store = { manifests: new Map(), blobs: new Map() };
  const requests: RegistryRequest[] = [];
  const elsewhere: RegistryRequest[] = [];
  const other = await listening((request, response) => {
    const seen = described(request);
    elsewhere.push(seen);
    response.end(store.blobs.get(seen.path.slice(1))?.text ?? '');
  });
  const registry = await listening((request, response) => {
    const seen = described(request);
    requests.push(seen);
    const fault = options.fault?.(seen, requests.length - 1) ?? null;
    if (fault === 'cut') return void request.socket.destroy();
    const {
      status,
      headers = {},
      body = '',
    } = fault ?? answerTo(seen, { store, options, other: other.origin });
    response.writeHead(status, headers);
    response.end(body);
  });
  return {
    http: async (request) => {
      const { origin, hostname } = new URL(request.url);
      if (!hostname.endsWith('.example') && !hostname.endsWith('docker.io')) return await http(request);
      const url = request.url.replace(origin, registry.origin);
      return await http({ ...request, url, headers: { ...request.headers, 'x-asked-at': origin } });
    },
    local: registry.origin.replace('http://', ''),
    requests,
    elsewhere,
    push: (path, tag, what) => {
      const manifest = 'manifest' in what ? what.manifest : what;
      if ('manifest' in what) store.blobs.set(what.config.digest, what.config);
      for (const reference of [tag, manifest.digest]) store.manifests.set(`${path}:${reference}`, manifest);
    },
    remove: (digest) => {
      store.blobs.delete(digest);
    },
    close: async () => {
      await Promise.all([registry.close(), other.close()]);
    },
  };
}

async function listening(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    origin: `http://127.0.0.1:${String(address.port)}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function described({ url = '/', headers }: IncomingMessage): RegistryRequest {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const at = headers['x-asked-at'];
  return {
    at: typeof at === 'string' ? at : `http://${headers.host ?? ''}`,
    path: pathname,
    query: Object.fromEntries(searchParams),
    authorization: headers.authorization ?? null,
    accept: headers.accept ?? '',
  };
}

interface Inside {
  readonly store: Store;
  readonly options: RegistryOptions;
  /** Where the blobs are. */
  readonly other: string;
}

function answerTo(request: RegistryRequest, inside: Inside): Exclude<Fault, 'cut'> {
  if (request.path === '/token') return token(request, inside.options);
  const [, version, ...parts] = request.path.split('/');
  const reference = parts.pop() ?? '';
  const kind = parts.pop();
  const path = parts.join('/');
  const refused = version === 'v2' ? refusal(request, path, inside.options) : refuse(404, 'UNSUPPORTED');
  if (refused !== null) return refused;
  const { store, other, options } = inside;
  if (kind === 'blobs') {
    const found = store.blobs.get(reference);
    if (found === undefined) return refuse(404, 'BLOB_UNKNOWN');
    if (options.blobsElsewhere !== true) return { status: 200, body: found.text };
    return { status: 307, headers: { location: `${other}/${reference}` } };
  }
  const manifest = store.manifests.get(`${path}:${reference}`);
  if (manifest === undefined) return refuse(404, 'MANIFEST_UNKNOWN');
  // a registry makes an old form of what the client does not know
  if (!request.accept.includes(manifest.mediaType)) return { status: 200, body: '{"schemaVersion":1}' };
  const headers = { 'content-type': manifest.mediaType, 'docker-content-digest': manifest.digest };
  return { status: 200, headers, body: manifest.text };
}

/** Why a request is not let in; `null` for one that is. */
function refusal(
  { authorization, at }: RegistryRequest,
  path: string,
  { auth = 'none', realm = `${at}/token`, users = [] }: RegistryOptions,
): Exclude<Fault, 'cut'> | null {
  if (auth === 'none') return null;
  if (auth === 'basic') {
    const isUser = users.some((user) => authorization === `Basic ${Buffer.from(user).toString('base64')}`);
    return isUser ? null : refuse(401, 'UNAUTHORIZED', 'Basic realm="registry"');
  }
  if (authorization === `Bearer token-for-repository:${path}:pull`) return null;
  const challenge = `Bearer realm="${realm}",service="registry.example",scope="repository:${path}:pull,push"`;
  return refuse(401, 'UNAUTHORIZED', challenge);
}

function token(
  { query, authorization }: RegistryRequest,
  { users = [], expiresIn = 300 }: RegistryOptions,
): Exclude<Fault, 'cut'> {
  const isUser = users.some((user) => authorization === `Basic ${Buffer.from(user).toString('base64')}`);
  if (users.length > 0 && !isUser) return refuse(401, 'UNAUTHORIZED');
  if (query['service'] !== 'registry.example') return refuse(400, 'UNSUPPORTED');
  return {
    status: 200,
    body: JSON.stringify({ token: `token-for-${query['scope'] ?? ''}`, expires_in: expiresIn }),
  };
}

function refuse(status: number, code: string, challenge?: string): Exclude<Fault, 'cut'> {
  return {
    status,
    headers: challenge === undefined ? {} : { 'www-authenticate': challenge },
    body: JSON.stringify({ errors: [{ code, message: 'of the test' }] }),
  };
}
