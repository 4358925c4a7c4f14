/** The failures we expect and can explain. Anything else that is thrown is a bug. */

/** `usage` and `config` are the caller's mistakes; `source` is the outside world's; `data` is the workspace's. */
export type ErrorKind = 'usage' | 'config' | 'source' | 'data';

interface DoraErrorOptions extends ErrorOptions {
  /** One sentence that tells the user what to do next. */
  readonly hint?: string;
}

/** A failure with a message (what and where, lower-case), and a hint (one thing to do about it). */
export class DoraError extends Error {
  override readonly name = 'DoraError';
  readonly kind: ErrorKind;
  readonly hint: string | undefined;

  constructor(kind: ErrorKind, message: string, { hint, ...options }: DoraErrorOptions = {}) {
    super(message, options);
    this.kind = kind;
    this.hint = hint;
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
