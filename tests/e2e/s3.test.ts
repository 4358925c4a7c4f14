import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dora, doraOk, ended, start } from '../support/cli.ts';
import { sharedFolder, smallShop } from '../support/repo.ts';
import { TEST_KEYS } from '../support/s3/client.ts';
import { startS3, type S3Server } from '../support/s3/server.ts';
import { wholeProgram } from '../support/s3/whole-program.ts';

/** The whole program over a bucket. */

const shared = sharedFolder(async (folder) => await smallShop(path.join(folder, 'shop')));
const shop = () => path.join(shared(), 'shop');

let server: S3Server;
beforeAll(async () => {
  server = await startS3();
});
afterAll(async () => await server.close());

const env = (of: S3Server = server) => ({ ...TEST_KEYS, AWS_ENDPOINT_URL_S3: of.endpoint });
let prefixes = 0;
/** A workspace that no other test uses. */
const place = () => `s3://workspaces/test-${String((prefixes += 1))}`;

wholeProgram(() => ({
  name: server.bucket,
  env: env(),
  place,
  objectsOf: async (at, below) => {
    const prefix = `${at.replace('s3://workspaces/', '')}/`;
    return Object.fromEntries(
      [...server.objects]
        .filter(([key]) => key.startsWith(`${prefix}${below}`))
        .map(([key, { body }]) => [key.slice(prefix.length), body.toString('utf8')]),
    );
  },
}));

it('a workspace in a bucket is not written again where nothing is new', async () => {
  const at = place();
  await doraOk(['extract', '--data', at], { cwd: shop(), env: env() });
  const before = server.requests.length;
  await doraOk(['update', '--data', at], { cwd: shop(), env: env() });
  const asked = server.requests.slice(before);
  // not more by an oversight: docs/performance.md has the number
  expect(asked.length).toBeLessThanOrEqual(4);
  const written = asked.filter(({ method }) => method === 'PUT');
  expect(written.map(({ key }) => path.posix.basename(key))).toEqual(['state.json']);
});

describe('Ctrl-C', () => {
  it.each([
    { what: 'a request without an answer', operation: 'put', kind: 'hang' },
    { what: 'an answer that stops in its middle', operation: 'get', kind: 'stall' },
    { what: 'the next try', operation: 'put', kind: 'busy' },
  ] as const)('does not wait for $what', async ({ operation, kind }) => {
    const at = place();
    await doraOk(['extract', '--data', at], { cwd: shop(), env: env() });
    const child = start(['extract', '--full', '--data', at], { cwd: shop(), env: env() });
    const run = ended(child);
    let asked = 0;
    const interrupt = () => void child.kill('SIGINT');
    server.setFault((request) => {
      if (request.operation !== operation) return null;
      if (kind !== 'busy') return { kind, begun: interrupt };
      asked += 1;
      if (asked === 3) interrupt();
      return { kind: 'answer', status: 503, code: 'SlowDown' };
    });
    const { code, stderr } = await run;
    server.setFault(null);

    expect(stderr).toMatch(/^interrupted: what was published before is kept/mu);
    expect(code).toBe(130);
    await doraOk(['extract', '--full', '--data', at], { cwd: shop(), env: env() });
  });
});

describe('a store', () => {
  it.each(['ignores', 'refuses'] as const)(
    'that %s conditions is refused, unless somebody promises to be alone',
    async (conditions) => {
      const weak = await startS3({ conditions });
      try {
        const argv = ['extract', '--data', 's3://workspaces/weak'];
        const refused = await dora(argv, { cwd: shop(), env: env(weak) });
        expect(refused.code).toBe(1);
        expect(refused.stderr).toMatch(/does not honour conditional writes.*\nhint: .*--single-writer/u);
        expect([...weak.objects.keys()]).toEqual([]);
        await doraOk([...argv, '--single-writer'], { cwd: shop(), env: env(weak) });
        await doraOk([...argv, '--single-writer'], { cwd: shop(), env: env(weak) });
      } finally {
        await weak.close();
      }
    },
  );

  it('is proven once for a workspace, and again for a copy of it elsewhere', async () => {
    const at = place();
    const probes = () => server.requests.filter(({ key }) => /\.conditional-writes-/u.test(key)).length;
    await doraOk(['extract', '--data', at], { cwd: shop(), env: env() });
    const once = probes();
    await doraOk(['extract', '--full', '--data', at], { cwd: shop(), env: env() });
    expect(probes()).toBe(once);
    const copy = place();
    for (const [key, stored] of server.objects)
      if (key.startsWith(`${at.slice('s3://workspaces/'.length)}/`))
        server.put(key.replace(at.slice(16), copy.slice(16)), stored.body, stored.metadata);
    await doraOk(['extract', '--full', '--data', copy], { cwd: shop(), env: env() });
    expect(probes()).toBeGreaterThan(once);
  });

  it.each([
    {
      what: 'a bucket that is not there',
      data: 's3://nowhere-at-all/x',
      more: {},
      says: /cannot read s3:\/\/nowhere-at-all\/x\/state\.json: 404 NoSuchBucket\nhint: there is no such bucket/u,
      code: 1,
    },
    {
      what: 'no credentials',
      data: 's3://workspaces/x',
      more: { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', AWS_EC2_METADATA_DISABLED: 'true' },
      says: /CredentialsProviderError\nhint: set AWS_ACCESS_KEY_ID/u,
      code: 1,
    },
    {
      what: 'an address where nothing listens',
      data: 's3://workspaces/x',
      more: { AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1' },
      says: /ECONNREFUSED\nhint: nothing listens there/u,
      code: 1,
    },
    {
      what: 'no bucket',
      data: 's3:///x',
      more: {},
      says: /there can be no bucket ""\nhint: write s3:\/\/bucket\/prefix/u,
      code: 2,
    },
    {
      what: 'another kind of place',
      data: 'gs://bucket/x',
      more: {},
      says: /gs is not a place that can be written to/u,
      code: 2,
    },
    {
      what: 'an unknown kind of storage',
      data: null,
      more: { DORA_STORAGE_TYPE: 'ftp' },
      says: /DORA_STORAGE_TYPE=ftp is not known/u,
      code: 2,
    },
    {
      what: 's3 without a bucket',
      data: null,
      more: { DORA_STORAGE_TYPE: 's3' },
      says: /needs DORA_S3_BUCKET/u,
      code: 2,
    },
    {
      what: 'a storage class that is none',
      data: 's3://workspaces/x',
      more: { DORA_S3_STORAGE_CLASS: 'COLD' },
      says: /DORA_S3_STORAGE_CLASS=COLD is not known\nhint: choose one of: STANDARD/u,
      code: 2,
    },
  ])('$what: says so, and what to do', async ({ data, more, says, code }) => {
    const argv = ['extract', ...(data === null ? [] : ['--data', data])];
    const run = await dora(argv, { cwd: shop(), env: { ...env(), ...more } });
    expect(run.stderr).toMatch(says);
    expect(run.code).toBe(code);
    expect(run.stderr).not.toContain('of-a-test');
  });

  it('is told how objects are to be stored', async () => {
    const at = place();
    const more = {
      ...env(),
      DORA_S3_ENCRYPTION: 'aws:kms',
      DORA_S3_KMS_KEY_ID: 'key-1',
      DORA_S3_STORAGE_CLASS: 'STANDARD_IA',
    };
    const before = server.requests.length;
    await doraOk(['extract', '--data', at], { cwd: shop(), env: more });
    const puts = server.requests.slice(before).filter(({ operation }) => operation === 'put');
    expect(puts.length).toBeGreaterThan(5);
    for (const { headers } of puts)
      expect(headers).toMatchObject({
        'x-amz-server-side-encryption': 'aws:kms',
        'x-amz-server-side-encryption-aws-kms-key-id': 'key-1',
        'x-amz-storage-class': 'STANDARD_IA',
      });
  });
});
