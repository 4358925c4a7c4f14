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

/** What part of the history is wanted. */
export interface CommitRange {
  /** Commits to start from. */
  readonly tips: readonly string[];
  /** Commits that are known with all of their ancestors; ones that no longer exist are ignored. */
  readonly known: readonly string[];
  readonly withPaths: boolean;
}
