import * as z from 'zod';
import { DoraError } from '../../domain/errors.ts';
import type { Clock, Log, Progress } from '../../io/ports.ts';
import { TooMuch, type GitHubClient } from './client.ts';
import { NEWS } from './documents.ts';
import { FEEDS, type FeedDefinition, type FeedName, type InnerList } from './feeds.ts';
import {
  afterGoodPage,
  afterTooMuch,
  startPass,
  takePage,
  type FeedCursor,
  type Node,
  type Page,
} from './pass.ts';
import { recordLine } from './record-line.ts';
import { GitHubFailure, OtherRepository } from './verdict.ts';

/** What reading needs of the world. */
export interface ReadingDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

/** What was read since the step before: to be stored together with the cursor, or not at all. */
export interface Step {
  /** Lines of JSON: items as GitHub gave them, and `{"id":…,"gone":true}` for what is no longer there. */
  readonly records: readonly string[];
  readonly cursor: FeedCursor;
  /** Whether the pass is over; else it goes on with the next page. */
  readonly isOver: boolean;
  /** When the pass began: what changed later may not have been seen. */
  readonly knownUntil: string;
  /** How many items GitHub could not read. */
  readonly missing: number;
}

export interface FeedRequest {
  readonly name: FeedName;
  /** Of the workspace, for messages. */
  readonly scope: string;
  readonly cursor: FeedCursor;
  /** For issues: their label. */
  readonly label: string | null;
  /** The first page, where `readNews` has read it already. */
  readonly news: News | null;
}

/** The first page of a list with the repository that it belongs to. */
export interface News {
  readonly repository: z.infer<typeof Repository>;
  readonly page: Page;
}

/** Nested lists are asked for in this length; a single item that is too much is asked for with less. */
const USUAL_DEPTH = { commits: 100, reviews: 20 };
const SMALL_DEPTH = { commits: 10, reviews: 5 };
const MOST_TRIES = 6;
/** What was read longer ago than this has missed what changed meanwhile, where a run was interrupted. */
export const STALE_AFTER_MS = 10 * 60_000;

/** Reads a list from where `cursor` stands, page by page, to its end or to what is known. */
export async function* readFeed(
  client: GitHubClient,
  request: FeedRequest,
  deps: ReadingDeps,
): AsyncGenerator<Step> {
  const isResumed = request.cursor.pass !== null;
  const startedAt = Date.parse(request.cursor.pass?.startedAt ?? '');
  let cursor = request.cursor;
  for await (const step of readPass(client, request, deps)) {
    cursor = step.cursor;
    yield step;
  }
  const isStale = isResumed && deps.clock.now().getTime() - startedAt > STALE_AFTER_MS;
  if (isStale) yield* readPass(client, { ...request, cursor, news: null }, deps);
}

async function* readPass(
  client: GitHubClient,
  request: FeedRequest,
  deps: ReadingDeps,
): AsyncGenerator<Step> {
  const definition = FEEDS[request.name];
  let cursor = startPass(request.cursor, deps.clock.now());
  let { news } = request;
  for (;;) {
    const knownUntil = cursor.pass?.startedAt ?? '';
    const read = news === null ? await readPage(client, request, cursor, deps) : { cursor, news };
    news = null;
    cursor = sameRepository(read.cursor, read.news.repository, request.scope);
    requireProgress(read.news.page, cursor.pass?.after ?? null, request);
    const taken = takePage(definition.feed, cursor, read.news.page, deps.clock.now());
    cursor = taken.cursor;
    const nodes = await Promise.all(taken.changed.map((node) => completed(client, definition, node)));
    const records = [
      ...nodes.map((node) => recordLine(node)),
      ...taken.gone.map((id) => JSON.stringify({ id, gone: true })),
    ];
    const missing = read.news.page.nodes.filter((node) => node === null).length;
    yield { records, cursor, isOver: taken.isOver, knownUntil, missing };
    if (taken.isOver) return;
    const done = cursor.pass?.read ?? 0;
    const left = client.budget === null ? '' : `, ${String(client.budget.remaining)} points left`;
    deps.progress.update(
      `${request.scope}: ${String(done)} of ${String(cursor.total)} ${definition.words}${left}`,
    );
  }
}

/**
 * The newest of everything in one request, for lists that were read whole before; `null` where it is better to ask one after the other.
 */
export async function readNews(
  client: GitHubClient,
  label: string,
): Promise<Readonly<Record<FeedName, News>> | null> {
  const { owner, name } = client.address;
  try {
    const data = await client.query(NEWS, { owner, name, labels: [label], ...USUAL_DEPTH });
    const repository = repositoryIn(data);
    const newsOf = (feed: FeedName): News => ({ repository, page: pageIn(data, FEEDS[feed].field) });
    return {
      'pull-requests': newsOf('pull-requests'),
      releases: newsOf('releases'),
      deployments: newsOf('deployments'),
      issues: newsOf('issues'),
    };
  } catch (error) {
    // one list that is too large or forbidden spoils the answer for all of them
    const isFinal = error instanceof GitHubFailure && error.isFinal;
    if (error instanceof TooMuch || (error instanceof DoraError && !isFinal)) return null;
    throw error;
  }
}

async function readPage(
  client: GitHubClient,
  { name: feed, label, scope }: FeedRequest,
  start: FeedCursor,
  { log, clock, signal }: ReadingDeps,
): Promise<{ readonly cursor: FeedCursor; readonly news: News }> {
  const definition = FEEDS[feed];
  const { owner, name } = client.address;
  let cursor = start;
  for (let tries = 1; ; tries += 1) {
    const depth = cursor.pageSize === 1 && tries > 1 ? SMALL_DEPTH : USUAL_DEPTH;
    const variables = {
      owner,
      name,
      first: cursor.pageSize,
      after: cursor.pass?.after ?? null,
      ...(definition.field === 'pullRequests' && depth),
      ...(label !== null && { labels: [label] }),
    };
    try {
      const data = await client.query(definition.document, variables);
      const news = { repository: repositoryIn(data), page: pageIn(data, definition.field) };
      return { cursor: afterGoodPage(definition.feed, cursor), news };
    } catch (error) {
      if (!(error instanceof TooMuch)) throw error;
      const smaller = afterTooMuch(cursor);
      if (smaller === null && tries >= MOST_TRIES) throw tooMuch(scope, definition, error);
      cursor = smaller ?? cursor;
      log.debug(
        `${scope}: ${error.message}; asking for ${String(cursor.pageSize)} ${definition.words} at once`,
      );
      if (smaller === null) await clock.sleep(1000 * tries, signal);
    }
  }
}

/** A list that says that it goes on and does not would be asked for ever. */
function requireProgress(
  { hasNextPage, endCursor }: Page,
  after: string | null,
  { name, scope }: FeedRequest,
): void {
  if (hasNextPage && (endCursor === null || endCursor === after))
    throw goesInCircles(scope, FEEDS[name].words);
}

function goesInCircles(scope: string, words: string): GitHubFailure {
  return new GitHubFailure(
    `${scope}: GitHub says that its list of ${words} goes on, and gives the same place again`,
    'run it again later; if it stays, please report it with this message.',
    false,
  );
}

/** A name may come to belong to another repository; what was read of the one before must not be mixed with it. */
function sameRepository(cursor: FeedCursor, found: z.infer<typeof Repository>, scope: string): FeedCursor {
  const { id, nameWithOwner } = found;
  if (cursor.repository !== null && cursor.repository !== id)
    throw new OtherRepository(`${nameWithOwner} is another repository on GitHub`, scope);
  return { ...cursor, repository: id, nameWithOwner };
}

/** An item with the whole of its inner lists. */
async function completed(client: GitHubClient, { inner }: FeedDefinition, node: Node): Promise<Node> {
  let whole = node;
  for (const list of inner) whole = await withWholeList(client, list, whole);
  return whole;
}

async function withWholeList(client: GitHubClient, inner: InnerList, node: Node): Promise<Node> {
  const { field, document, isNeeded } = inner;
  const first = Inner.safeParse(node[field]).data;
  if (first === undefined) return node;
  const nodes = [...first.nodes];
  let { pageInfo } = first;
  while (pageInfo.hasNextPage && isNeeded({ ...node, [field]: { nodes } })) {
    const after = pageInfo.endCursor;
    const data = await client.patiently(() => client.query(document, { id: node.id, after }));
    const next = Inner.safeParse(understood(One.safeParse(data)).node?.[field]).data;
    if (next === undefined) break;
    nodes.push(...next.nodes);
    ({ pageInfo } = next);
    if (pageInfo.hasNextPage && pageInfo.endCursor === after) throw goesInCircles(node.id, field);
  }
  return nodes.length === first.nodes.length ? node : { ...node, [field]: { ...first, pageInfo, nodes } };
}

function tooMuch(scope: string, { words }: FeedDefinition, { message }: TooMuch): GitHubFailure {
  return new GitHubFailure(
    `${scope}: GitHub could not answer even a question about one of the ${words} (${message})`,
    'run the same command again later: it goes on where it stopped.',
    false,
  );
}

const One = z.object({ node: z.record(z.string(), z.unknown()).nullable() });
const PageInfo = z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() });
const Inner = z.looseObject({ nodes: z.array(z.unknown()), pageInfo: PageInfo });
const Connection = z.object({
  totalCount: z.number(),
  pageInfo: PageInfo,
  nodes: z.array(z.looseObject({ id: z.string() }).nullable()),
});
const Repository = z.object({ id: z.string(), nameWithOwner: z.string() });

function repositoryIn(data: unknown): z.infer<typeof Repository> {
  return understood(z.object({ repository: Repository }).safeParse(data)).repository;
}

function pageIn(data: unknown, field: string): Page {
  const { repository } = understood(
    z.object({ repository: z.looseObject({ [field]: Connection }) }).safeParse(data),
  );
  const { totalCount, pageInfo, nodes } = Connection.parse(repository[field]);
  return { totalCount, nodes, ...pageInfo };
}

/** What was read, where it has the expected form. Throws `DoraError` else. */
export function understood<Value>(parsed: z.ZodSafeParseResult<Value>): Value {
  if (parsed.success) return parsed.data;
  throw new DoraError(
    'source',
    `GitHub gave an answer of an unexpected form: ${z.prettifyError(parsed.error).replaceAll(/\s*\n\s*/gu, ' ')}`,
    {
      hint: 'run it again; if it stays, please report it with this message.',
    },
  );
}
