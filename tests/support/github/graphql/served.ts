import type { GitHubWorld } from '../world.ts';
import type { Token } from '../tokens.ts';

/** Who asks, and of what. */
export interface Asked {
  readonly world: GitHubWorld;
  readonly token: Token;
  /** What `rateLimit` says; `null` where there are no limits. */
  readonly rateLimit: RateLimit | null;
}

export class RateLimit {
  readonly cost: number;
  readonly limit: number;
  readonly nodeCount: number;
  readonly remaining: number;
  readonly used: number;
  readonly resetAt: string;

  constructor(facts: Readonly<RateLimit>) {
    this.cost = facts.cost;
    this.limit = facts.limit;
    this.nodeCount = facts.nodeCount;
    this.remaining = facts.remaining;
    this.used = facts.used;
    this.resetAt = facts.resetAt;
  }
}

/** The arguments that some field here takes. */
export interface Args {
  readonly id?: string;
  readonly owner?: string;
  readonly name?: string;
  readonly first?: number | null;
  readonly last?: number | null;
  readonly after?: string | null;
  readonly states?: readonly string[] | null;
  readonly labels?: readonly string[] | null;
  readonly environments?: readonly string[] | null;
  readonly itemTypes?: readonly string[] | null;
  readonly orderBy?: { readonly field: string; readonly direction: 'ASC' | 'DESC' } | null;
  readonly filterBy?: Readonly<Record<string, unknown>> | null;
}

export type Resolve<Source> = (source: Source, args: Args, asked: Asked) => unknown;

interface FieldWithArguments<Source> {
  readonly args: readonly string[];
  readonly resolve: Resolve<Source>;
}

/** A type of GitHub's schema, as far as the server answers for it. */
export interface ServedType {
  readonly type: string;
  isOf(source: unknown): boolean;
  /** The arguments that a field heeds; `undefined` for a field that is not served. */
  argumentsOf(field: string): readonly string[] | undefined;
  resolve(field: string, source: unknown, args: Args, asked: Asked): unknown;
}

/** Says which class of the model stands for a type, and what its fields are. */
export function served<Source>(
  type: string,
  kind: abstract new (...args: never[]) => Source,
  fields: Readonly<Record<string, Resolve<Source> | FieldWithArguments<Source>>>,
): ServedType {
  const table = new Map(
    Object.entries(fields).map(([name, field]) => [
      name,
      typeof field === 'function' ? { args: [], resolve: field } : field,
    ]),
  );
  return {
    type,
    isOf: (source) => source instanceof kind,
    argumentsOf: (field) => table.get(field)?.args,
    resolve: (field, source, args, asked) => {
      if (!(source instanceof kind)) throw new TypeError(`${type}.${field} is asked of something else`);
      return table.get(field)?.resolve(source, args, asked);
    },
  };
}
