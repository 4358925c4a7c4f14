import type { ErrorJson } from './graphql/refusal.ts';
import type { Result } from './graphql/execute.ts';

export type Path = readonly (string | number)[];

/** Part of an answer that has pages, and where it is. */
interface FoundPage {
  readonly path: Path;
  readonly nodes: readonly unknown[];
}

/** The outermost page of an answer. */
export function firstPage(data: unknown): FoundPage | null {
  const level: { readonly path: Path; readonly value: unknown }[] = [{ path: [], value: data }];
  for (const { path, value } of level) {
    const fields = fieldsOf(value);
    if (fields['nodes'] instanceof Array) return { path, nodes: fields['nodes'] };
    for (const [name, inner] of Object.entries(fields)) level.push({ path: [...path, name], value: inner });
  }
  return null;
}

/** The result with something else at a path, and one more error. */
export function withDamage(result: Result, path: Path, put: unknown, error: ErrorJson): Result {
  const data = fieldsOf(replaced(result.data, path, put));
  return { data, errors: [...(result.errors ?? []), error] };
}

/** The name of the field that the query is about: not `rateLimit`, nor `viewer`. */
export function subjectOf({ data }: Result): string {
  const names = Object.keys(data ?? {});
  return names.find((name) => name !== 'rateLimit' && name !== 'viewer') ?? names[0] ?? 'repository';
}

/** The global id of a node, if it was asked for. */
export function idOf(node: unknown): string {
  const { id } = fieldsOf(node);
  return typeof id === 'string' ? id : 'PR_kwDO';
}

function replaced(value: unknown, path: Path, put: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return put;
  if (value instanceof Array)
    return value.map((entry: unknown, index) => (index === step ? replaced(entry, rest, put) : entry));
  const fields = fieldsOf(value);
  return { ...fields, [step]: replaced(fields[step], rest, put) };
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !(value instanceof Array) ? { ...value } : {};
}
