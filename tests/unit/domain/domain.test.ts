import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { counted } from '../../../src/domain/counted.ts';
import { compareText } from '../../../src/domain/compare.ts';
import { durationWords } from '../../../src/domain/duration-words.ts';
import { DoraError, messageOf } from '../../../src/domain/errors.ts';
import { METRIC_NAMES, metricWord } from '../../../src/domain/metrics-report.ts';
import { printable } from '../../../src/domain/printable.ts';
import { isSetAsideReason, SET_ASIDE_REASONS } from '../../../src/domain/set-aside.ts';
import { durationMs, epochMs, isInstant, isoInstant } from '../../../src/domain/units.ts';
import { at } from '../../support/builders.ts';

describe('printable', () => {
  it.each([
    ['\u001b[31mred\u001b[0m', String.raw`\x1b[31mred\x1b[0m`],
    ['a\r\nb\tc\0', String.raw`a\x0d\x0ab\x09c\x00`],
    ['\u202Egnp.exe', String.raw`\u202egnp.exe`],
    ['zero\u200Bwidth', String.raw`zero\u200bwidth`],
    ['\uFEFFbom', String.raw`\ufeffbom`],
    ['\u0085\u009b31m', String.raw`\x85\x9b31m`],
    ['line\u2028end', String.raw`line\u2028end`],
    ['isolate\u2066x\u2069', String.raw`isolate\u2066x\u2069`],
  ])('writes out %j', (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it.each(['plain', 'Ünïcödé 日本語', '😀', '<script>', '=1+1', 'a\u00a0b'])('leaves %j as it is', (text) => {
    expect(printable(text)).toBe(text);
  });

  it('leaves nothing that a terminal acts on, and nothing to do for a second time', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const shown = printable(text);

        expect(shown).not.toMatch(/\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u);
        expect(printable(shown)).toBe(shown);
      }),
    );
  });
});

describe('an instant', () => {
  it.each([
    ['1969-12-31T23:59:59.000Z', '1969-12-31T23:59:59Z'],
    ['2100-02-28T00:00:00.001Z', '2100-02-28T00:00:00.001Z'],
    ['2026-01-02T03:04:05.000Z', '2026-01-02T03:04:05Z'],
  ])('%s is written %s', (given, written) => {
    expect(isoInstant(at(given))).toBe(written);
  });

  it('is read back from what is written, at any time between the years 0 and 9999', () => {
    const instants = fc.integer({ min: Date.parse('0000-01-01T00:00:00Z'), max: Date.UTC(9999, 11, 31) });
    const wholeSeconds = instants.map((instant) => instant - (((instant % 1000) + 1000) % 1000));

    fc.assert(
      fc.property(fc.oneof(instants, wholeSeconds), (instant) => {
        expect(Date.parse(isoInstant(instant))).toBe(instant);
      }),
    );
  });

  it.each([NaN, Infinity, 1.5, Date.UTC(10_000, 0, 1), -1e15])('is not %d', (value) => {
    expect(isInstant(value)).toBe(false);
    expect(() => epochMs(value)).toThrow(RangeError);
  });

  it('may lie in the first year of the calendar, and in the last second of 9999', () => {
    expect(isInstant(Date.parse('0001-01-01T00:00:00Z'))).toBe(true);
    expect(isInstant(Date.parse('9999-12-31T23:59:59.999Z'))).toBe(true);
    expect(isInstant(Date.parse('9999-12-31T23:59:59.999Z') + 1)).toBe(false);
  });
});

describe('a duration', () => {
  it.each([-1, NaN, Infinity])('is not %d', (value) => {
    expect(() => durationMs(value)).toThrow(RangeError);
  });

  it.each([
    [0, '0 s'],
    [45, '45 s'],
    [60, '1 min'],
    [720, '12 min'],
    [3600, '1 h'],
    [12_000, '3 h 20 min'],
    [86_400, '1 d'],
    [187_200, '2 d 4 h'],
    [3_542_400, '41 d'],
    [86_399, '24 h'],
  ])('of %i seconds is %s', (seconds, words) => {
    expect(durationWords(seconds)).toBe(words);
  });

  it('is worded within 5 % of what it is, from a minute on', () => {
    const units: Record<string, number> = { s: 1, min: 60, h: 3600, d: 86_400 };

    fc.assert(
      fc.property(fc.integer({ min: 60, max: 100_000_000 }), (seconds) => {
        const words = durationWords(seconds).split(' ');
        const read = words.reduce(
          (sum, word, n) => (n % 2 === 0 ? sum + Number(word) * (units[words[n + 1] ?? ''] ?? NaN) : sum),
          0,
        );

        expect(Math.abs(read - seconds)).toBeLessThanOrEqual(Math.max(30, seconds * 0.05));
      }),
    );
  });
});

describe('compareText', () => {
  it('orders by code unit, whatever the locale', () => {
    expect(['b', 'ä', 'a', 'B', 'v10', 'v9'].sort(compareText)).toEqual(['B', 'a', 'b', 'v10', 'v9', 'ä']);
    expect(compareText('a', 'a')).toBe(0);
  });
});

describe('a set-aside reason', () => {
  it('is one of those that have a meaning', () => {
    expect(Object.keys(SET_ASIDE_REASONS).every(isSetAsideReason)).toBe(true);
    expect(['', 'toString', 'robot'].some(isSetAsideReason)).toBe(false);
  });
});

describe('a DoraError', () => {
  it('carries its kind, its hint and its cause', () => {
    const cause = new Error('disk');

    const error = new DoraError('data', 'cannot write', { hint: 'free some room.', cause });

    expect(error).toMatchObject({ kind: 'data', message: 'cannot write', hint: 'free some room.', cause });
    expect(new DoraError('usage', 'no').hint).toBeUndefined();
  });

  it('is one of many things that can be thrown', () => {
    expect([messageOf(new Error('a')), messageOf('b'), messageOf(undefined)]).toEqual([
      'a',
      'b',
      'undefined',
    ]);
  });
});

describe('counted', () => {
  it('minds the singular', () => {
    expect([0, 1, 2].map((count) => counted(count, 'commit'))).toEqual([
      '0 commits',
      '1 commit',
      '2 commits',
    ]);
  });
});

describe('metricWord', () => {
  it('is the name of a metric as people type it', () => {
    expect(METRIC_NAMES.map(metricWord)).toEqual([
      'deployment-frequency',
      'lead-time',
      'change-fail-rate',
      'time-to-restore',
      'rework-rate',
    ]);
  });
});
