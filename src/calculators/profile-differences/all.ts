import type { ComparedMetric, DevlakeValue } from '../../domain/comparison-report.ts';
import { because, becauseOf, type Compared, type Found } from './asked.ts';
import { isMeasured } from '../devlake/lead-time.ts';
import { changeFailRateDifferences } from './change-fail-rate.ts';
import { frequencyDifferences } from './deployment-frequency.ts';
import { leadTimeDifferences } from './lead-time.ts';
import { timeToRestoreDifferences } from './time-to-restore.ts';

/** Why a board shows other numbers than ours, metric by metric; nothing where it shows the same. */
export function differencesFromOurs(compared: Compared): Record<ComparedMetric, readonly Found[]> {
  return {
    'deployment-frequency': frequencyDifferences(compared),
    'lead-time': leadTimeDifferences(compared),
    'change-fail-rate': changeFailRateDifferences(compared),
    'time-to-restore': timeToRestoreDifferences(compared),
    'rework-rate': because('not-measured', compared.ours.reworkRate.value !== null),
  };
}

/** Why the board on PostgreSQL shows another number than the one on MySQL; `compared` is that of PostgreSQL. */
export function differencesOfPostgres(
  compared: Compared,
  mysql: Readonly<Record<ComparedMetric, DevlakeValue>>,
): Record<ComparedMetric, readonly Found[]> {
  const { project, window, board } = compared;
  const isOther = (metric: ComparedMetric) =>
    mysql[metric].value !== board[metric].value || mysql[metric].unit !== board[metric].unit;
  const merged = project.pullRequests.filter(
    (one) => isMeasured(one, window, 'mysql') !== isMeasured(one, window, 'postgres'),
  );
  const isTaken = mysql['deployment-frequency'].reason === 'taken-for-no-data';
  const median = (metric: ComparedMetric, holds = true) =>
    because('between-median', isOther(metric) && holds);
  return {
    'deployment-frequency': [
      ...because('taken-for-no-data', isOther('deployment-frequency') && isTaken),
      ...median('deployment-frequency', !isTaken),
    ],
    'lead-time': [
      ...median('lead-time'),
      ...becauseOf('merged-not-deployed', isOther('lead-time') ? merged.length : 0),
    ],
    'change-fail-rate': because('no-incidents-known', isOther('change-fail-rate')),
    'time-to-restore': median('time-to-restore'),
    'rework-rate': [],
  };
}
