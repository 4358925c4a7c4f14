/** The outside world, as the few things the code above it may ask for. */

export interface Clock {
  now(): Date;
}

export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
}

export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

export interface ExecOptions {
  readonly cwd?: string;
  /** The whole environment of the child. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin?: string;
  readonly signal?: AbortSignal | undefined;
}

export interface ExecResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Programs run with an argument array, never through a shell. */
export interface Exec {
  /** Runs to the end. Throws `ProgramMissing` when there is no such program; a non-zero code is a result. */
  run(program: string, args: readonly string[], options: ExecOptions): Promise<ExecResult>;
  /** Standard output as it comes. Throws `ProgramFailed` after the last byte when the code is not zero. */
  stream(program: string, args: readonly string[], options: ExecOptions): AsyncIterable<Uint8Array>;
}

/** Shows how far something is; says nothing where nobody watches. */
export interface Progress {
  update(text: string): void;
  done(): void;
}
