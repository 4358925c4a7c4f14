import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { git } from '../../fixtures/history/git.ts';
import { dora, doraOk } from '../support/cli.ts';
import { githubForTest } from '../support/github/ask.ts';
import type { GitHubOptions } from '../support/github/server.ts';
import { buildShop, type ShopBuilder } from '../support/github/shop.ts';
import { describeAcmeShop } from '../support/github/shop/acme-shop.ts';
import { day, testFolder } from '../support/repo.ts';
import { filesIn } from '../support/workspace.ts';

/** Of the length and form that App installations have now: not forty characters. */
const TOKEN = `ghs_4711_${'eyJhbGciOiJSUzI1NiJ9.'.repeat(6)}c2lnbmF0dXJl`;
const TOKENS: NonNullable<GitHubOptions['tokens']> = new Map([
  [TOKEN, { login: 'dora-app[bot]', kind: 'installation' }],
]);

/** A clone of a shop with its server. */
async function opened<Made>(
  describeShop: (shop: ShopBuilder) => Promise<Made>,
  options: GitHubOptions = { tokens: TOKENS },
) {
  const directory = path.join(await testFolder(), 'shop');
  const shop = await buildShop({ directory }, describeShop);
  const server = await githubForTest(shop.world, options);
  await git(directory, ['config', 'remote.origin.url', `${server.url}/acme/shop.git`]);
  const env = { GITHUB_TOKEN: TOKEN, DORA_METRICS_GITHUB_URL: server.url };
  return { ...shop, directory, server, run: { cwd: directory, env } };
}

/** Every byte that was written below a folder, with the names of the files. */
async function everythingIn(folder: string): Promise<string> {
  const files = await filesIn(folder);
  const texts = await Promise.all(
    files.map(async (file) => await readFile(path.join(folder, file), 'latin1')),
  );
  return [...files, ...texts].join('\n');
}

describe('a token', () => {
  it('is in no message, file or report, whatever GitHub says and people write', async () => {
    let asked = 0;
    const { directory, run } = await opened(
      async (shop) => {
        await describeAcmeShop(shop);
        await shop.pullRequest({
          style: 'squash',
          title: `leaks ${TOKEN}`,
          commits: [{ at: day(9), message: 'harmless' }],
          openedAt: day(9, 1),
          mergedAt: day(9, 2),
          labels: [`label ${TOKEN}`],
        });
        shop.incident({ title: `down ${TOKEN}`, body: `curl -H "authorization: ${TOKEN}"`, at: day(9, 5) });
        await shop.release({ tag: 'v1.2.0', name: TOKEN, at: day(10) });
      },
      {
        tokens: TOKENS,
        fault: () => {
          asked += 1;
          if (asked === 2) return 'echo-token';
          return asked === 5 ? 'not-json' : null;
        },
      },
    );
    const outputs = [];
    for (const args of [
      ['extract', '--log-level', 'debug'],
      ['extract', '--full', '--log-level', 'debug', '--log-format', 'json'],
      ['update'],
      ['status'],
      ['report'],
      ['explain', 'lead-time', '--period', '2026-01', '--format', 'json'],
      ['calculate', '--format', 'json'],
    ])
      outputs.push(await dora(args, run));

    // git itself has the title: it is the subject of the squash
    const said = outputs.map(({ stdout, stderr }) => `${stdout}${stderr}`).join('\n');
    expect(outputs.map(({ code }) => code)).toEqual([3, 0, 0, 0, 0, 0, 0]);
    const raw = await everythingIn(path.join(directory, 'data', 'raw', 'github'));
    expect(raw).toContain('down ***');
    expect(raw).not.toContain(TOKEN);
    expect(said.replaceAll(`leaks ${TOKEN}`, '')).not.toContain(TOKEN);
    const all = await everythingIn(path.join(directory, 'data'));
    expect(all.replaceAll(`leaks ${TOKEN}`, '')).not.toContain(TOKEN);
  });

  it('that cannot be one is refused without being told', async () => {
    const { run } = await opened(describeAcmeShop);
    const { code, stderr } = await dora(['extract'], {
      ...run,
      env: { ...run.env, GITHUB_TOKEN: 'ghp_se\ncret' },
    });

    expect(code).toBe(2);
    expect(stderr).toContain('GITHUB_TOKEN holds a character that no token has');
    expect(stderr).not.toContain('cret');
  });

  it('is not needed: said once, and what git knows is used', async () => {
    const { run, server } = await opened(describeAcmeShop);
    const { code, stdout, stderr } = await dora(['extract'], {
      ...run,
      env: { ...run.env, GITHUB_TOKEN: '' },
    });

    expect(code).toBe(0);
    expect(stdout).toContain('dataset: 2 deployments');
    expect(stderr.match(/no GITHUB_TOKEN/gu)).toHaveLength(1);
    expect(server.requests).toEqual([]);
  });

  it('of its own is taken for an enterprise server where there is one', async () => {
    const { run } = await opened(describeAcmeShop);
    const env = { ...run.env, GITHUB_TOKEN: 'ghp_of_github_com', GH_ENTERPRISE_TOKEN: TOKEN };

    expect(await doraOk(['extract'], { ...run, env })).toContain('new or changed pull requests');
  });

  it('is not sent to a host that is not origin', async () => {
    const { run, directory, server } = await opened(describeAcmeShop);
    await git(directory, ['config', 'remote.origin.url', 'https://gitlab.example/acme/shop.git']);

    expect((await dora(['extract'], run)).code).toBe(0);
    expect(server.requests).toEqual([]);
  });
});

describe('init and status', () => {
  it('say which permissions the token has and lacks', async () => {
    const { run } = await opened(describeAcmeShop, {
      tokens: new Map([
        [
          TOKEN,
          { login: 'ada', kind: 'fine-grained', lacks: ['deployments', 'actions'], denial: 'repository' },
        ],
      ]),
    });

    const { stdout } = await dora(['status'], run);
    expect(stdout).toMatch(
      /acme\/shop on 127\.0\.0\.1:\d+: token in GITHUB_TOKEN of ada, \d+ of 5000 points left/u,
    );
    expect(stdout).toContain('may read: Metadata, Pull requests, Contents, Issues\n');
    expect(stdout).toContain('lacks: Deployments, Actions\n');
    const { stderr } = await dora(['init', '--yes'], run);
    expect(stderr).toContain('lacks: Deployments, Actions\n');
  });

  it('name the scopes of a classic token', async () => {
    const { run } = await opened(describeAcmeShop, {
      tokens: new Map([[TOKEN, { login: 'ada', kind: 'classic', scopes: ['repo', 'read:org'] }]]),
    });

    expect(await doraOk(['status'], run)).toContain('of ada, scopes: repo, read:org,');
  });

  it('say why nothing can be read', async () => {
    const { run } = await opened(describeAcmeShop, { tokens: new Map() });

    expect(await doraOk(['status'], run)).toContain('GitHub does not accept the token in GITHUB_TOKEN');
  });
});

describe('a token that lacks a permission', () => {
  it('gives what it may read; exit 3 names the permission', async () => {
    const { run } = await opened(describeAcmeShop, {
      tokens: new Map([
        [TOKEN, { login: 'ada', kind: 'fine-grained', lacks: ['deployments'], denial: 'repository' }],
      ]),
    });

    for (let times = 0; times < 2; times += 1) {
      const { code, stderr, stdout } = await dora(['extract'], run);
      expect(code).toBe(3);
      expect(stderr).toMatch(
        /error: acme\/shop: the token in GITHUB_TOKEN may not read that of acme\/shop.*\(Deployments\)/u,
      );
      expect(stdout).toContain('on GitHub: ');
    }
  });
});

describe('a failure that does not stop the rest', () => {
  it('is a line of JSON like all others when the log is JSON', async () => {
    const { run } = await opened(describeAcmeShop, { tokens: new Map() });

    const { code, stderr } = await dora(['extract', '--log-format', 'json'], run);

    expect(code).toBe(3);
    const [error] = stderr
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(error).toMatchObject({
      level: 'error',
      event: expect.stringContaining('does not accept the token'),
    });
  });
});

describe('the same history', () => {
  it('is asked of the sources that are named only', async () => {
    const { run, server } = await opened(describeAcmeShop);

    expect(await doraOk(['extract', '--source', 'git'], run)).not.toContain('on GitHub');
    expect(server.requests).toEqual([]);
    expect((await dora(['extract', '--source', 'gitlab'], run)).code).toBe(2);
    const tokenless = { ...run, env: { ...run.env, GITHUB_TOKEN: '' } };
    const refused = await dora(['extract', '--source', 'github'], tokenless);
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringContaining('there is no token for 127.0.0.1'),
    ]);
  });
});
