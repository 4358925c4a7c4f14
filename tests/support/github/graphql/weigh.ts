import {
  getArgumentValues,
  getDirectiveValues,
  getNamedType,
  getOperationAST,
  getVariableValues,
  GraphQLError,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  isInterfaceType,
  isObjectType,
  Kind,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  type SelectionSetNode,
} from 'graphql';
import type { ErrorJson } from './refusal.ts';

const MAX_PAGE = 100;
const MAX_NODES = 500_000;
/** What may be asked of a connection that says nothing of how much it is to give. */
const WITHOUT_PAGE: ReadonlySet<string> = new Set(['totalCount', '__typename']);

export interface Weight {
  readonly requests: number;
  readonly nodes: number;
  /** What GitHub would refuse the query for. */
  readonly errors: readonly ErrorJson[];
}

export interface WeighOptions {
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operationName?: string | null | undefined;
}

/** Counts what a query asks for, before any of it is looked up. Throws `GraphQLError` on wrong variables. */
export function weigh(schema: GraphQLSchema, document: DocumentNode, options: WeighOptions): Weight {
  const operation = getOperationAST(document, options.operationName);
  if (operation === null || operation === undefined) throw new GraphQLError('An operation name is required');
  const { coerced, errors } = getVariableValues(
    schema,
    operation.variableDefinitions ?? [],
    options.variables,
  );
  if (errors?.[0] !== undefined) throw errors[0];
  const scale = new Scale(schema, document, coerced ?? {});
  scale.add(operation.selectionSet, schema.getRootType(operation.operation) ?? null);
  return scale;
}

/** A selection, on which type, how often, and where. */
interface Load {
  readonly type: GraphQLNamedType | null;
  readonly times: number;
  readonly path: readonly string[];
}

class Scale implements Weight {
  requests = 0;
  nodes = 0;
  readonly errors: ErrorJson[] = [];
  readonly #schema: GraphQLSchema;
  readonly #variables: Readonly<Record<string, unknown>>;
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;

  constructor(schema: GraphQLSchema, document: DocumentNode, variables: Readonly<Record<string, unknown>>) {
    this.#schema = schema;
    this.#variables = variables;
    this.#fragments = new Map(
      document.definitions.flatMap((definition) =>
        definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition]] : [],
      ),
    );
  }

  add(selection: SelectionSetNode, type: GraphQLNamedType | null): void {
    this.#addAll([selection], { type, times: 1, path: [] });
  }

  #addAll(selections: readonly SelectionSetNode[], load: Load): void {
    for (const fields of this.#collected(selections, load.type).values()) this.#addField(fields, load);
  }

  #addField(
    fields: readonly { readonly node: FieldNode; readonly type: GraphQLNamedType | null }[],
    load: Load,
  ): void {
    const [first] = fields;
    if (first === undefined) return;
    const { node, type: parent } = first;
    const definition = fieldOf(parent, node.name.value);
    if (definition === undefined) throw new GraphQLError(`no field ${node.name.value}`, { nodes: node });
    const type = getNamedType(definition.type);
    const path = [...load.path, node.alias?.value ?? node.name.value];
    const selections = fields.flatMap(({ node: { selectionSet } }) => selectionSet ?? []);
    let { times } = load;
    if (type.name.endsWith('Connection')) {
      const args = getArgumentValues(definition, node, { ...this.#variables });
      this.requests += times;
      times *= this.#pageSize(args, selections, { node, path });
      this.nodes += times;
      this.#checkNodes(node, path);
    }
    this.#addAll(selections, { type, times, path });
  }

  #pageSize(
    args: Readonly<Record<string, unknown>>,
    selections: readonly SelectionSetNode[],
    { node, path }: { readonly node: FieldNode; readonly path: readonly string[] },
  ): number {
    const name = node.name.value;
    const [limit, size] =
      typeof args['first'] === 'number' ? ['first', args['first']] : ['last', args['last']];
    if (typeof size !== 'number') {
      if (!this.#asksForPage(selections)) return 0;
      const message = `You must provide a \`first\` or \`last\` value to properly paginate the \`${name}\` connection.`;
      this.errors.push({ type: 'MISSING_PAGINATION_BOUNDARIES', path, ...placeOf(node), message });
      return 0;
    }
    if (size >= 1 && size <= MAX_PAGE) return size;
    const message =
      `Requesting ${size} records on the \`${name}\` connection ` +
      (size < 1 ? `is not possible.` : `exceeds the \`${limit}\` limit of ${MAX_PAGE} records.`);
    this.errors.push({ type: 'EXCESSIVE_PAGINATION', path, ...placeOf(node), message });
    return 0;
  }

  #asksForPage(selections: readonly SelectionSetNode[]): boolean {
    return [...this.#collected(selections, null).values()]
      .flat()
      .some(({ node }) => !WITHOUT_PAGE.has(node.name.value));
  }

  #checkNodes(node: FieldNode, path: readonly string[]): void {
    if (this.nodes <= MAX_NODES || this.errors.some(({ type }) => type === 'MAX_NODE_LIMIT_EXCEEDED')) return;
    const count = this.nodes.toLocaleString('en-US');
    const message =
      `By the time this query traverses to the ${node.name.value} connection, it is requesting up to ${count} ` +
      `possible nodes which exceeds the maximum limit of ${MAX_NODES.toLocaleString('en-US')}.`;
    this.errors.push({ type: 'MAX_NODE_LIMIT_EXCEEDED', path, ...placeOf(node), message });
  }

  /** Fields by what they are called in the answer: what is asked for twice is looked up once. */
  #collected(
    selections: readonly SelectionSetNode[],
    type: GraphQLNamedType | null,
    into = new Map<string, { node: FieldNode; type: GraphQLNamedType | null }[]>(),
  ): typeof into {
    for (const selection of selections.flatMap((set) => set.selections)) {
      if (!this.#isIncluded(selection)) continue;
      if (selection.kind === Kind.FIELD) {
        const key = `${type?.name ?? ''} ${selection.alias?.value ?? selection.name.value}`;
        into.set(key, [...(into.get(key) ?? []), { node: selection, type }]);
        continue;
      }
      const fragment =
        selection.kind === Kind.INLINE_FRAGMENT ? selection : this.#fragments.get(selection.name.value);
      if (fragment === undefined)
        throw new GraphQLError('a fragment that is not there', { nodes: selection });
      const condition = fragment.typeCondition?.name.value;
      const inner = condition === undefined ? type : (this.#schema.getType(condition) ?? null);
      this.#collected([fragment.selectionSet], inner, into);
    }
    return into;
  }

  #isIncluded(node: { readonly directives?: readonly DirectiveNode[] }): boolean {
    const variables = { ...this.#variables };
    if (getDirectiveValues(GraphQLSkipDirective, node, variables)?.['if'] === true) return false;
    return getDirectiveValues(GraphQLIncludeDirective, node, variables)?.['if'] !== false;
  }
}

function fieldOf(type: GraphQLNamedType | null, name: string) {
  const meta = [TypeNameMetaFieldDef, TypeMetaFieldDef, SchemaMetaFieldDef].find(
    (field) => field.name === name,
  );
  if (meta !== undefined) return meta;
  return isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined;
}

function placeOf(node: FieldNode): Pick<ErrorJson, 'locations'> {
  const { loc } = node;
  return loc === undefined
    ? {}
    : { locations: [{ line: loc.startToken.line, column: loc.startToken.column }] };
}
