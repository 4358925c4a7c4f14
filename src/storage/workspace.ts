import { randomBytes } from 'node:crypto';
import { DoraError } from '../domain/errors.ts';
import { AUDIT, RAW, STATE, streamPrefix, type StreamName } from './paths.ts';
import {
  emptyState,
  formatState,
  parseState,
  type AuditEntry,
  type State,
  type StreamState,
} from './state.ts';
import { VersionConflict, type Storage } from './storage.ts';

/** How often a publication that came second tries again on top of the one that came first. */
const ATTEMPTS = 5;

/** The new state of one stream; `before` is what the run started from. */
export interface StreamUpdate {
  readonly name: StreamName;
  readonly before: StreamState | null;
  readonly after: StreamState;
}

/** Another run published meanwhile what this one wanted to publish: nothing of this publication counts. */
export class PublicationBeaten extends DoraError {}

/** The state of a workspace, read and published as a whole. */
export class Workspace {
  readonly storage: Storage;
  /** As this process read or published it last, with its audit line written: good to build upon until a publication is refused. */
  #last: { readonly state: State; readonly version: string | null } | null = null;

  constructor(storage: Storage) {
    this.storage = storage;
  }

  /** The published state; `null` where nothing was ever extracted. */
  async read(): Promise<State | null> {
    return (await this.#versioned()).state;
  }

  /** The published state, made when there is none, with what a killed run left behind cleared away. */
  async open(): Promise<State> {
    const { state, version } = await this.#versioned();
    if (state === null) return await this.#create();
    await this.#finishAudit(state);
    this.#last = { state, version };
    return state;
  }

  /**
   * Publishes the new streams of a run; all or nothing.
   *
   * `audit` is the line for `audit.jsonl`; `null` when no data changed. `annotations` is the revision that it tells of, if it does. Another run that published other streams meanwhile is built upon; one that changed the same stream wins, and this one throws.
   */
  async publish(
    updates: readonly StreamUpdate[],
    audit: Omit<AuditEntry, 'generation'> | null,
    annotations: number | null = null,
  ): Promise<State> {
    for (let attempt = 1; ; attempt += 1) {
      const { state, version } = this.#last ?? (await this.#whole());
      const generation = state.generation + 1;
      const next: State = {
        ...state,
        generation,
        streams: {
          ...state.streams,
          ...Object.fromEntries(updates.map((update) => this.#entry(state, update))),
        },
        annotations: annotations ?? state.annotations,
        audit: audit === null ? state.audit : { ...audit, generation },
      };
      try {
        const published = await this.storage.replace(STATE, bytes(formatState(next)), version);
        if (audit !== null) await this.#finishAudit(next);
        this.#last = { state: next, version: published };
        return next;
      } catch (error) {
        this.#last = null;
        if (!(error instanceof VersionConflict)) throw error;
        if (attempt === ATTEMPTS) throw this.#beaten('other runs keep publishing');
      }
    }
  }

  /**
   * Removes what runs that are gone left behind: temporary files, and segments that no stream names.
   *
   * What is there is listed before the state is read: a segment that another run publishes meanwhile is named by then.
   */
  async sweep(): Promise<void> {
    const abandoned = await this.storage.abandoned(RAW);
    if (abandoned.length === 0) return;
    const state = await this.read();
    const named = new Set(
      Object.values(state?.streams ?? {}).flatMap((stream) =>
        stream.segments.map(({ name }) => `${streamPrefix(stream)}${name}`),
      ),
    );
    for (const key of abandoned) if (!named.has(key)) await this.storage.remove(key);
  }

  #entry(state: State, { name, before, after }: StreamUpdate): [string, StreamState] {
    const key = streamKey(name);
    const current = state.streams[key] ?? null;
    if (!isSame(current, before)) throw this.#beaten(`another run changed ${key} while this one was running`);
    return [key, after];
  }

  #beaten(what: string): PublicationBeaten {
    return new PublicationBeaten(
      'data',
      `${what}: nothing of this run was kept in ${this.storage.location}`,
      {
        hint: 'run it again; what the other run stored is used.',
      },
    );
  }

  async #create(): Promise<State> {
    const state = emptyState(randomBytes(32).toString('hex'));
    try {
      await this.storage.replace(STATE, bytes(formatState(state)), null);
      return state;
    } catch (error) {
      const other = error instanceof VersionConflict ? await this.read() : null;
      if (other === null) throw error;
      return other;
    }
  }

  /** The published state, with the line of the run that published it in the audit: the next publication tells of itself only. */
  async #whole(): Promise<{ readonly state: State; readonly version: string | null }> {
    const { state, version } = await this.#versioned();
    if (state === null)
      throw new DoraError('data', `${this.storage.location} was removed while it was written`);
    await this.#finishAudit(state);
    return { state, version };
  }

  async #versioned(): Promise<{ readonly state: State | null; readonly version: string | null }> {
    const found = await this.storage.readVersioned(STATE);
    if (found === null) return { state: null, version: null };
    const where = `${this.storage.location}/${STATE}`;
    return { state: parseState(new TextDecoder().decode(found.body), where), version: found.version };
  }

  /** The audit line is written after the state it tells of; a run that died between is caught up here, by whoever comes first. */
  async #finishAudit({ audit }: State): Promise<void> {
    for (let attempt = 1; audit !== null; attempt += 1) {
      const found = await this.storage.readVersioned(AUDIT);
      const written = new TextDecoder().decode(found?.body);
      if (lastGeneration(written) >= audit.generation) return;
      // a person, or a machine that lost its power, may have left the last line without an end
      const whole = written === '' || written.endsWith('\n') ? written : `${written}\n`;
      try {
        await this.storage.replace(
          AUDIT,
          bytes(`${whole}${JSON.stringify(audit)}\n`),
          found?.version ?? null,
        );
        return;
      } catch (error) {
        if (!(error instanceof VersionConflict) || attempt === ATTEMPTS) throw error;
      }
    }
  }
}

/** The generation of the last line of an audit; 0 for an empty one. */
function lastGeneration(text: string): number {
  const last = text.trimEnd().split('\n').at(-1) ?? '';
  const generation = /"generation":(\d+)/u.exec(last)?.[1];
  return generation === undefined ? 0 : Number(generation);
}

/** The name of a stream in the state: `git/acme/shop/commits`. */
export function streamKey({ source, scope, stream }: StreamName): string {
  return `${source}/${scope}/${stream}`;
}

/** Two runs that both found nothing new agree about everything but the time. */
function isSame(a: StreamState | null, b: StreamState | null): boolean {
  const facts = (state: StreamState | null) =>
    state === null ? '' : JSON.stringify([state.cursor, state.segments.map(({ sha256 }) => sha256)]);
  return facts(a) === facts(b);
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
