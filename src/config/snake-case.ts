import * as z from 'zod';
import { Argocd } from './argocd-schema.ts';
import { Devlake } from './devlake-schema.ts';
import { formsBelow, formsOf, isMap, keysOf, type Forms } from './keys.ts';

/** The sections `argocd` and `integration` may be those of another tool, which writes `components_to_ignore` for `componentsToIgnore`. */

const SECTIONS = { argocd: Argocd, integration: z.strictObject({ devlake: Devlake }) } as const;

type Path = readonly PropertyKey[];

export interface CamelCased {
  readonly value: unknown;
  /** Of keys that are there in both spellings. */
  readonly mistakes: readonly z.core.$ZodIssue[];
  /** A path as the file has it. */
  readonly asWritten: (path: Path) => Path;
}

/** The configuration with one spelling of every key that the schema knows in these sections; names that are people's own stay as they are. */
export function inCamelCase(value: unknown): CamelCased {
  const renamed = new Map<string, string>();
  const mistakes: z.core.$ZodIssue[] = [];
  const mapFrom = (map: Record<string, unknown>, forms: Forms, where: Path): unknown => {
    const camelOf = new Map(keysOf(forms).map((key) => [inSnakeCase(key), key]));
    const entries = Object.entries(map).flatMap(([written, content]): [string, unknown][] => {
      const key = camelOf.get(written) ?? written;
      if (key !== written && Object.hasOwn(map, key)) {
        const message = `is the same as ${key}, which stands there as well: keep one of them`;
        mistakes.push({ code: 'custom', path: [...where, written], message, input: content });
        return [];
      }
      if (key !== written) renamed.set(keyOf([...where, key]), written);
      return [[key, camelCased(content, formsBelow(forms, key), [...where, key])]];
    });
    return Object.fromEntries(entries);
  };
  const camelCased = (part: unknown, forms: Forms, where: Path): unknown => {
    if (forms.length === 0) return part;
    if (Array.isArray(part)) {
      const list: readonly unknown[] = part;
      return list.map((item, at) => camelCased(item, formsBelow(forms, at), [...where, at]));
    }
    return isMap(part) ? mapFrom(part, forms, where) : part;
  };
  const asWritten = (path: Path) => path.map((part, at) => renamed.get(keyOf(path.slice(0, at + 1))) ?? part);
  if (!isMap(value)) return { value, mistakes, asWritten };
  const sections = Object.entries(SECTIONS).flatMap(([name, schema]): [string, unknown][] => {
    if (!isMap(value[name])) return [];
    const forms = formsOf(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }));
    return [[name, camelCased(value[name], forms, [name])]];
  });
  return { value: { ...value, ...Object.fromEntries(sections) }, mistakes, asWritten };
}

function inSnakeCase(key: string): string {
  return key.replaceAll(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`);
}

function keyOf(path: Path): string {
  return JSON.stringify(path);
}
