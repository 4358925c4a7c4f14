import { createHash } from 'node:crypto';
import type { ReviewRow } from '../domain/annotation.ts';
import type { RefSnapshot } from '../domain/commit.ts';
import { DoraError } from '../domain/errors.ts';
import type { DeploymentRecord } from '../domain/deployment-record.ts';
import type { DatasetSettings } from '../domain/settings.ts';
import type { AnnotationLedger } from '../processors/annotation-ledger.ts';
import { associate } from '../processors/data-associator.ts';
import type { RepositoryHistory } from '../processors/repository-history.ts';
import type { SourceRecords } from '../processors/source-records.ts';
import { DATASET_VERSION } from '../storage/dataset-columns.ts';
import type { PartCounts } from '../storage/dataset-manifest.ts';
import type { PartWriter } from '../storage/dataset-writer.ts';
import type { State } from '../storage/state.ts';
import { incidentRecords, rowIds, type RowIds } from './annotations.ts';
import { githubStreams, isWhole, readGitHubRecords } from './github-records.ts';
import { feedStored, needsPaths, newHistory, readRefs } from './history.ts';
import type { Ports } from './ports.ts';
import { streamsOf, type NamedRepository } from './repositories.ts';

/** A repository that is in memory already. */
export interface LoadedRepository {
  readonly history: RepositoryHistory;
  readonly refs: RefSnapshot;
}

/** What the rows of a repository depend on, besides its raw data. */
export interface PartContext {
  readonly state: State;
  readonly settings: DatasetSettings;
  readonly ports: Ports;
  readonly ledger: AnnotationLedger;
  /** What Argo CD says of each repository, by its name. */
  readonly argo: ReadonlyMap<string, readonly DeploymentRecord[]>;
}

/** A digest of everything that the rows of one repository depend on; rows with the same digest are the same. */
export function partInputs(
  repository: NamedRepository,
  { state, settings, ports, ledger, argo }: PartContext,
): string {
  const { name } = repository;
  const said = [ledger.opinions(name), incidentRecords(ledger, name)];
  const facts = rawFacts(repository, state, settings);
  return digest([DATASET_VERSION, ports.version, settings, said, facts, argo.get(name) ?? []]);
}

/** What names the raw data of a repository. */
export function rawFacts(
  { name, source }: NamedRepository,
  state: State,
  settings: DatasetSettings,
): unknown {
  const streams = streamsOf(state, name);
  const segments = [...(streams?.commits.segments ?? []), ...(streams?.refs.segments ?? [])];
  const github = githubStreams(state, name, settings).map((stream) => [
    stream.stream,
    isWhole(stream),
    stream.segments.map(({ sha256 }) => sha256),
  ]);
  return [name, source.components, segments.map(({ sha256 }) => sha256), github];
}

export function digest(facts: unknown): string {
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex');
}

/** Builds the rows of one repository; `loaded` saves reading what is in memory already. Throws for damaged raw data. */
export async function writePart(
  writer: PartWriter,
  repository: NamedRepository,
  loaded: LoadedRepository | null,
  context: PartContext,
): Promise<PartCounts> {
  const { history, refs } = loaded ?? (await load(repository, context));
  const { state, settings, ports, ledger, argo } = context;
  const streams = githubStreams(state, repository.name, settings);
  const told = await readGitHubRecords(ports.storage, streams, repository.name, settings);
  const records: SourceRecords = {
    ...told,
    deployments: [...told.deployments, ...(argo.get(repository.name) ?? [])],
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
    ports.signal?.throwIfAborted();
  }
  const reviewed = await writeReview(writer, review(), ports);
  const estimated = deployments.filter((deployment) => deployment.estimated).length;
  const [{ length: all }, { length: wrong }] = [deployments, incidents];
  return { deployments: all, estimated, incidents: wrong, changes, setAside, review: reviewed };
}

async function writeReview(
  writer: PartWriter,
  rows: Iterable<ReviewRow>,
  { signal }: Ports,
): Promise<number> {
  const ids = new Map<string, RowIds>();
  let count = 0;
  for (const row of rows) {
    count += 1;
    const idOf = ids.get(row.component) ?? rowIds(row.repository, row.component);
    ids.set(row.component, idOf);
    const busy = writer.review(row, idOf(row));
    if (busy === undefined) continue;
    await busy;
    signal?.throwIfAborted();
  }
  return count;
}

async function load(
  { name, source }: NamedRepository,
  { state, settings, ports }: PartContext,
): Promise<LoadedRepository> {
  const streams = streamsOf(state, name);
  if (streams === null) throw new DoraError('data', `nothing is stored of ${name}`);
  if (needsPaths(source, settings) && streams.commits.cursor['withPaths'] !== true) {
    throw new DoraError(
      'config',
      `the configuration asks for paths, and ${name} was extracted without them`,
      {
        hint: 'run: dora-metrics extract',
      },
    );
  }
  const history = newHistory(name, source, settings);
  await feedStored(history, ports, streams.commits);
  return { history, refs: await readRefs(ports.storage, streams.refs) };
}
