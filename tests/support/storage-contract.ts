import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MissingKey, VersionConflict, type Storage } from '../../src/storage/storage.ts';

/** An empty place, and as many clients of it as a test wants. */
export interface Place {
  readonly client: () => Storage;
  readonly remove: () => Promise<void>;
}

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (body: Uint8Array | null | undefined) =>
  body === null || body === undefined ? null : new TextDecoder().decode(body);

async function put(storage: Storage, key: string, ...chunks: readonly string[]): Promise<void> {
  const writer = await storage.create(key);
  for (const chunk of chunks) await writer.write(bytes(chunk));
  await writer.commit();
}

async function streamed(storage: Storage, key: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of storage.stream(key)) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** What every implementation of `Storage` promises. */
export function storageContract(name: string, open: () => Promise<Place>): void {
  describe(name, () => {
    let place: Place;
    let storage: Storage;

    beforeEach(async () => {
      place = await open();
      storage = place.client();
    });

    afterEach(async () => {
      await place.remove();
    });

    describe('an object', () => {
      it('is read as it was written, chunk after chunk', async () => {
        await put(storage, 'raw/a/1.jsonl', 'one\n', 'two\n');

        expect(text(await storage.read('raw/a/1.jsonl'))).toBe('one\ntwo\n');
        expect(await streamed(storage, 'raw/a/1.jsonl')).toBe('one\ntwo\n');
      });

      it('does not exist before it is committed', async () => {
        const writer = await storage.create('raw/a');
        await writer.write(bytes('half'));

        expect(await storage.read('raw/a')).toBeNull();
        expect(await storage.list('raw/')).toEqual([]);

        await writer.commit();
        expect(text(await storage.read('raw/a'))).toBe('half');
      });

      it('that was given up never existed, and the one before it stays', async () => {
        await put(storage, 'raw/a', 'before');
        const writer = await storage.create('raw/a');
        await writer.write(bytes('after'));
        await writer.abort();

        expect(text(await storage.read('raw/a'))).toBe('before');
      });

      it('survives an abort that comes after the commit', async () => {
        const writer = await storage.create('raw/a');
        await writer.write(bytes('kept'));
        await writer.commit();
        await writer.abort();

        expect(text(await storage.read('raw/a'))).toBe('kept');
      });

      it('may be empty, which is not the same as missing', async () => {
        await put(storage, 'raw/empty');

        expect(text(await storage.read('raw/empty'))).toBe('');
        expect(await streamed(storage, 'raw/empty')).toBe('');
        expect(await storage.read('raw/missing')).toBeNull();
      });

      it('that is missing cannot be streamed', async () => {
        await expect(streamed(storage, 'raw/missing')).rejects.toThrow(MissingKey);
      });

      it('takes the place of an older one whole', async () => {
        await put(storage, 'raw/a', 'a long text that was there before');
        await put(storage, 'raw/a', 'short');

        expect(text(await storage.read('raw/a'))).toBe('short');
      });

      it('can be removed, more than once', async () => {
        await put(storage, 'raw/a', 'a');

        await storage.remove('raw/a');
        await storage.remove('raw/a');

        expect(await storage.read('raw/a')).toBeNull();
      });

      it('of many megabytes comes back byte for byte', async () => {
        const chunk = Buffer.alloc(1 << 20, 'abcdefg\n');
        const writer = await storage.create('raw/large');
        for (let n = 0; n < 5; n += 1) await writer.write(chunk);
        await writer.commit();

        let length = 0;
        for await (const part of storage.stream('raw/large')) length += part.length;

        expect(length).toBe(5 << 20);
      });

      it('has another fingerprint when it was written again, and none when it is missing', async () => {
        await put(storage, 'dataset/a', 'one');
        const before = await storage.fingerprint('dataset/a');
        const again = await storage.fingerprint('dataset/a');
        await put(storage, 'dataset/a', 'two');

        expect(before).not.toBeNull();
        expect(again).toBe(before);
        expect(await storage.fingerprint('dataset/a')).not.toBe(before);
        expect(await storage.fingerprint('dataset/b')).toBeNull();
      });

      it('has the same fingerprint by itself and among others', async () => {
        for (const key of ['dataset/a', 'dataset/b', 'raw/c', 'dataset/d', 'dataset/e', 'dataset/f/g', 'h'])
          await put(storage, key, key);

        const found = await storage.fingerprints('dataset/');

        expect([...found.keys()].toSorted()).toEqual(['dataset/a', 'dataset/b', 'dataset/d', 'dataset/e']);
        for (const [key, fingerprint] of found) expect(await storage.fingerprint(key)).toBe(fingerprint);
        expect([...(await storage.fingerprints('nothing/'))]).toEqual([]);
        expect([...(await storage.fingerprints('')).keys()]).toEqual(['h']);
        expect((await storage.fingerprints('')).get('h')).toBe(await storage.fingerprint('h'));
      });

      it('that was written has the fingerprint that was told with it, if one was', async () => {
        for (const body of ['small', 'x'.repeat(9 << 20)]) {
          const writer = await storage.create('dataset/a');
          await writer.write(Buffer.from(body));
          const told = await writer.commit();

          if (told !== null) expect(told).toBe(await storage.fingerprint('dataset/a'));
        }
      });

      it('of any bytes under any key comes back', async () => {
        const key = fc
          .array(fc.stringMatching(/^[a-z0-9%_][a-z0-9%_-]{0,6}$/u), { minLength: 1, maxLength: 3 })
          .map((parts) => `raw/${parts.join('/')}/x.jsonl`);

        await fc.assert(
          fc.asyncProperty(key, fc.uint8Array({ maxLength: 200 }), async (where, body) => {
            const writer = await storage.create(where);
            await writer.write(body);
            await writer.commit();

            expect([...((await storage.read(where)) ?? [])]).toEqual([...body]);
          }),
          { numRuns: 30 },
        );
      });
    });

    describe('a list', () => {
      it('holds what begins with the prefix, in order of key, with sizes', async () => {
        for (const key of ['raw/b/2', 'raw/a/1', 'raw/ab', 'dataset/x']) await put(storage, key, key);

        expect(await storage.list('raw/')).toEqual([
          { key: 'raw/a/1', bytes: 7 },
          { key: 'raw/ab', bytes: 6 },
          { key: 'raw/b/2', bytes: 7 },
        ]);
        expect((await storage.list('raw/a')).map(({ key }) => key)).toEqual(['raw/a/1', 'raw/ab']);
      });

      it('of nothing is empty', async () => {
        expect(await storage.list('raw/')).toEqual([]);
      });
    });

    describe('replacing', () => {
      it('puts a body in the place of nothing, and of the version that was read', async () => {
        const first = await storage.replace('state.json', bytes('one'), null);
        expect(await storage.readVersioned('state.json')).toEqual({
          body: expect.anything(),
          version: first,
        });

        const second = await storage.replace('state.json', bytes('two'), first);

        expect((await storage.readVersioned('state.json'))?.version).toBe(second);
        expect(text(await storage.read('state.json'))).toBe('two');
      });

      it('finds nothing where nothing was put', async () => {
        expect(await storage.readVersioned('state.json')).toBeNull();
      });

      it('is refused when it is another version by now, and changes nothing', async () => {
        const first = await storage.replace('state.json', bytes('one'), null);
        await storage.replace('state.json', bytes('two'), first);

        await expect(storage.replace('state.json', bytes('mine'), first)).rejects.toThrow(VersionConflict);
        await expect(storage.replace('state.json', bytes('mine'), null)).rejects.toThrow(VersionConflict);
        await expect(storage.replace('other.json', bytes('mine'), first)).rejects.toThrow(VersionConflict);
        expect(text(await storage.read('state.json'))).toBe('two');
        expect(await storage.read('other.json')).toBeNull();
      });

      it('lets exactly one of several writers win, round after round', async () => {
        let version: string | null = null;
        for (let round = 0; round < 40; round += 1) {
          const expected: string | null = version;
          const attempts: readonly PromiseSettledResult<string>[] = await Promise.allSettled(
            ['a', 'b', 'c'].map(async (who) =>
              place.client().replace('state.json', bytes(`${String(round)} ${who}`), expected),
            ),
          );

          const winners = attempts.flatMap((attempt) =>
            attempt.status === 'fulfilled' ? [attempt.value] : [],
          );
          const losers = attempts.flatMap((attempt): unknown[] =>
            attempt.status === 'rejected' ? [attempt.reason] : [],
          );
          expect(winners).toHaveLength(1);
          expect(losers.every((reason) => reason instanceof VersionConflict)).toBe(true);
          const found = await place.client().readVersioned('state.json');
          const winner = attempts.findIndex(({ status }) => status === 'fulfilled');
          expect(found?.version).toBe(winners[0]);
          expect(text(found?.body)).toBe(`${String(round)} ${'abc'.charAt(winner)}`);
          version = winners[0] ?? null;
        }
      });

      it('loses no step of writers that try again until they win', async () => {
        /** Each writer's body is its own: where an answer got lost, it is by the body that a store's client knows what it has written. */
        const increment = async (writer: number): Promise<void> => {
          const client = place.client();
          for (;;) {
            const found = await client.readVersioned('count');
            const next = Number(/^\d+/u.exec(text(found?.body) ?? '0')?.[0]) + 1;
            try {
              await client.replace(
                'count',
                bytes(`${String(next)} by ${String(writer)}`),
                found?.version ?? null,
              );
              return;
            } catch (error) {
              if (!(error instanceof VersionConflict)) throw error;
            }
          }
        };

        await Promise.all(
          Array.from({ length: 4 }, async (_, writer) => {
            for (let n = 0; n < 8; n += 1) await increment(writer);
          }),
        );

        expect(text(await place.client().read('count'))).toMatch(/^32 /u);
      });

      it('shows a reader whole bodies only, in the middle of it all', async () => {
        const body = (n: number) => `${String(n)} `.repeat(20_000);
        let version = await storage.replace('state.json', bytes(body(0)), null);
        const done = new AbortController();
        const reading = (async () => {
          const seen = new Set<string>();
          while (!done.signal.aborted) seen.add(text(await place.client().read('state.json')) ?? 'missing');
          return seen;
        })();

        for (let n = 1; n < 15; n += 1)
          version = await storage.replace('state.json', bytes(body(n)), version);
        done.abort();

        const whole = new Set(Array.from({ length: 15 }, (_, n) => body(n)));
        expect([...(await reading)].filter((each) => !whole.has(each))).toEqual([]);
      });
    });

    describe('a writer', () => {
      it('has a name that can stand in a key', () => {
        expect(storage.writerName).toMatch(/^[a-z0-9-]+$/u);
      });

      it('has not abandoned what it is writing, or has written', async () => {
        await put(storage, `raw/a/000001-${storage.writerName}.jsonl`, 'x');
        const writer = await storage.create(`raw/a/000002-${storage.writerName}.jsonl`);
        await writer.write(bytes('y'));

        expect(await place.client().abandoned('raw/')).toEqual([]);

        await writer.commit();
        expect(await storage.list('raw/')).toHaveLength(2);
      });
    });
  });
}
