import { cp, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { doraOk } from '../support/cli.ts';
import { inLanes, killedAtStep, onHost } from '../support/kill.ts';
import { sharedFolder, smallShop, testFolder } from '../support/repo.ts';
import { datasetDigest, namedSegments, storedSegments, temporaryFiles } from '../support/workspace.ts';

/** Kills imports at each change of the file system: an import has happened, or it has not. */

const HOST = 'beta';
const MOST_STEPS = 200;
/** Fewer would mean that the hook saw nothing of the import. */
const FEWEST_STEPS = 20;

/** `shop` with three workspaces: `old`, with a first import; `new`, after the second one; `undone`, after that was taken back. */
const shared = sharedFolder(async (folder) => {
  const shop = path.join(folder, 'shop');
  const data = (name: string) => path.join(folder, name);
  await smallShop(shop);
  const run = async (...argv: string[]) => await doraOk(argv, { cwd: shop, env: onHost(HOST) });
  await run('extract', '--data', data('old'));
  const sheet = await readFile(path.join(data('old'), 'pending_review.csv'), 'utf8');
  await writeFile(path.join(folder, 'first.csv'), filled(sheet, 'pay: by card', 'is_hotfix', 'no'));
  await run('import', path.join(folder, 'first.csv'), '--by', 'Ada', '--data', data('old'));
  const second = filled(sheet, 'pay: by invoice', 'failed', 'no');
  await writeFile(path.join(folder, 'second.csv'), filled(second, 'cart: begin', 'notes', 'the first one'));
  await cp(data('old'), data('new'), { recursive: true });
  await run('import', path.join(folder, 'second.csv'), '--by', 'Bo', '--data', data('new'));
  await cp(data('new'), data('undone'), { recursive: true });
  await run('annotations', 'undo', '--by', 'Cy', '--data', data('undone'));
});

/** The sheet with `value` in a column of the row with that title: no cell before it holds a comma there. */
function filled(sheet: string, title: string, column: string, value: string): string {
  const [header = '', ...lines] = sheet.split('\r\n');
  // from the right, where cells are empty or plain
  const fromEnd = header.split(',').length - header.split(',').indexOf(column);
  const said = lines.map((line) => {
    if (!line.includes(`,${title},`)) return line;
    const cells = line.split(',');
    return cells.with(cells.length - fromEnd, value).join(',');
  });
  return [header, ...said].join('\r\n');
}

const Line = z.record(z.string(), z.json());

/** The journal without what differs from run to run. */
async function said(data: string): Promise<unknown[]> {
  const text = await readFile(path.join(data, 'annotations.jsonl'), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => {
      const { token: _token, at: _at, files, ...rest } = Line.parse(JSON.parse(line));
      const names = z
        .array(z.object({ name: z.string(), sha256: z.string() }))
        .optional()
        .parse(files);
      return { ...rest, files: names };
    });
}

const Audit = z.object({
  generation: z.number(),
  changes: z.object({ revision: z.number().optional() }),
});

/** The revisions of which the audit trail tells, one for each line that does. */
async function audited(data: string): Promise<number[]> {
  const text = await readFile(path.join(data, 'audit.jsonl'), 'utf8');
  const lines = text.split('\n').filter((line) => line.endsWith('}'));
  return lines.flatMap((line) => Audit.parse(JSON.parse(line)).changes.revision ?? []);
}

const Listed = z.array(z.object({ id: z.string(), cells: z.record(z.string(), z.string()), by: z.string() }));

async function listed(data: string, cwd: string): Promise<z.infer<typeof Listed>> {
  const argv = ['annotations', 'list', '--format', 'json', '--data', data];
  return Listed.parse(JSON.parse(await doraOk(argv, { cwd, env: onHost(HOST) })));
}

interface Killed {
  readonly argv: readonly string[];
  readonly from: string;
  readonly to: string;
  /** What makes the end the same, whether or not the killed run came so far. */
  readonly again: boolean;
}

async function killEverywhere({ argv, from, to, again }: Killed): Promise<number> {
  const folder = shared();
  const cwd = path.join(folder, 'shop');
  const command = argv.map((word) => (word.endsWith('.csv') ? path.join(folder, word) : word));
  const before = {
    said: await said(path.join(folder, from)),
    listed: await listed(path.join(folder, from), cwd),
  };
  const after = { said: await said(path.join(folder, to)), listed: await listed(path.join(folder, to), cwd) };
  const dataset = {
    before: await datasetDigest(path.join(folder, from)),
    after: await datasetDigest(path.join(folder, to)),
  };
  const sheet = async (data: string) =>
    (await readFile(path.join(data, 'pending_review.csv'), 'utf8')).replaceAll(
      /,r\d+_[0-9a-f]{8}\r/gu,
      ',base\r',
    );
  const end = { done: false, steps: 0 };
  function* steps(): Generator<number> {
    for (let step = 1; !end.done && step < MOST_STEPS; step += 1) yield step;
  }
  await inLanes(steps(), async (step) => {
    const data = path.join(await testFolder(), 'data');
    await cp(path.join(folder, from), data, { recursive: true });
    const run = async (words: readonly string[]) =>
      await doraOk([...words, '--data', data], { cwd, env: onHost(HOST) });
    const { code } = await killedAtStep({ step, host: HOST }, [...command, '--data', data], { cwd });
    if (code === null) end.steps = Math.max(end.steps, step);
    else end.done = true;
    const where = `step ${step}`;

    // the file itself, before anything has read it
    const left = await said(data);
    expect([before.said, after.said], where).toContainEqual(left);
    await run(['update']);
    // what was won but not yet published is published by the next run; what was there stays
    const updated = await said(data);
    expect(
      left.length === after.said.length ? [after.said] : [before.said, after.said],
      where,
    ).toContainEqual(updated);
    const isDone = updated.length === after.said.length;
    expect(await datasetDigest(data), where).toBe(isDone ? dataset.after : dataset.before);
    expect(await audited(data), where).toEqual(revisions(updated));
    if (again || !isDone) await run(command);
    await run(['update']);

    expect(
      {
        said: await said(data),
        dataset: await datasetDigest(data),
        audited: await audited(data),
        temporary: await temporaryFiles(data),
        segments: await storedSegments(data),
        sheet: await sheet(data),
      },
      where,
    ).toEqual({
      said: after.said,
      dataset: dataset.after,
      audited: revisions(after.said),
      temporary: [],
      segments: await namedSegments(data),
      sheet: await sheet(path.join(folder, to)),
    });
    if (step % 5 === 0)
      expect(await listed(data, cwd)).toMatchObject(
        after.listed.map(({ id, cells, by }) => ({ id, cells, by })),
      );
  });
  expect(end.done).toBe(true);
  return end.steps;
}

function revisions(lines: readonly unknown[]): number[] {
  return lines.flatMap((line) => z.object({ revision: z.number().optional() }).parse(line).revision ?? []);
}

describe('kill -9 at each change of the file system in', () => {
  it('import: all of it is there or nothing, and the same import again ends the same', async () => {
    const steps = await killEverywhere({
      argv: ['import', 'second.csv', '--by', 'Bo'],
      from: 'old',
      to: 'new',
      again: true,
    });
    expect(steps).toBeGreaterThan(FEWEST_STEPS);
  }, 180_000);

  it('annotations undo: all of it is there or nothing', async () => {
    await killEverywhere({
      argv: ['annotations', 'undo', '--by', 'Cy'],
      from: 'new',
      to: 'undone',
      again: false,
    });
  }, 180_000);
});
