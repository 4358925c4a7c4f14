import type { Answer } from '../answer.ts';

const WINDOW_SECONDS = 3600;

export type Resource = 'graphql' | 'core';

/** What a token has used of its hour. Times are epoch seconds. */
export interface BudgetState {
  readonly limit: number;
  readonly used: number;
  readonly remaining: number;
  readonly resetAt: number;
}

interface Window {
  readonly resetAt: number;
  used: number;
}

/** The primary rate limit: so many points an hour for each token and resource, from its first request on. */
export class Budgets {
  readonly #limits: Readonly<Record<Resource, number>>;
  readonly #now: () => number;
  readonly #windows = new Map<string, Window>();

  constructor(limits: Readonly<Record<Resource, number>>, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  state(secret: string, resource: Resource): BudgetState {
    const limit = this.#limits[resource];
    const { used, resetAt } = this.#window(secret, resource);
    return { limit, used, remaining: Math.max(0, limit - used), resetAt };
  }

  spend(secret: string, resource: Resource, points: number): void {
    const window = this.#window(secret, resource);
    window.used = Math.min(this.#limits[resource], window.used + points);
  }

  #window(secret: string, resource: Resource): Window {
    const key = `${resource} ${secret}`;
    const current = this.#windows.get(key);
    const now = Math.floor(this.#now());
    if (current !== undefined && now < current.resetAt) return current;
    const next = { resetAt: now + WINDOW_SECONDS, used: 0 };
    this.#windows.set(key, next);
    return next;
  }
}

/** The headers that tell a client where it stands. */
export function budgetHeaders(state: BudgetState, resource: Resource): Answer['headers'] {
  return {
    'x-ratelimit-limit': String(state.limit),
    'x-ratelimit-remaining': String(state.remaining),
    'x-ratelimit-used': String(state.used),
    'x-ratelimit-reset': String(state.resetAt),
    'x-ratelimit-resource': resource,
  };
}
