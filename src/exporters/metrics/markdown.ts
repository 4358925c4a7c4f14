import type { MetricsReport } from '../../domain/metrics-report.ts';
import { printable } from '../../domain/printable.ts';
import { cells, footer, TITLES } from './cells.ts';

/** The report as Markdown tables, for a pull request or a wiki. */
export function metricsMarkdown(report: MetricsReport): string {
  const tables = report.groups.map(({ key, periods }) => {
    const heading = key === null ? '' : `### ${escape(printable(key))}\n\n`;
    const rule = TITLES.map((_, column) => (column === 0 ? '---' : '---:'));
    return `${heading}${[TITLES, rule, ...periods.map(cells)].map(row).join('')}`;
  });
  return `${tables.join('\n')}\n${footer(report).map(escape).join('  \n')}\n`;
}

function row(fields: readonly string[]): string {
  return `| ${fields.map((field) => (/^-+:?$/u.test(field) ? field : escape(field))).join(' | ')} |\n`;
}

/** Text that Markdown takes for nothing but text. */
function escape(text: string): string {
  return text.replaceAll(/[\\`*_{}[\]<>#|!]/gu, String.raw`\$&`);
}
