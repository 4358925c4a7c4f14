import { globalId, type Ids } from './ids.ts';
import { Ordered } from './ordered.ts';

/** The repository that something is in. */
export interface Home {
  readonly databaseId: number;
  /** Another one after the repository was renamed. */
  readonly url: string;
}

/** What an item gets when it comes into a repository. */
export interface Place {
  readonly home: Home;
  readonly id: string;
  readonly databaseId: number;
  /** To be called when `updatedAt` has moved. */
  readonly moved: () => void;
}

/** Something in a repository that is listed, and that lists sort by its times (epoch seconds). */
export abstract class Item {
  readonly home: Home;
  readonly id: string;
  readonly databaseId: number;
  readonly createdAt: number;
  readonly #moved: () => void;
  #updatedAt: number;

  constructor(place: Place, createdAt: number) {
    this.home = place.home;
    this.id = place.id;
    this.databaseId = place.databaseId;
    this.createdAt = createdAt;
    this.#updatedAt = createdAt;
    this.#moved = place.moved;
  }

  get updatedAt(): number {
    return this.#updatedAt;
  }

  /** Says that something about it has changed at this moment. */
  touch(at: number): void {
    this.#updatedAt = Math.max(this.#updatedAt, at);
    this.#moved();
  }
}

export const ORDERS = ['CREATED_AT', 'UPDATED_AT'] as const;
export type OrderField = (typeof ORDERS)[number];

/** All items of one kind in a repository, findable by id and in both orders. */
export class Collection<Kind extends Item> {
  readonly #prefix: string;
  readonly #home: Home;
  readonly #ids: Ids;
  readonly #items = new Map<string, Kind>();
  readonly #orders: Readonly<Record<OrderField, Ordered<Kind>>> = {
    CREATED_AT: new Ordered<Kind>((item) => item.createdAt),
    UPDATED_AT: new Ordered<Kind>((item) => item.updatedAt),
  };

  constructor(prefix: string, home: Home, ids: Ids) {
    this.#prefix = prefix;
    this.#home = home;
    this.#ids = ids;
  }

  get size(): number {
    return this.#items.size;
  }

  add(make: (place: Place) => Kind): Kind {
    const databaseId = this.#ids.next();
    const id = globalId(this.#prefix, this.#home.databaseId, databaseId);
    const item = make({ home: this.#home, id, databaseId, moved: () => this.#moved(id) });
    this.#items.set(id, item);
    for (const order of ORDERS) this.#orders[order].touch(item);
    return item;
  }

  delete(item: Kind): void {
    if (!this.#items.delete(item.id)) throw new RangeError(`${item.id} is not here`);
    for (const order of ORDERS) this.#orders[order].remove(item);
  }

  get(id: string): Kind | undefined {
    return this.#items.get(id);
  }

  by(order: OrderField): Ordered<Kind> {
    return this.#orders[order];
  }

  /** Also called while the item is still being made. */
  #moved(id: string): void {
    const item = this.#items.get(id);
    if (item !== undefined) this.#orders.UPDATED_AT.touch(item);
  }

  [Symbol.iterator](): IterableIterator<Kind> {
    return this.#items.values();
  }
}
