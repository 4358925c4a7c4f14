import * as z from 'zod';
import { DoraError } from '../../domain/errors.ts';
import { TooMuch, type Budget, type GitHubClient } from './client.ts';
import { PROBES } from './documents.ts';
import { GitHubFailure } from './verdict.ts';

/** What a token may read of a repository. */
export interface TokenPermissions {
  /** Whose token it is; `null` where GitHub does not say. */
  readonly login: string | null;
  /** The scopes of a classic token; `null` for other kinds. */
  readonly scopes: readonly string[] | null;
  /** As GitHub calls them in the settings of a fine-grained token. */
  readonly granted: readonly string[];
  readonly missing: readonly string[];
  readonly budget: Budget | null;
  /** Why nothing can be read at all; `null` where something can. */
  readonly error: string | null;
}

/** What each question asks for, by the name that GitHub gives it. */
const QUESTIONS: readonly (readonly [permission: string, document: string])[] = [
  ['Metadata', PROBES.metadata],
  ['Pull requests', PROBES['pull-requests']],
  ['Contents', PROBES.releases],
  ['Deployments', PROBES.deployments],
  ['Issues', PROBES.issues],
];
const ACTIONS = 'Actions';

/** Asks for a little of everything, one permission after the other: six requests. */
export async function permissionsOf(client: GitHubClient): Promise<TokenPermissions> {
  const { owner, name } = client.address;
  const granted: string[] = [];
  const missing: string[] = [];
  let login: string | null = null;
  let failure: string | null = null;
  const ask = async (permission: string, question: () => Promise<unknown>): Promise<void> => {
    try {
      const viewer = Viewer.safeParse(await question()).data?.viewer?.login;
      login ??= viewer ?? null;
      granted.push(permission);
    } catch (error) {
      if (error instanceof TooMuch) failure = `GitHub did not answer: ${error.message}`;
      else if (error instanceof GitHubFailure && error.isRefusal) missing.push(permission);
      else throw error;
    }
  };
  try {
    for (const [permission, document] of QUESTIONS)
      await ask(permission, async () => await client.query(document, { owner, name }));
    await ask(ACTIONS, async () => {
      const path = `/repos/${encodeURIComponent(owner)}/${encodeURIComponent(name)}/actions/workflows?per_page=1`;
      await client.rest(path, {});
    });
  } catch (error) {
    if (!(error instanceof DoraError)) throw error;
    failure = error.hint === undefined ? error.message : `${error.message} (${error.hint})`;
  }
  return { login, scopes: client.scopes, granted, missing, budget: client.budget, error: failure };
}

const Viewer = z.object({ viewer: z.object({ login: z.string() }).nullish() });
