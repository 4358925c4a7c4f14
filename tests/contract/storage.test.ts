import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe } from 'vitest';
import { LocalStorage } from '../../src/storage/local-storage.ts';
import { s3Storage } from '../support/s3/client.ts';
import { startS3 } from '../support/s3/server.ts';
import { storageContract } from '../support/storage-contract.ts';

storageContract('LocalStorage', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'dora-contract-'));
  return {
    client: () => new LocalStorage(path.join(folder, 'data')),
    remove: () => rm(folder, { recursive: true }),
  };
});

describe.each(['honours', 'unquoted'] as const)('with conditions in the way of %s', (conditions) => {
  storageContract('S3Storage', async () => {
    // pages of three, so that every list has several
    const server = await startS3({ conditions, page: 3 });
    return { client: () => s3Storage(server), remove: () => server.close() };
  });
});
