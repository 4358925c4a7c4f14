import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DoraError } from '../../../src/domain/errors.ts';
import { SECOND } from '../../../src/domain/units.ts';
import type { Clock } from '../../../src/io/ports.ts';
import type { DeliveryRow, DeliveryVerdict } from '../../../src/storage/delivery-log.ts';
import {
  DeliveryStore,
  LeaseLost,
  readDeliveries,
  type Deliveries,
  type StoreDeps,
} from '../../../src/storage/delivery-store.ts';
import { LocalStorage } from '../../../src/storage/local-storage.ts';
import type { Storage } from '../../../src/storage/storage.ts';
import { FastClock } from '../../support/github-workspace.ts';
import { otherStorage } from '../../support/other-storage.ts';
import { s3Storage } from '../../support/s3/client.ts';
import { startS3 } from '../../support/s3/server.ts';

const RECEIVER = 'devlake/global-12345678';
const PREFIX = `push/${RECEIVER}/`;
const LEASE_MS = 80 * SECOND;

interface Place {
  readonly client: () => Storage;
  readonly close: () => Promise<void>;
}

const PLACES: readonly (readonly [string, () => Promise<Place>])[] = [
  [
    'a folder',
    async () => {
      const folder = await mkdtemp(path.join(tmpdir(), 'dora-deliveries-'));
      return { client: () => new LocalStorage(folder), close: () => rm(folder, { recursive: true }) };
    },
  ],
  [
    'a bucket',
    async () => {
      const server = await startS3({ page: 3 });
      return { client: () => s3Storage(server), close: () => server.close() };
    },
  ],
];

function row(name: string, some: Partial<DeliveryRow> = {}): DeliveryRow {
  return {
    row: name,
    kind: 'deployment',
    environment: 'production',
    repository: 'acme/shop',
    to: 'connections/1/deployments',
    hash: `hash of ${name}`,
    status: 'waiting',
    reason: null,
    body: { id: name },
    commits: {},
    ...some,
  };
}

function sent(name: string, some: Partial<DeliveryVerdict> = {}): DeliveryVerdict {
  return { of: name, hash: `hash of ${name}`, status: 'sent', reason: null, ...some };
}

function depsOf(clock: Clock = new FastClock(), some: Partial<StoreDeps> = {}): StoreDeps {
  return { clock, leaseMs: LEASE_MS, onWait: () => undefined, ...some };
}

const named = (storage: Storage, writerName: string) => otherStorage(storage, { writerName });

/** A process of another machine. */
const elsewhere = (storage: Storage, name = 'a') => named(storage, `wffffff-1-${name}`);

async function statuses(deliveries: Deliveries): Promise<Record<string, unknown>> {
  const bodies = new Map<string, unknown>();
  for await (const one of deliveries.rows(() => true)) bodies.set(one.row, one.body);
  return Object.fromEntries(
    [...deliveries.entries].map(([id, { status, reason }]) => [id, { status, reason, body: bodies.get(id) }]),
  );
}

async function problemOf(action: Promise<unknown>): Promise<DoraError> {
  try {
    await action;
  } catch (error) {
    if (error instanceof DoraError) return error;
    throw error;
  }
  throw new Error('nothing went wrong');
}

describe.each(PLACES)('the outbox in %s', (_, open) => {
  let place: Place;
  let storage: Storage;
  const acquire = async (at = storage, deps = depsOf()) => await DeliveryStore.acquire(at, RECEIVER, deps);
  const segments = async () => {
    const found = (await storage.list(PREFIX)).map(({ key }) => key);
    return found.filter((key) => key.endsWith('.jsonl'));
  };

  beforeEach(async () => {
    place = await open();
    storage = place.client();
  });

  afterEach(async () => {
    await place.close();
  });

  it('is empty where nothing was ever sent', async () => {
    const found = await readDeliveries(storage, RECEIVER);

    expect(found.entries.size).toBe(0);
    expect(await statuses(found)).toEqual({});
    expect(await storage.list('')).toEqual([]);
  });

  it('keeps what is to be sent and what became of it, for the next one and for who only reads', async () => {
    const store = await acquire();
    await store.add([row('a'), row('b'), row('c')]);
    await store.settle([sent('a'), sent('b', { status: 'parked', reason: '400 no' })]);
    await store.settle([]);
    const expected = {
      a: { status: 'sent', reason: null, body: { id: 'a' } },
      b: { status: 'parked', reason: '400 no', body: { id: 'b' } },
      c: { status: 'waiting', reason: null, body: { id: 'c' } },
    };
    expect(await statuses(store)).toEqual(expected);
    expect(await statuses(await readDeliveries(storage, RECEIVER))).toEqual(expected);

    await store.release();

    expect(await statuses(await readDeliveries(place.client(), RECEIVER))).toEqual(expected);
    const next = await acquire(place.client());
    expect(await statuses(next)).toEqual(expected);
    await next.release();
  });

  it('has the newest row of an id, and passes over a verdict on an older one', async () => {
    const store = await acquire();
    await store.add([row('a')]);
    await store.add([row('a', { hash: 'newer', body: { id: 'a', title: 'x' } })]);
    await store.settle([sent('a'), sent('nobody')]);

    expect(await statuses(store)).toEqual({
      a: { status: 'waiting', reason: null, body: { id: 'a', title: 'x' } },
    });
    expect(store.entries.get('a')?.hash).toBe('newer');
    await store.release();
  });

  it('gives the rows that are asked for, in the order in which they came', async () => {
    const store = await acquire();
    await store.add([row('c'), row('a')]);
    await store.add([row('b')]);
    await store.settle([sent('a')]);
    const found: string[] = [];
    for await (const one of store.rows((_id, { status }) => status === 'waiting')) {
      found.push(one.row);
      // what comes meanwhile is of the next time
      await store.add([row(`${one.row}2`)]);
    }

    expect(found).toEqual(['c', 'b']);
    await store.release();
  });

  it('cuts many rows into segments that can be held', async () => {
    const store = await acquire();
    const body = { id: 'x', text: 'x'.repeat(1 << 20) };
    await store.add(Array.from({ length: 9 }, (_unused, n) => row(`r${n}`, { body })));

    expect(await segments()).toHaveLength(3);
    expect(store.entries.size).toBe(9);
    await store.release();
  });

  it('puts a long history together when it lets go, and keeps all of it but the bodies of what was sent', async () => {
    const store = await acquire();
    for (let n = 0; n < 7; n += 1) {
      await store.add([row(`s${n}`, { commits: { 'https://h/x': 'a'.repeat(40) } }), row(`w${n}`)]);
      await store.settle([sent(`s${n}`)]);
    }
    await store.add([row('p'), row('s0', { hash: 'other' })]);
    await store.settle([sent('p', { status: 'parked', reason: '400 no' })]);
    const before = await statuses(store);
    expect(await segments()).toHaveLength(16);

    await store.release();

    expect(await segments()).toHaveLength(1);
    const found = await readDeliveries(storage, RECEIVER);
    const after = Object.entries(before).map(([id, one]): [string, unknown] => [
      id,
      /^s[1-9]/u.test(id) ? { status: 'sent', reason: null, body: null } : one,
    ]);
    expect(await statuses(found)).toEqual(Object.fromEntries(after));
    expect([...found.entries.keys()].sort()).toEqual(Object.keys(before).sort());
    for await (const { commits } of found.rows((id) => id === 's3'))
      expect(commits).toEqual({ 'https://h/x': 'a'.repeat(40) });
    const next = await acquire(place.client());
    await next.add([row('later')]);
    expect(next.entries.size).toBe(Object.keys(before).length + 1);
    await next.release();
  });

  it('is not waited for where its holder was killed on this machine', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    const dead = named(storage, storage.writerName.replace(/-\d+-/u, `-${pid}-`));
    await (await acquire(dead)).add([row('a')]);
    const clock = new FastClock();

    const store = await acquire(storage, depsOf(clock));

    expect(clock.slept).toBe(0);
    expect(store.entries.get('a')?.status).toBe('waiting');
    await store.release();
  });

  it('is not waited for where its holder had the number of this process, as in a container', async () => {
    await acquire(storage);
    const clock = new FastClock();

    await (await acquire(place.client(), depsOf(clock))).release();

    expect(clock.slept).toBe(0);
  });

  it('is waited for as long as the lease of a holder elsewhere lasts, and no longer', async () => {
    await (await acquire(elsewhere(storage))).add([row('a')]);
    const clock = new FastClock();
    let waits = 0;
    const store = await acquire(storage, depsOf(clock, { onWait: () => (waits += 1) }));

    expect(clock.slept).toBe(LEASE_MS);
    expect(waits).toBe(LEASE_MS / (2 * SECOND));
    expect([...store.entries.keys()]).toEqual(['a']);
    await store.release();
  });

  it('is waited for as long as its holder gives signs of life', async () => {
    const theirs = new FastClock();
    const other = await acquire(elsewhere(storage), depsOf(theirs));
    const clock = new FastClock();
    let polls = 0;
    const onWait = () => (polls += 1);
    const sleeping: Clock = {
      now: () => clock.now(),
      sleep: async (ms) => {
        await clock.sleep(ms);
        theirs.pass(ms);
        if (polls < 200) await other.renew();
        if (polls === 200) await other.release();
      },
    };

    const store = await acquire(storage, depsOf(sleeping, { onWait }));

    expect(clock.slept).toBe(400 * SECOND);
    await store.release();
  });

  it('stops waiting when it is told to', async () => {
    await acquire(elsewhere(storage));
    const signal = AbortSignal.abort(new Error('enough'));
    const clock: Clock = {
      now: () => new Date(0),
      sleep: async (_ms, by) => by?.throwIfAborted(),
    };

    await expect(acquire(storage, depsOf(clock, { signal }))).rejects.toThrow('enough');
  });

  it('renews its lease before a quarter of it is gone, and not more often', async () => {
    const clock = new FastClock();
    const store = await acquire(storage, depsOf(clock));
    const version = async () => (await storage.readVersioned(`${PREFIX}deliveries.json`))?.version;
    const first = await version();
    clock.pass(LEASE_MS / 4 - 1);
    await store.renew();
    expect(await version()).toBe(first);

    clock.pass(1);
    await Promise.all([store.renew(), store.renew(), store.renew()]);

    const text = new TextDecoder().decode((await storage.read(`${PREFIX}deliveries.json`)) ?? undefined);
    expect(text).toContain('"generation": 2');
    await store.release();
  });

  it('that was taken over says so, and what it had is not lost', async () => {
    const clock = new FastClock();
    const slow = await acquire(elsewhere(storage), depsOf(clock));
    await slow.add([row('a'), row('b')]);
    await slow.settle([sent('a')]);
    const store = await acquire(storage);
    await store.settle([sent('b')]);
    clock.pass(LEASE_MS);

    for (const action of [
      () => slow.renew(),
      () => slow.add([row('c')]),
      () => slow.settle([sent('b', { status: 'parked' })]),
      () => slow.release(),
    ]) {
      const problem = await problemOf(action());
      expect(problem).toBeInstanceOf(LeaseLost);
      expect(problem.message).toBe('another push has taken over');
      expect(problem.hint).toContain('run this again');
    }
    await store.add([row('d')]);
    await store.release();

    const found = await readDeliveries(storage, RECEIVER);
    expect([...found.entries].map(([id, { status }]) => [id, status])).toEqual([
      ['a', 'sent'],
      ['b', 'sent'],
      ['d', 'waiting'],
    ]);
    const next = await acquire(storage);
    expect(await segments()).toHaveLength(4);
    await next.release();
  });

  it('clears away what a killed one left half done', async () => {
    const store = await acquire();
    await store.add([row('a')]);
    await store.release();
    const kept = await segments();
    await put(`${PREFIX}000009-w000000-1-dead.jsonl`, '{"row":');
    expect(await segments()).toHaveLength(2);

    const next = await acquire();

    expect(await segments()).toEqual(kept);
    expect([...next.entries.keys()]).toEqual(['a']);
    await next.release();
  });

  it('is left alone by one that was held up until somebody else had taken over', async () => {
    const first = await acquire();
    await first.add([row('a')]);
    await first.release();
    let isHeldUp = true;
    const slow = otherStorage(elsewhere(storage), {
      async *stream(key) {
        if (isHeldUp) {
          isHeldUp = false;
          const other = await acquire();
          await other.add([row('b')]);
          await other.release();
        }
        yield* storage.stream(key);
      },
    });

    const late = await acquire(slow);

    expect(await problemOf(late.add([row('c')]))).toBeInstanceOf(LeaseLost);
    expect([...(await readDeliveries(storage, RECEIVER)).entries.keys()]).toEqual(['a', 'b']);
  });

  it('that was deleted begins again', async () => {
    for (let times = 0; times < 3; times += 1) {
      const store = await acquire();
      expect(store.entries.size).toBe(0);
      await store.add([row('a')]);
      await store.settle([sent('a')]);
      await store.release();
      for (const { key } of await storage.list(PREFIX)) await storage.remove(key);
      expect((await readDeliveries(place.client(), RECEIVER)).entries.size).toBe(0);
    }
  });

  it('can be read while somebody puts it together', async () => {
    const store = await acquire();
    for (let n = 0; n < 14; n += 1) await store.add([row(`r${n}`)]);
    let isFirst = true;
    const reader = otherStorage(place.client(), {
      async *stream(key) {
        if (isFirst) {
          isFirst = false;
          await store.release();
        }
        yield* storage.stream(key);
      },
    });

    expect((await readDeliveries(reader, RECEIVER)).entries.size).toBe(14);
  });

  describe.each([
    [
      'a segment that is missing',
      async () => await storage.remove((await segments())[0] ?? ''),
      /000001-.*\.jsonl is missing$/u,
    ],
    [
      'a segment that was changed',
      async () => await put((await segments())[0] ?? '', '{}\n'),
      /000001-.*\.jsonl is damaged$/u,
    ],
  ])('with %s', (__, damage, message) => {
    it('says which one, and what to do, to who sends and to who reads', async () => {
      const store = await acquire();
      await store.add([row('a')]);
      await store.add([row('b')]);
      await store.release();
      await damage();

      for (const action of [() => acquire(elsewhere(storage)), () => readDeliveries(storage, RECEIVER)]) {
        const problem = await problemOf(action());
        expect(problem.message).toMatch(message);
        expect(problem.hint).toContain(`delete ${storage.location}/${PREFIX} and run again`);
      }
      // and nobody has to wait for the one that failed
      const clock = new FastClock();
      await problemOf(acquire(storage, depsOf(clock)));
      expect(clock.slept).toBe(0);
    });
  });

  it('of a newer version is not touched', async () => {
    const before = await storage.readVersioned(`${PREFIX}deliveries.json`);
    const newer = Buffer.from('{"schema":"dora-metrics/deliveries/v2"}');
    await storage.replace(`${PREFIX}deliveries.json`, newer, before?.version ?? null);

    const problem = await problemOf(acquire());

    expect(problem.message).toContain('deliveries.json is damaged, or was written by a newer version');
    expect(Buffer.from((await storage.read(`${PREFIX}deliveries.json`)) ?? [])).toEqual(newer);
  });

  async function put(key: string, text: string): Promise<void> {
    const writer = await storage.create(key);
    await writer.write(Buffer.from(text));
    await writer.commit();
  }
});

/** Every question to the place waits as many turns as the next number says. */
function halting(storage: Storage, turns: () => number): Storage {
  const halt = async () => {
    for (let left = turns(); left > 0; left -= 1) await new Promise((resolve) => setImmediate(resolve));
  };
  return otherStorage(storage, {
    list: async (prefix) => {
      await halt();
      return await storage.list(prefix);
    },
    readVersioned: async (key) => {
      await halt();
      return await storage.readVersioned(key);
    },
    replace: async (key, body, expected) => {
      await halt();
      const version = await storage.replace(key, body, expected);
      await halt();
      return version;
    },
  });
}

/** Time that passes when somebody sleeps, and a turn of the loop with it. */
function turningClock(): Clock {
  const clock = new FastClock();
  return {
    now: () => clock.now(),
    sleep: async (ms) => {
      await clock.sleep(ms);
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

const turnsOf = (numbers: readonly number[]) => {
  let at = 0;
  return () => numbers[at++ % numbers.length] ?? 0;
};

const PUSHERS = fc.array(fc.array(fc.nat({ max: 12 }), { minLength: 1, maxLength: 12 }), {
  minLength: 2,
  maxLength: 4,
});

describe('several that want to send at the same time', () => {
  const inFolder = async (check: (storage: Storage) => Promise<void>) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'dora-deliveries-'));
    await check(new LocalStorage(folder)).finally(() => rm(folder, { recursive: true }));
  };

  it('never do, as long as each gives signs of life', async () => {
    await fc.assert(
      fc.asyncProperty(PUSHERS, async (pushers) => {
        await inFolder(async (storage) => {
          let senders = 0;
          const push = async (numbers: readonly number[], name: number): Promise<void> => {
            const place = halting(elsewhere(storage, String(name)), turnsOf(numbers));
            const deps = depsOf(turningClock(), { leaseMs: 100_000 * SECOND });
            const store = await DeliveryStore.acquire(place, RECEIVER, deps);
            senders += 1;
            expect(senders).toBe(1);
            await store.add([row(`r${name}`)]);
            await store.settle([sent(`r${name}`)]);
            expect(senders).toBe(1);
            senders -= 1;
            await store.release();
          };
          await Promise.all(pushers.map(push));
          const { entries } = await readDeliveries(storage, RECEIVER);
          expect([...entries.values()].map(({ status }) => status)).toEqual(pushers.map(() => 'sent'));
        });
      }),
      { numRuns: 25 },
    );
  });

  it('lose nothing that was stored, though each takes the others for dead', async () => {
    await fc.assert(
      fc.asyncProperty(PUSHERS, async (pushers) => {
        await inFolder(async (storage) => {
          const stored = new Set<string>();
          const push = async (numbers: readonly number[], name: number): Promise<void> => {
            const place = halting(elsewhere(storage, String(name)), turnsOf(numbers));
            const deps = depsOf(turningClock(), { leaseMs: 2 * SECOND });
            try {
              const store = await DeliveryStore.acquire(place, RECEIVER, deps);
              for (let n = 0; n < 14; n += 1) {
                await store.add([row(`r${name}-${n}`)]);
                stored.add(`r${name}-${n}`);
              }
              await store.release();
            } catch (error) {
              if (!(error instanceof LeaseLost) && !isOvertaken(error)) throw error;
            }
          };
          await Promise.all(pushers.map(push));
          const { entries } = await readDeliveries(storage, RECEIVER);
          expect([...stored].filter((id) => !entries.has(id))).toEqual([]);
          const next = await DeliveryStore.acquire(storage, RECEIVER, depsOf());
          expect([...stored].filter((id) => !next.entries.has(id))).toEqual([]);
        });
      }),
      { numRuns: 25 },
    );
  });
});

/** What it read had been put together by somebody else in the meantime. */
function isOvertaken(error: unknown): boolean {
  return error instanceof DoraError && error.message.endsWith('is missing');
}
