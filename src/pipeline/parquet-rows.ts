import type { AssessedDeployment } from '../domain/deployment.ts';
import {
  PARQUET_TABLES,
  partitionOf,
  type Cell,
  type Column,
  type ParquetTable,
} from '../exporters/parquet/columns.ts';
import { changeOf, deploymentOf, incidentOf, setAsideOf } from '../storage/dataset-rows.ts';
import { scanTable } from '../storage/dataset-store.ts';
import type { Storage } from '../storage/storage.ts';

/** A row of an export. */
export interface ParquetRow {
  readonly table: ParquetTable;
  readonly repository: string;
  readonly partition: string;
  /** The instant that decides on its month, milliseconds; `null` where it has none. */
  readonly at: number | null;
  /** In the order of the columns. */
  readonly cells: readonly Cell[];
}

/** Called for each row, waited for where it gives a promise. */
type Visit = (row: ParquetRow) => Promise<void> | undefined;

/** The tables of the dataset, in the order in which an export reads them; each is sorted by repository. */
export const SOURCES = ['deployments', 'changes', 'incidents', 'set-aside'] as const;

/** The rows that one table of the dataset becomes, one repository after the other. */
export async function scanRows(
  storage: Storage,
  source: (typeof SOURCES)[number],
  visit: Visit,
): Promise<void> {
  switch (source) {
    case 'deployments':
      await scanTable(storage, source, async (row) => {
        await visitDeployment(deploymentOf(row), visit);
      });
      return;
    case 'changes':
      await scanTable(storage, source, (row) => {
        const change = changeOf(row);
        return visit(rowOf('changes', PARQUET_TABLES.changes, change, change.deployedAt));
      });
      return;
    case 'incidents':
      await scanTable(storage, source, (row) => {
        const incident = incidentOf(row);
        return visit(rowOf('incidents', PARQUET_TABLES.incidents, incident, incident.openedAt));
      });
      return;
    case 'set-aside':
      await scanTable(storage, source, (row) => {
        const aside = setAsideOf(row);
        return visit(rowOf('set_aside', PARQUET_TABLES.set_aside, aside, aside.at));
      });
  }
}

async function visitDeployment(deployment: AssessedDeployment, visit: Visit): Promise<void> {
  const { repository, finishedAt, failures } = deployment;
  await visit(rowOf('deployments', PARQUET_TABLES.deployments, deployment, finishedAt));
  for (const [index, failure] of failures.entries()) {
    const row = { repository, deployment, failure, position: index + 1 };
    await visit(rowOf('failures', PARQUET_TABLES.failures, row, finishedAt));
  }
}

/** `at` decides on the month; `null` where there is no instant. */
export function rowOf<Row extends { readonly repository: string }>(
  table: ParquetTable,
  columns: readonly Column<Row>[],
  row: Row,
  at: number | null,
): ParquetRow {
  const { repository } = row;
  return {
    table,
    repository,
    partition: partitionOf(table, repository, at),
    at,
    cells: columns.map(({ cell }) => cell(row)),
  };
}
