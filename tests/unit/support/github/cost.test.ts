import { describe, expect, it } from 'vitest';
import { ask, githubForTest } from '../../../support/github/ask.ts';
import { costOf } from '../../../support/github/cost.ts';
import { GitHubWorld } from '../../../support/github/world.ts';

const PULL_REQUESTS = `query PullRequests($owner: String!, $name: String!, $first: Int!, $after: String, $reviews: Boolean = true) {
  repository(owner: $owner, name: $name) {
    pullRequests(first: $first, after: $after, states: [MERGED], orderBy: {field: UPDATED_AT, direction: DESC}) {
      pageInfo { hasNextPage endCursor }
      nodes {
        id
        labels(first: 20) { nodes { name } }
        commits(first: 100) { totalCount nodes { commit { oid } } }
        reviews(first: 20) @include(if: $reviews) { totalCount nodes { state } }
        timelineItems(first: 1, itemTypes: [READY_FOR_REVIEW_EVENT]) { nodes { ... on ReadyForReviewEvent { createdAt } } }
      }
    }
  }
  rateLimit { cost nodeCount limit remaining used }
}`;

const RELEASES = `query Releases($first: Int!) {
  repository(owner: "acme", name: "shop") {
    releases(first: $first, orderBy: {field: CREATED_AT, direction: DESC}) { nodes { id tagCommit { oid } } }
  }
}`;

const DEPLOYMENTS = `query Deployments($first: Int!) {
  repository(owner: "acme", name: "shop") {
    deployments(first: $first, orderBy: {field: CREATED_AT, direction: DESC}) {
      nodes { id statuses(first: 20) { totalCount nodes { state } } }
    }
  }
}`;

const COMMIT = `query CommitPRs($oid: GitObjectID!) {
  repository(owner: "acme", name: "shop") {
    object(oid: $oid) { ... on Commit {
      associatedPullRequests(first: 5) { nodes { number } }
      checkSuites(first: 50) { nodes { status } }
    } }
  }
}`;

const HISTORY = `query History($oid: GitObjectID!) {
  repository(owner: "acme", name: "shop") {
    object(oid: $oid) { ... on Commit { history(first: 100) {
      nodes { oid parents(first: 2) { totalCount } associatedPullRequests(first: 1) { nodes { number } } }
    } } }
  }
}`;

const SHOP = { owner: 'acme', name: 'shop' };

describe('the cost of a query', () => {
  it.each([
    [
      'pull requests, 50 at a time',
      PULL_REQUESTS,
      { ...SHOP, first: 50 },
      { points: 2, requests: 201, nodes: 7100 },
    ],
    [
      'pull requests, 25 at a time',
      PULL_REQUESTS,
      { ...SHOP, first: 25 },
      { points: 1, requests: 101, nodes: 3550 },
    ],
    ['releases', RELEASES, { first: 100 }, { points: 1, requests: 1, nodes: 100 }],
    ['deployments', DEPLOYMENTS, { first: 50 }, { points: 1, requests: 51, nodes: 1050 }],
    ['one commit', COMMIT, { oid: 'a'.repeat(40) }, { points: 1, requests: 2, nodes: 55 }],
    ['a history', HISTORY, { oid: 'a'.repeat(40) }, { points: 2, requests: 201, nodes: 400 }],
    ['the name of who asks', '{ viewer { login } }', {}, { points: 1, requests: 0, nodes: 0 }],
  ])('%s', (_, document, variables, cost) => {
    expect(costOf(document, variables)).toEqual(cost);
  });

  it('leaves out what is not included', () => {
    const variables = { ...SHOP, first: 50, reviews: false };

    expect(costOf(PULL_REQUESTS, variables)).toEqual({ points: 2, requests: 151, nodes: 6100 });
  });

  it('counts a connection that fragments ask for twice only once', () => {
    const twice = `query($n: Int!) { repository(owner: "acme", name: "shop") { ...A ...B } }
      fragment A on Repository { issues(first: $n) { nodes { id } } }
      fragment B on Repository { issues(first: $n) { totalCount } }`;

    expect(costOf(twice, { n: 10 })).toEqual({ points: 1, requests: 1, nodes: 10 });
  });

  it('is taken from the budget, and told', async () => {
    const world = new GitHubWorld();
    world.addRepository('acme/shop');
    const server = await githubForTest(world);

    const { data } = await ask(server, PULL_REQUESTS, { variables: { ...SHOP, first: 50 } });

    expect(data?.['rateLimit']).toEqual({ cost: 2, nodeCount: 7100, limit: 5000, remaining: 4998, used: 2 });
    expect(server.requests).toMatchObject([
      { operation: 'PullRequests', points: 2, nodes: 7100, status: 200 },
    ]);
    expect(server.points).toBe(2);
  });
});
