import type { FailureRule } from './deployment.ts';
import type { MetricName, PeriodMetrics } from './metrics-report.ts';
import type { SetAside } from './set-aside.ts';

export const EXPLANATION_SCHEMA = 'dora-metrics/explanation/v1';

/** The rows behind one number, from which it can be computed again. Instants are ISO-8601, durations seconds. */
export interface Explanation {
  readonly schema: typeof EXPLANATION_SCHEMA;
  readonly metric: MetricName;
  readonly period: {
    readonly label: string;
    readonly start: string;
    readonly end: string;
    readonly complete: boolean;
  };
  readonly component: string | null;
  readonly asOf: string;
  /** How the value follows from the rows. */
  readonly definition: string;
  readonly result: PeriodMetrics[MetricName];
  readonly rows: readonly ExplainedRow[];
  readonly setAside: {
    /** Rows by reason that were not used for this metric in this period. */
    readonly counts: Readonly<Record<string, number>>;
    readonly rows: readonly SetAside[];
  };
}

export type ExplainedRow = ExplainedChange | ExplainedDeployment;

export interface ExplainedChange {
  readonly kind: 'change';
  readonly commit: string;
  readonly landedAs: string | null;
  readonly pullRequest: number | null;
  readonly subject: string;
  readonly author: string;
  readonly authoredAt: string;
  readonly deployment: string;
  readonly deployedAt: string;
  readonly leadTime: number;
  /** `ancestry`: the deployment's history contains the commit. `cherry-pick`: it contains a copy of it. */
  readonly rule: 'ancestry' | 'cherry-pick';
}

export interface ExplainedDeployment {
  readonly kind: 'deployment';
  readonly id: string;
  readonly name: string;
  readonly component: string;
  readonly revision: string;
  readonly finishedAt: string;
  readonly outcome: 'succeeded' | 'failed' | 'unknown';
  /** The rule that decides the outcome: that of its source, or the first failure rule that holds. */
  readonly rule: 'source' | FailureRule;
  readonly failureAt: string | null;
  readonly recoveredAt: string | null;
  /** Seconds. */
  readonly timeToRestore: number | null;
  readonly repairedBy: string | null;
  /** The commits that prove the failure. */
  readonly evidence: readonly string[];
  /** The failed deployments it repaired. */
  readonly repairs: readonly string[];
}
