import { instantOf, type ApplicationSnapshot, type OperationSnapshot } from '../domain/argocd.ts';
import type { EpochMs } from '../domain/units.ts';
import { earliest, firstKnown, latest } from './argocd-join.ts';

/** What is known of one operation, from its first attempt to its end; the next one wipes it, so that it may never be seen. */
export interface AttemptEvidence {
  readonly startedAt: EpochMs;
  /** A dry run, or only some resources: no deployment, whatever becomes of it. */
  readonly isExcluded: boolean;
  readonly retryCount: number;
  /** When it is first and last known to have failed and not to have succeeded since. */
  readonly failingFrom: EpochMs | null;
  readonly failingUntil: EpochMs | null;
  /** How it ended; `null` where it was not seen to end so. */
  readonly failedAt: EpochMs | null;
  readonly erroredAt: EpochMs | null;
  /** What failed, at the oldest look at it that tells. */
  readonly revisions: {
    readonly rank: number;
    readonly at: EpochMs;
    readonly values: readonly string[];
  } | null;
  /** What it says of its end, else the newest that it said of failing. */
  readonly message: { readonly isFinal: boolean; readonly at: EpochMs; readonly text: string } | null;
  /** Of the manifests that it applied, where it succeeded. */
  readonly images: readonly string[] | null;
  /** The first comparison after its failure that finds everything healthy and as wanted, because something else is wanted. */
  readonly unwantedAt: EpochMs | null;
}

/** What two looks at one operation say together. */
export function joinAttempts(a: AttemptEvidence, b: AttemptEvidence): AttemptEvidence {
  return {
    startedAt: a.startedAt,
    isExcluded: a.isExcluded || b.isExcluded,
    retryCount: Math.max(a.retryCount, b.retryCount),
    failingFrom: earliest(a.failingFrom, b.failingFrom),
    failingUntil: latest(a.failingUntil, b.failingUntil),
    failedAt: earliest(a.failedAt, b.failedAt),
    erroredAt: earliest(a.erroredAt, b.erroredAt),
    revisions: firstKnown(a.revisions, b.revisions, ({ rank, at }) => [rank, at]),
    message: firstKnown(a.message, b.message, ({ isFinal, at }) => [isFinal ? 0 : 1, 0 - at]),
    images: firstKnown(a.images, b.images, (names) => [-names.length]),
    unwantedAt: earliest(a.unwantedAt, b.unwantedAt),
  };
}

/** What a snapshot shows of the operation in it; `null` where there is none, or none that says when it started. */
export function attemptOf(snapshot: ApplicationSnapshot, seenAt: EpochMs): AttemptEvidence | null {
  const { operationState: operation } = snapshot;
  const startedAt = instantOf(operation?.startedAt ?? null);
  if (operation === null || startedAt === null) return null;
  const endedAt = instantOf(operation.finishedAt) ?? seenAt;
  const isDone = operation.phase === 'succeeded' && operation.images.length > 0;
  return {
    startedAt,
    isExcluded: operation.isDryRun || operation.isPartial,
    retryCount: operation.retryCount,
    // an application that goes away fails because it does
    ...(snapshot.deletedAt === null && isFailing(operation)
      ? failureOf(snapshot, operation, { seenAt, endedAt })
      : NO_FAILURE),
    images: isDone ? operation.images : null,
    unwantedAt: unwantedAt(snapshot, operation),
  };
}

type Failure = Pick<
  AttemptEvidence,
  'failingFrom' | 'failingUntil' | 'failedAt' | 'erroredAt' | 'revisions' | 'message'
>;

const NO_FAILURE: Failure = {
  failingFrom: null,
  failingUntil: null,
  failedAt: null,
  erroredAt: null,
  revisions: null,
  message: null,
};

function failureOf(
  snapshot: ApplicationSnapshot,
  operation: OperationSnapshot,
  { seenAt, endedAt }: { readonly seenAt: EpochMs; readonly endedAt: EpochMs },
): Failure {
  const { phase, message: text } = operation;
  return {
    failingFrom: endedAt,
    failingUntil: seenAt,
    failedAt: phase === 'failed' ? endedAt : null,
    erroredAt: phase === 'error' ? endedAt : null,
    revisions: revisionsOf(snapshot, operation, seenAt),
    message: { isFinal: phase !== 'running', at: seenAt, text },
  };
}

/**
 * Failed for good, or running although an attempt of it has failed: that is how a retry shows.
 *
 * What a person stopped has not failed by itself, which does not take back that it failed before.
 */
function isFailing({ phase, messageKind, retryCount, finishedAt }: OperationSnapshot): boolean {
  if (phase === 'failed' || phase === 'error') return messageKind !== 'aborted';
  return phase === 'running' && (retryCount > 0 || finishedAt !== null);
}

/** During a retry the result of the attempt before is gone; what was asked for is not. */
function revisionsOf(
  { sync }: ApplicationSnapshot,
  { revisions, revisionsFrom }: OperationSnapshot,
  at: EpochMs,
): AttemptEvidence['revisions'] {
  if (revisionsFrom !== null) return { rank: revisionsFrom === 'sync-result' ? 0 : 1, at, values: revisions };
  // without a repository to look at, the name of the branch may stand here
  const isResolved = sync.status !== 'unknown' && sync.revisions.length > 0;
  return isResolved ? { rank: 2, at, values: sync.revisions } : null;
}

function unwantedAt(snapshot: ApplicationSnapshot, operation: OperationSnapshot): EpochMs | null {
  const { sync, health, hasOperation } = snapshot;
  const comparedAt = instantOf(snapshot.reconciledAt);
  const finishedAt = instantOf(operation.finishedAt);
  const hasEnded = (operation.phase === 'failed' || operation.phase === 'error') && !hasOperation;
  if (!hasEnded || comparedAt === null || finishedAt === null || comparedAt <= finishedAt) return null;
  const isOther =
    operation.revisions.length > 0 &&
    sync.revisions.length > 0 &&
    JSON.stringify(operation.revisions) !== JSON.stringify(sync.revisions);
  return isOther && sync.status === 'synced' && health.status === 'healthy' ? comparedAt : null;
}
