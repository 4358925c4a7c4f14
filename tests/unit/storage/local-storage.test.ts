import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LocalStorage } from '../../../src/storage/local-storage.ts';
import { VersionConflict } from '../../../src/storage/storage.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'dora-storage-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (body: Uint8Array | null | undefined) =>
  body instanceof Uint8Array ? new TextDecoder().decode(body) : null;

function storage(): LocalStorage {
  return new LocalStorage(path.join(folder, 'data'));
}

/** A process that is certainly gone. */
function deadProcess(): number {
  return spawnSync(process.execPath, ['-e', '']).pid;
}

describe('a crash between winning and publishing', () => {
  it('is made good by whoever reads next', async () => {
    const first = await storage().replace('state.json', bytes('one'), null);
    await storage().replace('state.json', bytes('two'), first);
    await writeFile(path.join(folder, 'data/state.json'), 'one');

    const found = await storage().readVersioned('state.json');

    expect(text(found?.body)).toBe('two');
    expect(text(await storage().read('state.json'))).toBe('two');
  });

  it('of the very first version is made good as well', async () => {
    await storage().replace('state.json', bytes('one'), null);
    await rm(path.join(folder, 'data/state.json'));

    expect(text((await storage().readVersioned('state.json'))?.body)).toBe('one');
  });

  it('lets nobody win again who builds on the version before', async () => {
    const first = await storage().replace('state.json', bytes('one'), null);
    const second = await storage().replace('state.json', bytes('two'), first);
    await writeFile(path.join(folder, 'data/state.json'), 'one');

    await expect(storage().replace('state.json', bytes('other'), first)).rejects.toThrow(VersionConflict);
    await storage().replace('state.json', bytes('three'), second);

    expect(text(await storage().read('state.json'))).toBe('three');
  });

  it('several versions ago is caught up with in one go', async () => {
    let version: string | null = null;
    for (const each of ['one', 'two', 'three', 'four']) {
      version = await storage().replace('state.json', bytes(each), version);
    }
    await writeFile(path.join(folder, 'data/state.json'), 'two');

    expect(text((await storage().readVersioned('state.json'))?.body)).toBe('four');
  });
});

describe('a folder', () => {
  it('does not fill up with old versions', async () => {
    let version: string | null = null;
    for (let n = 0; n < 12; n += 1)
      version = await storage().replace('state.json', bytes(String(n)), version);

    expect((await readdir(path.join(folder, 'data/.versions'))).length).toBeLessThanOrEqual(5);
  });

  it('holds nothing temporary once everything is written', async () => {
    const writer = await storage().create('raw/a.jsonl');
    await writer.write(bytes('a'));
    await writer.commit();
    await storage().replace('state.json', bytes('one'), null);
    const given = await storage().create('raw/b.jsonl');
    await given.abort();

    expect(await readdir(path.join(folder, 'data/.tmp'))).toEqual([]);
  });

  it('is not committed to git by accident', async () => {
    await storage().replace('state.json', bytes('one'), null);

    expect(text(await storage().read('.gitignore'))).toBe('*\n');
  });

  it('cannot be left by a key', async () => {
    await expect(storage().read('../secret')).rejects.toThrow('key leaves the workspace');
    await expect(storage().remove('raw/../../secret')).rejects.toThrow('key leaves the workspace');
  });

  it('names objects by where they are', () => {
    expect(storage().locate('state.json')).toBe(path.join(folder, 'data/state.json'));
  });
});

describe('a folder that cannot be written to', () => {
  it.runIf(process.getuid?.() !== 0)('is named, with what to do about it', async () => {
    await mkdir(path.join(folder, 'data'));
    await chmod(path.join(folder, 'data'), 0o500);

    await expect(storage().create('raw/a')).rejects.toMatchObject({
      kind: 'data',
      hint: expect.stringContaining('--data'),
    });
    await chmod(path.join(folder, 'data'), 0o700);
  });

  it('because a file stands in its place is refused the same way', async () => {
    await writeFile(path.join(folder, 'data'), 'a file');

    await expect(storage().create('raw/a')).rejects.toMatchObject({
      kind: 'data',
      message: expect.stringContaining('cannot write'),
      hint: expect.stringContaining('a file stands where'),
    });
  });

  it('because a file stands in its place is said to a reader', async () => {
    await writeFile(path.join(folder, 'data'), 'a file');

    await expect(storage().readVersioned('state.json')).rejects.toMatchObject({
      kind: 'data',
      hint: expect.stringContaining('a file stands'),
    });
  });
});

describe('sweeping', () => {
  async function put(key: string): Promise<string> {
    const file = path.join(folder, 'data', key);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, 'x');
    return file;
  }

  const keys = async () => (await storage().list('')).map(({ key }) => key);
  const host = () => storage().writerName.split('-')[0] ?? '';

  it('clears away what a process of this machine was writing that is gone', async () => {
    await put(`.tmp/${host()}-${String(deadProcess())}-0123456789ab`);

    expect(await storage().abandoned('raw/')).toEqual([]);
    expect(await keys()).toEqual([]);
  });

  it('names what a process of this machine wrote that is gone, and leaves it to others to remove', async () => {
    const key = `raw/git/shop/commits/000001-${host()}-${String(deadProcess())}.jsonl`;
    await put(key);

    expect(await storage().abandoned('raw/')).toEqual([key]);
    expect(await keys()).toEqual([key]);
  });

  it('spares what this process writes, and another one that runs', async () => {
    const own = `raw/git/shop/commits/000002-${storage().writerName}.jsonl`;
    const parent = `.tmp/${host()}-${String(process.ppid)}-0123456789ab`;
    await put(own);
    await put(parent);

    expect(await storage().abandoned('raw/')).toEqual([]);
    expect(await keys()).toEqual([parent, own]);
  });

  it('waits a day for other machines', async () => {
    const now = Date.now() / 1000;
    const young = 'raw/a/000001-wffffff-1.jsonl';
    const old = 'raw/a/000002-wffffff-1.jsonl';
    await utimes(await put(young), now - 23 * 3600, now - 23 * 3600);
    await utimes(await put(old), now - 25 * 3600, now - 25 * 3600);

    expect(await storage().abandoned('raw/')).toEqual([old]);
  });

  it('says nothing of what lies outside its prefix', async () => {
    await put(`dataset/000001-${host()}-${String(deadProcess())}.csv`);

    expect(await storage().abandoned('raw/')).toEqual([]);
  });
});
