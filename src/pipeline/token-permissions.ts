import {
  githubAddress,
  tokenFor,
  type GitHubAddress,
  type GitHubToken,
} from '../extractors/github/address.ts';
import type { TokenPermissions } from '../extractors/github/permissions.ts';
import { DoraError } from '../domain/errors.ts';
import type { GitHubSettings } from '../domain/settings.ts';
import type { Ports } from './ports.ts';

/** What can be read of a repository on GitHub. */
export interface GitHubAccess {
  /** `acme/shop on github.com`. */
  readonly repository: string;
  /** The variable that the token came from; `null` where none is set. */
  readonly token: string | null;
  /** `null` without a token. */
  readonly permissions: TokenPermissions | null;
}

/** Patience for what is only a line of information. */
const TIMEOUT_SECONDS = 10;

/** What the token in the environment may read; `null` for a repository that is not on GitHub. */
export async function githubAccess(
  { origin, isFromFile }: { readonly origin: string | null; readonly isFromFile: boolean },
  settings: GitHubSettings,
  ports: Ports,
): Promise<GitHubAccess | null> {
  const address = origin === null ? null : githubAddress(origin, settings.baseUrl);
  if (address === null) return null;
  const repository = `${address.owner}/${address.name} on ${address.host}`;
  const token = readToken(address, ports.env, isFromFile);
  if (token === null) return { repository, token: null, permissions: null };
  if (token instanceof DoraError) return { repository, token: null, permissions: unusable(token) };
  const [{ GitHubClient }, { permissionsOf }] = await Promise.all([
    import('../extractors/github/client.ts'),
    import('../extractors/github/permissions.ts'),
  ]);
  const timeoutSeconds = Math.min(TIMEOUT_SECONDS, settings.timeoutSeconds);
  const client = new GitHubClient(
    {
      address,
      ...token,
      settings: { ...settings, timeoutSeconds, minRemainingPoints: 0 },
      mayWait: false,
      attempts: 1,
    },
    ports,
  );
  return { repository, token: token.variable, permissions: await permissionsOf(client) };
}

function readToken(
  address: GitHubAddress,
  env: Ports['env'],
  isFromFile: boolean,
): GitHubToken | DoraError | null {
  try {
    return tokenFor(address, env, isFromFile);
  } catch (error) {
    if (error instanceof DoraError) return error;
    throw error;
  }
}

function unusable({ message }: DoraError): TokenPermissions {
  return { login: null, scopes: null, granted: [], missing: [], budget: null, error: message };
}
