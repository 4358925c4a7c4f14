import { printable } from '../../domain/printable.ts';
import type { MetricsReport } from '../../domain/metrics-report.ts';
import { textTable } from '../text-table.ts';
import { cells, footer, TITLES } from './cells.ts';

/** The report as a table for a terminal. */
export function metricsTable(report: MetricsReport): string {
  const tables = report.groups.map(({ key, periods }) => {
    const heading = key === null ? '' : `${printable(key)}\n`;
    return `${heading}${textTable([TITLES, ...periods.map(cells)])}`;
  });
  const body = tables.length === 0 ? 'nothing to group by\n' : tables.join('\n');
  return `${body}\n${footer(report).join('\n')}\n`;
}
