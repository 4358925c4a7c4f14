import * as z from 'zod';
import { Item } from '../../model/collection.ts';
import type { Issue } from '../../model/issue.ts';
import { Repository } from '../../model/repository.ts';
import { Actor } from '../../model/people.ts';
import { hasScope, notAccessible, SAML_MESSAGE, scopesOf, sees, type Permission } from '../../tokens.ts';
import { Page, PageInfo, pageOfCollection } from '../connection.ts';
import { NotServed, Refusal } from '../refusal.ts';
import { RateLimit, served, type Args, type Asked, type ServedType } from '../served.ts';
import { PAGED } from './lists.ts';
import { Ref } from './parts.ts';

/** Where every query begins. */
export class Root {
  readonly isRoot = true;
}

const NEWEST_FIRST = { field: 'CREATED_AT', direction: 'DESC' } as const;

const IssueFilters = z.strictObject({
  labels: z.array(z.string()).nullish(),
  states: z.array(z.string()).nullish(),
  since: z.string().nullish(),
  viewerSubscribed: z.literal(false).optional(),
});

/** A field of a repository that a token may be forbidden to read. */
function guarded<Result>(
  field: string,
  permission: Permission,
  read: (of: Repository, args: Args) => Result,
) {
  return (of: Repository, args: Args, { token }: Asked): Result => {
    if (token.lacks?.includes(permission) === true)
      throw new Refusal('FORBIDDEN', notAccessible(token), { saml_failure: false });
    if (!hasScope(token))
      throw new Refusal('INSUFFICIENT_SCOPES', insufficientScopes(field, scopesOf(token)));
    return read(of, args);
  };
}

/** As GitHub says that a classic token lacks a scope. */
export function insufficientScopes(field: string, granted: readonly string[]): string {
  const list = granted.map((scope) => `'${scope}'`).join(', ');
  return (
    `Your token has not been granted the required scopes to execute this query. The '${field}' field requires ` +
    `one of the following scopes: ['repo'], but your token has only been granted the: [${list}] scopes. ` +
    "Please modify your token's scopes at: https://github.com/settings/tokens."
  );
}

const repository = served('Repository', Repository, {
  id: (of) => of.id,
  databaseId: (of) => of.databaseId,
  name: (of) => of.nameWithOwner.split('/')[1],
  nameWithOwner: (of) => of.nameWithOwner,
  url: (of) => of.url,
  isPrivate: (of) => of.isPrivate,
  viewerPermission: (_of, _args, { token }) =>
    token.kind === 'installation' ? null : (token.viewerPermission ?? 'READ'),
  defaultBranchRef: guarded('defaultBranchRef', 'contents', (of) =>
    of.defaultBranch === null ? null : new Ref(of.defaultBranch),
  ),
  pullRequests: {
    args: [...PAGED, 'states', 'orderBy'],
    resolve: guarded('pullRequests', 'pull_requests', (of, args) =>
      pageOfCollection(of.pullRequests, args, ({ state }) => args.states?.includes(state) ?? true),
    ),
  },
  releases: {
    args: [...PAGED, 'orderBy'],
    // The schema names no order of its own for them; they come as on their page.
    resolve: guarded('releases', 'contents', (of, args) =>
      pageOfCollection(of.releases, { ...args, orderBy: args.orderBy ?? NEWEST_FIRST }, () => true),
    ),
  },
  deployments: {
    args: [...PAGED, 'orderBy', 'environments'],
    resolve: guarded('deployments', 'deployments', (of, args) => {
      const wanted = args.environments ?? null;
      return pageOfCollection(
        of.deployments,
        args,
        ({ environment }) => wanted?.includes(environment) ?? true,
      );
    }),
  },
  issues: {
    args: [...PAGED, 'orderBy', 'filterBy', 'labels', 'states'],
    resolve: guarded('issues', 'issues', (of, args) => pageOfCollection(of.issues, args, issueFilter(args))),
  },
});

/** Labels match by any of them, in whatever case. */
function issueFilter(args: Args): (issue: Issue) => boolean {
  const parsed = IssueFilters.safeParse(args.filterBy ?? {});
  if (!parsed.success) throw new NotServed(`filterBy: ${z.prettifyError(parsed.error)}`);
  const { labels, states, since } = parsed.data;
  const wantedLabels = (labels ?? args.labels)?.map((label) => label.toLowerCase());
  const wantedStates = states ?? args.states;
  const from = typeof since === 'string' ? Date.parse(since) / 1000 : -Infinity;
  return (issue) => {
    if (issue.updatedAt < from || wantedStates?.includes(issue.state) === false) return false;
    if (wantedLabels === undefined) return true;
    return [...issue.labels].some((label) => wantedLabels.includes(label.toLowerCase()));
  };
}

function findRepository(args: Args, { world, token }: Asked): Repository {
  const name = `${args.owner ?? ''}/${args.name ?? ''}`;
  const found = world.find(name);
  if (found === undefined || !sees(token, found))
    throw new Refusal('NOT_FOUND', `Could not resolve to a Repository with the name '${name}'.`);
  if (token.samlFailure === true) throw samlFailure();
  return found;
}

function samlFailure(): Refusal {
  return new Refusal('FORBIDDEN', SAML_MESSAGE, { saml_failure: true });
}

function findNode({ id = '' }: Args, { world, token }: Asked): unknown {
  for (const home of world) {
    if (!sees(token, home)) continue;
    const { pullRequests, issues, deployments, releases } = home;
    const kinds = { pull_requests: pullRequests, issues, deployments, contents: releases };
    for (const [permission, items] of Object.entries(kinds)) {
      const node = items.get(id);
      if (node === undefined) continue;
      if (token.samlFailure === true) throw samlFailure();
      if (token.lacks?.some((lacking) => lacking === permission) !== true) return node;
      throw new Refusal('FORBIDDEN', notAccessible(token), { saml_failure: false });
    }
  }
  throw new Refusal('NOT_FOUND', `Could not resolve to a node with the global id of '${id}'.`);
}

const query = served('Query', Root, {
  viewer: (_root, _args, { token }) => new Actor(token.login),
  rateLimit: (_root, _args, { rateLimit }) => rateLimit,
  repository: { args: ['owner', 'name'], resolve: (_root, args, asked) => findRepository(args, asked) },
  node: { args: ['id'], resolve: (_root, args, asked) => findNode(args, asked) },
});

/** The connections whose pages can be walked. */
const CONNECTIONS = [
  'PullRequestConnection',
  'ReleaseConnection',
  'DeploymentConnection',
  'IssueConnection',
  'LabelConnection',
  'PullRequestCommitConnection',
  'PullRequestReviewConnection',
  'DeploymentStatusConnection',
].map((type) => served(type, Page, pageFields()));

const TIMELINES = ['PullRequestTimelineItemsConnection', 'IssueTimelineItemsConnection'].map((type) =>
  served(type, Page, { ...pageFields(), filteredCount: (page: Page) => page.totalCount }),
);

function pageFields() {
  return {
    nodes: (page: Page) => page.nodes,
    totalCount: (page: Page) => page.totalCount,
    pageInfo: (page: Page) => page.info,
  };
}

/** Asked of anything that has an id. Every item is one, so it has to come after the types proper. */
export const NODE_TYPE = served('Node', Item, { id: (item) => item.id });

export const REPOSITORY_TYPES: readonly ServedType[] = [
  query,
  repository,
  ...CONNECTIONS,
  ...TIMELINES,
  served('PageInfo', PageInfo, {
    startCursor: (info) => info.startCursor,
    endCursor: (info) => info.endCursor,
    hasPreviousPage: (info) => info.hasPreviousPage,
    hasNextPage: (info) => info.hasNextPage,
  }),
  served('RateLimit', RateLimit, {
    cost: (of) => of.cost,
    limit: (of) => of.limit,
    nodeCount: (of) => of.nodeCount,
    remaining: (of) => of.remaining,
    used: (of) => of.used,
    resetAt: (of) => of.resetAt,
  }),
];
