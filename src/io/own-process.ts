import { fork } from 'node:child_process';

/** Messages to and from another process of this program. */
export interface Channel {
  /** Anything that can be cloned; one that is sent to a process that is gone is lost. */
  send(message: object): void;
  /** At most one listener. */
  onMessage(listener: (message: unknown) => void): void;
}

/** A process of this program's own. */
export interface OwnProcess extends Channel {
  /** Why it ended, in words: `exit code 1`, `SIGKILL`; never throws. */
  readonly ended: Promise<string>;
  /** Lets it end: it hears that nobody speaks to it any more. */
  disconnect(): void;
  kill(): void;
}

/** The number under which a process finds the file that it was given. */
export const GIVEN_FILE = 4;

/** Runs `program`, a file of JavaScript, in a process that has the open file `file` as its number `GIVEN_FILE`. */
export function startOwnProcess(
  program: string,
  args: readonly string[],
  { file, env }: { readonly file: number; readonly env: Readonly<Record<string, string | undefined>> },
): OwnProcess {
  const child = fork(program, args, {
    env: { ...env },
    // what is given to this process (a debugger's port, a profile) is not for two
    execArgv: [],
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc', file],
  });
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${String(code)}`));
  });
  return {
    send: (message) => {
      // `ended` tells of a process that is gone
      if (child.connected) child.send(message, () => undefined);
    },
    onMessage: (listener) => void child.on('message', listener),
    ended,
    disconnect: () => {
      if (child.connected) child.disconnect();
    },
    kill: () => void child.kill('SIGKILL'),
  };
}

/** The channel to the process that started this one; `signal` is aborted when that is gone. */
export function toParent(): { readonly channel: Channel; readonly signal: AbortSignal } {
  const gone = new AbortController();
  process.once('disconnect', () => gone.abort());
  return {
    channel: {
      send: (message) => void process.send?.(message, undefined, undefined, () => undefined),
      onMessage: (listener) => void process.on('message', listener),
    },
    signal: gone.signal,
  };
}
