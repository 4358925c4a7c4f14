import { compareText } from '../domain/compare.ts';
import type { Settings } from '../domain/settings.ts';
import { openJournal, type OpenedJournal } from '../storage/annotation-store.ts';
import { DATASET_VERSION } from '../storage/dataset-columns.ts';
import {
  objectsOf,
  type Layout,
  type PartCounts,
  type PartFacts,
  type Seen,
} from '../storage/dataset-manifest.ts';
import { DatasetWriter, type PartRows, type Written } from '../storage/dataset-writer.ts';
import { RowsLost, type PartSpool } from '../storage/part-spool.ts';
import type { State } from '../storage/state.ts';
import { DATASET } from '../storage/paths.ts';
import { StoredParts } from '../storage/stored-parts.ts';
import { DatasetReplaced } from '../storage/table-rows.ts';
import { ledgerOf } from './annotations.ts';
import { argoFacts, readArgoRecords, type ArgoRecords } from './argocd-records.ts';
import { digest, partInputs, rawFacts, writePart, type LoadedRepository } from './dataset-part.ts';
import type { Ports } from './ports.ts';
import { knownRepositories, streamsOf, type NamedRepository } from './repositories.ts';

/** What a dataset that was just built holds. */
export type DatasetSummary = Omit<PartCounts, 'review'>;

/** What an extraction has at hand, so that it need not be read again. */
export interface Prepared {
  readonly loaded?: ReadonlyMap<string, LoadedRepository>;
  readonly spool?: PartSpool;
  readonly journal?: OpenedJournal;
  readonly argo?: ArgoRecords | null;
  /** What is there, of a moment ago. */
  readonly seen?: Seen | undefined;
}

/** A dataset that is good. */
export interface EnsuredDataset {
  /** What was built; `null` when the stored one was good. */
  readonly summary: DatasetSummary | null;
  readonly inputs: string;
  /** How its tables are stored. */
  readonly layout: Layout;
  /** The fingerprints of its objects by key; `null` where one is not known. */
  readonly objects: Written['objects'];
}

/** A digest of everything that the dataset depends on. */
export function inputsOf(
  state: State,
  settings: Settings,
  { version, annotations }: { readonly version: string; readonly annotations: string },
): string {
  const facts = extractedRepositories(state, settings).map((repository) =>
    rawFacts(repository, state, settings.dataset),
  );
  const argo = argoFacts(state, settings);
  return digest([
    DATASET_VERSION,
    version,
    annotations,
    settings.dataset,
    facts,
    ...(argo === 'null' ? [] : [argo]),
  ]);
}

/**
 * Builds the dataset from raw data when it is not there, or was built from something else; the rows of repositories of which nothing changed are taken over.
 */
export async function ensureDataset(
  state: State,
  settings: Settings,
  ports: Ports,
  prepared: Prepared = {},
): Promise<EnsuredDataset> {
  const journal = prepared.journal ?? (await openJournal(ports.storage));
  const inputs = inputsOf(state, settings, { version: ports.version, annotations: journal.digest });
  const stored = await StoredParts.open(ports.storage, prepared.seen);
  if (stored?.inputs === inputs) {
    const { layout } = stored.manifest;
    return { summary: null, inputs, layout, objects: objectsOf(stored.manifest) };
  }
  const repositories = extractedRepositories(state, settings);
  const argo = await argoRecords(state, settings, ports, prepared.argo ?? null);
  const context = { state, settings: settings.dataset, ports, ledger: ledgerOf(journal), argo };
  const build = { inputs, repositories, context };
  try {
    return await writtenFrom(build, { ...prepared, stored });
  } finally {
    await stored?.close();
  }
}

/** Those at hand, where nothing was published since that they depend on. */
async function argoRecords(
  state: State,
  settings: Settings,
  ports: Ports,
  atHand: ArgoRecords | null,
): Promise<ArgoRecords['byRepository']> {
  const isCurrent = atHand !== null && atHand.facts === argoFacts(state, settings);
  const { byRepository } = isCurrent ? atHand : await readArgoRecords(state, settings, ports);
  return byRepository;
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
async function writtenFrom(build: Build, atHand: AtHand): Promise<EnsuredDataset> {
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
  { loaded, spool, stored, seen }: AtHand,
): Promise<EnsuredDataset> {
  const { ports } = context;
  const writer = new DatasetWriter(ports.storage, {
    repositories: repositories.length,
    there: seen ?? (await ports.storage.fingerprints(DATASET)),
    manifest: stored?.manifest ?? null,
  });
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
    const { review: _, ...summary } = all;
    return { summary, inputs, ...(await writer.commit(inputs)) };
  } catch (error) {
    await writer.abort();
    throw error;
  }
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
