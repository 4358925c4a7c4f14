import * as z from 'zod';
import { DoraError } from '../../domain/errors.ts';
import type { Clock, Log, Progress } from '../../io/ports.ts';
import { TooMuch, type GitHubClient } from './client.ts';
import { NEWS } from './documents.ts';
import { FEEDS, type FeedDefinition, type FeedName } from './feeds.ts';
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
import { GitHubFailure } from './verdict.ts';

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
    const taken = takePage(definition.feed, cursor, read.news.page, deps.clock.now());
    cursor = taken.cursor;
    tellMissing(read.news.page, request, deps);
    const nodes = await Promise.all(taken.changed.map((node) => completed(client, definition, node)));
    const records = [
      ...nodes.map((node) => recordLine(node)),
      ...taken.gone.map((id) => JSON.stringify({ id, gone: true })),
    ];
    yield { records, cursor, isOver: taken.isOver, knownUntil };
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
    if (error instanceof TooMuch || (error instanceof GitHubFailure && !error.isFinal)) return null;
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

/** A name may come to belong to another repository; what was read of the one before must not be mixed with it. */
function sameRepository(cursor: FeedCursor, found: z.infer<typeof Repository>, scope: string): FeedCursor {
  const { id, nameWithOwner } = found;
  if (cursor.repository !== null && cursor.repository !== id)
    throw new DoraError(
      'source',
      `${nameWithOwner} is another repository on GitHub than the one that was read before under this name`,
      { hint: `if that is meant, read it anew: dora-metrics extract --full --repo ${scope}` },
    );
  return { ...cursor, repository: id, nameWithOwner };
}

function tellMissing({ nodes }: Page, { name, scope }: FeedRequest, { log }: ReadingDeps): void {
  const missing = nodes.filter((node) => node === null).length;
  if (missing > 0) log.warn(`${scope}: GitHub could not read ${String(missing)} of the ${FEEDS[name].words}`);
}

/** An item with the whole of its inner lists. */
async function completed(client: GitHubClient, { inner }: FeedDefinition, node: Node): Promise<Node> {
  let whole = node;
  for (const { field, document, isNeeded } of inner) {
    let list = Inner.safeParse(whole[field]).data;
    const nodes = [...(list?.nodes ?? [])];
    while (list?.pageInfo.hasNextPage === true && isNeeded({ ...whole, [field]: { nodes } })) {
      const after = list.pageInfo.endCursor;
      const data = await client.patiently(() => client.query(document, { id: node.id, after }));
      const found = understood(Node.safeParse(data)).node;
      list = Inner.safeParse(found?.[field]).data;
      nodes.push(...(list?.nodes ?? []));
    }
    const before = Inner.safeParse(whole[field]).data;
    if (before !== undefined && nodes.length > before.nodes.length)
      whole = { ...whole, [field]: { ...before, pageInfo: list?.pageInfo ?? before.pageInfo, nodes } };
  }
  return whole;
}

function tooMuch(scope: string, { words }: FeedDefinition, { message }: TooMuch): GitHubFailure {
  return new GitHubFailure(
    `${scope}: GitHub could not answer even a question about one of the ${words} (${message})`,
    'run the same command again later: it goes on where it stopped.',
    false,
  );
}

const Node = z.object({ node: z.record(z.string(), z.unknown()).nullable() });
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
    `GitHub gave an answer of an unexpected form: ${z.prettifyError(parsed.error)}`,
    {
      hint: 'run it again; if it stays, please report it with this message.',
    },
  );
}
