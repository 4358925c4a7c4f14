import { createLog } from '../../../src/io/log.ts';
import { tlsHttp } from '../../../src/io/tls-http.ts';
import { silentProgress } from '../../../src/io/progress.ts';
import type { Ports } from '../../../src/pipeline/ports.ts';
import { LocalStorage } from '../../../src/storage/local-storage.ts';
import { S3Storage } from '../../../src/storage/s3-storage.ts';
import type { Storage } from '../../../src/storage/storage.ts';
import { plainEnvironment } from '../cli.ts';
import { FastClock } from '../github-workspace.ts';
import { beginRandom } from './counted-random.ts';
import { Cue } from './cue.ts';
import { MemoryBucket } from './memory-bucket.ts';
import { MemoryDisk } from './memory-disk.ts';
import { leftOpen, mount, unmount } from './mount-points.ts';
import type { Replay } from './replayed.ts';

export type StorageKind = 'disk' | 's3';

const WORKSPACE = '/data/';
const PREFIX = 'shop/';
const TEMPORARY = '/tmp';

/** Greater than the number of any process: who is called so is gone. */
const PID = 5_000_000;

/** A machine with its disk, and a bucket where the workspace is in one. */
export class Place {
  readonly kind: StorageKind;
  readonly disk: MemoryDisk;
  readonly bucket: MemoryBucket;

  constructor(kind: StorageKind, disk = newDisk(), bucket = new MemoryBucket()) {
    this.kind = kind;
    this.disk = disk;
    this.bucket = bucket;
  }

  clone(): Place {
    return new Place(this.kind, this.disk.clone(), this.bucket.clone());
  }

  /** The same for places between which no run could find a difference. */
  digest(): string {
    return `${this.disk.digest()} ${this.bucket.digest()}`;
  }

  /** What the workspace holds, by key. */
  objects(): Map<string, Buffer> {
    const [all, start] =
      this.kind === 's3'
        ? [[...this.bucket.objects].map(([key, { body }]) => [key, body] as const), PREFIX]
        : [[...this.disk.files()], WORKSPACE];
    return new Map(
      all.flatMap(([key, body]) => (key.startsWith(start) ? [[key.slice(start.length), body]] : [])),
    );
  }

  /** What lies where the machine keeps what is temporary. */
  temporary(): { readonly file: string; readonly bytes: number }[] {
    return [...this.disk.files()].flatMap(([file, { length: bytes }]) =>
      file.startsWith(`${TEMPORARY}/`) ? [{ file, bytes }] : [],
    );
  }

  remove(key: string): void {
    if (this.kind === 's3') this.bucket.objects.delete(`${PREFIX}${key}`);
    else this.disk.remove(`${WORKSPACE}${key}`);
    this.disk.settle();
  }

  /** Puts an object there without a run. */
  put(key: string, body: Buffer): void {
    if (this.kind === 's3') this.bucket.put(`${PREFIX}${key}`, body, {}, new FastClock().now().getTime());
    else this.disk.put(this.disk.make(`${WORKSPACE}${key}`, false), body);
    this.disk.settle();
  }
}

function newDisk(): MemoryDisk {
  const disk = new MemoryDisk();
  disk.makeFolder(TEMPORARY);
  disk.settle();
  return disk;
}

/** A process of its own at a place. */
export interface Process {
  readonly ports: Ports;
  /** The folder in which its user is. */
  readonly cwd: string;
  /** How many files it has open. */
  readonly open: () => number;
  readonly end: () => void;
}

export interface ProcessOptions {
  readonly replay: Replay;
  readonly cue?: Cue;
  /** No two processes that touch one place have the same. */
  readonly number?: number;
  /** How many milliseconds later than all others. */
  readonly later?: number;
}

export function processAt(
  place: Place,
  { replay, cue = new Cue(null), number = 0, later = 0 }: ProcessOptions,
): Process {
  const clock = new FastClock();
  clock.pass(later);
  const cwd = mount(place.disk, cue);
  // git is told of none of this: what it was asked once it is not asked again
  const env = plainEnvironment({ GITHUB_TOKEN: 'ghp_test' });
  const leave = entered(`${cwd}${TEMPORARY}`, PID + number);
  beginRandom();
  const ports: Ports = {
    storage: storageOf(place, cwd, cue, clock),
    exec: replay.exec(cue),
    http: replay.http(cue),
    streamingHttp: tlsHttp,
    clock,
    log: createLog({
      format: 'pretty',
      level: 'silent',
      now: () => clock.now(),
      write: () => undefined,
      secrets: [],
    }),
    progress: silentProgress,
    env,
    cacheFolder: `${cwd}/cache`,
    version: '0.0.0',
    signal: cue.signal,
  };
  const end = () => {
    unmount(cwd);
    leave();
  };
  return { ports, cwd, open: () => leftOpen(cwd), end };
}

/** Makes this process look like another one; gives what makes it itself again. */
function entered(temporary: string, number: number): () => void {
  const { pid } = process;
  const before = process.env['TMPDIR'];
  const call = (value: number) =>
    Object.defineProperty(process, 'pid', { value, configurable: true, writable: true });
  call(number);
  process.env['TMPDIR'] = temporary;
  return () => {
    call(pid);
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  };
}

function storageOf(place: Place, cwd: string, cue: Cue, clock: FastClock): Storage {
  if (place.kind === 'disk') return new LocalStorage(`${cwd}${WORKSPACE}`);
  const options = {
    bucket: 'workspaces',
    prefix: PREFIX,
    endpoint: null,
    region: null,
    pathStyle: false,
    encryption: null,
    encryptionKey: null,
    storageClass: null,
    singleWriter: false,
  };
  const api = place.bucket.api(cue, () => clock.now().getTime());
  return new S3Storage(options, { connect: async () => api, clock, signal: cue.signal });
}
