import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CsvScanner, CsvTexts, csvText } from '../../../src/storage/csv-handler.ts';

function lineOf(fields: readonly string[]): string {
  return `${fields.map(csvText).join(',')}\n`;
}

/** Reads rows of `columns` fields from bytes that come in these chunks. */
function scan(columns: number, chunks: readonly Uint8Array[]): string[][] {
  const scanner = new CsvScanner(columns);
  const rows: string[][] = [];
  for (const chunk of chunks) {
    scanner.push(chunk);
    while (scanner.next()) rows.push(Array.from({ length: columns }, (_, column) => scanner.text(column)));
  }
  scanner.end();
  return rows;
}

const tricky = fc.constantFrom(
  '"',
  ',',
  ';',
  '\n',
  '\r',
  '\t',
  "'",
  '=',
  '+',
  '-',
  '@',
  '""',
  "'=",
  'a',
  'ü',
  '😀',
  ' ',
);
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.array(tricky, { maxLength: 6 }).map((parts) => parts.join('')),
);
const tables = fc
  .integer({ min: 2, max: 5 })
  .chain((columns) =>
    fc.array(fc.array(text, { minLength: columns, maxLength: columns }), { minLength: 1, maxLength: 6 }),
  );

describe('a field of CSV', () => {
  it.each([
    ['plain', 'plain'],
    ['', ''],
    ['a,b', '"a,b"'],
    ['a;b', '"a;b"'],
    ['say "hi"', '"say ""hi"""'],
    ['two\nlines', '"two\nlines"'],
    ['=1+1', "'=1+1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['-1', "'-1"],
    ['+49', "'+49"],
    ["'=1", "''=1"],
    ["it's", "it's"],
    ['\tx', '"\'\tx"'],
    ['\rx', '"\'\rx"'],
  ])('of %j is written %j', (value, written) => {
    expect(csvText(value)).toBe(written);
  });

  it('that comes again is written the same', () => {
    const texts = new CsvTexts();

    expect([texts.field('=1'), texts.field('=1'), texts.field('a')]).toEqual(["'=1", "'=1", 'a']);
  });

  it('never begins with what a spreadsheet calculates', () => {
    fc.assert(
      fc.property(text, (value) => {
        expect(csvText(value)).not.toMatch(/^"?[=+\-@\t\r]/u);
      }),
    );
  });
});

describe('a table of CSV', () => {
  it('comes back as it was, wherever the chunks are cut', () => {
    fc.assert(
      fc.property(tables, fc.array(fc.nat(600), { maxLength: 10 }), (rows, cuts) => {
        const bytes = new TextEncoder().encode(rows.map(lineOf).join(''));
        const edges = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)), bytes.length].sort(
          (a, b) => a - b,
        );

        const chunks = edges.slice(1).map((end, n) => bytes.subarray(edges[n], end));

        expect(scan(rows[0]?.length ?? 0, chunks)).toEqual(rows);
      }),
    );
  });

  it('is what another reader of CSV reads, but for the guard against formulas', () => {
    const withoutGuard = (value: string) => (/^'+[=+\-@\t\r]/u.test(value) ? value.slice(1) : value);

    fc.assert(
      fc.property(tables, (rows) => {
        const read: string[][] = parse(rows.map(lineOf).join(''), { record_delimiter: '\n' });

        expect(read.map((row) => row.map(withoutGuard))).toEqual(rows);
      }),
    );
  });
});

describe('CsvScanner', () => {
  const scanner = (columns: number, given: string) => {
    const made = new CsvScanner(columns);
    made.push(new TextEncoder().encode(given));
    return made;
  };

  it('reads numbers, and knows an empty field from a zero', () => {
    const rows = scanner(3, '0,,1.5\n');
    rows.next();

    expect([rows.number(0), rows.number(1), rows.number(2)]).toEqual([0, NaN, 1.5]);
    expect([rows.isEmpty(0), rows.isEmpty(1)]).toEqual([false, true]);
  });

  it('reads a number as JavaScript does, whole or not, however long', () => {
    const written = fc.oneof(
      fc.nat().map(String),
      fc.maxSafeNat().map(String),
      fc.double({ noNaN: true }).map(String),
      fc.stringMatching(/^[0-9]{1,20}$/u),
      fc.constantFrom('-1', '1e3', '.5', '5.', 'x', '1x'),
    );

    fc.assert(
      fc.property(written, (number) => {
        const rows = scanner(2, `${number},\n`);
        rows.next();

        expect(rows.number(0)).toBe(Number(number));
      }),
    );
  });

  it.each(['a\n', 'a,b,c\n', '\n'])('refuses the row %j where two fields are expected', (row) => {
    expect(() => scanner(2, row).next()).toThrow(/fields instead of 2/u);
  });

  it('waits for the end of a row, and refuses a file that ends before it', () => {
    const rows = scanner(2, 'a,"b\n');

    expect(rows.next()).toBe(false);
    expect(() => rows.end()).toThrow('the last row is cut off');
  });

  it('has nothing to say of an empty file', () => {
    const rows = scanner(2, '');

    expect(rows.next()).toBe(false);
    expect(() => rows.end()).not.toThrow();
  });
});
