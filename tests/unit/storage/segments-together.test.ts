import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LocalStorage } from '../../../src/storage/local-storage.ts';
import { nextNumber, readRecords, SegmentWriter, withTailTogether } from '../../../src/storage/raw-store.ts';
import type { StreamState } from '../../../src/storage/state.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'dora-segments-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

const COMMITS = { source: 'git', scope: 'shop', stream: 'commits' };
const SUBJECT = 'x'.repeat(200);
const ENVELOPE = { ...COMMITS, request: 'git log', fetchedAt: '2026-01-01T00:00:00Z', tool: 'test' };

it(
  'a line a day makes few segments, and lines that are old are seldom written again',
  { timeout: 60_000 },
  async () => {
    const storage = new LocalStorage(folder);
    const days = 300;
    let state: StreamState = { ...COMMITS, checkedAt: '', cursor: {}, segments: [] };
    let written = 0;
    let most = 0;
    for (let day = 0; day < days; day += 1) {
      const writer = new SegmentWriter(storage, ENVELOPE, nextNumber(state.segments));
      await writer.add(JSON.stringify({ day, subject: SUBJECT }));
      const grown = { ...state, segments: [...state.segments, ...(await writer.finish())] };
      const segments = await withTailTogether(storage, grown, ENVELOPE);
      if (segments !== grown.segments) written += segments.at(-1)?.records ?? 0;
      state = { ...grown, segments };
      most = Math.max(most, segments.length);
    }

    const found: unknown[] = [];
    for await (const records of readRecords(storage, state)) found.push(...records);
    expect(found).toEqual(Array.from({ length: days }, (_, day) => ({ day, subject: SUBJECT })));
    expect(most).toBeLessThanOrEqual(24);
    // all of them each time would be six times each of them
    expect(written).toBeLessThan(3 * days);
  },
);
