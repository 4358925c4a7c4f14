import { createHash } from 'node:crypto';
import type { Table } from './paths.ts';

/**
 * Where a table that has grown long is cut into pieces: a day's news must not make the whole of it be written again (docs/adr/0023-tables-in-pieces.md).
 *
 * Only what the rows say decides, so that a dataset that is built anew has the same files.
 */

/** A table up to this size is one file, in a workspace of one repository. */
const WHOLE_BYTES = 1 << 16;
/** So many times as long a piece is expected to be as the next newer one. */
const GROWTH = 8;
/** The newest piece of a repository is expected to be so much shorter than a whole table may be. */
const NEWEST = 4;
const HIGHEST_LEVEL = 10;

const LINE_FEED = 10;
const QUOTE = 34;
const FNV_START = 0x81_1c_9d_c5;
const FNV_PRIME = 0x01_00_01_93;

/**
 * Up to how many bytes a table is one file.
 *
 * With more repositories pieces are longer, by the root of their number: fewer objects, against more to write for those that have news.
 */
export function wholeBytes(repositories: number): number {
  return WHOLE_BYTES * 2 ** Math.floor(Math.log2(Math.max(1, repositories)) / 2);
}

/** Whether the newest rows of a repository are the first ones; in the other tables they are the last. */
export function isNewestFirst(table: Table): boolean {
  return table === 'review';
}

/** Whether rows come at both ends: merge commits are set aside newest first, and after them what is not released yet. */
function isNewAtBothEnds(table: Table): boolean {
  return table === 'set-aside';
}

/** Whether a repository with so many bytes of rows begins a piece. Small ones share some: one piece has about `whole` bytes of them. */
export function beginsPiece(repository: string, bytes: number, whole: number): boolean {
  const drawn = createHash('sha256').update(repository).digest().readUInt32BE(0) / 2 ** 32;
  return drawn * whole < bytes;
}

/**
 * Finds where the rows of one repository are cut, as they stream by.
 *
 * Each row draws a level from a digest of its bytes: 0 about every so many bytes, each higher one eight times as rarely, most have none. Of every level the
 * row that is nearest to the newest rows is a cut, and where rows come at both ends the first and the last. So there are as many pieces as levels, each about eight times as long as the next newer one, and
 * a row more moves the cuts of the lowest levels only.
 */
export class CutFinder {
  readonly #cutsFirst: boolean;
  readonly #cutsLast: boolean;
  /** How many bytes there are between two rows of level 0. */
  readonly #spacing: number;
  /** By level, where the first row of it begins, and where the last ends. */
  #first: number[] = [];
  #last: number[] = [];
  #hash = FNV_START;
  #isQuoted = false;
  #start = 0;
  #position = 0;

  constructor(table: Table, whole: number) {
    this.#cutsFirst = isNewestFirst(table) || isNewAtBothEnds(table);
    this.#cutsLast = !isNewestFirst(table);
    this.#spacing = whole / NEWEST;
  }

  push(rows: Uint8Array): void {
    // every byte of every table comes by: nothing but local variables in here
    const { length } = rows;
    let hash = this.#hash;
    let isQuoted = this.#isQuoted;
    for (let at = 0; at < length; at += 1) {
      const byte = rows[at] ?? 0;
      hash = Math.imul(hash ^ byte, FNV_PRIME);
      if (byte > QUOTE) continue;
      if (byte === QUOTE) isQuoted = !isQuoted;
      else if (byte === LINE_FEED && !isQuoted) {
        this.#ended(hash, this.#position + at + 1);
        hash = FNV_START;
      }
    }
    this.#hash = hash;
    this.#isQuoted = isQuoted;
    this.#position += length;
  }

  /** The end of the repository's rows: how many bytes they were, and in order where among them the cuts are. */
  end(): { readonly bytes: number; readonly cuts: readonly number[] } {
    const bytes = this.#position;
    const found = new Set([...this.#first, ...this.#last]);
    const cuts = [...found].filter((cut) => cut > 0 && cut < bytes).sort((a, b) => a - b);
    this.#first = [];
    this.#last = [];
    this.#start = 0;
    this.#position = 0;
    return { bytes, cuts };
  }

  #ended(hash: number, end: number): void {
    const start = this.#start;
    this.#start = end;
    const drawn = spread(hash) * this.#spacing;
    const bytes = end - start;
    for (let level = 0; level <= HIGHEST_LEVEL && drawn * GROWTH ** level < bytes; level += 1) {
      if (this.#cutsLast) this.#last[level] = end;
      if (this.#cutsFirst) this.#first[level] ??= start;
    }
  }
}

/** A digest as a number from 0 to 1 in which every bit counts. */
function spread(hash: number): number {
  let mixed = hash ^ (hash >>> 16);
  mixed = Math.imul(mixed, 0x85_eb_ca_6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2_b2_ae_35);
  mixed ^= mixed >>> 16;
  return (mixed >>> 0) / 2 ** 32;
}
