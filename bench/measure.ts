import { spawn } from 'node:child_process';
import { performance } from 'node:perf_hooks';

/** One run of a program: wall time and, for Node programs, the peak of its resident memory. */
export interface Run {
  readonly seconds: number;
  /** Bytes; `null` for programs that are not Node. */
  readonly peakMemory: number | null;
}

/** Makes a Node child tell its own peak memory when it ends; git, its own child, is not in it. */
const TELL_MEMORY =
  "data:text/javascript,process.on('exit',()=>process.stderr.write('\\nmaxrss '+process.resourceUsage().maxRSS+'\\n'))";

/** Runs a program to the end, its output thrown away. Throws when it fails. */
export async function run(
  program: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Run> {
  const isNode = program === process.execPath;
  const started = performance.now();
  const child = spawn(program, isNode ? ['--import', TELL_MEMORY, ...args] : args, {
    cwd,
    env: { ...process.env, GITHUB_TOKEN: '', GH_TOKEN: '', ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const code = await new Promise<number | null>((resolve, reject) =>
    child.on('error', reject).on('close', resolve),
  );
  const seconds = (performance.now() - started) / 1000;
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${String(code)}: ${stderr}`);
  const kilobytes = /maxrss (\d+)/u.exec(stderr)?.[1];
  return { seconds, peakMemory: kilobytes === undefined ? null : Number(kilobytes) * 1024 };
}

export function median(values: readonly number[]): number {
  const ordered = values.toSorted((a, b) => a - b);
  return ordered[Math.floor(ordered.length / 2)] ?? NaN;
}

/** Runs several things in turns, so that whatever else the machine does falls on all of them; the runs of each. */
export async function inTurns(rounds: number, things: readonly (() => Promise<Run>)[]): Promise<Run[][]> {
  const runs: Run[][] = things.map(() => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [position, thing] of things.entries()) runs[position]?.push(await thing());
  }
  return runs;
}

export function medianSeconds(runs: readonly Run[] = []): number {
  return median(runs.map(({ seconds }) => seconds));
}

export function peak(runs: readonly Run[] = []): number {
  return Math.max(...runs.map(({ peakMemory }) => peakMemory ?? NaN));
}
