import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changeFailRate } from '../../../src/calculators/change-fail-rate.ts';
import { deploymentFrequency } from '../../../src/calculators/deployment-frequency.ts';
import { incidents } from '../../../src/calculators/incidents.ts';
import { leadTime, leadTimesIn } from '../../../src/calculators/lead-time.ts';
import { metricsOf } from '../../../src/calculators/metrics.ts';
import { reworkRate } from '../../../src/calculators/rework-rate.ts';
import { finishedIn, type MetricsContext, type Scope } from '../../../src/calculators/scope.ts';
import { timeToRestore } from '../../../src/calculators/time-to-restore.ts';
import { periodNamed, type Period } from '../../../src/calculators/periods.ts';
import { wilsonInterval } from '../../../src/calculators/wilson.ts';
import { BENCHMARKS } from '../../../src/domain/benchmarks.ts';
import type { AssessedDeployment } from '../../../src/domain/deployment.ts';
import type { Incident } from '../../../src/domain/incident.ts';
import { DAY, epochMs, HOUR, type EpochMs } from '../../../src/domain/units.ts';
import { assessed, at, failure } from '../../support/builders.ts';
import { incident as builtIncident } from '../../support/columns.ts';

const LATER = at('2027-06-01T00:00:00Z');
const BANDS = { table: BENCHMARKS[2024], minimumSample: 5 };

function context(asOf: EpochMs = LATER, timezone = 'UTC'): MetricsContext {
  return { asOf, timezone, bands: BANDS };
}

function period(label: string, timezone = 'UTC'): Period {
  return periodNamed(label, timezone).period;
}

const NOVEMBER = period('2026-11');

/** Deployments with the lead times, in seconds, of what each of them shipped. */
function scope(
  deployments: readonly AssessedDeployment[],
  leadTimes: readonly (readonly number[])[] = [],
  opened: readonly Incident[] = [],
): Scope {
  return {
    deployments: deployments.toSorted((a, b) => a.finishedAt - b.finishedAt),
    leadTimes: deployments.map((_, position) => Float64Array.from(leadTimes[position] ?? [])),
    pullRequests: [],
    incidents: opened,
  };
}

function on(...days: readonly string[]): AssessedDeployment[] {
  return days.map((day, n) => assessed(`v${String(n)}`, at(day.includes('T') ? day : `${day}T12:00:00Z`)));
}

function incident(openedAt: string, resolvedAt: string | null, some: Partial<Incident> = {}): Incident {
  return builtIncident(at(openedAt), { resolvedAt: resolvedAt === null ? null : at(resolvedAt), ...some });
}

const NO_STAGES = {
  n: 0,
  reviewed: 0,
  coding: null,
  pickup: null,
  review: null,
  deploy: null,
  reason: 'no-pull-requests',
};

describe('finishedIn', () => {
  it('takes the first instant of the period and leaves out its last', () => {
    const rows = scope(
      on('2026-10-31T23:59:59Z', '2026-11-01T00:00:00Z', '2026-11-30T23:59:59Z', '2026-12-01T00:00:00Z'),
    );

    expect(finishedIn(rows, NOVEMBER, context())).toEqual([1, 2]);
  });

  it('takes what finished at as-of, and nothing later', () => {
    const rows = scope(on('2026-11-10', '2026-11-11', '2026-11-12'));

    expect(finishedIn(rows, NOVEMBER, context(at('2026-11-11T12:00:00Z')))).toEqual([0, 1]);
  });

  it('draws the border where the zone does', () => {
    const rows = scope(on('2026-10-31T12:00:00Z', '2026-11-30T12:00:00Z'));
    const auckland = period('2026-11', 'Pacific/Auckland');

    expect(finishedIn(rows, auckland, context(LATER, 'Pacific/Auckland'))).toEqual([0]);
  });
});

describe('deploymentFrequency', () => {
  it('counts succeeded deployments and the days that had one', () => {
    const rows = scope([
      ...on('2026-11-02T08:00:00Z', '2026-11-02T18:00:00Z', '2026-11-20'),
      assessed('failed', at('2026-11-21T00:00:00Z'), { outcome: 'failed' }),
      assessed('unknown', at('2026-11-22T00:00:00Z'), { outcome: 'unknown' }),
    ]);

    expect(deploymentFrequency(rows, NOVEMBER, context())).toEqual({
      value: 3,
      n: 3,
      perDay: 0.1,
      perWeek: 0.7000000000000001,
      deploymentDays: 2,
      medianDeploymentDaysPerWeek: 0.5,
      band: null,
    });
  });

  it('counts a deployment that a rule calls failed: it did reach production', () => {
    const failures = [failure(at('2026-11-02T12:00:00Z'), at('2026-11-03T12:00:00Z'))];
    const rows = scope([assessed('v1', at('2026-11-02T12:00:00Z'), { failures })]);

    expect(deploymentFrequency(rows, NOVEMBER, context()).value).toBe(1);
  });

  it('knows of the time from the first deployment on, also of one that failed', () => {
    const rows = scope([assessed('v1', at('2026-11-02T12:00:00Z'), { outcome: 'failed' })]);

    expect(deploymentFrequency(rows, NOVEMBER, context())).toMatchObject({ value: 0, n: 0, perDay: 0 });
    expect(deploymentFrequency(rows, period('2026-10'), context()).reason).toBe('no-deployments');
  });

  it('knows nothing of the time before the first deployment', () => {
    const rows = scope(on('2026-12-01T00:00:00Z'));

    expect(deploymentFrequency(rows, NOVEMBER, context())).toEqual({
      value: null,
      reason: 'no-deployments',
      n: 0,
      perDay: null,
      perWeek: null,
      deploymentDays: 0,
      medianDeploymentDaysPerWeek: null,
      band: null,
    });
    expect(deploymentFrequency(scope([]), NOVEMBER, context()).reason).toBe('no-deployments');
  });

  it('knows that there was none in a period after the first', () => {
    const rows = scope(on('2026-10-31'));

    expect(deploymentFrequency(rows, NOVEMBER, context())).toMatchObject({
      value: 0,
      perDay: 0,
      medianDeploymentDaysPerWeek: 0,
    });
  });

  it('has not heard of a first deployment that is later than as-of', () => {
    const rows = scope(on('2026-11-20'));

    expect(deploymentFrequency(rows, NOVEMBER, context(at('2026-11-19T00:00:00Z'))).value).toBeNull();
  });

  it('divides by the days that have passed while the period runs', () => {
    const rows = scope(on('2026-11-02', '2026-11-03', '2026-11-04'));

    const running = deploymentFrequency(rows, NOVEMBER, context(at('2026-11-11T00:00:00Z')));

    expect(running.perDay).toBeCloseTo(0.3, 12);
    // the week of 9 November is not over
    expect(running.medianDeploymentDaysPerWeek).toBe(3);
  });

  it('has no rate at the very beginning of a period', () => {
    const rows = scope(on('2026-10-01'));

    expect(deploymentFrequency(rows, NOVEMBER, context(NOVEMBER.start))).toMatchObject({
      value: 0,
      perDay: null,
      perWeek: null,
      medianDeploymentDaysPerWeek: null,
    });
  });

  it('counts the days of the calendar in the zone, not those of UTC', () => {
    const rows = scope(on('2026-11-10T12:00:00Z', '2026-11-11T10:00:00Z'));

    expect(deploymentFrequency(rows, NOVEMBER, context()).deploymentDays).toBe(2);
    const auckland = period('2026-11', 'Pacific/Auckland');
    expect(deploymentFrequency(rows, auckland, context(LATER, 'Pacific/Auckland')).deploymentDays).toBe(1);
  });

  it('gives the days of a week to the month of its Thursday', () => {
    // 30 October to 1 November is the end of W44, whose Thursday lies in October
    const rows = scope(
      on('2026-10-26', '2026-10-27', '2026-10-28', '2026-10-29', '2026-10-30', '2026-11-01'),
    );

    expect(deploymentFrequency(rows, period('2026-W44'), context()).medianDeploymentDaysPerWeek).toBe(6);
    expect(deploymentFrequency(rows, NOVEMBER, context()).medianDeploymentDaysPerWeek).toBe(0);
  });

  it('is on demand with five days in the median week', () => {
    const rows = scope(on('2026-11-16', '2026-11-17', '2026-11-18', '2026-11-19', '2026-11-20'));

    expect(deploymentFrequency(rows, period('2026-W47'), context()).band).toBe('elite');
  });

  it('adds up: the days of a month have as many deployments as the month', () => {
    const instants = fc.array(fc.integer({ min: NOVEMBER.start - DAY, max: NOVEMBER.end + DAY }), {
      maxLength: 40,
    });
    const zone = fc.constantFrom('UTC', 'Asia/Kathmandu', 'America/St_Johns');

    fc.assert(
      fc.property(instants, zone, (finished, timezone) => {
        const first = assessed('first', at('2020-01-01T00:00:00Z'));
        const rows = scope([first, ...finished.map((instant, n) => assessed(String(n), epochMs(instant)))]);
        const of = (label: string) =>
          deploymentFrequency(rows, period(label, timezone), context(LATER, timezone)).value ?? NaN;
        const days = Array.from({ length: 30 }, (_, n) => of(`2026-11-${String(n + 1).padStart(2, '0')}`));

        expect(days.reduce((sum, count) => sum + count, 0)).toBe(of('2026-11'));
      }),
      { numRuns: 30 },
    );
  });
});

describe('leadTime', () => {
  it('is the median, so one forgotten branch does not move it', () => {
    const rows = scope(on('2026-11-10'), [[3600, 7200, 900 * 3600]]);

    expect(leadTime(rows, NOVEMBER, context())).toEqual({
      value: 7200,
      n: 3,
      mean: 1_083_600,
      p75: 1_623_600,
      p90: 2_593_440,
      p95: expect.closeTo(2_916_720, 6),
      interval: null,
      band: null,
      stages: NO_STAGES,
    });
  });

  it('says that nothing was shipped instead of reporting zero', () => {
    expect(leadTime(scope(on('2026-11-10')), NOVEMBER, context())).toEqual({
      value: null,
      reason: 'no-shipped-changes',
      n: 0,
      mean: null,
      p75: null,
      p90: null,
      p95: null,
      interval: null,
      band: null,
      stages: NO_STAGES,
    });
  });

  it('can be zero: authored when it was deployed', () => {
    expect(leadTime(scope(on('2026-11-10'), [[0]]), NOVEMBER, context())).toMatchObject({ value: 0, n: 1 });
  });

  it('takes what the deployments of the period shipped, whenever it was authored', () => {
    const rows = scope(on('2026-10-31', '2026-11-10', '2026-12-01'), [[1], [90 * 86_400], [3]]);

    expect(leadTime(rows, NOVEMBER, context()).value).toBe(90 * 86_400);
  });

  it('has an interval from six and a band from five changes', () => {
    const five = leadTime(scope(on('2026-11-10'), [[1, 2, 3, 4, 5]]), NOVEMBER, context());
    const six = leadTime(scope(on('2026-11-10'), [[1, 2, 3, 4, 5, 6]]), NOVEMBER, context());

    expect([five.interval, five.band]).toEqual([null, 'elite']);
    expect(six.interval).toEqual([1, 6]);
  });

  it('does not depend on which deployment shipped what', () => {
    const samples = fc.array(fc.array(fc.nat(10_000_000), { maxLength: 6 }), { minLength: 1, maxLength: 6 });

    fc.assert(
      fc.property(samples, (shipped) => {
        const deployments = on(...shipped.map((_, n) => `2026-11-${String(n + 10)}`));
        const all = [shipped.flat().toReversed(), ...shipped.slice(1).map(() => [])];

        expect(leadTime(scope(deployments, shipped), NOVEMBER, context())).toEqual(
          leadTime(scope(deployments, all), NOVEMBER, context()),
        );
      }),
    );
  });

  it('hands out its values in ascending order', () => {
    const rows = scope(on('2026-11-10', '2026-11-11'), [[30, 10], [20]]);

    expect([...leadTimesIn(rows, NOVEMBER, context())]).toEqual([10, 20, 30]);
  });
});

describe('changeFailRate', () => {
  const recovered = [failure(at('2026-11-10T12:00:00Z'), at('2026-11-11T12:00:00Z'))];

  it('is the share of deployments that failed, by their source or by a rule', () => {
    const rows = scope([
      ...on('2026-11-02', '2026-11-03'),
      assessed('by source', at('2026-11-04T00:00:00Z'), { outcome: 'failed' }),
      assessed('by rule', at('2026-11-10T12:00:00Z'), { failures: recovered }),
    ]);

    expect(changeFailRate(rows, NOVEMBER, context())).toEqual({
      value: 0.5,
      n: 4,
      failed: 2,
      unknown: 0,
      interval: wilsonInterval(2, 4),
      band: null,
    });
  });

  it('counts a rollout that failed once, with the rule or without', () => {
    const failures = [failure(at('2026-11-04T00:00:00Z'), null, { rule: 'rollout' })];
    const rows = scope([
      ...on('2026-11-02'),
      assessed('rule', at('2026-11-04T00:00:00Z'), { outcome: 'failed', failures }),
    ]);

    expect(changeFailRate(rows, NOVEMBER, context())).toMatchObject({ value: 0.5, n: 2, failed: 1 });
  });

  it('calls failed what an incident is linked to, whether or not its end is known', () => {
    const failures = [failure(at('2026-11-05T00:00:00Z'), null, { rule: 'incident', incident: '#1' })];
    const rows = scope([assessed('v', at('2026-11-04T00:00:00Z'), { outcome: 'unknown', failures })]);

    expect(changeFailRate(rows, NOVEMBER, context())).toMatchObject({ value: 1, n: 1, unknown: 0 });
    expect(changeFailRate(rows, NOVEMBER, context(at('2026-11-04T12:00:00Z')))).toMatchObject({
      value: null,
      reason: 'no-known-outcomes',
      unknown: 1,
    });
  });

  it('counts a deployment once, however many rules hold', () => {
    const failures = [...recovered, ...recovered, ...recovered];
    const rows = scope([...on('2026-11-02'), assessed('v', at('2026-11-10T12:00:00Z'), { failures })]);

    expect(changeFailRate(rows, NOVEMBER, context()).failed).toBe(1);
  });

  it('leaves unknown outcomes out and says how many', () => {
    const rows = scope([
      ...on('2026-11-02'),
      assessed('v', at('2026-11-03T00:00:00Z'), { outcome: 'unknown' }),
    ]);

    expect(changeFailRate(rows, NOVEMBER, context())).toMatchObject({ value: 0, n: 1, unknown: 1 });
  });

  it('has no value where all outcomes are unknown, or where there is no deployment', () => {
    const unknown = scope([assessed('v', at('2026-11-03T00:00:00Z'), { outcome: 'unknown' })]);

    expect(changeFailRate(unknown, NOVEMBER, context())).toEqual({
      value: null,
      reason: 'no-known-outcomes',
      n: 0,
      failed: 0,
      unknown: 1,
      interval: null,
      band: null,
    });
    expect(changeFailRate(scope([]), NOVEMBER, context())).toMatchObject({
      value: null,
      reason: 'no-deployments',
    });
  });

  it('does not know before the repair that there was something to repair', () => {
    const rows = scope([assessed('v', at('2026-11-10T12:00:00Z'), { failures: recovered })]);

    expect(changeFailRate(rows, NOVEMBER, context(at('2026-11-11T11:59:59Z'))).value).toBe(0);
    expect(changeFailRate(rows, NOVEMBER, context(at('2026-11-11T12:00:00Z'))).value).toBe(1);
  });

  it('never leaves its interval, nor the interval 0 to 1', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 30 }), (outcomes) => {
        const rows = scope(
          outcomes.map((failed, n) =>
            assessed(String(n), at('2026-11-10T00:00:00Z'), { outcome: failed ? 'failed' : 'succeeded' }),
          ),
        );

        const { value, interval } = changeFailRate(rows, NOVEMBER, context());

        const [low, high] = interval ?? [NaN, NaN];
        expect(low).toBeGreaterThanOrEqual(0);
        expect(value).toBeGreaterThanOrEqual(low);
        expect(value).toBeLessThanOrEqual(high);
        expect(high).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('timeToRestore', () => {
  const FAILED_AT = at('2026-11-10T12:00:00Z');

  function failed(hours: number | null, knownAt?: EpochMs): AssessedDeployment {
    const recoveredAt = hours === null ? null : epochMs(FAILED_AT + hours * HOUR);
    const known = knownAt === undefined ? {} : { knownAt };
    return assessed(`v${String(hours)}`, FAILED_AT, { failures: [failure(FAILED_AT, recoveredAt, known)] });
  }

  it('is the median from failure to recovery, of the recovered', () => {
    expect(timeToRestore(scope([failed(1), failed(3), failed(null)]), NOVEMBER, context())).toEqual({
      value: 7200,
      n: 2,
      mean: 7200,
      open: 1,
      interval: null,
      band: null,
    });
  });

  it('has no value without failures, nor with open ones only', () => {
    expect(timeToRestore(scope(on('2026-11-10')), NOVEMBER, context())).toMatchObject({
      value: null,
      reason: 'no-failures',
      open: 0,
    });
    expect(timeToRestore(scope([failed(null)]), NOVEMBER, context())).toEqual({
      value: null,
      reason: 'no-recoveries',
      n: 0,
      mean: null,
      open: 1,
      interval: null,
      band: null,
    });
  });

  it('calls a failure open as long as as-of is before its recovery', () => {
    const rows = scope([failed(5, FAILED_AT)]);

    expect(timeToRestore(rows, NOVEMBER, context(epochMs(FAILED_AT + HOUR)))).toMatchObject({
      value: null,
      open: 1,
    });
    expect(timeToRestore(rows, NOVEMBER, context(epochMs(FAILED_AT + 5 * HOUR))).value).toBe(5 * 3600);
  });

  it('of a rollout that nothing has repaired is open, from the moment it failed', () => {
    const failures = [failure(FAILED_AT, null, { rule: 'rollout' })];
    const rows = scope([assessed('v', FAILED_AT, { outcome: 'failed', failures })]);

    expect(timeToRestore(rows, NOVEMBER, context(FAILED_AT))).toMatchObject({
      reason: 'no-recoveries',
      open: 1,
    });
  });

  it('of an incident runs from its opening to its closing', () => {
    const opened = epochMs(FAILED_AT + 3 * HOUR);
    const failures = [failure(opened, epochMs(opened + HOUR), { rule: 'incident', knownAt: opened })];

    expect(timeToRestore(scope([assessed('v', FAILED_AT, { failures })]), NOVEMBER, context()).value).toBe(
      3600,
    );
  });

  it('belongs to the period in which the failure began', () => {
    const endOfMonth = epochMs(NOVEMBER.end - HOUR);
    const failures = [failure(endOfMonth, epochMs(NOVEMBER.end + HOUR))];
    const rows = scope([assessed('v', endOfMonth, { failures })]);

    expect(timeToRestore(rows, NOVEMBER, context()).value).toBe(7200);
    expect(timeToRestore(rows, period('2026-12'), context()).reason).toBe('no-failures');
  });

  it('asks the first rule that holds, not a later one', () => {
    const failures = [
      failure(FAILED_AT, epochMs(FAILED_AT + 2 * HOUR), { rule: 'rollback' }),
      failure(FAILED_AT, epochMs(FAILED_AT + HOUR), { rule: 'hotfix' }),
    ];

    expect(timeToRestore(scope([assessed('v', FAILED_AT, { failures })]), NOVEMBER, context()).value).toBe(
      7200,
    );
  });

  it('loses no failure: open and recovered ones are all there are', () => {
    const hours = fc.array(fc.option(fc.integer({ min: 0, max: 1000 })), { maxLength: 30 });

    fc.assert(
      fc.property(hours, (each) => {
        const { n, open } = timeToRestore(scope(each.map((h) => failed(h))), NOVEMBER, context());

        expect(n + open).toBe(each.length);
      }),
    );
  });
});

describe('reworkRate', () => {
  it('is the share of succeeded deployments that repaired one', () => {
    const repairs = [{ rule: 'rollback', deployment: 'v1' } as const];
    const rows = scope([
      ...on('2026-11-02', '2026-11-03', '2026-11-04'),
      assessed('repair', at('2026-11-05T00:00:00Z'), { repairs: [...repairs, ...repairs] }),
      assessed('failed', at('2026-11-06T00:00:00Z'), { repairs, outcome: 'failed' }),
    ]);

    expect(reworkRate(rows, NOVEMBER, context())).toEqual({
      value: 0.25,
      n: 4,
      rework: 1,
      interval: wilsonInterval(1, 4),
    });
  });

  it('has no value where nothing succeeded', () => {
    expect(reworkRate(scope([]), NOVEMBER, context())).toEqual({
      value: null,
      reason: 'no-deployments',
      n: 0,
      rework: 0,
      interval: null,
    });
  });

  it('never exceeds the deployments', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }), (repairing) => {
        const rows = scope(
          repairing.map((does, n) =>
            assessed(String(n), at('2026-11-10T00:00:00Z'), {
              repairs: does ? [{ rule: 'hotfix', deployment: 'v' }] : [],
            }),
          ),
        );

        expect(reworkRate(rows, NOVEMBER, context()).rework).toBe(repairing.filter((does) => does).length);
      }),
    );
  });
});

describe('incidents', () => {
  it('are counted when they open, linked or not, and timed when they are resolved', () => {
    const rows = scope(
      [],
      [],
      [
        incident('2026-11-01T00:00:00Z', '2026-11-01T02:00:00Z', { deployment: 'v1' }),
        incident('2026-11-02T00:00:00Z', '2026-11-02T04:00:00Z'),
        incident('2026-11-03T00:00:00Z', null),
        incident('2026-12-01T00:00:00Z', null),
      ],
    );

    expect(incidents(rows, NOVEMBER, context())).toEqual({
      value: 10_800,
      n: 3,
      mean: 10_800,
      unattributed: 2,
    });
  });

  it('have no value without one, nor while all are open', () => {
    const open = scope([], [], [incident('2026-11-03T00:00:00Z', '2026-11-05T00:00:00Z')]);

    expect(incidents(scope([]), NOVEMBER, context())).toEqual({
      value: null,
      reason: 'no-incidents',
      n: 0,
      mean: null,
      unattributed: 0,
    });
    expect(incidents(open, NOVEMBER, context(at('2026-11-04T00:00:00Z')))).toMatchObject({
      value: null,
      reason: 'no-resolved-incidents',
      n: 1,
    });
  });

  it('are not known before they open', () => {
    const later = scope([], [], [incident('2026-11-03T00:00:00Z', null)]);

    expect(incidents(later, NOVEMBER, context(at('2026-11-02T00:00:00Z'))).n).toBe(0);
  });
});

describe('metricsOf', () => {
  it('says whether the period is over', () => {
    const complete = (asOf: EpochMs) => metricsOf(scope([]), NOVEMBER, context(asOf)).complete;

    expect([complete(epochMs(NOVEMBER.end - 1)), complete(NOVEMBER.end)]).toEqual([false, true]);
  });

  it('gives the reason beside every missing value, and none beside a value', () => {
    const rows = scope(on('2026-11-10'), [[60]]);
    for (const metrics of [metricsOf(scope([]), NOVEMBER, context()), metricsOf(rows, NOVEMBER, context())]) {
      const { deploymentFrequency: a, leadTime: b, changeFailRate: c, timeToRestore: d, ...rest } = metrics;

      for (const metric of [a, b, c, d, rest.reworkRate, rest.incidents]) {
        expect(typeof metric.reason).toBe(metric.value === null ? 'string' : 'undefined');
      }
    }
  });

  it('names the period in UTC, wherever it lies', () => {
    const kathmandu = metricsOf(
      scope([]),
      period('2026-Q4', 'Asia/Kathmandu'),
      context(LATER, 'Asia/Kathmandu'),
    );

    expect([kathmandu.period, kathmandu.start, kathmandu.end]).toEqual([
      '2026-Q4',
      '2026-09-30T18:15:00Z',
      '2026-12-31T18:15:00Z',
    ]);
  });
});
