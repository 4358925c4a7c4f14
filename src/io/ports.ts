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

/** How a server proves who it is, and how we do; all in PEM. */
export interface TlsOptions {
  /** Authorities to trust instead of those that Node knows. */
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** The name that the certificate must have, where it is not that of the address. */
  readonly serverName?: string | undefined;
  /** Any certificate will do. */
  readonly isUnchecked?: boolean | undefined;
}

/** A `GET` whose answer may be long. */
export interface StreamRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls?: TlsOptions | undefined;
  /** How long to wait for the next byte. */
  readonly idleTimeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface StreamedResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Must be iterated, if only to leave it at once: that is what lets go of the connection. Throws as `StreamingHttp` does. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** Any status is an answer, also a redirect. Throws `RequestTimeout` or `ConnectionFailed` where there is none, or half of one. */
export type StreamingHttp = (request: StreamRequest) => Promise<StreamedResponse>;

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
