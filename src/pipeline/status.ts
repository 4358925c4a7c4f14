import type { Settings } from '../domain/settings.ts';
import { datasetInputs } from '../storage/dataset-store.ts';
import { Workspace } from '../storage/workspace.ts';
import { originOf } from '../extractors/git/index.ts';
import { FeedCursor } from '../extractors/github/pass.ts';
import type { RepositorySource } from '../domain/settings.ts';
import type { Ports } from './ports.ts';
import { knownRepositories } from './repositories.ts';
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
    readonly checkedAt: string;
    readonly ageSeconds: number;
    readonly records: number;
    readonly bytes: number;
    readonly segments: number;
    readonly configured: boolean;
    /** How much of a list is stored that was not read to its end yet; `null` for one that was. */
    readonly partly: { readonly read: number; readonly total: number } | null;
  }[];
  /** Configured repositories that were never extracted. */
  readonly missing: readonly string[];
  readonly dataset: 'built' | 'missing';
  /** The configured repositories that are on GitHub, and what the token may read of them. */
  readonly github: readonly GitHubAccess[];
}

/** Looks at the workspace, and asks GitHub what the token may read; changes nothing. */
export async function status(settings: Settings, ports: Ports): Promise<Status> {
  const { storage, clock } = ports;
  const state = await new Workspace(storage).read();
  const known = knownRepositories(settings, state);
  const streams = Object.values(state?.streams ?? {});
  const names = new Set(known.flatMap((repository) => repository?.name ?? []));
  return {
    schema: STATUS_SCHEMA,
    location: storage.location,
    generation: state?.generation ?? 0,
    streams: streams.map(({ source, scope, stream, checkedAt, segments, cursor }) => ({
      source,
      scope,
      stream,
      checkedAt,
      ageSeconds: Math.max(0, Math.round((clock.now().getTime() - Date.parse(checkedAt)) / 1000)),
      records: segments.reduce((sum, { records }) => sum + records, 0),
      bytes: segments.reduce((sum, { bytes }) => sum + bytes, 0),
      segments: segments.length,
      configured: names.has(scope),
      partly: partlyRead(cursor),
    })),
    missing: settings.repositories
      .filter((_, position) => !streams.some(({ scope }) => scope === known[position]?.name))
      .map(({ name, location }) => name ?? location),
    dataset: (await datasetInputs(storage)) === null ? 'missing' : 'built',
    github: await accessTo(settings, ports),
  };
}

function partlyRead(cursor: unknown): Status['streams'][number]['partly'] {
  const { data } = FeedCursor.safeParse(cursor);
  if (data === undefined || data.complete) return null;
  return { read: data.pass?.read ?? 0, total: data.total };
}

async function accessTo({ repositories, github }: Settings, ports: Ports): Promise<readonly GitHubAccess[]> {
  const found: GitHubAccess[] = [];
  for (const source of repositories) {
    const access = await githubAccess(await addressOf(source, ports), github, ports);
    if (access !== null) found.push(access);
  }
  return found;
}

/** Where a repository came from; one that cannot be asked is not on GitHub as far as this can tell. */
async function addressOf({ from }: RepositorySource, ports: Ports): Promise<string | null> {
  if (from.kind === 'url') return from.url;
  return await originOf(from.path, ports).catch(() => null);
}
