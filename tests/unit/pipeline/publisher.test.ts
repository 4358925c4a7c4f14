import { describe, expect, it } from 'vitest';
import { Publisher } from '../../../src/pipeline/publisher.ts';
import { LocalStorage } from '../../../src/storage/local-storage.ts';
import { Workspace, type Publication } from '../../../src/storage/workspace.ts';
import { FastClock } from '../../support/github-workspace.ts';
import { testFolder } from '../../support/repo.ts';

async function publisher() {
  const clock = new FastClock();
  const workspace = new Workspace(new LocalStorage(await testFolder()), clock);
  await workspace.open();
  const unexpected = (error: Error) => expect.unreachable(error.message);
  const publishing = new Publisher(workspace, clock);
  const add = async (number: number, audit: Publication['audit']) => {
    const name = { source: 'git', scope: `acme/${String(number)}`, stream: 'commits' };
    const after = { ...name, checkedAt: clock.now().toISOString(), cursor: { number }, segments: [] };
    await publishing.add({ updates: [{ name, before: null, after }], audit }, unexpected);
  };
  const state = async () => await workspace.read();
  return { add, clock, state, flush: async () => await publishing.flush() };
}

const NEWS = { at: '2026-11-21T00:00:00Z', command: 'update', changes: {} };

describe('what many repositories give', () => {
  it('is published some at a time where there are news', async () => {
    const { add, state, flush } = await publisher();
    for (let number = 0; number < 200; number += 1) await add(number, NEWS);
    await flush();
    expect((await state())?.generation).toBe(4);
    expect(Object.keys((await state())?.streams ?? {})).toHaveLength(200);
  });

  it('is published at once where there are none', async () => {
    const { add, state, flush } = await publisher();
    for (let number = 0; number < 200; number += 1) await add(number, null);
    expect((await state())?.generation).toBe(0);
    await flush();
    expect((await state())?.generation).toBe(1);
    expect(Object.keys((await state())?.streams ?? {})).toHaveLength(200);
  });

  it('does not wait long, and longer where there is nothing new', async () => {
    const { add, clock, state } = await publisher();
    await add(0, null);
    clock.pass(4000);
    await add(1, null);
    expect((await state())?.generation).toBe(0);
    await add(2, NEWS);
    expect((await state())?.generation).toBe(1);
    await add(3, null);
    clock.pass(60_000);
    await add(4, null);
    expect((await state())?.generation).toBe(2);
  });
});
