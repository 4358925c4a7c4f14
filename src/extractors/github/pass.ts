import { createHash } from 'node:crypto';
import * as z from 'zod';
import { DAY, MINUTE } from '../../domain/units.ts';

/**
 * How a list on GitHub is followed: from its newest item down, once to its end, later to what is known.
 *
 * A `log` is read down to an instant below which nothing changes any more. A `set` can lose items: its members are known by id, and when
 * the count does not fit the whole list is read again.
 */
export type Feed = LogFeed | SetFeed;

interface AnyFeed {
  /** The order of the list, newest first; ISO-8601. */
  readonly timeOf: (node: Node) => string;
  readonly largestPage: number;
}

interface LogFeed extends AnyFeed {
  readonly kind: 'log';
  /** How far below the newest item one may still change without moving to the front, in milliseconds. */
  readonly overlap: number;
  /** Whether it is sure to change yet, so that it is read again although it is older. */
  readonly isUnfinished: (node: Node) => boolean;
  /** How long that is waited for, in milliseconds. */
  readonly waitsFor: number;
}

interface SetFeed extends AnyFeed {
  readonly kind: 'set';
}

/** An item as GitHub gave it. */
export type Node = Readonly<Record<string, unknown>> & { readonly id: string };

export interface Page {
  /** `null` for an item that GitHub could not read. */
  readonly nodes: readonly (Node | null)[];
  readonly totalCount: number;
  readonly hasNextPage: boolean;
  readonly endCursor: string | null;
}

/** Time, digest, and whether it is unfinished. */
const Known = z.record(z.string(), z.tuple([z.string(), z.string(), z.boolean()]));

export const FeedCursor = z.object({
  /** GitHub's id of the repository: another one under the same name has another. */
  repository: z.string().nullable(),
  nameWithOwner: z.string(),
  /** Whether the list was once read to its end. */
  complete: z.boolean(),
  total: z.number(),
  /** Items that GitHub could not read, since the list was last begun anew. */
  lacking: z.number(),
  pageSize: z.number(),
  /** Pages that went well since the page size was changed. */
  goodPages: z.number(),
  /** Of a log: where the next pass may end. */
  since: z.string().nullable(),
  /** Of a log those that may come up again; of a set all. */
  known: Known,
  /** When a set was last read to its end. */
  wholeAt: z.string().nullable(),
  /** The pass that is under way. */
  pass: z
    .object({
      startedAt: z.string(),
      /** Whether it reads everything again: asked for once more it goes on. */
      isFull: z.boolean(),
      after: z.string().nullable(),
      newest: z.string().nullable(),
      /** Items read so far. */
      read: z.number(),
      known: Known,
    })
    .nullable(),
});
export type FeedCursor = z.infer<typeof FeedCursor>;

/** Nothing was read yet. */
export function newCursor(feed: Feed): FeedCursor {
  return {
    repository: null,
    nameWithOwner: '',
    complete: false,
    total: 0,
    lacking: 0,
    pageSize: feed.largestPage,
    goodPages: 0,
    since: null,
    known: {},
    wholeAt: null,
    pass: null,
  };
}

/** Begins a pass where none is under way. */
export function startPass(cursor: FeedCursor, now: Date): FeedCursor {
  if (cursor.pass !== null) return cursor;
  return {
    ...cursor,
    pass: beginning(now),
  };
}

export interface Taken {
  readonly cursor: FeedCursor;
  /** The items of the page that are new or have changed. */
  readonly changed: readonly Node[];
  /** Ids that were in the set and are no longer. */
  readonly gone: readonly string[];
  readonly isOver: boolean;
}

/** A set that fits in count may still have lost one item and won another further down: it is read whole so often. */
const WHOLE_EVERY = 7 * DAY;

/** Takes the next page of the pass that is under way. */
export function takePage(feed: Feed, cursor: FeedCursor, page: Page, now: Date): Taken {
  const pass = cursor.pass ?? beginning(now);
  const nodes = page.nodes.filter((node) => node !== null);
  const since = feed.kind === 'log' ? cursor.since : null;
  const { known, changed } = compared(feed, cursor, nodes, { ...pass.known });
  const newest = nodes.map(feed.timeOf).reduce((a, b) => (a > b ? a : b), pass.newest ?? '');
  const last = nodes.at(-1);
  const reachedKnown =
    feed.kind === 'log'
      ? since !== null && last !== undefined && feed.timeOf(last) < since
      : pass.after === null && fits(cursor, { known, page, changed }, now);
  const total = page.totalCount;
  const lacking = cursor.lacking + page.nodes.length - nodes.length;
  if (page.hasNextPage && !reachedKnown) {
    const soFar = {
      ...pass,
      after: page.endCursor,
      newest: newest === '' ? null : newest,
      read: pass.read + page.nodes.length,
      known: feed.kind === 'log' ? worthKeeping(feed, known, newest) : known,
    };
    return { cursor: { ...cursor, total, lacking, pass: soFar }, changed, gone: [], isOver: false };
  }
  const ended: FeedCursor = { ...cursor, total, lacking, complete: true, pass: null };
  if (feed.kind === 'log')
    return { cursor: endOfLog(feed, ended, known, newest), changed, gone: [], isOver: true };
  if (page.hasNextPage)
    return { cursor: { ...ended, known: { ...cursor.known, ...known } }, changed, gone: [], isOver: true };
  return { ...endOfSet(cursor, ended, known, now), changed, isOver: true };
}

/**
 * The end of a list that was read whole: what was known and was not met is gone.
 *
 * Unless the list holds more than was met: then some of it moved to the front while the pages behind were read, and the next pass will tell.
 */
function endOfSet(
  before: FeedCursor,
  ended: FeedCursor,
  known: z.infer<typeof Known>,
  now: Date,
): { readonly cursor: FeedCursor; readonly gone: readonly string[] } {
  const wholeAt = now.toISOString();
  const gone = Object.keys(before.known).filter((id) => known[id] === undefined);
  if (Object.keys(known).length >= ended.total) return { cursor: { ...ended, known, wholeAt }, gone };
  return { cursor: { ...ended, known: { ...before.known, ...known }, wholeAt }, gone: [] };
}

/** What is known is known still, though not as it is, and everything is read again: so that what is gone from a set is noticed. */
export function startingOver(feed: Feed, known: FeedCursor | undefined, now: Date): FeedCursor {
  const entries = Object.entries(known?.known ?? {}).map(
    ([id, [time]]) => [id, [time, '', false]] satisfies [string, FeedCursor['known'][string]],
  );
  const pass = { ...beginning(now), isFull: true };
  return { ...newCursor(feed), known: Object.fromEntries(entries), pass };
}

function beginning(now: Date): NonNullable<FeedCursor['pass']> {
  return { startedAt: now.toISOString(), isFull: false, after: null, newest: null, read: 0, known: {} };
}

/** Adds the items of a page to what the pass knows, and tells which of them are new or have changed. */
function compared(
  feed: Feed,
  cursor: FeedCursor,
  nodes: readonly Node[],
  known: z.infer<typeof Known>,
): { readonly known: z.infer<typeof Known>; readonly changed: readonly Node[] } {
  const since = feed.kind === 'log' ? cursor.since : null;
  const changed: Node[] = [];
  for (const node of nodes) {
    const time = feed.timeOf(node);
    if (since !== null && time < since) continue;
    const digest = digestOf(node);
    known[node.id] = [time, digest, feed.kind === 'log' && feed.isUnfinished(node)];
    if (cursor.known[node.id]?.[1] !== digest) changed.push(node);
  }
  return { known, changed };
}

function endOfLog(
  feed: LogFeed,
  ended: FeedCursor,
  known: z.infer<typeof Known>,
  newest: string,
): FeedCursor {
  const since = horizon(feed, known, newest) ?? ended.since;
  return { ...ended, since, known: since === null ? {} : atOrAfter(known, since) };
}

/** What lies below the oldest that may still be waited for need not be known again. */
function worthKeeping(
  { overlap, waitsFor }: LogFeed,
  known: z.infer<typeof Known>,
  newest: string,
): z.infer<typeof Known> {
  return atOrAfter(known, before(newest, Math.max(overlap, waitsFor)));
}

/** Whether the first page explains the count, and ends with what is known: nothing below it can have come, gone or changed. */
function fits(
  cursor: FeedCursor,
  first: { readonly known: z.infer<typeof Known>; readonly page: Page; readonly changed: readonly Node[] },
  now: Date,
): boolean {
  if (!cursor.complete || cursor.wholeAt === null) return false;
  if (now.getTime() - Date.parse(cursor.wholeAt) > WHOLE_EVERY) return false;
  if (first.page.nodes.at(-1) === first.changed.at(-1)) return false;
  const added = Object.keys(first.known).filter((id) => cursor.known[id] === undefined).length;
  return Object.keys(cursor.known).length + added === first.page.totalCount;
}

/** Below this nothing is expected to change: the overlap before the newest, or the oldest that is unfinished. */
function horizon(
  { overlap, waitsFor }: LogFeed,
  known: z.infer<typeof Known>,
  newest: string,
): string | null {
  if (newest === '') return null;
  const oldest = before(newest, waitsFor);
  const unfinished = Object.values(known).flatMap(([time, , isUnfinished]) =>
    isUnfinished && time >= oldest ? [time] : [],
  );
  return unfinished.reduce((a, b) => (a < b ? a : b), before(newest, overlap));
}

function atOrAfter(known: z.infer<typeof Known>, from: string): z.infer<typeof Known> {
  return Object.fromEntries(Object.entries(known).filter(([, [time]]) => time >= from));
}

function before(time: string, milliseconds: number): string {
  if (time === '') return '';
  return new Date(Date.parse(time) - milliseconds).toISOString().replace('.000Z', 'Z');
}

function digestOf(node: Node): string {
  return createHash('sha256').update(JSON.stringify(node)).digest('base64url').slice(0, 12);
}

/** After so many pages that went well a larger one is tried again. */
const GROW_AFTER = 10;

/** The cursor after a page that went well: smaller pages grow again, slowly. */
export function afterGoodPage(feed: Feed, cursor: FeedCursor): FeedCursor {
  if (cursor.pageSize >= feed.largestPage) return cursor;
  const goodPages = cursor.goodPages + 1;
  if (goodPages < GROW_AFTER) return { ...cursor, goodPages };
  return { ...cursor, goodPages: 0, pageSize: Math.min(feed.largestPage, cursor.pageSize * 2) };
}

/** The cursor after a page that was too large; `null` when it cannot be smaller. */
export function afterTooMuch(cursor: FeedCursor): FeedCursor | null {
  if (cursor.pageSize <= 1) return null;
  return { ...cursor, goodPages: 0, pageSize: Math.floor(cursor.pageSize / 2) };
}

/** Pull requests and issues move to the front when anything about them changes; clocks of servers may differ a little. */
export const OVERLAP = 5 * MINUTE;
