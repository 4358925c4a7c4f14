import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  columnLetter,
  guarded,
  mayBeConverted,
  sameText,
  unguarded,
} from '../../../src/storage/spreadsheet-text.ts';

/** Each is changed by a spreadsheet that opens it without an apostrophe: seen in LibreOffice and gnumeric, or documented of Excel. */
const CONVERTED = [
  '=1+1',
  '+1',
  '-1+2',
  '@SUM(1)',
  '\t=1',
  ' =1+1',
  '＝1',
  '0012345',
  '1e10',
  '1E+10',
  '1234567890123456789012345678901234567890',
  '1.10',
  '1,000',
  '(1)',
  '1/2',
  '½',
  '50%',
  '$5',
  '5 €',
  'EUR 5',
  '12:30',
  '5 PM',
  '2026-01-02',
  '2026-01-02 03:04',
  '1.2.2026',
  'May 5',
  '5. März',
  '3 дек 2026',
  '2026年1月2日',
  'TRUE',
  'false',
  'Wahr',
  'ЛОЖЬ',
  '#1',
];

const KEPT = [
  '',
  'yes',
  'a word',
  'c_7f3a_1e10',
  'v1.10',
  'sha:1234567890',
  'https://github.com/acme/shop/pull/12',
  '2026-01-02T03:04:05Z',
  '3 items in the cart',
  'Mayor 5 of them',
  'truely',
  '7f3ac2',
  'release 12',
  '"quoted"',
];

/** What numbers, dates and formulas are made of. */
const SIGNS = '= + - @ 0 1 2 3 9 . , : / e E T Z $ % a May'.split(/(?<= )|(?= )/u);

describe('guarded', () => {
  it.each(CONVERTED)('puts an apostrophe before %j', (text) => {
    expect(guarded(text)).toBe(`'${text}`);
  });

  it.each(KEPT)('leaves %j as it is', (text) => {
    expect(guarded(text)).toBe(text);
  });

  it('keeps an apostrophe of the text by a second one', () => {
    expect(guarded("'tis")).toBe("''tis");
    expect(unguarded("''tis")).toBe("'tis");
  });

  it('is taken back by unguarded, whatever the text', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom("'", ...SIGNS) }),
      fc.constantFrom(...CONVERTED, ...KEPT).chain((of) => fc.constantFrom(of, `'${of}`, `''${of}`)),
    );
    fc.assert(
      fc.property(text, (of) => {
        expect(unguarded(guarded(of))).toBe(of);
      }),
      { numRuns: 2000 },
    );
  });

  // would run into the time limit of a test
  it('does not search for ever where a long text looks like a date to the end', () => {
    const long = `${'1 May '.repeat(20_000)}x`;
    expect(guarded(long)).toBe(long);
    expect(guarded(`${'1.'.repeat(45)}q`)).toBe(`${'1.'.repeat(45)}q`);
  });
});

describe('unguarded', () => {
  it.each([
    { text: "'0012345", is: '0012345' },
    { text: "'=1+1", is: '=1+1' },
    // somebody's own, of no use to a spreadsheet
    { text: "'tis", is: "'tis" },
    { text: "'", is: "'" },
    { text: '', is: '' },
  ])('makes $is of $text', ({ text, is }) => {
    expect(unguarded(text)).toBe(is);
  });
});

describe('sameText', () => {
  it.each([
    ['a line\nbreak', 'a line\r\nbreak'],
    ['a line\nbreak', 'a line\rbreak'],
    ['in between', ' in between  '],
    ['in between', 'in\u00a0between'],
    ['tab\there', 'tabhere'],
    ["'=1+1", '=1+1'],
    ['e\u0301', '\u00e9'],
  ])('of %j and %j is true', (a, b) => {
    expect(sameText(a, b)).toBe(true);
    expect(sameText(b, a)).toBe(true);
  });

  it.each([
    ['yes', 'no'],
    ['12345', '0012345'],
    ['a line\nbreak', 'a line break'],
    ["it's", 'its'],
    ['a', 'A'],
    ['', 'a'],
  ])('of %j and %j is false', (a, b) => {
    expect(sameText(a, b)).toBe(false);
  });
});

describe('mayBeConverted', () => {
  it.each([
    { what: 'a formula and its result', before: '=1+1', after: '2' },
    { what: 'a formula and its result in words', before: '=HYPERLINK("http://x","y")', after: 'y' },
    { what: 'a formula that cannot be calculated', before: '-shipped', after: '#NAME?' },
    { what: 'a number without its zeros', before: '0012345', after: '12345' },
    { what: 'a number of many digits', before: '1234567890123456789', after: '1.23457E+18' },
    { what: 'a date in another form', before: '1/2', after: '02.01.2026' },
    { what: 'a truth value in another language', before: 'TRUE', after: 'WAHR' },
    { what: 'a text without its line breaks', before: 'a line\nbreak', after: 'a linebreak' },
    { what: 'question marks for letters', before: 'shipped 🎉 from Łódź', after: 'shipped ?? from ?ód?' },
    { what: 'letters of another table', before: 'Größe', after: 'Gr\u00c3\u00b6\u00c3\u0178e' },
    { what: 'Japanese in bytes of Shift-JIS', before: '本番障害', after: '–{”Ô\u008fáŠQ' },
  ])('of $what is true', ({ before, after }) => {
    expect(mayBeConverted(before, after, false)).toBe(true);
  });

  it.each([
    { what: 'another word', before: 'slow', after: 'fast' },
    { what: 'a word for a number', before: '0012345', after: 'see the ticket' },
    { what: 'a number for a word', before: 'see the ticket', after: '12345' },
    { what: 'another formula', before: '=1+1', after: '=2+2' },
    { what: 'a word added', before: 'Größe', after: 'Größe und Form' },
    { what: 'Japanese for Japanese', before: '本番障害', after: '復旧した' },
  ])('of $what is false', ({ before, after }) => {
    expect(mayBeConverted(before, after, false)).toBe(false);
  });

  it('of a cell with its apostrophe is false, but for letters that were lost', () => {
    expect(mayBeConverted('0012345', '12345', true)).toBe(false);
    expect(mayBeConverted('=1+1', '2', true)).toBe(false);
    expect(mayBeConverted('1 🎉', '1 ??', true)).toBe(true);
  });
});

describe('columnLetter', () => {
  it.each([
    [0, 'A'],
    [25, 'Z'],
    [26, 'AA'],
    [51, 'AZ'],
    [52, 'BA'],
    [701, 'ZZ'],
    [702, 'AAA'],
    [16_383, 'XFD'],
  ])('of %d is %s', (index, letters) => {
    expect(columnLetter(index)).toBe(letters);
  });
});
