import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The program as users start it; `npm test` builds it first. */
export const BIN = path.resolve(fileURLToPath(import.meta.url), '../../../bin/dora-metrics.js');

/** No test may hang for longer than this. */
const PATIENCE_MS = 120_000;

export interface Run {
  /** `null` when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd: string;
  /** On top of an environment that has nothing of the machine's but `PATH`; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** What every run sees: no configuration of the user's, no variables of an outer git, a time zone far from UTC. */
export function plainEnvironment(env: RunOptions['env'] = {}): Record<string, string | undefined> {
  return {
    PATH: process.env['PATH'],
    HOME: '/nonexistent',
    TMPDIR: process.env['TMPDIR'],
    TZ: 'Pacific/Auckland',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
    ...env,
  };
}

/** Starts `dora-metrics` with nothing on standard input, and lets the test do with it what it wants. */
export function start(args: readonly string[], { cwd, env }: RunOptions): ChildProcess {
  return spawn(process.execPath, [BIN, ...args], {
    cwd,
    env: plainEnvironment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: PATIENCE_MS,
    killSignal: 'SIGKILL',
  });
}

/** What a program that was started said, once it has ended. */
export async function ended(child: ChildProcess): Promise<Run> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** Runs `dora-metrics` to its end, whatever the exit code. */
export async function dora(args: readonly string[], options: RunOptions): Promise<Run> {
  return await ended(start(args, options));
}

/** Runs it where only success will do; gives standard output. */
export async function doraOk(args: readonly string[], options: RunOptions): Promise<string> {
  const { code, stdout, stderr } = await dora(args, options);
  if (code !== 0) throw new Error(`dora-metrics ${args.join(' ')} ended with ${String(code)}: ${stderr}`);
  return stdout;
}

/** Runs a line of `sh` in which `$DORA` is the program, for what only a shell can do (pipes, closed descriptors). */
export async function shell(line: string, { cwd, env }: RunOptions): Promise<Run> {
  const child = spawn('sh', ['-c', line], {
    cwd,
    env: plainEnvironment({ DORA: `${process.execPath} ${BIN}`, ...env }),
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: PATIENCE_MS,
    killSignal: 'SIGKILL',
  });
  return await ended(child);
}
