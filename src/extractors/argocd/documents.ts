import { TextDecoder } from 'node:util';
import { DoraError } from '../../domain/errors.ts';
import { JsonScanner, LARGEST_ITEM, ScanFailure, type Found, type ScanProblem } from './json-scanner.ts';
import { LARGEST_YAML, YamlScanner } from './yaml-scanner.ts';

export interface DocumentSource {
  /** For messages: the path as the user gave it, or `standard input`. */
  readonly name: string;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** How much may be held of one document, in bytes. */
export interface DocumentLimits {
  readonly json?: number;
  readonly yaml?: number;
}

interface Scanner {
  push(chunk: Uint8Array): Iterable<Found>;
  end(): Iterable<Found>;
}

const WRITE_IT_AGAIN = 'write it again, as in: kubectl get applications.argoproj.io -A -o json > apps.json';

/** What tells one format from the other stands in so many bytes. */
const HEAD = 512;

/**
 * The documents of a file or of standard input, one at a time, the items of lists each by itself.
 *
 * JSON (objects, arrays, lists of kubectl, of the API and of Argo CD, one object a line) and YAML (several documents) of the same. What kind
 * of object a document is is for the caller to say. Throws a `DoraError` for what is none of these.
 */
export async function* documentsIn(
  { name, bytes }: DocumentSource,
  limits: DocumentLimits = {},
): AsyncGenerator {
  let scanner: Scanner | null = null;
  try {
    for await (const chunk of inUtf8(withWholeHead(bytes))) {
      scanner ??= scannerFor(chunk, name, limits);
      yield* documentsOf(scanner.push(chunk));
    }
    yield* documentsOf(scanner?.end() ?? []);
  } catch (error) {
    if (error instanceof ScanFailure) throw explained(error, name);
    throw error;
  }
}

function* documentsOf(found: Iterable<Found>): Generator {
  for (const one of found) if (one.kind === 'document') yield one.value;
}

/** The same bytes, of which the first piece is all or says what they are. */
async function* withWholeHead(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let head: Uint8Array | null = new Uint8Array();
  for await (const chunk of bytes) {
    if (head === null) yield chunk;
    else {
      head = Buffer.concat([head, chunk]);
      if (head.length < HEAD || firstSign(head) === '') continue;
      yield head;
      head = null;
    }
  }
  if (head !== null) yield head;
}

/** What PowerShell writes with `>` is UTF-16. */
async function* inUtf8(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  let decoder: TextDecoder | null | undefined;
  for await (const chunk of bytes) {
    if (decoder === undefined) decoder = decoderFor(chunk);
    yield decoder === null ? chunk : encoder.encode(decoder.decode(chunk, { stream: true }));
  }
}

function decoderFor(head: Uint8Array): TextDecoder | null {
  const [first, second] = head;
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le');
  return first === 0xfe && second === 0xff ? new TextDecoder('utf-16be') : null;
}

/** The first character that is not blank; `''` where there is none. */
function firstSign(head: Uint8Array): string {
  return Buffer.from(head)
    .toString('utf8')
    .replace(/^\ufeff/u, '')
    .trimStart()
    .slice(0, 1);
}

function scannerFor(head: Uint8Array, name: string, limits: DocumentLimits): Scanner {
  const isGzip = head[0] === 0x1f && head[1] === 0x8b;
  if (isGzip)
    throw refused(name, 'is compressed', 'unpack it first: gunzip --stdout FILE | dora-metrics … -');
  if (head.subarray(0, HEAD).includes(0)) throw refused(name, 'is a binary file', WRITE_IT_AGAIN);
  switch (firstSign(head)) {
    case '':
      throw refused(name, 'is empty', WRITE_IT_AGAIN);
    case '<':
      throw refused(
        name,
        'is a web page',
        'a login page, perhaps: log in first, or ask the API and not the web interface.',
      );
    case '{':
    case '[':
      return new JsonScanner(limits.json ?? LARGEST_ITEM);
    default:
      return new YamlScanner(limits.yaml ?? LARGEST_YAML);
  }
}

const PROBLEMS: Readonly<Record<ScanProblem, { readonly what: string; readonly hint: string }>> = {
  malformed: {
    what: 'is neither JSON nor YAML of Kubernetes objects',
    hint: `mind -o json: the table that kubectl prints without it cannot be read; ${WRITE_IT_AGAIN}`,
  },
  truncated: { what: 'ends in the middle', hint: WRITE_IT_AGAIN },
  'too-large': {
    what: 'is larger than any object of Kubernetes',
    hint: 'write lists as JSON: kubectl get … -o json.',
  },
  'not-utf-8': { what: 'is not text in UTF-8', hint: WRITE_IT_AGAIN },
  'too-many-aliases': {
    what: 'repeats itself without end (YAML aliases)',
    hint: 'write it as JSON: kubectl get … -o json.',
  },
};

function explained({ problem, where: { line, item } }: ScanFailure, name: string): DoraError {
  const { what, hint } = PROBLEMS[problem];
  const place = item === null ? `line ${line}` : `line ${line} (item ${item})`;
  return refused(name, `${place} ${what}`, hint);
}

function refused(name: string, what: string, hint: string): DoraError {
  return new DoraError('source', `${name} ${what}`, { hint });
}
