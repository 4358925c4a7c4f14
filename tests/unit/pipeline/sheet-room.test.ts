import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FirstRows } from '../../../src/pipeline/sheet-room.ts';

const TIMES = fc.array(fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constant(-Infinity)), { maxLength: 30 });

/** The positions of the newest, those of one time in their order. */
function newest(times: readonly number[], maximum: number): number[] {
  return [...times.keys()]
    .sort((a, b) => (times[a] === times[b] ? a - b : (times[b] ?? 0) - (times[a] ?? 0)))
    .slice(0, maximum)
    .sort((a, b) => a - b);
}

describe('room in a sheet', () => {
  it('goes to the newest rows, in whatever order they come', () => {
    fc.assert(
      fc.property(TIMES, fc.integer({ min: 1, max: 12 }), (times, maximum) => {
        const first = new FirstRows(maximum);
        times.forEach((at) => first.admits(at));
        const again = first.again();
        const placed = [...times.keys()].filter((position) => again.admits(times[position] ?? 0));

        expect(placed).toEqual(newest(times, maximum));
        expect(again.refused).toBe(Math.max(0, times.length - maximum));
        expect(first.refused).toBe(again.refused);
      }),
    );
  });

  it('is told at once where they come newest first', () => {
    fc.assert(
      fc.property(TIMES, fc.integer({ min: 1, max: 12 }), (unsorted, maximum) => {
        const times = unsorted.toSorted((a, b) => (a === b ? 0 : b - a));
        const room = new FirstRows(maximum);
        const placed = [...times.keys()].filter((position) => room.admits(times[position] ?? 0));

        expect(placed).toEqual(newest(times, maximum));
        expect(room.isOrdered).toBe(true);
      }),
    );
  });

  it('notices rows that come in another order, also behind the last that has a place', () => {
    const room = new FirstRows(1);
    expect([2, 1, 3].map((at) => room.admits(at))).toEqual([true, false, false]);
    expect(room.isOrdered).toBe(false);
  });
});
