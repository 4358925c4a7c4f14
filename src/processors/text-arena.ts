const CHUNK = 1 << 20;

/**
 * Short texts by number, as UTF-8 in large blocks: a string object each would cost three times as much.
 *
 * Texts longer than `limit` UTF-16 units are cut at a character and end in `…`.
 */
export class TextArena {
  readonly #limit: number;
  readonly #chunks: Buffer[] = [];
  #used = CHUNK;
  #starts = new Float64Array(1024);
  #lengths = new Uint16Array(1024);
  #size = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Stores `text` under `index`; indexes may come in any order. */
  set(index: number, text: string): void {
    this.#reserve(index);
    const cut = text.length > this.#limit ? `${wholeCharacters(text, this.#limit - 1)}…` : text;
    let chunk = this.#chunks.at(-1);
    if (chunk === undefined || this.#used + cut.length * 3 > CHUNK) {
      chunk = Buffer.allocUnsafe(CHUNK);
      this.#chunks.push(chunk);
      this.#used = 0;
    }
    const written = chunk.write(cut, this.#used);
    this.#starts[index] = (this.#chunks.length - 1) * CHUNK + this.#used;
    this.#lengths[index] = written;
    this.#used += written;
  }

  /** The text under `index`; empty where none was stored. */
  get(index: number): string {
    if (index >= this.#size) return '';
    const start = this.#starts[index] ?? 0;
    const offset = start % CHUNK;
    const chunk = this.#chunks[Math.floor(start / CHUNK)];
    return chunk?.toString('utf8', offset, offset + (this.#lengths[index] ?? 0)) ?? '';
  }

  #reserve(index: number): void {
    if (index < this.#size) return;
    this.#size = index + 1;
    if (index < this.#starts.length) return;
    const capacity = Math.max(index + 1, this.#starts.length * 2);
    const starts = new Float64Array(capacity);
    starts.set(this.#starts);
    this.#starts = starts;
    const lengths = new Uint16Array(capacity);
    lengths.set(this.#lengths);
    this.#lengths = lengths;
  }
}

/** The first `length` units, less one where that would halve a surrogate pair. */
function wholeCharacters(text: string, length: number): string {
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}
