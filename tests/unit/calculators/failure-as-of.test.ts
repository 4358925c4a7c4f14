import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failureAsOf, outcomeAsOf, recoveryAsOf } from '../../../src/calculators/failure-as-of.ts';
import { epochMs } from '../../../src/domain/units.ts';
import { assessed, failure } from '../../support/builders.ts';

const time = (n: number) => epochMs(n * 1000);

describe('what was known at an instant', () => {
  it('is the first rule that holds by then, not the first that will hold', () => {
    const late = failure(time(1), time(9), { rule: 'rollback' });
    const early = failure(time(1), time(5), { rule: 'hotfix' });
    const deployment = assessed('v1', time(1), { failures: [late, early] });

    expect([4, 5, 8, 9].map((n) => failureAsOf(deployment, time(n))?.rule ?? null)).toEqual([
      null,
      'hotfix',
      'hotfix',
      'rollback',
    ]);
  });

  it('is nothing of a deployment that is still to come', () => {
    const deployment = assessed('v1', time(5), {
      failures: [failure(time(5), time(6), { knownAt: time(1) })],
    });

    expect(failureAsOf(deployment, time(4))).toBeNull();
    expect(failureAsOf(deployment, time(5))).not.toBeNull();
  });

  it('leaves a failure open until it is over', () => {
    const known = failure(time(1), time(5), { knownAt: time(2) });

    expect([4, 5].map((n) => recoveryAsOf(known, time(n)))).toEqual([null, time(5)]);
    expect(recoveryAsOf(failure(time(1), null), time(9))).toBeNull();
    expect(recoveryAsOf(null, time(9))).toBeNull();
  });

  it('makes the outcome failed, whatever the source said', () => {
    const failures = [failure(time(1), time(5))];

    expect(outcomeAsOf(assessed('v1', time(1), { failures }), time(5))).toBe('failed');
    expect(outcomeAsOf(assessed('v1', time(1), { failures }), time(4))).toBe('succeeded');
    expect(outcomeAsOf(assessed('v1', time(1), { outcome: 'unknown' }), time(4))).toBe('unknown');
  });

  it('is never forgotten later', () => {
    const knownAt = fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 5 });

    fc.assert(
      fc.property(knownAt, fc.nat(20), fc.nat(20), (instants, a, b) => {
        const failures = instants.map((n) => failure(time(0), time(n)));
        const deployment = assessed('v1', time(0), { failures });

        const failed = (n: number) => outcomeAsOf(deployment, time(n)) === 'failed';

        expect(failed(Math.min(a, b)) && !failed(Math.max(a, b))).toBe(false);
      }),
    );
  });
});
