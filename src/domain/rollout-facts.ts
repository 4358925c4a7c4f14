import { clustersOf, type Deployment } from './deployment.ts';
import type { EpochMs } from './units.ts';

/** What Argo CD says of a deployment, beside what every source says. */
export interface RolloutFacts {
  /** Each once, the first to have it first. */
  readonly clusters: readonly { readonly name: string; readonly at: EpochMs }[];
  /** Where in one of them at least nobody saw whether it became healthy. */
  readonly isUnverified: boolean;
  /** Why its commit is that of the GitOps repository; `null` where it is not. */
  readonly untraced: string | null;
  /** What went wrong, each once; `null` where nothing did. */
  readonly problem: string | null;
}

/** `null` for what Argo CD does not know of. */
export function rolloutFacts(deployment: Pick<Deployment, 'sightings'>): RolloutFacts | null {
  const told = deployment.sightings.filter(({ source }) => source === 'argocd');
  if (told.length === 0) return null;
  const problems = new Set(told.flatMap(({ problem }) => problem ?? []));
  return {
    clusters: clustersOf({ sightings: told }),
    isUnverified: told.some(({ unverified }) => unverified === true),
    untraced: told.find(({ untraced }) => untraced !== undefined)?.untraced ?? null,
    problem: problems.size === 0 ? null : [...problems].join('; '),
  };
}
