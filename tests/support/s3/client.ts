import { systemClock } from '../../../src/io/clock.ts';
import { S3Storage, type S3Options } from '../../../src/storage/s3-storage.ts';
import { connectTo } from '../../../src/storage/storage-at.ts';
import type { S3Server } from './server.ts';

/** A workspace in the bucket of a test server; each call is another client. */
export function s3Storage(
  { endpoint, bucket }: Pick<S3Server, 'endpoint' | 'bucket'>,
  more: Partial<S3Options> = {},
): S3Storage {
  const options: S3Options = {
    bucket,
    endpoint,
    prefix: 'teams/shop/',
    region: 'eu-central-1',
    pathStyle: true,
    encryption: null,
    encryptionKey: null,
    storageClass: null,
    singleWriter: false,
    ...more,
  };
  process.env['AWS_ACCESS_KEY_ID'] = 'AKIDTEST';
  process.env['AWS_SECRET_ACCESS_KEY'] = 'of-a-test';
  return new S3Storage(options, connectTo, systemClock);
}
