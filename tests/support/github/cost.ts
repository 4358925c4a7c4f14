import { parse } from 'graphql';
import { githubSchema } from './graphql/schema.ts';
import { weigh, type Weight } from './graphql/weigh.ts';

const REQUESTS_PER_POINT = 100;

/** What a query costs of the hourly budget, and how much it may give at most. */
export interface Cost {
  readonly points: number;
  /** To fulfil every connection, if all pages are full. */
  readonly requests: number;
  readonly nodes: number;
}

/**
 * The cost of a document by GitHub's formula: a request for each connection and each node above it, by hundreds,
 * rounded, at least one point. Throws when the document is no query of GitHub's schema.
 */
export function costOf(document: string, variables: Readonly<Record<string, unknown>> = {}): Cost {
  return priced(weigh(githubSchema(), parse(document), { variables }));
}

export function priced({ requests, nodes }: Weight): Cost {
  return { points: Math.max(1, Math.round(requests / REQUESTS_PER_POINT)), requests, nodes };
}
