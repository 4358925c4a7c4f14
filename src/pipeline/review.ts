import type { Settings } from '../domain/settings.ts';
import type { State } from '../storage/state.ts';
import { VersionConflict } from '../storage/storage.ts';
import type { Workspace } from '../storage/workspace.ts';
import { ensureDataset, extractedRepositories } from './dataset.ts';
import { finishImports } from './finish-imports.ts';
import { refreshReview, type KnownGrounds, type ReviewSummary } from './pending-review.ts';
import type { Ports } from './ports.ts';
import { reattach, type Reattached } from './reattach.ts';

/** What waits for people after an extraction, and what became of what they said before. */
export interface Review {
  readonly state: State;
  readonly summary: ReviewSummary;
  readonly reattached: readonly Reattached[];
  /** The fingerprint of the stored summary, where it is known. */
  readonly stored: string | null;
}

/** What is at hand when the spreadsheet is brought up to date. */
export interface ReviewRequest {
  readonly settings: Settings;
  readonly known: KnownGrounds | undefined;
}

/**
 * Brings the spreadsheet up to date with a dataset that was just brought up to date; annotations whose commit was rewritten move along.
 */
export async function review(
  workspace: Workspace,
  state: State,
  { settings, known }: ReviewRequest,
  ports: Ports,
): Promise<Review> {
  const repositories = extractedRepositories(state, settings);
  const { summary, stored } = await refreshReview(state, settings, ports, { known });
  if (summary.orphans.length === 0) return { state, summary, reattached: [], stored };
  const reattached = await reattach(repositories, state, ports).catch((error: unknown) => {
    // somebody imports at this moment: the next run looks again
    if (error instanceof VersionConflict) return [];
    throw error;
  });
  if (reattached.length === 0) return { state, summary, reattached, stored };
  const after = await finishImports(workspace, state, ports);
  await ensureDataset(after, settings, ports);
  return { state: after, ...(await refreshReview(after, settings, ports)), reattached };
}
