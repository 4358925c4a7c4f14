import type { DeploymentSource, FailureRule } from './deployment.ts';
import type { IncidentLink } from './incident.ts';
import type { GroupBy, Interval, MetricName, MetricsReport, PeriodMetrics } from './metrics-report.ts';
import type { SetAsideReason } from './set-aside.ts';
import type { EpochMs } from './units.ts';

/**
 * Everything the HTML report shows, already computed, folded to a bounded size and free of markup.
 *
 * Texts from commits and tags are hostile: the renderer escapes all of them. Durations are seconds.
 */
export interface ReportModel {
  readonly title: string;
  /** One sentence a person could say aloud about the latest complete period against the one before. */
  readonly headline: string;
  /** What a reader must know before believing the rest, a sentence each (no incident source, estimated tag times …). */
  readonly caveats: readonly string[];
  /** `groups[0]` is the whole scope, periods in ascending order. */
  readonly metrics: MetricsReport;
  /** Index into `metrics.groups[0].periods` of the period that the tiles show (the latest complete one, else the last). */
  readonly focus: number;
  /** One a metric, in the order of `METRIC_NAMES`. */
  readonly comparisons: Readonly<Record<MetricName, Comparison>>;
  /** Marks on the time axis: the baseline, imported history. */
  readonly events: readonly ReportEvent[];
  /** Events left out of `events`: more marks than that nobody can tell apart. */
  readonly foldedEvents: number;
  /** The parts of the scope side by side; `null` where it has one part only. */
  readonly overview: ReportOverview | null;
  /** Lead times of the focus period; `null` when nothing shipped in it. */
  readonly distribution: LeadTimeDistribution | null;
  /** Newest first, those that began in the periods shown; of too many the longest of each period. */
  readonly failures: readonly ReportFailure[];
  /** Failures left out of `failures` to bound the size. */
  readonly foldedFailures: number;
  /** Newest first, those that opened in the periods shown. */
  readonly incidents: readonly ReportIncident[];
  /** Incidents left out of `incidents` to bound the size. */
  readonly foldedIncidents: number;
  /** What people and bots wrote of the focus period's changes; `null` where bots wrote none. */
  readonly authors: { readonly people: ReportAuthors; readonly bots: ReportAuthors } | null;
  /** Newest first, bounded; older ones are in `foldedDeployments`. */
  readonly deployments: readonly ReportDeployment[];
  readonly foldedDeployments: readonly FoldedDeployments[];
  readonly setAside: readonly ReportSetAside[];
  /** What was asked least recently first, where not all are there. */
  readonly sources: readonly ReportSource[];
  /** Sources left out of `sources` to bound the size. */
  readonly foldedSources: number;
  /** Settings that differ from the defaults. */
  readonly configuration: readonly { readonly key: string; readonly value: string }[];
  readonly version: string;
  /** The command line that makes this report again from the same workspace. */
  readonly reproduce: string;
}

/** A metric of the focus period against the period before. */
export interface Comparison {
  /** Label of the period compared with; `null` where there is none or one of the two has no value. */
  readonly previous: string | null;
  readonly previousValue: number | null;
  readonly previousInterval: Interval | null;
  /** `same` where the two intervals overlap: not more than noise. */
  readonly verdict: 'better' | 'worse' | 'same' | 'none';
  readonly direction: 'up' | 'down' | 'flat' | 'none';
}

/** The numbers of the focus period of teams, repositories or components. */
export interface ReportOverview {
  readonly by: GroupBy;
  /** Those with most deployments first, what belongs to no team last; bounded. */
  readonly parts: readonly ReportPart[];
  /** Parts left out of `parts` to bound the size. */
  readonly folded: number;
}

export interface ReportPart {
  /** `null` for what belongs to no team. */
  readonly key: string | null;
  readonly metrics: PeriodMetrics;
}

export interface ReportEvent {
  readonly at: EpochMs;
  readonly kind: 'baseline' | 'imported-history';
  readonly label: string;
}

export interface LeadTimeDistribution {
  readonly period: string;
  readonly n: number;
  /** Ascending, on a log scale; seconds. The first bin starts at 0. */
  readonly bins: readonly { readonly from: number; readonly to: number; readonly count: number }[];
  readonly quantiles: {
    readonly p50: number;
    readonly p75: number;
    readonly p90: number;
    readonly p95: number;
  };
}

export interface ReportFailure {
  readonly deployment: string;
  readonly name: string;
  readonly component: string;
  readonly rule: FailureRule;
  readonly failureAt: EpochMs;
  readonly recoveredAt: EpochMs | null;
  /** Name of the deployment that repaired it. */
  readonly repairedBy: string | null;
  readonly rollout: ReportRollout | null;
}

/** What Argo CD says of a deployment; `null` stands for one that it does not know of. */
export interface ReportRollout {
  /** Names of the clusters that it was seen in, the first to have it first; bounded. */
  readonly clusters: readonly string[];
  /** Clusters left out of `clusters` to bound the size. */
  readonly foldedClusters: number;
  /** When the first and the last of all of them had it; `null` where there is one at the most. */
  readonly spread: { readonly from: EpochMs; readonly to: EpochMs } | null;
  /** Whether in one of them at least nobody saw whether it became healthy. */
  readonly isUnverified: boolean;
  /** Why its commit is that of the GitOps repository; `null` where it is not. */
  readonly untraced: string | null;
  /** What went wrong; `null` where nothing did. */
  readonly problem: string | null;
}

export interface ReportIncident {
  readonly title: string;
  /** http or https, or `null`. */
  readonly url: string | null;
  readonly component: string;
  readonly openedAt: EpochMs;
  readonly resolvedAt: EpochMs | null;
  /** Id and name of the deployment that caused it; `null` where none is known. */
  readonly deployment: { readonly id: string; readonly name: string } | null;
  readonly link: IncidentLink | null;
}

export interface ReportAuthors {
  readonly changes: number;
  /** Seconds; `null` where there is no change. */
  readonly medianLeadTime: number | null;
}

export interface ReportChange {
  readonly commit: string;
  /** Where the host shows it; http or https, or `null`. */
  readonly commitUrl: string | null;
  readonly subject: string;
  readonly author: string;
  readonly leadTime: number;
  readonly pullRequest: number | null;
  readonly pullRequestUrl: string | null;
  readonly labels: readonly string[];
  readonly byBot: boolean;
}

export interface ReportDeployment {
  readonly id: string;
  readonly name: string;
  /** Where the host shows it; http or https, or `null`. */
  readonly url: string | null;
  /** Where it is known from, strongest first. */
  readonly sources: readonly DeploymentSource[];
  readonly component: string;
  readonly finishedAt: EpochMs;
  readonly estimated: boolean;
  readonly baseline: boolean;
  readonly outcome: 'succeeded' | 'failed' | 'unknown';
  /** The rule that made it a failure, as of the report; `null` where none holds. */
  readonly failedBy: FailureRule | null;
  /** What proves the failure, in words. */
  readonly failureDetail: string | null;
  /** The incidents that are linked to it, by the time they opened. */
  readonly incidents: readonly { readonly title: string; readonly url: string | null }[];
  readonly repairs: readonly { readonly rule: 'rollback' | 'revert' | 'hotfix'; readonly name: string }[];
  readonly rollout: ReportRollout | null;
  readonly shippedChanges: number;
  /** Seconds; `null` where it shipped nothing. */
  readonly medianLeadTime: number | null;
  readonly slowest: readonly ReportChange[];
}

export interface FoldedDeployments {
  /** A calendar year, `2024`. */
  readonly label: string;
  readonly deployments: number;
  readonly failed: number;
  readonly shippedChanges: number;
}

export interface ReportSetAside {
  readonly reason: SetAsideReason;
  readonly count: number;
  readonly meaning: string;
  readonly examples: readonly {
    readonly id: string;
    readonly at: EpochMs | null;
    readonly text: string;
    /** Where the host shows it; http or https, or `null`. */
    readonly url: string | null;
  }[];
}

export interface ReportSource {
  readonly source: string;
  readonly scope: string;
  /** Up to when it is known: as-of, or an earlier instant where the source was last asked before that. */
  readonly knownUntil: string;
  readonly detail: string;
}
