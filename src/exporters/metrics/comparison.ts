import type { ComparisonReport } from '../../domain/comparison-report.ts';
import { textTable } from '../text-table.ts';
import { groupTitle } from './cells.ts';
import { comparisonFooter, comparisonReasons, comparisonRows, comparisonTitles } from './comparison-cells.ts';
import { escape, row } from './markdown.ts';

/** The comparison as tables for a terminal, each with the reasons for what differs under it. */
export function comparisonTable(report: ComparisonReport): string {
  const tables = report.groups.map((group) => {
    const heading = group.by === null ? '' : `${groupTitle(group)}\n`;
    const reasons = comparisonReasons(group).map((reason) => `- ${reason}\n`);
    const table = textTable([comparisonTitles(report), ...comparisonRows(group, report)]);
    return `${heading}${table}${reasons.length === 0 ? '' : `\nwhy they differ\n${reasons.join('')}`}`;
  });
  const body = tables.length === 0 ? 'nothing to group by\n' : tables.join('\n');
  return `${body}\n${comparisonFooter(report).join('\n')}\n`;
}

/** The same in Markdown, for a pull request or a wiki. */
export function comparisonMarkdown(report: ComparisonReport): string {
  const titles = comparisonTitles(report);
  const tables = report.groups.map((group) => {
    const heading = group.by === null ? '' : `### ${escape(groupTitle(group))}\n\n`;
    const rule = titles.map((_, column) => (column < 2 ? '---' : '---:'));
    const rows = [titles, rule, ...comparisonRows(group, report)].map(row).join('');
    const reasons = comparisonReasons(group).map((reason) => `- ${escape(reason)}\n`);
    return `${heading}${rows}${reasons.length === 0 ? '' : `\nWhy they differ:\n\n${reasons.join('')}`}`;
  });
  return `${tables.join('\n')}\n${comparisonFooter(report).map(escape).join('  \n')}\n`;
}
