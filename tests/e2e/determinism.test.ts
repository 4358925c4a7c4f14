import { cp, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeRealisticHistory } from '../../fixtures/demo/realistic-history.ts';
import { git } from '../../fixtures/history/git.ts';
import { dora, doraOk } from '../support/cli.ts';
import { describeSmallShop, sharedFolder, testFolder } from '../support/repo.ts';
import { datasetOf, filesIn, readState } from '../support/workspace.ts';
import { buildHistory } from '../../fixtures/history/history-builder.ts';

/** Far east and far west, with summer time in opposite halves of the year, and an offset that is no whole hour. */
const EAST = 'Pacific/Auckland';
const WEST = 'America/St_Johns';

/** Two years of a made-up shop, extracted into `data`. */
const shared = sharedFolder(async (folder) => {
  const shop = path.join(folder, 'shop');
  await writeRealisticHistory(shop);
  await doraOk(['extract', '--data', path.join(folder, 'data')], { cwd: shop });
});

const QUESTIONS = [
  'calculate --format json --period month',
  'calculate --format csv --period week --by component',
  'calculate --format json --period quarter --timezone America/St_Johns',
  'explain lead-time --period 2026 --format json',
  'explain change-fail-rate --period 2026',
  'report --output -',
];

async function answers(data: string, TZ: string): Promise<Record<string, string>> {
  const cwd = path.join(shared(), 'shop');
  const texts: Record<string, string> = {};
  for (const question of QUESTIONS) {
    const argv = [...question.split(' '), '--data', data, '--as-of', '2026-11-15T12:00:00Z'];
    texts[question] = await doraOk(argv, { cwd, env: { TZ } });
  }
  return texts;
}

describe('the same raw data, configuration and as-of', () => {
  it('give the same bytes in every time zone of the machine, and after the dataset was removed', async () => {
    const data = path.join(await testFolder(), 'data');
    await cp(path.join(shared(), 'data'), data, { recursive: true });
    const tables = await datasetOf(data);
    const east = await answers(data, EAST);
    await rm(path.join(data, 'dataset'), { recursive: true });

    const west = await answers(data, WEST);

    expect(await datasetOf(data)).toEqual(tables);
    for (const question of QUESTIONS) expect(west[question] === east[question], question).toBe(true);
    expect(Object.values(east).every((text) => text.length > 500)).toBe(true);
  });

  it('give the same dataset when extracted on two machines', async () => {
    const data = path.join(await testFolder(), 'elsewhere');

    await doraOk(['extract', '--full', '--data', data], {
      cwd: path.join(shared(), 'shop'),
      env: { TZ: WEST },
    });

    expect(await datasetOf(data)).toEqual(await datasetOf(path.join(shared(), 'data')));
  });

  it('are not confused by an as-of that lies before most of the data', async () => {
    const cwd = path.join(shared(), 'shop');
    const argv = [
      'calculate',
      '--format',
      'json',
      '--as-of',
      '2025-06-01',
      '--data',
      path.join(shared(), 'data'),
    ];

    const [east, west] = await Promise.all([
      doraOk(argv, { cwd, env: { TZ: EAST } }),
      doraOk(argv, { cwd, env: { TZ: WEST } }),
    ]);

    expect(east).toBe(west);
    expect(east).toContain('"asOf": "2025-06-01T00:00:00Z"');
  });
});

/** Commits on the first-parent line of main, oldest first, `count` of them at even distances, the newest one last. */
async function stages(shop: string, count: number): Promise<string[]> {
  const line = (await git(shop, ['rev-list', '--first-parent', '--reverse', 'main'])).split('\n');
  const position = (step: number) => Math.floor((line.length * (step + 1)) / count) - 1;
  return Array.from({ length: count }, (_, step) => line[position(step)] ?? '');
}

describe('a history that grows', () => {
  it('gives, update after update, the same dataset as one that is read whole', async () => {
    const folder = await testFolder();
    const source = path.join(folder, 'source');
    const growing = path.join(folder, 'shop');
    const data = path.join(folder, 'data');
    await git(folder, ['clone', '--quiet', '--bare', path.join(shared(), 'shop'), source]);
    await git(folder, ['init', '--quiet', '--bare', '--initial-branch=main', growing]);

    for (const stage of await stages(source, 5)) {
      await git(source, ['update-ref', 'refs/stages/now', stage]);
      await git(growing, ['fetch', '--quiet', source, '+refs/stages/now:refs/heads/main']);
      await doraOk(['update', '--data', data], { cwd: growing });
    }
    await git(growing, ['fetch', '--quiet', '--tags', source]);
    await doraOk(['update', '--data', data], { cwd: growing });

    const whole = path.join(folder, 'whole');
    await doraOk(['extract', '--full', '--data', whole], { cwd: growing });
    expect(await datasetOf(data)).toEqual(await datasetOf(whole));
    const { streams } = await readState(data);
    expect(streams['git/shop/commits']?.segments.length).toBe(6);
  });
});

async function contents(folder: string): Promise<Record<string, string>> {
  const files = (await filesIn(folder)).filter((file) => !file.startsWith('.versions'));
  const texts = await Promise.all(files.map((file) => readFile(path.join(folder, file), 'utf8')));
  return Object.fromEntries(files.map((file, position) => [file, texts[position] ?? '']));
}

describe('a run that finds nothing new', () => {
  it.each(['extract', 'update'])('%s changes nothing but the time of the last look', async (command) => {
    const folder = await testFolder();
    await buildHistory({ directory: path.join(folder, 'shop') }, describeSmallShop);
    const cwd = path.join(folder, 'shop');
    const data = path.join(folder, 'data');
    await doraOk(['extract', '--data', data], { cwd });
    const before = await contents(data);
    const changes = await stat(path.join(data, 'dataset/changes.csv'));
    const state = await readState(data);

    const { stdout } = await dora([command, '--data', data], { cwd });

    const after = await contents(data);
    const later = await readState(data);
    expect(stdout).toMatch(
      /^shop: nothing new, 5 in all, 3 tags, main at [0-9a-f]{10}\nshop: 5 rows wait for review in pending_review[.]csv since 2026-01-05\n$/u,
    );
    const untouched = Object.keys(before).filter((file) => file !== 'state.json' && file !== 'audit.jsonl');
    for (const file of untouched) expect(after[file]).toBe(before[file]);
    expect(Object.keys(after)).toEqual(Object.keys(before));
    expect((await stat(path.join(data, 'dataset/changes.csv'))).mtimeMs).toBe(changes.mtimeMs);
    const timeless = (streams: typeof state.streams) =>
      Object.values(streams).map((stream) => ({ ...stream, checkedAt: '' }));
    expect(timeless(later.streams)).toEqual(timeless(state.streams));
  });
});
