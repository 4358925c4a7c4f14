import type { ApplicationSnapshot } from '../domain/argocd.ts';
import type { ArgoSettings } from '../domain/argocd-event.ts';
import { step } from './argocd-events.ts';
import { mergeEvidence, type ArgoEvidence } from './argocd-evidence.ts';

/** A look that is worth keeping. */
export interface ArgoNews {
  /** Without the entries of the history that were known already. */
  readonly snapshot: ApplicationSnapshot;
  /** What is known with it. */
  readonly evidence: ArgoEvidence;
}

/**
 * What a look adds to what is known; `null` where it shows nothing but that time has passed, and no event follows from that.
 *
 * An application is looked at again and again, and its document tells of the last ten deployments each time: what is kept grows with what happens, and not
 * with how often somebody looks. Throws what `mergeEvidence` throws.
 */
export function newsOf(
  previous: ArgoEvidence | null,
  look: ApplicationSnapshot,
  settings: ArgoSettings,
): ArgoNews | null {
  const snapshot = previous === null ? look : withoutKnown(previous, look);
  const { events, withdrawn, evidence } = step(previous, snapshot, settings);
  const isSame = previous !== null && events.length + withdrawn.length === 0;
  return isSame && timeless(previous) === timeless(evidence) ? null : { snapshot, evidence };
}

/** The newest entry stays in any case: the health of the application is its own. */
function withoutKnown(previous: ArgoEvidence, look: ApplicationSnapshot): ApplicationSnapshot {
  const before = previous.series.find(({ key }) => key === (look.uid ?? `${look.namespace}/${look.name}`));
  if (before === undefined) return look;
  const shown = mergeEvidence(null, look).series[0]?.entries ?? [];
  const newest = shown.at(-1);
  const joined = mergeEvidence(previous, look).series.find(({ key }) => key === before.key);
  const known = new Map(before.entries.map((entry) => [keyOf(entry), JSON.stringify(entry)]));
  const kept = new Set(
    (joined?.entries ?? []).filter((entry) => known.get(keyOf(entry)) !== JSON.stringify(entry)).map(keyOf),
  );
  if (newest !== undefined) kept.add(keyOf(newest));
  return {
    ...look,
    history: look.history.filter(({ id, deployedAt }) =>
      kept.has(keyOf({ id, deployedAt: Date.parse(deployedAt) })),
    ),
  };
}

function keyOf({ id, deployedAt }: { readonly id: number; readonly deployedAt: number }): string {
  return `${String(id)}@${String(deployedAt)}`;
}

const TIMES_OF_LOOKING: ReadonlySet<string> = new Set(['seenAt', 'lastSeenAt', 'failingUntil', 'goneUntil']);

function timeless(evidence: ArgoEvidence): string {
  return JSON.stringify(evidence, (key, value: unknown) => (TIMES_OF_LOOKING.has(key) ? undefined : value));
}
