const LINE_FEED = 10;
const QUOTE = 34;
const BACKSLASH = 92;
const OPEN_ARRAY = 91;
const CLOSE_ARRAY = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;

/** Finds where one value of JSON ends, and keeps its bytes. Whether it is right within is for a parser to say. */
export class ValueExtent {
  /** Numbers, true, false and null end where something else begins; everything else has an end of its own. */
  readonly #isBare: boolean;
  readonly #parts: Uint8Array[] = [];
  #depth = 0;
  #isInString = false;
  #isEscaped = false;
  #isComplete = false;
  /** Bytes so far. */
  size = 0;
  /** Line feeds so far. */
  lines = 0;

  constructor(first: number) {
    this.#isBare = first !== QUOTE && first !== OPEN_ARRAY && first !== OPEN_OBJECT;
  }

  static mayBeginWith(byte: number): boolean {
    return '"[{-0123456789tfn'.includes(String.fromCharCode(byte));
  }

  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** Takes what belongs to the value from `from` on, and says where it ends. */
  take(chunk: Uint8Array, from: number): number {
    const end = this.#isBare ? this.#endOfBare(chunk, from) : this.#endOfNested(chunk, from);
    this.#parts.push(chunk.subarray(from, end));
    this.size += end - from;
    return end;
  }

  bytes(): Uint8Array {
    const [first] = this.#parts;
    return first !== undefined && this.#parts.length === 1 ? first : Buffer.concat(this.#parts);
  }

  #endOfBare(chunk: Uint8Array, from: number): number {
    for (let at = from; at < chunk.length; at += 1) {
      if (!isPartOfWord(chunk[at] ?? 0)) {
        this.#isComplete = true;
        return at;
      }
    }
    return chunk.length;
  }

  #endOfNested(chunk: Uint8Array, from: number): number {
    let depth = this.#depth;
    let at = from;
    while (at < chunk.length && !this.#isComplete) {
      if (this.#isInString) {
        at = this.#afterString(chunk, at);
        this.#isComplete = depth === 0 && !this.#isInString;
        continue;
      }
      const byte = chunk[at];
      at += 1;
      if (byte === QUOTE) this.#isInString = true;
      else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth += 1;
      else if (byte === LINE_FEED) this.lines += 1;
      else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
        depth -= 1;
        this.#isComplete = depth === 0;
      }
    }
    this.#depth = depth;
    return at;
  }

  #afterString(chunk: Uint8Array, from: number): number {
    let isEscaped = this.#isEscaped;
    let at = from;
    for (; at < chunk.length; at += 1) {
      const byte = chunk[at];
      if (isEscaped) isEscaped = false;
      else if (byte === BACKSLASH) isEscaped = true;
      else if (byte === QUOTE) {
        this.#isInString = false;
        at += 1;
        break;
      }
    }
    this.#isEscaped = isEscaped;
    return at;
  }
}

function isPartOfWord(byte: number): boolean {
  // letters, digits, and the signs of numbers
  return (
    (byte >= 97 && byte <= 122) ||
    (byte >= 48 && byte <= 57) ||
    byte === 43 ||
    byte === 45 ||
    byte === 46 ||
    byte === 69
  );
}
