import { createHash } from 'node:crypto';
import { instantOf, type ApplicationSnapshot } from '../domain/argocd.ts';
import { DoraError } from '../domain/errors.ts';
import type { Settings } from '../domain/settings.ts';
import { epochMs, type EpochMs } from '../domain/units.ts';
import { nameMatcher } from '../domain/wildcard.ts';
import { documentsIn } from '../extractors/argocd/documents.ts';
import { applicationSnapshot } from '../extractors/argocd/normalise.ts';
import { fileBytes, standardInput } from '../io/input.ts';
import { newsOf } from '../processors/argocd-news.ts';
import { streamKey, type Workspace } from '../storage/workspace.ts';
import { giveUpDamaged } from './argocd-damage.ts';
import { clusterNames, liveApplications } from './argocd-live.ts';
import { APPLICATIONS, argoStream, readApplications, type KnownApplications } from './argocd-streams.ts';
import type { Ports } from './ports.ts';
import { StreamAppender } from './stream-appender.ts';

/** A file with applications. */
export interface ArgoFile {
  /** `-` for standard input. */
  readonly file: string;
  /** What its path is relative to. */
  readonly folder: string;
}

export interface ArgoRequest {
  readonly command: string;
  readonly settings: Settings;
  /** `null` to ask the cluster or Argo CD. */
  readonly from: ArgoFile | null;
  /** Whether segments that are damaged are given up, where nothing else helps. */
  readonly full: boolean;
}

export interface ArgoSummary {
  /** The name of the instance. */
  readonly name: string;
  /** Applications that were looked at. */
  readonly applications: number;
  /** Those that showed something new. */
  readonly withNews: number;
  readonly notices: readonly string[];
}

/**
 * Looks at all applications once and publishes what is new of them; what was read before is added to, never replaced.
 *
 * All or nothing: of a list that breaks off nothing is kept. Throws a `DoraError` for what cannot be read, and where nothing that was read is an application.
 */
export async function extractArgo(
  workspace: Workspace,
  request: ArgoRequest,
  ports: Ports,
): Promise<ArgoSummary> {
  const { settings } = request;
  const { name } = settings.argocd;
  const stream = argoStream(name, APPLICATIONS);
  const lost = request.full ? await giveUpDamaged(workspace, request.command, ports) : [];
  const { streams } = await workspace.latest();
  const before = streams[streamKey(stream)] ?? null;
  const known = await readApplications(ports.storage, before);
  const appender = new StreamAppender(
    workspace,
    stream,
    {
      command: request.command,
      asked: request.from === null ? 'applications' : 'file',
      before,
    },
    ports,
  );
  const names = request.from === null ? await clusterNames(settings, ports) : new Map<string, string>();
  const look = new Look(known, request, names);
  try {
    for await (const document of documentsOf(request, ports)) {
      ports.signal?.throwIfAborted();
      const line = look.at(document, ports.clock.now().getTime());
      if (line !== null) await appender.add(line);
      ports.progress.update(`${name}: ${String(look.applications)} applications`);
    }
    look.finish();
    await appender.publish();
  } catch (error) {
    await appender.abort();
    throw error;
  }
  const { applications, withNews, notices } = look;
  return { name, applications, withNews, notices: [...lost, ...notices] };
}

function documentsOf({ from, settings }: ArgoRequest, ports: Ports): AsyncGenerator {
  if (from === null) return liveApplications(settings, ports);
  const { signal } = ports;
  const { file, folder } = from;
  return file === '-'
    ? documentsIn({ name: 'standard input', bytes: standardInput(signal) })
    : documentsIn({ name: file, bytes: fileBytes(file, folder, signal) });
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** One look at all applications. */
class Look {
  readonly #applications = new Set<string>();
  readonly #withNews = new Set<string>();
  readonly #known: KnownApplications;
  /** Of clusters, by their addresses. */
  readonly #names: ReadonlyMap<string, string>;
  readonly #request: ArgoRequest;
  readonly #isRead: (application: ApplicationSnapshot) => boolean;
  #refused = 0;
  #firstRefusal: string | null = null;
  #elsewhere = 0;

  constructor(known: KnownApplications, request: ArgoRequest, names: ReadonlyMap<string, string>) {
    this.#names = names;
    this.#known = known;
    this.#request = request;
    const { argocd, dataset } = request.settings;
    const isAmong = (names: readonly string[]) => (names.length === 0 ? () => true : nameMatcher(names));
    const isNamespace = isAmong(dataset.argocd.namespaces);
    const isProject = isAmong(argocd.projects);
    this.#isRead = ({ namespace, project }) => isNamespace(namespace) && isProject(project);
  }

  /** The line to store of a document; `null` where it shows nothing new. */
  at(document: unknown, now: number): string | null {
    const read = applicationSnapshot(document, { seenAt: epochMs(now), sha256 });
    if (read.kind === 'refused') {
      this.#refused += 1;
      this.#firstRefusal ??= read.message;
      return null;
    }
    if (!this.#isRead(read.snapshot)) {
      this.#elsewhere += 1;
      return null;
    }
    const isLive = this.#request.from === null;
    const snapshot = isLive
      ? this.#withName(read.snapshot)
      : { ...read.snapshot, seenAt: writtenAt(read.snapshot, now) };
    const title = `${snapshot.namespace}/${snapshot.name}`;
    this.#applications.add(title);
    const { failures } = this.#request.settings.dataset.argocd;
    const news = newsOf(this.#known.get(snapshot), snapshot, failures);
    if (news === null) return null;
    this.#withNews.add(title);
    const line = JSON.stringify(news.snapshot);
    this.#known.add(snapshot, line);
    return line;
  }

  /** A destination is given by its address or by its name: where Argo CD tells both, both are kept. */
  #withName(snapshot: ApplicationSnapshot): ApplicationSnapshot {
    const { destination } = snapshot;
    const name = destination.name ?? this.#names.get(destination.server ?? '') ?? null;
    return { ...snapshot, destination: { ...destination, name } };
  }

  get applications(): number {
    return this.#applications.size;
  }

  get withNews(): number {
    return this.#withNews.size;
  }

  /** Throws where nothing was what it should be. */
  finish(): void {
    const { from } = this.#request;
    if (this.#firstRefusal === null || this.applications + this.#elsewhere > 0) return;
    const place = from === null ? 'the server' : from.file === '-' ? 'standard input' : from.file;
    throw new DoraError('source', `${place} holds no application of Argo CD: ${this.#firstRefusal}`, {
      hint: 'kubectl get applications.argoproj.io -A -o json writes what is wanted.',
    });
  }

  get notices(): readonly string[] {
    return [
      ...(this.#firstRefusal === null
        ? []
        : [`${String(this.#refused)} of the documents passed over: ${this.#firstRefusal}`]),
      ...(this.applications === 0 && this.#elsewhere > 0
        ? [
            `all ${String(this.#elsewhere)} applications are in other namespaces or projects than argocd.namespaces and argocd.projects name`,
          ]
        : []),
    ];
  }
}

/**
 * The newest instant that a document tells of, which is when it was written at the earliest: the same file says the same whenever it is read. Argo CD compares an
 * application every few minutes, so that it is not long ago.
 */
function writtenAt(snapshot: ApplicationSnapshot, now: number): string {
  const { reconciledAt, health, history, operationState, createdAt, deletedAt } = snapshot;
  const told = [
    reconciledAt,
    health.lastTransitionTime,
    operationState?.startedAt ?? null,
    operationState?.finishedAt ?? null,
    createdAt,
    deletedAt,
    ...history.map(({ deployedAt }) => deployedAt),
  ]
    .map(instantOf)
    .filter((instant): instant is EpochMs => instant !== null && instant <= now);
  return told.length === 0 ? snapshot.seenAt : new Date(Math.max(...told)).toISOString();
}
