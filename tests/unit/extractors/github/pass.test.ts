import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE, SECOND } from '../../../../src/domain/units.ts';
import { FEED_NAMES, FEEDS, type FeedName } from '../../../../src/extractors/github/feeds.ts';
import {
  afterGoodPage,
  afterTooMuch,
  newCursor,
  startPass,
  takePage,
  type Feed,
  type FeedCursor,
  type Node,
} from '../../../../src/extractors/github/pass.ts';
import { Reader, SimulatedList } from './simulated-list.ts';

/** A list of the program with pages that a test can fill. */
function feed(name: FeedName, largestPage = FEEDS[name].feed.largestPage): Feed {
  return { ...FEEDS[name].feed, largestPage };
}

const NOW = new Date('2026-01-05T00:00:00Z');

/** What somebody does on GitHub; `which` chooses among the items that are there. */
interface Action {
  readonly what: 'create' | 'edit' | 'remove';
  readonly which: number;
  /** In seconds, before it is done. */
  readonly pause: number;
}

function act(list: SimulatedList, { what, which, pause }: Action): void {
  list.pass(pause * SECOND);
  const { ids } = list;
  const id = ids[which % Math.max(1, ids.length)];
  if (what === 'create' || id === undefined) list.create();
  else if (what === 'edit') list.edit(id);
  else list.remove(id);
}

const actions = (kinds: readonly Action['what'][], maxLength: number) =>
  fc.array(
    fc.record({
      what: fc.constantFrom(...kinds),
      which: fc.nat(1000),
      pause: fc.oneof(fc.nat(10), fc.nat(2 * 3600)),
    }),
    { maxLength },
  );

/** Rounds of work: what is done before a pass, and what after each of its pages. */
const rounds = (kinds: readonly Action['what'][]) =>
  fc.array(fc.record({ before: actions(kinds, 12), during: fc.array(actions(kinds, 3), { maxLength: 5 }) }), {
    minLength: 1,
    maxLength: 5,
  });

const pageSizes = fc.integer({ min: 1, max: 7 });

describe('pull requests, a log in the order of their last change', () => {
  const made = (largestPage = 50) => {
    const list = new SimulatedList('updatedAt');
    return { list, reader: new Reader(feed('pull-requests', largestPage), list) };
  };

  it('are all known in their newest version after a pass in which nothing changes, whatever happened before', () => {
    fc.assert(
      fc.property(rounds(['create', 'edit']), pageSizes, (all, size) => {
        const { list, reader } = made(size);
        for (const { before, during } of all) {
          for (const action of before) act(list, action);
          reader.pass({ between: (page) => during[page - 1]?.forEach((action) => act(list, action)) });
        }
        reader.pass();

        expect(reader.versions).toEqual(list.versions);
        expect(reader.repeated).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('come to the same however often the program is killed before a page is stored', () => {
    fc.assert(
      fc.property(
        rounds(['create', 'edit']),
        pageSizes,
        fc.array(fc.nat(2), { minLength: 1 }),
        (all, size, kills) => {
          const [calm, killed] = [made(size), made(size)];
          for (const { before } of all) {
            for (const { list } of [calm, killed]) for (const action of before) act(list, action);
            calm.reader.pass();
            killed.reader.pass({ killed: (page) => kills[page % kills.length] ?? 0 });
          }

          expect(killed.reader.handed).toEqual(calm.reader.handed);
          expect(killed.reader.cursor).toEqual(calm.reader.cursor);
        },
      ),
    );
  });

  /** A thousand, one every hour. */
  function thousand() {
    const { list, reader } = made();
    for (let n = 0; n < 1000; n += 1) {
      list.pass(HOUR);
      list.create();
    }
    return { list, reader };
  }

  it('are read to the end once, and then to what is known', () => {
    const { list, reader } = thousand();

    expect(reader.pass()).toBe(20);
    expect(reader.pass()).toBe(1);
    for (const id of list.ids.slice(3, 6)) {
      list.pass(HOUR);
      list.edit(id);
    }
    expect(reader.pass()).toBe(1);
    expect(reader.handed).toHaveLength(1003);
  });

  it.each([
    [48, 1],
    [49, 2],
    [98, 2],
    [99, 3],
  ])('of which %i have changed take %i pages of fifty', (count, pages) => {
    const { list, reader } = thousand();
    reader.pass();
    for (const id of list.ids.slice(100, 100 + count)) {
      list.pass(HOUR);
      list.edit(id);
    }

    // below them stands the newest that was known, and below that one older by more than the overlap, which ends it
    expect(reader.pass()).toBe(pages);
    expect(reader.pass()).toBe(1);
    expect(reader.versions).toEqual(list.versions);
  });

  it('that arrive late, within five minutes below the newest, are found', () => {
    const log = feed('pull-requests');
    const node = (id: string, updatedAt: string): Node => ({ id, updatedAt });
    const page = (...nodes: readonly Node[]) => ({
      nodes,
      totalCount: nodes.length,
      hasNextPage: false,
      endCursor: null,
    });
    const newest = node('new', '2026-01-05T00:05:00Z');
    const first = takePage(log, startPass(newCursor(log), NOW), page(newest), NOW);

    const late = node('late', '2026-01-05T00:00:00Z');
    const tooLate = node('too late', '2026-01-04T23:59:59Z');
    const second = takePage(log, startPass(first.cursor, NOW), page(newest, late, tooLate), NOW);

    expect(second.changed.map(({ id }) => id)).toEqual(['late']);
  });

  it('of the very instant at which it may end are all read', () => {
    const log = feed('pull-requests');
    const since = '2026-01-05T00:00:00Z';
    const cursor = startPass({ ...newCursor(log), complete: true, since }, NOW);
    const page = (id: string, updatedAt: string, hasNextPage: boolean) => ({
      nodes: [{ id, updatedAt }],
      totalCount: 9,
      hasNextPage,
      endCursor: id,
    });

    const first = takePage(log, cursor, page('b', since, true), NOW);
    const second = takePage(log, first.cursor, page('a', since, true), NOW);
    const third = takePage(log, second.cursor, page('0', '2026-01-04T23:59:59Z', true), NOW);

    expect([first, second, third].map(({ isOver }) => isOver)).toEqual([false, false, true]);
    expect([first, second, third].flatMap(({ changed }) => changed.map(({ id }) => id))).toEqual(['b', 'a']);
  });

  it('of a page without a readable one do not end the pass', () => {
    const log = feed('pull-requests');
    const cursor: FeedCursor = { ...newCursor(log), complete: true, since: '2026-01-05T00:00:00Z' };
    const page = { nodes: [null, null], totalCount: 9, hasNextPage: true, endCursor: 'c' };

    const { isOver, cursor: next } = takePage(log, startPass(cursor, NOW), page, NOW);

    expect(isOver).toBe(false);
    expect(next.pass).toMatchObject({ after: 'c', read: 2 });
  });

  it('of which there are none are asked for from the front again', () => {
    const { list, reader } = made();

    expect(reader.pass()).toBe(1);
    expect(reader.cursor).toMatchObject({ complete: true, since: null, pass: null });
    list.create();
    reader.pass();
    expect(reader.versions).toEqual(list.versions);
  });
});

describe('deployments, a log in the order of their creation', () => {
  const made = (largestPage = 100) => {
    const list = new SimulatedList('createdAt');
    return { list, reader: new Reader(feed('deployments', largestPage), list) };
  };

  it('are all known in their newest version as long as only those change that have not ended', () => {
    const work = fc.array(
      fc.record({
        what: fc.constantFrom('start', 'end', 'pass'),
        state: fc.constantFrom('PENDING', 'IN_PROGRESS', 'QUEUED', 'WAITING'),
        which: fc.nat(1000),
        pause: fc.nat(16 * 3600),
      }),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(work, pageSizes, (all, size) => {
        const { list, reader } = made(size);
        const running: string[] = [];
        for (const { what, state, which, pause } of all) {
          list.pass(pause * SECOND);
          if (what === 'start') running.push(list.create(state));
          else if (what === 'pass') reader.pass();
          else
            for (const id of running.splice(which % Math.max(1, running.length), 1)) list.edit(id, 'SUCCESS');
        }
        reader.pass();

        expect(reader.versions).toEqual(list.versions);
        expect(reader.repeated).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('that have ended may change for another day', () => {
    const { list, reader } = made();
    const id = list.create('SUCCESS');
    list.pass(DAY - 2 * SECOND);
    list.create();
    reader.pass();
    list.edit(id, 'FAILURE');

    reader.pass();

    expect(reader.versions).toEqual(list.versions);
  });

  it('are read down to the oldest that has not ended, and no further once it has', () => {
    const { list, reader } = made(10);
    for (let n = 0; n < 20; n += 1) list.create();
    list.pass(2 * DAY);
    const stuck = list.create('IN_PROGRESS');
    for (let n = 0; n < 95; n += 1) {
      list.pass(6 * HOUR);
      list.create();
    }
    expect(reader.pass()).toBe(12);
    expect(reader.pass()).toBe(10);
    list.edit(stuck, 'SUCCESS');
    expect(reader.pass()).toBe(10);
    expect(reader.versions).toEqual(list.versions);
    expect(reader.pass()).toBe(1);
  });

  it('that have not ended for thirty days are forgotten', () => {
    const { list, reader } = made(10);
    list.create('WAITING');
    list.pass(30 * DAY + MINUTE);
    for (let n = 0; n < 40; n += 1) {
      list.pass(DAY);
      list.create();
    }
    reader.pass();

    expect(reader.pass()).toBe(1);
  });

  it('that have not changed are not handed out again because an older one has not ended', () => {
    const { list, reader } = made(2);
    list.create('IN_PROGRESS');
    for (let n = 0; n < 5; n += 1) {
      list.pass(DAY);
      list.create();
    }
    for (let n = 0; n < 3; n += 1) reader.pass();

    expect(reader.repeated).toEqual([]);
  });
});

describe.each([
  ['releases', 'createdAt'],
  ['issues', 'updatedAt'],
] as const)('%s, a set in the order of %s', (name, order) => {
  const made = (largestPage = 100) => {
    const list = new SimulatedList(order);
    return { list, reader: new Reader(feed(name, largestPage), list) };
  };

  it('are all known in their newest version, and no other, after a week whatever happened before', () => {
    fc.assert(
      fc.property(rounds(['create', 'edit', 'remove']), pageSizes, (all, size) => {
        const { list, reader } = made(size);
        for (const { before, during } of all) {
          for (const action of before) act(list, action);
          reader.pass({ between: (page) => during[page - 1]?.forEach((action) => act(list, action)) });
        }
        list.pass(8 * DAY);
        reader.pass();

        expect(reader.versions).toEqual(list.versions);
      }),
      { numRuns: 300 },
    );
  });

  it('that have not changed are not handed out twice', () => {
    fc.assert(
      fc.property(rounds(['create', 'edit', 'remove']), pageSizes, (all, size) => {
        const { list, reader } = made(size);
        for (const { before } of all) {
          for (const action of before) act(list, action);
          reader.pass();
        }

        expect(reader.repeated).toEqual([]);
      }),
    );
  });

  it('that come or go between two passes are found by the next one', () => {
    fc.assert(
      fc.property(
        fc.array(actions(['create', 'remove'], 1), { maxLength: 12 }),
        fc.nat(30),
        pageSizes,
        (all, count, size) => {
          const { list, reader } = made(size);
          for (let n = 0; n < count; n += 1) list.create();
          reader.pass();
          for (const one of all) {
            for (const action of one) act(list, action);
            reader.pass();

            expect(reader.versions).toEqual(list.versions);
          }
        },
      ),
    );
  });

  it('come to the same however often the program is killed before a page is stored', () => {
    fc.assert(
      fc.property(
        rounds(['create', 'edit', 'remove']),
        pageSizes,
        fc.array(fc.nat(2), { minLength: 1 }),
        (all, size, kills) => {
          const [calm, killed] = [made(size), made(size)];
          for (const { before } of all) {
            for (const { list } of [calm, killed]) for (const action of before) act(list, action);
            calm.reader.pass();
            killed.reader.pass({ killed: (page) => kills[page % kills.length] ?? 0 });
          }

          expect(killed.reader.handed).toEqual(calm.reader.handed);
          expect(killed.reader.cursor).toEqual(calm.reader.cursor);
        },
      ),
    );
  });

  it('are read whole when one is gone, and only in part when nothing is', () => {
    const { list, reader } = made(10);
    for (let n = 0; n < 35; n += 1) list.create();
    expect(reader.pass()).toBe(4);
    expect(reader.pass()).toBe(1);
    list.create();
    expect(reader.pass()).toBe(1);
    const [first = ''] = list.ids;
    list.remove(first);
    expect(reader.pass()).toBe(4);

    expect(reader.handed.at(-1)).toMatchObject({ id: first, version: null });
    expect(reader.handed).toHaveLength(37);
    expect(reader.pass()).toBe(1);
  });

  it('of which one went while another one appeared further down are read whole after a week', () => {
    const { list, reader } = made(10);
    for (let n = 0; n < 35; n += 1) list.create();
    reader.pass();
    const [first = ''] = list.ids;
    list.remove(first);
    list.uncover();
    list.pass(6 * DAY);
    expect(reader.pass()).toBe(1);
    expect(reader.versions.has(first)).toBe(true);

    list.pass(DAY);
    expect(reader.pass()).toBe(4);
    expect(reader.versions).toEqual(list.versions);
  });
});

describe('a set with an item that GitHub cannot read', () => {
  const page = (...ids: readonly (string | null)[]) => ({
    nodes: ids.map((id) => (id === null ? null : { id, createdAt: '2026-01-04T00:00:00Z' })),
    totalCount: ids.length,
    hasNextPage: false,
    endCursor: null,
  });
  const read = (cursor: FeedCursor, ...ids: readonly (string | null)[]) =>
    takePage(feed('releases'), startPass(cursor, NOW), page(...ids), NOW);

  it('has the others', () => {
    expect(read(newCursor(feed('releases')), 'a', null, 'b').changed.map(({ id }) => id)).toEqual(['a', 'b']);
  });

  it('that it could read before does not call it gone', () => {
    const { cursor } = read(newCursor(feed('releases')), 'a', 'b');

    expect(read(cursor, 'a', null).gone).toEqual([]);
    expect(read(read(cursor, 'a', null).cursor, 'a', 'b').changed).toEqual([]);
    expect(read(read(cursor, 'a', null).cursor, 'a').gone).toEqual(['b']);
  });
});

describe('issues', () => {
  it('of which more than a page have changed are read on', () => {
    const list = new SimulatedList('updatedAt');
    const reader = new Reader(feed('issues', 10), list);
    for (let n = 0; n < 35; n += 1) list.create();
    reader.pass();
    for (const id of list.ids.slice(0, 15)) list.edit(id);
    reader.pass();

    expect(reader.versions).toEqual(list.versions);
  });

  it('of which one changes while they are read are never called gone', () => {
    const list = new SimulatedList('updatedAt');
    const reader = new Reader(feed('issues', 10), list);
    for (let n = 0; n < 35; n += 1) list.create();
    reader.pass();
    list.pass(8 * DAY);
    const [oldest = ''] = list.ids;
    reader.pass({ between: (page) => page === 1 && list.edit(oldest) });

    expect(reader.versions.has(oldest)).toBe(true);
  });
});

describe('the size of a page', () => {
  it('begins with the largest', () => {
    for (const name of FEED_NAMES) expect(newCursor(feed(name)).pageSize).toBe(feed(name).largestPage);
  });

  it('is halved down to one, and no further', () => {
    const sizes: number[] = [];
    for (let at: FeedCursor | null = newCursor(feed('pull-requests')); at !== null; at = afterTooMuch(at))
      sizes.push(at.pageSize);

    expect(sizes).toEqual([50, 25, 12, 6, 3, 1]);
  });

  it('is doubled after ten pages that went well, up to the largest', () => {
    const log = feed('pull-requests');
    let cursor: FeedCursor = { ...newCursor(log), pageSize: 12 };
    const sizes = Array.from({ length: 40 }, () => {
      cursor = afterGoodPage(log, cursor);
      return cursor.pageSize;
    });

    expect([8, 9, 18, 19, 28, 29, 39].map((n) => sizes[n])).toEqual([12, 24, 24, 48, 48, 50, 50]);
  });

  it('has to prove itself anew after each that was too large', () => {
    const log = feed('pull-requests');
    let cursor: FeedCursor = { ...newCursor(log), pageSize: 12 };
    for (let n = 0; n < 9; n += 1) cursor = afterGoodPage(log, cursor);
    cursor = afterTooMuch(cursor) ?? cursor;

    expect(afterGoodPage(log, cursor)).toMatchObject({ pageSize: 6, goodPages: 1 });
  });

  it('outlives the pass', () => {
    const list = new SimulatedList('updatedAt');
    list.create();
    const log = feed('pull-requests');
    const small = afterTooMuch(startPass(newCursor(log), NOW)) ?? newCursor(log);

    expect(takePage(log, small, list.page(25, null), NOW).cursor).toMatchObject({ pageSize: 25, pass: null });
  });
});

describe('a pass', () => {
  it('that is under way is gone on with, not begun anew', () => {
    const begun = startPass(newCursor(feed('releases')), NOW);

    expect(startPass(begun, new Date('2026-02-01T00:00:00Z'))).toEqual(begun);
    expect(begun.pass?.startedAt).toBe(NOW.toISOString());
  });
});
