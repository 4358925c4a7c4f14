import { executeSync, type DocumentNode, type GraphQLError } from 'graphql';
import { Root } from './fields/repository.ts';
import { errorJson } from './documents.ts';
import { NotServed, Refusal, type ErrorJson } from './refusal.ts';
import { githubSchema } from './schema.ts';
import type { Asked } from './served.ts';
import { resolveField, resolveType } from './types.ts';

/** What is asked for. */
export interface Query {
  readonly text: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operationName: string | null;
}

/** The body of an answer. Without `data` nothing was looked up. */
export interface Result {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly ErrorJson[];
}

/** Looks up what a document asks for. */
export function execute(document: DocumentNode, { variables, operationName }: Query, asked: Asked): Result {
  const { data, errors = [] } = executeSync({
    schema: githubSchema(),
    document,
    rootValue: new Root(),
    contextValue: asked,
    variableValues: { ...variables },
    operationName,
    fieldResolver: resolveField,
    typeResolver: resolveType,
  });
  const loud = errors.filter(({ originalError }) => !(originalError instanceof Refusal));
  if (loud.length > 0) return { errors: loud.map(errorOf) };
  const list = errors.map(errorOf);
  if (list.some(({ type }) => type === 'INSUFFICIENT_SCOPES')) return { errors: list };
  return list.length === 0 ? { data: data ?? null } : { data: data ?? null, errors: list };
}

function errorOf(error: GraphQLError): ErrorJson {
  const { originalError, path = [], locations = [], message } = error;
  if (originalError instanceof NotServed) return { message };
  if (!(originalError instanceof Refusal))
    return { ...errorJson(error), message: originalError?.stack ?? message };
  const { type, extensions } = originalError;
  return {
    ...(type === null ? {} : { type }),
    path,
    ...(extensions === null ? {} : { extensions }),
    locations,
    message,
  };
}
