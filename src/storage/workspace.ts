import { randomBytes } from 'node:crypto';
import { DoraError } from '../domain/errors.ts';
import type { Clock } from '../io/ports.ts';
import { AUDIT, auditKey, RAW, STATE, streamPrefix, type StreamName } from './paths.ts';
import {
  emptyState,
  formatState,
  parseState,
  type AuditEntry,
  type State,
  type StreamState,
} from './state.ts';
import { VersionConflict, type Storage } from './storage.ts';
import { writeObject } from './write-object.ts';

/** How often a publication that came second tries again on top of the one that came first: each time another one has got on. */
const ATTEMPTS = 24;
const FIRST_WAIT_MS = 20;
const LONGEST_WAIT_MS = 2000;

/** An audit of this size is put aside, and a new one begun: it is written whole with each publication. */
const AUDIT_BYTES = 1 << 16;
/** Or of so many times as much as is added to it: a publication of thousands of repositories must not begin a new one each time. */
const AUDIT_TIMES = 16;

/** The new state of one stream; `before` is what the run started from. */
export interface StreamUpdate {
  readonly name: StreamName;
  readonly before: StreamState | null;
  readonly after: StreamState;
}

/** What one source or one person adds to the state; all of it or nothing. */
export interface Publication {
  readonly updates: readonly StreamUpdate[];
  /** The line for `audit.jsonl`; `null` when no data changed. */
  readonly audit: Omit<AuditEntry, 'generation'> | null;
  /** The revision of the annotations that it tells of, if it does. */
  readonly annotations?: number | null;
}

/** Another run published meanwhile what this one wanted to publish: nothing of this publication counts. */
export class PublicationBeaten extends DoraError {}

/** The state of a workspace, read and published as a whole. */
export class Workspace {
  readonly storage: Storage;
  readonly #clock: Clock;
  /** As this process read or published it last, with its audit written: good to build upon until a publication is refused. */
  #last: { readonly state: State; readonly version: string | null } | null = null;
  /** Up to this generation this process has seen the lines in the audit. */
  #audited = 0;
  /** The publication under way: those of one process do not race each other. */
  #busy: Promise<unknown> = Promise.resolve();

  constructor(storage: Storage, clock: Clock) {
    this.storage = storage;
    this.#clock = clock;
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

  /** The state as this process published or read it last; another run may have published since. */
  async latest(): Promise<State> {
    return this.#last?.state ?? (await this.open());
  }

  /**
   * Publishes the new streams of a run; all or nothing.
   *
   * Another run that published other streams meanwhile is built upon; one that changed the same stream wins, and this one throws `PublicationBeaten`.
   */
  async publish(
    updates: readonly StreamUpdate[],
    audit: Publication['audit'],
    annotations: number | null = null,
  ): Promise<State> {
    const { state, beaten } = await this.publishAll([{ updates, audit, annotations }]);
    const [error] = beaten.values();
    if (error !== undefined) throw error;
    return state;
  }

  /**
   * Publishes several at once, each for itself: one that another run was faster with is left out, and the others count.
   *
   * Out: the state, and what was left out, by its position.
   */
  async publishAll(
    publications: readonly Publication[],
  ): Promise<{ readonly state: State; readonly beaten: ReadonlyMap<number, PublicationBeaten> }> {
    const turn = this.#busy.then(async () => await this.#publishAll(publications));
    this.#busy = turn.catch(() => undefined);
    return await turn;
  }

  /** Puts a memo down for the next run, unless another one has published meanwhile: it makes its own. */
  async remember(memo: State['memo']): Promise<void> {
    const turn = this.#busy.then(async () => {
      const last = this.#last;
      if (last === null || JSON.stringify(last.state.memo) === JSON.stringify(memo)) return;
      this.#last = null;
      const next = {
        ...last.state,
        memo,
        generation: last.state.generation + 1,
        audited: auditedIn(last.state),
      };
      const published = await this.#replaced(next, last.version);
      if (published !== null) this.#last = { state: next, version: published };
    });
    this.#busy = turn.catch(() => undefined);
    await turn;
  }

  async #publishAll(publications: readonly Publication[]) {
    for (let attempt = 1; ; attempt += 1) {
      const { state, version } = this.#last ?? (await this.#whole());
      const { next, beaten } = this.#built(state, publications);
      if (beaten.size === publications.length) return { state, beaten };
      this.#last = null;
      const published = await this.#replaced(next, version);
      if (published !== null) {
        // it is published by now: what fails from here on must not publish it again
        if (next.audit !== state.audit) await this.#finishAudit(next);
        this.#last = { state: next, version: published };
        return { state: next, beaten };
      }
      if (attempt === ATTEMPTS) throw this.#beaten('other runs keep publishing');
      await this.#clock.sleep(waitAfter(attempt));
    }
  }

  /** The version of the new state; `null` where another one was there first. */
  async #replaced(next: State, version: string | null): Promise<string | null> {
    try {
      return await this.storage.replace(STATE, bytes(formatState(next)), version);
    } catch (error) {
      if (error instanceof VersionConflict) return null;
      throw error;
    }
  }

  /** The state with every publication in it that can still be built upon it. */
  #built(
    state: State,
    publications: readonly Publication[],
  ): { readonly next: State; readonly beaten: ReadonlyMap<number, PublicationBeaten> } {
    const generation = state.generation + 1;
    const streams = { ...state.streams };
    const beaten = new Map<number, PublicationBeaten>();
    const audit: AuditEntry[] = [];
    let { annotations } = state;
    for (const [position, publication] of publications.entries()) {
      const lost = publication.updates.find(
        ({ name, before }) => !isSame(streams[streamKey(name)] ?? null, before),
      );
      if (lost !== undefined) {
        const key = streamKey(lost.name);
        beaten.set(position, this.#beaten(`another run changed ${key} while this one was running`));
        continue;
      }
      for (const { name, after } of publication.updates) streams[streamKey(name)] = after;
      if (publication.audit !== null) audit.push({ ...publication.audit, generation });
      annotations = publication.annotations ?? annotations;
    }
    const lines = audit.length === 0 ? state.audit : audit;
    // nothing is built upon a state whose lines are not in the audit
    const audited = auditedIn(state);
    return { next: { ...state, generation, streams, annotations, audit: lines, audited }, beaten };
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
      const version = await this.storage.replace(STATE, bytes(formatState(state)), null);
      this.#last = { state, version };
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

  /** The lines of the audit are written after the state they tell of; a run that died between is caught up here, by whoever comes first. */
  async #finishAudit({ audit, audited }: State): Promise<void> {
    const [first] = audit;
    if (first === undefined) return;
    // where it costs next to nothing it is looked at all the same: a file may be behind its newest version
    if (!this.storage.isNear && first.generation <= Math.max(audited, this.#audited)) return;
    const lines = audit.map((entry) => `${JSON.stringify(entry)}\n`).join('');
    for (let attempt = 1; ; attempt += 1) {
      const found = await this.storage.readVersioned(AUDIT);
      const written = new TextDecoder().decode(found?.body);
      if (lastGeneration(written) >= first.generation) break;
      const most = Math.max(AUDIT_BYTES, AUDIT_TIMES * lines.length);
      const kept = written.length < most ? written : await this.#putAside(written);
      // a person, or a machine that lost its power, may have left the last line without an end
      const whole = kept === '' || kept.endsWith('\n') ? kept : `${kept}\n`;
      try {
        await this.storage.replace(AUDIT, bytes(`${whole}${lines}`), found?.version ?? null);
        break;
      } catch (error) {
        if (!(error instanceof VersionConflict) || attempt === ATTEMPTS) throw error;
        await this.#clock.sleep(waitAfter(attempt));
      }
    }
    this.#audited = first.generation;
  }

  /** Keeps a long audit under the number of its last generation; whoever does it at the same time writes the same. */
  async #putAside(written: string): Promise<string> {
    await writeObject(this.storage, auditKey(lastGeneration(written)), [bytes(written)]);
    return '';
  }
}

/** The generation of the last line of an audit; 0 for an empty one. */
function lastGeneration(text: string): number {
  const last = text.trimEnd().split('\n').at(-1) ?? '';
  const generation = /"generation":(\d+)/u.exec(last)?.[1];
  return generation === undefined ? 0 : Number(generation);
}

/** All lines of a state whose audit was finished. */
function auditedIn({ audit, audited }: State): number {
  return Math.max(audited, audit[0]?.generation ?? 0);
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

/** Longer each time, and never the same for two that wait for each other. */
function waitAfter(attempt: number): number {
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt) * (0.5 + Math.random() / 2);
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
