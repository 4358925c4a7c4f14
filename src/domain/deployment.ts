import { compareText } from './compare.ts';
import type { EpochMs } from './units.ts';

/** Where a deployment is known from, strongest first: the order decides which of two equal ones is kept. */
export const DEPLOYMENT_SOURCES = [
  'argocd',
  'github-deployment',
  'workflow-run',
  'release',
  'annotated-tag',
  'lightweight-tag',
  'merge',
  'annotation',
] as const;
export type DeploymentSource = (typeof DEPLOYMENT_SOURCES)[number];

export type Outcome = 'succeeded' | 'failed' | 'unknown';

/** The rules that make a deployment a failure, in the order in which they are asked. */
export const FAILURE_RULES = ['annotated', 'incident', 'rollout', 'rollback', 'revert', 'hotfix'] as const;
export type FailureRule = (typeof FAILURE_RULES)[number];

/** A record that says that a deployment happened. */
export interface Sighting {
  readonly source: DeploymentSource;
  /** The name in that source: a tag, a commit. */
  readonly name: string;
  readonly at: EpochMs;
  /** Where it can be looked at, where that is known. */
  readonly url?: string;
  /** What the source calls the part that was deployed, where that is not the component itself. */
  readonly part?: string;
  /** The cluster that it was seen in, where the source knows clusters. */
  readonly cluster?: string;
  /** Why its commit is that of the GitOps repository and not that of the application, where it is. */
  readonly untraced?: string;
  /** Where nobody saw whether it became healthy. */
  readonly unverified?: true;
  /** What went wrong, in the words of the source, where something did. */
  readonly problem?: string;
}

/** One reason to call a deployment failed, with what repaired it. */
export interface FailureEvidence {
  readonly rule: FailureRule;
  readonly failureAt: EpochMs;
  /** `null` while nothing has repaired it. */
  readonly recoveredAt: EpochMs | null;
  /** The instant from which this could be known; a computation as of an earlier one ignores it. */
  readonly knownAt: EpochMs;
  /** Id of the deployment that repaired it, where one did. */
  readonly repairedBy: string | null;
  /** The commits that prove it (the revert, the hotfix). */
  readonly commits: readonly string[];
  /** Id of the incident that proves it; `null` for the other rules. */
  readonly incident: string | null;
}

/** One revision of one component reaching one environment at one time. */
export interface Deployment {
  /** Stable and unique in a workspace: `tag:acme/shop:v1.2.3`. */
  readonly id: string;
  readonly repository: string;
  readonly component: string;
  readonly environment: string;
  /** What people call it: the tag, else the short sha. */
  readonly name: string;
  /** Where it can be looked at; `null` where git alone tells of it. */
  readonly url: string | null;
  /** Full sha of the commit. */
  readonly revision: string;
  readonly finishedAt: EpochMs;
  /** True where the source has no time of its own and the commit's stands in. */
  readonly estimated: boolean;
  readonly outcome: Outcome;
  readonly source: DeploymentSource;
  /** Every record that says so, the kept one first. */
  readonly sightings: readonly Sighting[];
  /** When a failed one was well again without another deployment, where the source tells. The failures say it from then on: it is not stored. */
  readonly recoveredAt?: EpochMs;
}

/** Where a deployment is known from, each once, strongest first. */
export function sourcesOf({ sightings }: Pick<Deployment, 'sightings'>): DeploymentSource[] {
  return DEPLOYMENT_SOURCES.filter((source) => sightings.some((sighting) => sighting.source === source));
}

/** The clusters that it was seen in, each once, the first to have it first. */
export function clustersOf({
  sightings,
}: Pick<Deployment, 'sightings'>): readonly { readonly name: string; readonly at: EpochMs }[] {
  const found = new Map<string, EpochMs>();
  const ordered = sightings.toSorted((a, b) => a.at - b.at || compareText(a.cluster ?? '', b.cluster ?? ''));
  for (const { cluster, at } of ordered)
    if (cluster !== undefined && !found.has(cluster)) found.set(cluster, at);
  return [...found].map(([name, at]) => ({ name, at }));
}

/** A deployment with what the history says about it. */
export interface AssessedDeployment extends Deployment {
  /** The first one of its component that succeeded: what lies behind it was not shipped by it. */
  readonly baseline: boolean;
  /** Changes for which this was the first deployment. */
  readonly shippedChanges: number;
  /** All rules that hold, in the order of `FAILURE_RULES`. */
  readonly failures: readonly FailureEvidence[];
  /** The failed deployments that this one repaired, by rule; empty when it was planned work. */
  readonly repairs: readonly Repair[];
  /** `null` where nobody said anything. */
  readonly annotation: DeploymentAnnotation | null;
}

/** What people said of a deployment, as far as it decides a number; the words are in the annotations. */
export interface DeploymentAnnotation {
  /** Ids of the rows of the sheet that were filled in. */
  readonly rows: readonly string[];
  readonly failed: boolean | null;
  readonly hotfix: boolean | null;
  readonly rollback: boolean | null;
}

/** Whether it was unplanned: it repaired a failed one, or people say that it was a hotfix or a rollback. */
export function isRework({ repairs, annotation }: AssessedDeployment): boolean {
  return repairs.length > 0 || annotation?.hotfix === true || annotation?.rollback === true;
}

export interface Repair {
  readonly rule: 'rollback' | 'revert' | 'hotfix';
  readonly deployment: string;
}
