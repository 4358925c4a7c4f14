import { withoutAddress } from '../../domain/without-address.ts';
import type { Commit, Trailers } from '../../domain/commit.ts';
import { NO_TRAILERS } from '../../domain/commit.ts';
import { isInstant, type EpochMs } from '../../domain/units.ts';

/** What `git log -z` is asked for: one line a field, the body last. No field but the body can hold a line feed. */
const FIELDS = ['%H', '%P', '%at', '%ct', '%aN', '%aE', '%s', '%b'].join('%n');

/**
 * Arguments of the `git log` that `LogParser` reads; the revisions come on standard input.
 *
 * With paths, an empty record stands before each commit: a path is never empty, so nothing that a commit or a file is called
 * can be taken for one.
 */
export function logArguments(withPaths: boolean): string[] {
  return [
    'log',
    '-z',
    '--ignore-missing',
    '--stdin',
    '--no-show-signature',
    '--no-notes',
    '--no-decorate',
    '--no-color',
    '--encoding=UTF-8',
    '--use-mailmap',
    `--format=${withPaths ? '%x00' : ''}${FIELDS}`,
    ...(withPaths ? ['--name-only', '--no-renames'] : ['--no-patch']),
  ];
}

/**
 * Turns the bytes of `git log` into commits, chunk by chunk, whatever the chunks cut in half.
 *
 * A chunk is looked at as Latin-1, one character a byte: searching and cutting such a string costs next to nothing, and only the few
 * fields with other than ASCII in them are decoded.
 */
export class LogParser {
  readonly #withPaths: boolean;
  readonly #idOf: (email: string) => string;
  /** Authors by the two lines of the log that tell them: thousands where commits are millions. */
  readonly #people = new Map<string, Pick<Commit, 'author' | 'authorId'>>();
  /** The parts of a record whose end has not come yet. */
  #begun: string[] = [];
  #open: { readonly commit: Commit; readonly paths: string[] } | null = null;
  #headerFollows = false;

  /** `idOf` gives the irreversible stand-in for an e-mail address. */
  constructor(withPaths: boolean, idOf: (email: string) => string) {
    this.#withPaths = withPaths;
    this.#idOf = idOf;
  }

  /** The commits that `chunk` completes. */
  push(chunk: Uint8Array): Commit[] {
    const part = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1');
    const commits: Commit[] = [];
    let end = part.indexOf('\0');
    if (end < 0) {
      if (part !== '') this.#begun.push(part);
      return commits;
    }
    this.#take(this.#begun.join('') + part.slice(0, end), commits);
    let start = end + 1;
    for (end = part.indexOf('\0', start); end >= 0; end = part.indexOf('\0', start)) {
      this.#take(part.slice(start, end), commits);
      start = end + 1;
    }
    this.#begun = start < part.length ? [part.slice(start)] : [];
    return commits;
  }

  /** The commit that was still waiting for its paths. Throws `RangeError` when the output was cut off inside a record. */
  end(): Commit[] {
    const commits: Commit[] = [];
    if (this.#begun.length > 0) throw new RangeError('git log ended inside a record');
    this.#close(commits);
    return commits;
  }

  #take(token: string, commits: Commit[]): void {
    if (!this.#withPaths) {
      commits.push(this.#parse(token));
    } else if (token === '') {
      this.#close(commits);
      this.#headerFollows = true;
    } else if (this.#headerFollows) {
      this.#headerFollows = false;
      this.#open = { commit: this.#parse(token), paths: [] };
    } else {
      // git puts a line feed between the message and the first path
      this.#open?.paths.push(text(this.#open.paths.length === 0 ? token.slice(1) : token));
    }
  }

  #close(commits: Commit[]): void {
    if (this.#open !== null) commits.push({ ...this.#open.commit, paths: this.#open.paths });
    this.#open = null;
  }

  /** The author behind two lines of the log, of which the first is `nameLength` long. */
  #person(lines: string, nameLength: number): Pick<Commit, 'author' | 'authorId'> {
    const known = this.#people.get(lines);
    if (known !== undefined) return known;
    const author = copy(withoutAddress(text(lines.slice(0, nameLength))));
    const person = { author, authorId: this.#idOf(text(lines.slice(nameLength + 1))) };
    this.#people.set(copy(lines), person);
    return person;
  }

  #parse(token: string): Commit {
    const parents = token.indexOf('\n') + 1;
    const authored = token.indexOf('\n', parents) + 1;
    const committed = token.indexOf('\n', authored) + 1;
    const author = token.indexOf('\n', committed) + 1;
    const email = token.indexOf('\n', author) + 1;
    const subject = token.indexOf('\n', email) + 1;
    const lineFeed = token.indexOf('\n', subject);
    const body = lineFeed < 0 ? token.length : lineFeed + 1;
    const person = this.#person(token.slice(author, subject - 1), email - 1 - author);
    return {
      sha: token.slice(0, parents - 1),
      parents: authored - parents <= 1 ? [] : token.slice(parents, authored - 1).split(' '),
      author: person.author,
      authorId: person.authorId,
      authoredAt: instant(token.slice(authored, committed - 1)),
      committedAt: instant(token.slice(committed, author - 1)),
      subject: withoutAddress(text(token.slice(subject, lineFeed < 0 ? token.length : lineFeed))),
      trailers: body >= token.length ? NO_TRAILERS : trailersOf(token.slice(body)),
      paths: null,
    };
  }
}

// eslint-disable-next-line no-control-regex -- everything that is not ASCII
const NOT_ASCII = /[^\u0000-\u007f]/u;

/**
 * The text behind bytes read as Latin-1: UTF-8, and where they are not that (an old commit without an encoding header) Latin-1
 * after all, so that no byte is lost.
 */
function text(latin1: string): string {
  if (!NOT_ASCII.test(latin1)) return latin1;
  const bytes = Buffer.from(latin1, 'latin1');
  const decoded = bytes.toString('utf8');
  return decoded.includes('\uFFFD') && !bytes.includes('\uFFFD') ? latin1 : decoded;
}

/** Seconds, as git prints them, to milliseconds; `null` for a date git cannot read or no calendar has. */
function instant(seconds: string): EpochMs | null {
  const value = seconds === '' ? NaN : Number(seconds) * 1000;
  return isInstant(value) ? value : null;
}

const CHERRY_PICK = /\(cherry picked from commit ([0-9a-f]{7,64})\)/gu;
const REVERT = /\bThis reverts commits? ([0-9a-f]{7,64})/gu;
const REVERT_PULL = /^Reverts (?:[\w.-]+\/[\w.-]+)?#(\d{1,9})\b/gmu;
const HAS_CO_AUTHOR = /co-authored-by:/iu;
const CO_AUTHOR = /^co-authored-by:[ \t]*([^<\n]*?)[ \t]*(?:<|$)/gimu;

function trailersOf(body: string): Trailers {
  const picks = body.includes('(cherry picked') ? captures(body, CHERRY_PICK) : [];
  const reverts = body.includes('This reverts') ? captures(body, REVERT) : [];
  const pulls = body.includes('Reverts ') ? captures(body, REVERT_PULL).map(Number) : [];
  const people = HAS_CO_AUTHOR.test(body)
    ? captures(body, CO_AUTHOR).map((name) => withoutAddress(text(name)))
    : [];
  return picks.length + reverts.length + pulls.length + people.length === 0
    ? NO_TRAILERS
    : { cherryPickedFrom: picks, reverts, revertsPullRequests: pulls, coAuthors: people };
}

function captures(message: string, expression: RegExp): string[] {
  return Array.from(message.matchAll(expression), ([, found = '']) => copy(found));
}

/** The same text on its own: a part of a string keeps the whole of it, here a chunk, in memory for as long as it lives. */
function copy(part: string): string {
  return Buffer.from(part, 'utf16le').toString('utf16le');
}
