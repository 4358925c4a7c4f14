/** Datasets in memory, as the calculators read them, from rows that a test can spell out. */
import type { ChangeColumns, Dataset, ShippedPullRequest } from '../../src/domain/dataset.ts';
import type { AssessedDeployment } from '../../src/domain/deployment.ts';
import type { Incident } from '../../src/domain/incident.ts';
import { epochMs, type EpochMs } from '../../src/domain/units.ts';

export interface ChangeRow {
  /** Name of the deployment. */
  readonly by: string;
  readonly commit?: string;
  /** From authored to deployed. */
  readonly seconds: number;
  /** Number of its pull request. */
  readonly pullRequest?: number | null;
  readonly byBot?: boolean;
}

export interface ColumnOptions {
  /** What is known of pull requests besides their numbers. */
  readonly facts?: readonly (Partial<ShippedPullRequest> & { readonly number: number })[];
  readonly withCommits?: boolean;
}

/** The rows as columns. A deployment is the first of its name; a pull request of one repository is not one of another. */
export function columns(
  deployments: readonly AssessedDeployment[],
  rows: readonly ChangeRow[],
  { facts = [], withCommits = true }: ColumnOptions = {},
): ChangeColumns {
  const pullRequests: ShippedPullRequest[] = [];
  const deployment = rows.map(({ by }) => deployments.findIndex(({ name }) => name === by));
  const positionOf = ({ pullRequest: number }: ChangeRow, row: number): number => {
    if (number === undefined || number === null) return -1;
    const { repository = '' } = deployments[deployment[row] ?? -1] ?? {};
    const known = pullRequests.findIndex((one) => one.number === number && one.repository === repository);
    if (known >= 0) return known;
    const nothing = { openedAt: null, firstReviewAt: null, mergedAt: null };
    return (
      pullRequests.push({ repository, ...nothing, ...facts.find((one) => one.number === number), number }) - 1
    );
  };
  return {
    length: rows.length,
    deployment: Int32Array.from(deployment),
    leadTime: Float64Array.from(rows, ({ seconds }) => seconds),
    pullRequest: Int32Array.from(rows, positionOf),
    pullRequests,
    byBot: Uint8Array.from(rows, ({ byBot = false }) => Number(byBot)),
    commits: withCommits ? rows.map(({ commit }, row) => commit ?? `c${String(row)}`) : null,
    rows: null,
  };
}

/** A dataset that measures lead time on every change. */
export function datasetOf(
  deployments: readonly AssessedDeployment[],
  changes: ChangeColumns,
  some: Partial<Dataset> = {},
): Dataset {
  return { deployments, changes, measured: changes, incidents: [], setAside: [], ...some };
}

/** An open incident that no deployment is known to have caused. */
export function incident(openedAt: EpochMs, some: Partial<Incident> = {}): Incident {
  return {
    id: `github:acme/shop#${String(openedAt)}`,
    repository: 'acme/shop',
    component: 'acme/shop',
    openedAt,
    resolvedAt: null,
    title: 'down',
    url: null,
    deployment: null,
    link: null,
    severity: null,
    ...some,
  };
}

/** So many hours after the first of November 2026. */
export function hour(hours: number): EpochMs {
  return epochMs(Date.UTC(2026, 10, 1) + Math.round(hours * 3_600_000));
}
