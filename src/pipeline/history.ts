import type { RefSnapshot } from '../domain/commit.ts';
import type { DatasetSettings, RepositorySource } from '../domain/settings.ts';
import { incomplete } from '../extractors/git/index.ts';
import { parseCommit, parseRefRecords } from '../extractors/git/normalise.ts';
import { RepositoryHistory } from '../processors/repository-history.ts';
import { readRecords } from '../storage/raw-store.ts';
import type { StreamState } from '../storage/state.ts';
import type { Storage } from '../storage/storage.ts';
import type { Ports } from './ports.ts';

/** An empty history of a repository, ready to be fed. */
export function newHistory(
  name: string,
  source: RepositorySource,
  settings: DatasetSettings,
): RepositoryHistory {
  return new RepositoryHistory({ name, components: source.components }, settings);
}

/** Feeds everything that is stored of a repository's commits. */
export async function feedStored(
  history: RepositoryHistory,
  { storage, signal }: Ports,
  stream: StreamState,
): Promise<void> {
  for await (const records of readRecords(storage, stream)) {
    signal?.throwIfAborted();
    for (const record of records) history.add(parseCommit(record));
  }
}

/** Throws when a commit that a ref names, or a parent of one, is not among what git gave. */
export function requireWhole({ graph }: RepositoryHistory, tips: readonly string[], folder: string): void {
  if (tips.some((tip) => !graph.has(graph.indexOf(tip)))) throw incomplete(folder);
  for (let index = 0; index < graph.size; index += 1)
    for (let n = graph.parentCount(index) - 1; n >= 0; n -= 1)
      if (!graph.has(graph.parent(index, n))) throw incomplete(folder);
}

export async function readRefs(storage: Storage, stream: StreamState): Promise<RefSnapshot> {
  const records: unknown[] = [];
  for await (const batch of readRecords(storage, stream)) records.push(...batch);
  return parseRefRecords(records);
}

/** Whether the settings need to know which paths a commit touches. */
export function needsPaths({ components }: RepositorySource, { exclude }: DatasetSettings): boolean {
  return exclude.paths.length > 0 || components.some(({ paths }) => paths.length > 0);
}
