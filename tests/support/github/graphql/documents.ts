import {
  GraphQLError,
  parse,
  TypeInfo,
  validate,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type GraphQLSchema,
} from 'graphql';
import type { ErrorJson } from './refusal.ts';
import { rulesWithout } from './rules.ts';
import { githubSchema } from './schema.ts';
import { servedArguments } from './types.ts';

/** A document that can be answered, or what is wrong with it. */
export type Prepared =
  | { readonly kind: 'document'; readonly document: DocumentNode }
  | { readonly kind: 'errors'; readonly errors: readonly ErrorJson[] };

/** Reads and checks documents, each text once. */
export class Documents {
  readonly #hidden: ReadonlySet<string>;
  readonly #known = new Map<string, Prepared>();

  /** `hidden` names fields as `Type.field` that this server does not have, as an old one. */
  constructor(hidden: Iterable<string> = []) {
    this.#hidden = new Set(hidden);
  }

  prepare(text: string): Prepared {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const prepared = this.#read(text);
    this.#known.set(text, prepared);
    return prepared;
  }

  #read(text: string): Prepared {
    const schema = githubSchema();
    let document;
    try {
      document = parse(text);
    } catch (error) {
      if (error instanceof GraphQLError) return { kind: 'errors', errors: [errorJson(error)] };
      throw error;
    }
    const errors = validate(schema, document, rulesWithout(this.#hidden)).map(errorJson);
    if (errors.length > 0) return { kind: 'errors', errors };
    const missing = notServed(schema, document);
    return missing.length > 0 ? { kind: 'errors', errors: missing } : { kind: 'document', document };
  }
}

/** An error of validation. Path and code are in its extensions already. */
export function errorJson({ message, locations, extensions }: GraphQLError): ErrorJson {
  return { ...extensions, ...(locations === undefined ? {} : { locations }), message };
}

/** What is in the schema, but not in this server. */
function notServed(schema: GraphQLSchema, document: DocumentNode): ErrorJson[] {
  const types = new TypeInfo(schema);
  const missing: string[] = [];
  const visitor = visitWithTypeInfo(types, {
    Field(node) {
      const type = types.getParentType()?.name ?? '';
      const field = `${type}.${node.name.value}`;
      const heeded = servedArguments(type, node.name.value);
      if (heeded === undefined) missing.push(field);
      for (const { name } of node.arguments ?? [])
        if (heeded?.includes(name.value) === false) missing.push(`${field}(${name.value}:)`);
    },
  });
  visit(document, visitor);
  return missing.map((what) => ({ message: `not served by the test server: ${what}` }));
}
