import path from 'node:path';
import { parse } from 'csv-parse/sync';
import * as z from 'zod';
import { git } from '../../../fixtures/history/git.ts';
import { loadSettings } from '../../../src/config/load.ts';
import type { Settings } from '../../../src/domain/settings.ts';
import { extract } from '../../../src/pipeline/extract.ts';
import { importFiles } from '../../../src/pipeline/import.ts';
import { startGitHub } from '../github/server.ts';
import { buildShop } from '../github/shop.ts';
import { describeAcmeShop } from '../github/shop/acme-shop.ts';
import { Place, processAt, type Process, type ProcessOptions, type StorageKind } from './places.ts';
import { Replay } from './replayed.ts';

/** A small shop at two times, with its GitHub: what is asked of either is asked of the real ones once. */
export interface World {
  readonly settings: Settings;
  /** Before its last version. */
  readonly before: Replay;
  readonly after: Replay;
  readonly close: () => Promise<void>;
}

/** A world at its earlier time. */
export type WorldAt = Pick<World, 'settings' | 'before'>;

/** An extraction of everything, but for its command and its settings. */
export const EXTRACTION = {
  full: false,
  only: [],
  sources: [],
  mayWait: true,
  concurrency: 1,
  shard: null,
} as const;

/** Opened between both times. */
export const INCIDENT = {
  title: 'Nobody can return anything',
  at: Date.UTC(2026, 0, 14, 9) / 1000,
  labels: ['incident'],
};
const HOUR = 3600;

/** Needs an empty folder; `meanwhile` is called at the earlier of both times. */
export async function buildWorld(
  folder: string,
  meanwhile: (world: WorldAt) => Promise<void>,
): Promise<World> {
  const directory = path.join(folder, 'shop');
  const { world, repository } = await buildShop({ directory }, describeAcmeShop);
  const server = await startGitHub(world, { rateLimit: null });
  await git(directory, ['config', 'remote.origin.url', `${server.url}/acme/shop.git`]);
  const flags = { githubUrl: server.url };
  const { settings } = await loadSettings({ cwd: directory, file: null, env: {}, flags });
  const later = await moved(directory, { 'refs/tags/v1.1.0': null, 'refs/heads/main': 'main~2' });
  const before = new Replay();
  await meanwhile({ settings, before });
  await later();
  repository.openIssue(INCIDENT).close(INCIDENT.at + HOUR);
  return { settings, before, after: new Replay(), close: async () => await server.close() };
}

/** Lets refs name something else (`null`: be gone), in that order; gives what puts them back. */
export async function moved(
  directory: string,
  refs: Readonly<Record<string, string | null>>,
): Promise<() => Promise<void>> {
  const before: (readonly [string, string])[] = [];
  for (const [ref, target] of Object.entries(refs)) {
    before.push([ref, await git(directory, ['rev-parse', ref])]);
    await git(directory, ['update-ref', ...(target === null ? ['-d', ref] : [ref, target])]);
  }
  return async () => {
    for (const [ref, target] of before) await git(directory, ['update-ref', ref, target]);
  };
}

/** A workspace of the earlier time, with an import and with something that is only typed into the sheet so far. */
export async function oldPlace(kind: StorageKind, { settings, before: replay }: WorldAt): Promise<Place> {
  const place = new Place(kind);
  await undisturbed(place, { replay }, async ({ ports }) => {
    await extract({ ...EXTRACTION, command: 'extract', settings }, ports);
    const files = [
      { name: 'first.csv', bytes: filled(sheetAt(place), 'cart: begin', { is_hotfix: 'no' }, true) },
    ];
    await importFiles({ settings, files, by: 'Ada', prefer: null, dryRun: false }, ports);
  });
  place.put('pending_review.csv', filled(sheetAt(place), 'Invoices (#2)', { notes: 'to be asked' }));
  return place;
}

/** A run of whatever kind that nothing befalls. */
export async function undisturbed<Result>(
  place: Place,
  options: ProcessOptions,
  action: (process: Process) => Promise<Result>,
): Promise<Result> {
  const process = processAt(place, options);
  try {
    return await action(process);
  } finally {
    process.end();
    place.disk.settle();
  }
}

export function sheetAt(place: Place): Buffer {
  const sheet = place.objects().get('pending_review.csv');
  if (sheet === undefined) throw new Error('there is no sheet');
  return sheet;
}

const Rows = z.array(z.array(z.string()));

/** A sheet with some cells filled in of the row with that title; `isAlone`: of it nothing but that row. */
export function filled(
  sheet: Buffer,
  title: string,
  cells: Readonly<Record<string, string>>,
  isAlone = false,
): Buffer {
  const [header = [], ...rows] = Rows.parse(parse(sheet, { bom: true }));
  const at = header.indexOf('title');
  const row = rows.find((one) => one[at] === title);
  if (row === undefined)
    throw new Error(`no row is called ${title}: ${rows.map((one) => one[at]).join(', ')}`);
  for (const [name, value] of Object.entries(cells)) row[header.indexOf(name)] = value;
  const lines = [header, ...(isAlone ? [row] : rows)].map((one) =>
    one.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(','),
  );
  return Buffer.from(`\uFEFF${lines.join('\r\n')}\r\n`);
}
