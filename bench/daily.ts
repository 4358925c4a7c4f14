import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { loadSettings } from '../src/config/load.ts';
import type { Settings } from '../src/domain/settings.ts';
import { DAY } from '../src/domain/units.ts';
import { exec } from '../src/io/exec.ts';
import { http } from '../src/io/http.ts';
import { tlsHttp } from '../src/io/tls-http.ts';
import { createLog } from '../src/io/log.ts';
import { silentProgress } from '../src/io/progress.ts';
import { extract } from '../src/pipeline/extract.ts';
import { importFiles, type ImportRequest } from '../src/pipeline/import.ts';
import { LocalStorage } from '../src/storage/local-storage.ts';
import { PENDING_REVIEW } from '../src/storage/paths.ts';
import type { Storage } from '../src/storage/storage.ts';
import { plainEnvironment } from '../tests/support/cli.ts';
import { FastClock } from '../tests/support/github-workspace.ts';
import { s3Storage } from '../tests/support/s3/client.ts';
import { startS3 } from '../tests/support/s3/server.ts';
import { median } from './measure.ts';

/**
 * Years of daily updates: a commit each day, a version each week, and somebody who looks through the sheet each week and imports it. Shows what
 * grows, and what one update costs at the start and at the end.
 *
 *   npm run bench:daily -- [days] [weekly|never] [folder|bucket]     3,650 unless said otherwise; in a folder, then in the S3 of the tests; `never`:
 *                                                                    nobody reviews
 */

const DAYS = Number(process.argv[2] ?? 3650);
const REVIEWS = process.argv[3] !== 'never';
const KINDS = (['folder', 'bucket'] as const).filter(
  (kind) => process.argv[4] === undefined || process.argv[4] === kind,
);
const WEEK = 7;
/** Above the numbers that processes have: each update is one that is gone by the next. */
const NOBODY = 5_000_000;
const START = Date.UTC(2016, 0, 1);
/** Medians are of so many updates. */
const WINDOW = Math.min(100, Math.floor(DAYS / 4));

/** A repository with all commits; `shas` in order. No ref leads to them yet but the one that keeps them. */
function history(folder: string): { readonly clone: string; readonly shas: readonly string[] } {
  const clone = path.join(folder, 'shop');
  execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', clone]);
  const lines = Array.from({ length: DAYS }, (_, day) => {
    const at = `Ada <ada@example.com> ${String(START / 1000 + day * 86_400)} +0000`;
    const subject = `Change of day ${String(day)}\n`;
    return `commit refs/keep/all\ncommitter ${at}\ndata ${String(subject.length)}\n${subject}\n`;
  });
  execFileSync('git', ['-C', clone, 'fast-import', '--quiet'], { input: lines.join('') });
  const shas = execFileSync('git', ['-C', clone, 'rev-list', '--reverse', 'refs/keep/all'], {
    encoding: 'utf8',
  });
  return { clone, shas: shas.trim().split('\n') };
}

interface Sample {
  readonly seconds: number;
  readonly objects: number;
  readonly bytes: number;
  readonly requests: number;
  readonly sent: number;
  readonly received: number;
}

/** What can be seen of a place after an update. */
interface Watched {
  /** As another process has it each day: what it finds left behind is not its own. */
  readonly open: (day: number) => Storage;
  readonly look: () => Omit<Sample, 'seconds'>;
  /** What the last update wrote, by object. */
  readonly written: () => readonly string[];
  readonly close: () => Promise<void>;
}

async function updates(
  { clone, shas }: ReturnType<typeof history>,
  clock: FastClock,
  { open, look }: Watched,
): Promise<{ readonly samples: Sample[]; readonly imports: Sample[] }> {
  const { settings } = await loadSettings({ cwd: clone, file: null, env: {}, flags: {} });
  const log = createLog({
    format: 'pretty',
    level: 'silent',
    now: () => clock.now(),
    write: () => undefined,
    secrets: [],
  });
  const env = plainEnvironment();
  const rest = { cacheFolder: path.join(clone, 'cache'), version: '0.0.0' };
  const ports = {
    exec,
    http,
    streamingHttp: tlsHttp,
    clock,
    log,
    progress: silentProgress,
    env,
    ...rest,
  };
  const request = {
    command: 'update',
    settings,
    full: false,
    only: [],
    sources: [],
    mayWait: false,
  } as const;
  const samples: Sample[] = [];
  const imports: Sample[] = [];
  const timed = async (action: () => Promise<unknown>): Promise<Sample> => {
    const started = performance.now();
    await action();
    return { seconds: (performance.now() - started) / 1000, ...look() };
  };
  for (const [day, sha] of shas.entries()) {
    clock.pass(DAY);
    const refs = ['refs/heads/main', ...(day % 7 === 0 ? [`refs/tags/v1.${String(day / 7)}.0`] : [])];
    const input = refs.map((ref) => `update ${ref} ${sha}\n`).join('');
    execFileSync('git', ['-C', clone, 'update-ref', '--stdin'], { input });
    const storage = open(day);
    // the sheet of yesterday: what is measured last is an update
    if (REVIEWS && day % WEEK === WEEK - 1) {
      const bytes = await storage.read(PENDING_REVIEW);
      if (bytes !== null)
        imports.push(
          await timed(async () => await importFiles(reviewed(settings, bytes), { ...ports, storage })),
        );
    }
    samples.push(
      await timed(
        async () => await extract({ ...request, concurrency: 2, shard: null }, { ...ports, storage }),
      ),
    );
  }
  return { samples, imports };
}

/** A sheet in which nothing was wrong. */
function reviewed(settings: Settings, bytes: Uint8Array): ImportRequest {
  return { settings, files: [{ name: 'sheet.csv', bytes }], by: 'Ada', prefer: null, dryRun: false };
}

function inFolder(data: string): Watched {
  let before = new Map<string, number>();
  let news: string[] = [];
  return {
    open: (day) => new LocalStorage(data, NOBODY + day),
    look: () => {
      const entries = readdirSync(data, { recursive: true, withFileTypes: true }).filter((entry) =>
        entry.isFile(),
      );
      const found = entries.map(({ parentPath, name }) => {
        const file = path.join(parentPath, name);
        const { ino, size } = statSync(file);
        return { name: path.relative(data, file), ino, size };
      });
      // each object is a new file; of those that are written twice the last one is counted
      const written = found.filter(({ name, ino }) => before.get(name) !== ino);
      before = new Map(found.map(({ name, ino }) => [name, ino]));
      news = written.map(({ name, size }) => `${name} ${String(size)}`);
      const sum = (files: typeof found) => files.reduce((bytes, { size }) => bytes + size, 0);
      return { objects: entries.length, bytes: sum(found), requests: 0, sent: sum(written), received: 0 };
    },
    written: () => news,
    close: () => Promise.resolve(),
  };
}

async function inBucket(clock: FastClock): Promise<Watched> {
  const server = await startS3({ now: () => clock.now().getTime() });
  let seen = 0;
  let last: typeof server.requests = [];
  return {
    open: () => s3Storage(server),
    look: () => {
      last = server.requests.slice(seen);
      seen = server.requests.length;
      const sent = last.reduce((sum, { headers }) => sum + lengthOf(headers), 0);
      // what was read is there still, or was about as long
      const got = last.filter(({ operation }) => operation === 'get');
      const received = got.reduce((sum, { key }) => sum + (server.objects.get(key)?.body.length ?? 0), 0);
      const bytes = [...server.objects.values()].reduce((sum, { body }) => sum + body.length, 0);
      return { objects: server.objects.size, bytes, requests: last.length, sent, received };
    },
    written: () =>
      last.flatMap(({ operation, key, headers }) =>
        operation === 'put' ? [`${key} ${String(lengthOf(headers))}`] : [],
      ),
    close: async () => await server.close(),
  };
}

function lengthOf(headers: Readonly<Record<string, unknown>>): number {
  return Number(headers['content-length'] ?? 0);
}

const KB = 1e3;

function line(name: string, samples: readonly Sample[]): string {
  const of = (pick: (sample: Sample) => number) => median(samples.map(pick));
  const most = (pick: (sample: Sample) => number) => Math.max(...samples.map(pick));
  const mean = samples.reduce((sum, { sent }) => sum + sent, 0) / samples.length;
  const cells = [
    name,
    `${String(of(({ objects }) => objects))} (at most ${String(most(({ objects }) => objects))})`,
    `${(of(({ bytes }) => bytes) / 1e6).toFixed(2)} MB`,
    `${(of(({ seconds }) => seconds) * 1000).toFixed(0)} ms`,
    `${String(of(({ requests }) => requests))} (at most ${String(most(({ requests }) => requests))})`,
    `${(of(({ sent }) => sent) / KB).toFixed(0)} kB`,
    `${(mean / KB).toFixed(0)} kB`,
    `${(most(({ sent }) => sent) / KB).toFixed(0)} kB`,
    `${(of(({ received }) => received) / KB).toFixed(0)} kB`,
  ];
  return `| ${cells.join(' | ')} |`;
}

/** `window` of them near the start, in the middle and at the end. */
function lines(name: string, samples: readonly Sample[], window: number): string {
  const middle = Math.floor(samples.length / 2);
  return [
    line(`${name}, start`, samples.slice(window, 2 * window)),
    line(`${name}, middle`, samples.slice(middle, middle + window)),
    line(`${name}, end`, samples.slice(-window)),
  ].join('\n');
}

const HEAD = [
  '| what and when | objects | bytes stored | time | requests | sent, median | mean | most | received |',
  '|---|---|---|---|---|---|---|---|---|',
].join('\n');

const folder = mkdtempSync(path.join(tmpdir(), 'dora-metrics-daily-'));
try {
  const who = REVIEWS ? 'the sheet is imported each week' : 'nobody reviews';
  process.stdout.write(`${String(DAYS)} updates, ${who}; of ${String(WINDOW)} each\n\n${HEAD}\n`);
  for (const kind of KINDS) {
    const clock = new FastClock(START);
    const place = path.join(folder, kind);
    mkdirSync(place);
    const made = history(place);
    const watched = kind === 'folder' ? inFolder(path.join(place, 'data')) : await inBucket(clock);
    const { samples, imports } = await updates(made, clock, watched);
    process.stdout.write(`${lines(`${kind}, update`, samples, WINDOW)}\n`);
    const some = Math.min(20, Math.floor(imports.length / 4));
    if (some > 0) process.stdout.write(`${lines(`${kind}, import`, imports, some)}\n`);
    process.stderr.write(`what the last update wrote:\n  ${watched.written().join('\n  ')}\n`);
    await watched.close();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
