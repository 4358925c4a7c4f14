import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ExplainedChange } from '../../../src/domain/explanation.ts';
import type { LeadTimeUnit } from '../../../src/domain/settings.ts';
import { calculate } from '../../../src/pipeline/calculate.ts';
import { explain } from '../../../src/pipeline/explain.ts';
import { report } from '../../../src/pipeline/report.ts';
import { describeAcmeShop } from '../../support/github/shop/acme-shop.ts';
import { buildShop, type ShopBuilder } from '../../support/github/shop.ts';
import { startGitHub } from '../../support/github/server.ts';
import { GitHubWorkspace } from '../../support/github-workspace.ts';
import { day, sharedFolder } from '../../support/repo.ts';

const EVERYTHING = { from: '2026-01', to: '2026-06' };
const PERIODS = ['2026', '2026-Q1', '2026-01', '2026-02', '2026-W02', '2026-W03', '2026-01-12'];

/** A workspace that was filled once, for all tests of a `describe`. */
function filled(
  describeShop: (shop: ShopBuilder) => Promise<unknown>,
  configuration: string | null = null,
): () => GitHubWorkspace {
  const folder = sharedFolder(async () => undefined);
  let workspace: GitHubWorkspace | null = null;
  beforeAll(async () => {
    const directory = path.join(folder(), 'shop');
    const { world } = await buildShop({ directory }, describeShop);
    if (configuration !== null) await writeFile(path.join(directory, 'dora-metrics.yaml'), configuration);
    const server = await startGitHub(world);
    workspace = new GitHubWorkspace({ directory, url: server.url });
    const { failures } = await workspace.extract();
    expect(failures).toEqual([]);
    await server.close();
  });
  return () => {
    if (workspace === null) throw new Error('the workspace is filled before the tests');
    return workspace;
  };
}

async function explained(
  workspace: GitHubWorkspace,
  { unit, period, component = null }: { unit: LeadTimeUnit; period: string; component?: string | null },
) {
  const settings = { ...(await workspace.settings()), leadTimeUnit: unit };
  const { result, rows } = await explain(
    { settings, metric: 'leadTime', period, component, team: null, asOf: null },
    await workspace.ports(),
  );
  const changes = rows.flatMap((row): ExplainedChange[] => (row.kind === 'change' ? [row] : []));
  return { result, rows: changes };
}

function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[Math.floor(sorted.length / 2)]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}

/** The value once more, from nothing but the instants in the rows. */
function again(rows: readonly ExplainedChange[]): number | null {
  return median(
    rows.map(({ authoredAt, deployedAt }) => (Date.parse(deployedAt) - Date.parse(authoredAt)) / 1000),
  );
}

/** The small shop, deployed once more, so that all of it has shipped but for the baseline. */
async function describeShop(shop: ShopBuilder): Promise<void> {
  await describeAcmeShop(shop);
  shop.deploy({ at: day(9) });
}

/** Two components, one pull request that touches both, and one that ships in parts. */
async function describeMonorepo(shop: ShopBuilder): Promise<void> {
  await shop.commit({ at: day(0), files: { 'ui/a.txt': '1\n', 'api/a.txt': '1\n' } });
  await shop.commit({ at: day(1), files: { 'ui/a.txt': '2\n', 'api/a.txt': '2\n' } });
  await shop.pullRequest({
    style: 'rebase',
    commits: [
      { at: day(2), files: { 'ui/b.txt': '1\n' } },
      { at: day(3), files: { 'api/b.txt': '1\n' } },
      { at: day(4), files: { 'ui/c.txt': '1\n' } },
    ],
    openedAt: day(5),
    reviewedAt: day(6),
    mergedAt: day(7),
  });
  await shop.commit({ at: day(8), files: { 'api/d.txt': '1\n' } });
  await shop.pullRequest({
    style: 'merge',
    commits: [
      { at: day(20), files: { 'api/e.txt': '1\n' } },
      { at: day(21), files: { 'ui/e.txt': '1\n', 'api/f.txt': '1\n' } },
    ],
    openedAt: day(22),
    mergedAt: day(23),
  });
}

/** Changes of two components that each of them deploys in another month. */
async function describeLateApi(shop: ShopBuilder): Promise<void> {
  const both = (text: string) => ({ 'ui/a.txt': text, 'api/a.txt': text });
  await shop.commit({ at: day(0), files: both('1\n') });
  await shop.release({ tag: 'ui@1.0.0', at: day(1) });
  await shop.release({ tag: 'api@1.0.0', at: day(1) });
  await shop.commit({ at: day(2), files: both('2\n') });
  await shop.pullRequest({
    style: 'rebase',
    commits: [
      { at: day(3), files: both('3\n') },
      { at: day(4), files: { 'api/b.txt': '1\n' } },
    ],
    openedAt: day(4),
    mergedAt: day(5),
  });
  await shop.release({ tag: 'ui@1.1.0', at: day(6) });
  await shop.commit({ at: day(7), files: { 'api/c.txt': '1\n' } });
  await shop.release({ tag: 'api@1.1.0', at: day(40) });
}

const COMPONENTS = `
repositories:
  - path: .
    components:
      - { name: ui, paths: ['ui/**'] }
      - { name: api, paths: ['api/**'] }
`;
const MERGES = `${COMPONENTS}deployments: { from: merges }\n`;

const SHOPS = [
  ['a shop', describeShop, null, [null]],
  ['a repository of two components', describeMonorepo, MERGES, [null, 'ui', 'api']],
  ['components that are deployed apart', describeLateApi, COMPONENTS, [null, 'ui', 'api']],
] as const;

describe.each(SHOPS)('the numbers of %s', (_, describeIt, configuration, components) => {
  const workspace = filled(describeIt, configuration);

  it.each(['commit', 'pull-request'] as const)(
    'are those of the rows that explain them, where lead time is of a %s',
    async (unit) => {
      const counts = [];
      for (const period of PERIODS) {
        for (const component of components) {
          const { result, rows } = await explained(workspace(), { unit, period, component });

          expect({ period, component, value: again(rows), n: rows.length }).toEqual({
            period,
            component,
            value: result.value,
            n: result.n,
          });
          counts.push(rows.length);
        }
      }
      expect(Math.max(...counts)).toBeGreaterThan(1);
    },
  );

  it('have one row a pull request where that is asked for, and the same stages in any case', async () => {
    for (const component of components) {
      const commits = await explained(workspace(), { unit: 'commit', period: '2026', component });
      const requests = await explained(workspace(), { unit: 'pull-request', period: '2026', component });
      const numbers = ({ rows }: typeof commits) => rows.flatMap(({ pullRequest }) => pullRequest ?? []);
      const alone = ({ rows }: typeof commits) => rows.filter(({ pullRequest }) => pullRequest === null);

      expect(new Set(numbers(requests))).toEqual(new Set(numbers(commits)));
      expect(numbers(requests)).toHaveLength(new Set(numbers(commits)).size);
      expect(alone(requests)).toEqual(alone(commits));
      if (requests.result.value !== null && commits.result.value !== null) {
        expect('stages' in requests.result && requests.result.stages).toEqual(
          'stages' in commits.result && commits.result.stages,
        );
      }
    }
  });

  it('of all periods together are those of the whole', async () => {
    const settings = await workspace().settings();
    const ports = await workspace().ports();
    const of = async (unit: 'month' | 'year', range: { from: string; to: string }) => {
      const { groups } = await calculate({ settings, unit, range, by: null, asOf: null }, ports);
      return groups[0]?.periods ?? [];
    };
    const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

    const [year] = await of('year', { from: '2026', to: '2026' });
    const months = await of('month', EVERYTHING);

    expect(sum(months.map(({ leadTime }) => leadTime.stages.n))).toBe(year?.leadTime.stages.n);
    expect(sum(months.map(({ incidents }) => incidents.n))).toBe(year?.incidents.n);
    expect(sum(months.map(({ changeFailRate }) => changeFailRate.failed))).toBe(year?.changeFailRate.failed);
  });
});

describe('what is said of a shop', () => {
  const workspace = filled(describeShop);
  const html = async () =>
    await report(
      {
        settings: await workspace().settings(),
        unit: 'month',
        range: EVERYTHING,
        by: null,
        asOf: null,
        reproduce: () => 'npx dora-metrics report',
      },
      await workspace().ports(),
    );

  it('leads to the pull requests, commits, deployments and incidents where they are', async () => {
    const page = await html();
    const links = [...page.matchAll(/href="(http[^"]*)"/gu)].map(([, to = '']) => new URL(to).pathname);

    for (const part of ['pull/', 'commit/', 'issues/'])
      expect(links.filter((to) => to.startsWith(`/acme/shop/${part}`))).not.toEqual([]);
    expect(links.every((to) => to.startsWith('/acme/shop/'))).toBe(true);
  });

  it('has no caveat about incidents, and lists the one that there was', async () => {
    const page = await html();

    expect(page).not.toContain('No incident source');
    expect(page).toMatch(/<section id="incidents"[\s\S]*Nobody can pay/u);
  });

  it('explains a failure by its incident, with where it can be read', async () => {
    const { rows } = await explain(
      {
        settings: await workspace().settings(),
        metric: 'changeFailRate',
        period: '2026',
        component: null,
        team: null,
        asOf: null,
      },
      await workspace().ports(),
    );

    const failed = rows.filter((row) => row.kind === 'deployment' && row.outcome === 'failed');
    expect(failed.length).toBeGreaterThan(0);
    const incidents = rows.flatMap((row) => (row.kind === 'deployment' ? row.incidents : []));
    expect(incidents).toMatchObject([
      { title: 'Nobody can pay', url: expect.stringContaining('/acme/shop/issues/') },
    ]);
  });

  it('counts what bots wrote, and says how much of it has a pull request', async () => {
    const { coverage, leadTimeUnit } = await calculate(
      {
        settings: await workspace().settings(),
        unit: 'year',
        range: { from: '2026', to: '2026' },
        by: null,
        asOf: null,
      },
      await workspace().ports(),
    );

    expect(leadTimeUnit).toBe('commit');
    expect(coverage.withPullRequest).toBe(1);
    expect(coverage.byBots).toBeGreaterThan(0);
    expect(coverage.byBots).toBeLessThan(1);
  });
});
