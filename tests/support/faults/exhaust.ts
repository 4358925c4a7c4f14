import { DoraError } from '../../../src/domain/errors.ts';
import type { Settings } from '../../../src/domain/settings.ts';
import { DAY } from '../../../src/domain/units.ts';
import { readJournal } from '../../../src/storage/annotation-store.ts';
import { Workspace } from '../../../src/storage/workspace.ts';
import { AT_ONCE, Cue, type Fault, type Operation } from './cue.ts';
import { factsOf, faultsOf, lostSegments } from './facts.ts';
import type { Loss } from './memory-disk.ts';
import type { Place } from './places.ts';
import { processAt, type Process } from './places.ts';
import type { Replay } from './replayed.ts';
import { undisturbed } from './world.ts';

/** A command, and the place where it begins. */
export interface Command {
  readonly start: Place;
  readonly replay: Replay;
  readonly settings: Settings;
  /** True when it says that all went well. */
  readonly run: (process: Process, settings: Settings) => Promise<boolean>;
  /** What else is wrong after a run that was disturbed. */
  readonly check?: ((found: Found) => readonly string[]) | undefined;
}

/** What a run left that was disturbed. */
export interface Found {
  readonly place: Place;
  /** What an undisturbed run leaves. */
  readonly whole: Place;
  readonly operation: Operation;
  readonly fault: Fault;
  readonly kind: Outcome['kind'];
}

/** How a run ended, as far as anybody could see. */
interface Outcome {
  /** `refused` with an error that is an answer, `defect` with one that is none; `gone` without a word. */
  readonly kind: 'well' | 'partly' | 'refused' | 'defect' | 'gone';
  readonly error?: unknown;
  /** How many files it has not closed. */
  readonly open?: number;
}

export interface Exhausted {
  readonly operations: readonly Operation[];
  /** How many of them were disturbed. */
  readonly met: number;
  readonly cases: number;
  /** In how many different states the disturbed runs left the workspace. */
  readonly ends: number;
  readonly outcomes: Readonly<Record<string, number>>;
  /** What was not as it must be. */
  readonly problems: readonly string[];
}

/** Each process that touches a place has a number of its own. */
const DISTURBED = 1;
const AGAIN = 2;
const LOOKING = 3;

const NO_OPERATION: Operation = { side: 'disk', what: '', faults: [] };

/** Which faults are tried: of which operation, at which number, and which of its faults by its position. */
export type Wanted = (operation: Operation, at: number, position: number) => boolean;

/** Runs a command with every fault at every operation, each time from the start, and then again undisturbed. */
export async function exhaust(command: Command, wants: Wanted = () => true): Promise<Exhausted> {
  const trial = new Trial(command);
  await trial.begin();
  let met = 0;
  for (const [at, operation] of trial.operations.entries()) {
    const names = operation.faults.filter((_, position) => wants(operation, at, position));
    if (names.length > 0) met += 1;
    for (const name of names) await trial.one({ at, name });
  }
  const { operations, cases, ends, outcomes, problems } = trial;
  return { operations, met, cases, ends: ends.size, outcomes, problems };
}

class Trial {
  readonly operations: Operation[] = [];
  readonly problems: string[] = [];
  readonly outcomes: Record<string, number> = {};
  /** Each state in which a disturbed run left the place, once it was seen to be good: what follows is the same each time. */
  readonly ends = new Set<string>();
  cases = 0;
  readonly #command: Command;
  /** The place before each operation. */
  readonly #before: Place[] = [];
  #expected = '';
  #whole: Place;

  constructor(command: Command) {
    this.#command = command;
    this.#whole = command.start;
  }

  /** Counts the operations. */
  async begin(): Promise<void> {
    // what git and GitHub are asked takes its time once: from here on the order of operations is always the same
    await run(this.#command.start.clone(), this.#command, new Cue(null), DISTURBED);
    const place = this.#command.start.clone();
    const cue = new Cue(null, (operation) => {
      this.operations.push(operation);
      this.#before.push(place.clone());
    });
    const outcome = await run(place, this.#command, cue, DISTURBED);
    if (outcome.kind !== 'well') this.problems.push(`undisturbed: ${words(outcome)}`);
    this.#whole = place;
    this.#expected = JSON.stringify(factsOf(place.objects(), place.disk.files()));
    this.problems.push(...leftBy(outcome, place).map((problem) => `undisturbed: ${problem}`));
    if (place.kind === 'disk')
      for (const loss of ['least', 'names'] as const) await this.#losePower(place, loss);
  }

  /** What was acknowledged is there when the power goes right after it; not what the user wanted outside of the workspace. */
  async #losePower(whole: Place, loss: Loss): Promise<void> {
    const place = whole.clone();
    place.disk.losePower(loss);
    this.cases += 1;
    const facts = (one: Place) => JSON.stringify(factsOf(one.objects(), new Map()));
    const found = facts(place) === facts(whole) ? [] : ['what was acknowledged is gone'];
    found.push(...(await this.#afterwards(place)));
    this.problems.push(...found.map((problem) => `at the end, power (${loss}): ${problem}`));
  }

  async one(fault: Fault): Promise<void> {
    const { place, operation, outcome } = await this.#disturbed(fault);
    const { kind } = outcome;
    this.cases += 1;
    this.outcomes[kind] = (this.outcomes[kind] ?? 0) + 1;
    const found = kind === 'defect' ? ['an error that is no answer'] : [];
    if (kind === 'well' && this.#isOther(place)) found.push('it says that all went well, and it did not');
    const isSaidToHold = outcome.error instanceof DoraError && outcome.error.message.includes('which holds');
    if (isSaidToHold && !(await this.#hasRevision(place.clone()))) found.push('it says that it holds');
    if (!isOfTemporary(operation) && fault.name !== 'down') found.push(...leftBy(outcome, place));
    found.push(...(this.#command.check?.({ place, whole: this.#whole, operation, fault, kind }) ?? []));
    const end = place.digest();
    if (!this.ends.has(end))
      found.push(
        ...(await this.#afterwards(place).catch((error: unknown) => [
          `afterwards ${words({ kind: 'defect', error })}`,
        ])),
      );
    this.ends.add(end);
    const what = `${String(fault.at)} ${operation.what}, ${fault.name} (${words(outcome)})`;
    this.problems.push(...found.map((problem) => `${what}: ${problem}`));
  }

  async #disturbed(
    fault: Fault,
  ): Promise<{ readonly place: Place; readonly operation: Operation; readonly outcome: Outcome }> {
    const operation = this.operations[fault.at] ?? NO_OPERATION;
    const before = AT_ONCE.includes(fault.name) ? this.#before[fault.at] : undefined;
    if (before === undefined) {
      const place = this.#command.start.clone();
      const cue = new Cue(fault);
      const outcome = await run(place, this.#command, cue, DISTURBED);
      if (cue.spoilt?.what !== operation.what)
        this.problems.push(`${String(fault.at)}: ${cue.spoilt?.what ?? 'nothing'} and not ${operation.what}`);
      return { place, operation, outcome };
    }
    const place = before.clone();
    if (fault.name === 'power') place.disk.losePower('least');
    if (fault.name === 'power-names') place.disk.losePower('names');
    return { place, operation, outcome: { kind: 'gone' } };
  }

  /** What is wrong with a place, and with what the same command makes of it when nothing disturbs it. */
  async #afterwards(place: Place): Promise<string[]> {
    const found = await unopened(place.clone(), this.#command);
    const again = await run(place, this.#command, new Cue(null), AGAIN);
    if (again.kind !== 'well') found.push(`the run after it: ${words(again)}`);
    if (this.#isOther(place))
      found.push(
        `another end: ${difference(JSON.stringify(factsOf(place.objects(), place.disk.files())), this.#expected)}`,
      );
    // garbage in a bucket has to be a day old
    const options = { replay: this.#command.replay, number: LOOKING, later: 2 * DAY };
    await undisturbed(
      place,
      options,
      async ({ ports }) => await new Workspace(ports.storage, ports.clock).sweep(),
    );
    const rows = place.temporary().flatMap(({ file, bytes }) => (bytes > 0 ? [`${file} stays`] : []));
    return [...found, ...rows, ...faultsOf(place.objects())];
  }

  /** Whether somebody who looks now finds an import more than at the start. */
  async #hasRevision(place: Place): Promise<boolean> {
    const count = async ({ ports }: Process) => (await readJournal(ports.storage)).revisions.length;
    const options = { replay: this.#command.replay, number: LOOKING };
    const before = await undisturbed(this.#command.start.clone(), options, count);
    return (await undisturbed(place, options, count)) > before;
  }

  #isOther(place: Place): boolean {
    return JSON.stringify(factsOf(place.objects(), place.disk.files())) !== this.#expected;
  }
}

/** Runs the command under a cue, to its end or to that of its process. */
async function run(place: Place, command: Command, cue: Cue, number: number): Promise<Outcome> {
  const process = processAt(place, { replay: command.replay, cue, number });
  const end = command.run(process, command.settings).then(
    (isWell): Outcome => ({ kind: isWell ? 'well' : 'partly' }),
    (error: unknown): Outcome => {
      const isAnswer = error instanceof DoraError || (cue.signal.aborted && isAbort(error));
      return { kind: isAnswer ? 'refused' : 'defect', error };
    },
  );
  try {
    const outcome = await Promise.race([end, cue.gone.then((): Outcome => ({ kind: 'gone' }))]);
    return { ...outcome, open: process.open() };
  } finally {
    cue.kill();
    process.end();
  }
}

/** What a run that came to an end by itself has left about. */
function leftBy({ kind, open = 0 }: Outcome, place: Place): string[] {
  if (kind === 'gone') return [];
  return [
    ...(open === 0 ? [] : [`${String(open)} files are open`]),
    ...place.temporary().map(({ file }) => `${file} is left`),
    ...[...place.objects().keys()].filter((key) => key.startsWith('.tmp/')).map((key) => `${key} is left`),
  ];
}

/** Whether a file cannot be expected to be cleared away: that may be just what goes wrong. */
function isOfTemporary({ what }: Operation): boolean {
  return what.includes('/tmp/') || what.includes('/.tmp/');
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

/** What is wrong with a workspace before anybody has mended anything. */
async function unopened(place: Place, { replay, start }: Command): Promise<string[]> {
  return await undisturbed(place, { replay, number: LOOKING }, async ({ ports }) => {
    const state = await new Workspace(ports.storage, ports.clock).read();
    const { revisions } = await readJournal(ports.storage);
    const before = start.objects();
    const lines = before.get('annotations.jsonl')?.toString('utf8') ?? '';
    const isKept = (place.objects().get('annotations.jsonl')?.toString('utf8') ?? '').startsWith(lines);
    const audit = before.get('audit.jsonl')?.toString('utf8') ?? '';
    const isAudited = (place.objects().get('audit.jsonl')?.toString('utf8') ?? '').startsWith(audit);
    return [
      ...(state === null && before.has('state.json') ? ['the state is gone'] : []),
      ...(state === null ? [] : lostSegments(state, place.objects()).map((key) => `${key} is lost`)),
      ...(isKept && revisions.every(({ rows }) => rows.length > 0) ? [] : ['annotations are lost']),
      ...(isAudited ? [] : ['lines of the audit are lost']),
    ];
  });
}

function words({ kind, error }: Outcome): string {
  if (!(error instanceof Error)) return kind;
  return kind === 'defect'
    ? (error.stack ?? '').split('\n').slice(0, 4).join(' ')
    : `${kind}: ${error.message}`;
}

function difference(found: string, expected: string): string {
  let at = 0;
  while (at < expected.length && found[at] === expected[at]) at += 1;
  return `…${found.slice(Math.max(0, at - 60), at + 60)}… and not …${expected.slice(Math.max(0, at - 60), at + 60)}…`;
}
