import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BitSet, mergedBranch, pullRequestOf } from '../../../src/processors/repository-history.ts';
import { TextArena } from '../../../src/processors/text-arena.ts';

describe('TextArena', () => {
  it('keeps a text of the longest length whole, and cuts a longer one', () => {
    const arena = new TextArena(5);
    arena.set(0, '12345');
    arena.set(1, '123456');

    expect([arena.get(0), arena.get(1)]).toEqual(['12345', '1234…']);
  });

  it('never halves a character', () => {
    const arena = new TextArena(5);
    arena.set(0, 'abc😀xyz');
    arena.set(1, 'ab😀xyz');

    expect([arena.get(0), arena.get(1)]).toEqual(['abc…', 'ab😀…']);
  });

  it('has an empty text where none was stored', () => {
    const arena = new TextArena(5);
    expect(arena.get(0)).toBe('');

    arena.set(5000, 'late');

    expect([arena.get(4999), arena.get(5000), arena.get(5001)]).toEqual(['', 'late', '']);
  });

  it('goes on in the next block when one is full', () => {
    const arena = new TextArena(500);
    const text = (n: number) => `${String(n)} ${'ü'.repeat(400)}`;
    for (let n = 0; n < 3000; n += 1) arena.set(n, text(n));

    expect([0, 1, 1500, 2999].map((n) => arena.get(n))).toEqual([0, 1, 1500, 2999].map(text));
  });

  it('gives back any text, stored under any index', () => {
    const texts = fc.uniqueArray(fc.tuple(fc.nat(3000), fc.string({ unit: 'grapheme', maxLength: 40 })), {
      selector: ([index]) => index,
    });

    fc.assert(
      fc.property(texts, (each) => {
        const arena = new TextArena(500);
        for (const [index, text] of each) arena.set(index, text);

        expect(each.map(([index]) => arena.get(index))).toEqual(each.map(([, text]) => text));
      }),
    );
  });
});

describe('BitSet', () => {
  it('is a set of small numbers', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5000)), fc.nat(5000), (values, asked) => {
        const bits = new BitSet();
        for (const value of values) bits.add(value);

        expect(bits.has(asked)).toBe(values.includes(asked));
        expect(values.every((value) => bits.has(value))).toBe(true);
      }),
    );
  });
});

describe('mergedBranch', () => {
  it.each([
    ['Merge pull request #12 from acme/hotfix/login', 'hotfix/login'],
    ['Merge pull request #12 from acme/hotfix', 'hotfix'],
    ["Merge branch 'hotfix/x'", 'hotfix/x'],
    ["Merge branch 'hotfix/x' into main", 'hotfix/x'],
    ["Merge branch 'hotfix/x' of https://example.com/a into main", 'hotfix/x'],
    ["Merge remote-tracking branch 'origin/hotfix/x'", 'hotfix/x'],
    ["Merge remote-tracking branch 'upstream/hotfix/x'", 'upstream/hotfix/x'],
    ["Merge tag 'v1.2.3'", null],
    ['hotfix: Merge branch', null],
    ['', null],
  ])('of %j is %j', (subject, branch) => {
    expect(mergedBranch(subject)).toBe(branch);
  });
});

describe('pullRequestOf', () => {
  it.each([
    ['Add a thing (#12)', 12],
    ['Add a thing (#12) ', 12],
    ['Revert "Add a thing (#12)" (#13)', 13],
    ['Merge pull request #12 from acme/x', 12],
    ['Add (#12) a thing', null],
    ['Fix #12', null],
    ['Add a thing (#1234567890)', null],
    ['', null],
  ])('of %j is %j', (subject, number) => {
    expect(pullRequestOf(subject)).toBe(number);
  });
});
