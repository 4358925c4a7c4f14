import { compareText } from '../domain/compare.ts';
import type { Settings } from '../domain/settings.ts';
import { AnnotationLedger } from '../processors/annotation-ledger.ts';
import { journalDigest } from '../storage/annotation-store.ts';
import { DATASET_VERSION } from '../storage/dataset-columns.ts';
import { datasetInputs, type PartCounts, type PartFacts } from '../storage/dataset-manifest.ts';
import { DatasetWriter, type PartRows } from '../storage/dataset-writer.ts';
import { RowsLost, type PartSpool } from '../storage/part-spool.ts';
import type { State } from '../storage/state.ts';
import { DatasetReplaced, StoredParts } from '../storage/stored-parts.ts';
import { loadAnnotations } from './annotations.ts';
import { digest, partInputs, rawFacts, writePart, type LoadedRepository } from './dataset-part.ts';
import type { Ports } from './ports.ts';
import { knownRepositories, streamsOf, type NamedRepository } from './repositories.ts';

/** What a dataset that was just built holds. */
export type DatasetSummary = Omit<PartCounts, 'review'>;

/** What an extraction has at hand, so that it need not be read again. */
export interface Prepared {
  readonly loaded?: ReadonlyMap<string, LoadedRepository>;
  readonly spool?: PartSpool;
}

/**
 * Builds the dataset from raw data when it is not there, or was built from something else; the rows of repositories of which nothing changed are taken over.
 *
 * Out: what was built; `null` when the stored one is good.
 */
export async function ensureDataset(
  state: State,
  settings: Settings,
  ports: Ports,
  prepared: Prepared = {},
): Promise<DatasetSummary | null> {
  const repositories = extractedRepositories(state, settings);
  const annotations = await journalDigest(ports.storage);
  const facts = repositories.map((repository) => rawFacts(repository, state, settings.dataset));
  const inputs = digest([DATASET_VERSION, ports.version, annotations, settings.dataset, facts]);
  if ((await datasetInputs(ports.storage)) === inputs) return null;
  const ledger = await ledgerOf(annotations, ports);
  const build = { inputs, repositories, context: { state, settings: settings.dataset, ports, ledger } };
  const stored = await StoredParts.open(ports.storage);
  try {
    return await writtenFrom(build, { ...prepared, stored });
  } finally {
    await stored?.close();
  }
}

/** The annotations as far as there are any; most workspaces have none yet. */
export async function ledgerOf(annotations: string, { storage }: Ports): Promise<AnnotationLedger> {
  return annotations === '' ? new AnnotationLedger() : (await loadAnnotations(storage)).ledger;
}

interface Build {
  readonly inputs: string;
  readonly repositories: readonly NamedRepository[];
  readonly context: Parameters<typeof partInputs>[1];
}

interface AtHand extends Prepared {
  readonly stored: StoredParts | null;
}

/** Without the rows at hand that turn out not to be there. */
async function writtenFrom(build: Build, atHand: AtHand): Promise<DatasetSummary> {
  try {
    return await written(build, atHand);
  } catch (error) {
    // another run replaced the tables while rows were taken over from them
    if (error instanceof DatasetReplaced) return await writtenFrom(build, { ...atHand, stored: null });
    if (!(error instanceof RowsLost)) throw error;
    const { spool: _, ...rest } = atHand;
    return await writtenFrom(build, rest);
  }
}

async function written(
  { inputs, repositories, context }: Build,
  { loaded, spool, stored }: AtHand,
): Promise<DatasetSummary> {
  const { ports } = context;
  const writer = await DatasetWriter.open(ports.storage);
  const all = { deployments: 0, estimated: 0, incidents: 0, changes: 0, setAside: 0, review: 0 };
  try {
    for (const repository of repositories) {
      const { name } = repository;
      ports.signal?.throwIfAborted();
      ports.progress.update(`${name}: dataset`);
      const of = { repository: name, inputs: partInputs(repository, context) };
      const ready = rowsAtHand(of, [spool, stored]);
      const history = loaded?.get(name) ?? null;
      const counts =
        ready?.facts.counts ??
        (await writer.add(of, (part) => writePart(part, repository, history, context)));
      if (ready !== null) await writer.copy(ready.facts, ready.rows);
      for (const table of COUNTED) all[table] += counts[table];
    }
    if ((await stored?.isStillThere()) === false) throw new DatasetReplaced('a table was replaced');
    await writer.commit(inputs);
  } catch (error) {
    await writer.abort();
    throw error;
  }
  const { review: _, ...summary } = all;
  return summary;
}

const COUNTED = ['deployments', 'estimated', 'incidents', 'changes', 'setAside', 'review'] as const;

/** Rows that were built from the same, here or in the dataset that is replaced. */
function rowsAtHand(
  { repository, inputs }: Pick<PartFacts, 'repository' | 'inputs'>,
  places: readonly (PartSpool | StoredParts | null | undefined)[],
): { readonly facts: PartFacts; readonly rows: PartRows } | null {
  for (const place of places) {
    const facts = place?.find(repository, inputs);
    if (place !== null && place !== undefined && facts !== null && facts !== undefined)
      return { facts, rows: place.rows(facts) };
  }
  return null;
}

/** The configured repositories that have raw data, by name. */
export function extractedRepositories(state: State, settings: Settings): NamedRepository[] {
  return knownRepositories(settings, state)
    .flatMap(({ name, source }) =>
      name === null || streamsOf(state, name) === null ? [] : [{ name, source }],
    )
    .sort((a, b) => compareText(a.name, b.name));
}
