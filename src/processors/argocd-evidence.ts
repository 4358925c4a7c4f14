import {
  instantOf,
  type ApplicationSnapshot,
  type ArgoDestination,
  type HealthStatus,
  type HistoryEntry,
} from '../domain/argocd.ts';
import { compareText } from '../domain/compare.ts';
import { DAY, HOUR, MINUTE, type EpochMs } from '../domain/units.ts';
import { attemptOf, joinAttempts, type AttemptEvidence } from './argocd-attempts.ts';
import { earliest, first, firstKnown, joinLists, last, latest } from './argocd-join.ts';

/**
 * What is known of an application from looking at it, gathered so that neither the order of the looks nor looking twice matters.
 *
 * Every part is the least or greatest of what was seen, by an order in which two different things are never equal; lists are sorted and
 * joined item by item. Whatever was seen can therefore be joined in any order with the same result, to the byte.
 */
export interface ArgoEvidence {
  readonly namespace: string;
  readonly name: string;
  /** One for each uid, in their order as text. */
  readonly series: readonly SeriesEvidence[];
}

/** Everything known of one life of the application. */
export interface SeriesEvidence {
  /** The uid; `namespace/name` where the documents carry none. */
  readonly key: string;
  readonly uid: string | null;
  readonly createdAt: EpochMs | null;
  readonly deletedAt: EpochMs | null;
  readonly firstSeenAt: EpochMs;
  readonly lastSeenAt: EpochMs;
  /** As it was when it was last seen. */
  readonly application: ApplicationFacts;
  readonly unreadableHistory: number;
  /** In the order in which they were deployed. */
  readonly entries: readonly EntryEvidence[];
  readonly attempts: readonly AttemptEvidence[];
  readonly hydrations: readonly Hydration[];
}

/** What the application is and wants, without what happened to it. */
export type ApplicationFacts = Pick<
  ApplicationSnapshot,
  | 'seenAt'
  | 'project'
  | 'labels'
  | 'manifestGeneratePaths'
  | 'applicationSet'
  | 'destination'
  | 'sources'
  | 'revisionHistoryLimit'
  | 'hydrator'
  | 'conditions'
>;

export interface EntryEvidence {
  readonly id: number;
  readonly deployedAt: EpochMs;
  readonly startedAt: EpochMs | null;
  readonly facts: HistoryEntry;
  /** The oldest look at it. */
  readonly firstSeen: {
    readonly at: EpochMs;
    readonly destination: ArgoDestination;
    readonly manifestGeneratePaths: string | null;
  };
  /** The images of the pods at the oldest look at which it was the newest entry and healthy. */
  readonly images: { readonly at: EpochMs; readonly names: readonly string[] } | null;
  /** Its health while it was the newest entry; nothing of before it was deployed. */
  readonly sightings: readonly Sighting[];
}

/** That the application had this health for a while, or was seen with it now and then. */
export interface Sighting {
  readonly status: Exclude<HealthStatus, 'unknown'>;
  /** Since when, as Argo CD tells from version 2.14 on. */
  readonly since: EpochMs | null;
  /** Where it does not tell: the part of the time after the deployment in which it was seen. */
  readonly slot: number;
  readonly firstSeenAt: EpochMs;
  readonly lastSeenAt: EpochMs;
  /** The first and last look at which nothing was left and nothing was being done about it. */
  readonly goneFrom: EpochMs | null;
  readonly goneUntil: EpochMs | null;
}

export interface Hydration {
  readonly hydratedSHA: string;
  readonly drySHA: string;
  readonly at: EpochMs;
}

/**
 * `evidence` with what `snapshot` shows; of an application nobody looked at yet where it is `null`.
 *
 * Commutative, associative and idempotent. Throws `RangeError` for a snapshot of another application, or one that does not say when.
 */
export function mergeEvidence(evidence: ArgoEvidence | null, snapshot: ApplicationSnapshot): ArgoEvidence {
  const seenAt = instantOf(snapshot.seenAt);
  const { namespace, name } = snapshot;
  if (seenAt === null)
    throw new RangeError(`a snapshot of ${namespace}/${name} does not say when it was seen`);
  const shown = { namespace, name, series: [seriesOf(snapshot, seenAt)] };
  return evidence === null ? shown : joinEvidence(evidence, shown);
}

/** What two gatherings of evidence say together. Throws `RangeError` when they are of two applications. */
export function joinEvidence(a: ArgoEvidence, b: ArgoEvidence): ArgoEvidence {
  if (a.namespace !== b.namespace || a.name !== b.name) {
    throw new RangeError(`${a.namespace}/${a.name} is not ${b.namespace}/${b.name}`);
  }
  return { ...a, series: joinLists(a.series, b.series, (x, y) => compareText(x.key, y.key), joinSeries) };
}

function joinSeries(a: SeriesEvidence, b: SeriesEvidence): SeriesEvidence {
  return {
    key: a.key,
    uid: a.uid,
    createdAt: earliest(a.createdAt, b.createdAt),
    deletedAt: earliest(a.deletedAt, b.deletedAt),
    firstSeenAt: first(a.firstSeenAt, b.firstSeenAt, (at) => [at]),
    lastSeenAt: last(a.lastSeenAt, b.lastSeenAt, (at) => [at]),
    application: last(a.application, b.application, (facts) => [Date.parse(facts.seenAt)]),
    unreadableHistory: Math.max(a.unreadableHistory, b.unreadableHistory),
    entries: joinLists(a.entries, b.entries, inOrder, joinEntries),
    attempts: joinLists(a.attempts, b.attempts, (x, y) => x.startedAt - y.startedAt, joinAttempts),
    hydrations: joinLists(
      a.hydrations,
      b.hydrations,
      (x, y) => compareText(x.hydratedSHA, y.hydratedSHA),
      (x, y) => first(x, y, ({ at }) => [at]),
    ),
  };
}

function joinEntries(a: EntryEvidence, b: EntryEvidence): EntryEvidence {
  return {
    id: a.id,
    deployedAt: a.deployedAt,
    startedAt: earliest(a.startedAt, b.startedAt),
    // older versions, and people who edit documents, leave parts out
    facts: last(a.facts, b.facts, (facts) => [knownParts(facts)]),
    firstSeen: first(a.firstSeen, b.firstSeen, ({ at }) => [at]),
    images: firstKnown(a.images, b.images, ({ at }) => [at]),
    sightings: joinLists(a.sightings, b.sightings, bySpell, joinSightings),
  };
}

function knownParts({ deployStartedAt, initiatedBy, revisions, sources }: HistoryEntry): number {
  return [
    deployStartedAt !== null,
    initiatedBy !== 'unknown',
    revisions.length > 0,
    sources.length > 0,
  ].filter(Boolean).length;
}

function inOrder(a: EntryEvidence, b: EntryEvidence): number {
  return a.deployedAt - b.deployedAt || a.id - b.id;
}

function bySpell(a: Sighting, b: Sighting): number {
  return (a.since ?? 0) - (b.since ?? 0) || a.slot - b.slot || compareText(a.status, b.status);
}

function joinSightings(a: Sighting, b: Sighting): Sighting {
  return {
    ...a,
    firstSeenAt: first(a.firstSeenAt, b.firstSeenAt, (at) => [at]),
    lastSeenAt: last(a.lastSeenAt, b.lastSeenAt, (at) => [at]),
    goneFrom: earliest(a.goneFrom, b.goneFrom),
    goneUntil: latest(a.goneUntil, b.goneUntil),
  };
}

function seriesOf(snapshot: ApplicationSnapshot, seenAt: EpochMs): SeriesEvidence {
  const { uid, namespace, name } = snapshot;
  const entries = snapshot.history
    .flatMap((facts) => entryOf(facts, snapshot, seenAt))
    .toSorted(inOrder)
    // a hand-made document may tell of one twice
    .reduce<readonly EntryEvidence[]>((known, entry) => joinLists(known, [entry], inOrder, joinEntries), []);
  const newest = entries.at(-1);
  const attempt = attemptOf(snapshot, seenAt);
  return {
    key: uid ?? `${namespace}/${name}`,
    uid,
    createdAt: instantOf(snapshot.createdAt),
    deletedAt: instantOf(snapshot.deletedAt),
    firstSeenAt: seenAt,
    lastSeenAt: seenAt,
    application: factsOf(snapshot),
    unreadableHistory: snapshot.unreadableHistory,
    entries: newest === undefined ? [] : [...entries.slice(0, -1), withHealth(newest, snapshot, seenAt)],
    attempts: attempt === null ? [] : [attempt],
    hydrations: hydrationsOf(snapshot, seenAt),
  };
}

function factsOf(snapshot: ApplicationSnapshot): ApplicationFacts {
  const { seenAt, project, labels, manifestGeneratePaths, applicationSet, conditions } = snapshot;
  const { destination, sources, revisionHistoryLimit, hydrator } = snapshot;
  return {
    seenAt,
    project,
    labels,
    manifestGeneratePaths,
    applicationSet,
    destination,
    sources,
    revisionHistoryLimit,
    hydrator,
    conditions,
  };
}

function entryOf(facts: HistoryEntry, snapshot: ApplicationSnapshot, at: EpochMs): EntryEvidence[] {
  const deployedAt = instantOf(facts.deployedAt);
  if (deployedAt === null) return [];
  const { destination, manifestGeneratePaths } = snapshot;
  return [
    {
      id: facts.id,
      deployedAt,
      startedAt: instantOf(facts.deployStartedAt),
      facts,
      firstSeen: { at, destination, manifestGeneratePaths },
      images: null,
      sightings: [],
    },
  ];
}

/**
 * The newest entry with the health of the application, where that is its own: Argo CD writes the entry before it looks at the health
 * again. A comparison after the deployment shows that it has, and so does a change of health after it, which writes no comparison.
 */
function withHealth(entry: EntryEvidence, snapshot: ApplicationSnapshot, seenAt: EpochMs): EntryEvidence {
  const { status } = snapshot.health;
  const since = instantOf(snapshot.health.lastTransitionTime);
  const isOwn =
    (instantOf(snapshot.reconciledAt) ?? -Infinity) >= entry.deployedAt ||
    (since ?? -Infinity) > entry.deployedAt;
  // without a cluster or a repository to look at it tells nothing, and an application that goes away may be as sick as it likes
  if (!isOwn || status === 'unknown' || snapshot.deletedAt !== null) return entry;
  const isGone = status === 'missing' && snapshot.sync.status === 'out-of-sync' && !snapshot.hasOperation;
  const sighting: Sighting = {
    status,
    since,
    slot: since === null ? slotOf(seenAt - entry.deployedAt) : 0,
    firstSeenAt: seenAt,
    lastSeenAt: seenAt,
    goneFrom: isGone ? seenAt : null,
    goneUntil: isGone ? seenAt : null,
  };
  const shows = status === 'healthy' && snapshot.images.length > 0;
  return {
    ...entry,
    images: shows ? { at: seenAt, names: snapshot.images } : null,
    sightings: [sighting],
  };
}

/** Five minutes in the hours that count, then a day: of years of looking every minute little is left to keep. */
function slotOf(age: number): number {
  return age < 2 * HOUR ? Math.floor(age / (5 * MINUTE)) : 24 + Math.floor(age / DAY);
}

function hydrationsOf({ hydrator }: ApplicationSnapshot, at: EpochMs): Hydration[] {
  const pairs = [hydrator?.current, hydrator?.lastSuccessful];
  return pairs
    .flatMap((pair) => {
      if (pair?.phase !== 'hydrated' || pair.hydratedSHA === null || pair.drySHA === null) return [];
      return [{ hydratedSHA: pair.hydratedSHA, drySHA: pair.drySHA, at }];
    })
    .reduce<Hydration[]>(
      (known, one) =>
        joinLists(
          known,
          [one],
          (x, y) => compareText(x.hydratedSHA, y.hydratedSHA),
          (x, y) => first(x, y, () => []),
        ),
      [],
    );
}
