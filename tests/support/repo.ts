import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { buildHistory, type HistoryBuilder } from '../../fixtures/history/history-builder.ts';

/** A folder that is removed when the test that asked for it is over. */
export async function testFolder(): Promise<string> {
  const folder = await newFolder();
  onTestFinished(async () => await removed(folder));
  return folder;
}

/** A folder for all tests of a file or a `describe`, filled once by `fill`; call it outside of tests. */
export function sharedFolder(fill: (folder: string) => Promise<void>): () => string {
  let folder = '';
  beforeAll(async () => {
    folder = await newFolder();
    await fill(folder);
  }, 120_000);
  afterAll(async () => await removed(folder));
  return () => folder;
}

/** Without links on the way, so that it is called what git calls it. */
async function newFolder(): Promise<string> {
  return await realpath(await mkdtemp(path.join(tmpdir(), 'dora-test-')));
}

async function removed(folder: string): Promise<void> {
  if (folder !== '') await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** 2026-01-05T09:00:00Z, a Monday, and so many days and hours later; epoch seconds, as git counts. */
export function day(days: number, hours = 0): number {
  return Date.UTC(2026, 0, 5, 9) / 1000 + days * 86_400 + hours * 3600;
}

/** Until then everything in the histories here has happened. */
export const AS_OF = '2026-07-01T00:00:00Z';

/** Five commits and three versions: the smallest repository that has every metric, the last version repairs the one before. */
export async function smallShop(directory: string): Promise<void> {
  await buildHistory({ directory }, describeSmallShop);
}

export async function describeSmallShop(history: HistoryBuilder): Promise<void> {
  await history.commit({ message: 'cart: begin', files: { 'cart.txt': '1\n' }, at: day(0) });
  await history.tag({ name: 'v1.0.0', at: day(1) });
  const bad = await history.commit({ message: 'cart: discounts', files: { 'cart.txt': '2\n' }, at: day(2) });
  await history.commit({ message: 'pay: by invoice', files: { 'pay.txt': '1\n' }, at: day(3) });
  await history.tag({ name: 'v1.1.0', at: day(7) });
  await history.revert(bad, { at: day(7, 3) });
  await history.tag({ name: 'v1.1.1', at: day(7, 5) });
  await history.commit({ message: 'pay: by card', files: { 'pay.txt': '2\n' }, at: day(8) });
}
