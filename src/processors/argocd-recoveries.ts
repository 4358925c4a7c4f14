import type {
  ArgoDeployment,
  ArgoIdentity,
  ArgoRecovery,
  DeploymentFailure,
  FailedAttempt,
} from '../domain/argocd-event.ts';
import type { EpochMs } from '../domain/units.ts';
import type { SeriesEvidence } from './argocd-evidence.ts';
import { later, spellsOf } from './argocd-health.ts';
import type { TimelineEntry } from './argocd-timeline.ts';

interface Lived {
  readonly series: SeriesEvidence;
  readonly application: ArgoIdentity;
  readonly timeline: readonly TimelineEntry[];
  readonly removedAt: EpochMs | null;
}

type End = Pick<ArgoRecovery, 'at' | 'how' | 'by'>;

/** How the failures of a series ended; nothing for those that are not known to have. A redeploy counts as no deployment, nor does its failure. */
export function recoveriesOf(
  life: Lived,
  deployments: readonly ArgoDeployment[],
  attempts: readonly FailedAttempt[],
): ArgoRecovery[] {
  const ends: (readonly [string, End | null])[] = [];
  for (const [index, { key, kind, failure }] of deployments.entries()) {
    if (failure !== null && kind !== 'redeploy') ends.push([key, endOfDeployment(life, index, failure)]);
  }
  for (const attempt of attempts) ends.push([attempt.key, endOfAttempt(life, attempt)]);
  return ends.flatMap(([failure, found]) => {
    const end = found ?? removal(life);
    if (end === null) return [];
    const { application } = life;
    return [{ type: 'recovery', key: `${failure}!recovered`, application, failure, ...end }];
  });
}

function removal({ removedAt }: Lived): End | null {
  return removedAt === null ? null : { at: removedAt, how: 'removed', by: null };
}

/** The first time after it failed that the application is healthy, by whichever deployment was under way or done by then. */
function endOfDeployment({ timeline }: Lived, index: number, { at }: DeploymentFailure): End | null {
  const rest = timeline.slice(index);
  const healthy = spellsOf(rest.map(({ evidence }) => evidence)).find(
    ({ status, since }) => status === 'healthy' && since > at,
  );
  if (healthy === undefined) return null;
  const by = rest.findLast(({ startedAt }, place) => place > 0 && startedAt <= healthy.since);
  if (by === undefined) return { at: healthy.since, how: 'itself', by: null };
  return { at: later(healthy.since, by.evidence.deployedAt), how: 'deployment', by: by.key };
}

/**
 * The first deployment after it that is known to have been healthy, or the end of the wish for what failed.
 *
 * That the application is healthy is not enough: the old version goes on running when a new one cannot be applied.
 */
function endOfAttempt({ series, timeline }: Lived, attempt: FailedAttempt): End | null {
  const unwantedAt =
    series.attempts.find(({ startedAt }) => startedAt === attempt.startedAt)?.unwantedAt ?? null;
  for (const { key, evidence } of timeline) {
    const { deployedAt, startedAt } = evidence;
    if (deployedAt < attempt.at && startedAt !== attempt.startedAt) continue;
    const healthy = spellsOf([evidence]).find(({ status }) => status === 'healthy');
    if (healthy === undefined) continue;
    const at = later(healthy.since, deployedAt);
    if (unwantedAt !== null && unwantedAt < at) break;
    return { at, how: 'deployment', by: key };
  }
  return unwantedAt === null ? null : { at: unwantedAt, how: 'git', by: null };
}
