import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Exec, ExecOptions } from './ports.ts';

/** There is no such program on PATH. */
export class ProgramMissing extends Error {
  override readonly name = 'ProgramMissing';
}

/** The folder to run a program in does not exist. */
export class FolderMissing extends Error {
  override readonly name = 'FolderMissing';
}

export class ProgramFailed extends Error {
  override readonly name = 'ProgramFailed';
  readonly code: number;
  readonly stderr: string;

  constructor(program: string, code: number, stderr: string) {
    super(`${program} ended with code ${String(code)}: ${stderr.trim()}`);
    this.code = code;
    this.stderr = stderr;
  }
}

/** Enough of standard error for a message; the rest is dropped. */
const KEPT_STDERR = 16_384;

export const exec: Exec = {
  async run(program, args, options) {
    const child = start(program, args, options);
    const stdout: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    const { code, stderr } = await ended(program, child);
    return { code, stdout: Buffer.concat(stdout).toString('utf8'), stderr };
  },

  async *stream(program, args, options) {
    const child = start(program, args, options);
    const end = ended(program, child);
    // the caller may stop reading first; a failure is then nobody's concern
    end.catch(() => undefined);
    try {
      for await (const chunk of child.stdout) yield asBytes(chunk);
      const { code, stderr } = await end;
      if (code !== 0) throw new ProgramFailed(program, code, stderr);
    } finally {
      child.kill();
    }
  },
};

function start(
  program: string,
  args: readonly string[],
  { cwd, env, stdin, signal }: ExecOptions,
): ChildProcessWithoutNullStreams {
  if (cwd !== undefined && !existsSync(cwd)) throw new FolderMissing(cwd);
  const child = spawn(program, args, { ...(cwd !== undefined && { cwd }), env, ...(signal && { signal }) });
  // a child that ends before it has read everything is judged by its exit code
  child.stdin.on('error', () => undefined);
  child.stdin.end(stdin ?? '');
  return child;
}

function ended(
  program: string,
  child: ChildProcessWithoutNullStreams,
): Promise<{ readonly code: number; readonly stderr: string }> {
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (stderr.length < KEPT_STDERR) stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'ENOENT' ? new ProgramMissing(program, { cause: error }) : error);
    });
    child.on('close', (code, signal) => {
      resolve({ code: code ?? 128, stderr: signal === null ? stderr : `${stderr}killed by ${signal}` });
    });
  });
}

function asBytes(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  throw new TypeError('a child process yields bytes');
}
