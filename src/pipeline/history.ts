import type { RefSnapshot } from '../domain/commit.ts';
import { compareText } from '../domain/compare.ts';
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

/** So many commits that refs name and that the branch has are remembered besides its own: it may be rewritten, and be in no clone any more. */
const REMEMBERED = 16;

/**
 * Of the commits that refs name those from which git need not tell again what they lead to: the branch, what it does not have, and of the rest the newest.
 * All of them would make the state grow with every version.
 */
export function tipsToRemember(
  { graph }: RepositoryHistory,
  tips: readonly string[],
  branch: RefSnapshot['branch'],
): readonly string[] {
  if (branch === null || tips.length <= REMEMBERED) return tips;
  const seen = new Uint8Array(graph.size);
  graph.walk(graph.indexOf(branch.commit), (index) => {
    const isNew = seen[index] === 0;
    seen[index] = 1;
    return isNew;
  });
  const isBehind = (tip: string) => tip !== branch.commit && seen[graph.indexOf(tip)] === 1;
  const levelOf = (tip: string) => graph.level(graph.indexOf(tip));
  const behind = tips.filter(isBehind).sort((a, b) => levelOf(b) - levelOf(a) || compareText(a, b));
  const left = new Set(behind.slice(REMEMBERED));
  return tips.filter((tip) => !left.has(tip));
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
