import type { DevlakeWebhook } from '../../domain/devlake-settings.ts';
import { messageOf } from '../../domain/errors.ts';
import { mask } from '../../io/log.ts';
import type { Clock, Http, HttpResponse } from '../../io/ports.ts';
import { hasNoAnswer } from './no-answer.ts';
import { DEVLAKE_ROUTES, type DevlakeKind } from './payload.ts';
import { isNoRoute, judge, type Verdict } from './verdict.ts';

export interface DevlakeOptions {
  /** Ends with `/rest`. */
  readonly baseUrl: string;
  readonly token: string;
  readonly timeoutMs: number;
  /** How long all waiting together may take. */
  readonly retryForMs: number;
  /** How many rows are sent at the same time: they wait side by side. */
  readonly lanes: number;
  readonly version: string;
}

export interface DevlakeDeps {
  readonly http: Http;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  /** Called before each request and each wait. */
  readonly beforeRequest: () => Promise<void>;
}

/** What became of a row. */
export type Delivery =
  | { readonly kind: 'stored' }
  /** Refused, and would be again; `isNoRoute`: this server has no such route. */
  | {
      readonly kind: 'refused';
      readonly status: number;
      readonly reason: string;
      readonly isNoRoute: boolean;
    }
  /** Nobody could be reached, or the server has a problem of its own. */
  | { readonly kind: 'unanswered'; readonly reason: string };

/** How often a row is sent before it waits for the next run. */
const ATTEMPTS = 6;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;

/** Longer than any answer of DevLake; that of something else is not read to its end. */
const MOST_BYTES = 1 << 20;

/** Rows to the webhooks of one project of DevLake. No answer of it reaches anybody with the token in it. */
export class DevlakeClient {
  readonly #options: DevlakeOptions;
  readonly #deps: DevlakeDeps;
  #waitedMs = 0;
  /** A pause that the server asked for: nobody sends before it has ended. */
  #gate: Promise<void> | null = null;

  constructor(options: DevlakeOptions, deps: DevlakeDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  /** Sends a row until it is stored, refused, or was tried often enough. `to` is as `webhookPath` gives it. */
  async deliver(to: string, body: string): Promise<Delivery> {
    const isForProject = to.startsWith('projects/');
    let hasAsked = false;
    for (let attempt = 1; ; attempt += 1) {
      const { verdict, answer } = await this.#post(to, body);
      if (verdict.do === 'stored') return { kind: 'stored' };
      if (verdict.do === 'park') {
        // the first call for a project makes its connection, stores nothing, and answers 404
        const isFirst = isForProject && verdict.status === 404 && !hasAsked;
        hasAsked = true;
        if (isFirst) continue;
        const { status, reason } = verdict;
        return { kind: 'refused', status, reason, isNoRoute: answer !== null && isNoRoute(answer) };
      }
      const { reason } = verdict;
      if (attempt >= ATTEMPTS || !(await this.#wait(verdict, attempt))) return { kind: 'unanswered', reason };
    }
  }

  async #post(to: string, body: string): Promise<{ verdict: Verdict; answer: HttpResponse | null }> {
    const { baseUrl, token, timeoutMs, version } = this.#options;
    const { http, clock, signal } = this.#deps;
    while (this.#gate !== null) await this.#gate;
    await this.#deps.beforeRequest();
    try {
      const found = await http({
        url: `${baseUrl}/plugins/webhook/${to}`,
        method: 'POST',
        headers: {
          accept: 'application/json',
          authorization: `Bearer ${token}`,
          'content-type': 'application/json; charset=utf-8',
          'user-agent': `dora-metrics/${version}`,
        },
        body,
        timeoutMs,
        maxBytes: MOST_BYTES,
        signal,
      });
      const answer = { ...found, text: mask(found.text, [token]) };
      return { verdict: judge(answer, clock.now().getTime()), answer };
    } catch (error) {
      if (!hasNoAnswer(error)) throw error;
      const reason = mask(messageOf(error), [token]);
      return { verdict: { do: 'retry', reason, seconds: null, isBusy: false }, answer: null };
    }
  }

  /** Waits before the next try; false where the run has waited long enough. */
  async #wait({ seconds, isBusy }: Extract<Verdict, { do: 'retry' }>, attempt: number): Promise<boolean> {
    // others wait for the same already
    if (isBusy && this.#gate !== null) {
      await this.#gate;
      return true;
    }
    const { retryForMs, lanes } = this.#options;
    const backOff = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempt - 1)) * (0.5 + Math.random() / 2);
    const ms = seconds === null ? backOff : Math.max(seconds * 1000, backOff);
    // those who wait side by side wait once
    const share = isBusy ? ms : ms / lanes;
    if (this.#waitedMs + share > retryForMs) return false;
    this.#waitedMs += share;
    const pause = this.#pause(ms);
    if (isBusy) {
      const gate = pause.finally(() => {
        this.#gate = null;
      });
      // whoever waits for it is told; there may be nobody
      gate.catch(() => undefined);
      this.#gate = gate;
    }
    await pause;
    return true;
  }

  /** In pieces, with a sign of life before each. */
  async #pause(ms: number): Promise<void> {
    const { clock, signal, beforeRequest } = this.#deps;
    for (let left = ms; left > 0; left -= LONGEST_WAIT_MS / 3) {
      await beforeRequest();
      await clock.sleep(Math.min(left, LONGEST_WAIT_MS / 3), signal);
    }
  }
}

/** Where rows of a kind go, below `/plugins/webhook/`: `connections/7/deployments`. */
export function webhookPath(webhook: DevlakeWebhook, kind: DevlakeKind): string {
  const route = DEVLAKE_ROUTES[kind];
  switch (webhook.kind) {
    case 'connection':
      return `connections/${webhook.id}/${route}`;
    case 'name':
      return `connections/by-name/${encodeURIComponent(webhook.name)}/${route}`;
    case 'project':
      // there are projects for deployments only; their connection has this name
      return kind === 'deployment'
        ? `projects/${encodeURIComponent(webhook.name)}/${route}`
        : `connections/by-name/${encodeURIComponent(`${webhook.name}_deployments`)}/${route}`;
  }
}
