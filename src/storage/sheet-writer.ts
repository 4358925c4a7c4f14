/** Writes CSV that people open in a spreadsheet, at the speed of the disk. */

import { guarded } from './spreadsheet-text.ts';

/** How a sheet is stored: whatever program saved it last decided. */
export interface Dialect {
  readonly encoding: 'utf-8' | 'utf-16le' | 'utf-16be';
  readonly delimiter: ',' | ';' | '\t' | '|';
  /** A first line `sep=;`, which tells Excel the delimiter and is no row of the sheet. */
  readonly sepLine: boolean;
}

/** What came through most programs undamaged; see also `sheetHead`. */
export const OUR_DIALECT: Dialect = { encoding: 'utf-8', delimiter: ',', sepLine: false };

const LINE_END = '\r\n';

/** Quoted for every delimiter there is, so that a sheet reads the same after another program has changed it. */
const QUOTED = /[",;|\t\r\n]|^\s|\s$/u;

const OTHER = 1;
const DIGIT = 2;
const UNDERSCORE = 4;
const ASCII = 128;

/** What each character of ASCII means for `isPlain`; 0 is harmless wherever it stands. */
const MEANING = Uint8Array.from({ length: ASCII }, (_, code) => {
  const character = String.fromCharCode(code);
  if (character === '_') return UNDERSCORE;
  if (/\d/u.test(character)) return DIGIT;
  return /[\w !#$%&'()*+\-./:=?@[\]~<>^`{}]/u.test(character) ? 0 : OTHER;
});

/** The longest of the short words that may mean true or false. */
const SHORT = 12;

/** Whether there is certainly nothing to guard and nothing to quote: most cells are links, ids and words. */
function isPlain(text: string): boolean {
  const first = text.charCodeAt(0) | 0x20;
  if (first < 0x61 || first > 0x7a || text.charCodeAt(text.length - 1) <= 0x20) return false;
  let meaning = text.length <= SHORT ? DIGIT : 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    meaning |= code < ASCII ? (MEANING[code] ?? OTHER) : OTHER;
  }
  // an underscore is in no number, no date and no truth value
  return meaning === 0 || (meaning & ~DIGIT) === UNDERSCORE;
}

function written(text: string): string {
  const cell = guarded(text);
  return QUOTED.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** So many short texts are remembered, for good: those that come again and again come early. */
const REMEMBERED = 5000;
const memory = new Map<string, string>();

/** One cell, guarded against conversion and quoted where it must be. */
export function sheetCell(text: string): string {
  if (text === '' || isPlain(text)) return text;
  if (text.length > SHORT) return written(text);
  const known = memory.get(text);
  if (known !== undefined) return known;
  const cell = written(text);
  if (memory.size < REMEMBERED) memory.set(text, cell);
  return cell;
}

/** One row, with its line end: every cell guarded against conversion, and quoted where it must be. */
export function sheetLine(cells: readonly string[], delimiter: Dialect['delimiter']): string {
  return cells.map(sheetCell).join(delimiter) + LINE_END;
}

const LONE_SURROGATE = /\p{Surrogate}/gu;

/**
 * Lines as bytes. Only whole characters: half a pair of surrogates and NUL, which no program keeps, become U+FFFD. Puts no byte order mark
 * at the start, so that a sheet can be encoded in chunks; `sheetHead` does.
 */
export function encodeSheet(text: string, dialect: Dialect): Uint8Array {
  const clean = text.includes('\0') ? text.replaceAll('\0', '\ufffd') : text;
  // writes U+FFFD by itself
  if (dialect.encoding === 'utf-8') return Buffer.from(clean, 'utf8');
  const bytes = Buffer.from(clean.replace(LONE_SURROGATE, '\ufffd'), 'utf16le');
  return dialect.encoding === 'utf-16le' ? bytes : bytes.swap16();
}

/** What a sheet begins with: the byte order mark, without which Excel takes UTF-8 for something else, and the `sep=` line if it has one. */
export function sheetHead(dialect: Dialect): Uint8Array {
  const separator = dialect.sepLine ? `sep=${dialect.delimiter}${LINE_END}` : '';
  return encodeSheet(`\ufeff${separator}`, dialect);
}
