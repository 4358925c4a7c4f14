import { randomBytes } from 'node:crypto';
import { CreateBucketCommand, DeleteBucketCommand, S3Client } from '@aws-sdk/client-s3';
import type { S3Api, S3Place } from '../../../src/storage/s3/api.ts';
import { connectTo } from '../../../src/storage/storage-at.ts';

/** A bucket of a real store, which the environment names. */
export interface RealBucket {
  readonly place: S3Place & { readonly endpoint: string };
  /** As the program is told of it. */
  readonly env: Readonly<Record<string, string>>;
  readonly api: S3Api;
  /** A prefix that nobody has used, with a slash at its end. */
  newPrefix(): string;
  /** Removes what lies below the prefix, uploads that were not completed among it. */
  clear(prefix: string): Promise<void>;
  /** Removes what all tests left, and the bucket where it was made for them. */
  close(): Promise<void>;
}

/** Throws where no store is named: tests that were asked for are never skipped. */
export async function openRealBucket(): Promise<RealBucket> {
  const endpoint = needed('DORA_IT_S3_ENDPOINT');
  const env = {
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_ACCESS_KEY_ID: needed('AWS_ACCESS_KEY_ID'),
    AWS_SECRET_ACCESS_KEY: needed('AWS_SECRET_ACCESS_KEY'),
    AWS_REGION: process.env['AWS_REGION'] ?? 'us-east-1',
  };
  const given = process.env['DORA_IT_S3_BUCKET'] ?? '';
  const name = given === '' ? `dora-it-${randomBytes(6).toString('hex')}` : given;
  const place = { ...PLAIN, endpoint, region: env.AWS_REGION, bucket: name };
  // before the other one, which warns of things that it has silenced
  const api = await connectTo(place, new AbortController().signal);
  const client = new S3Client({ endpoint, region: env.AWS_REGION, forcePathStyle: true });
  if (given === '') await client.send(new CreateBucketCommand({ Bucket: name }));
  const root = `dora-it-${randomBytes(6).toString('hex')}/`;
  let prefixes = 0;
  const clear = async (prefix: string): Promise<void> => {
    for (const { key, upload } of await api.uploads(prefix)) await api.abortUpload(key, upload);
    const keys: string[] = [];
    for await (const { key } of api.list(prefix)) keys.push(key);
    while (keys.length > 0) await Promise.all(keys.splice(0, 50).map(async (key) => await api.remove(key)));
  };
  return {
    place,
    env,
    api,
    newPrefix: () => `${root}${String((prefixes += 1))}/`,
    clear,
    close: async () => {
      await clear(root);
      if (given === '') await client.send(new DeleteBucketCommand({ Bucket: name }));
      client.destroy();
    },
  };
}

const PLAIN = { pathStyle: true, encryption: null, encryptionKey: null, storageClass: null } as const;

function needed(variable: string): string {
  const value = process.env[variable] ?? '';
  if (value === '') throw new Error(`set ${variable}, or run npm run test:integration, which starts a store`);
  return value;
}
