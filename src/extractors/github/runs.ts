import { createHash } from 'node:crypto';
import * as z from 'zod';
import { DoraError } from '../../domain/errors.ts';
import { DAY, SECOND, WEEK } from '../../domain/units.ts';
import type { GitHubClient } from './client.ts';
import { understood, type ReadingDeps } from './index.ts';
import { recordLine } from './record-line.ts';
import { OtherRepository } from './verdict.ts';

/**
 * Runs of one workflow, over REST: GraphQL tells neither attempts nor conclusions.
 *
 * A question with a filter gives a thousand results at the most, so that time is split into windows until each holds fewer. A re-run keeps
 * the id and the time of creation of its run and hides what the attempt before came to: every attempt is a record of its own, and the
 * windows in which a run may still be run again are read again, with the ETag of their pages, for which GitHub takes nothing where
 * nothing has changed.
 */

/** A run cannot be run again when it is older than this. */
const RERUN_WITHIN = 30 * DAY;
/** Workflows came into being in October 2018. */
const FIRST_RUNS = Date.UTC(2018, 9, 1);
const MOST_RESULTS = 1000;
const MOST_ATTEMPTS = 1000;
const PAGE = 100;

/** From and to, both included, as epoch seconds. */
const Window = z.tuple([z.number(), z.number()]);
type Window = z.infer<typeof Window>;

export const RunsCursor = z.object({
  complete: z.boolean(),
  /** GitHub's number of the repository: another one under the same name has another. */
  repository: z.number().nullable(),
  /** The attempts of runs that may be run again: id → when the run was created, and a digest. */
  known: z.record(z.string(), z.tuple([z.string(), z.string()])),
  /** ETags of pages by their questions. They hold for one token only: `tokenId` tells which. */
  etags: z.record(z.string(), z.string()),
  tokenId: z.string(),
  /** When the last whole pass began: what was created before it is known. */
  passedAt: z.string().nullable(),
  pass: z
    .object({
      startedAt: z.string(),
      /** The windows that are left, the newest last. */
      windows: z.array(Window),
      /** The next page of the last window. */
      page: z.number(),
      read: z.number(),
      etags: z.record(z.string(), z.string()),
    })
    .nullable(),
});
export type RunsCursor = z.infer<typeof RunsCursor>;

export const NO_RUNS: RunsCursor = {
  complete: false,
  repository: null,
  known: {},
  etags: {},
  tokenId: '',
  passedAt: null,
  pass: null,
};

export interface RunsStep {
  /** Lines of JSON, one an attempt. */
  readonly records: readonly string[];
  readonly cursor: RunsCursor;
  readonly isOver: boolean;
  readonly knownUntil: string;
}

export interface RunsRequest {
  readonly workflow: string;
  readonly scope: string;
  readonly cursor: RunsCursor;
  /** Tells tokens apart without telling what they are. */
  readonly tokenId: string;
}

/** Reads what is new of a workflow's runs, page by page. Throws `DoraError` where there is no such workflow. */
export async function* readRuns(
  client: GitHubClient,
  request: RunsRequest,
  deps: ReadingDeps,
): AsyncGenerator<RunsStep> {
  let cursor = startRuns(request, deps.clock.now());
  for (;;) {
    const { pass } = cursor;
    const window = pass?.windows.at(-1);
    if (pass === null || window === undefined) return;
    const taken = await takePage(client, request, cursor, window);
    cursor = taken.cursor;
    yield { records: taken.records, cursor, isOver: cursor.pass === null, knownUntil: pass.startedAt };
    deps.progress.update(`${request.scope}: ${String(cursor.pass?.read ?? 0)} runs of ${request.workflow}`);
  }
}

function startRuns({ cursor, tokenId }: RunsRequest, now: Date): RunsCursor {
  if (cursor.pass !== null) return cursor;
  const until = Math.ceil(now.getTime() / SECOND);
  const pass = {
    startedAt: now.toISOString(),
    windows: windowsOf(cursor, until),
    page: 1,
    read: 0,
    etags: {},
  };
  return { ...cursor, tokenId, etags: cursor.tokenId === tokenId ? cursor.etags : {}, pass };
}

/** Whole weeks, so that the same questions are asked again and their ETags hold; everything where nothing is known. */
function windowsOf({ complete, passedAt }: RunsCursor, until: number): Window[] {
  if (!complete) return [[FIRST_RUNS / SECOND, until]];
  const known = passedAt === null ? FIRST_RUNS : Date.parse(passedAt);
  const from = Math.min(known, until * SECOND - RERUN_WITHIN);
  const week = WEEK / SECOND;
  const windows: Window[] = [];
  for (let start = Math.floor(from / WEEK) * week; start <= until; start += week)
    windows.push([start, start + week - 1]);
  // where nobody looked for long, one question is better than many weeks
  return windows.length > 8 ? [[windows[0]?.[0] ?? 0, until]] : windows;
}

async function takePage(
  client: GitHubClient,
  request: RunsRequest,
  cursor: RunsCursor,
  window: Window,
): Promise<{ readonly cursor: RunsCursor; readonly records: readonly string[] }> {
  const { pass } = cursor;
  if (pass === null) return { cursor, records: [] };
  const question = questionOf(window, pass.page);
  const answer = await askRuns(client, request, question, cursor.etags[question]);
  if (answer === null || answer.total >= MOST_RESULTS) {
    const halves = halvesOf(window);
    if (halves === null) throw tooManyInASecond(request);
    return {
      cursor: { ...cursor, pass: { ...pass, windows: [...pass.windows.slice(0, -1), ...halves], page: 1 } },
      records: [],
    };
  }
  const attempts = answer.isUnchanged ? [] : await attemptsOf(client, answer.runs, cursor.known);
  const records = attempts.filter(({ isNew }) => isNew).map(({ line }) => line);
  return { cursor: afterPage(request, cursor, { pass, window, question, answer, attempts }), records };
}

interface TakenPage {
  readonly pass: NonNullable<RunsCursor['pass']>;
  readonly window: Window;
  readonly question: string;
  readonly answer: Answer;
  readonly attempts: readonly Attempt[];
}

function afterPage(request: RunsRequest, cursor: RunsCursor, taken: TakenPage): RunsCursor {
  const { pass, window, question, answer, attempts } = taken;
  const { runs, etag, isUnchanged, total } = answer;
  const repository = runs[0]?.repository.id ?? cursor.repository;
  if (cursor.repository !== null && repository !== cursor.repository)
    throw new OtherRepository(`the runs of ${request.workflow} belong to another repository`, request.scope);
  const from = rememberedFrom(pass.startedAt);
  const known = { ...cursor.known };
  for (const { id, at, digest } of attempts) if (at >= from) known[id] = [at, digest];
  const isLast = isUnchanged ? !hasPage(cursor, window, pass.page + 1) : pass.page * PAGE >= total;
  const windows = isLast ? pass.windows.slice(0, -1) : pass.windows;
  const isKept = etag !== undefined && instant(window[0]) >= from;
  const etags = isKept ? { ...pass.etags, [question]: etag } : pass.etags;
  const page = isLast ? 1 : pass.page + 1;
  const so = { ...cursor, repository, known };
  if (windows.length > 0)
    return { ...so, pass: { ...pass, windows, page, read: pass.read + runs.length, etags } };
  const stillKnown = Object.fromEntries(Object.entries(known).filter(([, [at]]) => at >= from));
  return { ...so, complete: true, passedAt: pass.startedAt, known: stillKnown, etags, pass: null };
}

/** What was created before needs no reading again, and no remembering: the raw data has it. */
function rememberedFrom(startedAt: string): string {
  return new Date(Date.parse(startedAt) - RERUN_WITHIN - WEEK).toISOString();
}

/** Whether the pass before has read such a page: then an unchanged page before it is not the last. */
function hasPage({ etags }: RunsCursor, window: Window, page: number): boolean {
  return etags[questionOf(window, page)] !== undefined;
}

/** The ETag of a page is kept under these words: another order of them is another question. */
function questionOf([from, to]: Window, page: number): string {
  return `created=${instant(from)}..${instant(to)}&per_page=${String(PAGE)}&page=${String(page)}`;
}

interface Answer {
  readonly total: number;
  readonly runs: readonly Run[];
  readonly etag: string | undefined;
  readonly isUnchanged: boolean;
}

/** A page of runs; `null` where GitHub says that there are too many to page through. */
async function askRuns(
  client: GitHubClient,
  { workflow, scope }: RunsRequest,
  question: string,
  etag: string | undefined,
): Promise<Answer | null> {
  const path = `${repositoryPath(client)}/actions/workflows/${encodeURIComponent(workflow)}/runs?${question}&exclude_pull_requests=true`;
  const response = await client.patiently(() => client.rest(path, { etag, accepted: [304, 404, 422] }));
  if (response.status === 422) return null;
  if (response.status === 304) return { total: 0, runs: [], etag, isUnchanged: true };
  if (response.status === 404)
    throw new DoraError(
      'source',
      `${scope} has no workflow ${workflow} on GitHub, or the token may not read it`,
      {
        hint: 'correct workflow:<file> in deployments.from: it is the name of a file in .github/workflows. The token needs the permission Actions: read.',
      },
    );
  const { total_count: total, workflow_runs: runs } = understood(Runs.safeParse(JSON.parse(response.text)));
  return { total, runs, etag: response.headers['etag'], isUnchanged: false };
}

interface Attempt {
  /** `id/attempt`. */
  readonly id: string;
  readonly at: string;
  readonly digest: string;
  readonly line: string;
  readonly isNew: boolean;
}

/** Every attempt of these runs that is new or has changed; those before the last are asked for one by one, once. */
async function attemptsOf(
  client: GitHubClient,
  runs: readonly Run[],
  known: RunsCursor['known'],
): Promise<Attempt[]> {
  const parts = await Promise.all(
    runs.map(async (run) => {
      const earlier = Array.from({ length: run.run_attempt - 1 }, (_, n) => n + 1);
      const asked = earlier.filter((attempt) => !isFinal(known[`${String(run.id)}/${String(attempt)}`]?.[1]));
      const found = await Promise.all(
        asked.map(async (attempt) => await askAttempt(client, run.id, attempt)),
      );
      return [...found.filter((attempt) => attempt !== null), run];
    }),
  );
  return parts.flat().map((run) => {
    const id = `${String(run.id)}/${String(run.run_attempt)}`;
    const { repository: _, ...kept } = run;
    const line = recordLine(kept);
    const ended = run.status === 'completed' ? '!' : '?';
    const digest = `${ended}${createHash('sha256').update(line).digest('base64url').slice(0, 12)}`;
    return { id, at: run.created_at, digest, line, isNew: known[id]?.[1] !== digest };
  });
}

/** An attempt that has ended and is not the last of its run stays as it is. */
function isFinal(digest: string | undefined): boolean {
  return digest?.startsWith('!') === true;
}

async function askAttempt(client: GitHubClient, id: number, attempt: number): Promise<Run | null> {
  const path = `${repositoryPath(client)}/actions/runs/${String(id)}/attempts/${String(attempt)}?exclude_pull_requests=true`;
  const response = await client.patiently(() => client.rest(path, { accepted: [404] }));
  return response.status === 404 ? null : understood(Run.safeParse(JSON.parse(response.text)));
}

function repositoryPath({ address: { owner, name } }: GitHubClient): string {
  return `/repos/${encodeURIComponent(owner)}/${encodeURIComponent(name)}`;
}

/** The older half first; `null` for a single second. */
function halvesOf([from, to]: Window): readonly [Window, Window] | null {
  if (from >= to) return null;
  const middle = Math.floor((from + to) / 2);
  return [
    [from, middle],
    [middle + 1, to],
  ];
}

function instant(seconds: number): string {
  return new Date(seconds * SECOND).toISOString().replace('.000Z', 'Z');
}

function tooManyInASecond({ workflow, scope }: RunsRequest): DoraError {
  return new DoraError('source', `${scope}: more than a thousand runs of ${workflow} in one second`, {
    hint: 'name another workflow in deployments.from.',
  });
}

/** The fields that are kept, and whose the run is: GitHub sends ten times as much, e-mail addresses among it. */
const Run = z.object({
  id: z.number(),
  path: z.string().nullish(),
  run_number: z.number(),
  // each earlier attempt is a request: a number nobody can mean must not become a million of them
  run_attempt: z.number().int().min(1).max(MOST_ATTEMPTS).default(1),
  event: z.string(),
  status: z.string().nullable(),
  conclusion: z.string().nullable(),
  head_branch: z.string().nullable(),
  head_sha: z.string(),
  html_url: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
  repository: z.object({ id: z.number() }),
});
type Run = z.infer<typeof Run>;

const Runs = z.object({ total_count: z.number(), workflow_runs: z.array(Run) });
