import type { Collection, Item, OrderField } from '../model/collection.ts';
import { ORDERS } from '../model/collection.ts';
import type { Position } from '../model/ordered.ts';
import { NotServed, Refusal } from './refusal.ts';
import type { Args } from './served.ts';

const CURSOR = 'cursor:v2:';

/** A page of a connection. */
export class Page {
  readonly nodes: readonly unknown[];
  readonly info: PageInfo;
  readonly #total: () => number;

  constructor(nodes: readonly unknown[], info: PageInfo, total: () => number) {
    this.nodes = nodes;
    this.info = info;
    this.#total = total;
  }

  /** Counted only when somebody asks. */
  get totalCount(): number {
    return this.#total();
  }
}

export class PageInfo {
  readonly startCursor: string | null;
  readonly endCursor: string | null;
  readonly hasPreviousPage: boolean;
  readonly hasNextPage: boolean;

  constructor(facts: Readonly<PageInfo>) {
    this.startCursor = facts.startCursor;
    this.endCursor = facts.endCursor;
    this.hasPreviousPage = facts.hasPreviousPage;
    this.hasNextPage = facts.hasNextPage;
  }
}

/**
 * A page of a list whose order does not change. A cursor is the number of an entry, as those of a pull request's
 * commits are.
 */
export function pageOfList(items: readonly unknown[], args: Args): Page {
  const { after } = args;
  const skipped = after === undefined || after === null ? 0 : numberOf(after);
  const rest = items.length - skipped;
  const size = Math.max(0, Math.min(rest, args.first ?? args.last ?? 0));
  const start = typeof args.last === 'number' ? items.length - size : skipped;
  const info = new PageInfo({
    startCursor: size === 0 ? null : encoded(String(start + 1)),
    endCursor: size === 0 ? null : encoded(String(start + size)),
    hasPreviousPage: start > 0,
    hasNextPage: start + size < items.length,
  });
  return new Page(items.slice(start, start + size), info, () => items.length);
}

/**
 * A page of a collection in one of its orders. A cursor says where the last entry stood (its time and its id), so
 * the next page goes on from there whatever has moved meanwhile.
 */
export function pageOfCollection<Kind extends Item>(
  items: Collection<Kind>,
  args: Args,
  accepts: (item: Kind) => boolean,
): Page {
  const { orderBy, after, first, last } = args;
  if (typeof last === 'number') throw new NotServed('last, of a list with an order');
  const order = items.by(orderField(orderBy?.field ?? 'CREATED_AT'));
  const ascending = order.ascending();
  const step = orderBy?.direction === 'DESC' ? -1 : 1;
  let index = step === 1 ? 0 : ascending.length - 1;
  if (after !== undefined && after !== null) {
    const position = positionOf(after);
    index = step === 1 ? order.countBefore(position, true) : order.countBefore(position) - 1;
  }
  // Without a size only the total is asked for.
  const size = first ?? 0;
  const found: Kind[] = [];
  for (let item = ascending[index]; item !== undefined && found.length <= size; item = ascending[index]) {
    if (accepts(item)) found.push(item);
    index += step;
  }
  const nodes = found.slice(0, size);
  const cursorOf = (item: Kind | undefined) => (item === undefined ? null : cursor(order.positionOf(item)));
  const info = new PageInfo({
    startCursor: cursorOf(nodes[0]),
    endCursor: cursorOf(nodes.at(-1)),
    hasPreviousPage: typeof after === 'string',
    hasNextPage: found.length > size,
  });
  return new Page(nodes, info, () => ascending.reduce((count, item) => count + Number(accepts(item)), 0));
}

function orderField(name: string): OrderField {
  const field = ORDERS.find((known) => known === name);
  if (field === undefined) throw new NotServed(`orderBy ${name}`);
  return field;
}

function cursor({ key, id }: Position): string {
  return encoded(`${CURSOR}${key}:${id}`);
}

function positionOf(text: string): Position {
  const match = /^cursor:v2:(\d+):(\d+)$/u.exec(decoded(text));
  if (match === null) throw invalidCursor(text);
  return { key: Number(match[1]), id: Number(match[2]) };
}

function numberOf(text: string): number {
  const number = Number(decoded(text));
  if (!Number.isInteger(number) || number < 1) throw invalidCursor(text);
  return number;
}

function invalidCursor(text: string): Refusal {
  return new Refusal('INVALID_CURSOR_ARGUMENTS', `\`${text}\` does not appear to be a valid cursor.`);
}

function encoded(text: string): string {
  return Buffer.from(text).toString('base64');
}

function decoded(text: string): string {
  return Buffer.from(text, 'base64').toString();
}
