import { cp, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { doraOk } from '../support/cli.ts';
import { smallShop, testFolder } from '../support/repo.ts';

const Review = z.object({ review: z.array(z.object({ waiting: z.number() })), later: z.number() });

/** Clones whose rows are mixed in time, and a sheet that takes `maximumRows`. */
async function shops(maximumRows: number): Promise<string> {
  const folder = await testFolder();
  await smallShop(path.join(folder, 'clones/a'));
  await cp(path.join(folder, 'clones/a'), path.join(folder, 'clones/b'), { recursive: true });
  const yaml = `repositories: [./clones/*]
review: { maximumRows: ${String(maximumRows)} }
`;
  await writeFile(path.join(folder, 'dora-metrics.yaml'), yaml);
  return folder;
}

async function sheetOf(folder: string, data = 'data'): Promise<string[][]> {
  const text = await readFile(path.join(folder, data, 'pending_review.csv'), 'utf8');
  return text
    .replace('\uFEFF', '')
    .split('\r\n')
    .slice(0, -1)
    .map((line) => line.split(','));
}

async function statusOf(folder: string): Promise<{ readonly waiting: number; readonly later: number }> {
  const printed = await doraOk(['status', '--offline', '--format', 'json'], { cwd: folder });
  const { review, later } = Review.parse(JSON.parse(printed));
  return { waiting: review.reduce((sum, { waiting }) => sum + waiting, 0), later };
}

describe('a sheet that takes fewer rows than wait', () => {
  it('has the newest of all, says how many follow, and takes those when its rows were imported', async () => {
    const short = await shops(3);
    const yaml = path.join(short, 'whole.yaml');
    await writeFile(yaml, 'repositories: [./clones/*]\n');
    await doraOk(['extract', '--config', yaml, '--data', 'whole'], { cwd: short });
    const [header = [], ...all] = await sheetOf(short, 'whole');

    const said = await doraOk(['extract'], { cwd: short });
    const [, ...first] = await sheetOf(short);

    const ids = (rows: readonly string[][]) => rows.map((cells) => cells[header.indexOf('row_id')]);
    expect(all.length).toBeGreaterThan(6);
    expect(ids(first)).toEqual(ids(all.slice(0, 3)));
    expect(said).toContain(`${String(all.length - 3)} older rows are not in pending_review.csv yet`);
    expect(await statusOf(short)).toEqual({ waiting: all.length, later: all.length - 3 });

    await doraOk(['import', 'data/pending_review.csv'], { cwd: short });

    const [, ...second] = await sheetOf(short);
    expect(ids(second)).toEqual(ids(all.slice(3, 6)));
    expect(await statusOf(short)).toEqual({ waiting: all.length - 3, later: all.length - 6 });
  });

  it('never loses a row into which somebody wrote, however old it is', async () => {
    const folder = await shops(1_000_000);
    await doraOk(['extract'], { cwd: folder });
    const [header = [], ...rows] = await sheetOf(folder);
    const last = rows.at(-1) ?? [];
    last[header.indexOf('notes')] = 'seen by Ada';
    const text = [header, ...rows].map((cells) => `${cells.join(',')}\r\n`).join('');
    await writeFile(path.join(folder, 'data/pending_review.csv'), text);
    const yaml = path.join(folder, 'dora-metrics.yaml');
    await writeFile(yaml, 'repositories: [./clones/*]\nreview: { maximumRows: 2 }\n');

    await doraOk(['update'], { cwd: folder });

    const [, ...left] = await sheetOf(folder);
    expect(left.length).toBe(3);
    expect(left.at(-1)?.[0]).toBe(last[0]);
    expect(left.at(-1)).toContain('seen by Ada');
    expect(await statusOf(folder)).toEqual({ waiting: rows.length, later: rows.length - 3 });

    await doraOk(['import', 'data/pending_review.csv'], { cwd: folder });
    const after = await sheetOf(folder);
    expect(after.some((cells) => cells.includes('seen by Ada'))).toBe(true);
  });
});
