import path from 'node:path';
import { exec } from '../../../src/io/exec.ts';
import { ProgramFailed, ProgramMissing } from '../../../src/io/exec.ts';
import { ConnectionFailed, http, RequestTimeout } from '../../../src/io/http.ts';
import type { Exec, ExecOptions, ExecResult, Http, HttpResponse } from '../../../src/io/ports.ts';
import type { Cue } from './cue.ts';

/** Answers of the real git and of a test's GitHub, asked once and given again: neither changes while it is in use. */
export class Replay {
  readonly #results = new Map<string, Promise<ExecResult>>();
  readonly #streams = new Map<string, Promise<Buffer>>();
  readonly #responses = new Map<string, Promise<HttpResponse>>();

  /** git as one run sees it. */
  exec(cue: Cue): Exec {
    return {
      run: async (program, args, options) => {
        const result = () =>
          asked(this.#results, [args, options], () => exec.run(program, args, withoutSignal(options)));
        return await cue.do({
          side: 'git',
          what: commandOf(args, options),
          act: result,
          before: () => {
            throw new ProgramMissing(program);
          },
          ways: {
            refused: () => broken(''),
            after: async () => broken((await result()).stdout),
            half: async () => {
              const { stdout } = await result();
              return broken(stdout.slice(0, stdout.length >> 1));
            },
          },
          interrupted: interrupted,
        });
      },
      stream: (program, args, options) => this.#stream(cue, { program, args, options }),
    };
  }

  async *#stream(
    cue: Cue,
    { program, args, options }: { program: string; args: readonly string[]; options: ExecOptions },
  ): AsyncGenerator<Uint8Array> {
    const whole = () =>
      asked(this.#streams, [args, options], () =>
        collected(exec.stream(program, args, withoutSignal(options))),
      );
    const failed = new ProgramFailed(program, 128, 'fatal: of the test');
    const half = async () => {
      const bytes = await whole();
      return bytes.subarray(0, bytes.length >> 1);
    };
    const { bytes, error } = await cue.do<{ readonly bytes: Buffer; readonly error: Error | null }>({
      side: 'git',
      what: commandOf(args, options),
      act: async () => ({ bytes: await whole(), error: null }),
      before: () => ({ bytes: Buffer.alloc(0), error: failed }),
      ways: {
        after: async () => ({ bytes: await whole(), error: failed }),
        half: async () => ({ bytes: await half(), error: failed }),
        // as if all had gone well
        'half-quiet': async () => ({ bytes: await half(), error: null }),
        'nothing-quiet': () => ({ bytes: Buffer.alloc(0), error: null }),
      },
      interrupted: async () => ({ bytes: await half(), error: abortError() }),
    });
    if (bytes.length > 0) yield bytes;
    if (error !== null) throw error;
  }

  /** GitHub as one run sees it. */
  http(cue: Cue): Http {
    return async ({ signal: _, ...request }) => {
      const answer = () =>
        asked(this.#responses, [request.method, request.url, request.body], () => http(request));
      return await cue.do({
        side: 'github',
        what: `${request.method} ${new URL(request.url).pathname}`,
        act: answer,
        before: () => {
          throw new ConnectionFailed('connection refused, of the test');
        },
        ways: {
          'bad-gateway': () => ({ status: 502, headers: {}, text: '<html>502 Bad Gateway</html>' }),
          after: async () => {
            await answer();
            throw new ConnectionFailed('connection reset, of the test');
          },
          timeout: () => {
            throw new RequestTimeout('no answer, of the test');
          },
          half: async () => {
            const { text, ...rest } = await answer();
            return { ...rest, text: text.slice(0, text.length >> 1) };
          },
        },
        interrupted,
      });
    };
  }
}

async function asked<Answer>(
  known: Map<string, Promise<Answer>>,
  question: unknown,
  ask: () => Promise<Answer>,
): Promise<Answer> {
  const key = JSON.stringify(question);
  const answer = known.get(key) ?? ask();
  known.set(key, answer);
  return await answer;
}

/** A signal of one run must not end what others are told as well. */
function withoutSignal({ signal: _, ...rest }: ExecOptions): ExecOptions {
  return rest;
}

async function collected(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function broken(stdout: string): ExecResult {
  return { code: 128, stdout, stderr: 'fatal: of the test' };
}

function abortError(): Error {
  return new DOMException('This operation was aborted', 'AbortError');
}

async function interrupted(): Promise<never> {
  throw abortError();
}

/** Without the settings before it: `git log of shop`. */
function commandOf(args: readonly string[], { cwd = '' }: ExecOptions): string {
  const command = args.find((arg, position) => !arg.startsWith('-') && args[position - 1] !== '-c') ?? '';
  return `git ${command} of ${path.basename(cwd)}`;
}
