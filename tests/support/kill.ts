import { spawn } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'vitest';
import { BIN, ended, plainEnvironment, start, type Run, type RunOptions } from './cli.ts';
import {
  auditedGenerations,
  datasetDigest,
  namedSegments,
  readState,
  storedSegments,
  temporaryFiles,
} from './workspace.ts';

const PRELOAD = new URL('kill-preload.mjs', import.meta.url);

/** Environment in which the program believes to run on the machine `host`. */
export function onHost(host: string): Record<string, string> {
  return { NODE_OPTIONS: `--import ${PRELOAD.href}`, TEST_HOST: host };
}

/** Runs the program and kills it with SIGKILL so many milliseconds after its start, unless it is done by then. */
export async function killedAfter(
  milliseconds: number,
  args: readonly string[],
  options: RunOptions,
): Promise<Run> {
  const child = start(args, options);
  const end = ended(child);
  const given = new AbortController();
  await Promise.race([end, wait(milliseconds, undefined, { signal: given.signal }).catch(() => undefined)]);
  given.abort();
  child.kill('SIGKILL');
  return await end;
}

/** Trials that go on at the same time: most of their time they wait for the disk and for processes to start. */
const LANES = 2;

/** Does `work` for each item, a few at a time, in order. After a failure nothing more is begun, and all of it has ended. */
export async function inLanes<Item>(
  items: Iterable<Item>,
  work: (item: Item) => Promise<unknown>,
): Promise<void> {
  const queue = items[Symbol.iterator]();
  const failures: unknown[] = [];
  const lane = async () => {
    for (let next = queue.next(); next.done !== true; next = queue.next()) {
      if (failures.length > 0) return;
      await work(next.value).catch((error: unknown) => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  if (failures.length > 0) throw failures[0];
}

interface Step {
  readonly step: number;
  readonly host: string;
}

/** Runs the program and kills it at its `step`-th change of the file system, if it comes so far. */
export async function killedAtStep(
  { step, host }: Step,
  args: readonly string[],
  { cwd, env }: RunOptions,
): Promise<Run> {
  return await ended(start(args, { cwd, env: { ...env, ...onHost(host), STEP: String(step) } }));
}

/** Runs the program, holds it at its `step`-th change of the file system, runs `meanwhile`, and lets it go on. */
export async function heldAtStep(
  { step, host }: Step,
  args: readonly string[],
  { cwd, env }: RunOptions,
  meanwhile: () => Promise<unknown>,
): Promise<Run & { readonly wasHeld: boolean }> {
  const hook = { ...onHost(host), STEP: String(step), STEP_SIGNAL: 'SIGSTOP' };
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd,
    env: plainEnvironment({ ...env, ...hook }),
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const end = ended(child);
  const stopped = new Promise<boolean>((resolve) => child.stdio[3]?.once('data', () => resolve(true)));
  const wasHeld = await Promise.race([stopped, end.then(() => false)]);
  try {
    if (wasHeld) await meanwhile();
  } finally {
    child.kill('SIGCONT');
  }
  return { ...(await end), wasHeld };
}

/** Everything that must hold of a workspace that nobody is writing to, whatever happened to it before. */
export async function expectWhole(data: string, dataset: string): Promise<void> {
  const { audit } = await readState(data);
  const audited = await auditedGenerations(data);
  expect({
    dataset: await datasetDigest(data),
    temporary: await temporaryFiles(data),
    segments: await storedSegments(data),
    audited,
    newest: audited.at(-1),
  }).toEqual({
    dataset,
    temporary: [],
    segments: await namedSegments(data),
    audited: [...new Set(audited)].sort((a, b) => a - b),
    newest: audit.at(-1)?.generation,
  });
}
