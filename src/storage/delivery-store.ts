import { SECOND } from '../domain/units.ts';
import { DoraError } from '../domain/errors.ts';
import type { Clock } from '../io/ports.ts';
import { HOST, isRunning } from '../io/processes.ts';
import {
  DeliveryLog,
  isRow,
  type DeliveryHead,
  type DeliveryRecord,
  type DeliveryRow,
  type DeliverySegment,
  type DeliveryVerdict,
  type VersionedHead,
} from './delivery-log.ts';
import { deliveriesPrefix } from './paths.ts';
import { VersionConflict, type Storage } from './storage.ts';

/** A segment of rows ends at about this size, so that one can be held. */
const SEGMENT_CHARACTERS = 4 << 20;

/** Above so many segments all of them become one row an id when somebody lets go. */
const MOST_SEGMENTS = 12;

/** How often it is looked whether somebody else is done. */
const POLL_MS = 2 * SECOND;

/** What is known of a row without its body. */
export interface DeliveryEntry extends Pick<
  DeliveryRow,
  'kind' | 'repository' | 'environment' | 'to' | 'hash' | 'status' | 'reason'
> {
  /** Where its row is: number of the segment, and of the record in it. */
  readonly at: readonly [number, number];
}

/** Somebody else has begun to send, because this process gave no sign of life for too long. */
export class LeaseLost extends DoraError {}

export interface StoreDeps {
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  /** Longer than any request can take, milliseconds: after so long without a sign of life somebody else may send. */
  readonly leaseMs: number;
  /** Called while another process is sending. */
  readonly onWait: () => void;
}

/** Which rows are asked for. */
export type Wanted = (id: string, entry: DeliveryEntry) => boolean;

/** What was sent to one receiver, what waits, and what was refused. */
export interface Deliveries {
  readonly entries: ReadonlyMap<string, DeliveryEntry>;
  readonly rows: (isWanted: Wanted) => AsyncGenerator<DeliveryRow>;
}

/** The same as long as nobody sends: another process may be sending. */
export async function readDeliveries(storage: Storage, receiver: string): Promise<Deliveries> {
  const log = new DeliveryLog(storage, deliveriesPrefix(receiver));
  for (;;) {
    const { head, version } = await log.head();
    const segments = standing(head.segments, await log.segments());
    try {
      const entries = await entriesOf(log, segments);
      return { entries, rows: (isWanted) => rowsOf(log, segments, entries, isWanted) };
    } catch (error) {
      // whoever was sending may have put them together meanwhile
      if ((await log.head()).version === version) throw error;
    }
  }
}

async function* rowsOf(
  log: DeliveryLog,
  segments: readonly DeliverySegment[],
  entries: ReadonlyMap<string, DeliveryEntry>,
  isWanted: Wanted,
): AsyncGenerator<DeliveryRow> {
  for (const [number, segment] of segments.entries()) {
    const wanted = new Set<number>();
    for (const [id, entry] of entries)
      if (entry.at[0] === number && isWanted(id, entry)) wanted.add(entry.at[1]);
    if (wanted.size === 0) continue;
    for (const [position, record] of (await log.read(segment)).entries())
      if (wanted.has(position) && isRow(record)) yield record;
  }
}

/**
 * The outbox for one receiver, and the ledger of what it has. One process at a time may send; what is to be sent is stored before, and what became of
 * it after.
 *
 * A process that is killed in between leaves rows that wait: they are sent again, and being whole rows under the same id they change nothing the second time.
 */
export class DeliveryStore implements Deliveries {
  readonly entries: Map<string, DeliveryEntry>;
  readonly #log: DeliveryLog;
  readonly #deps: StoreDeps;
  #head: DeliveryHead;
  #version: string | null;
  /** When the head was replaced last, by the clock of this process. */
  #seenAt: number;
  /** The replacement under way: those of one process do not race each other. */
  #busy: Promise<unknown> = Promise.resolve();

  private constructor(
    log: DeliveryLog,
    { head, version }: VersionedHead,
    entries: Map<string, DeliveryEntry>,
    deps: StoreDeps,
  ) {
    this.#log = log;
    this.#head = head;
    this.#version = version;
    this.entries = entries;
    this.#deps = deps;
    this.#seenAt = deps.clock.now().getTime();
  }

  /** Waits until nobody else is sending. Throws a `DoraError` for what is damaged. */
  static async acquire(storage: Storage, receiver: string, deps: StoreDeps): Promise<DeliveryStore> {
    const log = new DeliveryLog(storage, deliveriesPrefix(receiver));
    const { strays, ...held } = await leased(log, deps);
    try {
      const store = new DeliveryStore(log, held, await entriesOf(log, held.head.segments), deps);
      for (const name of strays) await log.remove(name);
      return store;
    } catch (error) {
      // nobody need wait for who does not send; what went wrong is told, and not that this did too
      await log.replace(after(held.head, { holder: null }), held.version).catch(() => undefined);
      throw error;
    }
  }

  /** Stores rows that are to be sent; they count when it returns. */
  async add(rows: AsyncIterable<DeliveryRow> | Iterable<DeliveryRow>): Promise<void> {
    let held: DeliveryRow[] = [];
    let size = 0;
    for await (const row of rows) {
      held.push(row);
      size += JSON.stringify(row.body).length;
      if (size < SEGMENT_CHARACTERS) continue;
      await this.#append(held);
      held = [];
      size = 0;
    }
    if (held.length > 0) await this.#append(held);
  }

  /** Stores what became of rows. */
  async settle(verdicts: readonly DeliveryVerdict[]): Promise<void> {
    if (verdicts.length > 0) await this.#append(verdicts);
  }

  /** A sign of life, where the last one is too old to begin another request. Throws `LeaseLost` when it came too late. */
  async renew(): Promise<void> {
    if (this.#isFresh()) return;
    await this.#inTurn(async () => {
      if (!this.#isFresh()) await this.#replace(this.#head.segments);
    });
  }

  #isFresh(): boolean {
    return this.#deps.clock.now().getTime() - this.#seenAt < this.#deps.leaseMs / 4;
  }

  async #inTurn<Result>(action: () => Promise<Result>): Promise<Result> {
    const turn = this.#busy.then(action);
    this.#busy = turn.catch(() => undefined);
    return await turn;
  }

  /** The rows of some ids, in the order in which they were stored; each is held only while it is used. What is added meanwhile is not part of it. */
  rows(isWanted: Wanted): AsyncGenerator<DeliveryRow> {
    return rowsOf(this.#log, this.#head.segments, this.entries, isWanted);
  }

  /** Lets go. Of a long history only the last row of each id stays. */
  async release(): Promise<void> {
    await this.#inTurn(async () => {
      const before = this.#head.segments;
      const segments = before.length > MOST_SEGMENTS ? await this.#together() : before;
      await this.#replace(segments, null);
      const kept = new Set(segments.map(({ name }) => name));
      for (const { name } of before) if (!kept.has(name)) await this.#log.remove(name);
    });
  }

  async #append(records: readonly DeliveryRecord[]): Promise<void> {
    await this.#inTurn(async () => {
      const segment = await this.#log.write(nextNumber(this.#head.segments), records);
      const position = this.#head.segments.length;
      await this.#replace([...this.#head.segments, segment]);
      for (const [line, record] of records.entries()) note(this.entries, record, [position, line]);
    });
  }

  /** One row for each id, in the same order. What was sent needs no body any more. */
  async #together(): Promise<DeliverySegment[]> {
    const segments: DeliverySegment[] = [];
    let number = nextNumber(this.#head.segments);
    let held: DeliveryRow[] = [];
    let size = 0;
    const flush = async () => {
      if (held.length > 0) segments.push(await this.#log.write(number, held));
      number += 1;
      held = [];
      size = 0;
    };
    for await (const row of this.rows(() => true)) {
      const { status, reason } = this.entries.get(row.row) ?? row;
      const body = status === 'sent' ? null : row.body;
      held.push({ ...row, status, reason, body });
      size += JSON.stringify(row.commits).length + (body === null ? 0 : JSON.stringify(body).length) + 200;
      if (size > SEGMENT_CHARACTERS) await flush();
    }
    await flush();
    return segments;
  }

  async #replace(segments: readonly DeliverySegment[], holder = this.#head.holder): Promise<void> {
    const next = after(this.#head, { holder, segments });
    try {
      this.#version = await this.#log.replace(next, this.#version);
    } catch (error) {
      if (!(error instanceof VersionConflict)) throw error;
      throw new LeaseLost('data', 'another push has taken over', {
        hint: 'it sends what this one could not finish; run this again to see that all was sent.',
        cause: error,
      });
    }
    this.#head = next;
    this.#seenAt = this.#deps.clock.now().getTime();
  }
}

/** The head with this process as its holder, and the segments that a killed one left. */
async function leased(
  log: DeliveryLog,
  deps: StoreDeps,
): Promise<VersionedHead & { readonly strays: readonly string[] }> {
  const { clock, signal, leaseMs, onWait } = deps;
  let seen: string | null = null;
  let silentMs = 0;
  for (;;) {
    const { head, version } = await log.head();
    const { holder } = head;
    silentMs = version === seen ? silentMs + POLL_MS : 0;
    seen = version;
    if (holder === null || isGone(holder.writer, log.storage) || silentMs >= holder.seconds * SECOND) {
      // what is there by now and not named can never be: later, it could be that of somebody who has taken over
      const there = await log.segments();
      const segments = standing(head.segments, there);
      const named = new Set(segments.map(({ name }) => name));
      const mine = { writer: log.storage.writerName, seconds: Math.ceil(leaseMs / SECOND) };
      const next = after(head, { holder: mine, segments });
      try {
        const held = { head: next, version: await log.replace(next, version) };
        return { ...held, strays: there.filter((name) => !named.has(name)) };
      } catch (error) {
        if (!(error instanceof VersionConflict)) throw error;
        continue;
      }
    }
    onWait();
    await clock.sleep(POLL_MS, signal);
  }
}

function after(head: DeliveryHead, some: Partial<DeliveryHead>): DeliveryHead {
  return { ...head, generation: head.generation + 1, ...some };
}

/** None where not one is there: somebody has deleted the folder, of which a place may remember more than what was in it. */
function standing(
  segments: readonly DeliverySegment[],
  there: readonly string[],
): readonly DeliverySegment[] {
  return segments.some(({ name }) => there.includes(name)) ? segments : [];
}

/** Whether a process of this machine is known to have ended; of other machines nobody knows. */
function isGone(writer: string, { writerName }: Storage): boolean {
  const [, host, pid] = /^w([0-9a-f]{6})-(\d+)-/u.exec(writer) ?? [];
  if (pid === undefined || host !== HOST) return false;
  // in a container the number is often that of the one before
  return Number(pid) === process.pid ? writer !== writerName : !isRunning(Number(pid));
}

async function entriesOf(
  log: DeliveryLog,
  segments: readonly DeliverySegment[],
): Promise<Map<string, DeliveryEntry>> {
  const entries = new Map<string, DeliveryEntry>();
  for (const [number, segment] of segments.entries())
    for (const [line, record] of (await log.read(segment)).entries()) note(entries, record, [number, line]);
  return entries;
}

function note(entries: Map<string, DeliveryEntry>, record: DeliveryRecord, at: DeliveryEntry['at']): void {
  if (isRow(record)) {
    const { row, kind, repository, environment, to, hash, status, reason } = record;
    entries.set(row, { kind, repository, environment, to, hash, status, reason, at });
    return;
  }
  const entry = entries.get(record.of);
  if (entry?.hash === record.hash)
    entries.set(record.of, { ...entry, status: record.status, reason: record.reason });
}

function nextNumber(segments: readonly DeliverySegment[]): number {
  return segments.reduce((most, { name }) => Math.max(most, Number.parseInt(name, 10) || 0), 0) + 1;
}
