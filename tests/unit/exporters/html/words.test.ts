import { describe, expect, it } from 'vitest';
import { calendar } from '../../../../src/exporters/html/calendar.ts';
import { cadence, count, counted, duration, list, percent } from '../../../../src/exporters/html/words.ts';

/** The words as they are seen: no-break spaces are spaces. */
function seen(text: string): string {
  return text.replaceAll('\u00a0', ' ');
}

describe('a duration in words', () => {
  it.each([
    [0, '0 s'],
    [0.4, '0 s'],
    [59, '59 s'],
    [59.6, '1 min'],
    [3599, '1 h'],
    [3600, '1 h'],
    [14_700, '4 h 5 min'],
    [86_399, '1 d'],
    [187_200, '2 d 4 h'],
    [13.99 * 86_400, '14 d'],
    [63 * 86_400, '63 d'],
    [729 * 86_400, '729 d'],
    [3.5 * 365.25 * 86_400, '3.5 y'],
  ])('%d seconds are %s', (seconds, words) => {
    expect(seen(duration(seconds))).toBe(words);
  });

  it('never tears a number from its unit', () => {
    expect(duration(187_200)).toBe('2\u00a0d 4\u00a0h');
  });
});

describe('numbers', () => {
  it('have groups of three', () => {
    expect([count(1_234_567), count(999), count(0)]).toEqual(['1,234,567', '999', '0']);
  });

  it.each([
    [0, '0 %'],
    [1, '100 %'],
    [2 / 19, '11 %'],
    [0.053, '5.3 %'],
    [0.0001, '< 0.1 %'],
    [0.9999, '> 99.9 %'],
    [0.996, '99.6 %'],
  ])('the share %d is %s', (share, words) => {
    expect(seen(percent(share))).toBe(words);
  });

  it.each([
    [3.2, '3.2 a day'],
    [25, '25 a day'],
    [0.2, '1.4 a week'],
    [0.05, '1.5 a month'],
    [0.01, '3.7 a year'],
  ])('%d a day is said as %s', (perDay, words) => {
    expect(cadence(perDay)).toBe(words);
  });

  it('agree with their noun', () => {
    expect([seen(counted(1, 'change')), seen(counted(0, 'change'))]).toEqual(['1 change', '0 changes']);
  });

  it('and words are listed as in a sentence', () => {
    expect([list([]), list(['a']), list(['a', 'b']), list(['a', 'b', 'c'])]).toEqual([
      '',
      'a',
      'a and b',
      'a, b and c',
    ]);
  });
});

describe('the calendar', () => {
  const at = Date.UTC(2026, 10, 19, 23, 5);

  it('writes an instant in the time zone of the workspace', () => {
    expect(seen(calendar('UTC').minute(at))).toBe('19 Nov 2026, 23:05');
    expect(seen(calendar('Europe/Berlin').minute(at))).toBe('20 Nov 2026, 00:05');
    expect(calendar('America/St_Johns').machine(at)).toBe('2026-11-19T19:35');
  });

  it('does not care about the time zone of the machine', () => {
    expect(seen(calendar('Asia/Kolkata').day(at))).toBe('20 Nov 2026');
  });
});
