import type { ArgoGap, ArgoIdentity, DeploymentKind } from '../domain/argocd-event.ts';
import { isoInstant, type EpochMs } from '../domain/units.ts';
import type { EntryEvidence, SeriesEvidence } from './argocd-evidence.ts';

/** A history entry at its place among those that are known. */
export interface TimelineEntry {
  readonly key: string;
  readonly evidence: EntryEvidence;
  readonly kind: DeploymentKind;
  readonly isAfterGap: boolean;
  /** Key of the newest older entry of the same content, where it is a rollback. */
  readonly returnsTo: string | null;
  readonly previous: TimelineEntry | null;
  /** Of the sync; the end of it where that is not told. */
  readonly startedAt: EpochMs;
}

/**
 * The entries of a series in order, each with what it is to the one before.
 *
 * What was never seen cannot be compared with: after a gap, and at the first entry, the kind is relative to what is known.
 */
export function timelineOf(series: SeriesEvidence): TimelineEntry[] {
  const timeline: TimelineEntry[] = [];
  const newestOf = new Map<string, TimelineEntry>();
  for (const evidence of series.entries) {
    const { id, deployedAt, startedAt, facts } = evidence;
    const previous = timeline.at(-1) ?? null;
    const same = newestOf.get(facts.content);
    const kind = kindOf(evidence, previous, same);
    const entry: TimelineEntry = {
      key: `${series.key}#${id}@${isoInstant(deployedAt)}`,
      evidence,
      kind,
      isAfterGap: id !== (previous === null ? 0 : previous.evidence.id + 1),
      returnsTo: kind === 'rollback' ? (same?.key ?? null) : null,
      previous,
      startedAt: startedAt ?? deployedAt,
    };
    timeline.push(entry);
    newestOf.set(facts.content, entry);
  }
  return timeline;
}

function kindOf(
  { facts }: EntryEvidence,
  previous: TimelineEntry | null,
  same: TimelineEntry | undefined,
): DeploymentKind {
  if (previous === null) return 'initial';
  if (same === previous) return 'redeploy';
  if (same !== undefined) return 'rollback';
  const before = previous.evidence.facts.revisions;
  const isEqual = JSON.stringify(before) === JSON.stringify(facts.revisions);
  return isEqual ? 'config-change' : 'change';
}

/** What is missing between the entries, before them and of them. */
export function gapsOf(series: SeriesEvidence, application: ArgoIdentity): ArgoGap[] {
  const gaps: ArgoGap[] = [];
  let previous: EntryEvidence | null = null;
  for (const entry of series.entries) {
    const gap = gapBefore(entry, previous);
    if (gap !== null) {
      const key = `${series.key}!${gap.reason}@${isoInstant(entry.deployedAt)}`;
      const after = previous === null ? null : previous.deployedAt;
      gaps.push({ type: 'gap', key, application, ...gap, after, before: entry.deployedAt });
    }
    previous = entry;
  }
  const nowhere = { ids: null, after: null, before: null };
  for (const reason of ['unreadable', 'no-history'] as const) {
    const holds =
      reason === 'unreadable' ? series.unreadableHistory > 0 : series.application.revisionHistoryLimit === 0;
    if (holds) gaps.push({ type: 'gap', key: `${series.key}!${reason}`, application, reason, ...nowhere });
  }
  return gaps;
}

function gapBefore(
  { id }: EntryEvidence,
  previous: EntryEvidence | null,
): Pick<ArgoGap, 'reason' | 'ids'> | null {
  const range = (from: number) => (from < id ? { from, to: id - 1 } : null);
  if (previous === null) return id > 0 ? { reason: 'before-first', ids: range(0) } : null;
  if (id <= previous.id) return { reason: 'restarted', ids: range(0) };
  return id > previous.id + 1 ? { reason: 'between', ids: range(previous.id + 1) } : null;
}
