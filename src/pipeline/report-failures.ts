import { bisectRight } from 'd3-array';
import { failureAsOf, recoveryAsOf } from '../calculators/failure-as-of.ts';
import type { Period } from '../calculators/periods.ts';
import type { Dataset } from '../domain/dataset.ts';
import type { AssessedDeployment } from '../domain/deployment.ts';
import type { ReportFailure, ReportIncident } from '../domain/report-model.ts';
import type { EpochMs } from '../domain/units.ts';
import { webAddress } from '../domain/web-address.ts';
import { reportRollout } from './report-rollout.ts';

/** Newest first, those that began in the periods shown. */
export function failuresIn(
  deployments: readonly AssessedDeployment[],
  periods: readonly Period[],
  asOf: EpochMs,
): ReportFailure[] {
  const isShown = within(periods);
  const names = new Map(deployments.map(({ id, name }) => [id, name]));
  return deployments
    .flatMap((deployment): ReportFailure[] => {
      const failure = failureAsOf(deployment, asOf);
      if (failure === null || !isShown(failure.failureAt)) return [];
      const { rule, failureAt, repairedBy } = failure;
      const { id, name, component } = deployment;
      return [
        {
          deployment: id,
          name,
          component,
          rule,
          failureAt,
          recoveredAt: recoveryAsOf(failure, asOf),
          repairedBy: repairedBy === null ? null : (names.get(repairedBy) ?? repairedBy),
          rollout: reportRollout(deployment),
        },
      ];
    })
    .reverse();
}

/**
 * At most so many of the failures, in their order: from each period as many of the longest, so that a chart of them shows all of its time.
 *
 * One that is open lasts until as-of.
 */
export function longestOfEach(
  failures: readonly ReportFailure[],
  periods: readonly Period[],
  { most, asOf }: { readonly most: number; readonly asOf: EpochMs },
): ReportFailure[] {
  if (failures.length <= most) return [...failures];
  const length = ({ failureAt, recoveredAt }: ReportFailure) => (recoveredAt ?? asOf) - failureAt;
  const starts = periods.map(({ start }) => start);
  const taken = new Map<number, number>();
  const ranked = failures
    .map((failure, position) => ({ failure, position }))
    .sort((a, b) => length(b.failure) - length(a.failure) || a.position - b.position)
    .map(({ failure, position }) => {
      const period = bisectRight(starts, failure.failureAt);
      const rank = taken.get(period) ?? 0;
      taken.set(period, rank + 1);
      return { failure, position, rank };
    });
  return ranked
    .sort((a, b) => a.rank - b.rank || a.position - b.position)
    .slice(0, most)
    .sort((a, b) => a.position - b.position)
    .map(({ failure }) => failure);
}

/** Newest first, those that opened in the periods shown; resolved where they were by as-of. */
export function incidentsIn(
  { incidents, deployments }: Dataset,
  periods: readonly Period[],
  asOf: EpochMs,
): ReportIncident[] {
  const isShown = within(periods);
  const known = new Map(deployments.map((deployment) => [deployment.id, deployment]));
  return incidents
    .filter(({ openedAt }) => openedAt <= asOf && isShown(openedAt))
    .sort((a, b) => b.openedAt - a.openedAt)
    .map((incident) => {
      const { title, repository, component, openedAt, resolvedAt, link } = incident;
      const cause = known.get(incident.deployment ?? '');
      return {
        title,
        url: webAddress(incident.url),
        component: component === '' ? repository : component,
        openedAt,
        resolvedAt: resolvedAt !== null && resolvedAt <= asOf ? resolvedAt : null,
        deployment: cause === undefined ? null : { id: cause.id, name: cause.name },
        link,
      };
    });
}

function within(periods: readonly Period[]): (instant: number) => boolean {
  const start = periods[0]?.start ?? -Infinity;
  const end = periods.at(-1)?.end ?? Infinity;
  return (instant) => instant >= start && instant < end;
}
