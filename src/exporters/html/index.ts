import { createHash } from 'node:crypto';
import type { ReportModel } from '../../domain/report-model.ts';
import { page } from './page.ts';
import { STYLES } from './styles.ts';

/** The report as one HTML file that loads nothing: no script, no font, no picture from outside. */
export async function renderHtml(model: ReportModel): Promise<string> {
  // half of the cost of a report is loading ECharts; nothing else should pay it
  const { draw } = await import('./draw.ts');
  const digest = createHash('sha256').update(STYLES).digest('base64');
  return page(model, { draw, styles: STYLES, stylesHash: `sha256-${digest}` });
}
