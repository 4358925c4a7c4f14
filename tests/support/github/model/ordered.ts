/** Where something stands in an order: its key, and its id where keys are the same. */
export interface Position {
  readonly key: number;
  readonly id: number;
}

/** Above so many changes at once it is quicker to sort everything again. */
const SORT_AGAIN_ABOVE = 64;

/** Items in the order of a key that may change. Only what changed is moved, so asking again and again is cheap. */
export class Ordered<Kind extends { readonly databaseId: number }> {
  readonly #keyOf: (item: Kind) => number;
  readonly #places = new Map<Kind, Position>();
  readonly #changed = new Set<Kind>();
  #sorted: Kind[] = [];

  constructor(keyOf: (item: Kind) => number) {
    this.#keyOf = keyOf;
  }

  /** Says that an item is new, or that its key may be another now. */
  touch(item: Kind): void {
    this.#changed.add(item);
  }

  remove(item: Kind): void {
    this.#settle();
    this.#takeOut(item);
  }

  /** All items, the smallest key first. */
  ascending(): readonly Kind[] {
    this.#settle();
    return this.#sorted;
  }

  /** Where the item stands. */
  positionOf(item: Kind): Position {
    return { key: this.#keyOf(item), id: item.databaseId };
  }

  /** How many items stand before a position, or with `inclusive` at it or before it. */
  countBefore(position: Position, inclusive = false): number {
    this.#settle();
    return this.#search(position, inclusive);
  }

  #settle(): void {
    if (this.#changed.size > SORT_AGAIN_ABOVE) this.#sortAgain();
    else for (const item of this.#changed) this.#putRight(item);
    this.#changed.clear();
  }

  #sortAgain(): void {
    for (const item of this.#changed) this.#places.set(item, this.positionOf(item));
    this.#sorted = [...this.#places]
      .sort(([, a], [, b]) => a.key - b.key || a.id - b.id)
      .map(([item]) => item);
  }

  #putRight(item: Kind): void {
    this.#takeOut(item);
    const position = this.positionOf(item);
    this.#sorted.splice(this.#search(position, false), 0, item);
    this.#places.set(item, position);
  }

  #takeOut(item: Kind): void {
    const place = this.#places.get(item);
    if (place === undefined) return;
    this.#sorted.splice(this.#search(place, false), 1);
    this.#places.delete(item);
  }

  #search(position: Position, inclusive: boolean): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#isBefore(middle, position, inclusive)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #isBefore(index: number, position: Position, inclusive: boolean): boolean {
    const item = this.#sorted[index];
    const place = item === undefined ? undefined : this.#places.get(item);
    if (place === undefined) throw new RangeError('the order has lost an item');
    const difference = place.key - position.key || place.id - position.id;
    return difference < 0 || (inclusive && difference === 0);
  }
}
