/** A project of DevLake, from rows that a test can spell out. */
import { boardOf } from '../../src/calculators/devlake/board.ts';
import type { DevlakeReport } from '../../src/calculators/devlake/bands.ts';
import type { Dialect } from '../../src/calculators/devlake/medians.ts';
import { databaseOf, projectOf, type Project } from '../../src/calculators/devlake/project.ts';
import { scopeOf } from '../../src/calculators/scopes.ts';
import type { ComparedMetric, DevlakeValue } from '../../src/domain/comparison-report.ts';
import type { Dataset } from '../../src/domain/dataset.ts';
import type { AssessedDeployment } from '../../src/domain/deployment.ts';
import type { Incident } from '../../src/domain/incident.ts';
import { DAY, type EpochMs } from '../../src/domain/units.ts';
import { assessed, at } from './builders.ts';
import { columns, datasetOf, incident, type ChangeRow, type ColumnOptions } from './columns.ts';

/** Later than everything that the tests are about. */
export const LATER = at('2030-01-01T00:00:00Z');

export interface ProjectRows {
  readonly deployments?: readonly AssessedDeployment[];
  readonly changes?: readonly ChangeRow[];
  readonly facts?: ColumnOptions['facts'];
  readonly incidents?: readonly Incident[];
}

export function rowsOf({ deployments = [], changes = [], facts = [], incidents = [] }: ProjectRows): Dataset {
  return datasetOf(deployments, columns(deployments, changes, { facts }), { incidents });
}

export function project(rows: ProjectRows, asOf: EpochMs = LATER): Project {
  const dataset = rowsOf(rows);
  return projectOf(
    scopeOf(dataset, () => true),
    databaseOf(dataset, asOf),
  );
}

/** One success at ten in the morning of each of the days, by the names d1, d2, and so on. */
export function deployedOn(...days: readonly string[]): AssessedDeployment[] {
  return days.map((day, number) => {
    const name = `d${String(number + 1)}`;
    return assessed(name, at(`${day}T10:00:00Z`), { id: name });
  });
}

/** The first of some days in a row, and those after it; ISO weekdays only where asked for. */
export function daysFrom(
  first: string,
  count: number,
  isWanted: (weekday: number) => boolean = () => true,
): string[] {
  return Array.from({ length: count }, (_, number) => new Date(at(`${first}T00:00:00Z`) + number * DAY))
    .filter((date) => isWanted(date.getUTCDay()))
    .map((date) => date.toISOString().slice(0, 10));
}

/** An incident that lasted from one instant to another. */
export function outage(openedAt: string, resolvedAt: string | null, some: Partial<Incident> = {}): Incident {
  return incident(at(openedAt), { resolvedAt: resolvedAt === null ? null : at(resolvedAt), ...some });
}

interface Board {
  readonly dialect: Dialect;
  readonly from: string;
  readonly to: string;
  readonly report?: DevlakeReport;
}

/** What the board shows from midnight of one day to midnight of another. */
export function board(
  whole: Project,
  { dialect, from, to, report = 2023 }: Board,
): Record<ComparedMetric, DevlakeValue> {
  const window = { start: at(`${from}T00:00:00Z`), end: at(`${to}T00:00:00Z`) };
  return boardOf(whole, window, { dialect, report });
}
