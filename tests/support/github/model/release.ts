import { Item, type Place } from './collection.ts';
import type { Commit } from './commit.ts';
import { whoIs, type Actor, type Who } from './people.ts';

export interface ReleaseFacts {
  readonly tag: string;
  /** Epoch seconds: when it is made, and unless it is a draft also published. */
  readonly at: number;
  /** What the tag points at; `null` when the tag is not there. */
  readonly commit: Commit | null;
  /** Default: the tag. */
  readonly name?: string | null;
  readonly draft?: boolean;
  readonly prerelease?: boolean;
  /** Default `alice`. */
  readonly author?: Who;
}

export interface ReleaseEdit {
  readonly at: number;
  readonly name?: string;
  readonly prerelease?: boolean;
}

export class Release extends Item {
  readonly tag: string;
  readonly author: Actor | null;
  #name: string | null;
  #commit: Commit | null;
  #prerelease: boolean;
  #publishedAt: number | null;

  constructor(place: Place, facts: ReleaseFacts) {
    super(place, facts.at);
    this.tag = facts.tag;
    this.author = whoIs(facts.author === undefined ? 'alice' : facts.author);
    this.#name = facts.name === undefined ? facts.tag : facts.name;
    this.#commit = facts.commit;
    this.#prerelease = facts.prerelease ?? false;
    this.#publishedAt = facts.draft === true ? null : facts.at;
  }

  get name(): string | null {
    return this.#name;
  }

  get commit(): Commit | null {
    return this.#commit;
  }

  get isPrerelease(): boolean {
    return this.#prerelease;
  }

  get isDraft(): boolean {
    return this.#publishedAt === null;
  }

  get publishedAt(): number | null {
    return this.#publishedAt;
  }

  /** Publishes a draft. */
  publish(at: number): void {
    this.#publishedAt = at;
    this.touch(at);
  }

  edit(edit: ReleaseEdit): void {
    this.#name = edit.name ?? this.#name;
    this.#prerelease = edit.prerelease ?? this.#prerelease;
    this.touch(edit.at);
  }

  /** The tag is deleted or moved elsewhere; the release says nothing of when. */
  retag(commit: Commit | null): void {
    this.#commit = commit;
  }
}
