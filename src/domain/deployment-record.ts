import type { DeploymentSource, Outcome } from './deployment.ts';
import type { SetAsideReason } from './set-aside.ts';
import type { EpochMs } from './units.ts';

/** What a source other than git says about a deployment, not yet matched with the clone. */
export interface DeploymentRecord {
  readonly source: Extract<DeploymentSource, 'github-deployment' | 'workflow-run' | 'release'>;
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
  /** `null` while it is under way, or where the source has no time. */
  readonly finishedAt: EpochMs | null;
  readonly outcome: Outcome;
  /** Why it is no deployment at all (a draft, a cancelled run); `null` where it is one. */
  readonly notBecause: SetAsideReason | null;
}
