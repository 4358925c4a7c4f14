import type { PeriodMetrics } from '../../domain/metrics-report.ts';
import { html, type Content, type Markup } from './markup.ts';

/** A column: its heading, and its cell for a row. */
interface Column<Row> {
  readonly heading: string;
  readonly cell: (row: Row) => Content;
  /** Texts align left, numbers right. */
  readonly text?: boolean;
}

/** A table in a frame that scrolls sideways by itself where the window is narrow. The first column names the row. */
export function table<Row>(label: string, columns: readonly Column<Row>[], rows: readonly Row[]): Markup {
  const heads = columns.map(({ heading, text }) => {
    return text === true
      ? html`<th class="t" scope="col">${heading}</th>`
      : html`<th scope="col">${heading}</th>`;
  });
  const cells = (row: Row): Markup[] =>
    columns.map(({ cell, text }, index) => {
      if (index === 0) return html`<th scope="row">${cell(row)}</th>`;
      return text === true ? html`<td class="t">${cell(row)}</td>` : html`<td>${cell(row)}</td>`;
    });
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0">
    <table>
      <thead>
        <tr>
          ${heads}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${cells(row)}
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`;
}

/** The name of a period, with a word where it is not over. */
export function periodCell({ period, complete }: PeriodMetrics): string {
  return complete ? period : `${period} (running)`;
}

export const DASH = '\u2013';
