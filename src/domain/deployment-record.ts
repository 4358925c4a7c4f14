import type { DeploymentSource, Outcome } from './deployment.ts';
import type { SetAsideReason } from './set-aside.ts';
import type { EpochMs } from './units.ts';

/** An image that was deployed, as far as it tells which commit it was built from. */
export interface BuiltImage {
  /** As Argo CD writes it: `quay.io/acme/shop:4f2c…`. */
  readonly reference: string;
  /** The sets of its labels, the most trusted first; empty where nobody asked a registry. */
  readonly labels: readonly Readonly<Record<string, string>>[];
}

/** What Argo CD says besides. */
export interface RolloutRecord {
  /** The component that the application deploys, by the rules of the configuration. */
  readonly component: string;
  /** When it was done in each cluster, each once; the last of them is when the deployment finished. A cluster that nobody can name is `unknown`. */
  readonly clusters: readonly { readonly name: string; readonly at: EpochMs }[];
  /** Images of this repository, of which one was built from the deployed commit; empty where `revision` is it. */
  readonly images: readonly BuiltImage[];
  /** Why `revision` is the commit of the GitOps repository and not that of the application; `null` where it is the latter, or where the configuration was deployed. */
  readonly untraced: string | null;
  /** True where nobody saw whether it became healthy. */
  readonly isUnverified: boolean;
  /** What went wrong, in a few words (`degraded`, `sync failed: …`); `null` where nothing did. */
  readonly problem: string | null;
  /** When it was well again without another deployment; `null` where it was not, or nothing had failed. */
  readonly recoveredAt: EpochMs | null;
}

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
