import type { ArgoDestination, ArgoSource, Initiator } from './argocd.ts';
import { durationMs, HOUR, MINUTE, type DurationMs, type EpochMs } from './units.ts';

/** What happened to an Argo CD Application, as far as what was seen of it can tell. */

/** From when on something that is seen for a while counts as a failure. */
export interface ArgoSettings {
  /** How long after a deployment its health is its own doing; then what was not seen healthy stays unverified. */
  readonly degradedWithin: DurationMs;
  /** How long it must be degraded, unless the next deployment comes before. */
  readonly degradedFor: DurationMs;
  /** How many retries make an operation that goes on a failed one. */
  readonly retries: number;
  /** How long an operation fails before it is a failed one, however few its retries. */
  readonly retryingFor: DurationMs;
  /** How long a rollout may take; `null` for as long as it takes. */
  readonly progressingFor: DurationMs | null;
  /** How long everything must be gone. */
  readonly missingFor: DurationMs;
}

export const ARGO_SETTINGS: ArgoSettings = {
  degradedWithin: durationMs(HOUR),
  degradedFor: durationMs(5 * MINUTE),
  retries: 3,
  retryingFor: durationMs(10 * MINUTE),
  progressingFor: null,
  missingFor: durationMs(5 * MINUTE),
};

/** One life of an application: made anew under its name it is another series. */
export interface ArgoIdentity {
  /** The uid; `namespace/name` where the documents carry none. */
  readonly series: string;
  readonly uid: string | null;
  readonly namespace: string;
  readonly name: string;
}

/**
 * `redeploy` is the same revisions and sources as just before, and counts as no deployment; `rollback` the same as an older one;
 * `config-change` the same revisions with other parameters.
 */
export const DEPLOYMENT_KINDS = ['initial', 'change', 'config-change', 'redeploy', 'rollback'] as const;
export type DeploymentKind = (typeof DEPLOYMENT_KINDS)[number];

export type DeploymentStatus = 'success' | 'unverified' | 'failed' | 'pending';

export interface DeploymentFailure {
  readonly reason: 'degraded' | 'timeout' | 'missing';
  /** When it began. */
  readonly at: EpochMs;
  /** The instant from which it could be known. */
  readonly knownAt: EpochMs;
}

/** One entry of the history. */
export interface ArgoDeployment {
  readonly type: 'deployment';
  /** Unique and the same in whichever documents it is seen. */
  readonly key: string;
  readonly application: ArgoIdentity;
  /** Its number in the history. */
  readonly id: number;
  readonly kind: DeploymentKind;
  /** Whether entries right before it were never seen, so that its kind is only relative to the last one that was. */
  readonly isAfterGap: boolean;
  /** Key of the newest older deployment of the same; `null` for all but rollbacks. */
  readonly returnsTo: string | null;
  /** The first attempt of the sync; `null` where it is not told. */
  readonly startedAt: EpochMs | null;
  /** The end of the sync, which is not when it was healthy. */
  readonly deployedAt: EpochMs;
  readonly initiatedBy: Initiator;
  /** One for each source, in their order; empty where a source has none. */
  readonly revisions: readonly string[];
  readonly sources: readonly ArgoSource[];
  /** The developer's commit where the revision is one that a hydrator made; `null` elsewhere and where it was not seen. */
  readonly drySHA: string | null;
  readonly content: string;
  /** Of the applied manifests, else of the pods that lived when it was first seen healthy; else `none`, which is not no images. */
  readonly images: { readonly from: 'sync-result' | 'summary' | 'none'; readonly names: readonly string[] };
  readonly status: DeploymentStatus;
  /** `null` unless the status is `failed`. */
  readonly failure: DeploymentFailure | null;
  /** `null` unless the status is `success`. Where Argo CD does not tell since when: when it was first seen. */
  readonly healthyAt: EpochMs | null;
  /** Where it went, as told when it was first seen. */
  readonly destination: ArgoDestination;
  /** The last deployment known before it, to tell whether anything under its paths changed; `null` for the first. */
  readonly previous: { readonly key: string; readonly revisions: readonly string[] } | null;
  /** The annotation of this name, as told when it was first seen. */
  readonly manifestGeneratePaths: string | null;
}

/** An operation that failed, or has failed again and again and still does. It has no entry in the history, or not yet. */
export interface FailedAttempt {
  readonly type: 'failed-attempt';
  readonly key: string;
  readonly application: ArgoIdentity;
  readonly startedAt: EpochMs;
  /** When it is first known to have failed. */
  readonly at: EpochMs;
  /** `error`: could not be run; `failed`: ran and failed; `retrying`: no end of it was seen. */
  readonly reason: 'failed' | 'error' | 'retrying';
  /** How many times it is known to have failed. */
  readonly attempts: number;
  readonly revisions: readonly string[];
  readonly message: string;
  /** Key of the deployment that it became in the end; `null` where none was seen. */
  readonly deployment: string | null;
}

/** The end of a failed deployment or attempt. */
export interface ArgoRecovery {
  readonly type: 'recovery';
  readonly key: string;
  readonly application: ArgoIdentity;
  /** Key of what had failed. */
  readonly failure: string;
  readonly at: EpochMs;
  /** `deployment`: by a later one; `itself`: without one; `git`: what is wanted became what runs; `removed`: nothing is left to repair. */
  readonly how: 'deployment' | 'itself' | 'git' | 'removed';
  /** Key of the deployment; `null` where there was none. */
  readonly by: string | null;
}

/** Deployments that happened, or may have, and that nobody saw. */
export interface ArgoGap {
  readonly type: 'gap';
  readonly key: string;
  readonly application: ArgoIdentity;
  /**
   * `before-first`, `between`: their entries had been dropped when somebody looked. `restarted`: the numbers began anew.
   * `unreadable`: they lack a number or a time. `no-history`: the application is told to keep none.
   */
  readonly reason: 'before-first' | 'between' | 'restarted' | 'unreadable' | 'no-history';
  /** Numbers of the first and the last one; `null` where that is not known. */
  readonly ids: { readonly from: number; readonly to: number } | null;
  /** The deployments around them; `null` at an end. */
  readonly after: EpochMs | null;
  readonly before: EpochMs | null;
}

export interface ArgoDeletion {
  readonly type: 'deletion';
  readonly key: string;
  readonly application: ArgoIdentity;
  readonly at: EpochMs;
}

/** An application of the same name with another uid: its numbers start over. */
export interface ArgoRecreation {
  readonly type: 'recreation';
  readonly key: string;
  readonly application: ArgoIdentity;
  readonly at: EpochMs;
  /** The series that it follows. */
  readonly previous: string;
}

export type ArgoEvent =
  ArgoDeployment | FailedAttempt | ArgoRecovery | ArgoGap | ArgoDeletion | ArgoRecreation;
