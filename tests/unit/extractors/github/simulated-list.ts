import {
  afterGoodPage,
  FeedCursor,
  newCursor,
  startPass,
  takePage,
  type Feed,
  type Node,
  type Page,
} from '../../../../src/extractors/github/pass.ts';
import { SECOND } from '../../../../src/domain/units.ts';

type TimeField = 'createdAt' | 'updatedAt';

interface Item {
  readonly id: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly version: number;
  readonly state: string;
}

/** A list as a server keeps it: newest first, each change a second or more after the one before. */
export class SimulatedList {
  readonly #order: TimeField;
  readonly #items = new Map<string, Item>();
  #now: number;
  #made = 0;
  #versions = 0;

  constructor(order: TimeField, now = Date.UTC(2026, 0, 5)) {
    this.#order = order;
    this.#now = now;
  }

  get now(): Date {
    return new Date(this.#now);
  }

  get ids(): readonly string[] {
    return [...this.#items.keys()];
  }

  /** What a reader should have in the end: the version of each item. */
  get versions(): ReadonlyMap<string, number> {
    return new Map([...this.#items].map(([id, { version }]) => [id, version]));
  }

  pass(milliseconds: number): void {
    this.#now += milliseconds;
  }

  create(state = 'SUCCESS'): string {
    const time = this.#tick();
    return this.#make(time, state);
  }

  /** Adds one that is older than the list: it was hidden until now. */
  uncover(): string {
    return this.#make(Date.UTC(2000, 0, 1), 'SUCCESS');
  }

  edit(id: string, state?: string): void {
    const item = this.#items.get(id);
    if (item !== undefined) this.#put({ ...item, updatedAt: this.#tick(), state: state ?? item.state });
  }

  remove(id: string): void {
    this.#tick();
    this.#items.delete(id);
  }

  stateOf(id: string): string | undefined {
    return this.#items.get(id)?.state;
  }

  page(first: number, after: string | null): Page {
    const sorted = [...this.#items.values()].sort((a, b) => (this.#place(a) < this.#place(b) ? 1 : -1));
    const left = after === null ? sorted : sorted.filter((item) => this.#place(item) < after);
    const taken = left.slice(0, first);
    const last = taken.at(-1);
    return {
      nodes: taken.map(nodeOf),
      totalCount: sorted.length,
      hasNextPage: left.length > taken.length,
      endCursor: last === undefined ? null : this.#place(last),
    };
  }

  #make(time: number, state: string): string {
    this.#made += 1;
    const id = `I${String(this.#made).padStart(5, '0')}`;
    this.#put({ id, createdAt: time, updatedAt: time, version: 0, state });
    return id;
  }

  #put(item: Item): void {
    this.#versions += 1;
    this.#items.set(item.id, { ...item, version: this.#versions });
  }

  #tick(): number {
    this.#now += SECOND;
    return this.#now;
  }

  /** What a cursor of GitHub stands for: a value to go on below, not a number of items to leave out. */
  #place(item: Item): string {
    return `${iso(item[this.#order])} ${item.id}`;
  }
}

function nodeOf({ id, createdAt, updatedAt, version, state }: Item): Node {
  return { id, createdAt: iso(createdAt), updatedAt: iso(updatedAt), version, state };
}

function iso(time: number): string {
  return new Date(time).toISOString().replace('.000Z', 'Z');
}

/** Something that a reader was given: a version of an item, `null` when it was told that the item is gone. */
interface Handed {
  readonly id: string;
  readonly version: number | null;
  readonly pass: number;
}

export interface PassOptions {
  /** What happens on the server after each page but the last. */
  readonly between?: (page: number) => void;
  /** How often each page is taken in vain, because the program was killed before it had stored it. */
  readonly killed?: (page: number) => number;
}

/** Follows a list as the extractor does, with a cursor that is stored after every page. */
export class Reader {
  readonly handed: Handed[] = [];
  readonly #feed: Feed;
  readonly #list: SimulatedList;
  #stored: string;
  #passes = 0;

  constructor(feed: Feed, list: SimulatedList) {
    this.#feed = feed;
    this.#list = list;
    this.#stored = JSON.stringify(newCursor(feed));
  }

  get cursor(): FeedCursor {
    return FeedCursor.parse(JSON.parse(this.#stored));
  }

  /** One pass from the front to its end; the number of pages that it took. */
  pass({ between = () => undefined, killed = () => 0 }: PassOptions = {}): number {
    this.#passes += 1;
    for (let page = 1; ; page += 1) {
      for (let times = killed(page); times > 0; times -= 1) this.#take();
      const { cursor, changed, gone, isOver } = this.#take();
      this.#stored = JSON.stringify(cursor);
      const given = { pass: this.#passes };
      for (const { id, version } of changed)
        this.handed.push({ ...given, id, version: typeof version === 'number' ? version : NaN });
      for (const id of gone) this.handed.push({ ...given, id, version: null });
      if (isOver) return page;
      between(page);
    }
  }

  /** The version of each item that was handed out last, without those that were called gone last. */
  get versions(): ReadonlyMap<string, number> {
    const last = new Map<string, number | null>();
    for (const { id, version } of this.handed) last.set(id, version);
    return new Map([...last].flatMap(([id, version]) => (version === null ? [] : [[id, version]])));
  }

  /** Versions that two passes handed out, though nothing had changed between them. */
  get repeated(): readonly Handed[] {
    const first = new Map<string, number>();
    return this.handed.filter(({ id, version, pass }) => {
      if (version === null) return false;
      const key = `${id} ${String(version)}`;
      const known = first.get(key);
      first.set(key, known ?? pass);
      return known !== undefined && known !== pass;
    });
  }

  #take(): ReturnType<typeof takePage> {
    const now = this.#list.now;
    const started = startPass(this.cursor, now);
    const page = this.#list.page(started.pageSize, started.pass?.after ?? null);
    return takePage(this.#feed, afterGoodPage(this.#feed, started), page, now);
  }
}
