import { createHash } from 'node:crypto';
import type { RefSnapshot } from '../domain/commit.ts';
import { compareText } from '../domain/compare.ts';
import { DoraError } from '../domain/errors.ts';
import type { Settings } from '../domain/settings.ts';
import { associate } from '../processors/data-associator.ts';
import type { RepositoryHistory } from '../processors/repository-history.ts';
import { DATASET_VERSION } from '../storage/dataset-columns.ts';
import { datasetInputs, DatasetWriter } from '../storage/dataset-store.ts';
import type { State } from '../storage/state.ts';
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
  const inputs = inputsOf(state, settings, repositories, ports.version);
  if ((await datasetInputs(ports.storage)) === inputs) return null;
  const writer = await DatasetWriter.open(ports.storage);
  const counts = { deployments: 0, estimated: 0, incidents: 0, changes: 0, setAside: 0 };
  try {
    for (const repository of repositories) {
      ports.progress.update(`${repository.name}: dataset`);
      const part = await writeRepository(writer, repository, loaded.get(repository.name) ?? null, {
        state,
        settings,
        ports,
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
  const records = await readGitHubRecords(storage, streams, repository.name, settings);
  const { deployments, incidents, rows } = associate(history, refs, settings, records);
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
  const estimated = deployments.filter((deployment) => deployment.estimated).length;
  return { deployments: deployments.length, estimated, incidents: incidents.length, changes, setAside };
}

async function load(
  { name, source }: NamedRepository,
  { state, settings, ports }: Context,
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
  version: string,
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
    JSON.stringify([DATASET_VERSION, version, settings.dataset, facts]),
  );
  return hash.digest('hex');
}
