import { graphql, GraphqlResponseError } from '@octokit/graphql';
import * as z from 'zod';
import { messageOf } from '../../domain/errors.ts';
import { ConnectionFailed, RequestTimeout } from '../../io/http.ts';
import { mask } from '../../io/log.ts';
import type { Http, HttpResponse } from '../../io/ports.ts';
import type { Problem, Reply } from './verdict.ts';

export interface TransportOptions {
  /** Without a slash at its end: `https://api.github.com`. */
  readonly api: string;
  readonly token: string;
  readonly timeoutMs: number;
  readonly userAgent: string;
  readonly http: Http;
  readonly signal: AbortSignal | undefined;
}

/** Single requests to both interfaces: whatever comes of one is a `Reply`. What comes back does not contain the token. */
export class Transport {
  readonly #options: TransportOptions;
  #scopes: readonly string[] | null = null;

  constructor(options: TransportOptions) {
    this.#options = options;
  }

  /** The scopes of a classic token, known after the first answer; `null` for other kinds. */
  get scopes(): readonly string[] | null {
    return this.#scopes;
  }

  async graphql(
    query: string,
    variables: Readonly<Record<string, unknown>>,
  ): Promise<{ readonly reply: Reply; readonly data: unknown }> {
    const kept: { failed: Reply | null } = { failed: null };
    const send = async (url: unknown, init: RequestInit): Promise<Response> => {
      const body = typeof init.body === 'string' ? init.body : '';
      const found = await this.#send(String(url), { method: 'POST', headers: {}, body });
      if ('kind' in found) {
        kept.failed = found;
        throw new ConnectionFailed(found.kind);
      }
      const { status, headers, text } = found;
      if (status >= 400)
        kept.failed = { kind: 'status', status, message: messageIn(text), headers, part: '' };
      else if (!Answer.safeParse(parsed(text)).success) kept.failed = GARBLED;
      // what fails is judged by what was kept; the library need not understand it
      return new Response(kept.failed === null ? text : '{}', { headers: passedOn(headers) });
    };
    try {
      const baseUrl = this.#options.api;
      const data: unknown = await graphql(query, { ...variables, baseUrl, request: { fetch: send } });
      return { reply: kept.failed ?? OK, data };
    } catch (error) {
      if (kept.failed !== null) return { reply: kept.failed, data: null };
      if (!(error instanceof GraphqlResponseError)) throw error;
      const data: unknown = error.data;
      const hasData = HasData.safeParse(data).success;
      const problems = Problems.parse(error.errors);
      const headers = TextHeaders.parse(error.headers);
      return { reply: { kind: 'graphql', hasData, problems, headers }, data };
    }
  }

  /** A `GET`; statuses in `accepted` count as success. `answer` is `null` where there is none. */
  async rest(
    path: string,
    { etag, accepted }: { readonly etag: string | undefined; readonly accepted: readonly number[] },
  ): Promise<{ readonly reply: Reply; readonly answer: HttpResponse | null }> {
    const answer = await this.#send(`${this.#options.api}${path}`, {
      method: 'GET',
      headers: etag === undefined ? {} : { 'if-none-match': etag },
    });
    if ('kind' in answer) return { reply: answer, answer: null };
    const { headers, text } = answer;
    if (answer.status === 200 && parsed(text) === undefined) return { reply: GARBLED, answer: null };
    const status = accepted.includes(answer.status) ? 200 : answer.status;
    return { reply: { kind: 'status', status, message: messageIn(text), headers, part: 'actions' }, answer };
  }

  async #send(
    url: string,
    { method, headers, body }: { method: string; headers: Record<string, string>; body?: string },
  ): Promise<HttpResponse | Exclude<Reply, { kind: 'graphql' | 'status' }>> {
    const { token, timeoutMs, userAgent, http, signal } = this.#options;
    try {
      const { text, status, ...answer } = await http({
        url,
        method,
        body,
        headers: {
          accept: 'application/vnd.github+json',
          authorization: `Bearer ${token}`,
          'user-agent': userAgent,
          'x-github-api-version': '2022-11-28',
          ...(body !== undefined && { 'content-type': 'application/json; charset=utf-8' }),
          ...headers,
        },
        timeoutMs,
        signal,
      });
      const told = Object.entries(answer.headers).map(
        ([name, value]) => [name, mask(value, [token])] as const,
      );
      const kept: Readonly<Record<string, string>> = Object.fromEntries(told);
      const scopes = kept['x-oauth-scopes'];
      if (scopes !== undefined) this.#scopes = scopes.split(/,\s*/u).filter((scope) => scope !== '');
      return { status, headers: kept, text: mask(text, [token]) };
    } catch (error) {
      const message = mask(messageOf(error), [token]);
      if (error instanceof RequestTimeout) return { kind: 'timeout', message };
      if (error instanceof ConnectionFailed) return { kind: 'connection', message };
      throw error;
    }
  }
}

const GARBLED: Reply = {
  kind: 'garbled',
  message: 'an answer of an unexpected form, or only part of one',
};

const HasData = z.object({ repository: z.object({}) }).or(z.object({ node: z.object({}) }));

const OK: Reply = { kind: 'status', status: 200, message: '', headers: {}, part: '' };

const Problems = z.array(
  z
    .object({
      type: z.string().catch(''),
      message: z.string().catch(''),
      path: z.array(z.union([z.string(), z.number()])).catch([]),
      extensions: z
        .object({ saml_failure: z.boolean().catch(false), code: z.string().catch('') })
        .partial()
        .catch({}),
    })
    .transform(({ type, message, path, extensions }): Problem => {
      const code = extensions.code === 'graphql_rate_limit' ? 'RATE_LIMIT' : '';
      return {
        type: type === '' ? code : type,
        message,
        path: path.map(String),
        isSaml: extensions.saml_failure === true,
      };
    }),
);

const TextHeaders = z.record(z.string(), z.coerce.string());

/** The headers that tell why something failed. */
function passedOn(headers: Readonly<Record<string, string>>): Record<string, string> {
  const telling = Object.entries(headers).filter(([name]) => /^(?:x-|retry-after$)/u.test(name));
  return { ...Object.fromEntries(telling), 'content-type': 'application/json' };
}

/** `undefined` where it is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What GraphQL answers: the library trips over anything else. */
const Answer = z.object({ errors: z.array(z.object({})).optional() });

/** `message` of an error's body, else the beginning of what is no JSON. */
function messageIn(text: string): string {
  const body = parsed(text);
  if (body !== undefined) return WithMessage.safeParse(body).data?.message ?? '';
  return text
    .replaceAll(/<[^>]*>|\s+/gu, ' ')
    .trim()
    .slice(0, 200);
}

const WithMessage = z.object({ message: z.string() });
