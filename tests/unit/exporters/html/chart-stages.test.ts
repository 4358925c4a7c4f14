import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LeadTimeStages } from '../../../../src/domain/metrics-report.ts';
import type { ReportModel } from '../../../../src/domain/report-model.ts';
import { calendar } from '../../../../src/exporters/html/calendar.ts';
import { stagesChart, stagesNote } from '../../../../src/exporters/html/chart-stages.ts';
import type { Mark, Plot } from '../../../../src/exporters/html/plot.ts';
import { slots, type ChartContext } from '../../../../src/exporters/html/time-axis.ts';
import { reportModel } from '../../../support/report-model.ts';

const MODEL = reportModel({ periods: 3 });
const WHOLE: LeadTimeStages = {
  n: 30,
  reviewed: 20,
  coding: 86_400,
  pickup: 3600,
  review: 7200,
  deploy: 172_800,
};

/** The charts of a model whose focus period has these stages. */
function context(stages: LeadTimeStages): ChartContext {
  const groups = MODEL.metrics.groups.map((group) => ({
    ...group,
    periods: group.periods.map((period) => ({ ...period, leadTime: { ...period.leadTime, stages } })),
  }));
  const model: ReportModel = { ...MODEL, metrics: { ...MODEL.metrics, groups } };
  return { model, calendar: calendar('UTC'), slots: slots(model) };
}

function marks(plot: Plot | undefined, kind: Mark['kind']): Mark[] {
  return (plot?.marks ?? []).filter((mark) => mark.kind === kind);
}

/** Where the letters of a plot stand, in pixels, with their row. */
function letters(
  plot: Plot | undefined,
): { readonly at: number; readonly row: number; readonly text: string }[] {
  return marks(plot, 'text').flatMap((mark) => {
    if (mark.kind !== 'text' || plot === undefined) return [];
    const room = plot.width - plot.margin.left - plot.margin.right;
    return [{ at: (mark.at[0] / plot.x.max) * room, row: mark.at[1], text: mark.text }];
  });
}

describe('the stages as one bar', () => {
  it('have a part each, as long as their median and one after the other', () => {
    const boxes = marks(stagesChart(context(WHOLE)).plots?.wide, 'box');
    const spans = boxes.map((mark) => (mark.kind === 'box' ? [mark.from[0], mark.to[0]] : []));

    expect(spans).toEqual([
      [0, 86_400],
      [86_400, 90_000],
      [90_000, 97_200],
      [97_200, 270_000],
    ]);
    expect(new Set(boxes.map(({ fill }) => fill)).size).toBe(4);
  });

  it('are named beside their parts, with how long they took', () => {
    const texts = letters(stagesChart(context(WHOLE)).plots?.narrow).map(({ text }) => text);

    expect(texts.map((text) => text.replaceAll('\u00a0', ' '))).toEqual([
      'coding',
      '1 d',
      'pickup',
      '1 h',
      'review',
      '2 h',
      'deploy',
      '2 d',
    ]);
  });

  it('without a review are two, and it is said why', () => {
    const unreviewed = { ...WHOLE, reviewed: 0, pickup: null, review: null };

    expect(marks(stagesChart(context(unreviewed)).plots?.wide, 'box')).toHaveLength(2);
    expect(stagesNote(context(unreviewed))).toContain('None was reviewed by another person');
    expect(stagesNote(context({ ...WHOLE, reviewed: 30 }))).toContain('reviewed every one of them');
  });

  it('that took no time at all are no drawing', () => {
    const chart = stagesChart(context({ ...WHOLE, coding: 0, pickup: 0, review: 0, deploy: 0 }));

    expect(chart.plots).toBeNull();
    expect(chart.title).toContain('No stage took any time');
  });

  it('never write over each other, nor beyond the drawing, and lead to their parts without crossing', () => {
    const seconds = fc.oneof(fc.constant(0), fc.nat(600), fc.nat(1e8));
    const stages = fc
      .record({ coding: seconds, pickup: seconds, review: seconds, deploy: seconds })
      .filter(({ coding, pickup, review, deploy }) => coding + pickup + review + deploy > 0)
      .map((some) => ({ ...WHOLE, ...some }));
    // the widest letters of the font are well below nine pixels
    const LETTER = 7;

    fc.assert(
      fc.property(stages, fc.constantFrom('wide' as const, 'narrow' as const), (some, format) => {
        const plot = stagesChart(context(some)).plots?.[format];
        const room = (plot?.width ?? 0) - (plot?.margin.left ?? 0) - (plot?.margin.right ?? 0);
        const all = letters(plot);

        for (const row of new Set(all.map((letter) => letter.row))) {
          const line = all.filter((letter) => letter.row === row);
          for (const [index, { at, text }] of line.entries()) {
            const next = line[index + 1];
            if (next !== undefined)
              expect(next.at - at).toBeGreaterThanOrEqual(
                ((text.length + next.text.length) / 2) * LETTER - 8,
              );
            expect(at).toBeGreaterThan(0);
            expect(at).toBeLessThan(room);
          }
        }
        const ends = marks(plot, 'line').flatMap((mark) => (mark.kind === 'line' ? [mark.points] : []));
        for (const end of [0, -1]) {
          const places = ends.map((points) => points.at(end)?.[0] ?? NaN);
          expect(places).toEqual(places.toSorted((a, b) => a - b));
        }
      }),
    );
  });
});
