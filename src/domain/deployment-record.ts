import type { DeploymentSource, Outcome } from './deployment.ts';
import type { SetAsideReason } from './set-aside.ts';
import type { EpochMs } from './units.ts';

/** What Argo CD says besides. */
export interface RolloutRecord {
  /** The component that the application deploys, by the rules of the configuration. */
  readonly component: string;
  /** When it was done in each cluster; the last of them is when the deployment finished. */
  readonly clusters: readonly { readonly name: string; readonly at: EpochMs }[];
  /** What the commit of the image is known by, where that has to be looked up in the clone; `null` where `revision` is it. */
  readonly built: ImageBuild | null;
  /** Why `revision` is the commit of the GitOps repository and not that of the application; `null` where it is the latter. */
  readonly untraced: string | null;
}

/** What names the commit that an image was built from. */
export type ImageBuild =
  { readonly kind: 'prefix'; readonly sha: string } | { readonly kind: 'tag'; readonly tag: string };

/** What a source other than git says about a deployment, not yet matched with the clone. */
export interface DeploymentRecord {
  readonly source: Extract<DeploymentSource, 'argocd' | 'github-deployment' | 'workflow-run' | 'release'>;
  /** Unique within the source. */
  readonly id: string;
  /** What people call it. */
  readonly name: string;
  readonly url: string | null;
  /** Full sha; `null` where the source lost it. */
  readonly revision: string | null;
  /** The tag that it was made from, where it was; of a GitHub deployment the tag or the branch. */
  readonly tag: string | null;
  /** As the source calls it; `null` where the source knows none. */
  readonly environment: string | null;
  /** The file of the workflow that it is a run of. */
  readonly workflow: string | null;
  /** What Argo CD deployed; absent for the other sources. */
  readonly rollout?: RolloutRecord;
  /** `null` while it is under way, or where the source has no time. */
  readonly finishedAt: EpochMs | null;
  readonly outcome: Outcome;
  /** Why it is no deployment at all (a draft, a cancelled run); `null` where it is one. */
  readonly notBecause: SetAsideReason | null;
}
