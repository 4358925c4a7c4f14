/** From the bytes of a sheet to its text, whatever program saved it; and no further than that with what is no CSV at all. */

import { DoraError } from '../domain/errors.ts';
import type { Dialect } from './sheet-writer.ts';

export interface SheetText {
  readonly encoding: Dialect['encoding'];
  /** Without the byte order mark. */
  readonly text: string;
  readonly warnings: readonly string[];
}

const SAVE_AS_CSV = 'save it as "CSV UTF-8" from the spreadsheet program and try again';

/** More is no sheet that people edit, and near the longest text that Node can hold. */
const MOST_BYTES = 400_000_000;

/** First bytes of files that are something else, as Latin-1. */
const OTHER_FORMATS: readonly (readonly [string, string])[] = [
  ['PK\x03\x04', 'a workbook (.xlsx or .ods)'],
  ['PK\x05\x06', 'a workbook (.xlsx or .ods)'],
  ['\xd0\xcf\x11\xe0', 'an old Excel workbook (.xls)'],
  ['\x1f\x8b', 'compressed with gzip'],
  ['%PDF', 'a PDF'],
  ['{\\rtf', 'a text document (.rtf)'],
];
const MARKUP = /^\s*<(?:!doctype|!--|\?xml|html|head|body|table|meta)/iu;
const LOOKED_AT = 512;

/** A byte order mark that was taken for text and encoded once more. */
const DOUBLE_MARK = 'ï»¿';
const LONE_SURROGATE = /\p{Surrogate}/u;

/** What windows-1252 has where Latin-1 has control characters, from 0x80 to 0x9f. */
const WINDOWS_1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';
const FIRST_OF_WINDOWS = 0x80;

function refuse(where: string, what: string, hint = SAVE_AS_CSV): never {
  throw new DoraError('data', `${where} ${what}`, { hint });
}

function refuseOtherFormats(bytes: Buffer, where: string): void {
  if (bytes.length === 0)
    refuse(where, 'is empty', 'export it again, or save it from the spreadsheet program');
  if (bytes.length > MOST_BYTES)
    refuse(where, 'is too large to be read', 'export fewer rows, for instance by date');
  const start = bytes.toString('latin1', 0, LOOKED_AT);
  for (const [first, name] of OTHER_FORMATS)
    if (start.startsWith(first)) refuse(where, `is ${name}, not CSV`);
}

/** UTF-16 has a NUL in each character of English, at the odd bytes where the low one comes first. */
function encodingByNuls(bytes: Buffer): Dialect['encoding'] {
  const nuls = [0, 0];
  const count = Math.min(bytes.length, LOOKED_AT) & ~1;
  for (let index = 0; index < count; index += 1)
    if (bytes[index] === 0) nuls[index % 2] = (nuls[index % 2] ?? 0) + 1;
  const [even = 0, odd = 0] = nuls;
  // half of them, but for a few characters that have none
  if (count === 0 || even + odd < (count / 2) * 0.8) return 'utf-8';
  return odd >= even ? 'utf-16le' : 'utf-16be';
}

function encodingOf(bytes: Buffer): { readonly encoding: Dialect['encoding']; readonly isMarked: boolean } {
  const start = bytes.toString('latin1', 0, 3);
  if (start === '\xef\xbb\xbf') return { encoding: 'utf-8', isMarked: true };
  if (start.startsWith('\xff\xfe')) return { encoding: 'utf-16le', isMarked: true };
  if (start.startsWith('\xfe\xff')) return { encoding: 'utf-16be', isMarked: true };
  return { encoding: encodingByNuls(bytes), isMarked: false };
}

function utf16(bytes: Buffer, encoding: 'utf-16le' | 'utf-16be', where: string): string {
  if (bytes.length % 2 !== 0) refuse(where, 'is cut off: UTF-16 has two bytes for each character');
  const text = (encoding === 'utf-16le' ? bytes : Buffer.from(bytes).swap16()).toString('utf16le');
  if (LONE_SURROGATE.test(text)) refuse(where, 'is damaged: it holds half a character of UTF-16');
  return text;
}

function windows1252(bytes: Buffer): string {
  return bytes
    .toString('latin1')
    .replace(
      /[\x80-\x9f]/gu,
      (character) => WINDOWS_1252[character.charCodeAt(0) - FIRST_OF_WINDOWS] ?? character,
    );
}

function decode(bytes: Buffer, where: string): SheetText {
  const { encoding, isMarked } = encodingOf(bytes);
  if (encoding !== 'utf-8') return { encoding, text: utf16(bytes, encoding, where), warnings: [] };
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return { encoding, text, warnings: [] };
  } catch (error) {
    if (isMarked) refuse(where, 'is damaged: it begins as UTF-8, and goes on as something else');
    if (!(error instanceof TypeError)) throw error;
  }
  const warning = `${where} is not UTF-8: it was read as windows-1252; if letters with accents look wrong, save it as "CSV UTF-8"`;
  return { encoding, text: windows1252(bytes), warnings: [warning] };
}

/**
 * The text of a sheet. A byte order mark decides how it is encoded; without one UTF-16 is known by its NULs, and what is not UTF-8 is read as
 * windows-1252, with a warning.
 *
 * Throws `DoraError` for what is no text, for text that is damaged, and for text that a program has encoded twice.
 */
export function sheetText(bytes: Uint8Array, where: string): SheetText {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  refuseOtherFormats(buffer, where);
  const { encoding, text: whole, warnings } = decode(buffer, where);
  // also in the middle: some programs write one for each block that they convert
  const text = whole.includes('\ufeff') ? whole.replaceAll('\ufeff', '') : whole;
  if (text.startsWith(DOUBLE_MARK) || text.startsWith(`"${DOUBLE_MARK}`))
    refuse(
      where,
      'is encoded twice: a program read UTF-8 as something else and saved that as UTF-8',
      'export it again and open it as UTF-8 (LibreOffice asks for the character set, Excel has Data > From Text/CSV), then save it as "CSV UTF-8"',
    );
  if (MARKUP.test(text.slice(0, LOOKED_AT))) refuse(where, 'is a web page or XML, not CSV');
  if (text.trim() === '')
    refuse(where, 'is empty', 'export it again, or save it from the spreadsheet program');
  const nul = text.indexOf('\0');
  if (nul >= 0) {
    const line = text.slice(0, nul).split(/\r\n|\r|\n/u).length;
    refuse(where, `is damaged: line ${String(line)} holds a NUL character`);
  }
  return { encoding, text, warnings };
}
