import type { DatasetSettings } from '../domain/settings.ts';
import { DoraError, type ErrorKind } from '../domain/errors.ts';
import type { LogFields } from '../io/ports.ts';
import type { SpooledPart } from '../storage/part-spool.ts';
import type { State } from '../storage/state.ts';
import type { Reading, ReadRequest } from './reading.ts';

/** What a process that reads repositories is told. It answers `start`, `read` and `keep`, one at a time. */
export type ToReader =
  | {
      readonly kind: 'start';
      readonly state: State;
      readonly settings: DatasetSettings;
      /** Whether anybody sees how far it is. */
      readonly isShown: boolean;
    }
  | { readonly kind: 'read'; readonly request: ReadRequest }
  /** Whether the repository may have the name. */
  | { readonly kind: 'claimed'; readonly isTheirs: boolean }
  | { readonly kind: 'keep'; readonly streams: State['streams'] }
  | { readonly kind: 'release' };

/** What it says. */
export type FromReader =
  | { readonly kind: 'started' }
  | { readonly kind: 'claim'; readonly name: string }
  | { readonly kind: 'read'; readonly extracted: Reading['extracted'] }
  /** `null` when there was nothing to keep. */
  | { readonly kind: 'kept'; readonly part: SpooledPart | null }
  | { readonly kind: 'failed'; readonly failure: Thrown }
  | {
      readonly kind: 'log';
      readonly level: 'debug' | 'info' | 'warn';
      readonly event: string;
      readonly fields: LogFields;
    }
  | { readonly kind: 'progress'; readonly text: string };

/** An error on its way from one process to the other. */
interface Thrown {
  /** `null` for a bug. */
  readonly kind: ErrorKind | null;
  readonly message: string;
  readonly hint: string | undefined;
  readonly stack: string | undefined;
}

export function thrownBy(error: unknown): Thrown {
  if (error instanceof DoraError) {
    const { kind, message, hint, stack } = error;
    return { kind, message, hint, stack };
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { kind: null, message, hint: undefined, stack };
}

export function asError({ kind, message, hint, stack }: Thrown): Error {
  const error =
    kind === null ? new Error(message) : new DoraError(kind, message, hint === undefined ? {} : { hint });
  if (stack !== undefined) error.stack = stack;
  return error;
}
