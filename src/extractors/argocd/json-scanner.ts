import { ValueExtent } from './value-extent.ts';

/** Where something begins. */
export interface Where {
  /** From 1. */
  readonly line: number;
  /** Its number in its list, from 1; `null` outside of a list. */
  readonly item: number | null;
}

export type Found =
  /** An object of its own, or an item of a list. */
  | { readonly kind: 'document'; readonly value: unknown; readonly where: Where }
  /** A list has ended; `envelope` is what stood around its items, `{}` for a bare array. */
  | { readonly kind: 'list-end'; readonly envelope: Readonly<Record<string, unknown>> };

/** Why the bytes cannot be read on. */
export type ScanProblem = 'malformed' | 'truncated' | 'too-large' | 'not-utf-8' | 'too-many-aliases';

export class ScanFailure extends Error {
  override readonly name = 'ScanFailure';
  readonly problem: ScanProblem;
  readonly where: Where;

  constructor(problem: ScanProblem, where: Where) {
    super(problem);
    this.problem = problem;
    this.where = where;
  }
}

/** An object of Kubernetes takes 1.5 MB unless somebody has changed that; whoever has changed it to a few times as much. */
export const LARGEST_ITEM = 16 * 1024 * 1024;

const LINE_FEED = 10;
const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const OPEN_ARRAY = 91;
const CLOSE_ARRAY = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;

/** What may come next. */
type Expected =
  | 'document'
  | 'first-key'
  | 'key'
  | 'colon'
  | 'member'
  | 'after-member'
  | 'first-item'
  | 'item'
  | 'after-item';

/**
 * Finds the items of lists in JSON that arrives piece by piece, and parses each by itself.
 *
 * Takes objects one after the other (with line feeds between them or not), bare arrays, and objects whose `items` are an array, wherever
 * among their keys it stands. Of a list never more than one item is held, of an object one whole. Throws `ScanFailure`.
 */
export class JsonScanner {
  readonly #largest: number;
  readonly #text = new TextDecoder('utf-8', { fatal: true });
  #expected: Expected = 'document';
  #line = 1;
  /** Where the object or the item that is being read began. */
  #where: Where = { line: 1, item: null };
  #extent: ValueExtent | null = null;
  #items = 0;
  #key = '';
  /** The members of the object that is being read, but for `items`; `null` in a bare array. */
  #members: [string, unknown][] | null = null;
  #membersSize = 0;
  #isList = false;

  constructor(largest: number = LARGEST_ITEM) {
    this.#largest = largest;
  }

  /** What is complete with these bytes. Must be read to its end before the next bytes are pushed. */
  *push(chunk: Uint8Array): Generator<Found> {
    let at = 0;
    while (at < chunk.length) {
      const extent = this.#extent;
      if (extent === null) {
        const byte = chunk[at] ?? 0;
        const found = this.#isBlank(byte) ? null : this.#step(byte);
        if (found === 'opened') continue;
        at += 1;
        if (found !== null) yield found;
        continue;
      }
      at = extent.take(chunk, at);
      if (this.#held(extent) > this.#largest) throw this.#failure('too-large');
      if (!extent.isComplete) continue;
      const found = this.#complete(extent);
      if (found !== null) yield found;
    }
  }

  /** Throws `ScanFailure` where more had to come. */
  end(): [] {
    if (this.#expected !== 'document') throw this.#failure('truncated');
    return [];
  }

  #held({ size }: ValueExtent): number {
    return this.#expected === 'item' ? size : size + this.#membersSize;
  }

  #isBlank(byte: number): boolean {
    if (byte === LINE_FEED) this.#line += 1;
    if (byte === 32 || (byte >= 9 && byte <= 13)) return true;
    // a mark of the order of bytes, and what separates the records of a JSON text sequence
    return this.#expected === 'document' && (byte === 0xef || byte === 0xbb || byte === 0xbf || byte === 30);
  }

  /** `opened` where the byte is the first one of a value, and is to be read with it. */
  #step(byte: number): Found | 'opened' | null {
    const isObjectOver = byte === CLOSE_OBJECT;
    const isArrayOver = byte === CLOSE_ARRAY;
    switch (this.#expected) {
      case 'document':
        return this.#begin(byte);
      case 'first-key':
        return isObjectOver ? this.#endObject() : this.#open(byte, 'key');
      case 'after-member':
        return isObjectOver ? this.#endObject() : this.#mustBe(byte === COMMA, 'key');
      case 'first-item':
        return isArrayOver ? this.#endArray() : this.#open(byte, 'item');
      case 'after-item':
        return isArrayOver ? this.#endArray() : this.#mustBe(byte === COMMA, 'item');
      case 'colon':
        return this.#mustBe(byte === COLON, 'member');
      case 'member':
        return this.#member(byte);
      case 'key':
      case 'item':
        return this.#open(byte, this.#expected);
    }
  }

  #member(byte: number): 'opened' | null {
    if (this.#key !== 'items' || byte !== OPEN_ARRAY) return this.#open(byte, 'member');
    this.#isList = true;
    return this.#mustBe(true, 'first-item');
  }

  #begin(byte: number): null {
    this.#where = { line: this.#line, item: null };
    this.#items = 0;
    this.#membersSize = 0;
    this.#isList = false;
    this.#members = byte === OPEN_OBJECT ? [] : null;
    if (byte === OPEN_ARRAY) return this.#mustBe(true, 'first-item');
    return this.#mustBe(byte === OPEN_OBJECT, 'first-key');
  }

  #mustBe(isRight: boolean, next: Expected): null {
    if (!isRight) throw this.#failure('malformed');
    this.#expected = next;
    return null;
  }

  #open(byte: number, what: 'key' | 'member' | 'item'): 'opened' {
    const isRight = what === 'key' ? byte === QUOTE : ValueExtent.mayBeginWith(byte);
    if (what === 'item') {
      this.#items += 1;
      this.#where = { line: this.#line, item: this.#items };
    }
    this.#mustBe(isRight, what);
    // an application is an item of a list, or the members of a document
    this.#extent = new ValueExtent(byte, what === 'item' ? 2 : 1);
    return 'opened';
  }

  #complete(extent: ValueExtent): Found | null {
    const value = this.#parsed(extent);
    this.#extent = null;
    this.#line += extent.lines;
    if (this.#expected !== 'item') this.#membersSize += extent.size;
    if (this.#expected === 'item') {
      this.#expected = 'after-item';
      return { kind: 'document', value, where: this.#where };
    }
    if (this.#expected === 'key') {
      this.#key = String(value);
      this.#expected = 'colon';
      return null;
    }
    this.#members?.push([this.#key, value]);
    this.#expected = 'after-member';
    return null;
  }

  #parsed(extent: ValueExtent): unknown {
    const bytes = extent.bytes();
    try {
      return JSON.parse(this.#text.decode(bytes));
    } catch (error) {
      // the parser's own words quote what they stumble over, which may be anything
      throw this.#failure(error instanceof SyntaxError ? 'malformed' : 'not-utf-8');
    }
  }

  #endArray(): Found | null {
    if (this.#members !== null) return this.#mustBe(true, 'after-member');
    this.#expected = 'document';
    return { kind: 'list-end', envelope: {} };
  }

  #endObject(): Found {
    this.#expected = 'document';
    const value: Record<string, unknown> = Object.fromEntries(this.#members ?? []);
    // Go writes the list of nothing as null
    if (this.#isList || value['items'] === null) return { kind: 'list-end', envelope: value };
    return { kind: 'document', value, where: this.#where };
  }

  #failure(problem: ScanProblem): ScanFailure {
    return new ScanFailure(problem, this.#where);
  }
}
