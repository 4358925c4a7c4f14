import type * as promises from 'node:fs/promises';
import { chmod, lstat, mkdir, readdir, readFile, symlink } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { DoraError } from '../../src/domain/errors.ts';
import { LocalStorage } from '../../src/storage/local-storage.ts';
import { VersionConflict, type Storage } from '../../src/storage/storage.ts';
import { testFolder } from '../support/repo.ts';

/** What disks, network shares and their permissions do to a workspace in a folder: the file system is a real one, and here and there it lies. */

type Call = 'link' | 'rename' | 'open' | 'readFile' | 'stat' | 'readdir' | 'mkdir' | 'rm';

/** What a call does instead; it is given what it would have done, and of what. */
type Instead = (done: () => Promise<unknown>, args: readonly unknown[]) => Promise<unknown>;

const instead = vi.hoisted(() => new Map<string, Instead>());

vi.mock('node:fs/promises', async (original) => {
  const actual = await original<typeof promises>();
  const call = async (name: Call, args: readonly unknown[], done: () => Promise<unknown>) =>
    await (instead.get(name) ?? ((plain: typeof done) => plain()))(done, args);
  return {
    ...actual,
    link: (...args: Parameters<typeof promises.link>) => call('link', args, () => actual.link(...args)),
    rename: (...args: Parameters<typeof promises.rename>) =>
      call('rename', args, () => actual.rename(...args)),
    open: (...args: Parameters<typeof promises.open>) => call('open', args, () => actual.open(...args)),
    readFile: (...args: Parameters<typeof promises.readFile>) =>
      call('readFile', args, () => actual.readFile(...args)),
    stat: (...args: Parameters<typeof promises.stat>) => call('stat', args, () => actual.stat(...args)),
    readdir: (...args: Parameters<typeof promises.readdir>) =>
      call('readdir', args, () => actual.readdir(...args)),
    mkdir: (...args: Parameters<typeof promises.mkdir>) => call('mkdir', args, () => actual.mkdir(...args)),
    rm: (...args: Parameters<typeof promises.rm>) => call('rm', args, () => actual.rm(...args)),
  };
});

afterEach(() => instead.clear());

function failure(code: string, syscall: string): Error {
  return Object.assign(new Error(`${code}: of the test, ${syscall}`), { code, syscall });
}

function fail(code: string, syscall: Call): Instead {
  return async () => await Promise.reject(failure(code, syscall));
}

/** That, at the `nth` call from now on only. */
function at(nth: number, wrong: Instead): Instead {
  let calls = 0;
  return async (done, args) => {
    calls += 1;
    return await (calls === nth ? wrong(done, args) : done());
  };
}

const bytes = (text: string) => new TextEncoder().encode(text);
const textOf = (body: Uint8Array | null | undefined) =>
  body === null || body === undefined ? null : new TextDecoder().decode(body);

async function put(storage: Storage, key: string, text: string): Promise<void> {
  const writer = await storage.create(key);
  try {
    await writer.write(bytes(text));
    await writer.commit();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

/** What a run does, small; begun again it goes on. */
async function work(storage: Storage): Promise<void> {
  await put(storage, 'raw/git/shop/commits/000001.jsonl', 'a commit');
  for (let found = await storage.readVersioned('state.json'); textOf(found?.body) !== 'two';) {
    await storage.replace('state.json', bytes(found === null ? 'one' : 'two'), found?.version ?? null);
    found = await storage.readVersioned('state.json');
  }
  await put(storage, 'dataset/changes.csv', 'a change');
}

async function expectDone(data: string): Promise<void> {
  const storage = new LocalStorage(data);
  const keys = (await storage.list('')).map(({ key }) => key);
  expect({
    state: textOf((await storage.readVersioned('state.json'))?.body),
    file: await readFile(path.join(data, 'state.json'), 'utf8'),
    raw: textOf(await storage.read('raw/git/shop/commits/000001.jsonl')),
    dataset: textOf(await storage.read('dataset/changes.csv')),
    temporary: keys.filter((key) => key.startsWith('.tmp/')),
  }).toEqual({ state: 'two', file: 'two', raw: 'a commit', dataset: 'a change', temporary: [] });
}

async function newData(): Promise<string> {
  return path.join(await testFolder(), 'data');
}

describe('a full disk', () => {
  it('at any write is told, and what was stored is there for the next run', async () => {
    let refused = 0;
    for (let nth = 1; ; nth += 1) {
      const data = await newData();
      let writes = 0;
      instead.set('open', async (done) => {
        const file: unknown = await done();
        if (typeof file !== 'object' || file === null || !('write' in file)) return file;
        const { write } = file;
        if (typeof write !== 'function') return file;
        return Object.assign(file, {
          write: async (...args: unknown[]) => {
            writes += 1;
            if (writes === nth) throw failure('ENOSPC', 'write');
            const result: unknown = await Reflect.apply(write, file, args);
            return result;
          },
        });
      });
      const error = await work(new LocalStorage(data)).catch((reason: unknown) => reason);
      instead.clear();
      await work(new LocalStorage(data));
      await expectDone(data);
      if (writes < nth) break;
      if (error === undefined) continue;
      refused += 1;
      expect(error).toMatchObject({ kind: 'data', hint: expect.stringContaining('the disk is full') });
    }
    expect(refused).toBeGreaterThan(3);
  });
});

describe('a network share', () => {
  it('that says of any rename that there is nothing to rename, after it was done, is seen through', async () => {
    let nth = 0;
    for (let isReached = true; isReached;) {
      nth += 1;
      isReached = false;
      const data = await newData();
      const lost: Instead = async (done) => {
        isReached = true;
        await done();
        throw failure('ENOENT', 'rename');
      };
      instead.set('rename', at(nth, lost));
      await work(new LocalStorage(data));
      instead.clear();
      await expectDone(data);
    }
    expect(nth).toBeGreaterThan(4);
  });

  it('that says of a link that it is there already, after it was made, is seen through', async () => {
    const data = await newData();
    instead.set('link', async (done) => {
      await done();
      throw failure('EEXIST', 'link');
    });
    await work(new LocalStorage(data));
    await expectDone(data);
  });

  it('on which another run was first is not', async () => {
    const data = await newData();
    const storage = new LocalStorage(data);
    const first = await storage.replace('state.json', bytes('one'), null);
    // the same body, in another file
    instead.set(
      'link',
      at(1, async (done) => {
        await new LocalStorage(data).replace('state.json', bytes('two'), first);
        return await done();
      }),
    );

    await expect(storage.replace('state.json', bytes('two'), first)).rejects.toThrow(VersionConflict);
  });

  it.each(['readFile', 'stat', 'readdir'] as const)(
    'that calls what is there stale, once, is asked again (%s)',
    async (call) => {
      const data = await newData();
      await work(new LocalStorage(data));
      instead.set(call, at(1, fail('ESTALE', call)));
      const storage = new LocalStorage(data);

      expect(textOf((await storage.readVersioned('state.json'))?.body)).toBe('two');
      expect(await storage.fingerprint('dataset/changes.csv')).toMatch(/^\d+-8-\d+$/u);
      expect((await storage.list('raw/')).map(({ key }) => key)).toEqual([
        'raw/git/shop/commits/000001.jsonl',
      ]);
    },
  );

  it.each(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'])(
    'without hard links (%s) is named, with what to do about it',
    async (code) => {
      instead.set('link', fail(code, 'link'));

      await expect(work(new LocalStorage(await newData()))).rejects.toMatchObject({
        kind: 'data',
        message: expect.stringContaining('has no hard links'),
        hint: expect.stringContaining('another file system'),
      });
    },
  );
});

describe('a folder', () => {
  /** Answers to the syncing of folders, which alone are opened for reading. */
  function syncing(code: string): Instead {
    return async (done, [, flags]) => {
      const file: unknown = await done();
      if (flags !== 'r' || typeof file !== 'object' || file === null) return file;
      return Object.assign(file, { sync: async () => await Promise.reject(failure(code, 'fsync')) });
    };
  }

  it.each(['EINVAL', 'ENOTSUP'])('that cannot be synced (%s) has to do without', async (code) => {
    const data = await newData();
    instead.set('open', syncing(code));
    await work(new LocalStorage(data));
    await expectDone(data);
  });

  it('whose syncing fails is not taken for one that is durable', async () => {
    instead.set('open', syncing('EIO'));

    await expect(put(new LocalStorage(await newData()), 'raw/a', 'a')).rejects.toThrow(DoraError);
  });

  it.each(['spaces in its name', 'ümläuts 漢字 🚢', 'x'.repeat(200), "quote ' and $HOME"])(
    'with any name will do: %s',
    async (name) => {
      const data = path.join(await testFolder(), name, 'data');
      await work(new LocalStorage(data));
      await expectDone(data);
    },
  );

  it('that is a link to another one is written to behind it', async () => {
    const folder = await testFolder();
    await mkdir(path.join(folder, 'elsewhere'));
    await symlink(path.join(folder, 'elsewhere'), path.join(folder, 'data'));
    await work(new LocalStorage(path.join(folder, 'data')));

    await expectDone(path.join(folder, 'elsewhere'));
    expect((await lstat(path.join(folder, 'data'))).isSymbolicLink()).toBe(true);
  });

  it('with a name that is too long is refused with a hint', async () => {
    await expect(
      work(new LocalStorage(path.join(await testFolder(), 'x'.repeat(300)))),
    ).rejects.toMatchObject({
      kind: 'data',
      hint: expect.stringContaining('shorter'),
    });
  });
});

describe('a folder that is read-only', () => {
  it.each(['EROFS', 'EACCES'])('(%s) can be read, also when it is behind', async (code) => {
    const data = await newData();
    const storage = new LocalStorage(data);
    const first = await storage.replace('state.json', bytes('one'), null);
    // won, and not moved on
    instead.set('rename', fail(code, 'rename'));
    await storage.replace('state.json', bytes('two'), first);
    instead.clear();
    expect(await readFile(path.join(data, 'state.json'), 'utf8')).toBe('one');
    for (const call of ['mkdir', 'rename', 'link', 'rm'] as const) instead.set(call, fail(code, call));
    const opened: Instead = async (done, [, flags]) =>
      flags === 'wx' ? await fail(code, 'open')(done, []) : await done();
    instead.set('open', opened);

    expect(textOf((await new LocalStorage(data).readVersioned('state.json'))?.body)).toBe('two');
    await expect(put(new LocalStorage(data), 'raw/a', 'a')).rejects.toMatchObject({
      kind: 'data',
      message: expect.stringContaining('cannot write'),
      hint: expect.stringContaining('--data'),
    });
  });

  // nothing is read-only to root
  it.runIf(process.getuid?.() !== 0)('on a real disk can be read', async () => {
    const data = await newData();
    await work(new LocalStorage(data));
    await chmod(data, 0o500);

    await expectDone(data);
    await expect(put(new LocalStorage(data), 'reports/a', 'a')).rejects.toThrow(DoraError);
    await chmod(data, 0o700);
  });
});

describe('a disk on which the own file cannot be moved on', () => {
  it('keeps every step from it to the newest version, however many there are', async () => {
    const data = await newData();
    let version = await new LocalStorage(data).replace('state.json', bytes('0'), null);
    instead.set('rename', async (done, [, target]) =>
      String(target).endsWith('state.json') ? await fail('EIO', 'rename')(done, []) : await done(),
    );
    for (let next = 1; next <= 12; next += 1)
      version = await new LocalStorage(data).replace('state.json', bytes(String(next)), version);
    instead.clear();

    expect(await readFile(path.join(data, 'state.json'), 'utf8')).toBe('0');
    expect(textOf((await new LocalStorage(data).readVersioned('state.json'))?.body)).toBe('12');
    expect(await readFile(path.join(data, 'state.json'), 'utf8')).toBe('12');
    await new LocalStorage(data).replace('state.json', bytes('13'), version);
    expect((await readdir(path.join(data, '.versions'))).length).toBeLessThanOrEqual(5);
  });
});

describe('the umask', () => {
  it.each([
    { name: '077', umask: 0o077, file: 0o600, folder: 0o700 },
    { name: '022', umask: 0o022, file: 0o644, folder: 0o755 },
  ])('$name decides who may read a workspace', async ({ umask, file, folder }) => {
    const data = await newData();
    const before = process.umask(umask);
    try {
      await work(new LocalStorage(data));
    } finally {
      process.umask(before);
    }
    const entries = await readdir(data, { recursive: true, withFileTypes: true });
    const modes = await Promise.all(
      entries.map(async (entry) => {
        const { mode } = await lstat(path.join(entry.parentPath, entry.name));
        return [entry.isDirectory() ? 'folder' : 'file', mode & 0o777];
      }),
    );
    expect(modes.length).toBeGreaterThan(8);
    expect(modes.filter(([kind, mode]) => mode !== (kind === 'file' ? file : folder))).toEqual([]);
  });
});
