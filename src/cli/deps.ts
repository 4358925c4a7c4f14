import type { ProgressTarget } from '../io/progress.ts';

/** What a command may touch, so that tests can pass fakes. */
export interface CliDeps {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: ProgressTarget;
  /** Asks a yes-or-no question; `null` when there is nobody to ask. */
  readonly ask: ((question: string) => Promise<boolean>) | null;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly now: () => Date;
  readonly signal: AbortSignal;
  /** The file of the program that reads repositories; `null` to read all of them in this process. */
  readonly readerProgram: string | null;
  /** Set by a command that ended well but not whole. */
  readonly setExitCode: (code: number) => void;
}
