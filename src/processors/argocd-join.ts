import { compareText } from '../domain/compare.ts';
import type { EpochMs } from '../domain/units.ts';

/** The few ways in which two looks at the same thing become one, each the same whichever look comes first. */

type Rank = readonly number[];

/** The one of lower rank; of two of equal rank the one that comes first as text, so that only equal ones are interchangeable. */
export function first<Value>(a: Value, b: Value, rank: (value: Value) => Rank): Value {
  return compareRanked(a, b, rank) <= 0 ? a : b;
}

/** The one of higher rank, else the one that comes last as text. */
export function last<Value>(a: Value, b: Value, rank: (value: Value) => Rank): Value {
  return compareRanked(a, b, rank) >= 0 ? a : b;
}

/** Like `first`, where either may not be known. */
export function firstKnown<Value>(
  a: Value | null,
  b: Value | null,
  rank: (value: Value) => Rank,
): Value | null {
  if (a === null || b === null) return a ?? b;
  return first(a, b, rank);
}

export function earliest(a: EpochMs | null, b: EpochMs | null): EpochMs | null {
  return firstKnown(a, b, (at) => [at]);
}

export function latest(a: EpochMs | null, b: EpochMs | null): EpochMs | null {
  return firstKnown(a, b, (at) => [0 - at]);
}

function compareRanked<Value>(a: Value, b: Value, rank: (value: Value) => Rank): number {
  if (a === b) return 0;
  const ofB = rank(b);
  for (const [index, number] of rank(a).entries()) {
    const difference = number - (ofB[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return compareText(JSON.stringify(a), JSON.stringify(b));
}

/** Two sorted lists as one, with `join` for the items that `order` finds equal; each list has at most one of those. */
export function joinLists<Item>(
  a: readonly Item[],
  b: readonly Item[],
  order: (x: Item, y: Item) => number,
  join: (x: Item, y: Item) => Item,
): Item[] {
  const joined: Item[] = [];
  let next = 0;
  for (const item of a) {
    let mine = item;
    for (let other = b[next]; other !== undefined && order(other, mine) <= 0; other = b[next]) {
      if (order(other, mine) === 0) mine = join(mine, other);
      else joined.push(other);
      next += 1;
    }
    joined.push(mine);
  }
  return [...joined, ...b.slice(next)];
}
