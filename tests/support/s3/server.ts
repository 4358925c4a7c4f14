import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/**
 * An S3 in memory: real status codes and XML, paging, ETags, ranges, conditional writes, multipart uploads, and faults on demand. Signatures are
 * not checked; that there is one is.
 */

/** What becomes of one request. */
export type Fault =
  /** An answer in place of doing it. */
  | { readonly kind: 'answer'; readonly status: number; readonly code: string }
  /** The connection ends before anything was done. */
  | { readonly kind: 'cut-before' }
  /** It was done, and the connection ends before the answer. */
  | { readonly kind: 'cut-after' }
  /** Half of the answer's body comes, then the connection ends. */
  | { readonly kind: 'half' }
  /** Nothing was done, and no answer ever comes; `begun` is told when it begins. */
  | { readonly kind: 'hang'; readonly begun: () => void }
  /** The same after half of the answer's body. */
  | { readonly kind: 'stall'; readonly begun: () => void };

export interface S3Request {
  /** From 0, over all requests. */
  readonly number: number;
  readonly method: string;
  readonly key: string;
  /** For people and tests: `put`, `get`, `head`, `delete`, `list`, `part`, `begin`, `complete`, `abort`, `uploads`. */
  readonly operation: string;
  readonly headers: IncomingMessage['headers'];
}

export interface S3Options {
  /** How it treats `If-Match` and `If-None-Match` of a PUT; default `honours`. */
  readonly conditions?: 'honours' | 'ignores' | 'refuses' | 'unquoted';
  /** Keys in an answer to a list; default 1000. */
  readonly page?: number;
  readonly fault?: (request: S3Request) => Fault | null;
  /** When an object counts as written, milliseconds. */
  readonly now?: () => number;
}

interface Stored {
  readonly body: Buffer;
  readonly etag: string;
  readonly at: number;
  /** The headers `x-amz-meta-…` that came with it. */
  readonly metadata: Readonly<Record<string, string>>;
}

interface Upload {
  readonly key: string;
  readonly at: number;
  readonly parts: Map<number, Buffer>;
}

export interface S3Server {
  readonly endpoint: string;
  readonly bucket: string;
  readonly objects: ReadonlyMap<string, Stored>;
  readonly uploads: ReadonlyMap<string, Upload>;
  readonly requests: readonly S3Request[];
  /** Puts an object there without a request. */
  put(key: string, body: Buffer, metadata?: Stored['metadata']): void;
  setFault(fault: S3Options['fault'] | null): void;
  close(): Promise<void>;
}

class S3Error extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string) {
    super(code);
    this.status = status;
    this.code = code;
  }
}

interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: Buffer | string;
}

const BUCKET = 'workspaces';

export async function startS3(options: S3Options = {}): Promise<S3Server> {
  const bucket = new Bucket(options);
  const requests: S3Request[] = [];
  let { fault } = options;
  const server = createServer((request, response) => {
    void answerTo(request, response).catch(() => request.socket.destroy());
  });
  const answerTo = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) if (chunk instanceof Buffer) chunks.push(chunk);
    const url = new URL(request.url ?? '/', 'http://localhost');
    const [, name = '', ...rest] = url.pathname.split('/').map((part) => decodeURIComponent(part));
    const call = { method: request.method ?? '', key: rest.join('/'), query: url.searchParams };
    const seen = { ...call, number: requests.length, operation: operationOf(call), headers: request.headers };
    requests.push(seen);
    const wrong = fault?.(seen) ?? null;
    if (wrong?.kind === 'cut-before') return void request.socket.destroy();
    if (wrong?.kind === 'hang') return wrong.begun();
    let answer: Answer;
    try {
      if (wrong?.kind === 'answer') throw new S3Error(wrong.status, wrong.code);
      if (!(request.headers.authorization ?? '').startsWith('AWS4-HMAC-SHA256 '))
        throw new S3Error(403, 'AccessDenied');
      if (name !== BUCKET) throw new S3Error(404, 'NoSuchBucket');
      answer = bucket.answer(seen.operation, {
        ...call,
        headers: request.headers,
        body: Buffer.concat(chunks),
      });
    } catch (error) {
      if (!(error instanceof S3Error)) throw error;
      answer = {
        status: error.status,
        headers: { 'content-type': 'application/xml' },
        body: `<?xml version="1.0"?><Error><Code>${error.code}</Code><Message>${error.code} of the test</Message></Error>`,
      };
    }
    if (wrong?.kind === 'cut-after') return void request.socket.destroy();
    const body = Buffer.from(answer.body ?? '');
    const length = seen.method === 'HEAD' ? {} : { 'content-length': String(body.length) };
    response.writeHead(answer.status, {
      'x-amz-request-id': String(seen.number),
      ...length,
      ...answer.headers,
    });
    if (wrong?.kind !== 'half' && wrong?.kind !== 'stall')
      return void response.end(seen.method === 'HEAD' ? '' : body);
    response.write(body.subarray(0, Math.floor(body.length / 2)), () => {
      if (wrong.kind === 'half') request.socket.destroy();
      else wrong.begun();
    });
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  if (port === undefined) throw new Error('no port');
  return {
    endpoint: `http://127.0.0.1:${String(port)}`,
    bucket: BUCKET,
    objects: bucket.objects,
    uploads: bucket.uploads,
    requests,
    put: (key, body, metadata) => {
      bucket.store(key, body, metadata);
    },
    setFault: (next) => {
      fault = next ?? undefined;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Call {
  readonly method: string;
  readonly key: string;
  readonly query: URLSearchParams;
}

export function operationOf({ method, key, query }: Call): string {
  if (query.has('uploads')) return method === 'POST' ? 'begin' : 'uploads';
  if (query.has('uploadId')) {
    if (method === 'PUT') return 'part';
    return method === 'POST' ? 'complete' : 'abort';
  }
  if (method === 'GET' && key === '') return 'list';
  return method.toLowerCase();
}

interface FullCall extends Call {
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

class Bucket {
  readonly objects = new Map<string, Stored>();
  readonly uploads = new Map<string, Upload>();
  readonly #options: S3Options;

  constructor(options: S3Options) {
    this.#options = options;
  }

  answer(operation: string, call: FullCall): Answer {
    switch (operation) {
      case 'get':
      case 'head':
        return this.#get(call);
      case 'put':
        this.#checkConditions(call);
        return this.store(call.key, call.body, metadataIn(call.headers));
      case 'delete':
        this.objects.delete(call.key);
        return { status: 204 };
      case 'list':
        return this.#list(call.query);
      case 'begin':
        return this.#begin(call.key);
      case 'part':
        return this.#part(call);
      case 'complete':
        return this.#complete(call);
      case 'abort':
        this.#uploadOf(call);
        this.uploads.delete(call.query.get('uploadId') ?? '');
        return { status: 204 };
      case 'uploads':
        return this.#listUploads(call.query);
      default:
        throw new S3Error(405, 'MethodNotAllowed');
    }
  }

  #now(): number {
    return this.#options.now?.() ?? Date.now();
  }

  #get({ key, headers }: FullCall): Answer {
    const found = this.objects.get(key);
    if (found === undefined) throw new S3Error(404, 'NoSuchKey');
    const wanted = headers['if-match'];
    if (wanted !== undefined && wanted !== found.etag) throw new S3Error(412, 'PreconditionFailed');
    const own = {
      etag: found.etag,
      'last-modified': new Date(found.at).toUTCString(),
      ...found.metadata,
    };
    const [, from] = /^bytes=(\d+)-$/u.exec(headers.range ?? '') ?? [];
    if (from === undefined)
      return {
        status: 200,
        headers: { ...own, 'content-length': String(found.body.length) },
        body: found.body,
      };
    if (Number(from) >= found.body.length) throw new S3Error(416, 'InvalidRange');
    return { status: 206, headers: own, body: found.body.subarray(Number(from)) };
  }

  #checkConditions({ key, headers }: FullCall): void {
    const { conditions = 'honours' } = this.#options;
    const [match, noneMatch] = [headers['if-match'], headers['if-none-match']];
    if ((match === undefined && noneMatch === undefined) || conditions === 'ignores') return;
    if (conditions === 'refuses') throw new S3Error(501, 'NotImplemented');
    const found = this.objects.get(key);
    if (noneMatch === '*' && found !== undefined) throw new S3Error(412, 'PreconditionFailed');
    if (match === undefined) return;
    if (found === undefined) throw new S3Error(404, 'NoSuchKey');
    const etag = conditions === 'unquoted' ? found.etag.replaceAll('"', '') : found.etag;
    if (match !== etag) throw new S3Error(412, 'PreconditionFailed');
  }

  store(key: string, body: Buffer, metadata: Stored['metadata'] = {}): Answer {
    const etag = `"${createHash('md5').update(body).digest('hex')}"`;
    this.objects.set(key, { body, etag, at: this.#now(), metadata });
    return { status: 200, headers: { etag } };
  }

  #list(query: URLSearchParams): Answer {
    const prefix = query.get('prefix') ?? '';
    const after = query.get('continuation-token') ?? '';
    const delimiter = query.get('delimiter');
    const isShown = (key: string) =>
      key.startsWith(prefix) && (delimiter === null || !key.slice(prefix.length).includes(delimiter));
    const keys = [...this.objects.keys()].filter((key) => isShown(key) && key > after).sort();
    const page = keys.slice(0, this.#options.page ?? 1000);
    const next = page.length < keys.length ? (page.at(-1) ?? '') : null;
    const contents = page.map((key) => {
      const { body, etag, at } = this.objects.get(key) ?? { body: '', etag: '', at: 0 };
      return `<Contents><Key>${xml(key)}</Key><LastModified>${new Date(at).toISOString()}</LastModified><ETag>${xml(etag)}</ETag><Size>${String(body.length)}</Size></Contents>`;
    });
    const more = next === null ? '' : `<NextContinuationToken>${xml(next)}</NextContinuationToken>`;
    return {
      status: 200,
      headers: { 'content-type': 'application/xml' },
      body: `<?xml version="1.0"?><ListBucketResult><IsTruncated>${String(next !== null)}</IsTruncated>${more}${contents.join('')}</ListBucketResult>`,
    };
  }

  #begin(key: string): Answer {
    const id = randomBytes(8).toString('hex');
    this.uploads.set(id, { key, at: this.#now(), parts: new Map() });
    return {
      status: 200,
      headers: { 'content-type': 'application/xml' },
      body: `<?xml version="1.0"?><InitiateMultipartUploadResult><Bucket>${BUCKET}</Bucket><Key>${xml(key)}</Key><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
    };
  }

  #uploadOf({ query }: Call): Upload {
    const found = this.uploads.get(query.get('uploadId') ?? '');
    if (found === undefined) throw new S3Error(404, 'NoSuchUpload');
    return found;
  }

  #part(call: FullCall): Answer {
    this.#uploadOf(call).parts.set(Number(call.query.get('partNumber')), call.body);
    return { status: 200, headers: { etag: `"${createHash('md5').update(call.body).digest('hex')}"` } };
  }

  #complete(call: FullCall): Answer {
    const { key, parts } = this.#uploadOf(call);
    const named = [...call.body.toString('utf8').matchAll(/<PartNumber>(\d+)<\/PartNumber>/gu)].map(([, n]) =>
      Number(n),
    );
    const bodies = named.map((n) => parts.get(n) ?? Buffer.alloc(0));
    // as S3 has it: every part but the last has five megabytes at least
    if (bodies.slice(0, -1).some(({ length }) => length < 5 << 20)) throw new S3Error(400, 'EntityTooSmall');
    this.uploads.delete(call.query.get('uploadId') ?? '');
    const { headers } = this.store(key, Buffer.concat(bodies));
    return {
      status: 200,
      headers: { 'content-type': 'application/xml' },
      body: `<?xml version="1.0"?><CompleteMultipartUploadResult><Key>${xml(key)}</Key><ETag>${xml(headers?.['etag'] ?? '')}</ETag></CompleteMultipartUploadResult>`,
    };
  }

  #listUploads(query: URLSearchParams): Answer {
    const prefix = query.get('prefix') ?? '';
    const found = [...this.uploads].filter(([, { key }]) => key.startsWith(prefix));
    const uploads = found.map(
      ([id, { key, at }]) =>
        `<Upload><Key>${xml(key)}</Key><UploadId>${id}</UploadId><Initiated>${new Date(at).toISOString()}</Initiated></Upload>`,
    );
    return {
      status: 200,
      headers: { 'content-type': 'application/xml' },
      body: `<?xml version="1.0"?><ListMultipartUploadsResult><IsTruncated>false</IsTruncated>${uploads.join('')}</ListMultipartUploadsResult>`,
    };
  }
}

function metadataIn(headers: IncomingMessage['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      name.startsWith('x-amz-meta-') && typeof value === 'string' ? [[name, value]] : [],
    ),
  );
}

function xml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
