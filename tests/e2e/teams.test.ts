import { stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { buildHistory } from '../../fixtures/history/history-builder.ts';
import { dora, doraOk, type Run } from '../support/cli.ts';
import { AS_OF, day, describeSmallShop, sharedFolder } from '../support/repo.ts';

/** The small shop as a monorepo of two components that are released together, each of a team of its own. */
const shared = sharedFolder(async (folder) => {
  await buildHistory({ directory: folder }, async (history) => {
    await describeSmallShop(history);
    const files = { 'cart.txt': '4\n', 'pay.txt': '3\n' };
    await history.commit({ message: 'cart and pay: totals', files, at: day(9) });
    await history.tag({ name: 'v1.2.0', at: day(10) });
  });
  await configure(folder, TEAMS);
  await doraOk(['extract'], { cwd: folder });
});

const TEAMS = `
  - { name: shopping, components: [ca*] }
  - { name: money, components: [PAY] }
  - { name: everything, repositories: ["acme/*"] }
  - { name: gone, repositories: [acme/gone] }
`;

async function configure(folder: string, teams: string): Promise<void> {
  const components = ['cart', 'pay'].map((name) => `{ name: ${name}, paths: [${name}.txt], tags: "^v" }`);
  await writeFile(
    path.join(folder, 'dora-metrics.yaml'),
    `repositories: [{ path: ., name: acme/shop, components: [${components.join(', ')}] }]\nteams: ${teams}`,
  );
}

const Metrics = z.object({
  groups: z.array(
    z.object({
      by: z.string().nullable(),
      key: z.string().nullable(),
      periods: z.array(
        z.object({
          deploymentFrequency: z.object({ value: z.number().nullable(), reason: z.string().optional() }),
          leadTime: z.object({ n: z.number() }),
          changeFailRate: z.object({ failed: z.number(), n: z.number() }),
        }),
      ),
    }),
  ),
});

const YEAR = `--period year --from 2026 --to 2026 --as-of ${AS_OF}`;

async function ask(question: string): Promise<Run> {
  return await dora(question.split(/ +/u), { cwd: shared() });
}

async function groups(by: string) {
  const { stdout } = await ask(`calculate --format json ${by} ${YEAR}`);
  return Metrics.parse(JSON.parse(stdout)).groups;
}

describe('calculate --by team', () => {
  it('has each team, and counts in a team of several components each change once', async () => {
    const [whole] = await groups('');
    const teams = await groups('--by team');

    expect(teams.map(({ by, key }) => [by, key])).toEqual(
      ['everything', 'gone', 'money', 'shopping'].map((key) => ['team', key]),
    );
    expect(teams[0]?.periods).toEqual(whole?.periods);
    expect(teams.map(({ periods }) => periods[0]?.leadTime.n)).toEqual([5, 0, 3, 3]);
    expect(teams[1]?.periods[0]?.deploymentFrequency).toEqual({ value: null, reason: 'no-deployments' });
  });

  it('warns of a team that has nothing, and shows it', async () => {
    const { stdout, stderr, code } = await ask(`calculate --by team ${YEAR}`);

    expect(code).toBe(0);
    expect(stderr).toBe(
      'warning: team gone has nothing: no extracted repository and no component matches its repositories or components\n',
    );
    expect(stdout).toMatch(/^gone\nPeriod .*\n-.*\n2026\* +no deployments +nothing shipped/mu);
  });

  it('says the same as CSV and Markdown', async () => {
    const csv = await ask(`calculate --by team --format csv ${YEAR}`);
    const markdown = await ask(`calculate --by team --format markdown ${YEAR}`);

    const rows = z.array(z.record(z.string(), z.string())).parse(parse(csv.stdout, { columns: true }));
    expect(rows.map(({ group_by: by, group, changes }) => [by, group, changes])).toEqual([
      ['team', 'everything', '5'],
      ['team', 'gone', '0'],
      ['team', 'money', '3'],
      ['team', 'shopping', '3'],
    ]);
    expect(markdown.stdout.match(/^### .+$/gmu)).toEqual([
      '### everything',
      '### gone',
      '### money',
      '### shopping',
    ]);
  });

  it('builds no dataset anew when teams change, and shows what belongs to none', async () => {
    const manifest = path.join(shared(), 'data/dataset/manifest.json');
    const before = await stat(manifest, { bigint: true });
    await configure(shared(), '[{ name: shopping, components: [cart] }]');

    const teams = await groups('--by team');
    await configure(shared(), TEAMS);

    expect(teams.map(({ key }) => key)).toEqual(['shopping', null]);
    expect((await stat(manifest, { bigint: true })).mtimeNs).toBe(before.mtimeNs);
  });

  it('needs teams', async () => {
    await configure(shared(), '[]');
    const { code, stdout, stderr } = await ask('calculate --by team');
    await configure(shared(), TEAMS);

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(
      /^error: no teams are configured\nhint: name them in dora-metrics[.]yaml: teams: /u,
    );
  });
});

describe('explain --team', () => {
  it.each(['shopping', 'money', 'everything'])('gives the rows behind the numbers of %s', async (name) => {
    const explained = await ask(`explain change-fail-rate --period 2026 --team ${name} --format json`);
    const { team, rows } = z
      .object({ team: z.string(), rows: z.array(z.object({ outcome: z.string() })) })
      .parse(JSON.parse(explained.stdout));
    const numbers = (await groups('--by team')).find(({ key }) => key === name)?.periods[0]?.changeFailRate;

    expect(team).toBe(name);
    expect(rows).toHaveLength(numbers?.n ?? -1);
    expect(rows.filter(({ outcome }) => outcome === 'failed')).toHaveLength(numbers?.failed ?? -1);
  });

  it('says in its table of whom it is, and knows no team that is not configured', async () => {
    const table = await ask(`explain lead-time --period 2026 --team MONEY`);
    const unknown = await ask('explain lead-time --team payroll');

    expect(table.stdout).toMatch(/^lead-time 2026 .*, team money, as of /u);
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toBe(
      'error: no team is called payroll\nhint: known: shopping, money, everything, gone.\n',
    );
  });
});
