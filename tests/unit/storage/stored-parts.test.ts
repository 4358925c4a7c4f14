import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { epochMs } from '../../../src/domain/units.ts';
import type { SetAside } from '../../../src/domain/set-aside.ts';
import { datasetInputs } from '../../../src/storage/dataset-manifest.ts';
import { DatasetWriter, type PartWriter } from '../../../src/storage/dataset-writer.ts';
import { LocalStorage } from '../../../src/storage/local-storage.ts';
import { PartSpool, RowsLost } from '../../../src/storage/part-spool.ts';
import { StoredParts } from '../../../src/storage/stored-parts.ts';
import { DatasetReplaced } from '../../../src/storage/table-rows.ts';
import { tableFiles, tableText } from '../../support/workspace.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'dora-parts-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

function storage(): LocalStorage {
  return new LocalStorage(folder);
}

function aside(repository: string, subject: string): SetAside {
  return {
    reason: 'unreleased',
    at: epochMs(0),
    kind: 'commit',
    repository,
    component: repository,
    id: subject,
    deployment: null,
    author: 'Ada',
    subject,
    detail: '',
  };
}

/** So many rows that they are more than one chunk of a file where `count` is large. */
function rowsOf(repository: string, count: number) {
  return async (part: PartWriter) => {
    for (let row = 0; row < count; row += 1)
      await part.setAside(aside(repository, `${repository} ü ${String(row)}`));
    return { deployments: 0, estimated: 0, incidents: 0, changes: 0, setAside: count, review: 0 };
  };
}

const SIZES = { a: 3, b: 20_000, c: 0, d: 2 } as const;
type Name = keyof typeof SIZES;
const NAMES: readonly Name[] = ['a', 'b', 'c', 'd'];

/** Writes in place of what is there. */
async function writerOver(stored: StoredParts | null): Promise<DatasetWriter> {
  const there = await storage().fingerprints('dataset/');
  return new DatasetWriter(storage(), { repositories: 4, there, manifest: stored?.manifest ?? null });
}

async function built(): Promise<string> {
  const writer = await writerOver(null);
  for (const name of NAMES) await writer.add({ repository: name, inputs: name }, rowsOf(name, SIZES[name]));
  await writer.commit('all');
  return await table();
}

async function table(): Promise<string> {
  return await tableText(folder, 'set-aside');
}

async function opened(): Promise<StoredParts> {
  const parts = await StoredParts.open(storage());
  if (parts === null) throw new Error('there is no dataset');
  return parts;
}

/** Takes over what is called for from the stored dataset, and builds the others. */
async function rebuilt(stored: StoredParts, taken: readonly Name[]): Promise<void> {
  const writer = await writerOver(stored);
  try {
    for (const name of NAMES) {
      const facts = taken.includes(name) ? stored.find(name, name) : null;
      if (facts === null) await writer.add({ repository: name, inputs: name }, rowsOf(name, SIZES[name]));
      else await writer.copy(facts, stored.rows(facts));
    }
  } catch (error) {
    await writer.abort();
    throw error;
  }
  if (!(await stored.isStillThere())) throw new DatasetReplaced('replaced');
  await stored.close();
  await writer.commit('again');
}

describe('rows of the stored dataset', () => {
  it.each([[NAMES], [['a', 'd']], [['b']], [['c']], [[]]] as const)(
    'are taken over to the byte: of %j',
    async (taken) => {
      const before = await built();

      await rebuilt(await opened(), taken);

      expect(await table()).toBe(before);
      expect(await datasetInputs(storage())).toBe('again');
    },
  );

  it('are not those of anything else', async () => {
    await built();
    const stored = await opened();

    expect(stored.find('a', 'other inputs')).toBeNull();
    expect(stored.find('e', 'e')).toBeNull();
  });

  it('are not there where a table is another one by now', async () => {
    await built();
    for (const name of await tableFiles(folder, 'set-aside')) {
      await appendFile(path.join(folder, 'dataset', name), 'x');

      expect(await StoredParts.open(storage())).toBeNull();
      await built();
    }
  });

  it('are not used where the tables were replaced meanwhile', async () => {
    await built();
    const stored = await opened();
    await built();

    await expect(rebuilt(stored, NAMES)).rejects.toThrow(DatasetReplaced);
    expect(await datasetInputs(storage())).toBe('all');
  });

  it.each([
    ['cut', async (file: string) => await writeFile(file, (await readFile(file)).subarray(0, 100))],
    ['removed', async (file: string) => await rm(file)],
  ])('are not used where a table was %s meanwhile', async (_, damage) => {
    await built();
    const stored = await opened();
    for (const name of await tableFiles(folder, 'set-aside'))
      await damage(path.join(folder, 'dataset', name));

    await expect(rebuilt(stored, NAMES)).rejects.toThrow(DatasetReplaced);
  });
});

describe('rows that wait', () => {
  it('come back to the byte, in whatever order they are asked for, and leave no file', async () => {
    const before = await built();
    vi.stubEnv('TMPDIR', path.join(folder, 'temporary'));
    await mkdir(tmpdir());
    const spool = new PartSpool();
    for (const name of ['d', 'b', 'a', 'c'] as const)
      await spool.add({ repository: name, inputs: name }, rowsOf(name, SIZES[name]));
    expect(await readdir(tmpdir())).toEqual([]);

    const writer = new DatasetWriter(storage());
    for (const name of NAMES) {
      const facts = spool.find(name, name);
      if (facts !== null) await writer.copy(facts, spool.rows(facts));
    }
    await writer.commit('waited');
    await spool.close();

    expect(await table()).toBe(before);
  });

  it('and cannot be read are lost', async () => {
    const spool = new PartSpool();
    await spool.add({ repository: 'd', inputs: 'd' }, rowsOf('d', 2));
    const facts = spool.find('d', 'd');
    if (facts === null) throw new Error('they are not kept');
    await spool.close();

    const writer = new DatasetWriter(storage());
    await expect(writer.copy(facts, spool.rows(facts))).rejects.toThrow(RowsLost);
    await writer.abort();
  });

  it('clear away what runs left that were killed at the wrong moment, and nothing else', async () => {
    vi.stubEnv('TMPDIR', path.join(folder, 'temporary'));
    await mkdir(tmpdir());
    const kept = [`dora-metrics-${String(process.pid)}-0123456789abcdef`, 'dora-metrics-5000000', 'other'];
    // no process has such a number
    for (const name of [...kept, 'dora-metrics-5000000-0123456789abcdef'])
      await writeFile(path.join(tmpdir(), name), '');
    const spool = new PartSpool();

    await spool.add({ repository: 'd', inputs: 'd' }, rowsOf('d', 2));
    await spool.close();

    expect((await readdir(tmpdir())).sort()).toEqual(kept.sort());
  });

  it('that could not all be made are not kept, and do no harm to the next', async () => {
    const spool = new PartSpool();
    const failing = async (part: PartWriter) => {
      await rowsOf('a', 20_000)(part);
      throw new RangeError('broken off');
    };

    await expect(spool.add({ repository: 'a', inputs: 'a' }, failing)).rejects.toThrow('broken off');
    await spool.add({ repository: 'd', inputs: 'd' }, rowsOf('d', 2));

    expect(spool.find('a', 'a')).toBeNull();
    expect(spool.find('d', 'd')?.counts.setAside).toBe(2);
    await spool.close();
  });
});
