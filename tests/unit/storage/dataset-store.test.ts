import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ShippedChange } from '../../../src/domain/change.ts';
import type { AssessedDeployment } from '../../../src/domain/deployment.ts';
import type { SetAside } from '../../../src/domain/set-aside.ts';
import {
  countSetAside,
  datasetInputs,
  DatasetWriter,
  readChanges,
  readDeployments,
  scanChanges,
  scanSetAside,
} from '../../../src/storage/dataset-store.ts';
import { LocalStorage } from '../../../src/storage/local-storage.ts';
import { assessed, at, failure, sha } from '../../support/builders.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'dora-dataset-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

const storage = () => new LocalStorage(folder);
const HOSTILE = 'say "hi",\n=1+1; \u2028<script>';

const FIRST = assessed('v1', at('2026-11-01T00:00:00Z'), { baseline: true });
const SECOND = assessed('v2', at('2026-11-02T00:00:00.500Z'), {
  shippedChanges: 2,
  failures: [
    failure(at('2026-11-02T00:00:00Z'), at('2026-11-03T00:00:00Z'), {
      commits: [sha('a')],
      repairedBy: 'v3',
    }),
    failure(at('2026-11-02T00:00:00Z'), null, { rule: 'hotfix' }),
  ],
  repairs: [{ rule: 'rollback', deployment: 'v1' }],
});

function change(some: Partial<ShippedChange> = {}): ShippedChange {
  return {
    repository: 'acme/shop',
    component: 'acme/shop',
    commit: sha('a'),
    landedAs: null,
    deployment: SECOND.id,
    authoredAt: at('2026-11-01T00:00:00Z'),
    deployedAt: SECOND.finishedAt,
    pullRequest: null,
    author: 'Ada',
    subject: HOSTILE,
    ...some,
  };
}

function aside(some: Partial<SetAside> = {}): SetAside {
  return {
    kind: 'commit',
    reason: 'unreleased',
    repository: 'acme/shop',
    component: 'acme/shop',
    id: sha('b'),
    at: at('2026-11-01T00:00:00Z'),
    deployment: null,
    author: 'Ada, "the" author',
    subject: HOSTILE,
    detail: '',
    ...some,
  };
}

interface Rows {
  readonly deployments?: readonly AssessedDeployment[];
  readonly changes?: readonly ShippedChange[];
  readonly setAside?: readonly SetAside[];
}

async function write(
  { deployments = [], changes = [], setAside = [] }: Rows,
  inputs = 'inputs',
): Promise<void> {
  const writer = await DatasetWriter.open(storage());
  for (const row of deployments) await writer.deployment(row);
  for (const row of changes) await writer.change(row);
  for (const row of setAside) await writer.setAside(row);
  await writer.commit(inputs);
}

async function allChanges(wants: (deployment: string) => boolean = () => true): Promise<ShippedChange[]> {
  const rows: ShippedChange[] = [];
  await scanChanges(storage(), wants, (row) => rows.push(row));
  return rows;
}

async function allSetAside(): Promise<SetAside[]> {
  const rows: SetAside[] = [];
  await scanSetAside(storage(), (row) => rows.push(row));
  return rows;
}

describe('a dataset', () => {
  it('comes back row for row', async () => {
    const copy = change({
      commit: sha('c'),
      landedAs: sha('d'),
      pullRequest: 12,
      authoredAt: at('1969-01-01T00:00:00Z'),
    });
    const tag = aside({
      kind: 'deployment',
      reason: 'not-a-version',
      id: 'tag:x',
      at: null,
      detail: sha('e'),
    });
    const copied = aside({ reason: 'duplicate-change', deployment: SECOND.id, detail: sha('a') });
    await write({
      deployments: [FIRST, SECOND],
      changes: [change(), copy],
      setAside: [aside(), tag, copied],
    });

    expect(await readDeployments(storage())).toEqual([FIRST, SECOND]);
    expect(await allChanges()).toEqual([change(), copy]);
    expect(await allSetAside()).toEqual([aside(), tag, copied]);
  });

  it('gives the calculators its changes as columns', async () => {
    const late = change({ commit: sha('c'), pullRequest: 12, authoredAt: SECOND.finishedAt });
    await write({ deployments: [FIRST, SECOND], changes: [change(), late] });

    const columns = await readChanges(storage(), [FIRST, SECOND], true);

    expect(columns.length).toBe(2);
    expect([...columns.deployment.subarray(0, 2)]).toEqual([1, 1]);
    expect([...columns.leadTime.subarray(0, 2)]).toEqual([86_400.5, 0]);
    expect([...columns.hasPullRequest.subarray(0, 2)]).toEqual([0, 1]);
    expect(columns.commits).toEqual([sha('a'), sha('c')]);
    expect((await readChanges(storage(), [FIRST, SECOND], false)).commits).toBeNull();
  });

  it('gives the changes of those deployments that are wanted', async () => {
    await write({ deployments: [FIRST, SECOND], changes: [change()] });

    expect(await allChanges((deployment) => deployment === FIRST.id)).toEqual([]);
    expect(await allChanges((deployment) => deployment === SECOND.id)).toHaveLength(1);
  });

  it('counts what was set aside, without what is later than as-of', async () => {
    const instants = [
      '2026-11-01T00:00:00Z',
      '2026-11-02T00:00:00Z',
      '2026-11-02T00:00:00.500Z',
      '2026-11-03T00:00:00Z',
    ];
    const rows = instants.map((instant) => aside({ at: at(instant) }));
    await write({ setAside: [...rows, aside({ at: null }), aside({ reason: 'excluded', component: '' })] });

    const count = async (asOf: string) =>
      (await countSetAside(storage(), at(asOf))).map(({ reason, component, count: n }) => [
        reason,
        component,
        n,
      ]);

    expect(await count('2026-11-02T00:00:00Z')).toEqual([
      ['unreleased', 'acme/shop', 3],
      ['excluded', '', 1],
    ]);
    expect((await count('2026-11-02T00:00:00.500Z'))[0]).toEqual(['unreleased', 'acme/shop', 4]);
    expect((await count('2026-11-02T00:00:00.499Z'))[0]).toEqual(['unreleased', 'acme/shop', 3]);
  });

  it('is the same bytes for the same rows', async () => {
    const bytes = async () => readFile(path.join(folder, 'dataset/changes.csv'), 'utf8');
    await write({ deployments: [SECOND], changes: [change()] });
    const first = await bytes();
    await write({ deployments: [SECOND], changes: [change()] });

    expect(await bytes()).toBe(first);
  });

  it('of many rows is written in pieces and read in pieces', async () => {
    const rows = Array.from({ length: 6000 }, (_, n) => aside({ subject: `${HOSTILE} ${String(n)}` }));
    await write({ setAside: rows });

    expect(await allSetAside()).toEqual(rows);
  });
});

describe('what a dataset was built from', () => {
  it('is known once it is whole', async () => {
    expect(await datasetInputs(storage())).toBeNull();

    await write({}, 'these inputs');

    expect(await datasetInputs(storage())).toBe('these inputs');
  });

  it('is still what it was when a build is given up', async () => {
    await write({}, 'before');
    const writer = await DatasetWriter.open(storage());
    await writer.setAside(aside());
    await writer.abort();

    expect(await datasetInputs(storage())).toBe('before');
    expect(await allSetAside()).toEqual([]);
  });

  it.each([
    ['a table is missing', async () => rm(path.join(folder, 'dataset/changes.csv'))],
    ['a table was written again', async () => writeFile(path.join(folder, 'dataset/changes.csv'), 'other')],
    ['the manifest is damaged', async () => writeFile(path.join(folder, 'dataset/manifest.json'), '{')],
    [
      'the manifest is of another version',
      async () => writeFile(path.join(folder, 'dataset/manifest.json'), '{"version":0}'),
    ],
  ])('is not known when %s', async (_, damage) => {
    await write({});
    await damage();

    expect(await datasetInputs(storage())).toBeNull();
  });
});

describe('a damaged table', () => {
  it.each([
    ['cut off', (text: string) => text.slice(0, -3), 'the last row is cut off'],
    ['short of a field', (text: string) => `${text}a,b\n`, 'a row has 2 fields'],
    [
      'of an unknown reason',
      (text: string) => text.replace('unreleased', 'whatever'),
      'unknown reason whatever',
    ],
  ])('that is %s is named, with what to do', async (_, damage, message) => {
    await write({ setAside: [aside()] });
    const file = path.join(folder, 'dataset/set-aside.csv');
    await writeFile(file, damage(await readFile(file, 'utf8')));

    await expect(allSetAside()).rejects.toMatchObject({
      kind: 'data',
      message: expect.stringContaining(message),
      hint: expect.stringContaining('run again'),
    });
  });

  it('that is missing is named as well', async () => {
    await expect(readDeployments(storage())).rejects.toMatchObject({ kind: 'data' });
  });

  it('with more changes than its deployments shipped is refused', async () => {
    await write({ deployments: [SECOND], changes: Array.from({ length: 40 }, () => change()) });

    await expect(readChanges(storage(), [SECOND], false)).rejects.toThrow(
      'more changes than the deployments shipped',
    );
  });
});
