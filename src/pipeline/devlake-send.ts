import { counted } from '../domain/counted.ts';
import type { DevlakeClient, Delivery } from '../exporters/devlake/client.ts';
import { hintFor } from '../exporters/devlake/verdict.ts';
import { SECOND } from '../domain/units.ts';
import type { Clock } from '../io/ports.ts';
import type { DeliveryRow, DeliveryVerdict } from '../storage/delivery-log.ts';
import type { DeliveryStore, Wanted } from '../storage/delivery-store.ts';

/** So many in a row are refused, and the next ones would be, too: the key, or the address, is wrong. */
const REFUSED_IN_A_ROW = 5;
/** So many in a row get no answer, and nobody is there. */
const UNANSWERED_IN_A_ROW = 3;

/** What became of rows is stored together, and not later than after so long. */
const BATCH = 200;
const BATCH_MS = 2 * SECOND;

/** What became of the rows of one project in one run. */
export interface SendSummary {
  readonly sent: number;
  readonly refused: number;
  readonly unanswered: number;
  /** Pull requests that this server has no route for. */
  readonly withoutRoute: number;
  /** Why it was given up, in words; `null` where it went to the end. */
  readonly stopped: string | null;
  /** Reasons of refusals and silence, each once with how often, and what to do. */
  readonly reasons: readonly string[];
  readonly hints: readonly string[];
}

/** Sends everything that waits for one project, in order, so many at a time, and stores what became of it. */
export class DevlakeSender {
  readonly #store: DeliveryStore;
  readonly #client: DevlakeClient;
  readonly #clock: Clock;
  readonly #onSent: () => void;
  readonly #reasons = new Map<string, number>();
  #verdicts: DeliveryVerdict[] = [];
  #settledAt: number;
  #sent = 0;
  #refused = 0;
  #unanswered = 0;
  #withoutRoute = 0;
  #refusedInARow = 0;
  #unansweredInARow = 0;
  #stopped: string | null = null;

  constructor(
    store: DeliveryStore,
    client: DevlakeClient,
    { clock, onSent }: { readonly clock: Clock; readonly onSent: () => void },
  ) {
    this.#store = store;
    this.#client = client;
    this.#clock = clock;
    this.#onSent = onSent;
    this.#settledAt = clock.now().getTime();
  }

  /**
   * What was sent is stored in any case, also when this throws.
   *
   * Rows that got no good answer before come last: one that the server can never store must not keep the others waiting for ever.
   */
  async run(lanes: number): Promise<SendSummary> {
    const hadTrouble = new Set(
      [...this.#store.entries].flatMap(([id, { reason }]) => (reason === null ? [] : [id])),
    );
    for (const isLate of [false, true]) {
      const isNext = (id: string) => hadTrouble.has(id) === isLate;
      await this.#send(lanes, (id, { status }) => status === 'waiting' && isNext(id));
    }
    return this.#summary();
  }

  async #send(lanes: number, isWanted: Wanted): Promise<void> {
    const underWay = new Set<Promise<void>>();
    const failures: unknown[] = [];
    try {
      for await (const row of this.#store.rows(isWanted)) {
        while (underWay.size >= lanes) await Promise.race(underWay);
        if (this.#stopped !== null || failures.length > 0) break;
        if (row.kind === 'pull-request' && this.#withoutRoute > 0) {
          this.#withoutRoute += 1;
          continue;
        }
        const task = this.#deliver(row).catch((error: unknown) => void failures.push(error));
        const tracked = task.finally(() => underWay.delete(tracked));
        underWay.add(tracked);
      }
    } finally {
      await Promise.all(underWay);
      await this.#settle();
    }
    if (failures.length > 0) throw failures[0];
  }

  async #deliver(row: DeliveryRow): Promise<void> {
    const delivery = await this.#client.deliver(row.to, JSON.stringify(row.body));
    this.#note(row, delivery);
    const isDue = this.#clock.now().getTime() - this.#settledAt >= BATCH_MS;
    if (this.#verdicts.length >= BATCH || (isDue && this.#verdicts.length > 0)) await this.#settle();
  }

  #note({ row, hash, kind }: DeliveryRow, delivery: Delivery): void {
    const verdict = { of: row, hash };
    switch (delivery.kind) {
      case 'stored':
        this.#sent += 1;
        this.#refusedInARow = 0;
        this.#unansweredInARow = 0;
        this.#verdicts.push({ ...verdict, status: 'sent', reason: null });
        this.#onSent();
        return;
      case 'refused':
        if (kind === 'pull-request' && delivery.isNoRoute) {
          this.#withoutRoute += 1;
          return;
        }
        this.#refused += 1;
        this.#refusedInARow += 1;
        this.#tell(delivery.reason);
        this.#verdicts.push({ ...verdict, status: 'parked', reason: delivery.reason });
        if (this.#refusedInARow >= REFUSED_IN_A_ROW)
          this.#stopped = `${counted(REFUSED_IN_A_ROW, 'row')} one behind the other were refused`;
        return;
      case 'unanswered':
        this.#unanswered += 1;
        this.#unansweredInARow += 1;
        this.#tell(delivery.reason);
        this.#verdicts.push({ ...verdict, status: 'waiting', reason: delivery.reason });
        if (this.#unansweredInARow >= UNANSWERED_IN_A_ROW)
          this.#stopped = `${counted(UNANSWERED_IN_A_ROW, 'row')} one behind the other got no good answer`;
    }
  }

  #tell(reason: string): void {
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
  }

  async #settle(): Promise<void> {
    const verdicts = this.#verdicts;
    this.#verdicts = [];
    this.#settledAt = this.#clock.now().getTime();
    await this.#store.settle(verdicts);
  }

  #summary(): SendSummary {
    const most = [...this.#reasons].sort(([, a], [, b]) => b - a);
    return {
      sent: this.#sent,
      refused: this.#refused,
      unanswered: this.#unanswered,
      withoutRoute: this.#withoutRoute,
      stopped: this.#stopped,
      reasons: most.map(([reason, times]) => (times === 1 ? reason : `${reason} (${String(times)} times)`)),
      hints: [...new Set(most.flatMap(([reason]) => hintFor(reason) ?? []))],
    };
  }
}
