import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RefSnapshot } from '../../../src/domain/commit.ts';
import { readRefs } from '../../../src/pipeline/history.ts';
import { storeRefs } from '../../../src/pipeline/store-refs.ts';
import { LocalStorage } from '../../../src/storage/local-storage.ts';
import { streamPrefix } from '../../../src/storage/paths.ts';
import type { StreamState } from '../../../src/storage/state.ts';
import { branch, sha, tag } from '../../support/builders.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'dora-refs-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

const REFS = { source: 'git', scope: 'shop', stream: 'refs' };
const ENVELOPE = { ...REFS, request: 'git for-each-ref', fetchedAt: '2026-01-01T00:00:00Z', tool: 'test' };

/** So many versions, each of its own commit, in the order of git. */
function versions(count: number): RefSnapshot {
  const tags = Array.from({ length: count }, (_, n) => tag(`v${String(n).padStart(5, '0')}`, 'a'));
  return { branch: { name: 'main', commit: sha('b') }, refs: [branch('main', 'b'), ...tags] };
}

async function stored(refs: RefSnapshot, before: StreamState | null): Promise<StreamState> {
  const storage = new LocalStorage(folder);
  const segments = await storeRefs(refs, before && { refs: before }, ENVELOPE, storage);
  return { ...REFS, checkedAt: '', cursor: {}, segments };
}

const bytesOf = ({ segments }: StreamState) => segments.map(({ bytes }) => bytes);

describe('the refs of a repository', () => {
  it('are one list as long as they are few', async () => {
    const before = await stored(versions(100), null);
    const after = await stored(versions(101), before);

    expect(after.segments).toHaveLength(1);
    expect(await readRefs(new LocalStorage(folder), after)).toEqual(versions(101));
  });

  it('are a list that stays and what has changed since where they are many, and a new list in time', async () => {
    let state = await stored(versions(2000), null);
    const first = state.segments[0];
    let lists = 1;
    for (let count = 2001; count <= 2200; count += 20) {
      const before = state;
      state = await stored(versions(count), before);
      expect(await readRefs(new LocalStorage(folder), state)).toEqual(versions(count));
      if (state.segments.length === 1) lists += 1;
      else {
        expect(state.segments[0]).toEqual(before.segments[0]);
        expect(bytesOf(state)[1]).toBeLessThan(9000);
      }
    }
    expect(state.segments[0]).not.toEqual(first);
    expect(lists).toBe(2);
  });

  it('are a new list where the old one is damaged', async () => {
    const before = await stored(versions(2000), null);
    const name = before.segments[0]?.name ?? '';
    await writeFile(path.join(folder, streamPrefix(REFS), name), 'damaged');

    const after = await stored(versions(2001), before);

    expect(after.segments).toHaveLength(1);
    expect(await readRefs(new LocalStorage(folder), after)).toEqual(versions(2001));
  });
});
