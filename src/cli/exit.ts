import { CommanderError } from '@commander-js/extra-typings';
import { DoraError, type ErrorKind } from '../domain/errors.ts';
import { printable } from '../domain/printable.ts';

export const EXIT = { done: 0, failed: 1, usage: 2, partly: 3, bug: 70, interrupted: 130 } as const;

const BY_KIND = {
  usage: EXIT.usage,
  config: EXIT.usage,
  source: EXIT.failed,
  data: EXIT.failed,
} as const satisfies Record<ErrorKind, number>;

/** Says on `write` what went wrong and what to do about it, and gives the exit code. */
export function explainError(error: unknown, write: (text: string) => void, isInterrupted: boolean): number {
  // commander has printed its own message by now
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  if (isInterrupted) {
    write('interrupted: what was published before is kept; run the same command again to go on\n');
    return EXIT.interrupted;
  }
  if (error instanceof DoraError) {
    write(`error: ${lines(error.message)}\n`);
    if (error.hint !== undefined) write(`hint: ${lines(error.hint)}\n`);
    return BY_KIND[error.kind];
  }
  write(`bug: ${lines(error instanceof Error ? (error.stack ?? error.message) : String(error))}\n`);
  write('hint: this is a fault in dora-metrics; please report it with the text above.\n');
  return EXIT.bug;
}

/** Line feeds are ours; everything else that a terminal acts on is other people's. */
function lines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}
