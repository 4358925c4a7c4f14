import type { Explanation } from '../domain/explanation.ts';
import type { MetricsReport } from '../domain/metrics-report.ts';
import { explanationTable } from '../exporters/explanation/table.ts';
import { metricsJson } from '../exporters/metrics/json.ts';
import { metricsMarkdown } from '../exporters/metrics/markdown.ts';
import { metricsTable } from '../exporters/metrics/table.ts';

export type MetricsFormat = 'table' | 'json' | 'csv' | 'markdown';

/** The metrics as text in one of the formats of `calculate`. */
export async function renderMetrics(report: MetricsReport, format: MetricsFormat): Promise<string> {
  switch (format) {
    case 'table':
      return metricsTable(report);
    case 'json':
      return metricsJson(report);
    case 'csv':
      return (await import('../exporters/metrics/csv.ts')).metricsCsv(report);
    case 'markdown':
      return metricsMarkdown(report);
  }
}

/** The explanation as text; JSON has every row. */
export function renderExplanation(explanation: Explanation, format: 'table' | 'json'): string {
  return format === 'json' ? `${JSON.stringify(explanation, null, 2)}\n` : explanationTable(explanation);
}
