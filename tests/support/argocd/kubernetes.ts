import { once } from 'node:events';
import {
  createServer as createPlain,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createSecure } from 'node:https';
import { TLSSocket, type PeerCertificate } from 'node:tls';
import { failed, sendJson, sendPieces, type Fault, type SeenRequest } from './answers.ts';
import { newAuthority, type Authority, type Wanted } from './certificates.ts';
import type { ClusterEvent, ClusterWorld, Stored } from './cluster-world.ts';
import { discovery } from './discovery.ts';

export interface KubernetesDoubleOptions {
  /** Default: one of its own. */
  readonly authority?: Authority;
  /** What its certificate says; default: good for `127.0.0.1` and `localhost`. `null` for a server without TLS that asks for no credentials, as kubectl proxy is. */
  readonly certificate?: Partial<Wanted> | null;
  /** Which authority's client certificates it accepts; default its own. */
  readonly clientAuthority?: Authority;
  /** Whether a user may do something; `null` is all namespaces. Default: yes. */
  readonly may?: (verb: 'list' | 'watch' | 'get', namespace: string | null, user: string) => boolean;
  readonly fault?: (request: SeenRequest) => Fault | null;
  /** Whether it knows Applications at all; default yes. */
  readonly hasCrd?: boolean;
  /** Custom resources come with their keys in alphabetical order, so `items` first; other servers write `items` last. */
  readonly itemsLast?: boolean;
}

/** The API of a cluster, with TLS, of our own on this machine. Close it, or the process does not end. */
export interface KubernetesDouble {
  readonly url: string;
  /** Its authority in PEM. */
  readonly ca: string;
  /** Makes client certificates that it accepts. */
  readonly authority: Authority;
  /** The tokens that it accepts, which may change, and whose they are. */
  readonly tokens: Map<string, string>;
  readonly requests: readonly (SeenRequest & { readonly authorization: string })[];
  /** How many watches are open. */
  readonly watches: number;
  /** Sends a bookmark to every watch that wants them. */
  bookmark(): void;
  /** Ends every watch as a server does after a while. */
  endWatches(): void;
  close(): Promise<void>;
}

export const TEST_TOKEN = 'a-token-of-the-tests';

export async function startKubernetes(
  world: ClusterWorld,
  options: KubernetesDoubleOptions = {},
): Promise<KubernetesDouble> {
  const server = new TestCluster(world, options);
  await server.listen();
  return server;
}

interface Watching {
  readonly response: ServerResponse;
  readonly wantsBookmarks: boolean;
}

/** A request for Applications. */
interface Asked {
  readonly namespace: string | null;
  readonly name: string | null;
  readonly query: URLSearchParams;
}

const PATH = /^\/apis\/argoproj\.io\/v1alpha1(?:\/namespaces\/([^/]+))?\/applications(?:\/([^/]+))?$/u;

class TestCluster implements KubernetesDouble {
  readonly authority: Authority;
  readonly tokens = new Map([[TEST_TOKEN, 'tester']]);
  readonly requests: (SeenRequest & { readonly authorization: string })[] = [];
  readonly #world: ClusterWorld;
  readonly #options: KubernetesDoubleOptions;
  readonly #server: Server;
  readonly #watching = new Set<Watching>();

  constructor(world: ClusterWorld, options: KubernetesDoubleOptions) {
    this.#world = world;
    this.#options = options;
    this.authority = options.authority ?? newAuthority();
    const serve = (request: IncomingMessage, response: ServerResponse) =>
      void this.#serve(request, response).catch((error: unknown) => {
        if (response.headersSent) response.destroy();
        else sendJson(response, 500, { message: `the test server failed: ${String(error)}` });
      });
    if (options.certificate === null) this.#server = createPlain(serve);
    else {
      const wanted = { commonName: 'kubernetes', hosts: ['127.0.0.1', 'localhost'], ...options.certificate };
      const ca = (options.clientAuthority ?? this.authority).cert;
      const tls = { ...this.authority.issue(wanted), ca, requestCert: true, rejectUnauthorized: false };
      this.#server = createSecure(tls, serve);
    }
  }

  get ca(): string {
    return this.authority.cert;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the server is not listening');
    return `${this.#options.certificate === null ? 'http' : 'https'}://127.0.0.1:${address.port}`;
  }

  get watches(): number {
    return this.#watching.size;
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  bookmark(): void {
    const metadata = { resourceVersion: String(this.#world.version) };
    const object = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', metadata };
    for (const { response, wantsBookmarks } of this.#watching)
      if (wantsBookmarks) response.write(`${JSON.stringify({ type: 'BOOKMARK', object })}\n`);
  }

  endWatches(): void {
    for (const { response } of this.#watching) response.end();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    const seen = { index: this.requests.length, path: url.pathname, query: url.searchParams };
    const { authorization = '' } = request.headers;
    this.requests.push({ ...seen, authorization });
    const fault = this.#options.fault?.(seen) ?? null;
    if (failed(response, fault)) return;
    const user = this.#userOf(request, authorization);
    if (user === null) return refuse(response, 401, 'Unauthorized');
    const known = discovery(seen.path, this.#options.hasCrd !== false);
    if (known !== null) return sendJson(response, 200, known);
    const matched = PATH.exec(seen.path);
    if (matched === null || this.#options.hasCrd === false) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found\n');
      return;
    }
    const asked = { namespace: matched[1] ?? null, name: matched[2] ?? null, query: seen.query };
    const verb = asked.name !== null ? 'get' : asked.query.get('watch') === 'true' ? 'watch' : 'list';
    if (this.#options.may?.(verb, asked.namespace, user) === false) {
      const where =
        asked.namespace === null ? 'at the cluster scope' : `in the namespace "${asked.namespace}"`;
      const what = `applications.argoproj.io is forbidden: User "${user}" cannot ${verb} resource "applications" in API group "argoproj.io" ${where}`;
      return refuse(response, 403, what);
    }
    if (verb === 'get') this.#get(asked, response);
    else if (verb === 'watch') this.#watch(asked, response);
    else await this.#list(asked, response, fault);
  }

  #userOf(request: IncomingMessage, authorization: string): string | null {
    if (this.#options.certificate === null) return 'system:unsecured';
    const { socket } = request;
    if (socket instanceof TLSSocket && socket.authorized) {
      // whoever resumes a session counts as authorized, also where it had no certificate
      const peer: Partial<PeerCertificate> = socket.getPeerCertificate();
      const [name] = [peer.subject?.CN].flat();
      if (name !== undefined) return name;
    }
    return this.tokens.get(authorization.replace(/^Bearer /u, '')) ?? null;
  }

  #get({ namespace, name }: Asked, response: ServerResponse): void {
    const stored = this.#world.get(namespace ?? '', name ?? '');
    if (stored === undefined) refuse(response, 404, `applications.argoproj.io "${name ?? ''}" not found`);
    else response.writeHead(200, { 'content-type': 'application/json' }).end(stored.text());
  }

  async #list(asked: Asked, response: ServerResponse, fault: Fault | null): Promise<void> {
    const [version = this.#world.version, from = 0] = (asked.query.get('continue') ?? '')
      .split('.')
      .filter((part) => part !== '')
      .map(Number);
    const all = this.#world.at(version);
    if (all === null)
      return refuse(response, 410, 'The provided continue parameter is too old to display a consistent list');
    const wanted = all.filter((stored) => isAsked(stored, asked));
    const limit = Number(asked.query.get('limit') ?? '0') || wanted.length;
    const page = wanted.slice(from, from + limit);
    const left = wanted.length - from - page.length;
    const metadata = {
      ...(left > 0 && { continue: `${version}.${from + limit}`, remainingItemCount: left }),
      resourceVersion: String(version),
    };
    await sendPieces(response, listed(page, metadata, this.#options.itemsLast === true), fault);
  }

  #watch(asked: Asked, response: ServerResponse): void {
    const { query } = asked;
    const watching = { response, wantsBookmarks: query.get('allowWatchBookmarks') === 'true' };
    const version = Number(query.get('resourceVersion') ?? this.#world.version);
    const past = this.#world.after(version);
    response.writeHead(200, { 'content-type': 'application/json' });
    if (past === null) {
      const object = statusOf(410, `too old resource version: ${version} (${this.#world.oldest})`);
      response.end(`${JSON.stringify({ type: 'ERROR', object })}\n`);
      return;
    }
    const tell = ({ type, stored }: ClusterEvent) => {
      if (isAsked(stored, asked)) response.write(`{"type":"${type}","object":${stored.text()}}\n`);
    };
    // the beginning of an answer reaches the client with its first byte only
    response.flushHeaders();
    for (const event of past) tell(event);
    const leave = this.#world.listen(tell);
    this.#watching.add(watching);
    response.once('close', () => {
      leave();
      this.#watching.delete(watching);
    });
  }
}

function* listed(page: readonly Stored[], metadata: unknown, itemsLast: boolean): Generator<string> {
  const before = '"apiVersion":"argoproj.io/v1alpha1"';
  const after = `"kind":"ApplicationList","metadata":${JSON.stringify(metadata)}`;
  yield itemsLast ? `{${after},${before},"items":[` : `{${before},"items":[`;
  for (const [position, stored] of page.entries()) yield `${position === 0 ? '' : ','}${stored.text()}`;
  yield itemsLast ? ']}\n' : `],${after}}\n`;
}

function isAsked({ namespace, labels }: Stored, asked: Asked): boolean {
  const selector = (asked.query.get('labelSelector') ?? '').split(',').filter((part) => part !== '');
  return (
    (asked.namespace === null || asked.namespace === namespace) &&
    selector.every((part) => {
      const [name = '', value] = part.split('=');
      return labels[name] === value;
    })
  );
}

function refuse(response: ServerResponse, status: number, message: string): void {
  sendJson(response, status, statusOf(status, message));
}

function statusOf(code: number, message: string): unknown {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, code };
}
