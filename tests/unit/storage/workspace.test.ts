import { mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/io/clock.ts';
import { LocalStorage } from '../../../src/storage/local-storage.ts';
import { streamPrefix } from '../../../src/storage/paths.ts';
import { readRecords, SegmentWriter } from '../../../src/storage/raw-store.ts';
import { emptyState, formatState, parseState, type StreamState } from '../../../src/storage/state.ts';
import { streamKey, Workspace } from '../../../src/storage/workspace.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'dora-workspace-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

const COMMITS = { source: 'git', scope: 'acme/shop', stream: 'commits' };
const REFS = { ...COMMITS, stream: 'refs' };
const AUDIT = { at: '2026-11-20T00:00:00Z', command: 'extract', changes: { commits: 1 } };

function workspace(): Workspace {
  return new Workspace(new LocalStorage(folder), systemClock);
}

function stream(name: typeof COMMITS, cursor: string): StreamState {
  return { ...name, checkedAt: '2026-11-20T00:00:00Z', cursor: { head: cursor }, segments: [] };
}

async function auditLines(): Promise<unknown[]> {
  const lines = (await readFile(path.join(folder, 'audit.jsonl'), 'utf8')).trimEnd().split('\n');
  return lines.map((line): unknown => JSON.parse(line));
}

describe('the state of a workspace', () => {
  const state = {
    ...emptyState('key'),
    generation: 3,
    streams: { [streamKey(COMMITS)]: stream(COMMITS, 'a') },
  };

  it('comes back as it was written', () => {
    expect(parseState(formatState(state), 'state.json')).toEqual(state);
  });

  it('of a newer version is refused, with what to do', () => {
    const newer = formatState(state).replace('/v1"', '/v2"');

    expect(() => parseState(newer, 'data/state.json')).toThrow(
      'data/state.json was written by a newer dora-metrics (state version 2, this one reads 1)',
    );
  });

  it.each(['', 'not json', '{}', '[]', 'null', '{"schema":"dora-metrics/state/v1"}', '{"schema":7}'])(
    'that reads %j is damaged, and says so',
    (text) => {
      expect(() => parseState(text, 'data/state.json')).toThrow(/^data\/state\.json is damaged: /u);
    },
  );

  it('cut off anywhere is damaged, never half read', () => {
    const whole = formatState(state).trimEnd();

    const accepted = Array.from({ length: whole.length - 1 }, (_, length) => length + 1).filter((length) => {
      try {
        parseState(whole.slice(0, length), 'x');
        return true;
      } catch {
        return false;
      }
    });

    expect(accepted).toEqual([]);
  });
});

describe('a workspace', () => {
  it('that is new has no state, and one secret for all who open it', async () => {
    expect(await workspace().read()).toBeNull();

    const opened = await Promise.all([workspace().open(), workspace().open(), workspace().open()]);

    const keys = new Set(opened.map(({ authorKey }) => authorKey));
    expect(keys.size).toBe(1);
    expect([...keys][0]).toMatch(/^[0-9a-f]{64}$/u);
  });

  it('publishes streams with a line of audit', async () => {
    await workspace().open();

    const state = await workspace().publish(
      [{ name: COMMITS, before: null, after: stream(COMMITS, 'a') }],
      AUDIT,
    );

    expect(state.generation).toBe(1);
    expect(await workspace().read()).toEqual(state);
    expect(await auditLines()).toEqual([{ ...AUDIT, generation: 1 }]);
  });

  it('says nothing in the audit when nothing changed', async () => {
    await workspace().open();
    await workspace().publish([{ name: COMMITS, before: null, after: stream(COMMITS, 'a') }], AUDIT);
    await workspace().publish(
      [{ name: COMMITS, before: stream(COMMITS, 'a'), after: stream(COMMITS, 'a') }],
      null,
    );

    expect(await auditLines()).toHaveLength(1);
  });

  it('keeps the work of two runs that changed different streams', async () => {
    await workspace().open();

    await Promise.all(
      [COMMITS, REFS].map((name) =>
        workspace().publish([{ name, before: null, after: stream(name, 'a') }], AUDIT),
      ),
    );

    expect(Object.keys((await workspace().read())?.streams ?? {}).sort()).toEqual([
      'git/acme/shop/commits',
      'git/acme/shop/refs',
    ]);
    expect(await auditLines()).toHaveLength(2);
  });

  it('keeps the work of the first of two runs that changed the same stream, and tells the second', async () => {
    await workspace().open();
    await workspace().publish([{ name: COMMITS, before: null, after: stream(COMMITS, 'first') }], AUDIT);

    const second = workspace().publish(
      [{ name: COMMITS, before: null, after: stream(COMMITS, 'second') }],
      AUDIT,
    );

    await expect(second).rejects.toMatchObject({
      kind: 'data',
      message: expect.stringContaining('another run changed git/acme/shop/commits'),
    });
    expect((await workspace().read())?.streams[streamKey(COMMITS)]?.cursor).toEqual({ head: 'first' });
  });

  it('publishes many at once, and leaves out only those that another run was faster with', async () => {
    const first = workspace();
    await first.open();
    await workspace().publish([{ name: REFS, before: null, after: stream(REFS, 'theirs') }], null);

    const { state, beaten } = await first.publishAll([
      { updates: [{ name: COMMITS, before: null, after: stream(COMMITS, 'a') }], audit: AUDIT },
      { updates: [{ name: REFS, before: null, after: stream(REFS, 'mine') }], audit: AUDIT },
    ]);

    expect([...beaten.keys()]).toEqual([1]);
    expect(beaten.get(1)?.message).toContain('another run changed git/acme/shop/refs');
    expect(state.streams[streamKey(COMMITS)]?.cursor).toEqual({ head: 'a' });
    expect(state.streams[streamKey(REFS)]?.cursor).toEqual({ head: 'theirs' });
    expect(await auditLines()).toHaveLength(1);
  });

  it('reads a state whose audit was one line', () => {
    const before = JSON.stringify({ ...emptyState('key'), audit: { ...AUDIT, generation: 2 } });

    expect(parseState(before, 'state.json').audit).toEqual([{ ...AUDIT, generation: 2 }]);
    expect(parseState(before.replace(/"audit":.*$/u, '"audit":null}'), 'state.json').audit).toEqual([]);
  });

  it('puts a long audit aside, whole, and goes on with a new one', async () => {
    await workspace().open();
    const long = `${JSON.stringify({ ...AUDIT, changes: { words: 'x'.repeat(1 << 20) }, generation: 0 })}\n`;
    await writeFile(path.join(folder, 'audit.jsonl'), long);

    await workspace().publish([{ name: COMMITS, before: null, after: stream(COMMITS, 'a') }], AUDIT);

    expect(await auditLines()).toEqual([{ ...AUDIT, generation: 1 }]);
    expect(await readFile(path.join(folder, 'audit/000000000.jsonl'), 'utf8')).toBe(long);
  });

  it('writes the audit line of a run that died before it could, once', async () => {
    await workspace().open();
    await workspace().publish([{ name: COMMITS, before: null, after: stream(COMMITS, 'a') }], AUDIT);
    await rm(path.join(folder, 'audit.jsonl'));

    await workspace().open();
    await workspace().open();

    expect(await auditLines()).toEqual([{ ...AUDIT, generation: 1 }]);
  });

  it('does not add to an unfinished line of audit', async () => {
    await workspace().open();
    await writeFile(path.join(folder, 'audit.jsonl'), 'a note of somebody');

    await workspace().publish([{ name: COMMITS, before: null, after: stream(COMMITS, 'a') }], AUDIT);

    expect(await readFile(path.join(folder, 'audit.jsonl'), 'utf8')).toMatch(
      /^a note of somebody\n\{.*\}\n$/u,
    );
  });

  it('that was removed meanwhile is not made up again', async () => {
    await expect(workspace().publish([], AUDIT)).rejects.toThrow('was removed while it was written');
  });

  it('sweeps away segments that no stream names, and no others', async () => {
    const storage = new LocalStorage(folder);
    const segment = (n: number) => ({ name: `00000${String(n)}-x.jsonl`, sha256: '', bytes: 1, records: 1 });
    const old = new Date(Date.now() - 2 * 86_400_000);
    for (const n of [1, 2]) {
      const writer = await storage.create(`${streamPrefix(COMMITS)}${segment(n).name}`);
      await writer.commit();
      await utimes(storage.locate(`${streamPrefix(COMMITS)}${segment(n).name}`), old, old);
    }
    await workspace().open();
    const after = { ...stream(COMMITS, 'a'), segments: [segment(1)] };
    await workspace().publish([{ name: COMMITS, before: null, after }], AUDIT);

    await workspace().sweep();

    expect((await storage.list('raw/')).map(({ key }) => key)).toEqual([
      'raw/git/acme%2Fshop/commits/000001-x.jsonl',
    ]);
  });
});

describe('a stream of raw records', () => {
  const ENVELOPE = { ...COMMITS, fetchedAt: '2026-11-20T00:00:00Z', request: 'git log', tool: 'test' };

  async function write(records: readonly unknown[], next = 1): Promise<StreamState> {
    const writer = new SegmentWriter(new LocalStorage(folder), ENVELOPE, next);
    for (const record of records) await writer.add(JSON.stringify(record));
    return { ...stream(COMMITS, 'a'), segments: await writer.finish() };
  }

  async function read(state: StreamState): Promise<unknown[]> {
    const records: unknown[] = [];
    for await (const batch of readRecords(new LocalStorage(folder), state)) records.push(...batch);
    return records;
  }

  it('comes back record for record, without what was noted about the run', async () => {
    const records = Array.from({ length: 5000 }, (_, n) => ({ n, text: `line\n${'ü'.repeat(n % 100)}` }));

    const state = await write(records);

    expect(state.segments).toMatchObject([
      { records: 5000, name: expect.stringMatching(/^000001-.*\.jsonl$/u) },
    ]);
    expect(await read(state)).toEqual(records);
  });

  it('has no segment when nothing was written, nor when it was given up', async () => {
    const writer = new SegmentWriter(new LocalStorage(folder), ENVELOPE, 1);
    await writer.add('{}');
    await writer.abort();

    expect((await write([])).segments).toEqual([]);
    expect(await new LocalStorage(folder).list('raw/')).toEqual([]);
  });

  it.each([
    ['changed', (text: string) => text.replace('"n":1', '"n":7')],
    ['cut off', (text: string) => text.slice(0, -5)],
    ['no JSON any more', (text: string) => text.replace('{"n":1', '{n:1')],
    ['longer', (text: string) => `${text}{"n":3}\n`],
  ])('that is %s is not believed', async (_, damage) => {
    const state = await write([{ n: 1 }, { n: 2 }]);
    const file = new LocalStorage(folder).locate(`${streamPrefix(COMMITS)}${state.segments[0]?.name ?? ''}`);
    await writeFile(file, damage(await readFile(file, 'utf8')));

    await expect(read(state)).rejects.toMatchObject({
      kind: 'data',
      message: expect.stringContaining('is damaged'),
      hint: expect.stringContaining('extract --full'),
    });
  });

  it('that is missing is named', async () => {
    const state = await write([{ n: 1 }]);
    await rm(path.join(folder, 'raw'), { recursive: true });

    await expect(read(state)).rejects.toThrow(/raw\/git\/acme%2Fshop\/commits\/.* is missing/u);
  });

  it('has a prefix of its own, whatever the repository is called', () => {
    const scopes = ['acme/shop', 'acme%2Fshop', '../etc', 'a*b', 'ümlaut', '.hidden', 'a b'];

    const prefixes = scopes.map((scope) => streamPrefix({ ...COMMITS, scope }));

    expect(new Set(prefixes).size).toBe(scopes.length);
    expect(prefixes.filter((prefix) => !/^raw\/git\/[^/.*]+\/commits\/$/u.test(prefix))).toEqual([]);
  });
});
