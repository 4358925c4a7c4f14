import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ask, githubForTest } from '../../../support/github/ask.ts';
import { manyPullRequests } from '../../../support/github/many.ts';
import { Ordered } from '../../../support/github/model/ordered.ts';
import type { GitHubServer } from '../../../support/github/server.ts';
import { GitHubWorld } from '../../../support/github/world.ts';

const QUERY = `query Q($first: Int!, $after: String, $direction: OrderDirection!) {
  repository(owner: "acme", name: "big") {
    pullRequests(first: $first, after: $after, states: [MERGED], orderBy: {field: UPDATED_AT, direction: $direction}) {
      totalCount
      pageInfo { hasNextPage endCursor }
      nodes { number }
    }
  }
}`;

const Page = z.object({
  repository: z.object({
    pullRequests: z.object({
      totalCount: z.number(),
      pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
      nodes: z.array(z.object({ number: z.number() })),
    }),
  }),
});

/** The numbers of the pull requests, page by page. */
async function pages(server: GitHubServer, first: number, direction = 'DESC'): Promise<number[][]> {
  const found: number[][] = [];
  let after: string | null = null;
  for (let more = true; more;) {
    const { data } = await ask(server, QUERY, { variables: { first, after, direction } });
    const { nodes, pageInfo } = Page.parse(data).repository.pullRequests;
    found.push(nodes.map(({ number }) => number));
    more = pageInfo.hasNextPage;
    after = pageInfo.endCursor;
  }
  return found;
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

describe('a list in pages', () => {
  it.each([
    ['DESC', upTo(25).toReversed()],
    ['ASC', upTo(25)],
  ])('gives everything once, %s', async (direction, numbers) => {
    const world = new GitHubWorld();
    manyPullRequests(world, 25);
    const server = await githubForTest(world);

    const found = await pages(server, 10, direction);

    expect(found.map((page) => page.length)).toEqual([10, 10, 5]);
    expect(found.flat()).toEqual(numbers);
  });

  it('goes on where it was when items move to the front meanwhile: none is missed, some come twice', async () => {
    const world = new GitHubWorld();
    const { pullRequests } = manyPullRequests(world, 30);
    const all = [...pullRequests];
    const later = Date.UTC(2030, 0, 1) / 1000;
    const server = await githubForTest(world, {
      meanwhile: ({ index }) => {
        // Before the second page: one that was shown, the last that was shown, and one that was not.
        if (index === 1) for (const number of [28, 21, 5]) all[number - 1]?.comment(later + number);
      },
    });

    const found = await pages(server, 10);

    expect(found).toEqual([
      upTo(30).slice(20).toReversed(),
      upTo(20).slice(10).toReversed(),
      [10, 9, 8, 7, 6, 4, 3, 2, 1],
    ]);
    expect((await pages(server, 10))[0]?.slice(0, 4)).toEqual([28, 21, 5, 30]);
  });

  it('goes on where it was when the last item shown is gone', async () => {
    const world = new GitHubWorld();
    const { pullRequests } = manyPullRequests(world, 6);
    const all = [...pullRequests];
    const server = await githubForTest(world, {
      meanwhile: ({ index }) => {
        if (index === 1 && all[3] !== undefined) pullRequests.delete(all[3]);
      },
    });

    expect(await pages(server, 3)).toEqual([
      [6, 5, 4],
      [3, 2, 1],
    ]);
  });

  it('counts what the filter lets through', async () => {
    const world = new GitHubWorld();
    const repository = manyPullRequests(world, 4);
    repository.openPullRequest({ title: 'open', at: 0, head: 'x', commits: [] });
    const server = await githubForTest(world);

    const { data } = await ask(server, QUERY, { variables: { first: 1, direction: 'ASC' } });

    expect(Page.parse(data).repository.pullRequests).toMatchObject({ totalCount: 4, nodes: [{ number: 1 }] });
  });

  it('refuses a cursor that it never gave', async () => {
    const world = new GitHubWorld();
    manyPullRequests(world, 1);
    const server = await githubForTest(world);

    const { errors } = await ask(server, QUERY, { variables: { first: 1, after: 'MTAw', direction: 'ASC' } });

    expect(errors).toMatchObject([{ type: 'INVALID_CURSOR_ARGUMENTS' }]);
  });
});

it('an order is what sorting gives, whatever changes in it', () => {
  const change = fc.record({ index: fc.nat(149), key: fc.nat(20), remove: fc.boolean() });
  fc.assert(
    fc.property(fc.array(fc.array(change, { maxLength: 150 }), { maxLength: 8 }), (rounds) => {
      const items = Array.from({ length: 150 }, (_, databaseId) => ({ databaseId, key: 0 }));
      const order = new Ordered<{ databaseId: number; key: number }>((item) => item.key);
      const present = new Set<(typeof items)[number]>();
      for (const round of rounds) {
        for (const { index, key, remove } of round) {
          const item = items[index];
          if (item === undefined) continue;
          if (remove) {
            order.remove(item);
            present.delete(item);
            continue;
          }
          item.key = key;
          order.touch(item);
          present.add(item);
        }
        const sorted = [...present].sort((a, b) => a.key - b.key || a.databaseId - b.databaseId);
        expect(order.ascending()).toEqual(sorted);
      }
    }),
    { numRuns: 50 },
  );
});
