import type { Storage } from '../../../src/storage/storage.ts';
import type { Fault } from './server.ts';

/** More than one part of an upload. */
export const LARGE = Buffer.alloc((8 << 20) + 5, 'abcdefg\n');

export async function put(storage: Storage, key: string, body: Uint8Array): Promise<void> {
  const writer = await storage.create(key);
  await writer.write(body);
  await writer.commit();
}

async function streamed(storage: Storage, key: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of storage.stream(key)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** All that a run does, small; gives what it saw. */
export async function work(storage: Storage): Promise<unknown> {
  await put(storage, 'raw/large.jsonl', LARGE);
  await put(storage, 'raw/small.jsonl', Buffer.from('small'));
  let version = (await storage.readVersioned('state.json'))?.version ?? null;
  for (const body of ['one', 'two', 'three'])
    version = await storage.replace('state.json', Buffer.from(body), version);
  const large = await streamed(storage, 'raw/large.jsonl');
  const before = await storage.fingerprint('raw/small.jsonl');
  await put(storage, 'raw/gone', Buffer.from('x'));
  await storage.remove('raw/gone');
  return {
    isWhole: large.equals(LARGE),
    small: Buffer.from((await storage.read('raw/small.jsonl')) ?? []).toString('utf8'),
    state: Buffer.from((await storage.read('state.json')) ?? []).toString('utf8'),
    missing: await storage.read('raw/missing'),
    isKnown: before !== null,
    list: await storage.list('raw/'),
    abandoned: await storage.abandoned('raw/'),
  };
}

/** What passes: a run must not notice. */
export const PASSING: readonly Fault[] = [
  { kind: 'answer', status: 503, code: 'SlowDown' },
  { kind: 'answer', status: 500, code: 'InternalError' },
  { kind: 'cut-before' },
  { kind: 'cut-after' },
  { kind: 'half' },
];
