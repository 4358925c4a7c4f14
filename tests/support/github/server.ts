import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { json, type Answer } from '../answer.ts';
import { refusal } from './answer.ts';
import { Budgets } from './budget.ts';
import { deliver } from './deliver.ts';
import { faultFor, type Delivery, type Fault, type SeenRequest } from './faults.ts';
import { Documents } from './graphql/documents.ts';
import { handleQuery } from './graphql/handle.ts';
import { incoming, ownerOf, type Incoming } from './incoming.ts';
import { injected, type Honest } from './inject.ts';
import { LogLine, type LoggedRequest } from './log.ts';
import { handleRest } from './rest/handle.ts';
import { tokenHeaders, type Site } from './site.ts';
import { defaultTokens, tokenOf, type Token, type TokenKind } from './tokens.ts';
import type { GitHubWorld } from './world.ts';

const PER_HOUR = 5000;

export interface GitHubOptions {
  /** Tokens by the text that stands for them; default `ghp_test`, which may do everything. */
  readonly tokens?: ReadonlyMap<string, TokenKind>;
  /** Points and REST requests an hour, 5000 each by default; `null` for a server without limits. */
  readonly rateLimit?: { readonly points?: number; readonly requests?: number } | null;
  /** Default: the real clock. */
  readonly now?: () => Date;
  /** Fields, as `Release.isLatest`, that this server does not know: an old one. */
  readonly without?: readonly string[];
  /** Decides what goes wrong with a request. */
  readonly fault?: (request: SeenRequest) => Fault | null;
  /** Called before an answer is worked out, which waits for it: for what happens in the world meanwhile. */
  readonly meanwhile?: (request: SeenRequest) => void | Promise<void>;
}

/** A GitHub Enterprise Server of our own on this machine. Close it, or the process does not end. */
export interface GitHubServer {
  /** `http://127.0.0.1:PORT`: GraphQL is at `/api/graphql`, REST below `/api/v3`. */
  readonly url: string;
  /** Every request in the order of their arrival. */
  readonly requests: readonly LoggedRequest[];
  /** What the requests took of the budgets. */
  readonly points: number;
  /** How many requests were being answered at the same time, at most. */
  readonly mostAtOnce: number;
  /** Forgets the requests so far. Budgets stay as they are, and the next request does not begin at 0. */
  reset(): void;
  /** Ends it, and every connection with it. */
  close(): Promise<void>;
}

/** Starts a server that answers from what `world` is at each moment. */
export async function startGitHub(world: GitHubWorld, options: GitHubOptions = {}): Promise<GitHubServer> {
  const server = new TestServer(world, options);
  await server.listen();
  return server;
}

class TestServer implements GitHubServer {
  readonly #server: Server;
  readonly #site: Site;
  readonly #tokens: ReadonlyMap<string, TokenKind>;
  readonly #options: GitHubOptions;
  #log: LogLine[] = [];
  #arrived = 0;
  #answering = 0;
  #mostAtOnce = 0;

  constructor(world: GitHubWorld, options: GitHubOptions) {
    this.#options = options;
    this.#tokens = options.tokens ?? defaultTokens();
    this.#site = siteOf(world, options);
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the server is not listening');
    return `http://127.0.0.1:${address.port}`;
  }

  get requests(): readonly LoggedRequest[] {
    return this.#log;
  }

  get points(): number {
    return this.#log.reduce((sum, { points }) => sum + points, 0);
  }

  get mostAtOnce(): number {
    return this.#mostAtOnce;
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  reset(): void {
    this.#log = [];
    this.#mostAtOnce = this.#answering;
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#answering += 1;
    this.#mostAtOnce = Math.max(this.#mostAtOnce, this.#answering);
    response.once('close', () => (this.#answering -= 1));
    const index = this.#arrived;
    this.#arrived += 1;
    try {
      deliver(response, await this.#answer(await incoming(index, request)));
    } catch (error) {
      // The client has gone, which nobody needs to hear; or a bug here or in a test's own function, which it must.
      const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
      const failure = json(500, { message: `the test server failed: ${what}` });
      if (!response.destroyed) deliver(response, { kind: 'whole', answer: failure });
    }
  }

  async #answer(request: Incoming): Promise<Delivery> {
    const { seen, headers } = request;
    const line = new LogLine(seen, headers['if-none-match'] !== undefined);
    this.#log.push(line);
    await this.#options.meanwhile?.(seen);
    const delivery = this.#deliveryOf(request, line);
    if ('answer' in delivery) line.status = delivery.answer.status;
    return delivery;
  }

  #deliveryOf(request: Incoming, line: LogLine): Delivery {
    const { seen, headers } = request;
    const { authorization = '' } = headers;
    const token = tokenOf(authorization, this.#tokens);
    let known: Honest | undefined;
    const honest = () => (known ??= this.#honest(request, token, line));
    const fault = faultFor(this.#options.fault?.(seen) ?? null, seen);
    if (fault === null) return { kind: 'whole', answer: honest().answer };
    const isQuery = seen.kind === 'graphql';
    const spoilt = injected(fault, {
      honest,
      headers: () => (token === null ? {} : tokenHeaders(this.#site, token, isQuery ? 'graphql' : 'core')),
      isQuery,
      authorization,
      owner: ownerOf(request),
      now: this.#site.now(),
    });
    if (spoilt === null) return { kind: 'whole', answer: honest().answer };
    line.fault = fault.name;
    return spoilt;
  }

  #honest(request: Incoming, token: Token | null, line: LogLine): Honest {
    const { seen, method, headers, query } = request;
    if (token === null) return plain(refusal(401, 'Bad credentials'));
    if (headers['user-agent'] === undefined)
      return plain(refusal(403, 'Request forbidden by administrative rules.'));
    if (seen.kind === 'rest') {
      const { answer, points } = handleRest(this.#site, token, request);
      line.points = points;
      return plain(answer);
    }
    if (method !== 'POST') return plain(refusal(404, 'Not Found'));
    if (query === null) return plain(refusal(400, 'Problems parsing JSON'));
    const { result, points, nodes, headers: more } = handleQuery(this.#site, token, query);
    line.points = points;
    line.nodes = nodes;
    const answer = json(200, result, { ...tokenHeaders(this.#site, token, 'graphql'), ...more });
    return { answer, result };
  }
}

function siteOf(world: GitHubWorld, { rateLimit, without, now = () => new Date() }: GitHubOptions): Site {
  const seconds = () => now().getTime() / 1000;
  const limits = { graphql: rateLimit?.points ?? PER_HOUR, core: rateLimit?.requests ?? PER_HOUR };
  const budgets = rateLimit === null ? null : new Budgets(limits, seconds);
  return { world, documents: new Documents(without), budgets, now: seconds };
}

function plain(answer: Answer): Honest {
  return { answer, result: null };
}
