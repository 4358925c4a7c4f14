import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { git } from '../../fixtures/history/git.ts';
import { dora, doraOk, type Run } from '../support/cli.ts';
import { AS_OF, sharedFolder, smallShop, testFolder } from '../support/repo.ts';
import { startS3, type S3Server } from '../support/s3/server.ts';

/** The whole program over a bucket. */

const shared = sharedFolder(async (folder) => {
  for (const name of ['shop', 'api', 'web', 'ops']) await smallShop(path.join(folder, name));
});
const shop = () => path.join(shared(), 'shop');

let server: S3Server;
beforeAll(async () => {
  server = await startS3();
});
afterAll(async () => await server.close());

const keys = () => ({ AWS_ACCESS_KEY_ID: 'AKIDTEST', AWS_SECRET_ACCESS_KEY: 'of-a-test' });
const env = (of: S3Server = server) => ({ ...keys(), AWS_ENDPOINT_URL_S3: of.endpoint });
let prefixes = 0;
/** A workspace that no other test uses. */
const place = () => `s3://workspaces/test-${String((prefixes += 1))}`;

/** What a workspace holds below a prefix, by key. */
function objectsOf(at: string, below: string): Record<string, string> {
  const prefix = `${at.replace('s3://workspaces/', '')}/`;
  return Object.fromEntries(
    [...server.objects]
      .filter(([key]) => key.startsWith(`${prefix}${below}`))
      .map(([key, { body }]) => [key.slice(prefix.length), body.toString('utf8')]),
  );
}

const State = z.object({
  generation: z.number(),
  streams: z.record(z.string(), z.object({ segments: z.array(z.object({ name: z.string() })) })),
});

/** The published state, of which every segment must be there. */
function stateOf(at: string): z.infer<typeof State> {
  const state = State.parse(JSON.parse(objectsOf(at, 'state.json')['state.json'] ?? ''));
  const names = Object.values(state.streams).flatMap(({ segments }) => segments.map(({ name }) => name));
  const stored = Object.keys(objectsOf(at, 'raw/')).map((key) => path.posix.basename(key));
  expect(stored).toEqual(expect.arrayContaining(names));
  return state;
}

describe('a workspace in a bucket', () => {
  it('holds what one in a folder does, and gives the same report', async () => {
    const folder = path.join(await testFolder(), 'data');
    const at = place();
    for (const [data, more] of [
      [folder, {}],
      [at, env()],
    ] as const) {
      await doraOk(['extract', '--full', '--data', data], { cwd: shop(), env: more });
    }
    const argv = ['report', '--as-of', AS_OF, '--output', '-', '--data'];
    const page = await doraOk([...argv, folder], { cwd: shop() });
    // it names the place of the workspace in the line that makes it again
    expect((await doraOk([...argv, at], { cwd: shop(), env: env() })).replaceAll(at, folder)).toBe(page);
    const tables = (await readdir(path.join(folder, 'dataset'))).filter((name) => name.endsWith('.csv'));
    expect(tables).toHaveLength(5);
    const inBucket = objectsOf(at, '');
    for (const key of [...tables.map((name) => `dataset/${name}`), 'pending_review.csv'])
      expect({ key, is: inBucket[key] }).toEqual({ key, is: await readFile(path.join(folder, key), 'utf8') });
  });

  it('is reached by variables as well, and takes annotations', async () => {
    const at = place();
    const cwd = await testFolder();
    const more = {
      ...env(),
      DORA_STORAGE_TYPE: 's3',
      DORA_S3_BUCKET: 'workspaces',
      DORA_S3_PREFIX: at.replace('s3://workspaces/', ''),
    };
    await writeFile(path.join(cwd, 'dora-metrics.yaml'), `repositories: [{ path: "${shop()}" }]\n`);
    await doraOk(['extract'], { cwd, env: more });
    const sheet = objectsOf(at, 'pending_review.csv')['pending_review.csv'] ?? '';
    const rows = sheet
      .split('\r\n')
      .map((row) => (row.includes('pay: by card') ? row.replace(/,,r0_start$/u, ',why not,r0_start') : row));
    await writeFile(path.join(cwd, 'sheet.csv'), rows.join('\r\n'));
    expect(await doraOk(['import', 'sheet.csv', '--by', 'Ada'], { cwd, env: more })).toContain('1 cell set');
    expect(await doraOk(['annotations', 'list'], { cwd, env: more })).toContain('notes: why not');
    expect(objectsOf(at, 'pending_review.csv')['pending_review.csv']).toContain('why not');
    expect(await doraOk(['status'], { cwd, env: more })).toContain(`${at}: `);
    await doraOk(['annotations', 'undo'], { cwd, env: more });
    expect(await doraOk(['annotations', 'list'], { cwd, env: more })).toContain('no annotations');
  });

  it('is not written again where nothing is new', async () => {
    const at = place();
    await doraOk(['extract', '--data', at], { cwd: shop(), env: env() });
    const before = server.requests.length;
    await doraOk(['update', '--data', at], { cwd: shop(), env: env() });
    const asked = server.requests.slice(before);
    // not more by an oversight: docs/performance.md has the number
    expect(asked.length).toBeLessThanOrEqual(18);
    const written = asked.filter(({ method }) => method === 'PUT');
    expect(written.map(({ key }) => path.posix.basename(key))).toEqual(['state.json']);
  });
});

/** Every run succeeds, or says that another one came first and that nothing was kept. */
function expectClean(runs: readonly Run[]): void {
  for (const { code, stderr } of runs) {
    expect(code === 0 || code === 1 || code === 3, stderr).toBe(true);
    if (code !== 0) expect(stderr).toMatch(/another run changed|other runs keep/u);
    expect(stderr).not.toMatch(/\n\s+at /u);
  }
}

describe('eight processes at once', () => {
  it('fill one prefix with different repositories, and lose none', async () => {
    const at = place();
    const cwd = await testFolder();
    const names = ['shop', 'api', 'web', 'ops'];
    const list = names.map((name) => `{ path: "${path.join(shared(), name)}", name: ${name} }`).join(', ');
    await writeFile(path.join(cwd, 'dora-metrics.yaml'), `repositories: [${list}]\n`);
    const ask = async (name: string) =>
      await dora(['extract', '--repo', name, '--data', at], { cwd, env: env() });
    const runs = await Promise.all([...names, ...names].map(ask));
    expectClean(runs);
    // who lost has only to try again
    for (const [position, { code }] of runs.entries())
      if (code !== 0) expect((await ask(names[position % names.length] ?? '')).code).toBe(0);

    expect(Object.keys(stateOf(at).streams).toSorted()).toEqual(
      names.flatMap((name) => [`git/${name}/commits`, `git/${name}/refs`]).toSorted(),
    );
    const { stdout } = await dora(['calculate', '--format', 'json', '--as-of', AS_OF, '--data', at], {
      cwd,
      env: env(),
    });
    const alone = await doraOk(
      ['calculate', '--format', 'json', '--as-of', AS_OF, '--data', path.join(cwd, 'data')],
      { cwd },
    ).catch(async () => {
      await doraOk(['extract', '--data', path.join(cwd, 'data')], { cwd });
      return await doraOk(
        ['calculate', '--format', 'json', '--as-of', AS_OF, '--data', path.join(cwd, 'data')],
        { cwd },
      );
    });
    expect(stdout).toBe(alone);
  });

  it('update the same repository, and each commit is there once', async () => {
    const at = place();
    const clone = path.join(await testFolder(), 'shop');
    await smallShop(clone);
    await doraOk(['extract', '--data', at], { cwd: clone, env: env() });
    await git(clone, [
      '-c',
      'user.name=Ada',
      '-c',
      'user.email=ada@acme.example',
      'commit',
      '-q',
      '--allow-empty',
      '-m',
      'one more',
    ]);
    const runs = await Promise.all(
      Array.from({ length: 8 }, async () => await dora(['update', '--data', at], { cwd: clone, env: env() })),
    );
    expectClean(runs);
    expect(runs.some(({ code }) => code === 0)).toBe(true);
    await doraOk(['update', '--data', at], { cwd: clone, env: env() });
    stateOf(at);
    const sheet = objectsOf(at, 'pending_review.csv')['pending_review.csv'] ?? '';
    expect(sheet.split('one more')).toHaveLength(2);
    expect(sheet.trimEnd().split('\r\n')).toHaveLength(1 + 6);
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
        server.put(key.replace(at.slice(16), copy.slice(16)), stored.body);
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
