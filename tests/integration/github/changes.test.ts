import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ShopBuilder } from '../../support/github/shop.ts';
import { buildShop } from '../../support/github/shop.ts';
import { startGitHub, type GitHubOptions } from '../../support/github/server.ts';
import { FastClock, GitHubWorkspace } from '../../support/github-workspace.ts';
import { day, testFolder } from '../../support/repo.ts';

/** A workspace of a shop that was just described, with its server. */
async function opened<Made>(
  describeShop: (shop: ShopBuilder) => Promise<Made>,
  options: GitHubOptions & { readonly flags?: Readonly<Record<string, string>> } = {},
) {
  const directory = path.join(await testFolder(), 'shop');
  const shop = await buildShop({ directory }, describeShop);
  const clock = new FastClock();
  const server = await startGitHub(shop.world, { now: () => clock.now(), ...options });
  onTestFinished(async () => await server.close());
  const workspace = new GitHubWorkspace({ directory, url: server.url, clock, flags: options.flags ?? {} });
  const sum = await workspace.extract();
  expect(sum.failures).toEqual([]);
  server.reset();
  return { ...shop, server, workspace };
}

/** Three versions a week apart; the third ships one pull request. */
async function threeReleases(shop: ShopBuilder) {
  await shop.commit({ at: day(0) });
  await shop.release({ tag: 'v1.0.0', at: day(1) });
  await shop.pullRequest({
    style: 'squash',
    commits: [{ at: day(6) }, { at: day(6, 1) }],
    openedAt: day(6, 2),
    mergedAt: day(6, 3),
  });
  const second = await shop.release({ tag: 'v1.1.0', at: day(7) });
  const { request } = await shop.pullRequest({
    style: 'squash',
    commits: [{ at: day(8) }],
    openedAt: day(8, 1),
    mergedAt: day(8, 2),
  });
  const third = await shop.release({ tag: 'v1.1.1', at: day(9) });
  return { second, third, request };
}

describe('what changes on GitHub after it was read', () => {
  it('a label hotfix, a week after the merge: the deployment before has failed by then', async () => {
    const { workspace, made, server } = await opened(threeReleases);
    const failures = async () =>
      (await workspace.rows()).deployments.flatMap(({ name, failures: found }) =>
        found.map(({ rule }) => `${name} ${rule}`),
      );
    expect(await failures()).toEqual([]);

    made.request.label('Hotfix', day(16));
    await workspace.extract({ command: 'update' });

    expect(await failures()).toEqual(['v1.1.0 hotfix']);
    expect(server.requests).toHaveLength(1);
  });

  it('a deleted release: no deployment any more, and said so', async () => {
    const { workspace, made, repository } = await opened(threeReleases, {
      flags: { deploymentsFrom: 'releases' },
    });
    repository.deleteRelease(made.second);
    await workspace.extract({ command: 'update' });

    const { deployments, setAside, changes } = await workspace.rows();
    expect(deployments.map(({ name }) => name)).toEqual(['v1.0.0', 'v1.1.1']);
    expect(setAside.filter(({ reason }) => reason === 'deleted')).toMatchObject([{ subject: 'v1.1.0' }]);
    expect(changes).toHaveLength(3);
  });

  it('a release that turns out to be a prerelease, and one that is published after all', async () => {
    const { workspace, made, repository } = await opened(
      async (shop) => ({
        ...(await threeReleases(shop)),
        draft: await shop.release({ tag: 'v2.0.0', at: day(10), draft: true }),
      }),
      { flags: { deploymentsFrom: 'releases' } },
    );
    made.second.edit({ at: day(11), prerelease: true });
    await workspace.extract({ command: 'update' });
    const { deployments, setAside } = await workspace.rows();
    expect(deployments.map(({ name }) => name)).toEqual(['v1.0.0', 'v1.1.1']);
    expect(setAside.map(({ reason }) => reason)).toEqual(
      expect.arrayContaining(['other-environment', 'draft']),
    );

    made.draft.publish(day(12));
    made.draft.retag(repository.commit(repository.releases.get(made.third.id)?.commit?.oid ?? ''));
    await workspace.extract({ command: 'update' });
    expect((await workspace.rows()).deployments.map(({ name }) => name)).toEqual([
      'v1.0.0',
      'v1.1.1',
      'v2.0.0',
    ]);
  });

  it('a deployment that a newer one has replaced: it had succeeded', async () => {
    const { workspace, repository, made } = await opened(async (shop) => {
      await shop.commit({ at: day(0) });
      const first = shop.deploy({ at: day(1) });
      const oid = await shop.commit({ at: day(2) });
      return { first, oid };
    });
    const second = repository.deploy({ oid: made.oid, at: day(3), environment: 'production' });
    repository.setStatus(second, { state: 'SUCCESS', at: day(3, 1) });
    expect(made.first.state).toBe('INACTIVE');
    await workspace.extract({ command: 'update' });

    const { deployments } = await workspace.rows();
    expect(deployments.map(({ outcome, shippedChanges }) => [outcome, shippedChanges])).toEqual([
      ['succeeded', 0],
      ['succeeded', 1],
    ]);
  });

  it('a deployment that was under way and failed later', async () => {
    const { workspace, repository, made } = await opened(async (shop) => {
      await shop.commit({ at: day(0) });
      shop.deploy({ at: day(1) });
      await shop.commit({ at: day(2) });
      return shop.deploy({ at: day(3), outcome: 'in_progress' });
    });
    expect((await workspace.rows()).setAside.map(({ reason }) => reason)).toContain('in-progress');

    repository.setStatus(made, { state: 'FAILURE', at: day(3, 1) });
    await workspace.extract({ command: 'update' });

    const { deployments } = await workspace.rows();
    expect(deployments.map(({ outcome, failures }) => [outcome, failures.map(({ rule }) => rule)])).toEqual([
      ['succeeded', []],
      ['failed', ['rollout']],
    ]);
  });

  it('a workflow that was run again: the attempt that failed is not forgotten', async () => {
    const { workspace, made } = await opened(
      async (shop) => {
        await shop.commit({ at: day(0) });
        shop.workflowRun({ at: day(1) });
        await shop.commit({ at: day(2) });
        shop.workflowRun({ at: day(3), conclusions: ['cancelled'] });
        return shop.workflowRun({ at: day(160), conclusions: ['failure'] });
      },
      { flags: { deploymentsFrom: 'workflow:deploy.yml' } },
    );
    made.rerun(day(161));
    made.finish(day(161, 1), 'success');
    workspace.clock.pass(3_600_000);
    await workspace.extract({ command: 'update' });

    const { deployments, setAside } = await workspace.rows();
    expect(deployments.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual([
      '#1 succeeded',
      '#3 failed',
      '#3, attempt 2 succeeded',
    ]);
    expect(deployments[1]?.failures).toMatchObject([{ rule: 'rollout', repairedBy: deployments[2]?.id }]);
    expect(setAside.filter(({ reason }) => reason === 'not-deployed')).toHaveLength(1);
  });

  it('a repository that was renamed: followed, and said', async () => {
    const { workspace, world, repository, made } = await opened(threeReleases);
    world.rename(repository, 'acme/store');
    made.request.label('hotfix', day(16));

    const { repositories, failures } = await workspace.extract({ command: 'update' });

    expect(failures).toEqual([]);
    expect(repositories[0]?.github?.notices).toEqual([
      'acme/shop is called acme/store on GitHub now: git remote set-url origin would spare a detour',
    ]);
    expect((await workspace.rows()).deployments.flatMap(({ failures: found }) => found)).toHaveLength(1);
  });

  it('a repository that was renamed: its runs are followed as well', async () => {
    const { workspace, world, repository } = await opened(
      async (shop) => {
        await shop.commit({ at: day(0) });
        shop.workflowRun({ at: day(1) });
      },
      { flags: { deploymentsFrom: 'workflow:deploy.yml' } },
    );
    world.rename(repository, 'acme/store');

    const { failures } = await workspace.extract({ full: true });

    expect(failures).toEqual([]);
    expect((await workspace.rows()).deployments).toHaveLength(1);
  });

  it('another repository under the old name: refused until it is meant', async () => {
    const { workspace, world, repository } = await opened(threeReleases);
    world.deleteRepository(repository);
    world.addRepository('acme/shop');

    const refused = await workspace.extract({ command: 'update' });
    expect(refused.failures.map(({ error }) => String(error))).toEqual([
      expect.stringContaining('is another repository on GitHub than the one that was read before'),
    ]);
    expect((await workspace.rows()).changes).toHaveLength(3);

    const meant = await workspace.extract({ full: true });
    expect(meant.failures).toEqual([]);
    expect(Object.values((await workspace.raw())['pull-requests'] ?? {})).toEqual([]);
  });

  it('an issue that loses its label, and one that was closed as not planned: no incidents', async () => {
    const { workspace, made } = await opened(async (shop) => {
      await threeReleases(shop);
      return [
        shop.incident({ title: 'a mistake', at: day(7, 1) }),
        shop.incident({ title: 'a false alarm', at: day(7, 2) }),
        shop.incident({ title: 'a real one', at: day(7, 3), closedAt: day(7, 5) }),
      ];
    });
    made[0]?.unlabel('incident', day(10));
    made[1]?.close(day(10), 'NOT_PLANNED');
    await workspace.extract({ command: 'update' });

    const { incidents, setAside } = await workspace.rows();
    expect(incidents).toMatchObject([{ title: 'a real one', link: 'last-before' }]);
    expect(
      setAside.filter(({ kind }) => kind === 'incident').map(({ reason, subject }) => [reason, subject]),
    ).toEqual([
      ['deleted', 'a mistake'],
      ['not-planned', 'a false alarm'],
    ]);
  });

  it('nothing: one request, nothing stored, the dataset stays', async () => {
    const { workspace, server } = await opened(threeReleases);
    const before = await workspace.storage.list('raw/');

    const { repositories, dataset } = await workspace.extract({ command: 'update' });

    expect(repositories[0]?.github).toMatchObject({ added: [], requests: 1, points: 2 });
    expect(dataset).toBeNull();
    expect(await workspace.storage.list('raw/')).toEqual(before);
    expect(server.requests).toHaveLength(1);
  });
});

describe('a long history', () => {
  it('has all commits and the first review of a large pull request', async () => {
    const { workspace, made } = await opened(async (shop) => {
      await shop.commit({ at: day(0) });
      await shop.release({ tag: 'v1.0.0', at: day(1) });
      const commits = Array.from({ length: 230 }, (_, n) => ({ at: day(2) + n }));
      const landed = await shop.pullRequest({ style: 'squash', commits, openedAt: day(3), mergedAt: day(4) });
      for (let n = 0; n < 130; n += 1) landed.request.review('alice', day(3) + n, 'COMMENTED');
      landed.request.review('bob', day(3, 5));
      await shop.release({ tag: 'v1.1.0', at: day(5) });
      return landed;
    });

    const { changes } = await workspace.rows();

    expect(changes).toHaveLength(made.originals.length);
    expect(changes[0]?.pullRequest?.firstReviewAt).toBe(day(3, 5) * 1000);
  });

  it('of more than a thousand runs comes whole, and costs next to nothing the second time', async () => {
    const { workspace, server } = await opened(
      async (shop) => {
        await shop.commit({ at: day(0) });
        for (let n = 0; n < 2500; n += 1) shop.workflowRun({ at: day(1) + n * 3600, seconds: 60 });
      },
      { flags: { deploymentsFrom: 'workflow:deploy.yml' } },
    );
    const runs = (await workspace.raw())['workflow-runs-deploy.yml'] ?? {};
    expect(Object.keys(runs)).toHaveLength(2500);

    await workspace.extract({ command: 'update' });
    server.reset();
    const { dataset } = await workspace.extract({ command: 'update' });

    const rest = server.requests.filter(({ kind }) => kind === 'rest');
    expect(rest.every(({ status }) => status === 304)).toBe(true);
    expect(rest.length).toBeLessThan(20);
    expect(dataset).toBeNull();
  });
});
