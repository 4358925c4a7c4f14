import type { Place } from './collection.ts';
import { Thread, type ThreadFacts } from './thread.ts';

export type CloseReason = 'COMPLETED' | 'NOT_PLANNED' | 'DUPLICATE';

export interface IssueFacts extends ThreadFacts {
  readonly body?: string;
}

export class Issue extends Thread {
  #body: string;
  #closedAt: number | null = null;
  #stateReason: CloseReason | 'REOPENED' | null = null;

  constructor(place: Place, number: number, facts: IssueFacts) {
    super(place, number, facts);
    this.#body = facts.body ?? '';
  }

  get state(): 'OPEN' | 'CLOSED' {
    return this.#closedAt === null ? 'OPEN' : 'CLOSED';
  }

  get body(): string {
    return this.#body;
  }

  get closedAt(): number | null {
    return this.#closedAt;
  }

  get stateReason(): CloseReason | 'REOPENED' | null {
    return this.#stateReason;
  }

  edit(body: string, at: number): void {
    this.#body = body;
    this.touch(at);
  }

  close(at: number, reason: CloseReason = 'COMPLETED'): void {
    this.#closedAt = at;
    this.#stateReason = reason;
    this.happened('ClosedEvent', at, { stateReason: reason });
  }

  reopen(at: number): void {
    this.#closedAt = null;
    this.#stateReason = 'REOPENED';
    this.happened('ReopenedEvent', at, { stateReason: 'REOPENED' });
  }
}
