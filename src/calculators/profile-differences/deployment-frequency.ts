import { devlakeResult } from '../../domain/devlake.ts';
import { deploymentDays } from '../devlake/frequency.ts';
import { dayOfDatabase, isIn, listedDays } from '../devlake/window.ts';
import { because, becauseOf, hasTwoMiddles, type Compared, type Found } from './asked.ts';

/** DevLake's frequency is another measure, so there is a reason wherever one of the two knows of a deployment. */
export function frequencyDifferences(compared: Compared): readonly Found[] {
  const { scope, project, window, kind, ours, board } = compared;
  const shown = board['deployment-frequency'];
  const { n, medianDeploymentDaysPerWeek } = ours.deploymentFrequency;
  if (n === 0 && shown.n === 0) return [];
  const isByWeek = shown.unit === 'deployment days per week';
  const { week, weeks } = deploymentDays(project, window, kind.dialect);
  const failed = scope.deployments.filter(
    (deployment) =>
      isIn(deployment.finishedAt, window) &&
      deployment.outcome === 'succeeded' &&
      devlakeResult(deployment) === 'FAILURE',
  );
  return [
    ...because('days-not-deployments'),
    ...because('weeks-cut-off', isByWeek && week !== medianDeploymentDaysPerWeek),
    ...because('lower-median', isByWeek && kind.dialect === 'mysql' && hasTwoMiddles(weeks)),
    ...because('taken-for-no-data', shown.reason === 'taken-for-no-data'),
    ...becauseOf(kind.dialect === 'mysql' ? 'beyond-400-days' : 'unlisted-day', unlisted(compared)),
    ...becauseOf('said-to-have-failed', failed.length),
  ];
}

/** Successes of the window on days that the board does not count. */
function unlisted({ project, window, kind }: Compared): number {
  const days = new Set(listedDays(window, kind.dialect));
  return project.successes.filter(
    ({ finishedAt }) => isIn(finishedAt, window) && !days.has(dayOfDatabase(finishedAt)),
  ).length;
}
