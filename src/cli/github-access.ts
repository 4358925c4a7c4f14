import type { GitHubAccess } from '../pipeline/token-permissions.ts';

/** What the token may read, in lines for people. */
export function accessLines(access: GitHubAccess | null): string[] {
  if (access === null)
    return ['origin is not on GitHub (or not on the server in github.baseUrl); git alone is used'];
  const { repository, token, permissions } = access;
  if (permissions === null) return [`${repository}: no token (GITHUB_TOKEN); not needed for what git knows`];
  const { login, scopes, granted, missing, budget, error } = permissions;
  const whose = login === null ? '' : ` of ${login}`;
  const scoped = scopes === null ? '' : `, scopes: ${scopes.length === 0 ? 'none' : scopes.join(', ')}`;
  const left = budget === null ? '' : `, ${String(budget.remaining)} of ${String(budget.limit)} points left`;
  const lines = [`${repository}: token in ${token ?? ''}${whose}${scoped}${left}`];
  if (granted.length > 0) lines.push(`may read: ${granted.join(', ')}`);
  if (missing.length > 0) lines.push(`lacks: ${missing.join(', ')}`);
  if (error !== null) lines.push(error);
  return lines;
}
