import { systemClock } from '../../../src/io/clock.ts';
import { S3Storage, type S3Options } from '../../../src/storage/s3-storage.ts';
import { connectTo } from '../../../src/storage/storage-at.ts';
import type { S3Server } from './server.ts';

/** What the test server asks of who comes; it looks no closer. */
export const TEST_KEYS = { AWS_ACCESS_KEY_ID: 'AKIDTEST', AWS_SECRET_ACCESS_KEY: 'of-a-test' };

const NEVER = new AbortController().signal;

/** A workspace in the bucket of a test server; each call is another client. */
export function s3Storage(
  server: Pick<S3Server, 'endpoint' | 'bucket'>,
  more: Partial<S3Options> = {},
  signal = NEVER,
): S3Storage {
  Object.assign(process.env, TEST_KEYS);
  return storageIn({ ...server, prefix: 'teams/shop/' }, more, signal);
}

/** A workspace below a prefix of any store, with the credentials of the environment. */
export function storageIn(
  { endpoint, bucket, prefix }: Pick<S3Options, 'endpoint' | 'bucket' | 'prefix'>,
  more: Partial<S3Options> = {},
  signal = NEVER,
): S3Storage {
  return new S3Storage(
    {
      bucket,
      endpoint,
      prefix,
      region: process.env['AWS_REGION'] ?? 'us-east-1',
      pathStyle: true,
      encryption: null,
      encryptionKey: null,
      storageClass: null,
      singleWriter: false,
      ...more,
    },
    { connect: connectTo, clock: systemClock, signal },
  );
}
