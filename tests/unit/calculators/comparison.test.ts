import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { comparisonsOf, focusOf } from '../../../src/calculators/comparison.ts';
import { headlineOf } from '../../../src/calculators/headline.ts';
import { metricsOf } from '../../../src/calculators/metrics.ts';
import type { Scope } from '../../../src/calculators/scope.ts';
import { periodNamed } from '../../../src/calculators/periods.ts';
import { BENCHMARKS } from '../../../src/domain/benchmarks.ts';
import { METRIC_NAMES, type PeriodMetrics } from '../../../src/domain/metrics-report.ts';
import { epochMs, HOUR, type EpochMs } from '../../../src/domain/units.ts';
import { assessed, at, failure } from '../../support/builders.ts';

const LATER = at('2027-01-01T00:00:00Z');

interface Month {
  readonly deployments: number;
  readonly failed?: number;
  readonly repairedInHours?: number;
  readonly leadTimes?: readonly number[];
}

/** The metrics of the months from January 2026, of so many deployments each. */
function months(...each: readonly Month[]): PeriodMetrics[] {
  const label = (n: number) => `2026-${String(n + 1).padStart(2, '0')}`;
  const parts = each.flatMap(({ deployments, failed = 0, repairedInHours = 1, leadTimes = [] }, n) =>
    Array.from({ length: deployments }, (_, k) => {
      const finishedAt = at(`${label(n)}-10T00:00:00Z`);
      const failures = k < failed ? [failure(finishedAt, epochMs(finishedAt + repairedInHours * HOUR))] : [];
      return {
        deployment: assessed(`v${String(n)}.${String(k)}`, finishedAt, { failures }),
        leadTimes: Float64Array.from(k === 0 ? leadTimes : []),
      };
    }),
  );
  const scope: Scope = {
    deployments: parts.map(({ deployment }) => deployment),
    leadTimes: parts.map((part) => part.leadTimes),
    pullRequests: [],
    incidents: [],
  };
  const context = { asOf: LATER, timezone: 'UTC', bands: { table: BENCHMARKS[2024], minimumSample: 5 } };
  return each.map((_, n) => metricsOf(scope, periodNamed(label(n), 'UTC').period, context));
}

const hours = (count: number, each: number) => Array.from({ length: count }, (_, n) => each * 3600 + n);

describe('focusOf', () => {
  const asOf = (text: string): EpochMs => at(text);
  const periods = (now: string) =>
    ['2026-01', '2026-02', '2026-03'].map((label) => ({
      ...metricsOf(
        { deployments: [], leadTimes: [], pullRequests: [], incidents: [] },
        periodNamed(label, 'UTC').period,
        {
          asOf: asOf(now),
          timezone: 'UTC',
          bands: { table: BENCHMARKS[2024], minimumSample: 5 },
        },
      ),
    }));

  it('is the latest complete period', () => {
    expect(focusOf(periods('2026-03-15T00:00:00Z'))).toBe(1);
    expect(focusOf(periods('2026-04-01T00:00:00Z'))).toBe(2);
  });

  it('is the last one while none is complete', () => {
    expect(focusOf(periods('2026-01-15T00:00:00Z'))).toBe(2);
  });
});

describe('comparisonsOf', () => {
  it('calls it better when twice as many deployments are more than chance', () => {
    const { deploymentFrequency } = comparisonsOf(months({ deployments: 40 }, { deployments: 100 }), 1);

    expect(deploymentFrequency).toMatchObject({
      previous: '2026-01',
      previousValue: 40,
      verdict: 'better',
      direction: 'up',
    });
  });

  it('calls it worse when there are much fewer', () => {
    const { deploymentFrequency } = comparisonsOf(months({ deployments: 100 }, { deployments: 40 }), 1);

    expect([deploymentFrequency.verdict, deploymentFrequency.direction]).toEqual(['worse', 'down']);
  });

  it('does not take noise for news', () => {
    const { deploymentFrequency } = comparisonsOf(months({ deployments: 10 }, { deployments: 12 }), 1);

    expect([deploymentFrequency.verdict, deploymentFrequency.direction]).toEqual(['same', 'up']);
  });

  it('calls a longer lead time worse', () => {
    const [before, now] = [hours(20, 10), hours(20, 100)];

    const { leadTime } = comparisonsOf(
      months({ deployments: 1, leadTimes: before }, { deployments: 1, leadTimes: now }),
      1,
    );

    expect(leadTime).toMatchObject({ verdict: 'worse', direction: 'up' });
    expect(leadTime.previousInterval).not.toBeNull();
  });

  it('calls fewer failures better', () => {
    const { changeFailRate } = comparisonsOf(
      months({ deployments: 50, failed: 40 }, { deployments: 50, failed: 2 }),
      1,
    );

    expect([changeFailRate.verdict, changeFailRate.direction]).toEqual(['better', 'down']);
  });

  it('cannot tell apart what has too few values for an interval', () => {
    const { timeToRestore } = comparisonsOf(
      months(
        { deployments: 2, failed: 2, repairedInHours: 1 },
        { deployments: 2, failed: 2, repairedInHours: 500 },
      ),
      1,
    );

    expect(timeToRestore).toMatchObject({ previousInterval: null, verdict: 'same', direction: 'up' });
  });

  it('says nothing where one of the two periods has no value, or there is none before', () => {
    const nothing = {
      previous: null,
      previousValue: null,
      previousInterval: null,
      verdict: 'none',
      direction: 'none',
    };
    const periods = months({ deployments: 1 }, { deployments: 1, leadTimes: [1] });

    expect(comparisonsOf(periods, 1).leadTime).toEqual(nothing);
    expect(comparisonsOf(periods, 0).deploymentFrequency).toEqual(nothing);
    expect(comparisonsOf([], -1).deploymentFrequency).toEqual(nothing);
  });

  it('finds a period equal to itself', () => {
    const counts = fc.record({ deployments: fc.integer({ min: 1, max: 60 }), failed: fc.nat(5) });

    fc.assert(
      fc.property(counts, (month) => {
        const all = comparisonsOf(months(month, month), 1);

        for (const name of METRIC_NAMES) expect(['flat', 'none']).toContain(all[name].direction);
      }),
      { numRuns: 30 },
    );
  });

  it('turns better into worse when the periods change places', () => {
    const opposite = { better: 'worse', worse: 'better', same: 'same', none: 'none' };
    const count = fc.integer({ min: 1, max: 150 });

    fc.assert(
      fc.property(count, count, (a, b) => {
        const verdict = (x: number, y: number) =>
          comparisonsOf(months({ deployments: x }, { deployments: y }), 1).deploymentFrequency.verdict;

        expect(verdict(b, a)).toBe(opposite[verdict(a, b)]);
      }),
      { numRuns: 30 },
    );
  });
});

describe('headlineOf', () => {
  const headline = (...each: readonly Month[]) => {
    const periods = months(...each);
    return headlineOf(periods.at(-1), comparisonsOf(periods, periods.length - 1));
  };

  it('says that nothing is known instead of reporting zeros', () => {
    expect(headline({ deployments: 0 })).toBe('No deployment is known in this period.');
    expect(headlineOf(undefined, comparisonsOf([], 0))).toBe('No deployment is known in this period.');
  });

  it('stands alone where there is nothing to compare with', () => {
    expect(headline({ deployments: 1, leadTimes: [3600] })).toBe(
      'In 2026-01 there was 1 deployment and changes wait 1 h (median); 0 of 1 deployment failed.',
    );
  });

  it('says what got better and what got worse', () => {
    expect(
      headline(
        { deployments: 40, failed: 30, leadTimes: hours(20, 10) },
        { deployments: 100, failed: 2, leadTimes: hours(20, 100) },
      ),
    ).toBe(
      'In 2026-02, compared with 2026-01, you ship more often (40 → 100 deployments) and changes wait longer (median 10 h → 4 d 4 h); 2 of 100 deployments failed, fewer than before.',
    );
    expect(
      headline(
        { deployments: 100, failed: 2, leadTimes: hours(20, 100) },
        { deployments: 40, failed: 30, leadTimes: hours(20, 10) },
      ),
    ).toBe(
      'In 2026-02, compared with 2026-01, you ship less often (100 → 40 deployments) and changes wait less (median 4 d 4 h → 10 h); 30 of 40 deployments failed, more than before.',
    );
  });

  it('does not make news of noise', () => {
    expect(
      headline({ deployments: 9, leadTimes: hours(9, 10) }, { deployments: 10, leadTimes: hours(9, 10) }),
    ).toBe(
      'In 2026-02, compared with 2026-01, you ship about as often as before (9 → 10 deployments) and changes wait about as long (median 10 h → 10 h); 0 of 10 deployments failed, about as before.',
    );
  });

  it('says it when nothing was shipped', () => {
    expect(headline({ deployments: 5 }, { deployments: 0 })).toContain(
      'and no change was shipped; nothing is known of failures.',
    );
  });
});
