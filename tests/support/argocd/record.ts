import type { DeploymentRecord, RolloutRecord } from '../../../src/domain/deployment-record.ts';
import type { EpochMs } from '../../../src/domain/units.ts';
import { sha } from '../builders.ts';

interface Some extends Partial<RolloutRecord> {
  readonly id?: string;
  /** Its first digits. */
  readonly revision?: string;
}

/** That Argo CD deployed a commit of `acme/shop` to eu1; it failed where there was a problem. */
export function argoRecord(
  at: EpochMs,
  { id = 'argocd/shop#7', revision = '9', ...some }: Some = {},
): DeploymentRecord {
  const problem = some.problem ?? null;
  return {
    source: 'argocd',
    id,
    name: 'shop',
    url: null,
    revision: sha(revision),
    tag: null,
    environment: 'production',
    workflow: null,
    finishedAt: at,
    outcome: problem === null ? 'succeeded' : 'failed',
    notBecause: null,
    rollout: {
      component: 'acme/shop',
      clusters: [{ name: 'eu1', at }],
      images: [],
      untraced: null,
      isUnverified: false,
      problem,
      recoveredAt: null,
      ...some,
    },
  };
}
