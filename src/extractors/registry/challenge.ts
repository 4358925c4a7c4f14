/** How a registry asks who somebody is. */

export type Challenge =
  | { readonly kind: 'basic' }
  | { readonly kind: 'bearer'; readonly realm: URL; readonly service: string | null };

const LONGEST = 4000;

/** What `WWW-Authenticate` asks for; `null` for what cannot be answered. A token is asked for before a password is shown. */
export function challengeOf(header: string): Challenge | null {
  if (header.length > LONGEST) return null;
  const start = header.search(/\bbearer\s/iu);
  if (start === -1) return /\bbasic\b/iu.test(header) ? { kind: 'basic' } : null;
  const parameters = new Map<string, string>();
  for (const [, name = '', value = ''] of header.slice(start).matchAll(/(\w+)="([^"]*)"/gu))
    if (!parameters.has(name.toLowerCase())) parameters.set(name.toLowerCase(), value);
  const realm = parameters.get('realm') ?? '';
  if (!URL.canParse(realm)) return null;
  return { kind: 'bearer', realm: new URL(realm), service: parameters.get('service') ?? null };
}

/**
 * Whether the server that makes a registry's tokens is the registry's own: the same host, one below it, or one of the same domain (`auth.docker.io` for
 * `registry-1.docker.io`). Only such a one is shown a password.
 */
export function isOwnRealm(realm: URL, registryHost: string): boolean {
  const registry = registryHost.replace(/:\d+$/u, '').toLowerCase();
  const host = realm.hostname.toLowerCase();
  if (host === registry || host.endsWith(`.${registry}`)) return true;
  // an address in numbers has no domain
  if (/^[\d.]+$|[[:]/u.test(registry)) return false;
  const domain = registry.split('.').slice(1).join('.');
  return domain.includes('.') && (host === domain || host.endsWith(`.${domain}`));
}
