/** Splits the text of a sheet into rows and cells, with the quotes resolved. */

import type { Dialect } from './sheet-writer.ts';

const QUOTE = 34;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/** As many as Excel has. */
const MOST_COLUMNS = 16_384;

export type Delimiter = Dialect['delimiter'];

/** Where a character comes next; looked for once, and again only when that place is passed. */
class Finder {
  readonly #text: string;
  readonly #character: string;
  #found = -1;

  constructor(text: string, character: string) {
    this.#text = text;
    this.#character = character;
  }

  /** The end of the text where there is none. */
  from(position: number): number {
    if (this.#found < position) {
      const found = this.#text.indexOf(this.#character, position);
      this.#found = found < 0 ? this.#text.length : found;
    }
    return this.#found;
  }
}

/** What is wrong with the row that was read last, in words. */
export class SheetProblem extends Error {}

/**
 * Reads one row after the other. A row ends with LF, CRLF or CR, and may hold line ends between quotes.
 *
 * Throws `SheetProblem` for a quote that is not closed, and for one that stands where none may be.
 */
export class SheetScanner {
  /** Cells of the row that `next` read. */
  cells: string[] = [];
  /** Its number, as the spreadsheet shows it. */
  row = 0;
  /** Whether a line end came after it. */
  hasEnd = true;
  readonly #text: string;
  readonly #delimiter: Delimiter;
  readonly #delimiterCode: number;
  #position: number;
  readonly #quote: Finder;
  readonly #lineFeed: Finder;
  readonly #carriageReturn: Finder;

  constructor(text: string, delimiter: Delimiter, start: number) {
    this.#text = text;
    this.#delimiter = delimiter;
    this.#delimiterCode = delimiter.charCodeAt(0);
    this.#position = start;
    this.#quote = new Finder(text, '"');
    this.#lineFeed = new Finder(text, '\n');
    this.#carriageReturn = new Finder(text, '\r');
  }

  /** Moves to the next row; false after the last one. */
  next(): boolean {
    const start = this.#position;
    if (start >= this.#text.length) return false;
    this.row += 1;
    const end = Math.min(this.#lineFeed.from(start), this.#carriageReturn.from(start));
    if (this.#quote.from(start) >= end) {
      // most rows: a line with no quotes
      this.cells = this.#text.slice(start, end).split(this.#delimiter);
      this.#position = end;
      this.#refuseWide();
    } else this.#nextQuoted();
    this.#endRow();
    return true;
  }

  #nextQuoted(): void {
    this.cells = [];
    for (;;) {
      const start = this.#position;
      if (this.#text.charCodeAt(start) === QUOTE) this.cells.push(this.#quoted());
      else this.cells.push(this.#text.slice(start, this.#endOfPlain()));
      this.#refuseWide();
      if (this.#text.charCodeAt(this.#position) !== this.#delimiterCode) break;
      this.#position += 1;
    }
  }

  #refuseWide(): void {
    if (this.cells.length > MOST_COLUMNS) throw new SheetProblem('has more columns than a spreadsheet');
  }

  #endRow(): void {
    this.hasEnd = this.#position < this.#text.length;
    const isPair =
      this.#text.charCodeAt(this.#position) === CARRIAGE_RETURN &&
      this.#text.charCodeAt(this.#position + 1) === LINE_FEED;
    this.#position += isPair ? 2 : 1;
  }

  #endOfPlain(): number {
    const text = this.#text;
    const delimiter = this.#delimiterCode;
    let position = this.#position;
    for (; position < text.length; position += 1) {
      const code = text.charCodeAt(position);
      if (code === delimiter || code === LINE_FEED || code === CARRIAGE_RETURN) break;
      if (code === QUOTE)
        throw new SheetProblem('has a quote in the middle of a cell that does not begin with one');
    }
    this.#position = position;
    return position;
  }

  #quoted(): string {
    const text = this.#text;
    const start = this.#position + 1;
    let hasQuotes = false;
    let end = text.indexOf('"', start);
    while (end >= 0 && text.charCodeAt(end + 1) === QUOTE) {
      hasQuotes = true;
      end = text.indexOf('"', end + 2);
    }
    if (end < 0) throw new SheetProblem('begins a cell with a quote that is never closed');
    this.#position = end + 1;
    const after = text.charCodeAt(this.#position);
    const isEnd = after === this.#delimiterCode || after === LINE_FEED || after === CARRIAGE_RETURN;
    if (!isEnd && this.#position < text.length)
      throw new SheetProblem('has text after the closing quote of a cell');
    const cell = text.slice(start, end);
    return hasQuotes ? cell.replaceAll('""', '"') : cell;
  }
}
