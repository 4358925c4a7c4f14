import type { Person } from '../../../../fixtures/history/fast-import.ts';

/** Who writes the merges and squashes that are made on GitHub's pages. */
export const WEB_FLOW: Person = { name: 'GitHub', email: 'noreply@github.com' };

/** The person behind a login, as git knows them. */
export function person(login: string): Person {
  if (login.endsWith('[bot]')) return { name: login, email: `4711+${login}@users.noreply.github.com` };
  return { name: `${login.charAt(0).toUpperCase()}${login.slice(1)}`, email: `${login}@acme.example` };
}
