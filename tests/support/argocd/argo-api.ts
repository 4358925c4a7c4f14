import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { failed, sendJson, sendPieces, type Fault, type SeenRequest } from './answers.ts';
import type { ClusterWorld, Stored } from './cluster-world.ts';

export interface ArgoApiOptions {
  /** The root path, as `/argocd`; default none. */
  readonly rootPath?: string;
  /** Projects of applications by `namespace/name`; default `default`. */
  readonly projects?: ReadonlyMap<string, string>;
  /** Clusters it tells of; `null` where the token may not see them. */
  readonly clusters?: readonly { readonly server: string; readonly name: string }[] | null;
  readonly fault?: (request: SeenRequest) => Fault | null;
}

/** The API of Argo CD, without TLS, of our own on this machine. Close it, or the process does not end. */
export interface ArgoApiDouble {
  readonly url: string;
  readonly requests: readonly SeenRequest[];
  close(): Promise<void>;
}

export const ARGO_TOKEN = 'an-argocd-token-of-the-tests';

export async function startArgoApi(
  world: ClusterWorld,
  options: ArgoApiOptions = {},
): Promise<ArgoApiDouble> {
  const server = new TestArgo(world, options);
  await server.listen();
  return server;
}

const HOME_PAGE = '<!doctype html><html><head><title>Argo CD</title></head><body></body></html>';

class TestArgo implements ArgoApiDouble {
  readonly requests: SeenRequest[] = [];
  readonly #world: ClusterWorld;
  readonly #options: ArgoApiOptions;
  readonly #server: Server;

  constructor(world: ClusterWorld, options: ArgoApiOptions) {
    this.#world = world;
    this.#options = options;
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  get #origin(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the server is not listening');
    return `http://127.0.0.1:${address.port}`;
  }

  get url(): string {
    return `${this.#origin}${this.#options.rootPath ?? ''}`;
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.#origin);
    const seen = { index: this.requests.length, path: url.pathname, query: url.searchParams };
    this.requests.push(seen);
    const fault = this.#options.fault?.(seen) ?? null;
    if (failed(response, fault)) return;
    const api = `${this.#options.rootPath ?? ''}/api/v1/`;
    if (!seen.path.startsWith(api)) {
      // whatever it does not know, the web interface shows
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(HOME_PAGE);
      return;
    }
    if (request.headers.authorization !== `Bearer ${ARGO_TOKEN}`)
      return sendJson(response, 401, {
        error: 'no session information',
        code: 16,
        message: 'no session information',
      });
    switch (seen.path.slice(api.length)) {
      case 'applications':
        return await sendPieces(response, listed(this.#wanted(seen.query)), fault);
      case 'clusters':
        return this.#clusters(response);
      default:
        return sendJson(response, 404, { error: 'Not Found', code: 5, message: 'Not Found' });
    }
  }

  #clusters(response: ServerResponse): void {
    const { clusters = [] } = this.#options;
    if (clusters === null) {
      const error = 'permission denied: clusters, get';
      return sendJson(response, 403, { error, code: 7, message: error });
    }
    sendJson(response, 200, { metadata: {}, items: clusters.map((cluster) => ({ ...cluster, config: {} })) });
  }

  #wanted(query: URLSearchParams): Stored[] {
    const projects = query.getAll('projects');
    const namespace = query.get('appNamespace');
    const [label = '', value] = (query.get('selector') ?? '').split('=');
    return (this.#world.at(this.#world.version) ?? []).filter(
      (stored) =>
        (projects.length === 0 || projects.includes(this.#projectOf(stored))) &&
        (namespace === null || stored.namespace === namespace) &&
        (label === '' || stored.labels[label] === value),
    );
  }

  #projectOf({ namespace, name }: Stored): string {
    return this.#options.projects?.get(`${namespace}/${name}`) ?? 'default';
  }
}

function* listed(all: readonly Stored[]): Generator<string> {
  yield '{"metadata":{"resourceVersion":"1234"},"items":';
  // Go writes the list of nothing as null
  if (all.length === 0) yield 'null';
  else yield '[';
  for (const [position, stored] of all.entries()) yield `${position === 0 ? '' : ','}${stored.text()}`;
  yield all.length === 0 ? '}' : ']}';
}
