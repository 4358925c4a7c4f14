import { cloneAddress, isGitHub } from '../../domain/clone-address.ts';
import { tokenIn } from '../../domain/token.ts';

/** Where the repository of a clone is served, and by which programming interface. */
export interface GitHubAddress {
  readonly owner: string;
  readonly name: string;
  /** For messages: `github.com`, `github.example.com`. */
  readonly host: string;
  /** Without a slash at its end: `https://api.github.com`, `https://github.example.com/api/v3`. */
  readonly api: string;
  readonly isEnterprise: boolean;
}

/**
 * The address of origin's repository on github.com, on GHE.com, or on the server that `baseUrl` names; `null` for any other host.
 *
 * In: `https://host/owner/name.git`, `git@host:owner/name`, `ssh://git@host:22/owner/name`. A token is sent to no host but these.
 */
export function githubAddress(origin: string, baseUrl: string | null): GitHubAddress | null {
  const found = partsOf(origin);
  if (found === null) return null;
  const { host, owner, name } = found;
  const hostname = host.replace(/:\d+$/u, '');
  if (isGitHub(host))
    return { owner, name, host: 'github.com', api: 'https://api.github.com', isEnterprise: false };
  if (hostname.endsWith('.ghe.com'))
    return { owner, name, host: hostname, api: `https://api.${hostname}`, isEnterprise: false };
  if (baseUrl === null) return null;
  const server = new URL(baseUrl);
  if (hostname !== server.hostname && host !== server.host) return null;
  return { owner, name, host: server.host, api: `${server.origin}/api/v3`, isEnterprise: true };
}

interface Parts {
  readonly host: string;
  readonly owner: string;
  readonly name: string;
}

function partsOf(origin: string): Parts | null {
  // what could end a host where it stands in an address would send the token elsewhere: it is no address
  const found = cloneAddress(origin);
  if (found === null) return null;
  const [owner = '', name = '', ...rest] = found.path.split('/');
  const isWhole = owner !== '' && name !== '' && rest.length === 0;
  return isWhole ? { host: found.host, owner, name } : null;
}

/** A token and the variable that it came from. */
export interface GitHubToken {
  readonly token: string;
  readonly variable: string;
}

const ENTERPRISE = ['GH_ENTERPRISE_TOKEN', 'GITHUB_ENTERPRISE_TOKEN'];
const USUAL = ['GITHUB_TOKEN', 'GH_TOKEN'];

/** Whether there is a token for any server. */
export function hasToken(env: Readonly<Record<string, string | undefined>>): boolean {
  return [...ENTERPRISE, ...USUAL].some((variable) => (env[variable]?.trim() ?? '') !== '');
}

/** The token for a server; `isFromFile` says that the configuration names the repository by its address. `null` where none is set. Throws for one that cannot be a token. */
export function tokenFor(
  { isEnterprise }: GitHubAddress,
  env: Readonly<Record<string, string | undefined>>,
  isFromFile = false,
): GitHubToken | null {
  // whoever can write a configuration must not be able to name both a repository and the server that gets the token for github.com
  const others = isFromFile ? ENTERPRISE : [...ENTERPRISE, ...USUAL];
  for (const variable of isEnterprise ? others : USUAL) {
    const token = tokenIn(variable, env);
    if (token === null) continue;
    return { token, variable };
  }
  return null;
}
