import * as z from 'zod';
import type { GitHubSettings } from '../../domain/settings.ts';
import { Lanes } from '../../io/lanes.ts';
import type { Clock, Http, HttpResponse, Log, Progress } from '../../io/ports.ts';
import type { GitHubAddress } from './address.ts';
import { Transport } from './transport.ts';
import { GitHubFailure, judge, type Asker, type Reply, type Verdict } from './verdict.ts';

/** What the client needs of the world. */
export interface ClientDeps {
  readonly http: Http;
  readonly clock: Clock;
  readonly log: Log;
  readonly progress: Progress;
  readonly version: string;
  readonly signal?: AbortSignal | undefined;
}

export interface ClientOptions {
  readonly address: GitHubAddress;
  readonly token: string;
  /** The variable that holds it, for messages. */
  readonly variable: string;
  readonly settings: GitHubSettings;
  /** Whether to wait when the budget is used up; else that is a failure. */
  readonly mayWait: boolean;
  /** How often something that may go well the next time is asked; default six times. */
  readonly attempts?: number;
}

/** The budget of the hour, as GitHub told it last. `null` where it has no limit. */
export interface Budget {
  readonly limit: number;
  readonly remaining: number;
  /** Epoch milliseconds. */
  readonly resetAt: number;
}

/** How often something that may go well the next time is asked again. */
const ATTEMPTS = 6;
const LONGEST_BACK_OFF_MS = 60_000;
const SECONDARY_MS = 60_000;
const LONGEST_WAIT_MS = 2 * 3_600_000;

/** Asked for too much at once; the caller asks for less. */
export class TooMuch extends Error {
  override readonly name = 'TooMuch';
}

/**
 * GitHub's two interfaces behind one door: limits in concurrency and points, and what to do about each kind of failure.
 *
 * Throws `TooMuch` for what a smaller page may get, `GitHubFailure` for what GitHub refuses.
 */
export class GitHubClient {
  readonly address: GitHubAddress;
  /** Requests sent and points paid so far. */
  readonly used = { requests: 0, points: 0 };
  readonly #options: ClientOptions;
  readonly #attempts: number;
  readonly #deps: ClientDeps;
  readonly #asker: Asker;
  readonly #lanes: Lanes;
  #budget: Budget | null = null;
  readonly #transport: Transport;
  /** Nobody asks before this has ended: a pause, or the wait for the next hour. */
  #gate: Promise<void> | null = null;

  constructor(options: ClientOptions, deps: ClientDeps) {
    const { owner, name, host } = options.address;
    this.address = options.address;
    this.#options = options;
    this.#attempts = options.attempts ?? ATTEMPTS;
    this.#deps = deps;
    this.#asker = { repository: `${owner}/${name} on ${host}`, variable: options.variable };
    this.#lanes = new Lanes(options.settings.maxConcurrency);
    this.#transport = new Transport({
      api: options.address.api,
      token: options.token,
      timeoutMs: options.settings.timeoutSeconds * 1000,
      userAgent: `dora-metrics/${deps.version}`,
      http: deps.http,
      signal: deps.signal,
    });
  }

  get budget(): Budget | null {
    return this.#budget;
  }

  /** The scopes of a classic token, known after the first answer; `null` for other kinds. */
  get scopes(): readonly string[] | null {
    return this.#transport.scopes;
  }

  /** The `data` of a question. Nodes that GitHub could not read are `null` in it. */
  async query(document: string, variables: Readonly<Record<string, unknown>>): Promise<unknown> {
    let data: unknown = null;
    await this.#insist(async () => {
      const asked = await this.#transport.graphql(document, variables);
      data = asked.data;
      return asked.reply;
    });
    const rate = Rated.safeParse(data).data?.rateLimit;
    if (rate !== undefined && rate !== null) {
      this.used.points += rate.cost;
      this.#budget = { limit: rate.limit, remaining: rate.remaining, resetAt: Date.parse(rate.resetAt) };
    }
    return data;
  }

  /** An answer of the REST interface, with a status below 400, or one of `accepted`. `path` begins with a slash. */
  async rest(
    path: string,
    {
      etag,
      accepted = [],
    }: { readonly etag?: string | undefined; readonly accepted?: readonly number[] } = {},
  ): Promise<HttpResponse> {
    const found: { answer: HttpResponse | null } = { answer: null };
    await this.#insist(async () => {
      const { reply, answer } = await this.#transport.rest(path, { etag, accepted });
      found.answer = answer;
      return reply;
    });
    if (found.answer === null) throw new TypeError('an answer that is used is there');
    return found.answer;
  }

  /** Asks again what was too much at once and cannot be asked for in less. Throws `GitHubFailure` when that does not help. */
  async patiently<Result>(ask: () => Promise<Result>): Promise<Result> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await ask();
      } catch (error) {
        if (!(error instanceof TooMuch)) throw error;
        await this.#backOff(error.message, attempt, false);
      }
    }
  }

  /** Asks until the answer can be used, as often as its kind of failure is worth. */
  async #insist(ask: () => Promise<Reply>): Promise<void> {
    let pauses = 0;
    for (let attempt = 1; ; attempt += 1) {
      const verdict = judge(await this.#inTurn(ask), this.#asker);
      switch (verdict.do) {
        case 'use':
          return;
        case 'use-partly':
          if (attempt <= 2) break;
          this.#deps.log.warn(`${this.#asker.repository}: part of an answer is missing: ${verdict.why}`);
          return;
        case 'shrink':
          throw new TooMuch(verdict.why);
        case 'fail':
          throw verdict.error;
        case 'wait':
          if (attempt >= this.#attempts) throw this.#givenUp("GitHub's budget stays used up", attempt);
          await this.#awaitBudget(verdict.resetAt);
          break;
        case 'pause':
          pauses += 1;
          await this.#pause(verdict, pauses);
          break;
        case 'retry':
          await this.#backOff(verdict.why, attempt, verdict.isDown);
          break;
      }
    }
  }

  /** Lets as many in at once as the settings allow, and none while the budget is used up. */
  async #inTurn(ask: () => Promise<Reply>): Promise<Reply> {
    return await this.#lanes.run(async () => {
      await this.#gate;
      const { minRemainingPoints } = this.#options.settings;
      const budget = this.#budget;
      if (budget !== null && budget.remaining < Math.min(minRemainingPoints, budget.limit / 2))
        await this.#awaitBudget(budget.resetAt / 1000);
      this.used.requests += 1;
      return await ask();
    });
  }

  async #backOff(why: string, attempt: number, isDown: boolean): Promise<void> {
    if (attempt >= this.#attempts) throw this.#givenUp(why, attempt, isDown);
    const longest = Math.min(LONGEST_BACK_OFF_MS, 1000 * 2 ** (attempt - 1));
    // half of it is chance, so that many runs do not come back together
    const pause = longest * (0.5 + Math.random() / 2);
    this.#deps.log.debug(`${this.#asker.repository}: ${why}; asking again`, { attempt });
    await this.#deps.clock.sleep(pause, this.#deps.signal);
  }

  async #pause({ seconds, why }: Extract<Verdict, { do: 'pause' }>, pauses: number): Promise<void> {
    if (pauses >= this.#attempts) throw this.#givenUp(why, pauses);
    const milliseconds = seconds === null ? SECONDARY_MS * 2 ** (pauses - 1) : seconds * 1000;
    if (milliseconds >= SECONDARY_MS && !this.#options.mayWait) throw this.#stopped(why, milliseconds);
    this.#deps.log.warn(`${this.#asker.repository}: ${why}: pausing for ${clockTime(milliseconds)}`);
    await this.#closed(milliseconds, why);
  }

  /** Waits for the next hour of the budget; `resetAt` in epoch seconds. */
  async #awaitBudget(resetAt: number | null): Promise<void> {
    if (this.#gate !== null) return await this.#gate;
    const now = this.#deps.clock.now().getTime();
    // the budget is that of an hour; whoever says otherwise is mistaken
    const left = resetAt === null ? SECONDARY_MS : resetAt * 1000 - now;
    const milliseconds = Math.min(Math.max(0, left), LONGEST_WAIT_MS) + 1000;
    this.#budget = null;
    if (!this.#options.mayWait) throw this.#stopped("GitHub's budget is used up", milliseconds);
    const until = new Date(now + milliseconds).toISOString().slice(0, 19);
    this.#deps.log.warn(
      `GitHub's budget is used up: going on at ${until}Z, in ${clockTime(milliseconds)} (--no-wait stops instead; what was read is kept)`,
    );
    await this.#closed(milliseconds, "GitHub's budget is used up");
  }

  /** Lets nobody ask for so long. */
  async #closed(milliseconds: number, why: string): Promise<void> {
    const gate = this.#countDown(milliseconds, why);
    this.#gate = gate;
    try {
      await gate;
    } finally {
      if (this.#gate === gate) this.#gate = null;
    }
  }

  async #countDown(milliseconds: number, why: string): Promise<void> {
    for (let left = milliseconds; left > 0; left -= 1000) {
      this.#deps.progress.update(`${why}: going on in ${clockTime(left)}`);
      await this.#deps.clock.sleep(Math.min(left, 1000), this.#deps.signal);
    }
  }

  #stopped(why: string, milliseconds: number): GitHubFailure {
    return new GitHubFailure(
      `${this.#asker.repository}: ${why} for another ${clockTime(milliseconds)}, and this run does not wait`,
      'run the same command again after that: it goes on where it stopped.',
      true,
    );
  }

  #givenUp(why: string, attempts: number, isFinal = true): GitHubFailure {
    return new GitHubFailure(
      `${this.#asker.repository}: gave up after ${attempts === 1 ? 'one attempt' : `${String(attempts)} attempts`}: ${why}`,
      'run the same command again later: it goes on where it stopped.',
      isFinal,
    );
  }
}

const Rated = z.object({
  rateLimit: z
    .object({
      cost: z.number(),
      remaining: z.number(),
      resetAt: z.string().refine((time) => Number.isFinite(Date.parse(time))),
      limit: z.number(),
    })
    .nullable(),
});

/** `4:05`, `1:04:05`. */
function clockTime(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000);
  const two = (value: number) => String(value).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${String(minutes)}:${two(seconds % 60)}`
    : `${String(Math.floor(minutes / 60))}:${two(minutes % 60)}:${two(seconds % 60)}`;
}
