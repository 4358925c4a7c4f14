import type { Database } from './tables.ts';

/** What was stored, and will do harm later. */
export type Trouble =
  /** The steps that follow copy it into columns of 40 characters. */
  | { readonly kind: 'long-sha'; readonly id: string }
  /** A deployment of another connection had this id, and is no more. */
  | { readonly kind: 'taken-over'; readonly id: string };

/** Where a push comes in. */
export interface Receiver {
  readonly database: Database;
  readonly connection: number;
  readonly warn: (trouble: Trouble) => void;
  /** Whether the database fails half-way. */
  readonly half: boolean;
  /** The clock of the server. */
  readonly now: () => bigint;
}

export function scopeOf(connection: number): string {
  return `webhook:${connection}`;
}
