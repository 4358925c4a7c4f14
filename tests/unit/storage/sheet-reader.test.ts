import { describe, expect, it } from 'vitest';
import { DoraError } from '../../../src/domain/errors.ts';
import { readSheet } from '../../../src/storage/sheet-reader.ts';
import { encodeSheet, sheetHead, sheetLine, type Dialect } from '../../../src/storage/sheet-writer.ts';

const WHERE = 'a.csv';

function read(content: string | Uint8Array, keys: readonly string[] = ['row_id']) {
  const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
  const sheet = readSheet(bytes, WHERE, keys);
  return { ...sheet, rows: [...sheet.rows()] };
}

/** The message and the hint of the error, in one line. */
function refused(content: string | Uint8Array): string {
  try {
    read(content);
  } catch (error) {
    if (error instanceof DoraError) return `${error.message}; hint: ${error.hint ?? ''}`;
    throw error;
  }
  return 'not refused';
}

const cells = (content: string | Uint8Array) => read(content).rows.map((row) => row.cells);

describe('readSheet', () => {
  it.each([
    { what: 'commas', delimiter: ',' },
    { what: 'semicolons', delimiter: ';' },
    { what: 'tabs', delimiter: '\t' },
    { what: 'bars', delimiter: '|' },
  ] as const)('finds $what between the cells', ({ delimiter }) => {
    const text = [
      ['row_id', 'notes'],
      ['a', '"1,2;3|4\t5"'],
    ];
    const sheet = read(text.map((row) => row.join(delimiter)).join('\n'));
    expect(sheet.dialect).toEqual({ encoding: 'utf-8', delimiter, sepLine: false });
    expect(sheet.rows).toEqual([{ number: 2, cells: ['a', '1,2;3|4\t5'] }]);
  });

  it.each(['\n', '\r\n', '\r'])('takes lines that end with %j, the last with or without', (end) => {
    for (const last of [end, ''])
      expect(cells(`row_id,notes${end}a,"x${end}y"${end}b,${last}`)).toEqual([
        ['a', `x${end}y`],
        ['b', ''],
      ]);
  });

  it.each<Dialect>(
    (['utf-8', 'utf-16le', 'utf-16be'] as const).flatMap((encoding) =>
      ([',', ';', '\t', '|'] as const).flatMap((delimiter) =>
        [true, false].map((sepLine) => ({ encoding, delimiter, sepLine })),
      ),
    ),
  )('reads what was written as $encoding with "$delimiter" and sep=: $sepLine', (dialect) => {
    const written = [
      ['row_id', 'notes'],
      ['one', '"so", he said;\n\tand | that 🎉'],
      ['two', '  '],
    ];
    const bytes = Buffer.concat([
      sheetHead(dialect),
      ...written.map((line) => encodeSheet(sheetLine(line, dialect.delimiter), dialect)),
    ]);
    const sheet = read(bytes);
    expect(sheet.dialect).toEqual(dialect);
    expect([sheet.header, ...sheet.rows.map((row) => row.cells)]).toEqual(written);
    expect(sheet.warnings).toEqual([]);
  });

  it('knows UTF-16 without a mark by its bytes, and windows-1252 by what UTF-8 has not', () => {
    const text = 'row_id,notes\r\na,Grüße €\r\n';
    expect(read(Buffer.from(text, 'utf16le'))).toMatchObject({
      dialect: { encoding: 'utf-16le' },
      rows: [{ cells: ['a', 'Grüße €'] }],
    });
    const windows = Buffer.from(text.replace('€', '\u0080'), 'latin1');
    expect(read(windows)).toMatchObject({
      dialect: { encoding: 'utf-8' },
      rows: [{ cells: ['a', 'Grüße €'] }],
      warnings: [expect.stringContaining('read as windows-1252')],
    });
  });

  it('passes over byte order marks wherever they are', () => {
    expect(cells('\ufeff\ufeffrow_id,notes\na,b\ufeffc\n')).toEqual([['a', 'bc']]);
  });

  it('takes the line sep= at its word, in quotes as well', () => {
    for (const line of ['sep=;', 'SEP=;', '"sep=;"'])
      expect(read(`${line}\r\nrow_id;a,b\r\n1;2\r\n`)).toMatchObject({
        dialect: { delimiter: ';', sepLine: true },
        header: ['row_id', 'a,b'],
        rows: [{ number: 2, cells: ['1', '2'] }],
      });
  });

  it('finds the header below a title, in any order and in capitals, and counts rows as a spreadsheet does', () => {
    expect(read('Review\n\n"of\nJanuary",,\nNotes, Row_ID ,mine\nx,a,\n,,\ny,b,\n')).toMatchObject({
      header: ['notes', 'row_id', 'mine'],
      headerRow: 4,
      key: 'row_id',
      rows: [
        { number: 5, cells: ['x', 'a', ''] },
        { number: 7, cells: ['y', 'b', ''] },
      ],
    });
  });

  it('says which key column it found', () => {
    const text = 'incident_id,opened_at\n1,2\n';
    expect(read(text, ['row_id', 'incident_id']).key).toBe('incident_id');
  });

  it('leaves out empty columns at the end, and completes rows that Excel wrote without their last delimiters', () => {
    expect(read('row_id,notes,mine,,\na,b,,,\nc\nd,e\n,,,,\n,,,\n')).toMatchObject({
      header: ['row_id', 'notes', 'mine'],
      rows: [{ cells: ['a', 'b', ''] }, { cells: ['c', '', ''] }, { cells: ['d', 'e', ''] }],
      warnings: [],
    });
  });

  it('keeps a column that has cells and no name, and says that nothing is read from it', () => {
    const sheet = read('row_id,,notes,,\na,x,b,,\nc,,d,y,\n');
    expect(sheet.header).toEqual(['row_id', '', 'notes', '']);
    expect(sheet.rows.map((row) => row.cells)).toEqual([
      ['a', 'x', 'b', ''],
      ['c', '', 'd', 'y'],
    ]);
    expect(sheet.warnings).toEqual([expect.stringMatching(/without a name in the header row: B, D$/u)]);
  });

  it('gives the rows again each time it is asked', () => {
    const sheet = readSheet(Buffer.from('row_id\na\nb\n'), WHERE, ['row_id']);
    expect([...sheet.rows()]).toEqual([...sheet.rows()]);
    expect([...sheet.rows()]).toHaveLength(2);
  });

  it.each([
    { what: 'nothing', content: '', says: /is empty/u },
    { what: 'blanks', content: ' \n \r\n', says: /is empty/u },
    { what: 'a workbook', content: 'PK\x03\x04abc', says: /workbook.*save it as "CSV UTF-8"/u },
    { what: 'a web page', content: '<!doctype html><table>', says: /web page/u },
    { what: 'a NUL', content: 'row_id,notes\na,b\nc,\0\n', says: /line 3 holds a NUL/u },
    { what: 'UTF-8 encoded twice', content: 'ï»¿row_id,notes\na,b\n', says: /encoded twice/u },
    { what: 'UTF-8 encoded twice, in quotes', content: '"ï»¿row_id",notes\na,b\n', says: /encoded twice/u },
    {
      what: 'no column row_id',
      content: 'id,notes\na,b\n',
      says: /no column "row_id" in the first 20 rows; the first begins with "id", "notes"/u,
    },
    {
      what: 'a column twice',
      content: 'row_id,notes,Notes\na,b,c\n',
      says: /columns B and C are both called "notes"/u,
    },
    {
      what: 'a quote that is not closed',
      content: 'row_id,notes\na,"b\nc,d\n',
      says: /row 2 begins a cell with a quote/u,
    },
    {
      what: 'text behind a quote',
      content: 'row_id,notes\na,"b" c\n',
      says: /row 2 has text after the closing quote/u,
    },
    {
      what: 'a quote in a cell',
      content: 'row_id,notes\na,b "c"\n',
      says: /row 2 has a quote in the middle/u,
    },
    {
      what: 'a row in its first cell',
      content: 'row_id,notes\n"a,b"\n',
      says: /row 2 is all in its first cell/u,
    },
    {
      what: 'more cells than the header',
      content: 'row_id,notes\na,b,c\n',
      says: /there is text in column C/u,
    },
    { what: 'a last row that is cut off', content: 'row_id,notes\na,b\nc', says: /row 3 is cut off/u },
  ])('refuses $what', ({ content, says }) => {
    expect(refused(content)).toMatch(/^a\.csv/u);
    expect(refused(content)).toMatch(says);
  });

  it.each([
    { what: 'half a character', bytes: Buffer.from('fffe72006f', 'hex'), says: /cut off: UTF-16/u },
    {
      what: 'half a pair of surrogates',
      bytes: Buffer.from('\ufeffrow_id\n\ud83d\n', 'utf16le'),
      says: /half a character/u,
    },
    {
      what: 'UTF-8 that goes on as something else',
      bytes: Buffer.concat([Buffer.from('\ufeffrow_id\n'), Buffer.of(0xe4, 0x0a)]),
      says: /begins as UTF-8, and goes on as something else/u,
    },
    { what: 'gzip', bytes: Buffer.from('1f8b0800', 'hex'), says: /compressed with gzip/u },
  ])('refuses $what', ({ bytes, says }) => {
    expect(refused(bytes)).toMatch(says);
  });

  it('shows nothing of a hostile header as it is', () => {
    const said = refused('\u001b[31mid\u0007,b\n');
    expect([said.includes('\u001b'), said.includes('\u0007')]).toEqual([false, false]);
  });
});
