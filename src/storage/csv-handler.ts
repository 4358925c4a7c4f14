/**
 * The CSV of the dataset: RFC 4180 with a header, line feeds, UTF-8.
 *
 * Written and read at the speed of the disk, because a dataset may have a million rows (docs/adr/0003-own-dataset-csv.md). What people
 * edit and what spreadsheets wrote is another matter: sheet-reader.ts and sheet-writer.ts.
 */

const COMMA = 44;
const QUOTE = 34;
const LINE_FEED = 10;
const APOSTROPHE = 39;
const ZERO = 48;

/** So many digits make a number that is exact while it is added up. */
const MOST_DIGITS = 15;

/** A tab or a carriage return starts a formula in some spreadsheets. */
const FORMULA = /^'*[=+\-@\t\r]/u;
const QUOTED = /[",\r\n;\t]/u;

/** One field of text. What a spreadsheet would take for a formula gets an apostrophe before it. */
export function csvText(value: string): string {
  const text = FORMULA.test(value) ? `'${value}` : value;
  return QUOTED.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The same for texts that come again and again: names of authors, components, deployments. */
export class CsvTexts {
  readonly #fields = new Map<string, string>();

  field(value: string): string {
    let field = this.#fields.get(value);
    if (field === undefined) {
      field = csvText(value);
      this.#fields.set(value, field);
    }
    return field;
  }
}

/**
 * Reads rows as they stream by; a field is decoded only when asked for.
 *
 * Throws `RangeError` for a row that has another number of fields than `columns`, or when the bytes end inside a row.
 */
export class CsvScanner {
  readonly #columns: number;
  readonly #ends: Int32Array;
  #buffer: Buffer = Buffer.alloc(0);
  #start = 0;
  #row = 0;

  constructor(columns: number) {
    this.#columns = columns;
    this.#ends = new Int32Array(columns);
  }

  /** Takes a chunk; `next` then walks through the rows that are complete. */
  push(chunk: Uint8Array): void {
    const rest = this.#buffer.subarray(this.#start);
    this.#buffer =
      rest.length === 0
        ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
        : Buffer.concat([rest, chunk]);
    this.#start = 0;
  }

  /** Moves to the next row; false when it is not complete yet. */
  next(): boolean {
    const buffer = this.#buffer;
    let column = 0;
    let isQuoted = false;
    for (let position = this.#start; position < buffer.length; position += 1) {
      const byte = buffer[position];
      if (byte === QUOTE) isQuoted = !isQuoted;
      else if (isQuoted || (byte !== COMMA && byte !== LINE_FEED)) continue;
      else {
        if (column < this.#columns) this.#ends[column] = position;
        column += 1;
        if (byte === COMMA) continue;
        if (column !== this.#columns)
          throw new RangeError(`a row has ${String(column)} fields instead of ${String(this.#columns)}`);
        this.#row = this.#start;
        this.#start = position + 1;
        return true;
      }
    }
    return false;
  }

  /** Throws when bytes are left that make no whole row. */
  end(): void {
    if (this.#start < this.#buffer.length) throw new RangeError('the last row is cut off');
  }

  isEmpty(column: number): boolean {
    return this.#from(column) >= (this.#ends[column] ?? 0);
  }

  /** Field of the current row as text, unquoted and without the guard against formulas. */
  text(column: number): string {
    const start = this.#from(column);
    const end = this.#ends[column] ?? start;
    const isQuoted = this.#buffer[start] === QUOTE;
    const raw = isQuoted
      ? this.#buffer.toString('utf8', start + 1, end - 1).replaceAll('""', '"')
      : this.#buffer.toString('utf8', start, end);
    return raw.charCodeAt(0) === APOSTROPHE && FORMULA.test(raw) ? raw.slice(1) : raw;
  }

  /** Field of the current row as a number; `NaN` where it is empty. */
  number(column: number): number {
    const start = this.#from(column);
    const end = this.#ends[column] ?? start;
    if (start >= end) return NaN;
    let value = 0;
    for (let position = start; position < end; position += 1) {
      const digit = (this.#buffer[position] ?? 0) - ZERO;
      // most are short and whole; what is not is left to the one who knows all of it
      if (digit < 0 || digit > 9 || position - start === MOST_DIGITS)
        return Number(this.#buffer.toString('latin1', start, end));
      value = value * 10 + digit;
    }
    return value;
  }

  #from(column: number): number {
    return column === 0 ? this.#row : (this.#ends[column - 1] ?? 0) + 1;
  }
}
