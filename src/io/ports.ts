/** The outside world, as the few things the code above it may ask for. */

export interface Clock {
  now(): Date;
  /** Ends after so many milliseconds, or throws when `signal` is aborted before. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export interface HttpRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** How long the whole answer may take. */
  readonly timeoutMs: number;
  /** How long the body of the answer may be; default any length. */
  readonly maxBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Any status is an answer. Throws `RequestTimeout` or `ConnectionFailed` where there is none, `AnswerTooLong` for one beyond `maxBytes`. */
export type Http = (request: HttpRequest) => Promise<HttpResponse>;

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
  /** Whether anybody sees it. */
  readonly isShown: boolean;
  update(text: string): void;
  done(): void;
}
