import { budgetHeaders, type Budgets, type Resource } from './budget.ts';
import type { Answer } from '../answer.ts';
import type { Documents } from './graphql/documents.ts';
import { scopesOf, type Token } from './tokens.ts';
import type { GitHubWorld } from './world.ts';

/** What every answer is made from. */
export interface Site {
  readonly world: GitHubWorld;
  readonly documents: Documents;
  /** `null` where there are no limits. */
  readonly budgets: Budgets | null;
  /** Epoch seconds. */
  readonly now: () => number;
}

/** The headers of every answer to a token. */
export function tokenHeaders(site: Site, token: Token, resource: Resource): Answer['headers'] {
  return {
    ...(site.budgets === null ? {} : budgetHeaders(site.budgets.state(token.secret, resource), resource)),
    ...(token.kind === 'classic' ? { 'x-oauth-scopes': scopesOf(token).join(', ') } : {}),
  };
}
