import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { messageOf } from '../../../src/domain/errors.ts';
import type { Fault, FaultName } from '../../support/github/faults.ts';
import { FAULTS } from '../../support/github/faults.ts';
import { startGitHub, type GitHubOptions, type GitHubServer } from '../../support/github/server.ts';
import { buildShop } from '../../support/github/shop.ts';
import { describeAcmeShop } from '../../support/github/shop/acme-shop.ts';
import type { GitHubWorld } from '../../support/github/world.ts';
import { FastClock, GitHubWorkspace } from '../../support/github-workspace.ts';
import { sharedFolder, testFolder } from '../../support/repo.ts';
import { cp } from 'node:fs/promises';

let world: GitHubWorld;
const shop = sharedFolder(async (folder) => {
  world = (await buildShop({ directory: path.join(folder, 'shop') }, describeAcmeShop)).world;
});

interface Stage {
  readonly server: GitHubServer;
  readonly workspace: GitHubWorkspace;
}

/** A clone of the shop and a server that gets wrong what `options.fault` says. */
async function stage(
  options: GitHubOptions = {},
  flags: Readonly<Record<string, string>> = {},
): Promise<Stage> {
  const directory = path.join(await testFolder(), 'shop');
  await cp(path.join(shop(), 'shop'), directory, { recursive: true });
  const clock = new FastClock();
  const server = await startGitHub(world, { now: () => clock.now(), ...options });
  onTestFinished(async () => await server.close());
  const workspace = new GitHubWorkspace({ directory, url: server.url, clock, flags });
  return { server, workspace };
}

/** The fault at the first request for pull requests, and then no more. */
function once(fault: Fault, operation = 'PullRequests'): NonNullable<GitHubOptions['fault']> {
  let isDone = false;
  return (request) => {
    if (isDone || request.operation !== operation) return null;
    isDone = true;
    return fault;
  };
}

/** What ends by itself, and how long it may take, in seconds. */
const PASSING: readonly (readonly [FaultName, { readonly least: number; readonly most: number }])[] = [
  ['bad-gateway', { least: 0, most: 0 }],
  ['gateway-timeout', { least: 0, most: 0 }],
  ['something-went-wrong', { least: 0, most: 0 }],
  ['resource-limits', { least: 0, most: 0 }],
  ['hang', { least: 0, most: 0 }],
  ['rate-limited', { least: 60, most: 62 }],
  ['rate-limit', { least: 60, most: 62 }],
  ['rate-limited-403', { least: 60, most: 62 }],
  ['secondary-retry-after', { least: 60, most: 60 }],
  ['secondary-429', { least: 60, most: 60 }],
  ['secondary-bare', { least: 60, most: 60 }],
  ['secondary-200', { least: 60, most: 60 }],
  ['abuse', { least: 60, most: 60 }],
  ['reset', { least: 0.5, most: 1 }],
  ['cut', { least: 0.5, most: 1 }],
  ['not-json', { least: 0.5, most: 1 }],
  ['server-error', { least: 0.5, most: 1 }],
  ['partial', { least: 0, most: 0 }],
];

/** What somebody must do something about, and the words that tell what. */
const LASTING: readonly (readonly [FaultName, RegExp, RegExp])[] = [
  ['unauthorized', /does not accept the token in GITHUB_TOKEN/u, /expired or been revoked/u],
  ['saml', /not authorised for the single sign-on/u, /https:\/\/\S+sso/u],
  [
    'not-found',
    /there is no acme\/shop on 127\.0\.0\.1:\d+, or the token in GITHUB_TOKEN cannot see it/u,
    /git remote get-url origin/u,
  ],
  ['forbidden', /may not read that of acme\/shop.*\(Pull requests\)/u, /permission Pull requests: read/u],
  ['insufficient-scopes', /lacks a scope/u, /scope repo/u],
  ['echo-token', /GitHub answered a question/u, /report it/u],
];

it('knows every fault', () => {
  const known = [...PASSING, ...LASTING].map(([name]) => name);
  expect(known.toSorted()).toEqual([...FAULTS].toSorted());
});

describe('a fault that passes', () => {
  it.each(PASSING)('%s: costs time, and nothing else', async (name, { least, most }) => {
    const undisturbed = await stage();
    await undisturbed.workspace.extract();
    const disturbed = await stage({ fault: once(name) });
    const settings = await disturbed.workspace.settings();
    const github = { ...settings.github, timeoutSeconds: 0.3 };
    const summary = await disturbed.workspace.extract({ settings: { ...settings, github } });

    expect(summary.failures).toEqual([]);
    expect(await disturbed.workspace.raw()).toEqual(await undisturbed.workspace.raw());
    expect(disturbed.workspace.clock.slept / 1000).toBeGreaterThanOrEqual(least);
    expect(disturbed.workspace.clock.slept / 1000).toBeLessThanOrEqual(most);
    expect(disturbed.server.requests).toHaveLength(undisturbed.server.requests.length + 1);
  });
});

describe('a fault that stays', () => {
  it.each(LASTING)('%s: is told with what to do, and leaves the rest', async (name, message, hint) => {
    const { workspace } = await stage({ fault: once(name) });

    const { failures, repositories, dataset } = await workspace.extract();

    expect(failures).toHaveLength(1);
    expect(messageOf(failures[0]?.error)).toMatch(message);
    expect(failures[0]?.error).toHaveProperty('hint', expect.stringMatching(hint));
    expect(repositories[0]?.commits).toBeGreaterThan(0);
    expect(dataset?.deployments).toBeGreaterThan(0);
    const everything = JSON.stringify([failures.map(({ error }) => messageOf(error)), workspace.said]);
    expect(everything).not.toContain('ghp_test');
  });

  it('asks nothing more where all would be refused, and goes on where only one thing is', async () => {
    const refused = await stage({ fault: once('unauthorized') });
    await refused.workspace.extract();
    expect(refused.server.requests.map(({ operation }) => operation)).toEqual(['PullRequests']);

    const partly = await stage({ fault: once('forbidden') });
    await partly.workspace.extract();
    expect(partly.server.requests.map(({ operation }) => operation)).toEqual([
      'PullRequests',
      'Releases',
      'Deployments',
      'Issues',
    ]);
  });

  it('gives up on what fails again and again, and says so', async () => {
    const { workspace, server } = await stage({ fault: () => 'server-error' });

    const { failures } = await workspace.extract();

    expect(messageOf(failures[0]?.error)).toMatch(/gave up after 6 attempts: 500/u);
    // each of the four lists may fare better than the one before
    expect(server.requests).toHaveLength(4 * 6);
    expect(workspace.clock.slept).toBeGreaterThanOrEqual(15_500);
  });

  it('gives up for all lists where nobody answers at all', async () => {
    const { workspace, server } = await stage({ fault: () => 'reset' });

    const { failures } = await workspace.extract();

    expect(failures).toHaveLength(1);
    expect(server.requests).toHaveLength(6);
  });

  it('does not keep the other lists from being read, the second time neither', async () => {
    const { workspace, server } = await stage({}, { deploymentsFrom: 'auto,workflow:mistyped.yml' });
    await workspace.extract();
    server.reset();

    const { failures } = await workspace.extract({ command: 'update' });

    expect(failures.map(({ error }) => messageOf(error))).toEqual([
      expect.stringContaining('has no workflow mistyped.yml on GitHub'),
    ]);
    expect(server.requests.map(({ operation }) => operation)).toContain('News');
    expect((await workspace.raw())['pull-requests']).not.toEqual({});
  });

  it('an item that cannot be read is told each time it is met, and not taken for whole', async () => {
    const { workspace } = await stage({
      fault: ({ operation }) => (operation === 'PullRequests' ? 'partial' : null),
    });

    const { failures, repositories } = await workspace.extract();

    expect(failures.map(({ error }) => messageOf(error))).toEqual([
      'acme/shop: GitHub could not read 1 of the pull requests',
    ]);
    expect(repositories[0]?.github?.added[0]).toEqual({ words: 'pull requests', records: 3 });
  });

  it('doubles the pause where GitHub does not say how long', async () => {
    const { workspace } = await stage({ fault: ({ index }) => (index < 3 ? 'secondary-bare' : null) });

    await workspace.extract();

    expect(workspace.clock.slept).toBe((60 + 120 + 240) * 1000);
  });
});

describe('a page that is too much', () => {
  it('is halved until it passes, and grows again later', async () => {
    const { workspace, server } = await stage({ fault: () => ({ name: 'bad-gateway', above: 12 }) });

    await workspace.extract();

    const sizes = server.requests
      .filter(({ operation }) => operation === 'PullRequests')
      .map(({ variables }) => variables['first']);
    expect(sizes).toEqual([50, 25, 12]);
  });

  it('keeps what a page could hold, and takes the news list by list where they are too much together', async () => {
    const { workspace, server } = await stage({
      fault: ({ operation }) => (operation === 'News' ? 'gateway-timeout' : null),
    });
    await workspace.extract();
    server.reset();
    await workspace.extract({ command: 'update' });

    expect(server.requests.map(({ operation }) => operation)).toEqual([
      'News',
      'PullRequests',
      'Releases',
      'Deployments',
      'Issues',
    ]);
  });

  it('of a single item is asked for with fewer of its commits', async () => {
    const { workspace, server } = await stage({
      fault: ({ operation, variables }) =>
        operation === 'PullRequests' && Number(variables['commits']) > 10 ? 'gateway-timeout' : null,
    });

    const { failures } = await workspace.extract();

    expect(failures).toEqual([]);
    const last = server.requests.findLast(({ operation }) => operation === 'PullRequests');
    expect(last?.variables).toMatchObject({ first: 1, commits: 10 });
  });
});

describe('the budget', () => {
  it('is waited for with a countdown when it is used up', async () => {
    const { workspace, server } = await stage(
      { rateLimit: { points: 3 } },
      { githubMinRemainingPoints: '1' },
    );

    const { failures } = await workspace.extract();

    expect(failures).toEqual([]);
    expect(workspace.said.join('')).toMatch(
      /warning: GitHub's budget is used up: going on at .*Z, in \d+:\d\d/u,
    );
    expect(workspace.said.filter((text) => text.includes('going on in'))).not.toHaveLength(0);
    expect(workspace.clock.slept).toBeGreaterThan(50 * 60_000);
    expect(server.requests.every(({ status }) => status === 200)).toBe(true);
  });

  it('stops the run with --no-wait, which goes on later where it stopped', async () => {
    const { workspace, server } = await stage(
      { rateLimit: { points: 3 } },
      { githubMinRemainingPoints: '1' },
    );

    const { failures } = await workspace.extract({ mayWait: false });
    expect(messageOf(failures[0]?.error)).toMatch(
      /budget is used up for another \d+:\d\d.*, and this run does not wait/u,
    );
    expect(workspace.clock.slept).toBe(0);

    workspace.clock.pass(3_600_000);
    server.reset();
    await workspace.extract({ mayWait: false });

    expect(server.requests.slice(0, 2).map(({ operation }) => operation)).toEqual(['Deployments', 'Issues']);
    expect(Object.keys(await workspace.raw())).toHaveLength(4);
  });

  it('lets a full extract go on where it stopped, when it is asked for again', async () => {
    const { workspace, server } = await stage(
      { rateLimit: { points: 3 } },
      { githubMinRemainingPoints: '1' },
    );
    await workspace.extract({ full: true, mayWait: false });
    workspace.clock.pass(3_600_000);
    server.reset();

    await workspace.extract({ full: true, mayWait: false });

    expect(server.requests[0]?.operation).toBe('Deployments');
  });

  it('need not be there', async () => {
    const { workspace } = await stage({ rateLimit: null });

    const { repositories, failures } = await workspace.extract();

    expect(failures).toEqual([]);
    expect(repositories[0]?.github?.budget).toBeNull();
  });
});
