import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { loadSettings } from '../src/config/load.ts';
import { DAY } from '../src/domain/units.ts';
import { exec } from '../src/io/exec.ts';
import { http } from '../src/io/http.ts';
import { tlsHttp } from '../src/io/tls-http.ts';
import { createLog } from '../src/io/log.ts';
import { silentProgress } from '../src/io/progress.ts';
import { extract } from '../src/pipeline/extract.ts';
import { LocalStorage } from '../src/storage/local-storage.ts';
import type { Storage } from '../src/storage/storage.ts';
import { plainEnvironment } from '../tests/support/cli.ts';
import { FastClock } from '../tests/support/github-workspace.ts';
import { s3Storage } from '../tests/support/s3/client.ts';
import { startS3 } from '../tests/support/s3/server.ts';
import { median } from './measure.ts';

/**
 * Years of daily updates: a commit each day, a version each week. Shows what grows, and what one update costs at the start and at the end.
 *
 *   npm run bench:daily [days]     3,650 unless said otherwise; in a folder, then in the S3 of the tests
 */

const DAYS = Number(process.argv[2] ?? 3650);
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
}

/** What can be seen of a place after an update. */
interface Watched {
  readonly storage: Storage;
  readonly look: () => Omit<Sample, 'seconds'>;
  readonly close: () => Promise<void>;
}

async function updates(
  { clone, shas }: ReturnType<typeof history>,
  clock: FastClock,
  { storage, look }: Watched,
): Promise<Sample[]> {
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
    storage,
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
  for (const [day, sha] of shas.entries()) {
    clock.pass(DAY);
    const refs = ['refs/heads/main', ...(day % 7 === 0 ? [`refs/tags/v1.${String(day / 7)}.0`] : [])];
    const input = refs.map((ref) => `update ${ref} ${sha}\n`).join('');
    execFileSync('git', ['-C', clone, 'update-ref', '--stdin'], { input });
    const started = performance.now();
    await extract({ ...request, concurrency: 2, shard: null }, ports);
    const seconds = (performance.now() - started) / 1000;
    samples.push({ seconds, ...look() });
  }
  return samples;
}

function inFolder(data: string): Watched {
  return {
    storage: new LocalStorage(data),
    look: () => {
      const entries = readdirSync(data, { recursive: true, withFileTypes: true }).filter((entry) =>
        entry.isFile(),
      );
      const bytes = entries.reduce(
        (sum, { parentPath, name }) => sum + statSync(path.join(parentPath, name)).size,
        0,
      );
      return { objects: entries.length, bytes, requests: 0, sent: 0 };
    },
    close: () => Promise.resolve(),
  };
}

async function inBucket(clock: FastClock): Promise<Watched> {
  const server = await startS3({ now: () => clock.now().getTime() });
  let seen = 0;
  return {
    storage: s3Storage(server),
    look: () => {
      const news = server.requests.slice(seen);
      seen = server.requests.length;
      const sent = news.reduce((sum, { headers }) => sum + Number(headers['content-length'] ?? 0), 0);
      const bytes = [...server.objects.values()].reduce((sum, { body }) => sum + body.length, 0);
      return { objects: server.objects.size, bytes, requests: news.length, sent };
    },
    close: async () => await server.close(),
  };
}

function line(name: string, samples: readonly Sample[]): string {
  const of = (pick: (sample: Sample) => number) => median(samples.map(pick));
  const most = Math.max(...samples.map(({ objects }) => objects));
  const cells = [
    name,
    `${String(of(({ objects }) => objects))} (at most ${String(most)})`,
    `${(of(({ bytes }) => bytes) / 1e6).toFixed(2)} MB`,
    `${(of(({ seconds }) => seconds) * 1000).toFixed(0)} ms`,
    String(of(({ requests }) => requests)),
    `${(of(({ sent }) => sent) / 1e3).toFixed(0)} kB`,
  ];
  return `| ${cells.join(' | ')} |`;
}

const folder = mkdtempSync(path.join(tmpdir(), 'dora-metrics-daily-'));
try {
  process.stdout.write(
    `${String(DAYS)} updates; medians of ${String(WINDOW)}\n\n| where and when | objects | bytes stored | an update | requests | bytes sent |\n|---|---|---|---|---|---|\n`,
  );
  for (const kind of ['folder', 'bucket'] as const) {
    const clock = new FastClock(START);
    const place = path.join(folder, kind);
    mkdirSync(place);
    const made = history(place);
    const watched = kind === 'folder' ? inFolder(path.join(place, 'data')) : await inBucket(clock);
    const samples = await updates(made, clock, watched);
    const middle = Math.floor(DAYS / 2);
    process.stdout.write(
      `${line(`${kind}, start`, samples.slice(WINDOW, 2 * WINDOW))}\n${line(`${kind}, middle`, samples.slice(middle, middle + WINDOW))}\n${line(`${kind}, end`, samples.slice(-WINDOW))}\n`,
    );
    await watched.close();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
