import {
  FieldsOnCorrectTypeRule,
  getNamedType,
  GraphQLError,
  isInterfaceType,
  isObjectType,
  Kind,
  KnownArgumentNamesRule,
  specifiedRules,
  type ASTNode,
  type ASTVisitor,
  type GraphQLNamedType,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';

type Ancestors = readonly (ASTNode | readonly ASTNode[])[];

/** Where GitHub says that a field is: `query Releases`, `repository`, `... on Commit`, `oid`. */
function pathOf(ancestors: Ancestors, name: string): string[] {
  const nodes = ancestors.flatMap((ancestor) => ('kind' in ancestor ? [ancestor] : []));
  return [...nodes.flatMap(stepOf), name];
}

function stepOf(node: ASTNode): string[] {
  if (node.kind === Kind.OPERATION_DEFINITION)
    return [node.name === undefined ? node.operation : `${node.operation} ${node.name.value}`];
  if (node.kind === Kind.FRAGMENT_DEFINITION) return [`fragment ${node.name.value}`];
  if (node.kind === Kind.INLINE_FRAGMENT) return [`... on ${node.typeCondition?.name.value ?? ''}`];
  return node.kind === Kind.FIELD ? [node.alias?.value ?? node.name.value] : [];
}

/** A field that a type does not have: the schema does not know it, or `hidden` says that this server is too old. */
function undefinedField(hidden: ReadonlySet<string>): ValidationRule {
  return (context): ASTVisitor => ({
    Field(node, _key, _parent, _path, ancestors) {
      const type = context.getParentType();
      if (type === undefined || type === null) return;
      const typeName = type.name;
      const fieldName = node.name.value;
      if (isThere(context.getFieldDef()) && !hidden.has(`${typeName}.${fieldName}`)) return;
      const extensions = {
        path: pathOf(ancestors, node.alias?.value ?? fieldName),
        extensions: { code: 'undefinedField', typeName, fieldName },
      };
      report(context, node, `Field '${fieldName}' doesn't exist on type '${typeName}'`, extensions);
    },
  });
}

/** An argument that a field does not take. */
const argumentNotAccepted: ValidationRule = (context): ASTVisitor => ({
  Argument(node, _key, _parent, _path, ancestors) {
    const field = context.getFieldDef();
    const type = context.getParentType();
    if (isThere(context.getArgument()) || field === null || field === undefined || !hasFields(type)) return;
    const argumentName = node.name.value;
    const extensions = {
      path: pathOf(ancestors, argumentName),
      extensions: { code: 'argumentNotAccepted', name: field.name, typeName: 'Field', argumentName },
    };
    report(context, node, `Field '${field.name}' doesn't accept argument '${argumentName}'`, extensions);
  },
});

function isThere(found: unknown): boolean {
  return found !== null && found !== undefined;
}

function hasFields(type: GraphQLNamedType | null | undefined): boolean {
  const named = getNamedType(type);
  return isObjectType(named) || isInterfaceType(named);
}

function report(
  context: ValidationContext,
  node: ASTNode,
  message: string,
  extensions: Readonly<Record<string, unknown>>,
): void {
  context.reportError(new GraphQLError(message, { nodes: node, extensions: { ...extensions } }));
}

/** GraphQL's rules, in GitHub's words where clients look at them. */
export function rulesWithout(hidden: ReadonlySet<string>): readonly ValidationRule[] {
  const others = specifiedRules.filter(
    (rule) => rule !== FieldsOnCorrectTypeRule && rule !== KnownArgumentNamesRule,
  );
  return [undefinedField(hidden), argumentNotAccepted, ...others];
}
