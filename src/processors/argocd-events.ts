import type { ApplicationSnapshot } from '../domain/argocd.ts';
import {
  ARGO_SETTINGS,
  type ArgoDeletion,
  type ArgoDeployment,
  type ArgoEvent,
  type ArgoIdentity,
  type ArgoRecreation,
  type ArgoSettings,
  type FailedAttempt,
} from '../domain/argocd-event.ts';
import { compareText } from '../domain/compare.ts';
import { isoInstant, type EpochMs } from '../domain/units.ts';
import type { AttemptEvidence } from './argocd-attempts.ts';
import {
  mergeEvidence,
  type ArgoEvidence,
  type EntryEvidence,
  type SeriesEvidence,
} from './argocd-evidence.ts';
import { spellsOf, verdictOf, type Judged } from './argocd-health.ts';
import { latest } from './argocd-join.ts';
import { recoveriesOf } from './argocd-recoveries.ts';
import { gapsOf, timelineOf, type TimelineEntry } from './argocd-timeline.ts';

/** A series with what is needed to judge it. */
interface Life {
  readonly series: SeriesEvidence;
  readonly application: ArgoIdentity;
  readonly timeline: readonly TimelineEntry[];
  /** When it went; `null` while it lives. */
  readonly removedAt: EpochMs | null;
  readonly now: EpochMs;
}

/**
 * Everything that happened to an application, as far as the evidence shows it, in the order of time.
 *
 * - Deployments, one for each history entry, and operations that failed; with what is known of their ends.
 * - What may have happened unseen is a gap. Health that nobody saw is `unverified`, never a success.
 * - The time is that of the newest look, so that the same evidence always gives the same events.
 */
export function eventsOf(evidence: ArgoEvidence, settings: ArgoSettings = ARGO_SETTINGS): ArgoEvent[] {
  const lives = evidence.series.toSorted((a, b) => bornAt(a) - bornAt(b) || compareText(a.key, b.key));
  const newest = lives.map(({ lastSeenAt }) => lastSeenAt).reduce<EpochMs | null>(latest, null);
  const events: ArgoEvent[] = [];
  for (const [index, series] of lives.entries()) {
    const { key, uid, deletedAt } = series;
    const successor = lives[index + 1];
    const application = { series: key, uid, namespace: evidence.namespace, name: evidence.name };
    const life: Life = {
      series,
      application,
      timeline: timelineOf(series),
      removedAt: deletedAt ?? (successor === undefined ? null : bornAt(successor)),
      now: newest ?? series.lastSeenAt,
    };
    const predecessor = index === 0 ? undefined : lives[index - 1];
    if (predecessor !== undefined) events.push(recreationOf(life, predecessor));
    events.push(...eventsOfLife(life, settings));
  }
  return events.toSorted((a, b) => timeOf(a) - timeOf(b) || compareText(a.key, b.key));
}

/** What one more look changes. */
export interface Step {
  /** Events that are new, or not what they were. */
  readonly events: readonly ArgoEvent[];
  /** Keys of events that are no longer: gaps that an older look has filled. */
  readonly withdrawn: readonly string[];
  readonly evidence: ArgoEvidence;
}

/** `snapshot` added to what was known, and what that changes; for whoever looks again and again. Throws what `mergeEvidence` throws. */
export function step(
  previous: ArgoEvidence | null,
  snapshot: ApplicationSnapshot,
  settings: ArgoSettings = ARGO_SETTINGS,
): Step {
  const evidence = mergeEvidence(previous, snapshot);
  const known = new Map<string, string>();
  for (const event of previous === null ? [] : eventsOf(previous, settings)) {
    known.set(event.key, JSON.stringify(event));
  }
  const now = eventsOf(evidence, settings);
  const events = now.filter((event) => known.get(event.key) !== JSON.stringify(event));
  for (const { key } of now) known.delete(key);
  return { events, withdrawn: [...known.keys()], evidence };
}

function bornAt({ createdAt, firstSeenAt }: SeriesEvidence): EpochMs {
  return createdAt ?? firstSeenAt;
}

/** Gaps stand before what comes after them; those that are everywhere stand at the end. */
function timeOf(event: ArgoEvent): number {
  if (event.type === 'deployment') return event.deployedAt;
  if (event.type === 'gap') return event.before ?? Number.MAX_SAFE_INTEGER;
  return event.at;
}

function eventsOfLife(life: Life, settings: ArgoSettings): ArgoEvent[] {
  const { series, application, timeline, removedAt } = life;
  const deployments = timeline.map((_, index) => deploymentOf(life, index, settings));
  const attempts = series.attempts.flatMap((attempt) => attemptEvents(attempt, life, settings));
  return [
    ...gapsOf(series, application),
    ...deployments,
    ...attempts,
    ...recoveriesOf({ series, application, timeline, removedAt }, deployments, attempts),
    ...deletionOf(life),
  ];
}

function deploymentOf(life: Life, index: number, settings: ArgoSettings): ArgoDeployment {
  const { series, application, timeline } = life;
  const { key, evidence, kind, isAfterGap, returnsTo, previous } = entryAt(timeline, index);
  const { id, deployedAt, facts, firstSeen } = evidence;
  const { initiatedBy, revisions, sources, content } = facts;
  return {
    type: 'deployment',
    key,
    application,
    id,
    kind,
    isAfterGap,
    returnsTo,
    startedAt: evidence.startedAt,
    deployedAt,
    initiatedBy,
    revisions,
    sources,
    drySHA: series.hydrations.find(({ hydratedSHA }) => revisions.includes(hydratedSHA))?.drySHA ?? null,
    content,
    images: imagesOf(evidence, series),
    ...verdictOf(judgedOf(life, index), settings),
    destination: firstSeen.destination,
    previous: previous === null ? null : { key: previous.key, revisions: previous.evidence.facts.revisions },
    manifestGeneratePaths: firstSeen.manifestGeneratePaths,
  };
}

function entryAt(timeline: readonly TimelineEntry[], index: number): TimelineEntry {
  const entry = timeline[index];
  if (entry === undefined) throw new RangeError(`no entry ${index} in a timeline of ${timeline.length}`);
  return entry;
}

/** A deployment answers for the health until the next one; a redeploy, which is none, only until the next entry. */
function judgedOf({ timeline, removedAt, now }: Life, index: number): Judged {
  const { evidence, kind, isAfterGap, previous, startedAt } = entryAt(timeline, index);
  const following = timeline.findIndex(
    (entry, at) => at > index && (kind === 'redeploy' || entry.kind !== 'redeploy'),
  );
  const end = following === -1 ? timeline.length : following;
  const next = timeline[end];
  const before = isAfterGap || previous === null ? undefined : spellsOf([previous.evidence]).at(-1);
  return {
    startedAt,
    deployedAt: evidence.deployedAt,
    spells: spellsOf(timeline.slice(index, end).map((entry) => entry.evidence)),
    wasDegraded: before?.status === 'degraded',
    next: next === undefined ? null : { startedAt: next.startedAt, spells: spellsOf([next.evidence]) },
    isOpen: next === undefined && removedAt === null,
    now,
  };
}

/** An operation is told from an entry by its start, which both carry. */
function imagesOf(
  { images, startedAt }: EntryEvidence,
  { attempts }: SeriesEvidence,
): ArgoDeployment['images'] {
  const operation = attempts.find((attempt) => attempt.startedAt === startedAt && !attempt.isExcluded);
  const applied = operation?.images ?? null;
  if (applied !== null) return { from: 'sync-result', names: applied };
  return images === null ? { from: 'none', names: [] } : { from: 'summary', names: images.names };
}

function attemptEvents(attempt: AttemptEvidence, life: Life, settings: ArgoSettings): FailedAttempt[] {
  const { startedAt, failingFrom, retryCount } = attempt;
  if (failingFrom === null || !hasFailed(attempt, settings)) return [];
  const reason = reasonOf(attempt);
  return [
    {
      type: 'failed-attempt',
      key: `${life.series.key}@${isoInstant(startedAt)}`,
      application: life.application,
      startedAt,
      at: failingFrom,
      reason,
      // the count goes up when an attempt fails, but not when there is none to follow
      attempts: reason === 'retrying' ? Math.max(retryCount, 1) : retryCount + 1,
      revisions: attempt.revisions?.values ?? [],
      message: attempt.message?.text ?? '',
      deployment: life.timeline.find(({ evidence }) => evidence.startedAt === startedAt)?.key ?? null,
    },
  ];
}

/** Whether it failed in the end, or often or long enough to count although it goes on. */
function hasFailed(attempt: AttemptEvidence, { retries, retryingFor }: ArgoSettings): boolean {
  const { startedAt, isExcluded, failingUntil, retryCount } = attempt;
  if (isExcluded || failingUntil === null) return false;
  return reasonOf(attempt) !== 'retrying' || retryCount >= retries || failingUntil - startedAt >= retryingFor;
}

function reasonOf({ failedAt, erroredAt }: AttemptEvidence): FailedAttempt['reason'] {
  return erroredAt !== null ? 'error' : failedAt !== null ? 'failed' : 'retrying';
}

function deletionOf({ series, application }: Life): ArgoDeletion[] {
  const { key, deletedAt } = series;
  return deletedAt === null ? [] : [{ type: 'deletion', key: `${key}!deleted`, application, at: deletedAt }];
}

function recreationOf({ series, application }: Life, { key: previous }: SeriesEvidence): ArgoRecreation {
  return { type: 'recreation', key: `${series.key}!recreated`, application, at: bornAt(series), previous };
}
