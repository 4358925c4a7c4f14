import { describe, expect, it } from 'vitest';
import { columnOf, instantOf, minutesBetween, secondsBetween } from '../../support/devlake/dates.ts';
import { goEscaped, placeOf } from '../../support/devlake/paths.ts';

describe('a date of DevLake', () => {
  it.each([
    ['2026-01-12T03:04:05Z', '2026-01-12T03:04:05.000Z'],
    ['2026-01-12T03:04:05.1Z', '2026-01-12T03:04:05.100Z'],
    ['2026-01-12T03:04:05.123Z', '2026-01-12T03:04:05.123Z'],
    ['2026-01-12T03:04:05.1234Z', '2026-01-12T03:04:05.123Z'],
    ['2026-01-12T03:04:05.123456789Z', '2026-01-12T03:04:05.123Z'],
    ['2026-01-12T03:04:05.9995Z', '2026-01-12T03:04:06.000Z'],
    ['2026-01-12T03:04:05+01:00', '2026-01-12T02:04:05.000Z'],
    ['2026-01-12T03:04:05-05:30', '2026-01-12T08:34:05.000Z'],
    ['2026-01-12T03:04:05.1+01:00', '2026-01-12T02:04:05.100Z'],
    ['2026-01-12T03:04:05.12+01:00', '2026-01-12T02:04:05.120Z'],
    ['2026-01-12T03:04:05.123+01:00', '2026-01-12T02:04:05.123Z'],
    ['2026-01-12T03:04:05.123456+01:00', '2026-01-12T02:04:05.123Z'],
    ['2026-01-12T03:04:05+0100', '2026-01-12T02:04:05.000Z'],
    ['2026-01-12T03:04:05.12345+0100', '2026-01-12T02:04:05.123Z'],
    ['2026-01-12 03:04', '2026-01-12T03:04:00.000Z'],
    ['2026-01-12 03:04:05', '2026-01-12T03:04:05.000Z'],
    ['2026-01-12', '2026-01-12T00:00:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['0026-01-12', '0026-01-12T00:00:00.000Z'],
    // Go has always read these two
    ['2026-01-12T3:04:05Z', '2026-01-12T03:04:05.000Z'],
    ['2026-01-12T03:04:05,5Z', '2026-01-12T03:04:05.500Z'],
  ])('reads %s', (text, stored) => {
    const instant = instantOf(text);

    expect(instant === null ? null : columnOf(instant)).toBe(stored);
  });

  it.each([
    '',
    ' ',
    'yesterday',
    '1768212000000',
    '2026-01-12T03:04:05',
    '2026-01-12T03:04:05.123',
    '2026-01-12T03:04Z',
    '2026-01-12t03:04:05Z',
    '2026-01-12T03:04:05z',
    '2026-01-12 03:04:05Z',
    '2026-01-12 03:04:05.123',
    '2026-01-12 03:04:05+01:00',
    '2026-01-12T03:04:05.1234+01:00',
    '2026-01-12T03:04:05.12345+01:00',
    '2026-01-12T03:04:05.1234567+01:00',
    '2026-01-12T03:04:05.12345678+01:00',
    '2026-01-12T03:04:05.123456789+01:00',
    '2026-01-12T03:04:05+01',
    '2026-02-29',
    '2026-13-01',
    '2026-00-10',
    '2026-1-2',
    '20260112',
    '2026-01-12T24:00:00Z',
    '2026-01-12T03:60:00Z',
    '2026-01-12T03:04:60Z',
    '2026-01-12T03:04:05+25:00',
  ])('does not read %j', (text) => {
    expect(instantOf(text)).toBeNull();
  });

  it('reads all that JavaScript writes', () => {
    for (const at of [0, 1, 999, 1_768_212_000_123, -1]) {
      const text = new Date(at).toISOString();
      expect(columnOf(instantOf(text) ?? 0n)).toBe(text);
    }
  });

  it('counts whole seconds and minutes, and very many of less than nothing', () => {
    const [from, to] = [instantOf('2026-01-12T00:00:00.5Z') ?? 0n, instantOf('2026-01-12T00:02:00.4Z') ?? 0n];

    expect([secondsBetween(from, to), secondsBetween(to, from)]).toEqual([119, -119]);
    expect([minutesBetween(from, to), minutesBetween(to, from)]).toEqual([1n, 2n ** 64n - 1n]);
  });
});

describe('a path as Go has it', () => {
  it.each([
    ['/a:b@c+d,e;f=g&h$i/j', '/a:b@c+d,e;f=g&h$i/j'],
    ['/a b#c?d%e', '/a%20b%23c%3Fd%25e'],
    ["/(a)!*'", '/%28a%29%21%2A%27'],
    ['/é~_-.', '/%C3%A9~_-.'],
  ])('writes %s as %s', (path, escaped) => {
    expect(goEscaped(path)).toBe(escaped);
  });

  it.each([
    ['/rest/a', { proxied: false, rest: true, path: '/a', routed: '/a' }],
    ['/api/rest/a', { proxied: true, rest: true, path: '/a', routed: '/a' }],
    ['/api/a', { proxied: true, rest: false, path: '/a', routed: '/a' }],
    ['/a%3Ab', { proxied: false, rest: false, path: '/a:b', routed: '/a%3Ab' }],
    ['/rest/a%3Ab', { proxied: false, rest: true, path: '/a:b', routed: null }],
    ['/rest/a%20b', { proxied: false, rest: true, path: '/a b', routed: '/a%20b' }],
    ['/a%zz', null],
  ])('takes %s apart', (path, place) => {
    expect(placeOf(path)).toEqual(place);
  });
});
