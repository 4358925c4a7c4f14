import { compareText } from '../domain/compare.ts';

/** What the names of Argo CD applications say: they are put together from those of components, environments and clusters. */

/** Names of clusters, the longest first: where one ends with another, the longer one is meant. */
export interface ClusterNames {
  readonly names: readonly string[];
}

/** In an order that does not depend on the list's. */
export function clustersOf(names: readonly string[]): ClusterNames {
  const known = [...new Set(names.map((name) => name.trim()).filter((name) => name !== ''))];
  return { names: known.sort((one, other) => other.length - one.length || compareText(one, other)) };
}

/** The longest cluster with which a name ends, after a hyphen and something before that; `null` for none. */
export function suffixOf(name: string, { names }: ClusterNames): string | null {
  return names.find((cluster) => name.length > cluster.length + 1 && name.endsWith(`-${cluster}`)) ?? null;
}

export interface OwnedName {
  readonly name: string;
  readonly owner: string;
  readonly clusters: ClusterNames;
  readonly environmentOf: (name: string) => string | null;
}

/**
 * What the name of an application adds to that of the ApplicationSet that made it: nothing, an environment, a cluster, or both in any order.
 *
 * `null` where it adds something else: then the set makes the applications of several components, and its name is none of them.
 */
export function ownerNaming({
  name,
  owner,
  clusters,
  environmentOf,
}: OwnedName): { readonly environment: string | null } | null {
  if (name === owner) return { environment: null };
  if (!name.startsWith(`${owner}-`)) return null;
  const rest = name.slice(owner.length + 1);
  if (clusters.names.includes(rest)) return { environment: null };
  const suffix = suffixOf(rest, clusters);
  const prefix = clusters.names.find((cluster) => rest.startsWith(`${cluster}-`)) ?? null;
  const candidates = [
    rest,
    suffix === null ? '' : rest.slice(0, -suffix.length - 1),
    prefix === null ? '' : rest.slice(prefix.length + 1),
  ];
  const environments = candidates.map(environmentOf).filter((environment) => environment !== null);
  const [environment = null] = environments;
  return environment === null ? null : { environment };
}
