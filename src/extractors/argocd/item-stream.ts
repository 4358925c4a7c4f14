import { DoraError } from '../../domain/errors.ts';
import { printable } from '../../domain/printable.ts';
import { ConnectionFailed, RequestTimeout } from '../../io/http.ts';
import { mask } from '../../io/log.ts';
import type { Clock, Log, StreamedResponse, StreamingHttp, StreamRequest } from '../../io/ports.ts';
import { codeOf } from '../../io/tls-http.ts';
import { identityOf } from './identity.ts';
import { JsonScanner, ScanFailure } from './json-scanner.ts';
import { connectionTrouble, type Trouble } from './trouble.ts';

/** What is needed of the world to ask a server. */
export interface ServerDeps {
  readonly http: StreamingHttp;
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  readonly signal?: AbortSignal | undefined;
}

/** A request as it is sent, made anew for each attempt: credentials change. */
export interface Outgoing extends Pick<StreamRequest, 'url' | 'headers' | 'tls'> {
  /** What must not be seen in any message. */
  readonly secrets: readonly string[];
}

/** What a server said instead of an answer. */
export interface Refusal {
  readonly status: number;
  /** Its own words, harmless and short; `''` where it has none. */
  readonly said: string;
  /** Where a redirect leads: a host, never more. */
  readonly location: string;
}

/** What is different from server to server: how it is asked, and what its answers mean. */
export interface Server {
  /** For messages: `the cluster at https://…`. */
  readonly name: string;
  outgoing(path: string): Promise<Outgoing>;
  /** Gets other credentials; `false` where there are no others. */
  renew(): Promise<boolean>;
  refused(path: string, refusal: Refusal): DoraError;
  /** Why there is no connection, where it would fail again. */
  unreachable(trouble: Trouble): DoraError;
}

/** A status that the caller may know something to do about. */
export class StatusFailure extends DoraError {
  readonly status: number;

  constructor(status: number, { message, hint }: DoraError) {
    super('source', message, hint === undefined ? {} : { hint });
    this.status = status;
  }
}

export type Envelope = Readonly<Record<string, unknown>>;

type Outcome =
  | { readonly kind: 'whole'; readonly envelope: Envelope }
  | { readonly kind: 'unauthorized'; readonly refusal: Refusal }
  | { readonly kind: 'again'; readonly why: string; readonly afterMs: number | null };

interface Progress {
  /** Whether an item came that had not come before. */
  isMade: boolean;
}

export interface Patience {
  readonly timeoutMs: number;
  /** How often something that may go well the next time is asked in a row without any progress. */
  readonly attempts?: number | undefined;
}

const ATTEMPTS = 6;
const LONGEST_BACK_OFF_MS = 60_000;
const LONGEST_WAIT_MS = 5 * 60_000;
/** Enough of a refusal to know what it is. */
const REFUSAL_BYTES = 64 * 1024;

/** Reads lists from a server item by item, and goes on after a failure where the server allows it. */
export class ItemStream {
  readonly #server: Server;
  readonly #deps: ServerDeps;
  readonly #timeoutMs: number;
  readonly #attempts: number;
  /** What has been passed on: an answer that broke off begins anew. */
  readonly #seen = new Set<string>();

  constructor(server: Server, deps: ServerDeps, { timeoutMs, attempts = ATTEMPTS }: Patience) {
    this.#server = server;
    this.#deps = deps;
    this.#timeoutMs = timeoutMs;
    this.#attempts = attempts;
  }

  /**
   * The items of the list at `path`, and in the end what stands around them. An object that changes while the list is read may come twice, the newer
   * one later. Throws a `DoraError` for what asking again does not help.
   */
  async *items(path: string): AsyncGenerator<unknown, Envelope> {
    let isRenewed = false;
    let failures = 0;
    for (;;) {
      const progress: Progress = { isMade: false };
      const outcome = yield* this.#attempt(path, progress);
      if (outcome.kind === 'whole') return outcome.envelope;
      if (outcome.kind === 'unauthorized') {
        if (isRenewed || !(await this.#server.renew())) throw this.#refused(path, outcome.refusal);
        isRenewed = true;
        continue;
      }
      failures = progress.isMade ? 1 : failures + 1;
      if (progress.isMade) isRenewed = false;
      await this.#backOff(outcome, failures);
    }
  }

  async *#attempt(path: string, progress: Progress): AsyncGenerator<unknown, Outcome> {
    const outgoing = await this.#server.outgoing(path);
    try {
      const response = await this.#deps.http({
        url: outgoing.url,
        headers: {
          accept: 'application/json',
          'user-agent': `dora-metrics/${this.#deps.version}`,
          ...outgoing.headers,
        },
        tls: outgoing.tls,
        idleTimeoutMs: this.#timeoutMs,
        signal: this.#deps.signal,
      });
      if (response.status !== 200) return await this.#judge(path, response, outgoing.secrets);
      if (/\bhtml\b/u.test(response.headers['content-type'] ?? '')) {
        await beginningOf(response);
        throw this.#server.unreachable('web-page');
      }
      return { kind: 'whole', envelope: yield* this.#list(response, progress) };
    } catch (error) {
      return this.#afterFailure(error, outgoing.secrets);
    }
  }

  async *#list({ body }: StreamedResponse, progress: Progress): AsyncGenerator<unknown, Envelope> {
    const scanner = new JsonScanner();
    let envelope: Envelope | null = null;
    for await (const chunk of body) {
      for (const found of scanner.push(chunk)) {
        if (found.kind === 'list-end') envelope = found.envelope;
        else if (found.where.item === null) throw this.#server.unreachable('other-answer');
        else if (this.#isNew(found.value)) {
          progress.isMade = true;
          yield found.value;
        }
      }
    }
    scanner.end();
    if (envelope === null) throw this.#server.unreachable('other-answer');
    return envelope;
  }

  #isNew(value: unknown): boolean {
    const identity = identityOf(value);
    if (identity === null) return true;
    if (this.#seen.has(identity)) return false;
    this.#seen.add(identity);
    return true;
  }

  async #judge(path: string, response: StreamedResponse, secrets: readonly string[]): Promise<Outcome> {
    const { status, headers } = response;
    const said = saying(await beginningOf(response), secrets);
    const refusal = { status, said, location: hostOf(headers['location']) };
    if (status === 401) return { kind: 'unauthorized', refusal };
    if (status !== 408 && status !== 429 && status < 500) throw this.#refused(path, refusal);
    const why = said === '' ? `status ${status}` : `status ${status}: ${said}`;
    return { kind: 'again', why, afterMs: this.#retryAfter(headers['retry-after']) };
  }

  #refused(path: string, refusal: Refusal): StatusFailure {
    return new StatusFailure(refusal.status, this.#server.refused(path, refusal));
  }

  #afterFailure(error: unknown, secrets: readonly string[]): Outcome {
    if (error instanceof ScanFailure) {
      // aliases are a matter of YAML
      if (error.problem !== 'truncated')
        throw this.#server.unreachable(error.problem === 'too-many-aliases' ? 'malformed' : error.problem);
      return { kind: 'again', why: 'the answer ended in its middle', afterMs: null };
    }
    if (!(error instanceof RequestTimeout) && !(error instanceof ConnectionFailed)) throw error;
    const trouble = connectionTrouble(codeOf(error), error.message);
    if (trouble !== null) throw this.#server.unreachable(trouble);
    return { kind: 'again', why: printable(mask(error.message, secrets)), afterMs: null };
  }

  async #backOff({ why, afterMs }: Extract<Outcome, { kind: 'again' }>, failures: number): Promise<void> {
    const { clock, log, signal } = this.#deps;
    const { name } = this.#server;
    if (failures >= this.#attempts)
      throw new DoraError('source', `${name}: gave up after ${failures} attempts: ${why}`, {
        hint: 'run the same command again later; what was read before is kept.',
      });
    if (afterMs !== null && afterMs > LONGEST_WAIT_MS)
      throw new DoraError(
        'source',
        `${name} asks to be left alone for ${Math.ceil(afterMs / 60_000)} minutes`,
        {
          hint: 'run the same command again after that.',
        },
      );
    const longest = Math.min(LONGEST_BACK_OFF_MS, 1000 * 2 ** (failures - 1));
    // half of it is chance, so that many runs do not come back together
    const pause = Math.max(afterMs ?? 0, longest * (0.5 + Math.random() / 2));
    log.debug(`${name}: ${why}; asking again`, { attempt: failures });
    await clock.sleep(pause, signal);
  }

  /** Seconds, or an instant. */
  #retryAfter(text: string | undefined): number | null {
    if (text === undefined || text.trim() === '') return null;
    const seconds = Number(text);
    const milliseconds = Number.isNaN(seconds)
      ? Date.parse(text) - this.#deps.clock.now().getTime()
      : seconds * 1000;
    return Number.isFinite(milliseconds) ? Math.max(0, milliseconds) : null;
  }
}

async function beginningOf({ body }: StreamedResponse): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= REFUSAL_BYTES) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** `message` of an error's body; else the beginning of what is neither JSON nor a page. */
function saying(text: string, secrets: readonly string[]): string {
  const message = messageIn(text) ?? (text.trimStart().startsWith('<') ? '' : text);
  return printable(mask(message, secrets).trim().slice(0, 300));
}

function messageIn(text: string): string | null {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body !== 'object' || body === null) return null;
    const message: unknown = 'message' in body ? body.message : 'error' in body ? body.error : '';
    return typeof message === 'string' ? message : '';
  } catch {
    return null;
  }
}

function hostOf(location: string | undefined): string {
  return location !== undefined && URL.canParse(location) ? new URL(location).host : '';
}
