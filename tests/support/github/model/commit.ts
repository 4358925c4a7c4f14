import { createHash } from 'node:crypto';
import type { Actor } from './people.ts';
import { whoIs, type Who } from './people.ts';

/** How much of the first line of a message GraphQL's `messageHeadline` shows. */
const HEADLINE_LENGTH = 72;

export interface CommitFacts {
  readonly oid: string;
  /** Epoch seconds. */
  readonly authoredAt: number;
  /** Default: `authoredAt`. */
  readonly committedAt?: number;
  readonly message?: string;
  /** Default 1. */
  readonly parents?: number;
  readonly authorName?: string;
  readonly authorEmail?: string;
  /** The account that the e-mail belongs to; `null` (the default) when GitHub knows none. */
  readonly author?: Who;
}

/** A commit as GitHub knows it. */
export class Commit {
  readonly oid: string;
  readonly authoredAt: number;
  readonly committedAt: number;
  readonly message: string;
  readonly parents: number;
  readonly authorName: string;
  readonly authorEmail: string;
  readonly author: Actor | null;

  constructor(facts: CommitFacts) {
    this.oid = facts.oid;
    this.authoredAt = facts.authoredAt;
    this.committedAt = facts.committedAt ?? facts.authoredAt;
    this.message = facts.message ?? '';
    this.parents = facts.parents ?? 1;
    this.authorName = facts.authorName ?? 'Sam Somebody';
    this.authorEmail = facts.authorEmail ?? 'sam@acme.example';
    this.author = whoIs(facts.author ?? null);
  }

  /** The first line, cut to 72 characters of which the last is then `…`. */
  get headline(): string {
    const [line = ''] = this.message.split('\n', 1);
    const characters = Array.from(line);
    if (characters.length <= HEADLINE_LENGTH) return line;
    return `${characters.slice(0, HEADLINE_LENGTH - 1).join('')}…`;
  }
}

/** A sha for a commit that is in no git repository: the same for the same seed. */
export function inventedOid(seed: string): string {
  return createHash('sha1').update(seed).digest('hex');
}
