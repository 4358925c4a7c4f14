import { readFileSync } from 'node:fs';
import {
  buildASTSchema,
  Kind,
  parse,
  type DefinitionNode,
  type FieldDefinitionNode,
  type GraphQLSchema,
} from 'graphql';

const SCHEMA_FILE = new URL('./schema.graphql', import.meta.resolve('@octokit/graphql-schema'));

let schema: GraphQLSchema | undefined;

/** GitHub's schema. To read it takes a while, so it is read once, by whoever asks first. */
export function githubSchema(): GraphQLSchema {
  schema ??= readSchema();
  return schema;
}

function readSchema(): GraphQLSchema {
  const document = parse(readFileSync(SCHEMA_FILE, 'utf8'), { noLocation: true });
  const definitions = document.definitions.map(withDeniableFields);
  return buildASTSchema({ ...document, definitions }, { assumeValid: true, assumeValidSDL: true });
}

/** Lets a repository's connections be null, so that a lacking permission need not take the whole repository away. */
function withDeniableFields(definition: DefinitionNode): DefinitionNode {
  if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION || definition.name.value !== 'Repository')
    return definition;
  return { ...definition, fields: definition.fields?.map(deniable) ?? [] };
}

function deniable(field: FieldDefinitionNode): FieldDefinitionNode {
  const { type } = field;
  if (type.kind !== Kind.NON_NULL_TYPE || type.type.kind !== Kind.NAMED_TYPE) return field;
  return type.type.name.value.endsWith('Connection') ? { ...field, type: type.type } : field;
}
