import { appendFile, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ReviewRow } from '../../../src/domain/annotation.ts';
import type { SetAside } from '../../../src/domain/set-aside.ts';
import { epochMs } from '../../../src/domain/units.ts';
import { readManifest } from '../../../src/storage/dataset-manifest.ts';
import { scanSetAside, scanTable } from '../../../src/storage/dataset-store.ts';
import { DatasetWriter, type PartWriter } from '../../../src/storage/dataset-writer.ts';
import { LocalStorage } from '../../../src/storage/local-storage.ts';
import { StoredParts } from '../../../src/storage/stored-parts.ts';
import { tableFiles, tableText } from '../../support/workspace.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'dora-pieces-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

const DAY_MS = 86_400_000;

function aside(repository: string, day: number): SetAside {
  return {
    reason: 'unreleased',
    at: epochMs(day * DAY_MS),
    kind: 'commit',
    repository,
    component: repository,
    id: String(day),
    deployment: null,
    author: 'Ada',
    subject: `line, "quoted"\nand the next of day ${String(day)}, ${'x'.repeat(day % 40)}`,
    detail: '',
  };
}

function reviewed(repository: string, day: number): ReviewRow {
  return {
    kind: 'commit',
    repository,
    component: repository,
    commit: day.toString(16).padStart(40, '0'),
    committedAt: epochMs(day * DAY_MS),
    author: 'Ada',
    title: `day ${String(day)}`,
    pullRequest: null,
    labels: [],
    release: '',
    detected: '',
    deployment: null,
  };
}

/** How many days of history each repository has. */
type Days = Readonly<Record<string, number>>;

/** As the program does: what did not change is taken over. */
async function build(days: Days): Promise<void> {
  const storage = new LocalStorage(folder);
  const stored = await StoredParts.open(storage);
  const writer = new DatasetWriter(storage, {
    repositories: Object.keys(days).length,
    there: await storage.fingerprints('dataset/'),
    manifest: stored?.manifest ?? null,
  });
  for (const [repository, count] of Object.entries(days)) {
    const of = { repository, inputs: `${repository} ${String(count)}` };
    const facts = stored?.find(repository, of.inputs) ?? null;
    if (facts !== null && stored !== null) await writer.copy(facts, stored.rows(facts));
    else await writer.add(of, rowsOf(repository, count));
  }
  await stored?.close();
  await writer.commit(JSON.stringify(days));
}

function rowsOf(repository: string, count: number) {
  return async (part: PartWriter) => {
    for (let day = 0; day < count; day += 1) await part.setAside(aside(repository, day));
    for (let day = count; day > 0; day -= 1)
      await part.review(reviewed(repository, day - 1), `c_${String(day - 1)}`);
    return { deployments: 0, estimated: 0, incidents: 0, changes: 0, setAside: count, review: count };
  };
}

async function files(): Promise<string[]> {
  return (await readdir(path.join(folder, 'dataset'))).filter((name) => name.endsWith('.csv')).toSorted();
}

/** What is there of the tables, without what the next build removes. */
async function named(): Promise<Record<string, string>> {
  const tables = ['changes', 'deployments', 'incidents', 'set-aside', 'review'];
  const names = (await Promise.all(tables.map(async (table) => await tableFiles(folder, table)))).flat();
  const texts = names.map(
    async (name) => [name, await readFile(path.join(folder, 'dataset', name), 'utf8')] as const,
  );
  return Object.fromEntries(await Promise.all(texts));
}

const OLD = new Date('2020-01-01T00:00:00Z');

/** The bytes of the tables' files that an action writes. */
async function bytesWritten(action: () => Promise<void>): Promise<number> {
  const inDataset = (name: string) => path.join(folder, 'dataset', name);
  const before = new Map<string, number>();
  for (const name of await files()) before.set(name, (await stat(inDataset(name))).ino);
  await action();
  let bytes = 0;
  for (const name of await files()) {
    const { ino, size } = await stat(inDataset(name));
    if (before.get(name) !== ino) bytes += size;
  }
  return bytes;
}

describe('a table', () => {
  it('that is short is one file', async () => {
    await build({ shop: 300 });

    expect(await files()).toEqual([
      'changes.csv',
      'deployments.csv',
      'incidents.csv',
      'review.csv',
      'set-aside.csv',
    ]);
  });

  it('that is long is in some pieces, each a table of its own, and none the name of the whole', async () => {
    await build({ shop: 6000 });

    const found = await files();
    expect(found).not.toContain('set-aside.csv');
    expect(found).not.toContain('review.csv');
    expect((await tableFiles(folder, 'set-aside')).length).toBeGreaterThan(1);
    expect(found.length).toBeLessThan(16);
    for (const name of found)
      expect((await readFile(path.join(folder, 'dataset', name), 'utf8')).split(',', 1)[0]).toMatch(
        /^(?:reason|row_id|deployment|id)$/u,
      );
  });

  it('gives its rows in their order, however it is stored', async () => {
    await build({ api: 2, shop: 6000, web: 30 });
    const storage = new LocalStorage(folder);
    const seen: string[] = [];
    await scanSetAside(storage, ({ repository, id }) => seen.push(`${repository} ${id}`));
    const days = (name: string, count: number) =>
      Array.from({ length: count }, (_, day) => `${name} ${String(day)}`);
    expect(seen).toEqual([...days('api', 2), ...days('shop', 6000), ...days('web', 30)]);

    const { layout } = (await readManifest(storage)) ?? { layout: null };
    const reviewedRows: string[] = [];
    await scanTable(
      storage,
      'review',
      (row) => reviewedRows.push(`${row.text('repository')} ${row.text('title')}`),
      layout,
    );
    const newestFirst = (name: string, count: number) =>
      days(name, count)
        .map((row) => row.replace(' ', ' day '))
        .toReversed();
    expect(reviewedRows).toEqual([
      ...newestFirst('api', 2),
      ...newestFirst('shop', 6000),
      ...newestFirst('web', 30),
    ]);
  });

  it('is stored in the same files by a build that begins with nothing', async () => {
    for (const count of [100, 2000, 2001, 2002, 3500]) await build({ api: 400, shop: count });
    const grown = await named();
    await rm(path.join(folder, 'dataset'), { recursive: true });
    await build({ api: 400, shop: 3500 });

    expect(await named()).toEqual(grown);
    expect(await files()).toEqual(Object.keys(grown).toSorted());
  });

  it('becomes one file again when it is short again', async () => {
    await build({ shop: 6000 });
    await build({ shop: 10 });
    expect(await tableFiles(folder, 'review')).toEqual(['review.csv']);
    await build({ shop: 10 });
    expect(await files()).toHaveLength(5);
  });
});

describe('a day of news', () => {
  it(
    'writes about as much after eight times as many days, in about as many files',
    { timeout: 60_000 },
    async () => {
      const cost = async (from: number) => {
        await build({ shop: from });
        let bytes = 0;
        for (let day = 1; day <= 20; day += 1)
          bytes += await bytesWritten(async () => await build({ shop: from + day }));
        return { bytes: bytes / 20, files: (await files()).length };
      };
      const early = await cost(1000);
      const late = await cost(8000);

      // all of it would be eight times as much
      expect(late.bytes).toBeLessThan(3 * early.bytes);
      expect(late.bytes).toBeLessThan(200_000);
      expect(late.files).toBeLessThan(early.files + 10);
    },
  );

  it('in one of many repositories leaves what belongs to others alone', async () => {
    const days = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`repository-${String(n)}`, 300]));
    await build(days);
    const all = Object.values(await named()).reduce((sum, text) => sum + text.length, 0);

    const bytes = await bytesWritten(async () => await build({ ...days, 'repository-7': 301 }));

    expect(all).toBeGreaterThan(2_000_000);
    expect(bytes).toBeLessThan(all / 4);
  });
});

describe('a piece', () => {
  const OTHER = 'set-aside.00000000000000000000000000000000.csv';

  it('that is in no table any more is still there after the build that left it out, and not after the next', async () => {
    await build({ shop: 3000 });
    const before = await files();
    await build({ shop: 6000 });
    const between = await files();
    for (const name of before.filter((one) => !one.includes('.rest.'))) expect(between).toContain(name);

    await build({ shop: 6001 });

    expect(await files()).toEqual(Object.keys(await named()).toSorted());
  });

  it('that a killed run left is removed by the second build after it', async () => {
    await build({ shop: 3000 });
    await writeFile(path.join(folder, 'dataset', OTHER), 'left\n');
    await build({ shop: 3001 });
    expect(await files()).toContain(OTHER);
    await build({ shop: 3002 });

    expect(await files()).not.toContain(OTHER);
  });

  it('that a killed run left is used where it is whole, and written again where it is not', async () => {
    await build({ shop: 6000 });
    const text = await tableText(folder, 'set-aside');
    const [whole = '', damaged = ''] = await tableFiles(folder, 'set-aside');
    await utimes(path.join(folder, 'dataset', whole), OLD, OLD);
    await appendFile(path.join(folder, 'dataset', damaged), 'x');
    await rm(path.join(folder, 'dataset/manifest.json'));

    await build({ shop: 6000 });

    expect((await stat(path.join(folder, 'dataset', whole))).mtime).toEqual(OLD);
    expect(await tableText(folder, 'set-aside')).toBe(text);
  });

  it.each(['cut', 'removed'])('that was %s makes the dataset count as missing', async (what) => {
    await build({ shop: 6000 });
    for (const table of ['set-aside', 'review'])
      for (const name of await tableFiles(folder, table)) {
        const file = path.join(folder, 'dataset', name);
        if (what === 'cut') await writeFile(file, (await readFile(file)).subarray(0, 100));
        else await rm(file);
        expect(await readManifest(new LocalStorage(folder))).toBeNull();
        await build({ shop: 6000 });
      }
  });

  it('is not read beside a rest that is another one by now', async () => {
    await build({ shop: 6000 });
    const storage = new LocalStorage(folder);
    const { layout } = (await readManifest(storage)) ?? { layout: null };
    await build({ shop: 6001 });
    let rows = 0;
    await scanTable(storage, 'review', () => (rows += 1), layout);
    expect(rows).toBe(6001);

    await writeFile(path.join(folder, 'dataset/review.rest.csv'), 'row_id\n');
    await expect(scanTable(storage, 'review', () => undefined, layout)).rejects.toMatchObject({
      kind: 'data',
    });
  });

  it('is not read where the table is also there as a whole', async () => {
    await build({ shop: 6000 });
    await writeFile(path.join(folder, 'dataset/review.csv'), await tableText(folder, 'review'));

    expect(await readManifest(new LocalStorage(folder))).toBeNull();
    await build({ shop: 6000 });
    expect(await files()).not.toContain('review.csv');
  });
});

it('rows of which many are held for a while come back to the byte', { timeout: 60_000 }, async () => {
  const storage = new LocalStorage(folder);
  const writer = new DatasetWriter(storage);
  const count = 60_000;
  await writer.add({ repository: 'shop', inputs: 'shop' }, rowsOf('shop', count));
  await writer.commit('shop');
  let next = 0;
  await scanSetAside(storage, (row) => {
    if (next % 1000 === 0) expect(row).toEqual(aside('shop', next));
    else if (row.id !== String(next)) throw new RangeError(`${row.id} and not ${String(next)}`);
    next += 1;
  });
  expect(next).toBe(count);
});
