import { createHmac } from 'node:crypto';
import type { RefSnapshot } from '../domain/commit.ts';
import type { DatasetSettings, RepositorySource } from '../domain/settings.ts';
import {
  glance,
  inspect,
  originOf,
  readCommits,
  withoutCredentials,
  type GlancedRepository,
} from '../extractors/git/index.ts';
import { commitRecord } from '../extractors/git/normalise.ts';
import type { RepositoryHistory } from '../processors/repository-history.ts';
import { streamPrefix } from '../storage/paths.ts';
import { nextNumber, SegmentWriter, withTailTogether } from '../storage/raw-store.ts';
import type { Segment, State, StreamState } from '../storage/state.ts';
import type { StreamUpdate } from '../storage/workspace.ts';
import { feedStored, needsPaths, newHistory, requireWhole, tipsToRemember } from './history.ts';
import type { Ports } from './ports.ts';
import { storeRefs } from './store-refs.ts';
import {
  COMMITS,
  folderOf,
  gitStream,
  nameOf,
  REFS,
  streamsOf,
  type NamedRepository,
} from './repositories.ts';

/** What one repository gave, not yet published. */
export interface Extracted {
  readonly name: string;
  readonly source: RepositorySource;
  /** The address of origin, without credentials; `null` where there is none. */
  readonly origin: string | null;
  readonly updates: readonly StreamUpdate[];
  /** Keys of segments that were written and put together with others at once: nothing will ever name them. */
  readonly leftovers: readonly string[];
  readonly isNew: boolean;
  readonly newCommits: number;
  readonly commits: number;
  readonly tags: number;
  readonly branch: RefSnapshot['branch'];
  readonly notices: readonly string[];
  /** What was read, so that the dataset need not read it again; `null` when nothing was new. */
  readonly loaded: { readonly history: RepositoryHistory; readonly refs: RefSnapshot } | null;
}

export interface ExtractOptions {
  readonly state: State;
  readonly settings: DatasetSettings;
  /** Read everything again instead of what is new. */
  readonly full: boolean;
  /** Whether anybody will ask where the repository came from; else what was found the last time will do. */
  readonly needsOrigin: boolean;
  /** Called with its name as soon as that is known, before anything is read; throws when another repository has it. */
  readonly claim: (name: string) => void | Promise<void>;
}

/** Reads what is new in one repository into new segments; looks at the refs first and stops there when none has moved. */
export async function extractRepository(
  source: RepositorySource,
  known: NamedRepository | null,
  options: ExtractOptions,
  ports: Ports,
): Promise<Extracted> {
  const folder = await folderOf(source, ports);
  // one that was never read, or is read anew, is asked for everything at once
  const isAsked = known === null || options.full;
  const address = isAsked || options.needsOrigin ? originAt(source, folder, ports) : null;
  // what is wrong with git or the folder is told by the glance, in better words
  address?.catch(() => undefined);
  const glanced = await glance(folder, source.branch, ports, isAsked);
  const asked = await address;
  const name = (options.full ? null : known?.name) ?? nameOf(source, folder, asked);
  await options.claim(name);
  const stored = streamsOf(options.state, name);
  const withPaths = needsPaths(source, options.settings);
  const usable = options.full || (withPaths && !hasPaths(stored)) ? null : stored;
  if (usable?.commits.cursor['fingerprint'] === glanced.fingerprint) {
    const checkedAt = ports.clock.now().toISOString();
    return nothingNew(name, source, {
      stored: usable,
      glanced,
      origin: asked ?? originIn(usable.commits),
      checkedAt,
    });
  }
  const origin = address === null ? await originAt(source, folder, ports) : asked;
  return await readNew(
    { folder, name, source, origin, glanced, withPaths, before: stored, stored: usable },
    options,
    ports,
  );
}

function hasPaths(stored: ReturnType<typeof streamsOf>): boolean {
  return stored?.commits.cursor['withPaths'] === true;
}

/** Of what was just written, the segments that were put together with those before them. */
function leftoversOf(grown: StreamState, kept: StreamState): string[] {
  const names = new Set(kept.segments.map(({ name }) => name));
  return grown.segments.flatMap(({ name }) => (names.has(name) ? [] : [`${streamPrefix(grown)}${name}`]));
}

async function originAt({ from }: RepositorySource, folder: string, ports: Ports): Promise<string | null> {
  return from.kind === 'url' ? withoutCredentials(from.url) : await originOf(folder, ports);
}

/** What was found when there was something new the last time. */
function originIn({ cursor }: StreamState): string | null {
  return typeof cursor['origin'] === 'string' ? cursor['origin'] : null;
}

interface Unchanged {
  readonly stored: { readonly commits: StreamState; readonly refs: StreamState };
  readonly glanced: GlancedRepository;
  readonly origin: string | null;
  readonly checkedAt: string;
}

function nothingNew(
  name: string,
  source: RepositorySource,
  { stored, glanced, origin, checkedAt }: Unchanged,
): Extracted {
  const { commits, refs } = stored;
  const { branch, tags } = refs.cursor;
  // it may be configured in another way than before: by this it is known again
  const cursor = { ...commits.cursor, location: source.location };
  return {
    name,
    source,
    origin,
    updates: [
      { name: commits, before: commits, after: { ...commits, cursor, checkedAt } },
      { name: refs, before: refs, after: { ...refs, checkedAt } },
    ],
    leftovers: [],
    isNew: false,
    newCommits: 0,
    commits: countRecords(commits),
    tags: typeof tags === 'number' ? tags : 0,
    branch: typeof branch === 'string' ? { name: glanced.branchName, commit: branch } : null,
    notices: glanced.notices,
    loaded: null,
  };
}

interface NewRequest {
  readonly folder: string;
  readonly name: string;
  readonly source: RepositorySource;
  readonly origin: string | null;
  readonly glanced: GlancedRepository;
  readonly withPaths: boolean;
  readonly before: { readonly commits: StreamState; readonly refs: StreamState } | null;
  /** What is built upon: `before`, unless everything is read again. */
  readonly stored: NewRequest['before'];
}

async function readNew(
  request: NewRequest,
  { state, settings }: ExtractOptions,
  ports: Ports,
): Promise<Extracted> {
  const { folder, name, source, origin, glanced, withPaths, before, stored } = request;
  const refs = await inspect(folder, glanced, ports);
  const history = newHistory(name, source, settings);
  if (stored !== null) await feedStored(history, ports, stored.commits);
  const tips = tipsOf(refs);
  const range = { tips, known: texts(stored?.commits.cursor['tips']), withPaths };
  const added = await storeCommits(
    name,
    history,
    { folder, range, state, next: nextNumber(before?.commits.segments ?? []) },
    ports,
  );
  requireWhole(history, tips, folder);
  const refsEnvelope = { ...gitStream(name, REFS), request: 'git for-each-ref', ...stamp(ports) };
  const refSegments = await storeRefs(refs, stored, refsEnvelope, ports.storage);
  const checkedAt = ports.clock.now().toISOString();
  const grown: StreamState = {
    ...gitStream(name, COMMITS),
    checkedAt,
    cursor: {
      fingerprint: glanced.fingerprint,
      tips: [...tipsToRemember(history, tips, refs.branch)],
      withPaths,
      location: source.location,
      origin,
    },
    segments: [...(stored?.commits.segments ?? []), ...added.segments],
  };
  const envelope = { ...gitStream(name, COMMITS), request: 'put together', ...stamp(ports) };
  const commits = { ...grown, segments: await withTailTogether(ports.storage, grown, envelope) };
  const tags = refs.refs.filter(({ kind }) => kind === 'tag').length;
  const refsState: StreamState = {
    ...gitStream(name, REFS),
    checkedAt,
    cursor: { branch: refs.branch?.commit ?? null, tags },
    segments: refSegments,
  };
  return {
    name,
    source,
    origin,
    updates: [
      { name: commits, before: before?.commits ?? null, after: commits },
      { name: refsState, before: before?.refs ?? null, after: refsState },
    ],
    leftovers: leftoversOf(grown, commits),
    isNew: true,
    newCommits: added.count,
    commits: countRecords(commits),
    tags,
    branch: refs.branch,
    notices: [...glanced.notices, ...rewritten(history, stored?.refs ?? null, refs)],
    loaded: { history, refs },
  };
}

interface StoreRequest {
  readonly folder: string;
  readonly range: {
    readonly tips: readonly string[];
    readonly known: readonly string[];
    readonly withPaths: boolean;
  };
  readonly state: State;
  /** The number of the first new segment. */
  readonly next: number;
}

async function storeCommits(
  name: string,
  history: RepositoryHistory,
  { folder, range, state, next }: StoreRequest,
  ports: Ports,
): Promise<{ readonly count: number; readonly segments: readonly Segment[] }> {
  const envelope = { ...gitStream(name, COMMITS), request: 'git log', ...stamp(ports) };
  const writer = new SegmentWriter(ports.storage, envelope, next);
  const idOf = authorIds(state.authorKey);
  let count = 0;
  try {
    for await (const commits of readCommits(folder, range, idOf, ports)) {
      for (const commit of commits) {
        history.add(commit);
        const busy = writer.add(commitRecord(commit));
        if (busy !== undefined) await busy;
      }
      count += commits.length;
      ports.signal?.throwIfAborted();
      ports.progress.update(`${name}: ${String(count)} commits`);
    }
    return { count, segments: await writer.finish() };
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

function stamp({ clock, version }: Ports) {
  return { fetchedAt: clock.now().toISOString(), tool: `dora-metrics ${version}` };
}

/** Every commit that a ref names, once. */
function tipsOf({ refs, branch }: RefSnapshot): readonly string[] {
  const tips = new Set(refs.flatMap(({ commit }) => commit ?? []));
  if (branch !== null) tips.add(branch.commit);
  return [...tips].sort();
}

/** A keyed digest: nobody without the workspace's own key can tell which address an id stands for. */
function authorIds(key: string): (email: string) => string {
  const ids = new Map<string, string>();
  return (email) => {
    const known = ids.get(email);
    if (known !== undefined) return known;
    const id = createHmac('sha256', key).update(email.toLowerCase()).digest('hex').slice(0, 16);
    ids.set(email, id);
    return id;
  };
}

/** Says that the branch no longer contains what it pointed at before. */
function rewritten(
  { graph }: RepositoryHistory,
  before: StreamState | null,
  { branch }: RefSnapshot,
): string[] {
  const old = before?.cursor['branch'];
  if (typeof old !== 'string' || branch === null || old === branch.commit) return [];
  if (graph.isAncestor(graph.indexOf(old), graph.indexOf(branch.commit))) return [];
  const from = old.slice(0, 10);
  const to = branch.commit.slice(0, 10);
  return [
    `history was rewritten: ${branch.name} went from ${from} to ${to}; commits that no ref reaches any more are left out`,
  ];
}

function countRecords({ segments }: StreamState): number {
  return segments.reduce((sum, { records }) => sum + records, 0);
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
