import { metricsOf } from '../calculators/metrics.ts';
import type { Period } from '../calculators/periods.ts';
import { scopesOf } from '../calculators/scopes.ts';
import { compareText } from '../domain/compare.ts';
import type { GroupBy, PeriodMetrics } from '../domain/metrics-report.ts';
import type { ReportOverview, ReportPart } from '../domain/report-model.ts';
import type { TeamSettings } from '../domain/settings.ts';
import { roundedPeriod } from '../exporters/metrics/json.ts';
import type { OpenedDataset } from './calculate.ts';

/** What keeps the file small, however many there are. Teams are named one by one by a person, who wants to see them. */
const MOST_PARTS: Readonly<Record<GroupBy, number>> = {
  team: 60,
  repository: 20,
  component: 20,
  cluster: 20,
};

/**
 * The numbers of one period side by side: of the teams, where there are any, else of the repositories, else of the components.
 *
 * Those with most deployments come first, by name where they have as many, and what belongs to no team last. `null` where there is one part
 * only, which is the whole.
 */
export function overviewOf(
  opened: Pick<OpenedDataset, 'dataset' | 'context' | 'repositories'>,
  teams: readonly TeamSettings[],
  period: Period,
): ReportOverview | null {
  const { dataset, context, repositories } = opened;
  const by = teams.length > 0 ? 'team' : repositories.length > 1 ? 'repository' : 'component';
  const scopes = scopesOf(dataset, by, teams);
  if (by !== 'team' && scopes.length < 2) return null;
  const parts = scopes.map(({ key, scope }): ReportPart => {
    return { key, metrics: roundedPeriod(metricsOf(scope, period, context)) };
  });
  const named = parts.filter(({ key }) => key !== null).sort(byDeployments);
  return {
    by,
    parts: [...named.slice(0, MOST_PARTS[by]), ...parts.filter(({ key }) => key === null)],
    folded: Math.max(0, named.length - MOST_PARTS[by]),
  };
}

function byDeployments(a: ReportPart, b: ReportPart): number {
  return (
    b.metrics.deploymentFrequency.n - a.metrics.deploymentFrequency.n ||
    tried(b.metrics) - tried(a.metrics) ||
    compareText(a.key ?? '', b.key ?? '')
  );
}

function tried({ changeFailRate: { n, unknown } }: PeriodMetrics): number {
  return n + unknown;
}
