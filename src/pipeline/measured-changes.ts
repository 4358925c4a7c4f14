import type { ShippedChange } from '../domain/change.ts';
import type { Dataset } from '../domain/dataset.ts';
import type { AssessedDeployment } from '../domain/deployment.ts';
import { scanChanges } from '../storage/dataset-store.ts';
import type { Storage } from '../storage/storage.ts';

/** A change as lead time counts it, with its texts. */
export interface MeasuredChange {
  /** Where a pull request is one change: the earliest of its changes. */
  readonly change: ShippedChange;
  /** Where a pull request is one change: the first that shipped something of it. */
  readonly deployment: AssessedDeployment;
  /** Seconds until that deployment. */
  readonly leadTime: number;
}

/** The texts of some entries of `dataset.measured`, in the order of the table. */
export async function measuredChanges(
  { deployments, measured }: Dataset,
  entries: Iterable<number>,
  storage: Storage,
): Promise<MeasuredChange[]> {
  const byRow = new Map<number, number>();
  for (const entry of entries) byRow.set(measured.rows?.[entry] ?? entry, entry);
  const found: MeasuredChange[] = [];
  await scanChanges(
    storage,
    (row) => byRow.has(row),
    (change, row) => {
      const entry = byRow.get(row) ?? -1;
      const deployment = deployments[measured.deployment[entry] ?? -1];
      const leadTime = measured.leadTime[entry] ?? NaN;
      if (deployment !== undefined) found.push({ change, deployment, leadTime });
    },
  );
  return found;
}
