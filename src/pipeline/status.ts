import { DoraError } from '../domain/errors.ts';
import type { Settings } from '../domain/settings.ts';
import { datasetInputs } from '../storage/dataset-manifest.ts';
import type { State } from '../storage/state.ts';
import { Workspace } from '../storage/workspace.ts';
import { originOf } from '../extractors/git/index.ts';
import { FeedCursor } from '../extractors/github/pass.ts';
import { RunsCursor } from '../extractors/github/runs.ts';
import type { RepositorySource } from '../domain/settings.ts';
import {
  refreshReview,
  reviewWord,
  type RepositoryReview,
  type ReviewSummary,
  type ReviewWord,
} from './pending-review.ts';
import { isOrganizationList } from './organizations.ts';
import type { Ports } from './ports.ts';
import { isOfPeople } from './reviewed.ts';
import { knownRepositories } from './repositories.ts';
import { sourceWords, streamWords } from './stream-words.ts';
import { githubAccess, type GitHubAccess } from './token-permissions.ts';

export const STATUS_SCHEMA = 'dora-metrics/status/v1';

/** What a workspace holds. Times are ISO-8601, sizes bytes. */
export interface Status {
  readonly schema: typeof STATUS_SCHEMA;
  readonly location: string;
  /** How often something was published; 0 for a workspace that does not exist yet. */
  readonly generation: number;
  readonly streams: readonly {
    readonly source: string;
    readonly scope: string;
    readonly stream: string;
    /** What people call it: `GitHub acme/shop pull requests`. */
    readonly title: string;
    readonly checkedAt: string;
    readonly ageSeconds: number;
    readonly records: number;
    readonly bytes: number;
    readonly segments: number;
    readonly configured: boolean;
    /** How far a list was read whose reading was broken off; `null` for one that was read to its end. */
    readonly partly: { readonly read: number; readonly total: number | null } | null;
  }[];
  /** Configured repositories that were never extracted. */
  readonly missing: readonly string[];
  readonly dataset: 'built' | 'missing';
  /** Where the review of each repository in the spreadsheet stands. */
  readonly review: readonly RepositoryStatus[];
  /** How many of the rows that wait, the oldest, have no place in the spreadsheet yet. */
  readonly later: number;
  /** Annotated rows whose commit or deployment is gone. */
  readonly orphaned: number;
  /** The configured repositories that are on GitHub, and what the token may read of them. */
  readonly github: readonly GitHubAccess[];
}

export interface RepositoryStatus extends Omit<RepositoryReview, 'name'> {
  readonly repository: string;
  readonly state: ReviewWord;
}

/** Looks at the workspace, and asks GitHub what the token may read unless it shall stay offline; changes nothing. */
export async function status(settings: Settings, ports: Ports, isOffline: boolean): Promise<Status> {
  const { storage, clock } = ports;
  const state = await new Workspace(storage, clock).read();
  const known = knownRepositories(settings, state);
  const streams = Object.values(state?.streams ?? {}).filter(
    (stream) => !isOfPeople(stream) && !isOrganizationList(stream),
  );
  const scopes = new Set(streams.map(({ scope }) => scope));
  const review = await reviewOf(state, settings, ports);
  const names = new Set(known.flatMap(({ name }) => name ?? []));
  return {
    schema: STATUS_SCHEMA,
    location: storage.location,
    generation: state?.generation ?? 0,
    streams: streams.map(({ source, scope, stream, checkedAt, segments, cursor }) => ({
      source,
      scope,
      stream,
      title: `${sourceWords(source)} ${scope} ${streamWords(stream)}`,
      checkedAt,
      ageSeconds: Math.max(0, Math.round((clock.now().getTime() - Date.parse(checkedAt)) / 1000)),
      records: segments.reduce((sum, { records }) => sum + records, 0),
      bytes: segments.reduce((sum, { bytes }) => sum + bytes, 0),
      segments: segments.length,
      configured: source === 'argocd' || names.has(scope),
      partly: partlyRead(cursor),
    })),
    missing: known
      .filter(({ name }) => name === null || !scopes.has(name))
      .map(({ name, source }) => name ?? source.location),
    dataset: (await datasetInputs(storage)) === null ? 'missing' : 'built',
    review: (review?.repositories ?? []).map(({ name, ...rest }) => ({
      repository: name,
      state: reviewWord({ name, ...rest }),
      ...rest,
    })),
    later: review?.later ?? 0,
    orphaned: review?.orphans.length ?? 0,
    github: isOffline
      ? []
      : await accessTo(
          known.map(({ source }) => source),
          settings,
          ports,
        ),
  };
}

/** `null` before the first dataset, and for a spreadsheet that cannot be read. */
async function reviewOf(
  state: State | null,
  settings: Settings,
  ports: Ports,
): Promise<ReviewSummary | null> {
  if (state === null || (await datasetInputs(ports.storage)) === null) return null;
  try {
    return (await refreshReview(state, settings, ports, { mayWrite: false })).summary;
  } catch (error) {
    if (!(error instanceof DoraError)) throw error;
    ports.log.warn(`${error.message}${error.hint === undefined ? '' : ` (${error.hint})`}`);
    return null;
  }
}

function partlyRead(cursor: unknown): Status['streams'][number]['partly'] {
  const feed = FeedCursor.safeParse(cursor).data;
  if (feed !== undefined)
    return feed.pass === null && feed.complete ? null : { read: feed.pass?.read ?? 0, total: feed.total };
  const runs = RunsCursor.safeParse(cursor).data;
  return runs?.pass === undefined || runs.pass === null ? null : { read: runs.pass.read, total: null };
}

const MOST_ASKED = 8;

async function accessTo(
  repositories: readonly RepositorySource[],
  { github }: Settings,
  ports: Ports,
): Promise<readonly GitHubAccess[]> {
  const found = await Promise.all(
    // of an organisation's hundreds a few tell what the token is good for
    repositories
      .slice(0, MOST_ASKED)
      .map(
        async (source) =>
          await githubAccess(
            { origin: await addressOf(source, ports), isFromFile: source.from.kind === 'url' },
            github,
            ports,
          ),
      ),
  );
  return found.filter((access) => access !== null);
}

/** Where a repository came from; one that cannot be asked is not on GitHub as far as this can tell. */
async function addressOf({ from }: RepositorySource, ports: Ports): Promise<string | null> {
  if (from.kind === 'url') return from.url;
  return await originOf(from.path, ports).catch(() => null);
}
