import type { ComparedMetric, DevlakeValue } from '../../domain/comparison-report.ts';
import type { DifferenceCode } from '../../domain/difference-words.ts';
import type { PeriodMetrics } from '../../domain/metrics-report.ts';
import type { LeadTimeUnit } from '../../domain/settings.ts';
import type { DurationMs, EpochMs } from '../../domain/units.ts';
import type { BoardKind } from '../devlake/board.ts';
import type { Project } from '../devlake/project.ts';
import type { BoardWindow } from '../devlake/window.ts';
import type { Scope } from '../scope.ts';

/** Two sets of numbers of the same rows, and what is needed to say why they differ. */
export interface Compared {
  readonly scope: Scope;
  readonly project: Project;
  readonly window: BoardWindow;
  readonly kind: BoardKind;
  readonly asOf: EpochMs;
  readonly ours: PeriodMetrics;
  readonly board: Readonly<Record<ComparedMetric, DevlakeValue>>;
  readonly leadTimeUnit: LeadTimeUnit;
  /** How long before an incident the deployment may lie that ours blames. */
  readonly incidentWithin: DurationMs;
}

/** A reason, with how many rows it is about where that says something. */
export interface Found {
  readonly code: DifferenceCode;
  readonly count: number | null;
}

/** Always, or where a condition holds. */
export function because(code: DifferenceCode, holds = true): readonly Found[] {
  return holds ? [{ code, count: null }] : [];
}

/** Where there are such rows. */
export function becauseOf(code: DifferenceCode, count: number): readonly Found[] {
  return count > 0 ? [{ code, count }] : [];
}

/** Whether the lower median of ascending values is another one than that between the two in the middle. */
export function hasTwoMiddles(values: Float64Array): boolean {
  const half = values.length / 2;
  return Number.isInteger(half) && values.length > 0 && values[half - 1] !== values[half];
}
