import type { BandLevel } from '../../domain/benchmarks.ts';
import type { ComparedMetric, DevlakeReason, DevlakeValue } from '../../domain/comparison-report.ts';
import { levelOfRate, levelOfTime, placeFrequency, type DevlakeReport } from './bands.ts';
import { failureRate } from './change-failure-rate.ts';
import { deploymentDays, type DayCounts } from './frequency.ts';
import { cycleTimes } from './lead-time.ts';
import { lowerMedian, medianOf, type Dialect } from './medians.ts';
import type { Project } from './project.ts';
import { recoveryTimes, timesToResolve } from './recovery-time.ts';
import type { BoardWindow } from './window.ts';

/** Which board, with which table of levels. */
export interface BoardKind {
  readonly dialect: Dialect;
  readonly report: DevlakeReport;
}

/**
 * What DevLake's DORA board shows of a project in a window: the numbers of the table on top of it, in the words of the small panels, because
 * the table prints levels only.
 */
export function boardOf(
  project: Project,
  window: BoardWindow,
  kind: BoardKind,
): Record<ComparedMetric, DevlakeValue> {
  return {
    'deployment-frequency': frequencyValue(project, window, kind),
    'lead-time': timeValue(
      'lead-time',
      cycleTimes(project, window, kind.dialect),
      { reason: 'no-pull-requests', collected: collectedFor('lead-time', kind) },
      kind,
    ),
    'change-fail-rate': rateValue(project, window, kind),
    'time-to-restore': timeValue(
      'time-to-restore',
      restoreTimes(project, window, kind),
      {
        reason: project.incidents.length === 0 ? 'no-incidents' : 'no-resolved-incidents',
        collected: collectedFor('time-to-restore', kind),
      },
      kind,
    ),
    'rework-rate': {
      value: null,
      unit: null,
      n: 0,
      text: 'not measured',
      band: null,
      reason: 'not-measured',
    },
  };
}

/** Whole minutes, or parts of them, that a board takes the median of, ascending: by the report of 2023 or that of 2021. */
export function restoreTimes(
  project: Project,
  window: BoardWindow,
  { dialect, report }: BoardKind,
): Float64Array {
  return report === 2023 ? recoveryTimes(project, window, dialect) : timesToResolve(project, window);
}

function frequencyValue(project: Project, window: BoardWindow, { dialect, report }: BoardKind): DevlakeValue {
  const counts = deploymentDays(project, window, dialect);
  const text = frequencyText(counts, counts.isCollected, report);
  const panel = frequencyText(counts, counts.isCollectedInPanel, report);
  const placed = placeFrequency(counts, counts.isCollected, report);
  const n = counts.days;
  if (placed === null) {
    const reason = n === 0 ? 'no-deployments' : 'taken-for-no-data';
    return { value: null, unit: null, n, text, band: null, ...otherPanel(panel, text), reason };
  }
  const { value, per, band } = placed;
  return { value, unit: `deployment days per ${per}`, n, text, band, ...otherPanel(panel, text) };
}

function frequencyText(counts: DayCounts, isCollected: boolean, report: DevlakeReport): string {
  const placed = placeFrequency(counts, isCollected, report);
  if (placed === null) return notCollected('deployments');
  return `${String(placed.value)} deployment days per ${placed.per}(${placed.band})`;
}

function collectedFor(metric: 'lead-time' | 'time-to-restore', { dialect, report }: BoardKind): string {
  if (metric === 'lead-time')
    return notCollected(dialect === 'mysql' ? 'deployments/pull_requests' : 'pull_requests');
  return notCollected(report === 2023 ? 'deployments or incidents' : 'incidents');
}

interface Missing {
  readonly reason: DevlakeReason;
  readonly collected: string;
}

/** The median of times in ascending order. PostgreSQL's panels take the lower median, its table does not. */
function timeValue(
  metric: 'lead-time' | 'time-to-restore',
  minutes: Float64Array,
  { reason, collected }: Missing,
  { dialect, report }: BoardKind,
): DevlakeValue {
  const n = minutes.length;
  const value = medianOf(minutes, dialect);
  const inPanel = lowerMedian(minutes);
  if (value === null || inPanel === null)
    return { value: null, unit: null, n, text: collected, band: null, reason };
  const band = levelOfTime(metric, value, report);
  const text = hoursText(value, band);
  const panel = hoursText(inPanel, levelOfTime(metric, inPanel, report));
  return { value, unit: 'minutes', n, text, band, ...otherPanel(panel, text) };
}

/** Hours with one decimal, a half away from zero. */
function hoursText(minutes: number, band: BandLevel): string {
  return `${(Math.round(minutes / 6) / 10).toFixed(1)} h (${band})`;
}

/** PostgreSQL's table asks for incidents of the window, its panel and MySQL for any at all. */
function rateValue(project: Project, window: BoardWindow, { dialect, report }: BoardKind): DevlakeValue {
  const { failed, deployments: n } = failureRate(project, window);
  const { hasDeployments, hasIncidents } = project.database;
  const inPanel = rateText(failed, n, { hasDeployments, hasIncidents }, report);
  const inTable = rateText(failed, n, { hasDeployments: n > 0, hasIncidents: failed > 0 }, report);
  const text = dialect === 'mysql' ? inPanel : inTable;
  const panel = otherPanel(inPanel, text);
  if (n === 0) return { value: null, unit: null, n, text, band: null, ...panel, reason: 'no-deployments' };
  if (dialect === 'mysql' ? !hasIncidents : failed === 0)
    return { value: null, unit: null, n, text, band: null, ...panel, reason: 'no-incidents' };
  const value = failed / n;
  return { value, unit: 'fraction', n, text, band: levelOfRate(value, report), ...panel };
}

interface Collected {
  readonly hasDeployments: boolean;
  readonly hasIncidents: boolean;
}

function rateText(
  failed: number,
  deployments: number,
  { hasDeployments, hasIncidents }: Collected,
  report: DevlakeReport,
): string {
  if (!hasIncidents) return notCollected(hasDeployments ? 'incidents' : 'deployments/incidents');
  if (!hasDeployments) return notCollected('deployments');
  if (deployments === 0) return notCollected('deployments/incidents');
  const rate = failed / deployments;
  const percent = (Math.round((1000 * failed) / deployments) / 10).toFixed(1);
  return `${percent}%(${levelOfRate(rate, report)})`;
}

function otherPanel(panel: string, text: string): Pick<DevlakeValue, 'panel'> {
  return panel === text ? {} : { panel };
}

function notCollected(what: string): string {
  return `N/A. Please check if you have collected ${what}.`;
}
