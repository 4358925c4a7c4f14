const LINE_FEED = 10;
const QUOTE = 34;
const BACKSLASH = 92;
const OPEN_ARRAY = 91;
const CLOSE_ARRAY = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;

/** Lists of an application that nobody asks for, and that are most of it: what Kubernetes would put in place, and who wrote which field. */
const UNUSED = /"(?:resources|managedFields)"\s*:\s*$/u;
/** Shorter ones are not worth a copy. */
const WORTH_LEAVING_OUT = 1024;
/** As much of what stands before a list as its key may take. */
const KEY_BYTES = 64;
const NO_ITEMS = new Uint8Array([OPEN_ARRAY, CLOSE_ARRAY]);

/** Where a list begins and ends within a value. */
interface Range {
  readonly from: number;
  readonly to: number;
}

/**
 * Finds where one value of JSON ends, and keeps its bytes. Whether it is right within is for a parser to say.
 *
 * Long lists without any use are left out, at the depth where applications have them: parsing them would take most of the memory and half of the time.
 */
export class ValueExtent {
  readonly #listDepth: number;
  readonly #lists: Range[] = [];
  #listFrom = 0;
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

  /** `listDepth`: how many objects are open where such a list begins. */
  constructor(first: number, listDepth: number) {
    this.#listDepth = listDepth;
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

  /** With an empty list in place of each that is left out. */
  bytes(): Uint8Array {
    const [first] = this.#parts;
    const whole = first !== undefined && this.#parts.length === 1 ? first : Buffer.concat(this.#parts);
    const unused = this.#lists.filter(({ from }) => UNUSED.test(latin1(whole, from)));
    if (unused.length === 0) return whole;
    const kept: Uint8Array[] = [];
    let at = 0;
    for (const { from, to } of unused) {
      kept.push(whole.subarray(at, from), NO_ITEMS);
      at = to;
    }
    return Buffer.concat([...kept, whole.subarray(at)]);
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
      else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
        if (depth === this.#listDepth && byte === OPEN_ARRAY) this.#listFrom = this.size + at - 1 - from;
        depth += 1;
      } else if (byte === LINE_FEED) this.lines += 1;
      else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
        depth -= 1;
        if (depth === this.#listDepth && byte === CLOSE_ARRAY) this.#endList(this.size + at - from);
        this.#isComplete = depth === 0;
      }
    }
    this.#depth = depth;
    return at;
  }

  #endList(to: number): void {
    if (to - this.#listFrom > WORTH_LEAVING_OUT) this.#lists.push({ from: this.#listFrom, to });
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

/** The end of what stands before `to`. */
function latin1(bytes: Uint8Array, to: number): string {
  return Buffer.from(bytes.subarray(Math.max(0, to - KEY_BYTES), to)).toString('latin1');
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
