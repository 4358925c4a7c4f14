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

export interface ErrorOptions {
  readonly write: (text: string) => void;
  /** One JSON object a line, as the log has them. */
  readonly asJson: boolean;
  readonly isInterrupted: boolean;
  readonly now: () => Date;
}

/** Says what went wrong and what to do about it, and gives the exit code. */
export function explainError(error: unknown, { write, asJson, isInterrupted, now }: ErrorOptions): number {
  // commander has printed its own message by now
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  const say = (level: 'error' | 'bug', event: string, hint: string | undefined) => {
    if (asJson) write(`${JSON.stringify({ at: now().toISOString(), level, event, hint })}\n`);
    else write(`${level}: ${lines(event)}\n${hint === undefined ? '' : `hint: ${lines(hint)}\n`}`);
  };
  if (isInterrupted) {
    const event = 'interrupted: what was published before is kept; run the same command again to go on';
    write(asJson ? `${JSON.stringify({ at: now().toISOString(), level: 'warn', event })}\n` : `${event}\n`);
    return EXIT.interrupted;
  }
  if (error instanceof DoraError) {
    say('error', error.message, error.hint);
    return BY_KIND[error.kind];
  }
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  say('bug', trace, 'this is a fault in dora-metrics; please report it with the text above.');
  return EXIT.bug;
}

/** Line feeds are ours; everything else that a terminal acts on is other people's. */
function lines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}
