import { createHmac } from 'node:crypto';
import { DoraError } from '../domain/errors.ts';
import type { Settings } from '../domain/settings.ts';
import type { GitHubAddress, GitHubToken } from '../extractors/github/address.ts';
import { GitHubClient, type Budget } from '../extractors/github/client.ts';
import { FEEDS, type FeedName } from '../extractors/github/feeds.ts';
import { readFeed, readNews, STALE_AFTER_MS, type News } from '../extractors/github/index.ts';
import { FeedCursor, newCursor, startingOver } from '../extractors/github/pass.ts';
import { NO_RUNS, readRuns, RunsCursor } from '../extractors/github/runs.ts';
import { GitHubFailure, OtherRepository } from '../extractors/github/verdict.ts';
import { compacted, nextNumber, SegmentWriter } from '../storage/raw-store.ts';
import { streamPrefix } from '../storage/paths.ts';
import type { State, StreamState } from '../storage/state.ts';
import { streamKey, type StreamUpdate, type Workspace } from '../storage/workspace.ts';
import { partsOf, type Part } from './github-parts.ts';
import { githubKey } from './github-records.ts';
import type { Ports } from './ports.ts';
import { githubStream } from './repositories.ts';

export interface GitHubRequest {
  readonly command: string;
  /** Name of the repository in the workspace. */
  readonly name: string;
  readonly address: GitHubAddress;
  readonly token: GitHubToken;
  readonly settings: Settings;
  readonly full: boolean;
  readonly mayWait: boolean;
}

export interface GitHubSummary {
  /** How many records each stream got. */
  readonly added: readonly { readonly words: string; readonly records: number }[];
  readonly requests: number;
  readonly points: number;
  readonly budget: Budget | null;
  readonly notices: readonly string[];
  readonly failures: readonly unknown[];
}

export interface GitHubExtracted {
  /** As it is when `quiet` is published as well. */
  readonly state: State;
  /** Updates that tell nothing but when GitHub was asked: for the caller to publish. */
  readonly quiet: readonly StreamUpdate[];
  readonly summary: GitHubSummary;
}

/**
 * Reads what is new on GitHub and publishes it page by page, so that an interruption costs a page at the most.
 *
 * A list that GitHub refuses does not stop the others.
 */
export async function extractGitHub(
  workspace: Workspace,
  state: State,
  request: GitHubRequest,
  ports: Ports,
): Promise<GitHubExtracted> {
  const { address, token, settings, mayWait } = request;
  const client = new GitHubClient({ address, ...token, settings: settings.github, mayWait }, ports);
  const run = new Run({ workspace, request, client, ports }, state);
  await run.all(partsOf(settings.dataset));
  const { requests, points } = client.used;
  const { quiet } = run;
  const streams = Object.fromEntries(quiet.map(({ name, after }) => [streamKey(name), after]));
  return {
    state: { ...run.state, streams: { ...run.state.streams, ...streams } },
    quiet,
    summary: { ...run.found, requests, points, budget: client.budget },
  };
}

/** Segments of so many pages are written into one. */
const MOST_SEGMENTS = 24;

interface RunParts {
  readonly workspace: Workspace;
  readonly request: GitHubRequest;
  readonly client: GitHubClient;
  readonly ports: Ports;
}

class Run {
  state: State;
  readonly found = {
    added: new Array<{ words: string; records: number }>(),
    notices: new Array<string>(),
    failures: new Array<unknown>(),
  };
  readonly #workspace: Workspace;
  readonly #request: GitHubRequest;
  readonly #client: GitHubClient;
  readonly #ports: Ports;
  /** What is published later, by stream. */
  readonly #quiet = new Map<string, StreamUpdate>();

  constructor({ workspace, request, client, ports }: RunParts, state: State) {
    this.state = state;
    this.#workspace = workspace;
    this.#request = request;
    this.#client = client;
    this.#ports = ports;
  }

  async all(parts: readonly Part[]): Promise<void> {
    try {
      const news = await this.#news(parts);
      // where a budget ends the run each time, what was never read must not wait behind what is asked again
      const wholeLast = this.#unasked(parts).sort(
        (a, b) => Number(this.#isWhole(a)) - Number(this.#isWhole(b)),
      );
      for (const part of wholeLast) {
        try {
          await this.#one(part, news);
        } catch (error) {
          // one list that fails must not keep the others from being read, this time and every time
          const isFinal = error instanceof GitHubFailure && error.isFinal;
          if (!(error instanceof DoraError) || error.kind !== 'source' || isFinal) throw error;
          this.found.failures.push(error);
        }
      }
    } catch (error) {
      if (this.#ports.signal?.aborted === true || !(error instanceof DoraError)) throw error;
      this.found.failures.push(error);
    }
  }

  get quiet(): readonly StreamUpdate[] {
    return [...this.#quiet.values()];
  }

  /** The first pages of all lists in one request, where all of them were read whole before. */
  async #news(parts: readonly Part[]): Promise<Readonly<Record<FeedName, News>> | null> {
    const feeds = parts.filter((part) => part.kind === 'feed');
    const labels = feeds.flatMap(({ label }) => label ?? []);
    const [label] = labels;
    const isWhole = feeds.every((part) => this.#isWhole(part));
    if (this.#request.full || !isWhole || label === undefined || labels.length > 1) return null;
    return await readNews(this.#client, label);
  }

  /** Whether a list was read to its end, and no pass over it is under way. */
  #isWhole({ stream }: Part): boolean {
    const cursor = this.#stored(stream)?.cursor;
    return cursor?.['complete'] === true && cursor['pass'] === null;
  }

  /** All parts; where an interrupted run is gone on with, without those that it had just finished. */
  #unasked(parts: readonly Part[]): Part[] {
    const isResumed = parts.some((part) => this.#stored(part.stream) !== null && !this.#isWhole(part));
    if (!isResumed || this.#request.full) return [...parts];
    const now = this.#ports.clock.now().getTime();
    return parts.filter((part) => {
      const checkedAt = Date.parse(this.#stored(part.stream)?.checkedAt ?? '');
      return !this.#isWhole(part) || now - checkedAt > STALE_AFTER_MS;
    });
  }

  async #one(part: Part, news: Readonly<Record<FeedName, News>> | null): Promise<void> {
    if (part.kind === 'feed') await this.#feed(part, news?.[part.feed] ?? null);
    else await this.#runs(part);
  }

  async #feed({ feed, stream, label }: Extract<Part, { kind: 'feed' }>, news: News | null): Promise<void> {
    const { name: scope, full } = this.#request;
    const stored = this.#stored(stream);
    const known = FeedCursor.safeParse(stored?.cursor).data;
    const definition = FEEDS[feed];
    const fresh = () => startingOver(definition.feed, known, this.#ports.clock.now());
    // a full reading that was broken off goes on, when it is asked for again
    const isBrokenOff = known !== undefined && known.pass !== null && (known.pass.isFull || !known.complete);
    const start = full && !isBrokenOff ? fresh() : (known ?? newCursor(definition.feed));
    const readFrom = async (cursor: FeedCursor): Promise<void> => {
      const request = { name: feed, scope, cursor, label, news };
      await this.#follow(new Follower(this, stream, definition.words, stored), async (follow) => {
        for await (const step of readFeed(this.#client, request, this.#ports)) {
          await follow.take(step, isOther(known?.repository, step.cursor.repository));
          this.#noteRename(step.cursor.nameWithOwner);
          if (step.missing > 0) this.found.failures.push(unread(scope, definition.words, step.missing));
        }
      });
    };
    try {
      await readFrom(start);
    } catch (error) {
      if (!full || !(error instanceof OtherRepository)) throw error;
      await readFrom(fresh());
    }
  }

  async #runs({ stream, workflow }: Extract<Part, { kind: 'runs' }>): Promise<void> {
    const { name: scope, full, token } = this.#request;
    const stored = this.#stored(stream);
    const known = RunsCursor.safeParse(stored?.cursor).data;
    const tokenId = createHmac('sha256', this.state.authorKey).update(token.token).digest('hex').slice(0, 16);
    const request = {
      workflow,
      scope,
      cursor: (full && known?.complete !== false ? null : known) ?? NO_RUNS,
      tokenId,
    };
    await this.#follow(new Follower(this, stream, `runs of ${workflow}`, stored), async (follow) => {
      for await (const step of readRuns(this.#client, request, this.#ports))
        await follow.take(step, isOther(known?.repository, step.cursor.repository));
    });
  }

  async #follow(follow: Follower, read: (follow: Follower) => Promise<void>): Promise<void> {
    try {
      await read(follow);
      await follow.end(this.#request.full);
    } finally {
      follow.tell();
    }
  }

  #stored(stream: string): StreamState | null {
    return this.state.streams[streamKey(githubStream(this.#request.name, stream))] ?? null;
  }

  #noteRename(nameWithOwner: string): void {
    const { owner, name } = this.#request.address;
    if (nameWithOwner.toLowerCase() === `${owner}/${name}`.toLowerCase()) return;
    const notice = `${owner}/${name} is called ${nameWithOwner} on GitHub now: git remote set-url origin would spare a detour`;
    if (!this.found.notices.includes(notice)) this.found.notices.push(notice);
  }

  /** Stores the records of a step; gives the new state of its stream, not yet published. */
  async write(
    name: string,
    before: StreamState | null,
    step: AnyStep,
    isAfresh: boolean,
  ): Promise<StreamState> {
    const stream = githubStream(this.#request.name, name);
    const kept = isAfresh ? [] : (before?.segments ?? []);
    const { clock, version, storage } = this.#ports;
    const fetchedAt = clock.now().toISOString();
    const envelope = { ...stream, request: name, fetchedAt, tool: `dora-metrics ${version}` };
    const writer = new SegmentWriter(storage, envelope, nextNumber(kept));
    try {
      for (const record of step.records) await writer.add(record);
      const segments = [...kept, ...(await writer.finish())];
      const checkedAt = step.isOver ? step.knownUntil : (before?.checkedAt ?? step.knownUntil);
      return { ...stream, checkedAt, cursor: step.cursor, segments };
    } catch (error) {
      await writer.abort();
      throw error;
    }
  }

  async publish(update: StreamUpdate, audited: number | null): Promise<void> {
    const { command, name: repository } = this.#request;
    const audit =
      audited === null
        ? null
        : {
            at: this.#ports.clock.now().toISOString(),
            command,
            changes: { repository, stream: `github ${update.name.stream}`, records: audited },
          };
    // what was to be told of the stream later is told now
    this.#quiet.delete(update.name.stream);
    this.state = await this.#workspace.publish([update], audit);
  }

  publishLater(update: StreamUpdate): void {
    this.#quiet.set(update.name.stream, update);
  }

  /** Writes the segments of a stream into one, with the newest of each record; the old ones go when the new one is published. */
  async compact(before: StreamState): Promise<void> {
    const { storage, clock, version } = this.#ports;
    const { source, scope, stream } = before;
    const fetchedAt = clock.now().toISOString();
    const envelope = {
      source,
      scope,
      stream,
      request: 'compacted',
      fetchedAt,
      tool: `dora-metrics ${version}`,
    };
    const segments = await compacted(storage, before, envelope, githubKey);
    await this.publish({ name: before, before, after: { ...before, segments } }, null);
    for (const { name } of before.segments) await storage.remove(`${streamPrefix(before)}${name}`);
  }
}

/** One page of one stream. */
interface AnyStep {
  readonly records: readonly string[];
  readonly cursor: FeedCursor | RunsCursor;
  readonly isOver: boolean;
  readonly knownUntil: string;
}

/** Stores the steps of one stream as they come. */
class Follower {
  readonly #run: Run;
  readonly #stream: string;
  readonly #words: string;
  #current: StreamState | null;
  #records = 0;

  constructor(run: Run, stream: string, words: string, stored: StreamState | null) {
    this.#run = run;
    this.#stream = stream;
    this.#words = words;
    this.#current = stored;
  }

  async take(step: AnyStep, isOther: boolean): Promise<void> {
    const before = this.#current;
    const isAfresh = isOther && this.#records === 0;
    const after = await this.#run.write(this.#stream, before, step, isAfresh);
    this.#records += step.records.length;
    const update = { name: after, before, after };
    if (step.isOver && step.records.length === 0 && !isAfresh && this.#records === 0)
      this.#run.publishLater(update);
    else {
      await this.#run.publish(update, step.records.length === 0 ? null : step.records.length);
      this.#current = after;
    }
  }

  /** Says what came, also of a list that was broken off. */
  tell(): void {
    if (this.#records > 0) this.#run.found.added.push({ words: this.#words, records: this.#records });
  }

  async end(full: boolean): Promise<void> {
    const segments = this.#current?.segments.length ?? 0;
    const isDue = segments > MOST_SEGMENTS || (full && segments > 1);
    if (this.#current !== null && this.#records > 0 && isDue) await this.#run.compact(this.#current);
  }
}

/** Whether a name belongs to another repository by now: what was read of the one before must go. */
function isOther(before: string | number | null | undefined, after: string | number | null): boolean {
  return before !== undefined && before !== null && before !== after;
}

/** Items that GitHub gives as `null`, whatever it is asked: the rest is stored, and the gap is told. */
function unread(scope: string, words: string, missing: number): GitHubFailure {
  return new GitHubFailure(
    `${scope}: GitHub could not read ${String(missing)} of the ${words}`,
    'they are read when they change; to ask for all of them again: dora-metrics extract --full --source github',
    false,
  );
}
