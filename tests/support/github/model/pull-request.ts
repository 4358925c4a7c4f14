import type { Place } from './collection.ts';
import type { Commit } from './commit.ts';
import { whoIs, type Actor, type Who } from './people.ts';
import { Thread, type ThreadFacts } from './thread.ts';

export type ReviewState = 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'DISMISSED' | 'PENDING';

export class Review {
  readonly state: ReviewState;
  /** `null` while it is being written. */
  readonly submittedAt: number | null;
  readonly author: Actor | null;

  constructor(state: ReviewState, submittedAt: number | null, author: Actor | null) {
    this.state = state;
    this.submittedAt = submittedAt;
    this.author = author;
  }
}

export interface PullRequestFacts extends ThreadFacts {
  /** Default `main`. */
  readonly base?: string;
  /** The branch it comes from. */
  readonly head: string;
  readonly commits: readonly Commit[];
  readonly draft?: boolean;
}

/** A pull request with the commits of its branch, oldest first. */
export class PullRequest extends Thread {
  readonly base: string;
  readonly head: string;
  readonly commits: Commit[];
  readonly reviews: Review[] = [];
  #draft: boolean;
  #closedAt: number | null = null;
  #mergedAt: number | null = null;
  #mergeCommit: Commit | null = null;

  constructor(place: Place, number: number, facts: PullRequestFacts) {
    super(place, number, facts);
    this.base = facts.base ?? 'main';
    this.head = facts.head;
    this.commits = [...facts.commits];
    this.#draft = facts.draft ?? false;
  }

  get state(): 'OPEN' | 'CLOSED' | 'MERGED' {
    if (this.#mergedAt !== null) return 'MERGED';
    return this.#closedAt === null ? 'OPEN' : 'CLOSED';
  }

  get isDraft(): boolean {
    return this.#draft;
  }

  get closedAt(): number | null {
    return this.#closedAt;
  }

  get mergedAt(): number | null {
    return this.#mergedAt;
  }

  get mergeCommit(): Commit | null {
    return this.#mergeCommit;
  }

  push(commit: Commit, at: number): void {
    this.commits.push(commit);
    this.touch(at);
  }

  review(reviewer: Who, at: number, state: ReviewState = 'APPROVED'): void {
    this.reviews.push(new Review(state, state === 'PENDING' ? null : at, whoIs(reviewer)));
    this.touch(at);
  }

  readyForReview(at: number): void {
    this.#draft = false;
    this.happened('ReadyForReviewEvent', at);
  }

  convertToDraft(at: number): void {
    this.#draft = true;
    this.happened('ConvertToDraftEvent', at);
  }

  /** `commit` is what is on the base branch afterwards; GitHub does not always know it. */
  merge(at: number, commit: Commit | null): void {
    this.#mergedAt = at;
    this.#closedAt = at;
    this.#mergeCommit = commit;
    this.happened('MergedEvent', at);
    this.happened('ClosedEvent', at);
  }

  close(at: number): void {
    this.#closedAt = at;
    this.happened('ClosedEvent', at);
  }

  reopen(at: number): void {
    if (this.state !== 'CLOSED') throw new RangeError(`#${this.number} is ${this.state}`);
    this.#closedAt = null;
    this.happened('ReopenedEvent', at);
  }
}
