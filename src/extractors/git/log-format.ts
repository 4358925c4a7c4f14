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
    '--stdin',
    '--ignore-missing',
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

/** Turns the bytes of `git log` into commits, chunk by chunk, whatever the chunks cut in half. */
export class LogParser {
  readonly #withPaths: boolean;
  readonly #idOf: (email: string) => string;
  #rest: Buffer = Buffer.alloc(0);
  #open: { readonly commit: Commit; readonly paths: string[] } | null = null;
  #headerFollows = false;

  /** `idOf` gives the irreversible stand-in for an e-mail address. */
  constructor(withPaths: boolean, idOf: (email: string) => string) {
    this.#withPaths = withPaths;
    this.#idOf = idOf;
  }

  /** The commits that `chunk` completes. */
  push(chunk: Uint8Array): Commit[] {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const buffer = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const commits: Commit[] = [];
    let start = 0;
    for (let end = buffer.indexOf(0, start); end >= 0; end = buffer.indexOf(0, start)) {
      this.#take(buffer.subarray(start, end), commits);
      start = end + 1;
    }
    this.#rest = buffer.subarray(start);
    return commits;
  }

  /** The commit that was still waiting for its paths. */
  end(): Commit[] {
    const commits: Commit[] = [];
    // git ends the last record of a log without paths with NUL as well; anything else left over is a cut-off record
    if (this.#rest.length > 0) throw new RangeError('git log ended inside a record');
    this.#close(commits);
    return commits;
  }

  #take(token: Buffer, commits: Commit[]): void {
    if (!this.#withPaths) {
      commits.push(this.#parse(token));
    } else if (token.length === 0) {
      this.#close(commits);
      this.#headerFollows = true;
    } else if (this.#headerFollows) {
      this.#headerFollows = false;
      this.#open = { commit: this.#parse(token), paths: [] };
    } else {
      const path = token.toString('utf8');
      this.#open?.paths.push(this.#open.paths.length === 0 ? path.replace(/^\n/u, '') : path);
    }
  }

  #close(commits: Commit[]): void {
    if (this.#open !== null) commits.push({ ...this.#open.commit, paths: this.#open.paths });
    this.#open = null;
  }

  #parse(token: Buffer): Commit {
    const lines: Buffer[] = [];
    let start = 0;
    for (let field = 0; field < 7; field += 1) {
      const end = token.indexOf(10, start);
      lines.push(end < 0 ? token.subarray(start) : token.subarray(start, end));
      start = end < 0 ? token.length : end + 1;
    }
    const [sha, parents, authored, committed, author, email, subject] = lines;
    return {
      sha: latin1(sha),
      parents: parents === undefined || parents.length === 0 ? [] : latin1(parents).split(' '),
      author: withoutAddress(text(author)),
      authorId: this.#idOf(text(email)),
      authoredAt: instant(latin1(authored)),
      committedAt: instant(latin1(committed)),
      subject: withoutAddress(text(subject)),
      trailers: start >= token.length ? NO_TRAILERS : trailersOf(token.subarray(start)),
      paths: null,
    };
  }
}

const latin1 = (bytes: Buffer | undefined): string => bytes?.toString('latin1') ?? '';

/** UTF-8; a message that is not (an old commit without an encoding header) is read as Latin-1, so that no byte is lost. */
function text(bytes: Buffer | undefined): string {
  if (bytes === undefined) return '';
  const decoded = bytes.toString('utf8');
  return decoded.includes('\uFFFD') && !bytes.includes('\uFFFD') ? bytes.toString('latin1') : decoded;
}

/** Seconds, as git prints them, to milliseconds; `null` for a date git cannot read or no calendar has. */
function instant(seconds: string): EpochMs | null {
  const value = seconds === '' ? NaN : Number(seconds) * 1000;
  return isInstant(value) ? value : null;
}

/** An e-mail address ends in letters after its last dot: `ui@1.2.3` is a version, `git@host:path` an address of a repository. */
const ADDRESS = /(?<![\w.%+-])(?!git@)[\w.%+-]+@(?:[A-Za-z][A-Za-z0-9-]*\.)+[A-Za-z]{2,}(?![\w-])/gu;

/** The text with every e-mail address replaced by `[e-mail]`. */
export function withoutAddress(value: string): string {
  return value.includes('@') ? value.replaceAll(ADDRESS, '[e-mail]') : value;
}

const CHERRY_PICK = /\(cherry picked from commit ([0-9a-f]{7,64})\)/gu;
const REVERT = /\bThis reverts commits? ([0-9a-f]{7,64})/gu;
const REVERT_PULL = /^Reverts (?:[\w.-]+\/[\w.-]+)?#(\d{1,9})\b/gmu;
const CO_AUTHOR = /^co-authored-by:[ \t]*([^<\n]*?)[ \t]*(?:<|$)/gimu;

function trailersOf(body: Buffer): Trailers {
  const message = text(body);
  const cherryPickedFrom = message.includes('(cherry picked') ? captures(message, CHERRY_PICK) : [];
  const reverts = message.includes('This reverts') ? captures(message, REVERT) : [];
  const pulls = message.includes('Reverts ') ? captures(message, REVERT_PULL).map(Number) : [];
  const coAuthors = /co-authored-by/iu.test(message) ? captures(message, CO_AUTHOR).map(withoutAddress) : [];
  return cherryPickedFrom.length + reverts.length + pulls.length + coAuthors.length === 0
    ? NO_TRAILERS
    : { cherryPickedFrom, reverts, revertsPullRequests: pulls, coAuthors };
}

function captures(message: string, expression: RegExp): string[] {
  return Array.from(message.matchAll(expression), ([, found]) => found ?? '');
}
