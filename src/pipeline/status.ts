import type { Settings } from '../domain/settings.ts';
import { datasetInputs } from '../storage/dataset-store.ts';
import { Workspace } from '../storage/workspace.ts';
import type { Ports } from './ports.ts';
import { knownRepositories } from './repositories.ts';

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
  }[];
  /** Configured repositories that were never extracted. */
  readonly missing: readonly string[];
  readonly dataset: 'built' | 'missing';
}

/** Looks at the workspace; changes nothing. */
export async function status(settings: Settings, { storage, clock }: Ports): Promise<Status> {
  const state = await new Workspace(storage).read();
  const known = knownRepositories(settings, state);
  const streams = Object.values(state?.streams ?? {});
  const names = new Set(known.flatMap((repository) => repository?.name ?? []));
  return {
    schema: STATUS_SCHEMA,
    location: storage.location,
    generation: state?.generation ?? 0,
    streams: streams.map(({ source, scope, stream, checkedAt, segments }) => ({
      source,
      scope,
      stream,
      checkedAt,
      ageSeconds: Math.max(0, Math.round((clock.now().getTime() - Date.parse(checkedAt)) / 1000)),
      records: segments.reduce((sum, { records }) => sum + records, 0),
      bytes: segments.reduce((sum, { bytes }) => sum + bytes, 0),
      segments: segments.length,
      configured: names.has(scope),
    })),
    missing: settings.repositories
      .filter((_, position) => !streams.some(({ scope }) => scope === known[position]?.name))
      .map(({ name, location }) => name ?? location),
    dataset: (await datasetInputs(storage)) === null ? 'missing' : 'built',
  };
}
