import { TextDecoder } from 'node:util';
import { LineCounter, parseDocument } from 'yaml';
import { ScanFailure, type Found, type ScanProblem } from './json-scanner.ts';

/** Parsing takes eighty times as much memory as the text, and Kubernetes keeps no object of more than 1.5 MB as it comes. */
export const LARGEST_YAML = 2 * 1024 * 1024;

/** As many as people write by hand; a few nested ones of these are gigabytes. */
const MOST_ALIASES = 100;

/** A line that begins an item of a list: what stands before the dash decides to which list it belongs. */
const DASH = /^( *)-(?:\s|$)/u;
const ITEMS = /^items:\s*(?:#.*)?$/u;
const BLANK = /^\s*(?:#.*)?$/u;

interface Piece {
  /** The number of its first line, from 1. */
  readonly line: number;
  readonly lines: string[];
  size: number;
}

/**
 * Finds the documents of YAML, and the items of lists in them, and parses each by itself.
 *
 * A list is recognised as every program writes it: `items:` alone on a line that is not indented, or a document that begins with a dash.
 * Written in other ways it is parsed as a whole. Throws `ScanFailure`.
 */
export class YamlScanner {
  readonly #text = new TextDecoder('utf-8', { fatal: true });
  readonly #largest: number;
  #rest = '';
  #line = 0;
  #document: Piece | null = null;
  #item: Piece | null = null;
  /** How far the dashes of the list are indented; `null` outside of one, -1 where its first one is still to come. */
  #indent: number | null = null;
  #items = 0;
  #isList = false;

  constructor(largest: number = LARGEST_YAML) {
    this.#largest = largest;
  }

  /** What is complete with these bytes. Must be read to its end before the next bytes are pushed. */
  *push(chunk: Uint8Array): Generator<Found> {
    const lines = `${this.#rest}${this.#decode(chunk)}`.split(/\r?\n/u);
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length > this.#largest) throw this.#failure('too-large');
    for (const line of lines) yield* this.#take(line);
  }

  *end(): Generator<Found> {
    yield* this.#take(`${this.#rest}${this.#decode(null)}`.trimEnd());
    yield* this.#endDocument();
  }

  #decode(chunk: Uint8Array | null): string {
    try {
      return chunk === null ? this.#text.decode() : this.#text.decode(chunk, { stream: true });
    } catch {
      throw this.#failure('not-utf-8');
    }
  }

  *#take(line: string): Generator<Found> {
    this.#line += 1;
    if (/^(?:---|\.\.\.)(?:\s|$)/u.test(line)) {
      yield* this.#endDocument();
      this.#hold(line.slice(3));
      return;
    }
    if (this.#indent === null && ITEMS.test(line)) {
      this.#isList = true;
      this.#indent = -1;
      return;
    }
    yield* this.#follow(line);
    this.#hold(line);
  }

  /** Notices where an item of a list begins, and where the list ends. */
  *#follow(line: string): Generator<Found> {
    if (BLANK.test(line)) return;
    const dash = DASH.exec(line)?.[1]?.length ?? null;
    if (this.#indent === null && dash !== null && this.#isFirstLine()) {
      this.#isList = true;
      this.#indent = dash;
    }
    if (this.#indent === -1) this.#indent = dash;
    if (this.#indent === null) return;
    if (dash === this.#indent) {
      yield* this.#endItem();
      this.#items += 1;
      this.#item = { line: this.#line, lines: [], size: 0 };
    } else if (!line.startsWith(' ')) {
      // a key of the list itself
      yield* this.#endItem();
      this.#indent = null;
    }
  }

  #isFirstLine(): boolean {
    return this.#item === null && (this.#document?.lines.every((line) => BLANK.test(line)) ?? true);
  }

  #hold(line: string): void {
    this.#document ??= { line: this.#line, lines: [], size: 0 };
    const piece = this.#item ?? this.#document;
    // blank lines keep the numbers of the lines right, and are held only where something follows
    piece.lines.push(line);
    piece.size += line.length + 1;
    if (piece.size > this.#largest) throw this.#failure('too-large');
  }

  *#endItem(): Generator<Found> {
    const piece = this.#item;
    this.#item = null;
    if (piece === null) return;
    const value = this.#parsed(piece);
    const where = { line: piece.line, item: this.#items };
    for (const one of Array.isArray(value) ? value : [value]) yield { kind: 'document', value: one, where };
  }

  *#endDocument(): Generator<Found> {
    yield* this.#endItem();
    const piece = this.#document;
    const isList = this.#isList;
    this.#document = null;
    this.#indent = null;
    this.#items = 0;
    this.#isList = false;
    if (piece === null) return;
    const value: unknown = this.#parsed(piece);
    if (isList) yield { kind: 'list-end', envelope: isObject(value) ? { ...value } : {} };
    else if (value !== null && value !== undefined) yield* whole(value, piece.line);
  }

  #parsed(piece: Piece): unknown {
    const counter = new LineCounter();
    try {
      const document = parseDocument(piece.lines.join('\n'), {
        lineCounter: counter,
        prettyErrors: false,
        // looks for each key among all of its siblings, which takes minutes where there are many
        uniqueKeys: false,
      });
      const [mistake] = document.errors;
      if (mistake !== undefined) {
        const line = piece.line + counter.linePos(mistake.pos[0]).line - 1;
        throw this.#failure('malformed', line);
      }
      return document.toJS({ maxAliasCount: MOST_ALIASES });
    } catch (error) {
      if (error instanceof ScanFailure) throw error;
      const isBomb = error instanceof ReferenceError && error.message.startsWith('Excessive');
      throw this.#failure(isBomb ? 'too-many-aliases' : 'malformed', piece.line);
    }
  }

  #failure(problem: ScanProblem, line = this.#item?.line ?? this.#document?.line ?? 1): ScanFailure {
    return new ScanFailure(problem, { line, item: this.#items === 0 ? null : this.#items });
  }
}

/** A document that was parsed in one piece: a list in it is still a list. */
function* whole(value: unknown, line: number): Generator<Found> {
  const items: unknown = isObject(value) && 'items' in value ? value.items : value;
  if (isObject(value) && !Array.isArray(items) && items !== null) {
    yield { kind: 'document', value, where: { line, item: null } };
    return;
  }
  if (!Array.isArray(items)) throw new ScanFailure('malformed', { line, item: null });
  for (const [position, item] of items.entries())
    yield { kind: 'document', value: item, where: { line, item: position + 1 } };
  yield { kind: 'list-end', envelope: isObject(value) ? { ...value } : {} };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
