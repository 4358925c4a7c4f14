import type { GraphQLFieldResolver, GraphQLTypeResolver } from 'graphql';
import { Actor } from '../model/people.ts';
import { TimelineEvent } from '../model/thread.ts';
import { DELIVERY_TYPES } from './fields/deliveries.ts';
import { NODE_TYPE, REPOSITORY_TYPES } from './fields/repository.ts';
import { THREAD_TYPES } from './fields/threads.ts';
import { NotServed } from './refusal.ts';
import type { Args, Asked, ServedType } from './served.ts';

const TYPES: ReadonlyMap<string, ServedType> = new Map(
  [...REPOSITORY_TYPES, ...DELIVERY_TYPES, ...THREAD_TYPES, NODE_TYPE].map((type) => [type.type, type]),
);

/** What a query may ask of a field without an error; `undefined` where the field is not served at all. */
export function servedArguments(type: string, field: string): readonly string[] | undefined {
  return field === '__typename' ? [] : TYPES.get(type)?.argumentsOf(field);
}

export const resolveField: GraphQLFieldResolver<unknown, Asked, Args> = (source, args, asked, info) => {
  const type = TYPES.get(info.parentType.name);
  if (type === undefined) throw new NotServed(info.parentType.name);
  return type.resolve(info.fieldName, source, args, asked);
};

export const resolveType: GraphQLTypeResolver<unknown, Asked> = (value) => {
  if (value instanceof Actor || value instanceof TimelineEvent) return value.type;
  for (const type of TYPES.values()) if (type.isOf(value)) return type.type;
  throw new NotServed('a value of no type');
};
