import { devlakeResult } from '../../domain/devlake.ts';
import { isIn } from '../devlake/window.ts';
import { failureAsOf } from '../failure-as-of.ts';
import { because, becauseOf, type Compared, type Found } from './asked.ts';
import { blameDifferences } from './blame.ts';

export function changeFailRateDifferences(compared: Compared): readonly Found[] {
  const { scope, project, window, asOf, ours, board } = compared;
  const shown = board['change-fail-rate'];
  if (shown.value === ours.changeFailRate.value) return [];
  const inWindow = scope.deployments.filter(({ finishedAt }) => isIn(finishedAt, window));
  const ids = new Set(inWindow.map(({ id }) => id));
  const blamed = new Set(project.incidents.map(({ deployment }) => deployment));
  const byOtherRule = inWindow.filter((deployment) => {
    const failure = failureAsOf(deployment, asOf);
    return (
      failure !== null &&
      failure.rule !== 'incident' &&
      devlakeResult(deployment) === 'SUCCESS' &&
      !blamed.has(deployment)
    );
  });
  const concerned = project.incidents.filter(
    ({ incident, deployment }) => ids.has(deployment?.id ?? '') || ids.has(incident.deployment ?? ''),
  );
  const failed = inWindow.filter((deployment) => devlakeResult(deployment) === 'FAILURE');
  return [
    ...because('no-incidents-known', shown.reason === 'no-incidents'),
    ...becauseOf('failed-left-out', failed.length),
    ...becauseOf('incidents-only', byOtherRule.length),
    ...blameDifferences(concerned, compared),
  ];
}
