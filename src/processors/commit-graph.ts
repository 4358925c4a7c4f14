import type { EpochMs } from '../domain/units.ts';

/**
 * The commit graph in typed arrays: about 60 bytes a commit with SHA-1, whatever its message.
 *
 * A commit is known by its index, given when its sha is first heard of (as itself or as a parent), so commits may
 * be added in any order. Nothing here depends on that order but the indexes themselves.
 */
export class CommitGraph {
  #words: number;
  #capacity: number;
  #size = 0;
  #names: Uint32Array;
  #slots: Int32Array;
  #firstEdge: Int32Array;
  #edgeCount: Uint16Array;
  #edges = new Int32Array(1024);
  #edgesUsed = 0;
  #authoredAt: Float64Array;
  #committedAt: Float64Array;
  #levels: Int32Array | null = null;
  /** The bytes of the sha that is being put together. */
  #sha = Buffer.alloc(0);

  constructor(capacity = 1024) {
    this.#words = 0;
    this.#capacity = capacity;
    this.#names = new Uint32Array(0);
    this.#slots = new Int32Array(tableSize(capacity)).fill(-1);
    this.#firstEdge = new Int32Array(capacity).fill(-1);
    this.#edgeCount = new Uint16Array(capacity);
    this.#authoredAt = new Float64Array(capacity).fill(NaN);
    this.#committedAt = new Float64Array(capacity).fill(NaN);
  }

  /** How many shas were heard of, parents that were never added included. */
  get size(): number {
    return this.#size;
  }

  /** Adds a commit and returns its index, or -1 when it is there already (the first one stays). */
  add(commit: {
    readonly sha: string;
    readonly parents: readonly string[];
    readonly authoredAt: EpochMs | null;
    readonly committedAt: EpochMs | null;
  }): number {
    const index = this.#intern(commit.sha);
    if (this.has(index)) return -1;
    this.#levels = null;
    this.#edgeCount[index] = commit.parents.length;
    this.#authoredAt[index] = commit.authoredAt ?? NaN;
    this.#committedAt[index] = commit.committedAt ?? NaN;
    const first = this.#edgesUsed;
    this.#firstEdge[index] = first;
    for (const parent of commit.parents) this.#addEdge(this.#intern(parent));
    return index;
  }

  /** True for an added commit; false for a parent that was only heard of (a clone that lacks it). */
  has(index: number): boolean {
    return (this.#firstEdge[index] ?? -1) >= 0;
  }

  /** Makes a commit one that was only heard of. */
  forget(index: number): void {
    this.#firstEdge[index] = -1;
    this.#edgeCount[index] = 0;
    this.#levels = null;
  }

  /** Index of a full sha, or -1. */
  indexOf(sha: string): number {
    if (sha.length !== this.#words * 8) return -1;
    const slot = this.#slotOf(sha);
    return slot < 0 ? -1 : (this.#slots[slot] ?? -1);
  }

  sha(index: number): string {
    const bytes = this.#sha;
    for (let word = 0; word < this.#words; word += 1) {
      const value = this.#names[index * this.#words + word] ?? 0;
      bytes[word * 4] = value >>> 24;
      bytes[word * 4 + 1] = value >>> 16;
      bytes[word * 4 + 2] = value >>> 8;
      bytes[word * 4 + 3] = value;
    }
    return bytes.toString('hex');
  }

  parentCount(index: number): number {
    return this.#edgeCount[index] ?? 0;
  }

  /** Index of the `n`th parent; -1 when there is none. */
  parent(index: number, n: number): number {
    return n < this.parentCount(index) ? (this.#edges[(this.#firstEdge[index] ?? 0) + n] ?? -1) : -1;
  }

  /** Milliseconds; `NaN` where git had none. */
  authoredAt(index: number): number {
    return this.#authoredAt[index] ?? NaN;
  }

  /** Milliseconds; `NaN` where git had none. */
  committedAt(index: number): number {
    return this.#committedAt[index] ?? NaN;
  }

  /**
   * Calls `visit` for every commit that can be reached from `start` through commits for which `enter` says true,
   * parents in their order, each once as long as `enter` refuses what it has seen.
   */
  walk(start: number, enter: (index: number) => boolean, visit?: (index: number) => void): void {
    if (!this.has(start) || !enter(start)) return;
    const stack = [start];
    for (let index = stack.pop(); index !== undefined; index = stack.pop()) {
      visit?.(index);
      for (let n = this.parentCount(index) - 1; n >= 0; n -= 1) {
        const parent = this.parent(index, n);
        if (this.has(parent) && enter(parent)) stack.push(parent);
      }
    }
  }

  /** Longest distance to a root: an ancestor always has a lower level than its descendants. Computed once. */
  level(index: number): number {
    this.#levels ??= this.#computeLevels();
    return this.#levels[index] ?? 0;
  }

  /** All indexes, every commit after all of its ancestors. */
  ancestorsFirst(): Int32Array {
    const counts = new Int32Array(this.#size + 1);
    for (let index = 0; index < this.#size; index += 1) {
      const next = this.level(index) + 1;
      counts[next] = (counts[next] ?? 0) + 1;
    }
    for (let level = 1; level < counts.length; level += 1)
      counts[level] = (counts[level] ?? 0) + (counts[level - 1] ?? 0);
    const order = new Int32Array(this.#size);
    for (let index = 0; index < this.#size; index += 1) {
      const level = this.level(index);
      const place = counts[level] ?? 0;
      order[place] = index;
      counts[level] = place + 1;
    }
    return order;
  }

  /** Whether `ancestor` can be reached from `descendant`; a commit is its own ancestor. */
  isAncestor(ancestor: number, descendant: number): boolean {
    if (ancestor < 0 || descendant < 0) return false;
    const floor = this.level(ancestor);
    const seen = new Set<number>();
    let found = false;
    this.walk(descendant, (index) => {
      if (index === ancestor) found = true;
      if (found || this.level(index) <= floor || seen.has(index)) return false;
      seen.add(index);
      return true;
    });
    return found;
  }

  /**
   * Full shas for abbreviated ones, in one pass over all names.
   *
   * Out: a map from each abbreviation (at least 7 digits) that exactly one commit begins with to its index.
   */
  expand(abbreviations: ReadonlySet<string>): Map<string, number> {
    return this.beginnings(abbreviations).one;
  }

  /** The same, and apart from them the abbreviations that several commits begin with; the rest nothing begins with. */
  beginnings(abbreviations: ReadonlySet<string>): {
    readonly one: Map<string, number>;
    readonly several: ReadonlySet<string>;
  } {
    const byPrefix = new Map<number, string[]>();
    for (const text of abbreviations) {
      if (text.length < 7 || text.length > this.#words * 8) continue;
      const key = parseInt(text.slice(0, 7), 16);
      byPrefix.set(key, [...(byPrefix.get(key) ?? []), text]);
    }
    const found = new Map<string, number>();
    const ambiguous = new Set<string>();
    if (byPrefix.size === 0) return { one: found, several: ambiguous };
    for (let index = 0; index < this.#size; index += 1) {
      const candidates = byPrefix.get((this.#names[index * this.#words] ?? 0) >>> 4);
      if (candidates === undefined || !this.has(index)) continue;
      const sha = this.sha(index);
      for (const text of candidates) {
        if (!sha.startsWith(text)) continue;
        if (found.has(text)) ambiguous.add(text);
        found.set(text, index);
      }
    }
    for (const text of ambiguous) found.delete(text);
    return { one: found, several: ambiguous };
  }

  #computeLevels(): Int32Array {
    const levels = new Int32Array(this.#size).fill(-1);
    const stack: number[] = [];
    for (let start = 0; start < this.#size; start += 1) {
      if (levels[start] !== -1) continue;
      stack.push(start);
      for (let index = stack.at(-1); index !== undefined; index = stack.at(-1)) {
        const level = this.#levelFromParents(index, levels, stack);
        if (level === null) continue;
        levels[index] = level;
        stack.pop();
      }
    }
    return levels;
  }

  /** The level of a commit whose parents all have one; else pushes those that have none and returns `null`. */
  #levelFromParents(index: number, levels: Int32Array, stack: number[]): number | null {
    let level = 0;
    let ready = true;
    for (let n = 0; n < this.parentCount(index); n += 1) {
      const parent = this.parent(index, n);
      const known = levels[parent] ?? -1;
      if (known === -1) {
        stack.push(parent);
        ready = false;
      } else if (known >= level) level = known + 1;
    }
    return ready ? level : null;
  }

  #intern(sha: string): number {
    if (this.#words === 0) this.#useNamesOf(sha);
    const slot = this.#slotOf(sha);
    const known = this.#slots[slot] ?? -1;
    if (known >= 0) return known;
    if (this.#size === this.#capacity) {
      this.#grow();
      return this.#intern(sha);
    }
    const index = this.#size;
    this.#size += 1;
    for (let word = 0; word < this.#words; word += 1)
      this.#names[index * this.#words + word] = wordOf(sha, word);
    this.#slots[slot] = index;
    return index;
  }

  #useNamesOf(sha: string): void {
    this.#words = sha.length / 8;
    this.#names = new Uint32Array(this.#capacity * this.#words);
    this.#sha = Buffer.alloc(sha.length / 2);
  }

  /** The slot that holds `sha`, or the empty one where it belongs; linear probing. */
  #slotOf(sha: string): number {
    const mask = this.#slots.length - 1;
    const first = wordOf(sha, 0);
    for (let slot = first & mask; ; slot = (slot + 1) & mask) {
      const index = this.#slots[slot] ?? -1;
      if (index < 0 || this.#isNamed(index, sha, first)) return slot;
    }
  }

  #isNamed(index: number, sha: string, first: number): boolean {
    const base = index * this.#words;
    if (this.#names[base] !== first) return false;
    for (let word = 1; word < this.#words; word += 1) {
      if (this.#names[base + word] !== wordOf(sha, word)) return false;
    }
    return true;
  }

  #addEdge(parent: number): void {
    if (this.#edgesUsed === this.#edges.length) this.#edges = grown(this.#edges, this.#edges.length * 2);
    this.#edges[this.#edgesUsed] = parent;
    this.#edgesUsed += 1;
  }

  #grow(): void {
    const before = this.#capacity;
    this.#capacity *= 2;
    this.#names = grown(this.#names, this.#capacity * this.#words);
    this.#edgeCount = grown(this.#edgeCount, this.#capacity);
    this.#firstEdge = grown(this.#firstEdge, this.#capacity).fill(-1, before);
    this.#authoredAt = grown(this.#authoredAt, this.#capacity).fill(NaN, before);
    this.#committedAt = grown(this.#committedAt, this.#capacity).fill(NaN, before);
    this.#slots = new Int32Array(tableSize(this.#capacity)).fill(-1);
    const mask = this.#slots.length - 1;
    for (let index = 0; index < this.#size; index += 1) {
      let slot = (this.#names[index * this.#words] ?? 0) & mask;
      while ((this.#slots[slot] ?? -1) >= 0) slot = (slot + 1) & mask;
      this.#slots[slot] = index;
    }
  }
}

/** Slots for `capacity` names at a load of at most one half; a power of two. */
function tableSize(capacity: number): number {
  return 2 ** Math.ceil(Math.log2(capacity * 2));
}

function wordOf(sha: string, word: number): number {
  const start = word * 8;
  let value = 0;
  for (let position = start; position < start + 8; position += 1) {
    const code = sha.charCodeAt(position);
    value = (value << 4) | (code < 58 ? code - 48 : code - 87);
  }
  return value >>> 0;
}

function grown<A extends Int32Array | Uint32Array | Uint16Array | Float64Array>(array: A, length: number): A;
function grown(
  array: Int32Array | Uint32Array | Uint16Array | Float64Array,
  length: number,
): Int32Array | Uint32Array | Uint16Array | Float64Array {
  const larger =
    array instanceof Int32Array
      ? new Int32Array(length)
      : array instanceof Uint32Array
        ? new Uint32Array(length)
        : array instanceof Uint16Array
          ? new Uint16Array(length)
          : new Float64Array(length);
  larger.set(array);
  return larger;
}
