import { MINUTE, SECOND } from '../../domain/units.ts';
import { cycleTimes, isMeasured } from '../devlake/lead-time.ts';
import type { MeasuredPullRequest } from '../devlake/project.ts';
import { isIn } from '../devlake/window.ts';
import { because, becauseOf, hasTwoMiddles, type Compared, type Found } from './asked.ts';

/** DevLake measures pull requests. Where ours does so too there is a reason only where the numbers differ. */
export function leadTimeDifferences(compared: Compared): readonly Found[] {
  const { project, window, kind, ours, board, leadTimeUnit } = compared;
  const { value } = board['lead-time'];
  if (value === null && ours.leadTime.value === null) return [];
  const isSame = value !== null && (value * MINUTE) / SECOND === ours.leadTime.value;
  if (leadTimeUnit === 'pull-request' && isSame) return [];
  const { dialect } = kind;
  const isMoved = (one: MeasuredPullRequest) =>
    one.shipper !== one.deployment &&
    (isIn(one.shipper?.finishedAt ?? null, window) || isMeasured(one, window, dialect));
  const isInOneOnly = (one: MeasuredPullRequest) =>
    isMeasured(one, window, 'mysql') !== isMeasured(one, window, 'postgres');
  const merged = dialect === 'postgres' ? project.pullRequests.filter(isInOneOnly) : [];
  return [
    ...because(leadTimeUnit === 'commit' ? 'pull-requests-not-commits' : 'cycle-time'),
    ...because('lower-median', dialect === 'mysql' && hasTwoMiddles(cycleTimes(project, window, dialect))),
    ...becauseOf('numbers-only', numbersOnly(compared)),
    ...becauseOf('without-pull-request', withoutPullRequest(compared)),
    ...becauseOf('merged-not-deployed', merged.length),
    ...becauseOf('carried-by-next', project.pullRequests.filter(isMoved).length),
  ];
}

function numbersOnly({ project, window }: Compared): number {
  return project.unmeasured
    .filter(({ deployment }) => isIn(deployment.finishedAt, window))
    .reduce((sum, { count }) => sum + count, 0);
}

/** Changes that shipped in the window and of which no pull request is known. */
function withoutPullRequest({ scope, project, window }: Compared): number {
  const { dataset, positions, rows } = project.database;
  let count = 0;
  for (const { id, finishedAt } of scope.deployments) {
    if (!isIn(finishedAt, window)) continue;
    for (const row of rows.of(positions.get(id) ?? -1))
      if ((dataset.changes.pullRequest[row] ?? -1) < 0) count += 1;
  }
  return count;
}
