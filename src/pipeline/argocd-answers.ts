import { DoraError } from '../domain/errors.ts';
import { imageReference, type ImageReference } from '../domain/image-reference.ts';
import type { Settings } from '../domain/settings.ts';
import { SECOND } from '../domain/units.ts';
import { isThisMachine } from '../domain/web-address.ts';
import { nameMatcher } from '../domain/wildcard.ts';
import { hasChanged } from '../extractors/git/index.ts';
import { readDockerConfig } from '../extractors/registry/docker-config.ts';
import { RegistryFailure } from '../extractors/registry/failure.ts';
import { RegistryReader } from '../extractors/registry/index.ts';
import type { PathsQuestion } from '../processors/argocd-shipments.ts';
import { mirrorFolder } from '../storage/repository-manager.ts';
import type { State } from '../storage/state.ts';
import { PublicationBeaten, streamKey, type Workspace } from '../storage/workspace.ts';
import { readArgoRecords, type ArgoRecords } from './argocd-records.ts';
import {
  argoStream,
  argoStreams,
  CHANGED_PATHS,
  IMAGE_LABELS,
  type StoredDifference,
  type StoredLabels,
} from './argocd-streams.ts';
import type { Failure } from './extract-run.ts';
import type { Ports } from './ports.ts';
import { knownRepositories } from './repositories.ts';
import { StreamAppender } from './stream-appender.ts';

export interface AnswersRequest {
  readonly command: string;
  readonly settings: Settings;
}

export interface Answers {
  /** What is known by then. */
  readonly records: ArgoRecords | null;
  readonly failures: readonly Failure[];
}

/**
 * Asks git and registries what only they know of what Argo CD deployed, and stores it: each question is asked once.
 *
 * A registry that does not answer is told of and not asked again in this run.
 */
export async function answerArgo(
  workspace: Workspace,
  request: AnswersRequest,
  ports: Ports,
): Promise<Answers> {
  const state = await workspace.latest();
  if (argoStreams(state).length === 0) return { records: null, failures: [] };
  const first = await readArgoRecords(state, request.settings, ports);
  const { labels, failures } = await labelsOf(first, request.settings, ports);
  const differences = await differencesOf(first, state, request.settings, ports);
  await stored(workspace, request, { stream: IMAGE_LABELS, lines: labels }, ports);
  await stored(workspace, request, { stream: CHANGED_PATHS, lines: differences }, ports);
  const isNew = labels.length + differences.length > 0;
  const records = isNew ? await readArgoRecords(await workspace.latest(), request.settings, ports) : first;
  return { records, failures };
}

interface Lines {
  readonly stream: typeof IMAGE_LABELS | typeof CHANGED_PATHS;
  readonly lines: readonly (StoredLabels | StoredDifference)[];
}

async function stored(
  workspace: Workspace,
  { command, settings }: AnswersRequest,
  { stream, lines }: Lines,
  ports: Ports,
): Promise<void> {
  if (lines.length === 0) return;
  const name = argoStream(settings.argocd.name, stream);
  const { streams } = await workspace.latest();
  const before = streams[streamKey(name)] ?? null;
  const appender = new StreamAppender(workspace, name, { command, asked: stream, before }, ports);
  try {
    for (const line of lines) await appender.add(JSON.stringify(line));
    await appender.publish();
  } catch (error) {
    await appender.abort();
    // another run asked the same: its answers are as good, and what is missing is asked the next time
    if (!(error instanceof PublicationBeaten)) throw error;
  }
}

async function differencesOf(
  { wantDifferences }: ArgoRecords,
  state: State,
  settings: Settings,
  ports: Ports,
): Promise<readonly StoredDifference[]> {
  const folders = new Map(
    knownRepositories(settings, state).flatMap(({ name, source: { from } }) =>
      name === null
        ? []
        : [[name, from.kind === 'path' ? from.path : mirrorFolder(from.url, ports.cacheFolder)] as const],
    ),
  );
  const found: StoredDifference[] = [];
  for (const question of wantDifferences) {
    ports.signal?.throwIfAborted();
    const isChanged = await answerOf(question, folders, ports);
    if (isChanged !== null) found.push({ ...question, paths: [...question.paths], isChanged });
  }
  return found;
}

async function answerOf(
  question: PathsQuestion,
  folders: ReadonlyMap<string, string>,
  ports: Ports,
): Promise<boolean | null> {
  const folder = folders.get(question.repository);
  if (folder === undefined) return null;
  try {
    return await hasChanged(folder, question, ports);
  } catch (error) {
    // a clone that is not there has been told of by whoever read it
    if (ports.signal?.aborted === true || !(error instanceof DoraError)) throw error;
    return null;
  }
}

async function labelsOf(
  { wantLabels }: ArgoRecords,
  { argocd }: Settings,
  ports: Ports,
): Promise<{ readonly labels: readonly StoredLabels[]; readonly failures: readonly Failure[] }> {
  const { clock, env, http, signal, version } = ports;
  const mayAsk = nameMatcher(argocd.registries);
  const wanted = wantLabels.flatMap((reference) => {
    const image = imageReference(reference);
    return image !== null && mayAsk(image.registry) ? [{ reference, image }] : [];
  });
  const labels: StoredLabels[] = [];
  const failures = new Map<string, Failure>();
  const silent = new Set<string>();
  if (wanted.length === 0) return { labels, failures: [] };
  const docker = readDockerConfig(env, env['HOME'] ?? env['USERPROFILE'] ?? '');
  const registries = new Set(wanted.map(({ image }) => image.registry));
  const plainHttp = [...registries].filter((registry) => isThisMachine(registry.replace(/:\d+$/u, '')));
  const options = { docker, plainHttp, timeoutMs: argocd.timeoutSeconds * SECOND };
  const reader = new RegistryReader(options, { http, clock, version, signal });
  for (const { reference, image } of wanted) {
    if (silent.has(image.registry)) continue;
    ports.progress.update(`labels of ${reference}`);
    try {
      labels.push(await labelsOfOne(reader, reference, image));
    } catch (error) {
      if (signal?.aborted === true || !(error instanceof DoraError)) throw error;
      if (!(error instanceof RegistryFailure) || error.isFinal) silent.add(image.registry);
      // one that may not be seen says nothing of the others, and is told of once
      if (!failures.has(image.registry)) failures.set(image.registry, { repository: image.registry, error });
    }
  }
  return { labels, failures: [...failures.values()] };
}

async function labelsOfOne(
  reader: RegistryReader,
  reference: string,
  image: ImageReference,
): Promise<StoredLabels> {
  const found = await reader.labelsOf(image);
  if (found === null) return { reference, digest: null, sets: null };
  const { digest, labels, annotations } = found;
  return { reference, digest, sets: [{ ...labels }, { ...annotations }] };
}
