import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { S3Failure, type PutConditions, type S3Api } from '../../src/storage/s3/api.ts';
import type { S3Storage } from '../../src/storage/s3-storage.ts';
import { dora } from '../support/cli.ts';
import { testFolder } from '../support/repo.ts';
import { storageIn } from '../support/s3/client.ts';
import { openRealBucket, type RealBucket } from '../support/s3/real.ts';
import { wholeProgram } from '../support/s3/whole-program.ts';
import { startS3Proxy } from '../support/s3/proxy.ts';
import type { Fault, S3Request } from '../support/s3/server.ts';
import { PASSING, put, work } from '../support/s3/work.ts';
import { storageContract } from '../support/storage-contract.ts';

/** What is promised of a workspace in a bucket, at a store that is not of our own making. */

let bucket: RealBucket;
beforeAll(async () => {
  bucket = await openRealBucket();
});
afterAll(async () => await bucket.close());

storageContract('S3Storage at a real store', async () => {
  const prefix = bucket.newPrefix();
  return { client: () => storageIn({ ...bucket.place, prefix }), remove: () => bucket.clear(prefix) };
});

wholeProgram(() => ({
  name: bucket.place.bucket,
  env: bucket.env,
  place: () => `s3://${bucket.place.bucket}/${place().prefix.slice(0, -1)}`,
  objectsOf: async (at, below) => {
    const storage = storageIn({ ...bucket.place, prefix: `${at.replace(/^s3:\/\/[^/]+\//u, '')}/` });
    const found: Record<string, string> = {};
    for (const { key } of await storage.list(below))
      found[key] = Buffer.from((await storage.read(key)) ?? []).toString('utf8');
    return found;
  },
}));

/** A prefix for one test, with what S3 itself offers. */
function place(name = ''): { readonly prefix: string; readonly storage: S3Storage; readonly api: S3Api } {
  const prefix = `${bucket.newPrefix()}${name}`;
  onTestFinished(async () => await bucket.clear(prefix));
  return { prefix, storage: storageIn({ ...bucket.place, prefix }), api: bucket.api };
}

/** All of the work, with a fault in the way of the store. */
async function disturbed(fault: (request: S3Request) => Fault | null) {
  const { prefix } = place();
  const proxy = await startS3Proxy(bucket.place.endpoint, fault);
  try {
    const { endpoint } = proxy;
    const result = await work(storageIn({ ...bucket.place, prefix, endpoint })).catch(
      (error: unknown) => error,
    );
    const left: string[] = [];
    for await (const { key } of bucket.api.list(prefix)) left.push(key.slice(prefix.length));
    return { result, left, requests: proxy.requests };
  } finally {
    await proxy.close();
  }
}

async function readFrom(chunks: AsyncIterable<Uint8Array> | undefined): Promise<Buffer> {
  const read: Uint8Array[] = [];
  for await (const chunk of chunks ?? []) read.push(chunk);
  return Buffer.concat(read);
}

describe('a real store', () => {
  it('keeps an object that came in parts, whole and under one fingerprint', async () => {
    const { prefix, storage, api } = place();
    const body = randomBytes((20 << 20) + 5);
    const writer = await storage.create('raw/large');
    for (let from = 0; from < body.length; from += 1 << 20)
      await writer.write(body.subarray(from, from + (1 << 20)));
    await writer.commit();

    expect((await readFrom(storage.stream('raw/large'))).equals(body)).toBe(true);
    expect(await storage.list('raw/')).toEqual([{ key: 'raw/large', bytes: body.length }]);
    expect((await storage.fingerprints('raw/')).get('raw/large')).toBe(
      await storage.fingerprint('raw/large'),
    );
    expect(await api.uploads(prefix)).toEqual([]);
  });

  it('lists an upload that nobody completed, and forgets it when it is given up', async () => {
    const { prefix, storage, api } = place();
    const writer = await storage.create('raw/large');
    await writer.write(Buffer.alloc(8 << 20));
    const [upload] = await api.uploads(`${prefix}raw/`);
    expect(upload?.key).toBe(`${prefix}raw/large`);
    expect(upload?.begunAt).toBeLessThan(Infinity);
    // it is not a day old
    expect(await storage.abandoned('raw/')).toEqual([]);
    expect(await api.uploads(`${prefix}raw/`)).toHaveLength(1);

    await writer.abort();
    expect(await api.uploads(`${prefix}raw/`)).toEqual([]);
    await api.abortUpload(`${prefix}raw/large`, upload?.upload ?? '');
  });

  it('goes on with a stream where it ended, as long as it is the same object', async () => {
    const { prefix, storage, api } = place();
    await put(storage, 'raw/a', Buffer.from('0123456789'));
    const etag = (await api.head(`${prefix}raw/a`))?.etag ?? '';
    expect((await readFrom((await api.open(`${prefix}raw/a`, 6, etag))?.chunks)).toString()).toBe('6789');

    await put(storage, 'raw/a', Buffer.from('another one'));
    await expect(api.open(`${prefix}raw/a`, 6, etag)).rejects.toMatchObject({ status: 412 });
  });

  it('lists more than a page, in order', async () => {
    const { prefix, storage, api } = place();
    const keys = Array.from({ length: 1003 }, (_, n) => `raw/${String(n).padStart(4, '0')}`);
    for (let from = 0; from < keys.length; from += 50)
      await Promise.all(
        keys
          .slice(from, from + 50)
          .map(async (key) => await api.put(`${prefix}${key}`, Buffer.from('x'), {})),
      );

    expect((await storage.list('raw/')).map(({ key }) => key)).toEqual(keys);
  });

  it('takes a prefix of any letters', async () => {
    const { storage } = place('größe & more/a+b=c/100%/');
    await storage.replace('state.json', Buffer.from('one'), null);
    await put(storage, 'raw/a', Buffer.from('x'));

    expect((await storage.list('raw/')).map(({ key }) => key)).toEqual(['raw/a']);
    expect(Buffer.from((await storage.read('state.json')) ?? []).toString()).toBe('one');
  });

  it.each([
    {
      what: 'a bucket that is not there',
      more: {},
      at: 's3://dora-it-nowhere/x',
      says: /404 NoSuchBucket\nhint: there is no such bucket/u,
    },
    {
      what: 'a secret that is not the right one',
      more: { AWS_SECRET_ACCESS_KEY: 'not-the-right-one' },
      at: null,
      says: /403 SignatureDoesNotMatch\nhint: the secret key does not belong to the access key/u,
    },
    {
      what: 'an access key that nobody has',
      more: { AWS_ACCESS_KEY_ID: 'NOBODY' },
      at: null,
      says: /403 InvalidAccessKeyId\nhint: the store does not know these credentials/u,
    },
  ])('$what: says so, and what to do', async ({ more, at, says }) => {
    const data = at ?? `s3://${bucket.place.bucket}/nothing`;
    const cwd = await testFolder();
    const run = await dora(['status', '--data', data], { cwd, env: { ...bucket.env, ...more } });
    expect(run.stderr).toMatch(says);
    expect(run.code).toBe(1);
  });
});

describe('a request to a real store that goes wrong once', () => {
  it.each(PASSING)('is made good: $kind $code', { timeout: 300_000 }, async (fault) => {
    const { result, left, requests } = await disturbed(() => null);
    expect(result).toMatchObject({
      isWhole: true,
      small: 'small',
      state: 'three',
      missing: null,
      abandoned: [],
    });

    for (const { number, operation } of requests) {
      const after = await disturbed((request) => (request.number === number ? fault : null));
      expect({ number, operation, result: after.result, left: after.left }).toEqual({
        number,
        operation,
        result,
        left,
      });
    }
  });
});

describe('the proof of conditional writes', () => {
  it('finds the form of ETag that the store takes, and leaves nothing but what it found', async () => {
    const { prefix, storage, api } = place();
    await storage.replace('state.json', Buffer.from('one'), null);

    expect((await storage.list('')).map(({ key }) => key)).toEqual(['.conditional-writes', 'state.json']);
    const proof = Buffer.from((await storage.read('.conditional-writes')) ?? []).toString('utf8');
    const [form] = /^(?:quoted|bare)(?= [0-9a-f]{64}\n$)/u.exec(proof) ?? [];
    expect(proof).toMatch(/^(?:quoted|bare) [0-9a-f]{64}\n$/u);
    process.stderr.write(`conditional writes: ${form ?? ''}\n`);

    const put = async (conditions: PutConditions): Promise<number> =>
      await api.put(`${prefix}state.json`, Buffer.from('two'), conditions).then(
        () => 200,
        (error: unknown) => (error instanceof S3Failure ? error.status : 0),
      );
    const etag = (await storage.readVersioned('state.json'))?.version ?? '';
    const taken = form === 'bare' ? etag.replaceAll('"', '') : etag;
    const wrong = '00000000000000000000000000000000';
    expect(await put({ ifNoneMatch: '*' })).toBe(412);
    expect(await put({ ifMatch: form === 'bare' ? wrong : `"${wrong}"` })).toBe(412);
    expect(await put({ ifMatch: taken })).toBe(200);
  });
});
