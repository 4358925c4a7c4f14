import type { PlacementSettings } from '../domain/argocd-settings.ts';
import { DoraError } from '../domain/errors.ts';

/** The environment that goes by a name; `null` for what is none. Throws a `DoraError` where two go by the same. */
export function environmentNames(
  environments: PlacementSettings['environments'],
  where: string,
): (name: string) => string | null {
  const pairs = Object.entries(environments).flatMap(([environment, names]) =>
    [environment, ...names].map((name) => [name.toLowerCase(), environment] as const),
  );
  const known = withoutDoubt(pairs, where);
  return (name) => known.get(name.toLowerCase()) ?? null;
}

/** The name that the configuration gives a server, and its host. Throws a `DoraError` where one server has two names. */
export function serverNames(
  servers: PlacementSettings['servers'],
  where: string,
): (server: string) => { readonly name: string | null; readonly host: string | null } {
  const known = withoutDoubt(
    Object.entries(servers).map(([server, name]) => [serverKey(server), name] as const),
    where,
  );
  return (server) => ({
    name: known.get(serverKey(server)) ?? null,
    host: URL.canParse(server) ? new URL(server).hostname : null,
  });
}

/** The same server in another spelling is the same: case, a slash at the end, the usual port. */
function serverKey(server: string): string {
  return URL.canParse(server) ? new URL(server).href.replace(/\/+$/u, '') : server;
}

/** As a map, so that no order decides. */
function withoutDoubt(
  pairs: readonly (readonly [string, string])[],
  where: string,
): ReadonlyMap<string, string> {
  const known = new Map<string, string>();
  for (const [name, meaning] of pairs) {
    const other = known.get(name) ?? meaning;
    if (other !== meaning)
      throw new DoraError('config', `${where}: ${name} is both ${other} and ${meaning}`, {
        hint: 'leave one of them out.',
      });
    known.set(name, meaning);
  }
  return known;
}
