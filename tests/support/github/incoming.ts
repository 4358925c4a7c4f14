import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import * as z from 'zod';
import type { SeenRequest } from './faults.ts';
import type { Query } from './graphql/execute.ts';

const GRAPHQL_PATH = '/api/graphql';

/** A request that has come in whole. */
export interface Incoming {
  readonly seen: SeenRequest;
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  /** `null` for a request that is not for GraphQL, or makes no sense to it. */
  readonly query: Query | null;
}

const QueryBody = z.object({
  query: z.string(),
  variables: z.record(z.string(), z.unknown()).nullish(),
  operationName: z.string().nullish(),
});

/** Reads a request to its end. */
export async function incoming(index: number, request: IncomingMessage): Promise<Incoming> {
  const { method = 'GET', headers } = request;
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const body = await text(request);
  if (url.pathname !== GRAPHQL_PATH) {
    const variables = Object.fromEntries(url.searchParams);
    const seen: SeenRequest = { index, kind: 'rest', operation: url.pathname, variables };
    return { seen, method, url, headers, query: null };
  }
  const query = queryOf(body);
  const operation = query === null ? '' : operationOf(query);
  const seen: SeenRequest = { index, kind: 'graphql', operation, variables: query?.variables ?? {} };
  return { seen, method, url, headers, query };
}

/** The owner of the repository that a request is about. */
export function ownerOf({ seen, url }: Incoming): string {
  const { owner } = seen.variables;
  if (typeof owner === 'string') return owner;
  return /\/repos\/([^/]+)\//u.exec(url.pathname)?.[1] ?? 'acme';
}

function queryOf(body: string): Query | null {
  const parsed = QueryBody.safeParse(jsonOf(body));
  if (!parsed.success) return null;
  const { query, variables, operationName } = parsed.data;
  return { text: query, variables: variables ?? {}, operationName: operationName ?? null };
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

/** What a query calls itself. */
function operationOf({ operationName, text: document }: Query): string {
  return operationName ?? /\bquery\s+(\w+)/u.exec(document)?.[1] ?? '';
}
