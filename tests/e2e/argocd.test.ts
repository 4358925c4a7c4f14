import { cp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { makeShops, type Shops } from '../support/argocd/shops.ts';
import { dora, doraOk, shell } from '../support/cli.ts';
import { day, sharedFolder, testFolder } from '../support/repo.ts';
import { datasetOf } from '../support/workspace.ts';

const HOUR = 3600;

let shops: Shops = { folder: '', commits: { shop: [], cart: [], gitops: [] }, documents: '' };

const shared = sharedFolder(async (folder) => {
  shops = await makeShops(folder);
  await writeFile(path.join(folder, 'looks.ndjson'), shops.documents);
  await doraOk(['extract', '--source', 'argocd', '--from', 'looks.ndjson'], { cwd: folder });
});

/** The rows of a table, by the names of its columns. */
async function rows(table: 'changes' | 'deployments' | 'set-aside', data = 'data') {
  const text = await readFile(path.join(shared(), data, 'dataset', `${table}.csv`), 'utf8');
  return z.array(z.record(z.string(), z.string())).parse(parse(text, { columns: true, bom: true }));
}

/** Seconds since the epoch, thirty after a sync began. */
function synced(days: number): string {
  return new Date((day(days) + 30) * 1000).toISOString().replace('.000', '');
}

/** From a commit on one day to the deployment on another. */
function lead(deployed: number, authored: number): string {
  return String((deployed - authored) * 24 * HOUR + 30);
}

describe('two applications and the GitOps repository that deploys them', () => {
  it('have their lead times on the commits of the applications, through the images that changed', async () => {
    const { shop, cart, gitops } = shops.commits;
    const changes = (await rows('changes')).map((row) => [
      row['commit'],
      row['deployed_at'],
      row['lead_time_seconds'],
    ]);

    expect(changes.sort()).toEqual(
      [
        // the tag of the second deployment is the beginning of the third commit
        [shop[1], synced(6), lead(6, 1)],
        [shop[2], synced(6), lead(6, 2)],
        // 1.2.0 is v1.2.0
        [shop[3], synced(7), lead(7, 6)],
        // git-<sha>
        [cart[1], synced(13), lead(13, 9)],
        // what leads to no commit of an application is told by the GitOps repository, ten minutes after its commit
        [gitops[6], synced(11), '630'],
        [gitops[7], synced(12), '630'],
      ].sort(),
    );
  });

  it('are deployed whenever an image changes, and what only configures them deploys the GitOps repository', async () => {
    const { shop, cart, gitops } = shops.commits;
    const deployments = (await rows('deployments')).map((row) => [
      row['repository'],
      row['revision'],
      row['finished_at'],
      row['outcome'],
      row['baseline'],
    ]);

    expect(deployments).toEqual([
      // the image came in
      ['acme/cart', cart[0], synced(9), 'succeeded', 'yes'],
      ['acme/cart', cart[1], synced(13), 'succeeded', 'no'],
      // an image went
      ['acme/gitops', gitops[5], synced(10), 'succeeded', 'yes'],
      ['acme/gitops', gitops[6], synced(11), 'succeeded', 'no'],
      ['acme/gitops', gitops[7], synced(12), 'succeeded', 'no'],
      ['acme/shop', shop[0], synced(5), 'succeeded', 'yes'],
      ['acme/shop', shop[2], synced(6), 'succeeded', 'no'],
      ['acme/shop', shop[3], synced(7), 'succeeded', 'no'],
      // only the digest was new
      ['acme/shop', shop[3], synced(8), 'succeeded', 'no'],
      ['acme/shop', shop[4], synced(15), 'failed', 'no'],
    ]);
  });

  it('say why a commit is that of the GitOps repository', async () => {
    const marked = (await rows('deployments')).flatMap(({ finished_at: at, sightings = '' }) => {
      const [first] = z.array(z.object({ untraced: z.string().optional() })).parse(JSON.parse(sightings));
      return first?.untraced === undefined ? [] : [[at, first.untraced]];
    });

    expect(marked).toEqual([
      [synced(11), 'quay.io/acme/shop:latest: The tag moves from build to build and names no commit.'],
      [
        synced(12),
        'quay.io/acme/other is built from https://github.com/acme/other, which is not among the repositories',
      ],
    ]);
  });

  it('are not deployed by the commit of another application', async () => {
    const { gitops } = shops.commits;
    const aside = (await rows('set-aside')).filter(({ kind }) => kind === 'deployment');

    expect(aside.map(({ reason, at, detail }) => [reason, at, detail])).toEqual([
      ['no-op', synced(14), gitops[9]],
      // the same release, by its tag
      ['weaker-source', synced(6).replace(':30Z', ':00Z'), shops.commits.shop[3]],
    ]);
  });

  it('have a change fail rate and a time to restore by their health', async () => {
    const args = [
      'calculate',
      '--from',
      '2026-01',
      '--to',
      '2026-01',
      '--format',
      'json',
      '--as-of',
      '2026-07-01T00:00:00Z',
    ];
    const { groups } = z
      .object({
        groups: z.array(
          z.object({
            periods: z.array(
              z.object({
                deploymentFrequency: z.object({ value: z.number() }),
                changeFailRate: z.object({ value: z.number(), n: z.number(), failed: z.number() }),
                timeToRestore: z.object({ value: z.number(), n: z.number() }),
              }),
            ),
          }),
        ),
      })
      .parse(JSON.parse(await doraOk(args, { cwd: shared() })));

    expect(groups).toEqual([
      {
        periods: [
          {
            deploymentFrequency: { value: 9 },
            changeFailRate: { value: 0.1, n: 10, failed: 1 },
            // it was synced at 9:00:30, and healthy from 11:20:31 on
            timeToRestore: { value: 2 * HOUR + 20 * 60 + 1, n: 1 },
          },
        ],
      },
    ]);
  });

  it('are the same read through a pipe, in other chunks, twice and backwards', async () => {
    const cwd = shared();
    const backwards = shops.documents.trimEnd().split('\n').reverse().join('\n');
    await writeFile(path.join(cwd, 'backwards.ndjson'), backwards);
    const from = '--source argocd --from';

    const first = await shell(`cat looks.ndjson | $DORA extract ${from} - --data piped`, { cwd });
    const again = await shell(`$DORA extract ${from} looks.ndjson --data piped`, { cwd });
    const other = await shell(`$DORA extract ${from} backwards.ndjson --data backwards`, { cwd });

    expect([first.code, again.code, other.code]).toEqual([0, 0, 0]);
    expect(first.stdout).toContain('argocd: 1 application, 1 with news\n');
    expect(again.stdout).toContain('argocd: 1 application, nothing new\n');
    const whole = await datasetOf(path.join(cwd, 'data'));
    expect(await datasetOf(path.join(cwd, 'piped'))).toEqual(whole);
    expect(await datasetOf(path.join(cwd, 'backwards'))).toEqual(whole);
  });
});

/** Nine levels of nine aliases each: a few lines that would be a billion texts. */
function yamlBomb(): string {
  const levels = Array.from({ length: 9 }, (_, level) => {
    const again = Array.from({ length: 9 }, () => (level === 0 ? 'lol' : `*l${String(level - 1)}`));
    return `l${String(level)}: &l${String(level)} [${again.join(', ')}]`;
  });
  return `kind: Application\n${levels.join('\n')}\n`;
}

describe('metrics by cluster', () => {
  it('say that a rollout to several counts as a whole, unless each is judged by itself', async () => {
    const cwd = await testFolder();
    await cp(shared(), cwd, { recursive: true });
    const elsewhere = shops.documents.replaceAll('https://eu1.example:6443', 'https://us1.example:6443');
    const other = elsewhere
      .replaceAll('"uid":"shop"', '"uid":"us"')
      .replaceAll('"name":"shop"', '"name":"shop-us"');
    await writeFile(path.join(cwd, 'both.ndjson'), `${shops.documents}${other}`);
    const args = ['--from', '2026-01', '--to', '2026-01', '--by', 'cluster'];
    await writeFile(
      path.join(cwd, 'dora-metrics.yaml'),
      `${await readFile(path.join(shared(), 'dora-metrics.yaml'), 'utf8')}  rules: [{ when: { name: '*' }, component: shop }]\n`,
    );
    await doraOk(['extract', '--source', 'argocd', '--from', 'both.ndjson'], { cwd });

    const whole = await dora(['calculate', ...args], { cwd });
    const each = await dora(['calculate', ...args, '--argocd-rollout', 'cluster'], { cwd });

    expect(whole.stdout).toMatch(/^eu1\.example$[^]*^us1\.example$/mu);
    expect(whole.stderr).toContain('--argocd-rollout cluster judges each by itself');
    expect(each.stdout).toMatch(/^eu1\.example$[^]*^us1\.example$/mu);
    expect(each.stderr).not.toContain('judges each by itself');
  });
});

describe('what was kept of looking', () => {
  it.each(['applications', 'changed-paths'])(
    'is named where a byte of it is wrong (%s), and the command that is told goes on',
    async (stream) => {
      const cwd = await testFolder();
      await cp(shared(), cwd, { recursive: true });
      const whole = await datasetOf(path.join(cwd, 'data'));
      const raw = path.join(cwd, 'data/raw/argocd/argocd', stream);
      const [name = ''] = await readdir(raw);
      const bytes = await readFile(path.join(raw, name));
      bytes[bytes.length - 20] = (bytes[bytes.length - 20] ?? 0) ^ 1;
      await writeFile(path.join(raw, name), bytes);

      const broken = await dora(['extract', '--source', 'argocd', '--from', 'looks.ndjson'], { cwd });
      const mended = await dora(['extract', '--full', '--source', 'argocd', '--from', 'looks.ndjson'], {
        cwd,
      });

      expect(broken.code).toBe(1);
      expect(broken.stderr).toContain(`${name} is damaged`);
      expect(broken.stderr).toContain('dora-metrics extract --full --source argocd');
      expect(mended.stderr).toMatch(new RegExp(`${name} is damaged: its \\d+ records are given up`, 'u'));
      expect(mended.code).toBe(0);
      expect(await datasetOf(path.join(cwd, 'data'))).toEqual(whole);
    },
  );
});

describe('a GitOps repository that cannot be read', () => {
  it('does not keep the applications from being read: nobody knows whether anything changed', async () => {
    const cwd = await testFolder();
    await cp(shared(), cwd, { recursive: true });
    await rm(path.join(cwd, 'data'), { recursive: true });
    await doraOk(['extract', '--source', 'git'], { cwd });
    await rename(path.join(cwd, 'gitops'), path.join(cwd, 'elsewhere'));

    const { code, stderr } = await dora(['extract', '--source', 'argocd', '--from', 'looks.ndjson'], { cwd });

    expect(stderr).toMatch(/^error: acme\/gitops: /mu);
    expect(stderr.match(/^error/gmu)).toHaveLength(1);
    expect(code).toBe(3);
  });
});

describe('applications that cannot be read', () => {
  it.each([
    [
      'something else than was said',
      '{"kind":"Pod","apiVersion":"v1","metadata":{"name":"web"}}',
      'apps.json holds no application of Argo CD: not an Argo CD Application: v1 Pod',
    ],
    [
      'a file that was cut off',
      '{"items":[{"kind":"Application","metadata":',
      'apps.json line 1 (item 1) ends in the middle',
    ],
    ['no data at all', 'not: [valid', 'apps.json'],
    ['what grows without end', yamlBomb(), 'repeats itself without end (YAML aliases)'],
  ])('are refused: %s', async (_, content, message) => {
    const cwd = await testFolder();
    await writeFile(path.join(cwd, 'apps.json'), content);
    await writeFile(path.join(cwd, 'dora-metrics.yaml'), `repositories: [${path.join(shared(), 'shop')}]\n`);

    const { code, stderr } = await dora(['extract', '--source', 'argocd', '--from', 'apps.json'], { cwd });

    expect(stderr).toContain(message);
    expect(stderr).toContain('hint: ');
    expect(code).toBe(1);
  });

  it('are asked of nobody where nothing says where they are', async () => {
    const cwd = shared();

    const nowhere = await dora(['extract', '--source', 'argocd', '--data', 'none'], { cwd });
    const missing = await dora(['extract', '--source', 'argocd', '--from', 'none.json', '--data', 'none'], {
      cwd,
    });
    const alone = await dora(['extract', '--from', 'looks.ndjson', '--data', 'none'], { cwd });

    expect([nowhere.code, missing.code, alone.code]).toEqual([2, 2, 2]);
    expect(nowhere.stderr).toContain('nothing says where Argo CD is');
    expect(missing.stderr).toContain('cannot read none.json');
    expect(alone.stderr).toContain('--from is for --source argocd');
  });
});
