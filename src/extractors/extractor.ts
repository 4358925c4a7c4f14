import type { Commit, RefSnapshot } from '../domain/commit.ts';
import type { Clock, Exec, Log } from '../io/ports.ts';

/** What a source may ask of the outside world. */
export interface ExtractorDeps {
  readonly exec: Exec;
  readonly clock: Clock;
  readonly log: Log;
  /** The environment that child processes inherit. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal | undefined;
}

/** A repository as git knows it now, before anything is read from its history. */
export interface InspectedRepository {
  /** The folder with the objects and refs. */
  readonly gitDirectory: string;
  readonly objectFormat: 'sha1' | 'sha256';
  readonly refs: RefSnapshot;
  /** Changes whenever any ref does. */
  readonly fingerprint: string;
  /** What the user should know: replaced history, no remote head. */
  readonly notices: readonly string[];
}

/** What part of the history is wanted. */
export interface CommitRange {
  /** Commits to start from. */
  readonly tips: readonly string[];
  /** Commits that are known with all of their ancestors; ones that no longer exist are ignored. */
  readonly known: readonly string[];
  readonly withPaths: boolean;
}

export type CommitStream = AsyncIterable<readonly Commit[]>;
