import { getOperationAST, GraphQLError, type DocumentNode } from 'graphql';
import type { Answer } from '../../answer.ts';
import { priced } from '../cost.ts';
import { iso } from '../model/time.ts';
import type { Site } from '../site.ts';
import { ssoHeaders, userId, type Token } from '../tokens.ts';
import { errorJson } from './documents.ts';
import { execute, type Query, type Result } from './execute.ts';
import type { ErrorJson } from './refusal.ts';
import { githubSchema } from './schema.ts';
import { RateLimit } from './served.ts';
import { weigh, type Weight } from './weigh.ts';

/** What a query comes to. */
export interface Outcome {
  readonly result: Result;
  readonly points: number;
  readonly nodes: number;
  readonly headers: Answer['headers'];
}

/** Answers a query of GraphQL, and takes from the token's budget what it costs. */
export function handleQuery(site: Site, token: Token, query: Query): Outcome {
  if (site.budgets?.state(token.secret, 'graphql').remaining === 0) {
    const message = `API rate limit already exceeded for user ID ${userId(token)}.`;
    return refused([{ type: 'RATE_LIMITED', message }]);
  }
  const prepared = site.documents.prepare(query.text);
  if (prepared.kind === 'errors') return refused(prepared.errors);
  const weight = weightOf(prepared.document, query);
  if (weight instanceof GraphQLError) return refused([errorJson(weight)]);
  if (weight.errors.length > 0) return refused(weight.errors);
  const cost = priced(weight);
  site.budgets?.spend(token.secret, 'graphql', cost.points);
  const rateLimit = rateLimitOf(site, token, cost);
  const result = denied(execute(prepared.document, query, { world: site.world, token, rateLimit }), token);
  return { result, points: cost.points, nodes: cost.nodes, headers: headersOf(result, query) };
}

function weightOf(document: DocumentNode, query: Query): Weight | GraphQLError {
  const { variables, operationName } = query;
  const declared = getOperationAST(document, operationName)?.variableDefinitions ?? [];
  const names = new Set(declared.map(({ variable }) => variable.name.value));
  const unknown = Object.keys(variables).find((name) => !names.has(name));
  if (unknown !== undefined) return new GraphQLError(`Variable $${unknown} is given, but not declared`);
  try {
    return weigh(githubSchema(), document, { variables, operationName });
  } catch (error) {
    if (error instanceof GraphQLError) return error;
    throw error;
  }
}

function rateLimitOf(site: Site, token: Token, cost: { points: number; nodes: number }): RateLimit | null {
  if (site.budgets === null) return null;
  const { limit, used, remaining, resetAt } = site.budgets.state(token.secret, 'graphql');
  const { points, nodes } = cost;
  return new RateLimit({ cost: points, nodeCount: nodes, limit, used, remaining, resetAt: iso(resetAt) });
}

/** Takes the whole repository away where a connection of it was forbidden, for a token that says so. */
function denied(result: Result, token: Token): Result {
  const path = result.errors?.find(({ type }) => type === 'FORBIDDEN')?.path ?? [];
  if (token.denial !== 'repository' || path.length < 2 || result.data === null) return result;
  return { ...result, data: { ...result.data, [String(path[0])]: null } };
}

function headersOf(result: Result, { variables }: Query): Answer['headers'] {
  const isSaml = result.errors?.some(({ extensions }) => extensions?.['saml_failure'] === true);
  const { owner } = variables;
  return isSaml === true ? ssoHeaders(typeof owner === 'string' ? owner : 'acme') : {};
}

function refused(errors: readonly ErrorJson[]): Outcome {
  return { result: { errors }, points: 0, nodes: 0, headers: {} };
}
