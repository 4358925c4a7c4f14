import type { MetricsReport } from '../../domain/metrics-report.ts';
import { cells, footer, groupTitle, TITLES } from './cells.ts';

/** The report as Markdown tables, for a pull request or a wiki. */
export function metricsMarkdown(report: MetricsReport): string {
  const tables = report.groups.map((group) => {
    const heading = group.by === null ? '' : `### ${escape(groupTitle(group))}\n\n`;
    const rule = TITLES.map((_, column) => (column === 0 ? '---' : '---:'));
    return `${heading}${[TITLES, rule, ...group.periods.map(cells)].map(row).join('')}`;
  });
  return `${tables.join('\n')}\n${footer(report).map(escape).join('  \n')}\n`;
}

/** A line of a Markdown table. */
export function row(fields: readonly string[]): string {
  return `| ${fields.map((field) => (/^-+:?$/u.test(field) ? field : escape(field))).join(' | ')} |\n`;
}

/** Text that Markdown takes for nothing but text. */
export function escape(text: string): string {
  return text.replaceAll(/[\\`*_{}[\]<>#|!]/gu, String.raw`\$&`);
}
