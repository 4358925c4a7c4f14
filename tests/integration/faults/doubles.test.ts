import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { LocalStorage } from '../../../src/storage/local-storage.ts';
import type { Storage } from '../../../src/storage/storage.ts';
import { beginRandom } from '../../support/faults/counted-random.ts';
import { Cue, type Operation } from '../../support/faults/cue.ts';
import { Place, processAt } from '../../support/faults/places.ts';
import { Replay } from '../../support/faults/replayed.ts';
import { testFolder } from '../../support/repo.ts';
import { filesIn } from '../../support/workspace.ts';
import { s3Storage } from '../../support/s3/client.ts';
import { startS3 } from '../../support/s3/server.ts';

vi.mock('node:fs/promises', async (original) =>
  (await import('../../support/faults/mounts.ts')).promisesWithMounts(await original()),
);
vi.mock('node:fs', async (original) =>
  (await import('../../support/faults/mounts.ts')).streamsWithMounts(await original()),
);
vi.mock('node:crypto', async (original) =>
  (await import('../../support/faults/counted-random.ts')).countedRandom(await original()),
);

/** The disk and the bucket in memory, by which every fault is tried, are like the real ones where nothing is at fault. */

async function put(storage: Storage, key: string, text: string): Promise<void> {
  const writer = await storage.create(key);
  await writer.write(Buffer.from(text));
  await writer.commit();
}

async function streamed(storage: Storage, key: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of storage.stream(key)) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** A little of everything; gives what was seen. */
async function work(storage: Storage): Promise<unknown> {
  const text = async (key: string) => Buffer.from((await storage.read(key)) ?? []).toString('utf8');
  await put(storage, 'raw/git/shop/commits/1.jsonl', 'one');
  await put(storage, 'raw/git/shop/commits/2.jsonl', 'two');
  let version: string | null = null;
  for (const body of ['1', '2', '3', '4', '5', '6', '7'])
    version = await storage.replace('state.json', Buffer.from(body), version);
  const beaten = await storage
    .replace('state.json', Buffer.from('8'), 'another')
    .catch((error: unknown) => error);
  const before = await storage.fingerprint('raw/git/shop/commits/1.jsonl');
  await put(storage, 'raw/git/shop/commits/1.jsonl', 'three');
  await storage.remove('raw/git/shop/commits/2.jsonl');
  await storage.remove('raw/git/shop/commits/none.jsonl');
  await (await storage.create('raw/given-up')).abort();
  return {
    beaten: beaten instanceof Error ? beaten.name : beaten,
    isOther: before !== (await storage.fingerprint('raw/git/shop/commits/1.jsonl')),
    raw: await storage.list('raw/'),
    text: await text('raw/git/shop/commits/1.jsonl'),
    streamed: await streamed(storage, 'raw/git/shop/commits/1.jsonl'),
    state: await text('state.json'),
    none: [await storage.read('none'), await storage.fingerprint('none'), await storage.list('none/')],
    missing: await streamed(storage, 'none').catch((error: unknown) =>
      error instanceof Error ? error.name : error,
    ),
    fingerprints: [...(await storage.fingerprints('raw/')).keys()],
    abandoned: await storage.abandoned('raw/'),
  };
}

async function inMemory(kind: 'disk' | 's3') {
  const place = new Place(kind);
  const operations: Operation[] = [];
  const cue = new Cue(null, (operation) => operations.push(operation));
  const process = processAt(place, { replay: new Replay(), cue });
  const result = await work(process.ports.storage);
  process.end();
  return { place, result, operations };
}

describe('in memory, what nothing disturbs', () => {
  it('leaves the files that it leaves on a real disk, and sees the same', async () => {
    const { place, result, operations } = await inMemory('disk');
    const data = path.join(await testFolder(), 'data');
    await mkdir(data);
    beginRandom();

    expect(await work(new LocalStorage(data))).toEqual(result);
    expect(await filesIn(data)).toEqual([...place.objects().keys()].sort());
    expect(operations.length).toBeGreaterThan(150);
  });

  it('asks of a bucket what it asks of a server, and sees the same', async () => {
    const { place, result, operations } = await inMemory('s3');
    const server = await startS3();
    try {
      expect(await work(s3Storage(server))).toEqual(result);
      expect(server.requests.map(({ operation }) => operation.replace('delete', 'remove'))).toEqual(
        operations.map(({ what }) => what.split(' ')[0]?.replace('open', 'get')),
      );
      expect([...server.objects.keys()].map((key) => key.replace(/^teams\//u, '')).sort()).toEqual(
        [...place.bucket.objects.keys()].sort(),
      );
    } finally {
      await server.close();
    }
  });
});
