/** The sides of the world that a run touches. */
export type Side = 'disk' | 's3' | 'git' | 'github';

type Way<Result> = () => Result | Promise<Result>;

/** One operation, as a test double does it. */
export interface Step<Result> {
  readonly side: Side;
  /** For people: `rename`, `put`, `log`, and of what. */
  readonly what: string;
  readonly act: Way<Result>;
  /** Fails, and has done nothing. */
  readonly before: Way<Result>;
  /** What else can become of it, by name: each does as much as it does, then gives or throws. */
  readonly ways?: Readonly<Record<string, Way<Result>>>;
  /** How it ends when it hangs and the run is interrupted; left out where an interruption does not reach it. */
  readonly interrupted?: Way<Result>;
}

/** An operation that was seen, and what can befall it. */
export interface Operation {
  readonly side: Side;
  readonly what: string;
  readonly faults: readonly string[];
}

/** One thing that goes wrong in a run. */
export interface Fault {
  /** The number of the operation, from 0. */
  readonly at: number;
  readonly name: string;
}

/** What befalls the run as a whole: an operation hangs and the run is interrupted; it is killed; that side of the world is gone from here on. */
const OF_THE_RUN = ['hang', 'down', 'killed'];
/** The power goes, and with it what was not synced: everything (`power`), or all but the names (`power-names`). */
const OF_THE_MACHINE = ['power', 'power-names'];

/** Whether an operation alone goes wrong, and the run can go on. */
export function isOfOne({ name }: Fault): boolean {
  return ![...OF_THE_RUN, ...OF_THE_MACHINE, 'killed-half'].includes(name);
}

/** Those that end the process before the operation: what it leaves is what was there at that moment. */
export const AT_ONCE: readonly string[] = ['killed', ...OF_THE_MACHINE];

/** Turns of the event loop without a new operation, after which an interrupted run has done what it could. */
const QUIET_TURNS = 10;

/**
 * Counts the operations of one run and spoils one of them.
 *
 * A run that was killed never hears of its operations again: their promises stay open, so that no `catch` and no `finally` of it does anything, as in
 * a process that is gone.
 */
export class Cue {
  /** Ends when the run is killed. */
  readonly gone: Promise<void>;
  /** How many operations there were. */
  count = 0;
  /** The one that was spoilt. */
  spoilt: Operation | null = null;
  readonly #fault: Fault | null;
  readonly #watch: ((operation: Operation) => void) | null;
  readonly #abort = new AbortController();
  #leave: () => void = () => undefined;
  #isDead = false;
  #down: Side | null = null;

  /** `null` disturbs nothing. `watch` is told of each operation before it is done. */
  constructor(fault: Fault | null, watch: ((operation: Operation) => void) | null = null) {
    this.#fault = fault;
    this.#watch = watch;
    this.gone = new Promise((resolve) => {
      this.#leave = resolve;
    });
  }

  /** What Ctrl-C does. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  async do<Result>(step: Step<Result>): Promise<Result> {
    if (this.#isDead) return await never();
    const number = this.count;
    this.count += 1;
    this.#watch?.(operationOf(step));
    if (number === this.#fault?.at) this.spoilt = operationOf(step);
    const way = number === this.#fault?.at ? this.#spoilt(step, this.#fault.name) : step.act;
    const result = await (this.#down === step.side ? step.before() : way());
    return await this.#heard(result);
  }

  /** Whoever was killed meanwhile does not hear of it. */
  async #heard<Result>(result: Result): Promise<Result> {
    return this.#isDead ? await never() : result;
  }

  kill(): void {
    this.#isDead = true;
    this.#leave();
  }

  #spoilt<Result>(step: Step<Result>, name: string): Way<Result> {
    switch (name) {
      case 'before':
        return step.before;
      case 'down':
        this.#down = step.side;
        return step.before;
      case 'hang':
        return async () => {
          this.#abort.abort();
          void this.#killWhenQuiet();
          return await (step.interrupted?.() ?? never<Result>());
        };
      case 'killed-half':
        return async () => {
          await Promise.resolve(step.ways?.['half']?.()).catch(() => undefined);
          this.kill();
          return await never<Result>();
        };
      default:
        return step.ways?.[name] ?? step.act;
    }
  }

  async #killWhenQuiet(): Promise<void> {
    let seen = -1;
    for (let quiet = 0; quiet < QUIET_TURNS; quiet += 1) {
      if (seen !== this.count) quiet = 0;
      seen = this.count;
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.kill();
  }
}

function operationOf({ side, what, ways = {} }: Step<unknown>): Operation {
  const halves = 'half' in ways ? ['killed-half'] : [];
  const faults = [
    'before',
    ...Object.keys(ways),
    ...OF_THE_RUN,
    ...halves,
    ...(side === 'disk' ? OF_THE_MACHINE : []),
  ];
  return { side, what, faults };
}

async function never<Result>(): Promise<Result> {
  return await new Promise<Result>(() => undefined);
}
