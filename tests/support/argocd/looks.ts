import { createHash } from 'node:crypto';
import type { ApplicationSnapshot } from '../../../src/domain/argocd.ts';
import { ARGO_SETTINGS, type ArgoEvent, type ArgoSettings } from '../../../src/domain/argocd-event.ts';
import { isoInstant, type EpochMs } from '../../../src/domain/units.ts';
import { applicationSnapshot } from '../../../src/extractors/argocd/normalise.ts';
import { eventsOf } from '../../../src/processors/argocd-events.ts';
import { mergeEvidence, type ArgoEvidence } from '../../../src/processors/argocd-evidence.ts';

/** A look at an application: the document that was read, and when. */
export interface Look {
  readonly seenAt: EpochMs;
  readonly document: unknown;
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** What a look shows. Throws for a document that is no Application. */
export function snapshotOf({ seenAt, document }: Look): ApplicationSnapshot {
  const read = applicationSnapshot(document, { seenAt, sha256 });
  if (read.kind === 'refused') throw new RangeError(read.message);
  return read.snapshot;
}

/** What these snapshots show together, taken in this order. Throws when there is none. */
export function evidenceOf(snapshots: readonly ApplicationSnapshot[]): ArgoEvidence {
  const evidence = snapshots.reduce<ArgoEvidence | null>(mergeEvidence, null);
  if (evidence === null) throw new RangeError('nobody looked');
  return evidence;
}

/** What happened, by these looks. */
export function eventsSeen(looks: readonly Look[], settings: Partial<ArgoSettings> = {}): ArgoEvent[] {
  return eventsOf(evidenceOf(looks.map(snapshotOf)), { ...ARGO_SETTINGS, ...settings });
}

/** The same, as `lines` writes it. */
export function linesSeen(looks: readonly Look[], settings: Partial<ArgoSettings> = {}): string[] {
  return lines(eventsSeen(looks, settings));
}

/** Events as a person would write them down, one a line; keys without their instants, revisions by their first digits. */
function lines(events: readonly ArgoEvent[]): string[] {
  return events.map(lineOf);
}

function lineOf(event: ArgoEvent): string {
  const { series } = event.application;
  if (event.type === 'deployment') {
    const { key, kind, status, failure, healthyAt, revisions } = event;
    const how = failure === null ? '' : ` ${failure.reason} from ${time(failure.at)}`;
    const since = healthyAt === null ? '' : ` from ${time(healthyAt)}`;
    const what = revisions.map((revision) => revision.slice(0, 6)).join('+');
    return `${time(event.deployedAt)} ${short(key)} ${kind} ${what}: ${status}${how}${since}`;
  }
  if (event.type === 'failed-attempt') {
    const what = event.revisions.map((revision) => revision.slice(0, 6)).join('+');
    return `${time(event.at)} attempt of ${what}: ${event.reason}, ${event.attempts} times`;
  }
  if (event.type === 'recovery') {
    const by = event.by === null ? '' : ` by ${short(event.by)}`;
    return `${time(event.at)} end of ${short(event.failure)}: ${event.how}${by}`;
  }
  if (event.type === 'gap') {
    const ids = event.ids === null ? '' : ` ${event.ids.from} to ${event.ids.to}`;
    const before = event.before === null ? 'always' : time(event.before);
    return `${before} gap in ${series}: ${event.reason}${ids}`;
  }
  if (event.type === 'recreation') return `${time(event.at)} ${series} follows ${event.previous}`;
  return `${time(event.at)} ${series} deleted`;
}

function time(instant: number): string {
  return isoInstant(instant).slice(5, -1).replace('T', ' ');
}

/** The key of a deployment without its instant; that of an attempt is its instant. */
function short(key: string): string {
  return key.includes('#') ? key.replace(/@.*$/u, '') : time(Date.parse(key.replace(/^.*@/u, '')));
}
