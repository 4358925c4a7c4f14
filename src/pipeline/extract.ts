import { DoraError } from '../domain/errors.ts';
import type { RepositorySource, Settings } from '../domain/settings.ts';
import { Workspace } from '../storage/workspace.ts';
import { ensureDataset, type DatasetSummary, type LoadedRepository } from './dataset.ts';
import { extractRepository, type Extracted } from './extract-repository.ts';
import type { Ports } from './ports.ts';
import { knownRepositories, requireDistinct, type NamedRepository } from './repositories.ts';

export interface ExtractRequest {
  readonly command: 'extract' | 'update';
  readonly settings: Settings;
  readonly full: boolean;
  /** Names of the only repositories to ask; empty: all. */
  readonly only: readonly string[];
}

export interface ExtractSummary {
  readonly repositories: readonly ExtractedSummary[];
  readonly failures: readonly { readonly repository: string; readonly error: unknown }[];
  /** `null` when the stored one is good. */
  readonly dataset: DatasetSummary | null;
}

export type ExtractedSummary = Omit<Extracted, 'updates' | 'loaded' | 'source'>;

/**
 * Pulls what is new from every repository and brings the dataset up to date.
 *
 * Each repository is published when it is read, so an interruption keeps those before it. One that fails does not stop the others; when
 * all fail the first failure is thrown.
 */
export async function extract(request: ExtractRequest, ports: Ports): Promise<ExtractSummary> {
  const workspace = new Workspace(ports.storage);
  let state = await workspace.open();
  await workspace.sweep();
  const repositories: ExtractedSummary[] = [];
  const failures: { repository: string; error: unknown }[] = [];
  const loaded = new Map<string, LoadedRepository>();
  const chosen = choose(request, knownRepositories(request.settings, state));
  for (const { source, known } of chosen) {
    try {
      const options = { state, settings: request.settings.dataset, full: request.full };
      const {
        updates,
        loaded: read,
        source: _,
        ...summary
      } = await extractRepository(source, known, options, ports);
      requireDistinct([...repositories.map(({ name }) => name), summary.name]);
      const { name, newCommits, commits } = summary;
      const audit = {
        at: ports.clock.now().toISOString(),
        command: request.command,
        changes: { repository: name, newCommits, commits },
      };
      state = await workspace.publish(updates, summary.isNew ? audit : null);
      repositories.push(summary);
      // a history in memory saves reading it again, as long as it is the only one
      if (read !== null && chosen.length === 1) loaded.set(name, read);
    } catch (error) {
      if (ports.signal?.aborted === true || !(error instanceof DoraError)) throw error;
      failures.push({ repository: known?.name ?? source.location, error });
    }
  }
  if (repositories.length === 0 && failures.length > 0) throw failures[0]?.error;
  const dataset = await ensureDataset(state, request.settings, ports, loaded);
  await workspace.sweep();
  return { repositories, failures, dataset };
}

interface Chosen {
  readonly source: RepositorySource;
  readonly known: NamedRepository | null;
}

function choose({ settings, only }: ExtractRequest, known: readonly (NamedRepository | null)[]): Chosen[] {
  const all = settings.repositories.map((source, position) => ({ source, known: known[position] ?? null }));
  if (only.length === 0) return all;
  const names = (entry: Chosen) => [entry.known?.name, entry.source.name, entry.source.location];
  const missing = only.find((name) => !all.some((entry) => names(entry).includes(name)));
  if (missing !== undefined) {
    throw new DoraError('usage', `--repo ${missing} is not configured`, {
      hint: `configured: ${all.map((entry) => entry.known?.name ?? entry.source.location).join(', ')}.`,
    });
  }
  return all.filter((entry) =>
    names(entry).some((name) => name !== undefined && name !== null && only.includes(name)),
  );
}
