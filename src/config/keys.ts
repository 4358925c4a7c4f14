import * as z from 'zod';

/** Which keys the schema knows, told by its JSON Schema. */

const Node = z.looseObject({
  properties: z.record(z.string(), z.unknown()).optional(),
  items: z.unknown().optional(),
  anyOf: z.array(z.unknown()).optional(),
});
type Node = z.infer<typeof Node>;

/** What may stand at one place; more than one where it may have several forms. */
export type Forms = readonly Node[];

export function formsOf(schema: unknown): Forms {
  const node = Node.safeParse(schema).data;
  if (node === undefined) return [];
  return node.anyOf === undefined ? [node] : node.anyOf.flatMap(formsOf);
}

/** What may stand under a key, or in a list; nothing under the keys of a map that are people's own. */
export function formsBelow(forms: Forms, part: PropertyKey): Forms {
  return forms.flatMap(({ properties = {}, items }) => {
    if (typeof part === 'number') return formsOf(items);
    return Object.hasOwn(properties, part) ? formsOf(properties[String(part)]) : [];
  });
}

export function keysOf(forms: Forms): readonly string[] {
  return forms.flatMap(({ properties = {} }) => Object.keys(properties));
}

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
