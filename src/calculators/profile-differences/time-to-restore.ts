import { MINUTE, SECOND } from '../../domain/units.ts';
import { restoreTimes } from '../devlake/board.ts';
import { isIn } from '../devlake/window.ts';
import { failureAsOf, recoveryAsOf } from '../failure-as-of.ts';
import { because, becauseOf, hasTwoMiddles, type Compared, type Found } from './asked.ts';
import { blameDifferences } from './blame.ts';

export function timeToRestoreDifferences(compared: Compared): readonly Found[] {
  const { project, window, kind, ours, board } = compared;
  const { value } = board['time-to-restore'];
  const own = ours.timeToRestore.value;
  if (value === null ? own === null : (value * MINUTE) / SECOND === own) return [];
  const is2023 = kind.report === 2023;
  const measured = project.incidents.filter(
    ({ deployment, resolvedAt }) => isIn(resolvedAt, window) && isIn(deployment?.finishedAt ?? null, window),
  );
  const split = project.incidents.filter(
    ({ deployment, resolvedAt }) => isIn(resolvedAt, window) !== isIn(deployment?.finishedAt ?? null, window),
  );
  const isLower = kind.dialect === 'mysql' && hasTwoMiddles(restoreTimes(project, window, kind));
  return [
    ...because(is2023 ? 'from-deployment' : 'whole-incidents', value !== null),
    ...because('lower-median', isLower),
    ...becauseOf('other-rules', otherRules(compared)),
    ...(is2023 ? becauseOf('outside-window', split.length) : []),
    ...(is2023 ? blameDifferences(measured, compared) : []),
  ];
}

/** Failures of the period that are over and that no incident tells of. */
function otherRules({ scope, window, asOf }: Compared): number {
  return scope.deployments.filter((deployment) => {
    const failure = failureAsOf(deployment, asOf);
    if (failure === null || failure.rule === 'incident' || !isIn(failure.failureAt, window)) return false;
    return recoveryAsOf(failure, asOf) !== null;
  }).length;
}
