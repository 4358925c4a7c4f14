import { describe, expect, it } from 'vitest';
import { ask, githubForTest } from '../../../support/github/ask.ts';
import { actor } from '../../../support/github/model/people.ts';
import { GitHubWorld } from '../../../support/github/world.ts';

const SHOP = 'repository(owner: "acme", name: "shop")';

function shop() {
  const world = new GitHubWorld();
  return { world, repository: world.addRepository('acme/shop') };
}

describe('a repository', () => {
  it('is found by its old name, and says its new one', async () => {
    const { world, repository } = shop();
    world.rename(repository, 'acme/store');
    const server = await githubForTest(world);

    const { data } = await ask(server, '{ repository(owner: "ACME", name: "Shop") { nameWithOwner url } }');

    expect(data).toEqual({
      repository: { nameWithOwner: 'acme/store', url: 'https://github.com/acme/store' },
    });
  });

  it('is gone when it was deleted', async () => {
    const { world, repository } = shop();
    world.deleteRepository(repository);
    const server = await githubForTest(world);

    expect(await ask(server, `{ ${SHOP} { id } }`)).toMatchObject({
      data: { repository: null },
      errors: [
        {
          type: 'NOT_FOUND',
          path: ['repository'],
          message: "Could not resolve to a Repository with the name 'acme/shop'.",
        },
      ],
    });
  });

  it('gets the same ids whenever it is built in the same way', () => {
    const ids = () => {
      const { repository } = shop();
      return [repository.id, repository.openIssue({ title: 'x', at: 0 }).id];
    };

    expect(ids()).toEqual(ids());
    expect(ids()).toEqual([expect.stringMatching(/^R_kgDO/u), expect.stringMatching(/^I_kwDO/u)]);
  });
});

it('knows bots by the end of their login', () => {
  expect(actor('dependabot[bot]')).toMatchObject({ login: 'dependabot', type: 'Bot' });
  expect(actor('alice')).toMatchObject({ login: 'alice', type: 'User' });
});
