import type { ArgoSettings, DeploymentFailure, DeploymentStatus } from '../domain/argocd-event.ts';
import { compareText } from '../domain/compare.ts';
import { epochMs, type EpochMs } from '../domain/units.ts';
import type { EntryEvidence, Sighting } from './argocd-evidence.ts';
import { earliest, first, last, latest } from './argocd-join.ts';

/** What the health of an application says about the deployment that was its newest at the time. */

/** A time throughout which the health is known to have been the same. */
export interface Spell {
  readonly status: Sighting['status'];
  readonly since: EpochMs;
  /** Whether Argo CD told since when; else it is when it was first seen so. */
  readonly isTold: boolean;
  readonly until: EpochMs;
  readonly goneFrom: EpochMs | null;
  readonly goneUntil: EpochMs | null;
}

/** The spells that the sightings of these entries amount to, in the order in which they began. */
export function spellsOf(entries: readonly EntryEvidence[]): Spell[] {
  const told = new Map<string, Spell>();
  const seen: Spell[] = [];
  for (const sighting of entries.flatMap(({ sightings }) => sightings)) {
    const { status, since, firstSeenAt, lastSeenAt, goneFrom, goneUntil } = sighting;
    if (since === null) {
      const look = { status, isTold: false };
      seen.push({ ...look, since: firstSeenAt, until: firstSeenAt, goneFrom, goneUntil: goneFrom });
      seen.push({ ...look, since: lastSeenAt, until: lastSeenAt, goneFrom: goneUntil, goneUntil });
    } else {
      const key = `${status}@${since}`;
      const spell: Spell = { status, since, isTold: true, until: lastSeenAt, goneFrom, goneUntil };
      const known = told.get(key);
      told.set(key, known === undefined ? spell : joined(known, spell));
    }
  }
  return [...told.values(), ...runsOf(seen)].toSorted(inOrder);
}

/** Looks one after the other that show the same; between two of them nothing else was seen. */
function runsOf(looks: readonly Spell[]): Spell[] {
  const runs: Spell[] = [];
  for (const look of looks.toSorted(inOrder)) {
    const run = runs.at(-1);
    if (run?.status === look.status) runs.splice(-1, 1, joined(run, look));
    else runs.push(look);
  }
  return runs;
}

function joined(a: Spell, b: Spell): Spell {
  return {
    ...a,
    since: first(a.since, b.since, (at) => [at]),
    until: last(a.until, b.until, (at) => [at]),
    goneFrom: earliest(a.goneFrom, b.goneFrom),
    goneUntil: latest(a.goneUntil, b.goneUntil),
  };
}

function inOrder(a: Spell, b: Spell): number {
  return a.since - b.since || a.until - b.until || compareText(a.status, b.status);
}

/** A deployment, as far as its health is to be judged. */
export interface Judged {
  readonly startedAt: EpochMs;
  readonly deployedAt: EpochMs;
  readonly spells: readonly Spell[];
  /** Whether it found the application degraded. */
  readonly wasDegraded: boolean;
  /** The deployment after it; `null` where there is none. */
  readonly next: { readonly startedAt: EpochMs; readonly spells: readonly Spell[] } | null;
  /** Whether more may be seen of it. */
  readonly isOpen: boolean;
  /** The newest look at the application. */
  readonly now: EpochMs;
}

interface Verdict {
  readonly status: DeploymentStatus;
  readonly failure: DeploymentFailure | null;
  readonly healthyAt: EpochMs | null;
}

/**
 * What became of a deployment: failed where it is known to have been unhealthy for long enough, else a success where it is known to have
 * been healthy in time, else unverified; pending while its time is not over.
 */
export function verdictOf(deployment: Judged, settings: ArgoSettings): Verdict {
  const failure = failureOf(deployment, settings);
  if (failure !== null) return { status: 'failed', failure, healthyAt: null };
  const healthyAt = healthySince(deployment, settings);
  if (healthyAt !== null) return { status: 'success', failure: null, healthyAt };
  const isYoung = deployment.now < deployment.deployedAt + settings.degradedWithin;
  return { status: deployment.isOpen && isYoung ? 'pending' : 'unverified', failure: null, healthyAt: null };
}

function failureOf(deployment: Judged, settings: ArgoSettings): DeploymentFailure | null {
  let found: DeploymentFailure | null = null;
  for (const spell of deployment.spells) {
    const failure =
      degraded(spell, deployment, settings) ??
      timedOut(spell, deployment, settings) ??
      missing(spell, deployment, settings);
    if (failure !== null && (found === null || failure.at < found.at)) found = failure;
  }
  return found;
}

function degraded(spell: Spell, deployment: Judged, settings: ArgoSettings): DeploymentFailure | null {
  const { startedAt, deployedAt, wasDegraded, next } = deployment;
  const { status, since, until } = spell;
  const isItsOwn = !wasDegraded && since >= startedAt && since <= deployedAt + settings.degradedWithin;
  if (status !== 'degraded' || !isItsOwn) return null;
  const isLong = until - since >= settings.degradedFor;
  const arrival = next !== null && lastsUntil(spell, next) ? next.startedAt : Infinity;
  if (!isLong && arrival === Infinity) return null;
  const longAt = isLong ? since + settings.degradedFor : Infinity;
  return {
    reason: 'degraded',
    at: later(since, deployedAt),
    knownAt: later(epochMs(Math.min(longAt, arrival)), deployedAt),
  };
}

/** Whether it is known to have been the same until the next deployment began: it was seen then, or the same spell was seen after it. */
function lastsUntil({ status, since, until, isTold }: Spell, next: NonNullable<Judged['next']>): boolean {
  if (until >= next.startedAt) return true;
  return (
    isTold && next.spells.some((later) => later.isTold && later.status === status && later.since === since)
  );
}

function timedOut(spell: Spell, { deployedAt }: Judged, settings: ArgoSettings): DeploymentFailure | null {
  const { progressingFor, degradedWithin } = settings;
  const from = later(spell.since, deployedAt);
  if (spell.status !== 'progressing' || progressingFor === null || from > deployedAt + degradedWithin)
    return null;
  const at = from + progressingFor;
  return spell.until > at ? { reason: 'timeout', at: epochMs(at), knownAt: epochMs(at) } : null;
}

/** Everything is gone and nothing is being done about it. Before the first deployment and while it is deleted that is as it should be. */
function missing(
  spell: Spell,
  { deployedAt }: Judged,
  { missingFor }: ArgoSettings,
): DeploymentFailure | null {
  const { goneFrom, goneUntil, since } = spell;
  if (goneFrom === null || goneUntil === null || goneUntil - goneFrom < missingFor) return null;
  return { reason: 'missing', at: later(since, deployedAt), knownAt: epochMs(goneFrom + missingFor) };
}

/** From when on it is known to have been healthy, where that is within its time. */
function healthySince({ spells, deployedAt }: Judged, { degradedWithin }: ArgoSettings): EpochMs | null {
  const spell = spells.find(({ status }) => status === 'healthy');
  if (spell === undefined || spell.since > deployedAt + degradedWithin) return null;
  return later(spell.since, deployedAt);
}

export function later(a: EpochMs, b: EpochMs): EpochMs {
  return a > b ? a : b;
}
