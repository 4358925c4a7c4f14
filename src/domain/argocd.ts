import { isInstant, type EpochMs } from './units.ts';

/** What one look at an Argo CD Application showed: the few facts of a large document that decide what happened. */

/** As Argo CD names them, in our spelling; whatever it does not know, or we do not, is `unknown`. */
export const HEALTH_STATUSES = [
  'healthy',
  'suspended',
  'progressing',
  'missing',
  'degraded',
  'unknown',
] as const;
export type HealthStatus = (typeof HEALTH_STATUSES)[number];

export const SYNC_STATUSES = ['synced', 'out-of-sync', 'unknown'] as const;
export type SyncStatus = (typeof SYNC_STATUSES)[number];

/** `failed`, `error` and `succeeded` are final; `running` is also what waits for its next retry. */
export const OPERATION_PHASES = [
  'running',
  'terminating',
  'failed',
  'error',
  'succeeded',
  'unknown',
] as const;
export type OperationPhase = (typeof OPERATION_PHASES)[number];

export const HYDRATION_PHASES = ['hydrating', 'failed', 'hydrated', 'unknown'] as const;
export type HydrationPhase = (typeof HYDRATION_PHASES)[number];

/** Who started a sync. Names of people are not kept; versions before 2.11 do not say. */
export const INITIATORS = ['automated', 'manual', 'unknown'] as const;
export type Initiator = (typeof INITIATORS)[number];

export const MESSAGE_KINDS = ['aborted', 'retrying', 'other'] as const;
export type MessageKind = (typeof MESSAGE_KINDS)[number];

export interface ArgoDestination {
  readonly server: string | null;
  readonly name: string | null;
  readonly namespace: string | null;
}

/** One of the sources of a history entry, at the same index as its revision. */
export interface ArgoSource {
  /** Without user name, password and query. */
  readonly repoURL: string | null;
  readonly path: string | null;
  /** Name of the Helm chart; its revision is then a version of the chart and no commit. */
  readonly chart: string | null;
  readonly kustomizeImages: readonly string[];
}

export interface ArgoSpecSource extends ArgoSource {
  readonly targetRevision: string | null;
  /** The name under which other sources use its files. */
  readonly ref: string | null;
  /** Digest of everything else that it says (Helm values, plugin parameters); `null` where it says nothing else. */
  readonly parameters: string | null;
}

export interface HydratedPair {
  /** The commit of the developer. */
  readonly drySHA: string | null;
  /** The commit with the manifests, which is what the history names. */
  readonly hydratedSHA: string | null;
  readonly phase: HydrationPhase;
}

export interface ArgoHydrator {
  readonly dry: {
    readonly repoURL: string | null;
    readonly path: string | null;
    readonly targetRevision: string | null;
  };
  readonly current: HydratedPair | null;
  readonly lastSuccessful: HydratedPair | null;
}

/** One sync that succeeded, was no dry run and took the whole application. */
export interface HistoryEntry {
  /** Counts from 0; starts over when the application is made anew. */
  readonly id: number;
  readonly revisions: readonly string[];
  readonly deployStartedAt: string | null;
  /** When the sync ended, which is not when the new version was healthy. */
  readonly deployedAt: string;
  readonly initiatedBy: Initiator;
  readonly sources: readonly ArgoSource[];
  /** Digest of the revisions and the whole sources, target revisions left out: equal where the same was deployed. */
  readonly content: string;
}

/** The operation that runs or ran last; the next one wipes it. */
export interface OperationSnapshot {
  readonly phase: OperationPhase;
  readonly messageKind: MessageKind | null;
  /** Its first printable characters, with what looks like a secret or an e-mail address masked. */
  readonly message: string;
  /** Of the first attempt; retries do not move it. */
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly retryCount: number;
  /** Below 0: for ever. `null` where none is given. */
  readonly retryLimit: number | null;
  readonly isDryRun: boolean;
  /** Only some resources: self-heal, or a person who chose. */
  readonly isPartial: boolean;
  readonly revisions: readonly string[];
  readonly revisionsFrom: 'sync-result' | 'operation' | null;
  /** Of the manifests that it applied; from Argo CD 3.1. */
  readonly images: readonly string[];
}

/** One Application at one instant. Instants are ISO 8601, UTC; what is absent or the zero time of Go is `null`. */
export interface ApplicationSnapshot {
  /** When the document was read. */
  readonly seenAt: string;
  /** Another one when the application is made anew under its name. */
  readonly uid: string | null;
  readonly namespace: string;
  readonly name: string;
  readonly project: string;
  readonly createdAt: string | null;
  readonly deletedAt: string | null;
  readonly labels: Readonly<Record<string, string>>;
  /** The annotation of this name: the paths a commit must touch to change the manifests, separated by `;`. */
  readonly manifestGeneratePaths: string | null;
  readonly applicationSet: string | null;
  readonly destination: ArgoDestination;
  readonly sources: readonly ArgoSpecSource[];
  /** `null` where the default of Argo CD holds, which is 10. */
  readonly revisionHistoryLimit: number | null;
  readonly hydrator: ArgoHydrator | null;
  readonly sync: { readonly status: SyncStatus; readonly revisions: readonly string[] };
  readonly health: { readonly status: HealthStatus; readonly lastTransitionTime: string | null };
  readonly reconciledAt: string | null;
  readonly history: readonly HistoryEntry[];
  /** Entries that have no number or no time. */
  readonly unreadableHistory: number;
  /** Whether an operation is asked for or runs. */
  readonly hasOperation: boolean;
  readonly operationState: OperationSnapshot | null;
  /** Of the pods that live, old and new ones. */
  readonly images: readonly string[];
  readonly conditions: readonly string[];
}

/** A document that is no Application, and what it is instead. */
export interface RefusedDocument {
  readonly kind: 'refused';
  readonly reason: 'not-an-object' | 'other-kind' | 'no-name';
  readonly message: string;
}

/** The instant that an ISO 8601 text of a snapshot names; `null` for `null` and for what names none. */
export function instantOf(text: string | null): EpochMs | null {
  const instant = text === null ? NaN : Date.parse(text);
  return isInstant(instant) ? instant : null;
}

/** Whether a revision is a commit of git: neither a version of a chart, nor a digest of an image, nor the name of a branch. */
export function isCommit(revision: string): boolean {
  return /^[\da-f]{40}(?:[\da-f]{24})?$/u.test(revision);
}
