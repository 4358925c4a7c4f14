import type { Repository } from './model/repository.ts';

export const PERMISSIONS = ['pull_requests', 'issues', 'deployments', 'contents', 'actions'] as const;
export type Permission = (typeof PERMISSIONS)[number];

/** What a token is and may do. */
export interface TokenKind {
  /** Whose it is. */
  readonly login: string;
  readonly kind: 'classic' | 'fine-grained' | 'installation';
  /** Of a classic token; default `repo`. */
  readonly scopes?: readonly string[];
  /** Permissions that a fine-grained or installation token was not given. */
  readonly lacks?: readonly Permission[];
  /**
   * What becomes null where a permission is lacking. `repository` is what GraphQL's rules ask for, since the
   * connections are never null in the schema. Default `connection`.
   */
  readonly denial?: 'connection' | 'repository';
  /** The organisation asks for single sign-on, and the token has not been through it. */
  readonly samlFailure?: boolean;
  /** The private repositories it may see, as `owner/name`; default all. */
  readonly repositories?: readonly string[];
  /** Default `READ`. */
  readonly viewerPermission?: 'ADMIN' | 'MAINTAIN' | 'READ' | 'TRIAGE' | 'WRITE';
}

/** A token with the text that stands for it. */
export interface Token extends TokenKind {
  readonly secret: string;
}

export const TEST_TOKEN = 'ghp_test';

/** One token that may do everything. */
export function defaultTokens(): Map<string, TokenKind> {
  return new Map([[TEST_TOKEN, { login: 'dora-reader', kind: 'classic' }]]);
}

/** Finds the token of an `Authorization` header. */
export function tokenOf(
  authorization: string | undefined,
  tokens: ReadonlyMap<string, TokenKind>,
): Token | null {
  const secret = /^(?:bearer|token) (.+)$/iu.exec(authorization ?? '')?.[1] ?? '';
  const kind = tokens.get(secret);
  return kind === undefined ? null : { ...kind, secret };
}

export function scopesOf(token: TokenKind): readonly string[] {
  return token.kind === 'classic' ? (token.scopes ?? ['repo']) : [];
}

/** Whether a token sees that there is such a repository. */
export function sees(token: TokenKind, repository: Repository): boolean {
  if (!repository.isPrivate) return true;
  if (token.kind === 'classic' && !scopesOf(token).includes('repo')) return false;
  const name = repository.nameWithOwner.toLowerCase();
  return token.repositories?.some((listed) => listed.toLowerCase() === name) ?? true;
}

/** Whether a classic token has a scope that lets it read what is in a repository. */
export function hasScope(token: TokenKind): boolean {
  if (token.kind !== 'classic') return true;
  return scopesOf(token).some((scope) => scope === 'repo' || scope === 'public_repo');
}

export function notAccessible(token: TokenKind): string {
  return `Resource not accessible by ${token.kind === 'installation' ? 'integration' : 'personal access token'}`;
}

export const SAML_MESSAGE =
  'Resource protected by organization SAML enforcement. You must grant your Personal Access token access to this organization.';

/** Headers of an answer that single sign-on got in the way of. */
export function ssoHeaders(owner: string): Record<string, string> {
  const url = `https://github.com/orgs/${owner}/sso?authorization_request=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA`;
  return { 'x-github-sso': `required; url=${url}` };
}

/** Somebody's number, always the same for the same login. */
export function userId({ login }: { readonly login: string }): number {
  return Buffer.from(login).reduce((id, byte) => (id * 31 + byte) % 100_000_000, 7);
}
