import { execFileSync } from 'node:child_process';
import { cp, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { DATASET_MANIFEST, REVIEW_SUMMARY, TABLES, tableKey } from '../../src/storage/paths.ts';
import { git } from '../../fixtures/history/git.ts';
import { doraOk } from '../support/cli.ts';
import { githubForTest } from '../support/github/ask.ts';
import { manyPullRequests } from '../support/github/many.ts';
import { GitHubWorld } from '../support/github/world.ts';
import { sharedFolder, smallShop, testFolder } from '../support/repo.ts';
import { TEST_KEYS } from '../support/s3/client.ts';
import { startS3, type S3Server } from '../support/s3/server.ts';

/** What an update asks of a bucket (docs/performance.md has the numbers), and that what it leaves out it need not ask. */

const NOTHING_NEW = ['get state.json', 'list', 'list', 'put state.json'];

const shared = sharedFolder(async (folder) => await smallShop(path.join(folder, 'shop')));

let server: S3Server;
beforeAll(async () => {
  server = await startS3();
});
afterAll(async () => await server.close());

let prefixes = 0;

/** A workspace of its own, of some clones of the shop that may be changed. */
async function workspaceOf(names: readonly string[], settings = '') {
  const cwd = await testFolder();
  for (const name of names) await cp(path.join(shared(), 'shop'), path.join(cwd, name), { recursive: true });
  const repositories = names.map((name) => `{ path: ${name}, name: ${name} }`);
  await writeFile(
    path.join(cwd, 'dora-metrics.yaml'),
    `repositories: [${repositories.join(', ')}]\n${settings}`,
  );
  const prefix = `requests-${String((prefixes += 1))}/`;
  const env = { ...TEST_KEYS, AWS_ENDPOINT_URL_S3: server.endpoint };
  const run = async (command: string, more: Readonly<Record<string, string>> = {}) =>
    await doraOk([...command.split(' '), '--data', `s3://workspaces/${prefix}`], {
      cwd,
      env: { ...env, ...more },
    });
  /** What a run asks for: an operation and the name of what it is about, in order of the alphabet. */
  const asked = async (command: string, more: Readonly<Record<string, string>> = {}) => {
    const before = server.requests.length;
    await run(command, more);
    return server.requests
      .slice(before)
      .map(({ operation, key }) => `${operation} ${path.posix.basename(key)}`.trim())
      .toSorted();
  };
  const commit = async (name: string, message: string) => {
    const ada = ['-c', 'user.name=Ada', '-c', 'user.email=ada@acme.example'];
    await git(path.join(cwd, name), [...ada, 'commit', '-q', '--allow-empty', '-m', message]);
  };
  /** The segments that are there, and those that the state names. */
  const segments = () => {
    const there = [...server.objects.keys()].filter((key) => key.startsWith(`${prefix}raw/`));
    const { streams } = Segments.parse(JSON.parse(text('state.json')));
    const named = Object.values(streams).flatMap((stream) => stream.segments.map(({ name }) => name));
    return { there: there.map((key) => path.posix.basename(key)).toSorted(), named: named.toSorted() };
  };
  /** The files of the tables and their fingerprints, as the manifest tells. */
  const tables = () => {
    const { layout, strays } = Manifest.parse(JSON.parse(text('dataset/manifest.json')));
    return Object.entries(layout)
      .flatMap(([table, pieces]) =>
        pieces === null
          ? [`dataset/${table}.csv`]
          : [...pieces.named.map(({ name }) => name), 'rest'].map((name) => `dataset/${table}.${name}.csv`),
      )
      .map((key) => ({ key, isStray: strays.includes(key), text: text(key) }));
  };
  const text = (key: string) => server.objects.get(`${prefix}${key}`)?.body.toString('utf8') ?? '';
  const put = (key: string, body: string) => server.put(`${prefix}${key}`, Buffer.from(body));
  const remove = async (key: string) => {
    const address = `${server.endpoint}/workspaces/${prefix}${key}`;
    await fetch(address, { method: 'DELETE', headers: { authorization: 'AWS4-HMAC-SHA256 test' } });
  };
  return { cwd, run, asked, commit, segments, tables, text, put, remove };
}

/** How many of each operation. */
function byKind(asked: readonly string[]): Record<string, number> {
  const kinds = asked.map((one) => one.split(' ', 1).join());
  return Object.fromEntries(
    [...new Set(kinds)].map((kind) => [kind, kinds.filter((k) => k === kind).length]),
  );
}

const DERIVED = [...TABLES.map(tableKey), REVIEW_SUMMARY, DATASET_MANIFEST];

const Segments = z.object({
  streams: z.record(z.string(), z.object({ segments: z.array(z.object({ name: z.string() })) })),
});

const Manifest = z.object({
  layout: z.record(z.string(), z.object({ named: z.array(z.object({ name: z.string() })) }).nullable()),
  strays: z.array(z.string()),
});

const State = z.looseObject({ annotations: z.number() });

describe('an update with nothing new', () => {
  it('asks four times, right after an extraction, after news and ever after', async () => {
    const shop = await workspaceOf(['shop']);
    await shop.run('extract');
    for (let n = 0; n < 2; n += 1) expect(await shop.asked('update')).toEqual(NOTHING_NEW);
    await shop.commit('shop', 'one more');
    await shop.run('update');
    for (let n = 0; n < 2; n += 1) expect(await shop.asked('update')).toEqual(NOTHING_NEW);
    expect(await shop.run('update')).toMatch(/nothing new.*\nshop: 6 rows wait for review/u);
  });

  it('asks as often for several repositories, and where people said something', async () => {
    const shops = await workspaceOf(['api', 'ops', 'shop', 'web']);
    await shops.run('extract');
    expect(await shops.asked('update')).toEqual(NOTHING_NEW);
    await writeFile(path.join(shops.cwd, 'sheet.csv'), annotated(shops.text('pending_review.csv')));
    await shops.run('import sheet.csv --by Ada');
    await shops.run('update');
    expect(await shops.asked('update')).toEqual(NOTHING_NEW);
  });

  it('asks as often where processes of our own read', async () => {
    const names = Array.from({ length: 36 }, (_, n) => `r${String(n)}`);
    const shops = await workspaceOf(names);
    await shops.run('extract');
    expect(await shops.asked('update')).toEqual(NOTHING_NEW);
  });

  it('asks as often where GitHub has nothing new either', async () => {
    const world = new GitHubWorld();
    manyPullRequests(world, 3, { name: 'acme/shop' });
    const github = await githubForTest(world);
    const shop = await workspaceOf(['shop'], `github: { baseUrl: "${github.url}" }\n`);
    await git(path.join(shop.cwd, 'shop'), ['config', 'remote.origin.url', `${github.url}/acme/shop.git`]);
    const token = { GITHUB_TOKEN: 'ghp_test' };
    expect(await shop.run('extract', token)).toContain('3 new or changed pull requests');
    await shop.run('update', token);
    const before = github.requests.length;
    expect(await shop.asked('update', token)).toEqual(NOTHING_NEW);
    expect(github.requests.length).toBeGreaterThan(before);
  });

  it('tells of rows that wait once, and then asks as often', async () => {
    const shop = await workspaceOf(['shop']);
    await shop.run('extract');
    const job = { GITHUB_STEP_SUMMARY: path.join(shop.cwd, 'summary.md') };
    await shop.run('update', job);
    expect(await shop.asked('update', job)).toEqual(NOTHING_NEW);
    await shop.commit('shop', 'one more');
    await shop.run('update', job);
    expect(await shop.asked('update', job)).toEqual(NOTHING_NEW);
  });

  it('notices each derived object that is gone, or another one', { timeout: 120_000 }, async () => {
    const shop = await workspaceOf(['shop']);
    await shop.run('extract');
    const files = [...TABLES.map(tableKey), 'pending_review.csv'];
    const before = files.map(shop.text);
    const isRepaired = async (what: string) => {
      await shop.run('update');
      expect({ what, files: files.map(shop.text) }).toEqual({ what, files: before });
    };
    for (const key of [...DERIVED, 'pending_review.csv']) {
      await shop.remove(key);
      await isRepaired(`${key} was removed`);
      if (key === 'pending_review.csv') continue;
      shop.put(key, `${shop.text(key).slice(0, 40)}\n`);
      await isRepaired(`${key} was cut`);
    }
    expect(await shop.asked('update')).toEqual(NOTHING_NEW);
  });

  it('notices what somebody typed into the sheet, and an import of another run', async () => {
    const shop = await workspaceOf(['shop']);
    await shop.run('extract');
    const sheet = annotated(shop.text('pending_review.csv'));
    shop.put('pending_review.csv', sheet);
    await shop.run('update');
    expect(shop.text('pending_review.csv')).toBe(sheet);
    expect(shop.text('dataset/review.json')).toContain('"typed":1');
    expect(await shop.asked('update')).toEqual(NOTHING_NEW);

    await writeFile(path.join(shop.cwd, 'sheet.csv'), sheet);
    const known = shop.text('state.json');
    await shop.run('import sheet.csv --by Ada');
    const journal = shop.text('annotations.jsonl');
    // as if that run had been killed when the journal had it
    shop.put('state.json', known);
    expect(await shop.asked('update')).toContain('get annotations.jsonl');
    expect(State.parse(JSON.parse(shop.text('state.json')))).toMatchObject({ annotations: 1 });
    expect(shop.text('annotations.jsonl')).toBe(journal);
    expect(await shop.asked('update')).toEqual(NOTHING_NEW);
  });

  it.each([
    { what: 'of an earlier version', memo: undefined, audited: undefined },
    { what: 'with a memo that it does not know', memo: { found: 1, of: ['another', 'version'] }, audited: 0 },
    { what: 'that says that a memo was lost', memo: null, audited: 0 },
  ])('looks closer in a state $what, once', async (more) => {
    const shop = await workspaceOf(['shop']);
    await shop.run('extract');
    const before = [...DERIVED, 'pending_review.csv'].map(shop.text);
    const { what: _, ...fields } = more;
    shop.put(
      'state.json',
      JSON.stringify({ ...State.parse(JSON.parse(shop.text('state.json'))), ...fields }),
    );
    expect(await shop.asked('update')).toContain('get manifest.json');
    expect([...DERIVED, 'pending_review.csv'].map(shop.text)).toEqual(before);
    expect(await shop.asked('update')).toEqual(NOTHING_NEW);
  });
});

describe('an update with news', () => {
  it('of the only repository asks 26 times', async () => {
    const shop = await workspaceOf(['shop']);
    await shop.run('extract');
    await shop.commit('shop', 'one more');
    const asked = await shop.asked('update');
    expect(byKind(asked)).toEqual({ delete: 2, get: 8, head: 1, list: 2, put: 13 });
  });

  it('of one of several asks as often, and reads the tables of the others', async () => {
    const shops = await workspaceOf(['api', 'ops', 'shop', 'web']);
    await shops.run('extract');
    await shops.commit('shop', 'one more');
    const asked = await shops.asked('update');
    expect(byKind(asked)).toEqual({ delete: 2, get: 14, head: 1, list: 3, put: 13 });
  });
});

describe('a workspace whose tables are in pieces', () => {
  /** Two thousand commits more. */
  async function longShop() {
    const shop = await workspaceOf(['shop']);
    const commits = Array.from({ length: 2000 }, (_, n) => {
      const by = `Ada <ada@acme.example> ${String(1_780_000_000 + n * 3600)} +0000`;
      const message = `one more, number ${String(n)}`;
      const from = n === 0 ? 'from refs/heads/main^0\n' : '';
      return `commit refs/heads/main\ncommitter ${by}\ndata ${String(message.length)}\n${message}\n${from}\n`;
    });
    const clone = path.join(shop.cwd, 'shop');
    execFileSync('git', ['-C', clone, 'fast-import', '--quiet'], { input: commits.join('') });
    await git(clone, ['reset', '-q', '--hard']);
    await git(clone, ['tag', 'v2.0.0']);
    await shop.run('extract');
    return shop;
  }

  it(
    'asks four times where nothing is new, and with news sends the newest pieces',
    { timeout: 240_000 },
    async () => {
      const shop = await longShop();
      expect(shop.tables().length).toBeGreaterThan(6);
      expect(await shop.asked('update')).toEqual(NOTHING_NEW);
      const all = shop.tables().reduce((sum, { text }) => sum + text.length, 0);
      for (let n = 0; n < 3; n += 1) {
        await shop.commit('shop', `news ${String(n)}`);
        const before = server.requests.length;
        const asked = await shop.asked('update');
        const sent = server.requests
          .slice(before)
          .filter(({ operation, key }) => operation === 'put' && key.includes('/dataset/'))
          .reduce((sum, { headers }) => sum + Number(headers['content-length']), 0);
        expect(sent).toBeLessThan(all / 4);
        // of review.csv each piece, and what the last news but one left is removed
        expect(asked.length).toBeLessThan(40);
        expect(await shop.asked('update')).toEqual(NOTHING_NEW);
      }
      const { tables } = shop;
      const updated = tables();
      expect(updated.filter(({ isStray }) => isStray)).toEqual([]);
      await shop.remove('dataset/manifest.json');
      await shop.run('update');
      expect(tables()).toEqual(updated);
    },
  );

  it('notices each piece that is gone, or another one', { timeout: 240_000 }, async () => {
    const shop = await longShop();
    const before = shop.tables();
    for (const { key, text } of before.filter(({ key: one }) => /\.(?:rest|[0-9a-f]{32})\.csv$/u.test(one))) {
      await shop.remove(key);
      await shop.run('update');
      expect({ key, tables: shop.tables() }).toEqual({ key, tables: before });
      shop.put(key, `${text.slice(0, 40)}\n`);
      await shop.run('update');
      expect({ key, tables: shop.tables() }).toEqual({ key, tables: before });
    }
    // half a table, or an old one, is not read for the whole
    const [whole] = before.filter(({ key }) => key.endsWith('.rest.csv'));
    const name = whole?.key.replace('.rest', '') ?? '';
    shop.put(name, whole?.text ?? '');
    await shop.run('update');
    expect(shop.text(name)).toBe('');
    expect(await shop.asked('update')).toEqual(NOTHING_NEW);
  });
});

it('many updates with news leave no segment that nobody names', { timeout: 240_000 }, async () => {
  const shop = await workspaceOf(['shop']);
  await shop.run('extract');
  // so many that small segments are put together, also with the one of the run that does it
  for (let n = 0; n < 27; n += 1) {
    await shop.commit('shop', `change ${String(n)}`);
    await shop.run('update');
  }
  const { there, named } = shop.segments();
  expect(there).toEqual(named);
  expect(named.length).toBeLessThan(10);
});

function annotated(sheet: string): string {
  const lines = sheet.split('\r\n');
  return lines
    .map((line) => (line.includes('pay: by card') ? line.replace(/,,r0_start$/u, ',why not,r0_start') : line))
    .join('\r\n');
}
