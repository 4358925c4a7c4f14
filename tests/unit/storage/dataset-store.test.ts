import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { LANDINGS, type ChangePullRequest, type ShippedChange } from '../../../src/domain/change.ts';
import type { AssessedDeployment } from '../../../src/domain/deployment.ts';
import { INCIDENT_LINKS, type Incident } from '../../../src/domain/incident.ts';
import { PULL_REQUEST_RULES } from '../../../src/domain/pull-request.ts';
import type { SetAside } from '../../../src/domain/set-aside.ts';
import { epochMs } from '../../../src/domain/units.ts';
import {
  countSetAside,
  readChanges,
  readDeployments,
  readIncidents,
  scanChanges,
  scanSetAside,
} from '../../../src/storage/dataset-store.ts';
import { datasetInputs } from '../../../src/storage/dataset-manifest.ts';
import { DatasetWriter } from '../../../src/storage/dataset-writer.ts';
import { LocalStorage } from '../../../src/storage/local-storage.ts';
import { assessed, at, failure, sha } from '../../support/builders.ts';
import { incident } from '../../support/columns.ts';

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
  url: 'https://github.com/acme/shop/releases/tag/v2,"=1',
  source: 'github-deployment',
  sightings: [
    { source: 'github-deployment', name: 'production', at: at('2026-11-02T00:00:00.500Z') },
    { source: 'annotated-tag', name: 'v2', at: at('2026-11-01T23:00:00Z') },
    {
      source: 'argocd',
      name: 'v2',
      at: at('2026-11-01T23:30:00Z'),
      url: 'https://argocd.example/applications/shop',
      cluster: 'eu1 "=1+1"',
      untraced: 'no tag,\nno label',
      unverified: true,
      problem: 'sync failed: "quoted", a; b',
    },
    { source: 'argocd', name: 'v2', at: at('2026-11-01T23:40:00Z'), cluster: 'unknown' },
  ],
  failures: [
    failure(at('2026-11-02T00:00:00Z'), at('2026-11-03T00:00:00Z'), {
      commits: [sha('a')],
      repairedBy: 'v3',
    }),
    failure(at('2026-11-02T00:00:00Z'), null, { rule: 'incident', incident: 'github:acme/shop#7' }),
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
    landing: 'commit',
    deployment: SECOND.id,
    authoredAt: at('2026-11-01T00:00:00Z'),
    deployedAt: SECOND.finishedAt,
    pullRequest: null,
    byBot: false,
    author: 'Ada',
    subject: HOSTILE,
    ...some,
  };
}

/** A pull request of which only the number is known, unless `some` says more. */
function pullRequest(number: number, some: Partial<ChangePullRequest> = {}): ChangePullRequest {
  const nothing = { url: null, openedAt: null, firstReviewAt: null, mergedAt: null, labels: [] };
  return { number, rule: 'subject', ...nothing, ...some };
}

const WHOLE = pullRequest(12, {
  rule: 'merge-commit',
  url: 'https://github.com/acme/shop/pull/12',
  openedAt: at('2026-11-01T01:00:00Z'),
  firstReviewAt: at('2026-11-01T02:00:00.250Z'),
  mergedAt: at('2026-11-01T03:00:00Z'),
  labels: ['bug', HOSTILE, '=1+1'],
});

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
  readonly incidents?: readonly Incident[];
  readonly setAside?: readonly SetAside[];
}

/** What is written is what these tests are about, not how it is counted. */
const NO_COUNTS = { deployments: 0, estimated: 0, incidents: 0, changes: 0, setAside: 0, review: 0 };

async function write(
  { deployments = [], changes = [], incidents = [], setAside = [] }: Rows,
  inputs = 'inputs',
): Promise<void> {
  const writer = new DatasetWriter(storage());
  await writer.add({ repository: 'acme/shop', inputs }, async (part) => {
    for (const row of deployments) await part.deployment(row);
    for (const row of changes) await part.change(row);
    for (const row of incidents) await part.incident(row);
    for (const row of setAside) await part.setAside(row);
    return NO_COUNTS;
  });
  await writer.commit(inputs);
}

async function allChanges(wants: (row: number) => boolean = () => true): Promise<ShippedChange[]> {
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
      landing: 'squash',
      pullRequest: WHOLE,
      byBot: true,
      authoredAt: at('1969-01-01T00:00:00Z'),
    });
    const tag = aside({
      kind: 'deployment',
      reason: 'not-a-version',
      id: 'tag:x',
      at: null,
      detail: sha('e'),
    });
    const false1 = aside({
      kind: 'incident',
      reason: 'not-planned',
      id: 'github:acme/shop#9',
      component: '',
    });
    const numbered = change({ commit: sha('f'), pullRequest: pullRequest(13) });
    const copied = aside({ reason: 'duplicate-change', deployment: SECOND.id, detail: sha('a') });
    await write({
      deployments: [FIRST, SECOND],
      changes: [change(), copy, numbered],
      setAside: [aside(), tag, copied, false1],
    });

    expect(await readDeployments(storage())).toEqual([FIRST, SECOND]);
    expect(await allChanges()).toEqual([change(), copy, numbered]);
    expect(await allSetAside()).toEqual([aside(), tag, copied, false1]);
  });

  it('has its incidents back, open or resolved, of a component or of none', async () => {
    const open = incident(at('2026-11-01T00:00:00Z'), { component: '', title: HOSTILE });
    const over = incident(at('2026-11-02T00:00:00.250Z'), {
      resolvedAt: at('2026-11-03T00:00:00Z'),
      url: 'https://github.com/acme/shop/issues/7',
      deployment: SECOND.id,
      link: 'named',
    });
    await write({ incidents: [open, over] });

    expect(await readIncidents(storage())).toEqual([open, over]);
  });

  it('gives back whatever was written of a change and of an incident', async () => {
    const text = fc.string({ unit: 'binary', maxLength: 20 });
    const filled = text.filter((value) => value !== '');
    const instant = fc.integer({ min: 0, max: 4e12 }).map(epochMs);
    const request = fc.record({
      number: fc.integer({ min: 1, max: 999_999_999 }),
      rule: fc.constantFrom(...PULL_REQUEST_RULES),
      url: fc.option(filled),
      openedAt: fc.option(instant),
      firstReviewAt: fc.option(instant),
      mergedAt: fc.option(instant),
      labels: fc.array(text, { maxLength: 3 }),
    });
    const changes = fc.array(
      fc
        .record({
          landing: fc.constantFrom(...LANDINGS),
          pullRequest: fc.option(request),
          byBot: fc.boolean(),
          author: text,
          subject: text,
        })
        .map(change),
      { maxLength: 5 },
    );
    const incidents = fc.array(
      fc.record({
        id: text,
        repository: text,
        component: text,
        openedAt: instant,
        resolvedAt: fc.option(instant),
        title: text,
        url: fc.option(filled),
        deployment: fc.option(filled),
        link: fc.option(fc.constantFrom(...INCIDENT_LINKS)),
        severity: fc.option(filled),
      }),
      { maxLength: 5 },
    );

    await fc.assert(
      fc.asyncProperty(changes, incidents, async (shipped, opened) => {
        await write({ deployments: [SECOND], changes: shipped, incidents: opened });

        expect(await allChanges()).toEqual(shipped);
        expect(await readIncidents(storage())).toEqual(opened);
      }),
      { numRuns: 30 },
    );
  });

  it('gives the calculators its changes as columns', async () => {
    const late = change({ commit: sha('c'), pullRequest: WHOLE, authoredAt: SECOND.finishedAt, byBot: true });
    await write({ deployments: [FIRST, SECOND], changes: [change(), late] });

    const columns = await readChanges(storage(), [FIRST, SECOND], new Set(['acme/shop']));

    expect(columns.length).toBe(2);
    expect([...columns.deployment.subarray(0, 2)]).toEqual([1, 1]);
    expect([...columns.leadTime.subarray(0, 2)]).toEqual([86_400.5, 0]);
    expect([...columns.pullRequest.subarray(0, 2)]).toEqual([-1, 0]);
    expect([...columns.byBot.subarray(0, 2)]).toEqual([0, 1]);
    const { openedAt, firstReviewAt, mergedAt } = WHOLE;
    expect(columns.pullRequests).toEqual([
      { repository: 'acme/shop', number: 12, openedAt, firstReviewAt, mergedAt },
    ]);
    expect(columns.commits).toEqual([sha('a'), sha('c')]);
    expect(columns.rows).toBeNull();
    expect((await readChanges(storage(), [FIRST, SECOND], new Set())).commits).toBeNull();
    expect((await readChanges(storage(), [FIRST, SECOND], new Set(['acme/other']))).commits).toEqual([
      '',
      '',
    ]);
  });

  it('knows a pull request by its repository and number, whichever component shipped it', async () => {
    const of = (repository: string, component: string) =>
      assessed(component, SECOND.finishedAt, { id: component, repository, component, shippedChanges: 4 });
    const deployments = [of('acme/shop', 'ui'), of('acme/shop', 'api'), of('acme/other', 'other')];
    const rows = [
      ['ui', 7],
      ['api', 7],
      ['other', 7],
      ['api', 8],
      ['other', 4_194_304],
      ['other', 999_999_999],
      ['other', 4_194_304],
    ] as const;
    await write({
      deployments,
      changes: rows.map(([deployment, number]) => change({ deployment, pullRequest: pullRequest(number) })),
    });

    const {
      pullRequest: positions,
      pullRequests,
      length,
    } = await readChanges(storage(), deployments, new Set());

    expect([...positions.subarray(0, length)]).toEqual([0, 0, 1, 2, 3, 4, 3]);
    expect(pullRequests.map(({ repository, number }) => [repository, number])).toEqual([
      ['acme/shop', 7],
      ['acme/other', 7],
      ['acme/shop', 8],
      ['acme/other', 4_194_304],
      ['acme/other', 999_999_999],
    ]);
  });

  it('gives those changes that are wanted, by the numbers of their rows', async () => {
    await write({ deployments: [FIRST, SECOND], changes: [change(), change({ commit: sha('c') })] });

    expect(await allChanges(() => false)).toEqual([]);
    expect(await allChanges((row) => row === 1)).toEqual([change({ commit: sha('c') })]);
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
    const writer = new DatasetWriter(storage());
    await writer.add({ repository: 'acme/shop', inputs: 'other' }, async (part) => {
      await part.setAside(aside());
      return NO_COUNTS;
    });
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
    ['deployments', 'an unknown outcome', [',succeeded,', ',vanished,'], 'unknown outcome vanished'],
    ['deployments', 'an unknown source', [',annotated-tag,', ',hearsay,'], 'unknown source hearsay'],
    ['deployments', 'failures that are none', ['"[{""rule""', '"[{""ruler""'], 'no list of failures'],
    ['deployments', 'a list that is no JSON', ['"[{""rule""', '"[[{""rule""'], 'cannot be read'],
    ['deployments', 'a time that is none', ['2026-11-02T00:00:00.500Z', 'noon'], 'not an instant'],
    ['incidents', 'an unknown link', [',named,', ',guessed,'], 'unknown link guessed'],
  ] as const)('of %s with %s is named', async (table, _, [from, to], message) => {
    const caused = incident(at('2026-11-02T00:00:00Z'), { deployment: FIRST.id, link: 'named' });
    await write({ deployments: [FIRST, SECOND], incidents: [caused] });
    const file = path.join(folder, `dataset/${table}.csv`);
    const text = await readFile(file, 'utf8');
    expect(text).toContain(from);
    await writeFile(file, text.replace(from, to));

    const read = table === 'incidents' ? readIncidents : readDeployments;
    await expect(read(storage())).rejects.toMatchObject({
      kind: 'data',
      message: expect.stringContaining(message),
    });
  });

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

    await expect(readChanges(storage(), [SECOND], new Set())).rejects.toThrow(
      'more changes than the deployments shipped',
    );
  });
});
