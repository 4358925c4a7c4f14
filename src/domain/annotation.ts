import { epochMs, isoInstant, type EpochMs } from './units.ts';

/** What people say of commits and deployments in the spreadsheet, and the rows that it has for them. */

/** What the machine knows: read-only in the spreadsheet. */
export const MACHINE_COLUMNS = [
  'row_id',
  'repository',
  'component',
  'commit',
  'committed_at',
  'author',
  'title',
  'pull_request',
  'labels',
  'release',
  'detected',
] as const;

/** What a person may fill in; empty means no opinion. */
export const HUMAN_COLUMNS = [
  'is_deployment',
  'deployed_at',
  'environment',
  'is_hotfix',
  'is_rollback',
  'failed',
  'failed_at',
  'recovered_at',
  'ignore',
  'notes',
] as const;
export type HumanColumn = (typeof HUMAN_COLUMNS)[number];

/** Which state of the annotations a row of a sheet was made from. The last column, where it is in nobody's way. */
export const BASE_COLUMN = 'base';

export const SHEET_COLUMNS = [...MACHINE_COLUMNS, ...HUMAN_COLUMNS, BASE_COLUMN] as const;

/** Annotated values in the one form in which they are stored: `yes`, `no`, ISO-8601 in UTC, text. Absent is no opinion. */
export type Cells = Readonly<Partial<Record<HumanColumn, string>>>;

export type RowKind = 'commit' | 'deployment';

/** What a row of the sheet is about; enough to find it again when the workspace has changed. */
export interface RowFacts {
  readonly kind: RowKind;
  readonly repository: string;
  readonly component: string;
  /** Full sha; of a deployment its revision. */
  readonly commit: string;
  readonly committedAt: EpochMs | null;
  readonly author: string;
  readonly title: string;
  /** The deployment that the row stands for; `null` for a commit that none is known of. */
  readonly deployment: { readonly id: string; readonly name: string; readonly finishedAt: EpochMs } | null;
}

/** A row of the sheet as the machine fills it in. */
export interface ReviewRow extends RowFacts {
  readonly pullRequest: number | null;
  readonly labels: readonly string[];
  /** Name of the first deployment that has the commit; empty where none has. */
  readonly release: string;
  /** In plain words: `release v1.4.0`, `hotfix label`. */
  readonly detected: string;
}

/** What people said of one row, read from its cells; `null` is no opinion. */
export interface Opinion {
  readonly row: string;
  readonly facts: RowFacts;
  readonly isDeployment: boolean | null;
  readonly deployedAt: EpochMs | null;
  readonly environment: string | null;
  readonly isHotfix: boolean | null;
  readonly isRollback: boolean | null;
  /** Also `true` where only a time of the failure or the recovery was written. */
  readonly failed: boolean | null;
  readonly failedAt: EpochMs | null;
  readonly recoveredAt: EpochMs | null;
  readonly ignore: boolean | null;
  readonly notes: string | null;
  /** Who said the last of it. */
  readonly by: string;
}

/** Cells as an opinion. Throws `RangeError` for cells that are not in the stored form. */
export function opinionOf(row: string, facts: RowFacts, cells: Cells, by: string): Opinion {
  const flag = (column: HumanColumn): boolean | null => {
    const text = cells[column];
    return text === undefined ? null : text === 'yes';
  };
  const instant = (column: HumanColumn): EpochMs | null => {
    const text = cells[column];
    return text === undefined ? null : epochMs(Date.parse(text));
  };
  const failedAt = instant('failed_at');
  const recoveredAt = instant('recovered_at');
  const isTimed = failedAt !== null || recoveredAt !== null;
  return {
    row,
    facts,
    isDeployment: flag('is_deployment'),
    deployedAt: instant('deployed_at'),
    environment: cells.environment ?? null,
    isHotfix: flag('is_hotfix'),
    isRollback: flag('is_rollback'),
    failed: flag('failed') ?? (isTimed ? true : null),
    failedAt,
    recoveredAt,
    ignore: flag('ignore'),
    notes: cells.notes ?? null,
    by,
  };
}

/** Several opinions of one thing as one: of each field the last that has one. */
export function merged(opinions: readonly Opinion[]): Opinion | null {
  return opinions.reduce<Opinion | null>((all, next) => {
    if (all === null) return next;
    return {
      ...next,
      isDeployment: next.isDeployment ?? all.isDeployment,
      deployedAt: next.deployedAt ?? all.deployedAt,
      environment: next.environment ?? all.environment,
      isHotfix: next.isHotfix ?? all.isHotfix,
      isRollback: next.isRollback ?? all.isRollback,
      failed: next.failed ?? all.failed,
      failedAt: next.failedAt ?? all.failedAt,
      recoveredAt: next.recoveredAt ?? all.recoveredAt,
      ignore: next.ignore ?? all.ignore,
      notes: next.notes ?? all.notes,
    };
  }, null);
}

/** `2026-11-20`, for sentences. */
export function dayIn(instant: EpochMs): string {
  return isoInstant(instant).slice(0, 10);
}
