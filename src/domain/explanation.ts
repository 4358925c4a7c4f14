import type { Landing } from './change.ts';
import type { DeploymentSource, FailureRule } from './deployment.ts';
import type { MetricName, PeriodMetrics } from './metrics-report.ts';
import type { PullRequestRule } from './pull-request.ts';
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
  /** The only component, `null` for all. */
  readonly component: string | null;
  /** The only team, `null` for all. */
  readonly team: string | null;
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
  readonly pullRequestUrl: string | null;
  /** How the pull request was found; `null` where there is none. */
  readonly pullRequestRule: PullRequestRule | null;
  readonly labels: readonly string[];
  readonly byBot: boolean;
  readonly subject: string;
  readonly author: string;
  readonly authoredAt: string;
  /** Of the pull request, `null` where unknown. */
  readonly openedAt: string | null;
  readonly firstReviewAt: string | null;
  readonly mergedAt: string | null;
  readonly deployment: string;
  readonly deployedAt: string;
  readonly leadTime: number;
  /** What people said of it in the spreadsheet; `null` where nothing. */
  readonly annotation: ExplainedAnnotation | null;
  /** `ancestry`: the deployment's history contains the commit. The others: it contains a copy of it, `landedAs`. */
  readonly rule: 'ancestry' | Exclude<Landing, 'commit'>;
}

export interface ExplainedDeployment {
  readonly kind: 'deployment';
  readonly id: string;
  readonly name: string;
  readonly url: string | null;
  /** Where it is known from, strongest first. */
  readonly sources: readonly DeploymentSource[];
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
  /** The incidents that it caused. */
  readonly incidents: readonly { readonly id: string; readonly title: string; readonly url: string | null }[];
  /** The failed deployments it repaired. */
  readonly repairs: readonly string[];
  /** What Argo CD says besides; `null` where it does not know of it. */
  readonly rollout: ExplainedRollout | null;
  /** What people said of it in the spreadsheet; `null` where nothing. */
  readonly annotation: ExplainedAnnotation | null;
}

export interface ExplainedRollout {
  /** When each cluster had it, the first first. */
  readonly clusters: readonly { readonly name: string; readonly at: string }[];
  /** Whether in one of them at least nobody saw whether it became healthy. */
  readonly unverified: boolean;
  /** Why its commit is that of the GitOps repository; `null` where it is not. */
  readonly untraced: string | null;
  /** What went wrong; `null` where nothing did. */
  readonly problem: string | null;
}

export interface ExplainedAnnotation {
  /** By the names of the columns. */
  readonly said: Readonly<Record<string, string>>;
  readonly by: string;
  readonly at: string;
  /** The stored file that said it last. */
  readonly file: string;
}
