import { createHash } from 'node:crypto';
import type { ReviewRow } from '../domain/annotation.ts';
import type { RefSnapshot } from '../domain/commit.ts';
import { compareText } from '../domain/compare.ts';
import { DoraError } from '../domain/errors.ts';
import type { Settings } from '../domain/settings.ts';
import { AnnotationLedger } from '../processors/annotation-ledger.ts';
import { associate } from '../processors/data-associator.ts';
import type { RepositoryHistory } from '../processors/repository-history.ts';
import type { SourceRecords } from '../processors/source-records.ts';
import { journalDigest } from '../storage/annotation-store.ts';
import { DATASET_VERSION } from '../storage/dataset-columns.ts';
import { datasetInputs, DatasetWriter } from '../storage/dataset-store.ts';
import type { State } from '../storage/state.ts';
import { incidentRecords, loadAnnotations, rowIds, type RowIds } from './annotations.ts';
import { githubStreams, isWhole, readGitHubRecords } from './github-records.ts';
import { feedStored, needsPaths, newHistory, readRefs } from './history.ts';
import type { Ports } from './ports.ts';
import { knownRepositories, streamsOf, type NamedRepository } from './repositories.ts';

/** A repository that is in memory already. */
export interface LoadedRepository {
  readonly history: RepositoryHistory;
  readonly refs: RefSnapshot;
}

/** What a dataset that was just built holds. */
export interface DatasetSummary {
  readonly deployments: number;
  /** Of those, how many have no time of their own. */
  readonly estimated: number;
  readonly incidents: number;
  readonly changes: number;
  readonly setAside: number;
}

/**
 * Builds the dataset from raw data when it is not there, or was built from something else.
 *
 * Out: what was built; `null` when the stored one is good. `loaded` saves reading what the extraction has just read.
 */
export async function ensureDataset(
  state: State,
  settings: Settings,
  ports: Ports,
  loaded: ReadonlyMap<string, LoadedRepository> = new Map(),
): Promise<DatasetSummary | null> {
  const repositories = extractedRepositories(state, settings);
  const annotations = await journalDigest(ports.storage);
  const inputs = inputsOf(state, settings, repositories, [ports.version, annotations]);
  if ((await datasetInputs(ports.storage)) === inputs) return null;
  const ledger = annotations === '' ? new AnnotationLedger() : (await loadAnnotations(ports.storage)).ledger;
  const writer = await DatasetWriter.open(ports.storage);
  const counts = { deployments: 0, estimated: 0, incidents: 0, changes: 0, setAside: 0 };
  try {
    for (const repository of repositories) {
      ports.progress.update(`${repository.name}: dataset`);
      const part = await writeRepository(writer, repository, loaded.get(repository.name) ?? null, {
        state,
        settings,
        ports,
        ledger,
      });
      counts.deployments += part.deployments;
      counts.estimated += part.estimated;
      counts.incidents += part.incidents;
      counts.changes += part.changes;
      counts.setAside += part.setAside;
    }
    await writer.commit(inputs);
  } catch (error) {
    await writer.abort();
    throw error;
  }
  return counts;
}

/** The configured repositories that have raw data, by name. */
export function extractedRepositories(state: State, settings: Settings): NamedRepository[] {
  return knownRepositories(settings, state)
    .filter((repository) => repository !== null)
    .filter(({ name }) => streamsOf(state, name) !== null)
    .sort((a, b) => compareText(a.name, b.name));
}

interface Context {
  readonly state: State;
  readonly settings: Settings;
  readonly ports: Ports;
  readonly ledger: AnnotationLedger;
}

async function writeRepository(
  writer: DatasetWriter,
  repository: NamedRepository,
  loaded: LoadedRepository | null,
  context: Context,
): Promise<DatasetSummary> {
  const { history, refs } = loaded ?? (await load(repository, context));
  const { storage } = context.ports;
  const settings = context.settings.dataset;
  const streams = githubStreams(context.state, repository.name, settings);
  const { ledger } = context;
  const told = await readGitHubRecords(storage, streams, repository.name, settings);
  const records: SourceRecords = {
    ...told,
    incidents: [...told.incidents, ...incidentRecords(ledger, repository.name)],
    opinions: ledger.opinions(repository.name),
  };
  const { deployments, incidents, rows, review } = associate(history, refs, settings, records);
  for (const deployment of deployments) await writer.deployment(deployment);
  for (const incident of incidents) await writer.incident(incident);
  let changes = 0;
  let setAside = 0;
  for (const row of rows()) {
    if (row.table === 'changes') changes += 1;
    else setAside += 1;
    const busy = row.table === 'changes' ? writer.change(row.row) : writer.setAside(row.row);
    if (busy === undefined) continue;
    await busy;
    context.ports.signal?.throwIfAborted();
  }
  await writeReview(writer, review(), context.ports);
  const estimated = deployments.filter((deployment) => deployment.estimated).length;
  return { deployments: deployments.length, estimated, incidents: incidents.length, changes, setAside };
}

async function writeReview(
  writer: DatasetWriter,
  rows: Iterable<ReviewRow>,
  { signal }: Ports,
): Promise<void> {
  const ids = new Map<string, RowIds>();
  for (const row of rows) {
    const idOf = ids.get(row.component) ?? rowIds(row.repository, row.component);
    ids.set(row.component, idOf);
    const busy = writer.review(row, idOf(row));
    if (busy === undefined) continue;
    await busy;
    signal?.throwIfAborted();
  }
}

async function load(
  { name, source }: NamedRepository,
  { state, settings, ports }: Omit<Context, 'ledger'>,
): Promise<LoadedRepository> {
  const streams = streamsOf(state, name);
  if (streams === null) throw new DoraError('data', `nothing is stored of ${name}`);
  if (needsPaths(source, settings.dataset) && streams.commits.cursor['withPaths'] !== true) {
    throw new DoraError(
      'config',
      `the configuration asks for paths, and ${name} was extracted without them`,
      {
        hint: 'run: dora-metrics extract',
      },
    );
  }
  const history = newHistory(name, source, settings.dataset);
  await feedStored(history, ports, streams.commits);
  return { history, refs: await readRefs(ports.storage, streams.refs) };
}

/** A digest of everything that the dataset depends on. */
function inputsOf(
  state: State,
  settings: Settings,
  repositories: readonly NamedRepository[],
  [version, annotations]: readonly [version: string, annotations: string],
): string {
  const facts = repositories.map(({ name, source }) => {
    const streams = streamsOf(state, name);
    const segments = [...(streams?.commits.segments ?? []), ...(streams?.refs.segments ?? [])];
    const github = githubStreams(state, name, settings.dataset).map((stream) => [
      stream.stream,
      isWhole(stream),
      stream.segments.map(({ sha256 }) => sha256),
    ]);
    return [name, source.components, segments.map(({ sha256 }) => sha256), github];
  });
  const hash = createHash('sha256').update(
    JSON.stringify([DATASET_VERSION, version, annotations, settings.dataset, facts]),
  );
  return hash.digest('hex');
}
