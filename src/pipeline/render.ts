import type { ComparisonReport } from '../domain/comparison-report.ts';
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

/** The same for a comparison of profiles; most runs compare nothing and load nothing of it. */
export async function renderComparison(report: ComparisonReport, format: MetricsFormat): Promise<string> {
  switch (format) {
    case 'table':
      return (await import('../exporters/metrics/comparison.ts')).comparisonTable(report);
    case 'json':
      return (await import('../exporters/metrics/comparison-json.ts')).comparisonJson(report);
    case 'csv':
      return (await import('../exporters/metrics/comparison-csv.ts')).comparisonCsv(report);
    case 'markdown':
      return (await import('../exporters/metrics/comparison.ts')).comparisonMarkdown(report);
  }
}

/** The explanation as text; JSON has every row. */
export function renderExplanation(explanation: Explanation, format: 'table' | 'json'): string {
  return format === 'json' ? `${JSON.stringify(explanation, null, 2)}\n` : explanationTable(explanation);
}
