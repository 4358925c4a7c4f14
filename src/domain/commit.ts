import type { EpochMs } from './units.ts';

/**
 * One commit as git tells it, with what its message says about other commits.
 *
 * No e-mail address: `authorId` stands for it and cannot be turned back.
 */
export interface Commit {
  /** Hexadecimal object name, 40 (SHA-1) or 64 (SHA-256) digits. */
  readonly sha: string;
  readonly parents: readonly string[];
  /** Name after mailmap. */
  readonly author: string;
  readonly authorId: string;
  /** `null` where git could not read the date. */
  readonly authoredAt: EpochMs | null;
  readonly committedAt: EpochMs | null;
  readonly subject: string;
  readonly trailers: Trailers;
  /** Paths changed against the (first) parent; `null` when they were not asked for. */
  readonly paths: readonly string[] | null;
}

/** What a message says about other commits and people. */
export interface Trailers {
  /** Shas in `(cherry picked from commit …)`, in the order of the message. */
  readonly cherryPickedFrom: readonly string[];
  /** Shas (may be abbreviated) in `This reverts commit …`. */
  readonly reverts: readonly string[];
  /** Numbers in `Reverts acme/shop#12`. */
  readonly revertsPullRequests: readonly number[];
  /** Names in `Co-authored-by:`. */
  readonly coAuthors: readonly string[];
}

export const NO_TRAILERS: Trailers = {
  cherryPickedFrom: [],
  reverts: [],
  revertsPullRequests: [],
  coAuthors: [],
};

/** A branch or a tag, resolved to the commit it names. */
export interface Ref {
  /** Short name: `main`, `v1.2.3`. */
  readonly name: string;
  readonly kind: 'branch' | 'tag';
  /** `null` for a tag that names a file or a folder. */
  readonly commit: string | null;
  /** When an annotated tag was made; `null` for branches and lightweight tags, which carry no time of their own. */
  readonly taggedAt: EpochMs | null;
}

/** The refs of a repository at one moment. */
export interface RefSnapshot {
  readonly refs: readonly Ref[];
  /** The branch that deployments and the review come from. `null` in a repository without commits. */
  readonly branch: { readonly name: string; readonly commit: string } | null;
}
