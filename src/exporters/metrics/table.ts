import type { MetricsReport } from '../../domain/metrics-report.ts';
import { textTable } from '../text-table.ts';
import { cells, footer, groupTitle, TITLES } from './cells.ts';

/** The report as a table for a terminal. */
export function metricsTable(report: MetricsReport): string {
  const tables = report.groups.map((group) => {
    const heading = group.by === null ? '' : `${groupTitle(group)}\n`;
    return `${heading}${textTable([TITLES, ...group.periods.map(cells)])}`;
  });
  const body = tables.length === 0 ? 'nothing to group by\n' : tables.join('\n');
  return `${body}\n${footer(report).join('\n')}\n`;
}
