import { describe, expect, it } from 'vitest';
import { ask, githubForTest } from '../../../support/github/ask.ts';
import { GitHubWorld } from '../../../support/github/world.ts';

const START = Date.UTC(2026, 0, 5, 9) / 1000;
const at = (hours: number) => START + hours * 3600;
const SHOP = 'repository(owner: "acme", name: "shop")';

function shop() {
  const world = new GitHubWorld();
  const repository = world.addRepository('acme/shop');
  const commit = repository.addCommit({
    oid: 'c'.repeat(40),
    authoredAt: at(0),
    committedAt: at(1),
    message: `${'x'.repeat(80)}\n\nmore`,
    author: 'alice',
  });
  return { world, repository, commit };
}

describe('a pull request', () => {
  it('tells of its commits, reviews, labels and time line', async () => {
    const { world, repository, commit } = shop();
    const request = repository.openPullRequest({
      title: 'One',
      at: at(2),
      author: 'renovate[bot]',
      head: 'one',
      commits: [commit],
      labels: ['deps'],
      draft: true,
    });
    request.readyForReview(at(3));
    request.review('bob', at(4));
    request.review(null, at(5), 'PENDING');
    request.merge(at(6), commit);
    const server = await githubForTest(world);

    const { data } = await ask(
      server,
      `{ ${SHOP} { pullRequests(first: 1) { nodes {
        id number url state isDraft mergedAt updatedAt author { __typename login } labels(first: 9) { nodes { name } }
        mergeCommit { oid parents { totalCount } }
        commits(first: 9) { totalCount nodes { commit { authoredDate committedDate messageHeadline author { name user { login } } } } }
        reviews(first: 9) { nodes { state submittedAt author { __typename login } } }
        timelineItems(first: 9, itemTypes: [READY_FOR_REVIEW_EVENT, MERGED_EVENT]) { nodes { __typename ... on ReadyForReviewEvent { createdAt } } }
      } } } }`,
    );

    const headline = `${'x'.repeat(71)}…`;
    expect(data).toEqual({
      repository: {
        pullRequests: {
          nodes: [
            {
              id: expect.stringMatching(/^PR_kwDO[\w-]{12}$/u),
              number: 1,
              url: 'https://github.com/acme/shop/pull/1',
              state: 'MERGED',
              isDraft: false,
              mergedAt: '2026-01-05T15:00:00Z',
              updatedAt: '2026-01-05T15:00:00Z',
              author: { __typename: 'Bot', login: 'renovate' },
              labels: { nodes: [{ name: 'deps' }] },
              mergeCommit: { oid: commit.oid, parents: { totalCount: 1 } },
              commits: {
                totalCount: 1,
                nodes: [
                  {
                    commit: {
                      authoredDate: '2026-01-05T09:00:00Z',
                      committedDate: '2026-01-05T10:00:00Z',
                      messageHeadline: headline,
                      author: { name: 'Sam Somebody', user: { login: 'alice' } },
                    },
                  },
                ],
              },
              reviews: {
                nodes: [
                  {
                    state: 'APPROVED',
                    submittedAt: '2026-01-05T13:00:00Z',
                    author: { __typename: 'User', login: 'bob' },
                  },
                  { state: 'PENDING', submittedAt: null, author: null },
                ],
              },
              timelineItems: {
                nodes: [
                  { __typename: 'ReadyForReviewEvent', createdAt: '2026-01-05T12:00:00Z' },
                  { __typename: 'MergedEvent' },
                ],
              },
            },
          ],
        },
      },
    });
  });

  it('has more pages of commits by its id', async () => {
    const { world, repository, commit } = shop();
    const commits = Array.from({ length: 5 }, () => commit);
    const { id } = repository.openPullRequest({ title: 'Long', at: at(0), head: 'x', commits });
    const server = await githubForTest(world);
    const query = `query($id: ID!, $after: String) { node(id: $id) { id ... on PullRequest {
      commits(first: 3, after: $after) { totalCount pageInfo { hasNextPage endCursor } nodes { commit { oid } } } } } }`;

    const first = await ask(server, query, { variables: { id } });
    const second = await ask(server, query, { variables: { id, after: 'Mw==' } });

    const pageInfo = { hasNextPage: true, endCursor: 'Mw==' };
    expect(first.data).toMatchObject({ node: { commits: { totalCount: 5, pageInfo } } });
    expect(second.data).toMatchObject({
      node: { commits: { pageInfo: { hasNextPage: false }, nodes: [{}, {}] } },
    });
  });
});

describe('a deployment', () => {
  it('is inactive once another one in its environment has succeeded; its statuses come newest first', async () => {
    const { world, repository, commit } = shop();
    const [older, elsewhere, newer] = [
      repository.deploy({ oid: commit.oid, at: at(0) }),
      repository.deploy({ oid: commit.oid, at: at(0), environment: 'staging' }),
      repository.deploy({ oid: 'd'.repeat(40), at: at(2), ref: null }),
    ];
    repository.setStatus(older, { state: 'IN_PROGRESS', at: at(0) });
    repository.setStatus(older, { state: 'SUCCESS', at: at(1) });
    repository.setStatus(elsewhere, { state: 'SUCCESS', at: at(1) });
    repository.setStatus(newer, { state: 'SUCCESS', at: at(3) });
    const server = await githubForTest(world);

    const { data } = await ask(
      server,
      `{ ${SHOP} { deployments(first: 9, environments: ["production"]) { totalCount nodes {
        state commitOid commit { oid } ref { name } creator { __typename login } statuses(first: 9) { nodes { state createdAt } } } } } }`,
    );

    const creator = { __typename: 'Bot', login: 'github-actions' };
    const status = (state: string, time: string) => ({ state, createdAt: `2026-01-05T${time}:00Z` });
    expect(data?.['repository']).toEqual({
      deployments: {
        totalCount: 2,
        nodes: [
          {
            state: 'INACTIVE',
            commitOid: commit.oid,
            commit: { oid: commit.oid },
            ref: { name: 'main' },
            creator,
            statuses: {
              nodes: [
                status('INACTIVE', '12:00'),
                status('SUCCESS', '10:00'),
                status('IN_PROGRESS', '09:00'),
              ],
            },
          },
          {
            state: 'ACTIVE',
            commitOid: 'd'.repeat(40),
            commit: null,
            ref: null,
            creator,
            statuses: { nodes: [status('SUCCESS', '12:00')] },
          },
        ],
      },
    });
  });
});

describe('a release', () => {
  it('can be drafted, published, edited, lose its tag and be deleted', async () => {
    const { world, repository, commit } = shop();
    repository.release({ tag: 'v1', at: at(0), commit });
    const draft = repository.release({
      tag: 'v2',
      at: at(1),
      commit: commit.oid,
      draft: true,
      author: 'ci[bot]',
    });
    repository.release({ tag: 'v3-rc', at: at(2), commit: null, prerelease: true });
    const server = await githubForTest(world);
    const query = `{ ${SHOP} { releases(first: 9, orderBy: {field: CREATED_AT, direction: DESC}) { nodes {
      tagName isDraft isLatest isPrerelease publishedAt tagCommit { oid } author { login } } } } }`;
    const found = async () => (await ask(server, query)).data;

    expect(await found()).toMatchObject({
      repository: {
        releases: {
          nodes: [
            { tagName: 'v3-rc', isPrerelease: true, isLatest: false, tagCommit: null },
            { tagName: 'v2', isDraft: true, isLatest: false, publishedAt: null, author: null },
            {
              tagName: 'v1',
              isLatest: true,
              publishedAt: '2026-01-05T09:00:00Z',
              author: { login: 'alice' },
            },
          ],
        },
      },
    });
    draft.publish(at(3));
    draft.edit({ at: at(4), prerelease: true });
    draft.retag(null);
    for (const release of [...repository.releases])
      if (release.tag !== 'v2') repository.deleteRelease(release);
    expect(await found()).toMatchObject({
      repository: {
        releases: {
          nodes: [
            {
              tagName: 'v2',
              isDraft: false,
              publishedAt: '2026-01-05T12:00:00Z',
              isPrerelease: true,
              tagCommit: null,
            },
          ],
        },
      },
    });
  });
});

it('releases come newest first where no order is asked for', async () => {
  const { world, repository, commit } = shop();
  for (const [index, tag] of ['v1', 'v2'].entries()) repository.release({ tag, at: at(index), commit });
  const server = await githubForTest(world);

  const { data } = await ask(server, `{ ${SHOP} { releases(first: 1) { totalCount nodes { tagName } } } }`);

  expect(data).toEqual({ repository: { releases: { totalCount: 2, nodes: [{ tagName: 'v2' }] } } });
});

describe('an issue', () => {
  it('is found by any of its labels and by when it changed last', async () => {
    const { world, repository } = shop();
    const [first, second, third] = ['one', 'two', 'three'].map((title, index) =>
      repository.openIssue({ title, at: at(index), labels: ['Incident'], author: null, body: 'b' }),
    );
    first?.close(at(5));
    first?.reopen(at(6));
    first?.close(at(7), 'NOT_PLANNED');
    second?.unlabel('Incident', at(8));
    third?.edit('c', at(9));
    third?.retitle('drei', at(10));
    const server = await githubForTest(world);

    const { data } = await ask(
      server,
      `query($since: DateTime) { ${SHOP} { issues(first: 9, filterBy: {labels: ["incident", "sev1"], since: $since}, orderBy: {field: UPDATED_AT, direction: DESC}) { nodes {
        title body state stateReason author { login }
        timelineItems(last: 2, itemTypes: [CLOSED_EVENT, REOPENED_EVENT, LABELED_EVENT]) { nodes { __typename ... on ClosedEvent { createdAt stateReason } } } } } } }`,
      { variables: { since: '2026-01-05T16:00:00Z' } },
    );

    expect(data?.['repository']).toMatchObject({
      issues: {
        nodes: [
          {
            title: 'drei',
            body: 'c',
            state: 'OPEN',
            timelineItems: { nodes: [{ __typename: 'LabeledEvent' }] },
          },
          {
            title: 'one',
            state: 'CLOSED',
            stateReason: 'NOT_PLANNED',
            author: null,
            timelineItems: {
              nodes: [
                { __typename: 'ReopenedEvent' },
                { __typename: 'ClosedEvent', createdAt: '2026-01-05T16:00:00Z', stateReason: 'NOT_PLANNED' },
              ],
            },
          },
        ],
      },
    });
  });
});
