import {
  HEALTH_STATUSES,
  HYDRATION_PHASES,
  OPERATION_PHASES,
  type ApplicationSnapshot,
  type ArgoHydrator,
  type ArgoSource,
  type ArgoSpecSource,
  type HistoryEntry,
  type HydratedPair,
  type OperationSnapshot,
  type RefusedDocument,
  type SyncStatus,
} from '../../domain/argocd.ts';
import { compareText } from '../../domain/compare.ts';
import { printable } from '../../domain/printable.ts';
import { isoInstant, type EpochMs } from '../../domain/units.ts';
import { withoutAddress } from '../../domain/without-address.ts';
import { withoutSecret } from '../../domain/without-secret.ts';
import { RawApplication, RawSource } from './schema.ts';

/** What a document of Argo CD says, in the few facts that decide what happened. */

/** Messages quote manifests; what explains a failure stands at their beginning. */
const MESSAGE_LENGTH = 300;
const MESSAGE_READ = 4000;

const GROUP = 'argoproj.io/';
const MANIFEST_PATHS = 'argocd.argoproj.io/manifest-generate-paths';

interface Reading {
  readonly seenAt: EpochMs;
  /** Hexadecimal SHA-256 of a text. */
  readonly sha256: (text: string) => string;
}

type Raw = Readonly<Record<string, unknown>>;

interface Revised {
  readonly revision: string | null;
  readonly revisions: readonly string[];
}

/**
 * A snapshot of one Application document, in whichever way it was printed; a refusal in words for a document that is none.
 *
 * Parts that are absent or not what they should be give `null`, an empty list or `unknown`; nothing here throws.
 */
export function applicationSnapshot(
  document: unknown,
  { seenAt, sha256 }: Reading,
): { readonly kind: 'snapshot'; readonly snapshot: ApplicationSnapshot } | RefusedDocument {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    return refused('not-an-object', 'not an Argo CD Application: not an object');
  }
  const raw = RawApplication.parse(document);
  // the API of Argo CD itself prints neither kind nor group
  if ((raw.kind ?? 'Application') !== 'Application' || raw.apiVersion?.startsWith(GROUP) === false) {
    const what = [raw.apiVersion, raw.kind].filter((word) => word !== null).join(' ');
    return refused('other-kind', `not an Argo CD Application: ${printable(what).slice(0, 100)}`);
  }
  const { name } = raw.metadata;
  if (name === null) return refused('no-name', 'not an Argo CD Application: it has no metadata.name');
  const snapshot = {
    seenAt: isoInstant(seenAt),
    ...identityOf(raw, name),
    ...wishOf(raw.spec, sha256),
    ...stateOf(raw.status, sha256),
    hydrator: hydratorOf(raw),
    hasOperation: raw.operation !== null,
  };
  return { kind: 'snapshot', snapshot };
}

function identityOf({ metadata }: RawApplication, name: string) {
  return {
    uid: metadata.uid,
    namespace: metadata.namespace ?? '',
    name,
    createdAt: metadata.creationTimestamp,
    deletedAt: metadata.deletionTimestamp,
    labels: textsOf(metadata.labels ?? {}),
    manifestGeneratePaths: textsOf(metadata.annotations ?? {})[MANIFEST_PATHS] ?? null,
    applicationSet: metadata.ownerReferences.find(({ kind }) => kind === 'ApplicationSet')?.name ?? null,
  };
}

function wishOf(spec: RawApplication['spec'], sha256: Reading['sha256']) {
  return {
    project: spec.project ?? 'default',
    destination: spec.destination,
    sources: specSources(spec, sha256),
    revisionHistoryLimit: spec.revisionHistoryLimit,
  };
}

function stateOf(status: RawApplication['status'], sha256: Reading['sha256']) {
  const history = status.history.flatMap((entry) => entryOf(entry, sha256));
  return {
    sync: { status: syncStatusOf(status.sync.status), revisions: revisionsOf(status.sync) },
    health: {
      status: oneOf(HEALTH_STATUSES, status.health.status),
      lastTransitionTime: status.health.lastTransitionTime,
    },
    reconciledAt: status.reconciledAt,
    history,
    unreadableHistory: status.history.length - history.length,
    operationState: operationOf(status.operationState),
    images: distinct(status.summary.images),
    conditions: distinct(status.conditions.flatMap(({ type }) => type ?? [])),
  };
}

function refused(reason: RefusedDocument['reason'], message: string): RefusedDocument {
  return { kind: 'refused', reason, message };
}

/** Several sources win over a single one, and a list of revisions over a single one, as in Argo CD. */
function revisionsOf({ revision, revisions }: Revised): string[] {
  if (revisions.length > 0) return [...revisions];
  return revision === null ? [] : [revision];
}

/** Without the empty source that Argo CD prints beside several ones. */
function sourcesOf({ source, sources }: { source: Raw | null; sources: readonly (Raw | null)[] }): Raw[] {
  const several = sources.filter((one) => one !== null);
  if (several.length > 0) return several;
  return source === null || withoutEmpty(source) === undefined ? [] : [source];
}

function entryOf(
  raw: RawApplication['status']['history'][number],
  sha256: Reading['sha256'],
): HistoryEntry[] {
  const { id, deployedAt, deployStartedAt, initiatedBy } = raw;
  if (id === null || deployedAt === null) return [];
  const revisions = revisionsOf(raw);
  const sources = sourcesOf(raw);
  return [
    {
      id,
      revisions,
      deployStartedAt,
      deployedAt,
      initiatedBy: initiatedBy.automated ? 'automated' : initiatedBy.username === null ? 'unknown' : 'manual',
      sources: sources.map(sourceOf),
      content: sha256(canonical([revisions, sources.map((source) => without(source, ['targetRevision']))])),
    },
  ];
}

function sourceOf(raw: Raw): ArgoSource {
  const { repoURL, path, chart, kustomize } = RawSource.parse(raw);
  return { repoURL: repositoryURL(repoURL), path, chart, kustomizeImages: kustomize.images };
}

function specSources(spec: RawApplication['spec'], sha256: Reading['sha256']): ArgoSpecSource[] {
  if (spec.sourceHydrator !== null) {
    const { drySource, syncSource } = spec.sourceHydrator;
    const source = { repoURL: drySource.repoURL, path: syncSource.path };
    const own = { targetRevision: syncSource.targetBranch, ref: null, parameters: null };
    return [{ ...sourceOf(source), ...own }];
  }
  return sourcesOf(spec).map((source) => {
    const { targetRevision, ref } = RawSource.parse(source);
    const rest = withoutEmpty(without(source, ['repoURL', 'path', 'chart', 'targetRevision', 'ref']));
    const parameters = rest === undefined ? null : sha256(canonical(rest));
    return { ...sourceOf(source), targetRevision, ref, parameters };
  });
}

type RawPair = RawApplication['status']['sourceHydrator']['currentOperation'];

function hydratorOf({ spec, status }: RawApplication): ArgoHydrator | null {
  if (spec.sourceHydrator === null) return null;
  const { repoURL, path, targetRevision } = spec.sourceHydrator.drySource;
  return {
    dry: { repoURL: repositoryURL(repoURL), path, targetRevision },
    current: pairOf(status.sourceHydrator.currentOperation, 'unknown'),
    lastSuccessful: pairOf(status.sourceHydrator.lastSuccessfulOperation, 'hydrated'),
  };
}

/** The last successful operation is printed without a phase. */
function pairOf(raw: RawPair, phase: HydratedPair['phase']): HydratedPair | null {
  if (raw === null) return null;
  const { drySHA, hydratedSHA } = raw;
  return { drySHA, hydratedSHA, phase: raw.phase === null ? phase : oneOf(HYDRATION_PHASES, raw.phase) };
}

function operationOf(raw: RawApplication['status']['operationState']): OperationSnapshot | null {
  if (raw === null) return null;
  const { sync, retry } = raw.operation;
  const synced = revisionsOf(raw.syncResult);
  const asked = revisionsOf(sync);
  return {
    phase: oneOf(OPERATION_PHASES, raw.phase),
    messageKind: messageKind(raw.message),
    message: messageOf(raw.message ?? ''),
    startedAt: raw.startedAt,
    finishedAt: raw.finishedAt,
    retryCount: raw.retryCount ?? 0,
    retryLimit: retry.limit,
    isDryRun: sync.dryRun,
    isPartial: sync.resources.length > 0,
    revisions: synced.length > 0 ? synced : asked,
    revisionsFrom: synced.length > 0 ? 'sync-result' : asked.length > 0 ? 'operation' : null,
    images: distinct(raw.syncResult.resources.flatMap(({ images }) => images)),
  };
}

function messageKind(message: string | null): OperationSnapshot['messageKind'] {
  if (message === null) return null;
  if (/^Operation terminat/u.test(message)) return 'aborted';
  return /\bRetrying attempt #\d/u.test(message) ? 'retrying' : 'other';
}

/** Secrets are masked before anything is cut off: half a token is still one. */
function messageOf(message: string): string {
  const masked = withoutAddress(withoutSecret(message.slice(0, MESSAGE_READ)));
  return Array.from(printable(masked)).slice(0, MESSAGE_LENGTH).join('');
}

/** `OutOfSync` is spelt unlike everything else. */
function syncStatusOf(status: string | null): SyncStatus {
  return status === 'Synced' ? 'synced' : status === 'OutOfSync' ? 'out-of-sync' : 'unknown';
}

/** Whatever Argo CD comes to call things later is `unknown`, not an error. */
function oneOf<Value extends string>(values: readonly Value[], text: string | null): Value | 'unknown' {
  const wanted = text?.toLowerCase();
  return values.find((value) => value === wanted) ?? 'unknown';
}

/** Without user name, password and query, any of which may be a secret; `git@host:path` has none. */
function repositoryURL(text: string | null): string | null {
  return text === null
    ? null
    : text.replace(/^([a-z][a-z\d+.-]*:\/\/)[^/?#]*@/iu, '$1').replace(/[?#].*$/su, '');
}

function textsOf(raw: Raw): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(raw)) if (typeof value === 'string') texts[name] = value;
  return texts;
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)].toSorted(compareText);
}

function without(raw: Raw, names: readonly string[]): Raw {
  return Object.fromEntries(Object.entries(raw).filter(([name]) => !names.includes(name)));
}

/** One text for equal values, in whichever order and with whichever empty parts they were printed. */
function canonical(value: unknown): string {
  return JSON.stringify(withoutEmpty(value) ?? null);
}

/**
 * `value` with the names of objects in order, without the parts that Go leaves out as well when it prints an object that has them
 * empty, and with the addresses of repositories as they are kept: a new password is no new deployment.
 */
function withoutEmpty(value: unknown, name = ''): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => withoutEmpty(item) ?? null);
    return items.length === 0 ? undefined : items;
  }
  if (typeof value === 'object' && value !== null) {
    const parts = Object.entries(value)
      .map(([key, part]): [string, unknown] => [key, withoutEmpty(part, key)])
      .filter(([, part]) => part !== undefined)
      .toSorted(([a], [b]) => compareText(a, b));
    return parts.length === 0 ? undefined : Object.fromEntries(parts);
  }
  if (value === null || value === '') return undefined;
  return name === 'repoURL' && typeof value === 'string' ? (repositoryURL(value) ?? undefined) : value;
}
