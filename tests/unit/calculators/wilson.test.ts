import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wilsonInterval } from '../../../src/calculators/wilson.ts';

describe('wilsonInterval', () => {
  // Newcombe (1998), Statistics in Medicine 17, table I, method 3
  it.each([
    { successes: 81, trials: 263, low: 0.2553, high: 0.3662 },
    { successes: 15, trials: 148, low: 0.0624, high: 0.1605 },
    { successes: 0, trials: 20, low: 0, high: 0.1611 },
    { successes: 1, trials: 29, low: 0.0061, high: 0.1718 },
  ])('gives the published limits of $successes in $trials', ({ successes, trials, low, high }) => {
    const interval = wilsonInterval(successes, trials);

    expect(interval.map((limit) => limit.toFixed(4))).toEqual([low.toFixed(4), high.toFixed(4)]);
  });

  it('ends at 0 and at 1 exactly where nothing or everything failed', () => {
    expect(wilsonInterval(0, 7)[0]).toBe(0);
    expect(wilsonInterval(7, 7)[1]).toBe(1);
  });

  it.each([
    [0, 0],
    [-1, 5],
    [6, 5],
    [NaN, 5],
  ])('refuses %i of %i', (successes, trials) => {
    expect(() => wilsonInterval(successes, trials)).toThrow(RangeError);
  });

  const counts = fc
    .integer({ min: 1, max: 5000 })
    .chain((trials) => fc.tuple(fc.integer({ min: 0, max: trials }), fc.constant(trials)));

  it('holds the rate and stays between 0 and 1', () => {
    fc.assert(
      fc.property(counts, ([successes, trials]) => {
        const [low, high] = wilsonInterval(successes, trials);

        expect(low).toBeGreaterThanOrEqual(0);
        expect(low).toBeLessThanOrEqual(successes / trials);
        expect(high).toBeGreaterThanOrEqual(successes / trials);
        expect(high).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('is the mirror image of the interval of the rest', () => {
    fc.assert(
      fc.property(counts, ([successes, trials]) => {
        const [low, high] = wilsonInterval(successes, trials);
        const [restLow, restHigh] = wilsonInterval(trials - successes, trials);

        expect(1 - restHigh).toBeCloseTo(low, 12);
        expect(1 - restLow).toBeCloseTo(high, 12);
      }),
    );
  });

  it('narrows when the same rate is seen more often', () => {
    fc.assert(
      fc.property(counts, ([successes, trials]) => {
        const width = ([low, high]: readonly [number, number]) => high - low;

        expect(width(wilsonInterval(successes * 4, trials * 4))).toBeLessThan(
          width(wilsonInterval(successes, trials)),
        );
      }),
    );
  });
});
