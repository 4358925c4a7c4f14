/** Which of the rows that wait stand in the sheet when there are more of them than it takes: the newest. Of several of one time, those that come first. */
export interface Room {
  /** Rows that had no place. */
  readonly refused: number;
  /** Whether a row of that time (epoch milliseconds) has a place; asked once for each row. */
  admits(at: number): boolean;
}

/** For rows that come newest first. It notes their times, from which it can be told which have a place when they do not. */
export class FirstRows implements Room {
  /** Whether they did come newest first, also those that were refused. */
  isOrdered = true;
  readonly #maximum: number;
  readonly #times: number[] = [];

  constructor(maximum: number) {
    this.#maximum = maximum;
  }

  get refused(): number {
    return Math.max(0, this.#times.length - this.#maximum);
  }

  admits(at: number): boolean {
    this.isOrdered &&= at <= (this.#times.at(-1) ?? Infinity);
    this.#times.push(at);
    return this.#times.length <= this.#maximum;
  }

  /** For the same rows once more, in any order. */
  again(): Room {
    return new NewestRows(this.#times, this.#maximum);
  }
}

class NewestRows implements Room {
  refused = 0;
  /** All rows that are newer have a place. */
  readonly #oldest: number;
  /** How many rows of exactly that time have one. */
  #left: number;

  constructor(times: readonly number[], maximum: number) {
    const sorted = Float64Array.from(times).sort();
    const first = sorted.length - maximum;
    this.#oldest = first <= 0 ? -Infinity : (sorted[first] ?? Infinity);
    const newer = sorted.length - (sorted.findLastIndex((at) => at <= this.#oldest) + 1);
    this.#left = maximum - newer;
  }

  admits(at: number): boolean {
    if (at > this.#oldest) return true;
    if (at === this.#oldest && this.#left > 0) {
      this.#left -= 1;
      return true;
    }
    this.refused += 1;
    return false;
  }
}
