import { counted } from '../domain/counted.ts';
import { DoraError } from '../domain/errors.ts';
import type { RepositorySource, Settings, Source } from '../domain/settings.ts';
import { githubAddress, hasToken, tokenFor } from '../extractors/github/address.ts';
import { inLanes, Lanes } from '../io/lanes.ts';
import type { PartSpool } from '../storage/part-spool.ts';
import { streamPrefix } from '../storage/paths.ts';
import type { State } from '../storage/state.ts';
import { streamKey, type StreamUpdate, type Workspace } from '../storage/workspace.ts';
import { argoStreams } from './argocd-streams.ts';
import type { LoadedRepository } from './dataset-part.ts';
import type { Extracted } from './extract-repository.ts';
import type { GitHubExtracted, GitHubSummary } from './github.ts';
import { Overview } from './overview.ts';
import type { Ports } from './ports.ts';
import { Publisher } from './publisher.ts';
import { ReaderPool } from './reader-pool.ts';
import { readingHere, type Read, type Reading } from './reading.ts';
import { knownRepositories, sameName, streamsOf, type ConfiguredRepository } from './repositories.ts';

export interface RunRequest {
  readonly command: 'extract' | 'update';
  readonly settings: Settings;
  readonly full: boolean;
  /** The only sources to ask; empty: all. */
  readonly sources: readonly Source[];
  /** Whether to wait when a source's budget is used up. */
  readonly mayWait: boolean;
  /** How many repositories are read at the same time. */
  readonly concurrency: number;
  /** False where the rows of what was read are of no use to this run. */
  readonly buildsDataset: boolean;
}

export interface ExtractedSummary extends Omit<
  Extracted,
  'updates' | 'leftovers' | 'loaded' | 'source' | 'origin'
> {
  /** `null` where GitHub was not asked. */
  readonly github: GitHubSummary | null;
}

export interface Failure {
  readonly repository: string;
  readonly error: unknown;
}

/** So many repositories are read before processes are started, which costs as much as some of them. */
const READ_HERE = 32;

interface RunParts {
  readonly workspace: Workspace;
  /** As it is before: each repository changes its own streams only. */
  readonly state: State;
  readonly request: RunRequest;
  readonly spool: PartSpool;
  readonly ports: Ports;
}

/** Reads many repositories, several at a time; keeps what became of each by its position, whichever is done first. */
export class ExtractRun {
  /** A history in memory saves reading it again, as long as it is the only one. */
  readonly loaded = new Map<string, LoadedRepository>();
  readonly hostsWithoutToken = new Set<string>();
  readonly #parts: RunParts;
  readonly #chosen: readonly ConfiguredRepository[];
  readonly #overview: Overview;
  readonly #publisher: Publisher;
  readonly #names = new Set<string>();
  readonly #locations: ReadonlySet<unknown>;
  readonly #found = new Map<number, ExtractedSummary>();
  readonly #failed = new Map<number, Failure[]>();
  /** Those of which another run was faster to publish something. */
  readonly #beaten = new Set<number>();
  readonly #replaced = new Map<number, readonly string[]>();
  /** Repositories that ask GitHub at the same time share what the settings allow. */
  readonly #onGitHub: Lanes;
  readonly #requestsEach: number;
  readonly #here: Read;
  /** `null` where a few repositories are read, or one at a time. */
  readonly #pool: ReaderPool | null;

  constructor(chosen: readonly ConfiguredRepository[], parts: RunParts) {
    const { workspace, state, request, spool, ports } = parts;
    this.#chosen = chosen;
    const configured = knownRepositories(request.settings, state);
    this.#locations = new Set(configured.map(({ source }) => source.location));
    this.#parts = parts;
    this.#overview = new Overview(chosen.length, ports);
    this.#publisher = new Publisher(workspace, ports.clock);
    const { maxConcurrency } = request.settings.github;
    const lanes = Math.max(1, Math.min(request.concurrency, chosen.length, maxConcurrency));
    this.#onGitHub = new Lanes(lanes);
    this.#requestsEach = Math.max(1, Math.floor(maxConcurrency / lanes));
    const reading = { state, settings: request.settings.dataset, spool, ports };
    this.#here = readingHere(reading);
    const hasMany = request.concurrency > 1 && chosen.length > READ_HERE;
    this.#pool = hasMany && ports.startReader ? new ReaderPool(ports.startReader, reading) : null;
  }

  /** Those that were read, in the order in which they are configured. */
  get repositories(): ExtractedSummary[] {
    return [...this.#chosen.keys()].flatMap((position) =>
      this.#beaten.has(position) ? [] : (this.#found.get(position) ?? []),
    );
  }

  get failures(): Failure[] {
    return [...this.#chosen.keys()].flatMap((position) => this.#failed.get(position) ?? []);
  }

  /** Reads all of them. Throws what is no failure of a source: an interruption, a bug, a disk that is full. */
  async all(): Promise<void> {
    const { request, ports } = this.#parts;
    try {
      await inLanes(this.#chosen, request.concurrency, async (one, position) => {
        ports.signal?.throwIfAborted();
        await this.#oneOrFailure(one, position);
      });
    } finally {
      // what was read before an interruption is kept
      await this.#publisher.flush();
      await this.#pool?.close();
    }
    await this.#removeReplaced();
  }

  /** Segments in whose place others were published. */
  async #removeReplaced(): Promise<void> {
    const { storage } = this.#parts.ports;
    for (const [position, keys] of this.#replaced)
      if (!this.#beaten.has(position)) for (const key of keys) await storage.remove(key);
  }

  /** Whether any repository had something new. */
  get hasNews(): boolean {
    return [...this.#found.values()].some(({ isNew }) => isNew);
  }

  async #oneOrFailure(one: ConfiguredRepository, position: number): Promise<void> {
    const { signal } = this.#parts.ports;
    try {
      const words = await this.#one(one, position);
      this.#overview.ended(position, words, this.#failed.has(position));
    } catch (error) {
      if (signal?.aborted === true || !(error instanceof DoraError)) throw error;
      const repository = one.name ?? one.source.location;
      this.#fail(position, repository, error);
      this.#overview.ended(position, `${repository}: ${error.message}`, true);
    }
  }

  #fail(position: number, repository: string, error: unknown): void {
    this.#failed.set(position, [...(this.#failed.get(position) ?? []), { repository, error }]);
  }

  /** Reads one repository; gives the words that tell of it. */
  async #one({ source, name }: ConfiguredRepository, position: number): Promise<string> {
    const read = position < READ_HERE ? this.#here : (this.#pool?.read ?? this.#here);
    const progress = this.#overview.lane(position);
    const known = name === null ? null : { name, source };
    const request = { source, known, ...this.#wanted() };
    const reading = await read(request, { claim: this.#claimFor(source), progress });
    try {
      return await this.#take(reading, position, { ...this.#parts.ports, progress });
    } finally {
      reading.release();
    }
  }

  /** What was read is published, GitHub is asked for the rest, and the rows of both are kept. */
  async #take(reading: Reading, position: number, ports: Ports): Promise<string> {
    const { state } = this.#parts;
    const { updates, leftovers, source, origin, ...summary } = reading.extracted;
    const { name, newCommits, isNew } = summary;
    await this.#publish(position, summary, { updates, leftovers });
    if (this.#beaten.has(position)) return `${name}: another run was faster`;
    const github = await this.#onGitHub.run(
      async () => await this.#askGitHub({ name, source, origin }, ports),
    );
    if (github !== null && github.quiet.length > 0)
      await this.#publisher.add({ updates: github.quiet, audit: null }, this.#onBeaten(position, name));
    this.#found.set(position, { ...summary, github: github?.summary ?? null });
    for (const error of github?.summary.failures ?? []) this.#fail(position, name, error);
    const streams = streamsAfter(name, github?.state ?? state, updates);
    if (this.#parts.request.buildsDataset) await this.#keep(reading, { ...state, streams });
    return `${name}: ${isNew ? counted(newCommits, 'new commit') : 'nothing new'}`;
  }

  /** A name belongs to whoever had it before, as long as that is configured, else to whoever comes first. */
  #claimFor({ location }: RepositorySource): (name: string) => void {
    return (name) => {
      const owner = streamsOf(this.#parts.state, name)?.commits.cursor['location'];
      const isOthers = owner !== location && this.#locations.has(owner);
      if (isOthers || this.#names.has(name)) throw sameName(name);
      this.#names.add(name);
    };
  }

  #asks(source: Source): boolean {
    const { sources } = this.#parts.request;
    return sources.length === 0 || sources.includes(source);
  }

  #wanted(): { readonly full: boolean; readonly needsOrigin: boolean } {
    const { request, ports } = this.#parts;
    return {
      // the refs tell which repository it is and what it is called: they are looked at even where only GitHub is asked
      full: request.full && this.#asks('git'),
      needsOrigin: this.#asks('github') && (request.sources.includes('github') || hasToken(ports.env)),
    };
  }

  async #publish(
    position: number,
    { name, newCommits, commits, isNew }: Omit<ExtractedSummary, 'github'>,
    { updates, leftovers }: Pick<Extracted, 'updates' | 'leftovers'>,
  ): Promise<void> {
    const at = this.#parts.ports.clock.now().toISOString();
    const audit = {
      at,
      command: this.#parts.request.command,
      changes: { repository: name, newCommits, commits },
    };
    await this.#publisher.add({ updates, audit: isNew ? audit : null }, this.#onBeaten(position, name));
    this.#replaced.set(position, [...new Set([...updates.flatMap(replacedBy), ...leftovers])]);
    // one that is alone is published before GitHub is asked, which may take long
    if (this.#chosen.length === 1 && isNew) await this.#publisher.flush();
  }

  #onBeaten(position: number, name: string): (error: DoraError) => void {
    return (error) => {
      this.#beaten.add(position);
      this.#fail(position, name, error);
    };
  }

  /** Builds the rows of a repository while its history is in memory. */
  async #keep(reading: Reading, state: State): Promise<void> {
    const { ports } = this.#parts;
    const { name } = reading.extracted;
    if (this.#chosen.length === 1) {
      if (reading.loaded !== null) this.loaded.set(name, reading.loaded);
      return;
    }
    // what Argo CD says of this one hangs on the repositories that are still to be read
    if (argoStreams(this.#parts.state).length > 0) return;
    try {
      await reading.keep(state);
    } catch (error) {
      if (ports.signal?.aborted === true) throw error;
      // the rows are built from the raw data then, and whatever is wrong is found there
      ports.log.debug(`${name}: rows were not kept`, { error: String(error) });
    }
  }

  async #askGitHub({ name, source, origin }: AskedRepository, ports: Ports): Promise<GitHubExtracted | null> {
    if (!this.#asks('github')) return null;
    const { workspace, request, state } = this.#parts;
    const { command, settings, full, mayWait } = request;
    const isAskedFor = request.sources.includes('github');
    const address = origin === null ? null : githubAddress(origin, settings.github.baseUrl);
    if (address === null) {
      if (isAskedFor) throw notOnGitHub(name);
      return null;
    }
    const token = tokenFor(address, ports.env, source.from.kind === 'url');
    if (token === null) {
      if (isAskedFor) throw noToken(address.host);
      this.hostsWithoutToken.add(address.host);
      return null;
    }
    const github = { ...settings.github, maxConcurrency: this.#requestsEach };
    const asked = { command, name, address, token, settings: { ...settings, github }, full, mayWait };
    const { extractGitHub } = await import('./github.ts');
    return await extractGitHub(workspace, state, asked, ports);
  }
}

interface AskedRepository {
  readonly name: string;
  readonly source: RepositorySource;
  readonly origin: string | null;
}

/** The keys of the segments that a stream no longer has. */
function replacedBy({ before, after }: StreamUpdate): string[] {
  if (before === null) return [];
  const kept = new Set(after.segments.map(({ name }) => name));
  return before.segments.flatMap(({ name }) => (kept.has(name) ? [] : [`${streamPrefix(before)}${name}`]));
}

/** The streams of one repository when what was read of it counts. */
function streamsAfter(name: string, state: State, updates: readonly StreamUpdate[]): State['streams'] {
  const known = Object.entries(state.streams).filter(([, { scope }]) => scope === name);
  return Object.fromEntries([
    ...known,
    ...updates.map((update) => [streamKey(update.name), update.after] as const),
  ]);
}

function notOnGitHub(name: string): DoraError {
  return new DoraError('config', `--source github: origin of ${name} is not on GitHub`, {
    hint: 'leave --source out, or set github.baseUrl to the address of your GitHub Enterprise Server.',
  });
}

function noToken(host: string): DoraError {
  return new DoraError('config', `--source github: there is no token for ${host}`, {
    hint: 'set GITHUB_TOKEN, or leave --source out: git alone is used then.',
  });
}
