import path from 'node:path';
import { git } from '../../fixtures/history/git.ts';
import { loadSettings } from '../../src/config/load.ts';
import type { ShippedChange } from '../../src/domain/change.ts';
import type { AssessedDeployment } from '../../src/domain/deployment.ts';
import type { Incident } from '../../src/domain/incident.ts';
import type { SetAside } from '../../src/domain/set-aside.ts';
import { systemClock } from '../../src/io/clock.ts';
import { exec } from '../../src/io/exec.ts';
import { http } from '../../src/io/http.ts';
import { tlsHttp } from '../../src/io/tls-http.ts';
import { createLog } from '../../src/io/log.ts';
import type { Clock } from '../../src/io/ports.ts';
import { extract, type ExtractRequest, type ExtractSummary } from '../../src/pipeline/extract.ts';
import type { Ports } from '../../src/pipeline/ports.ts';
import {
  readDeployments,
  readIncidents,
  scanChanges,
  scanSetAside,
} from '../../src/storage/dataset-store.ts';
import { LocalStorage } from '../../src/storage/local-storage.ts';
import { readRecords } from '../../src/storage/raw-store.ts';
import { Workspace } from '../../src/storage/workspace.ts';
import { githubKey } from '../../src/pipeline/github-records.ts';
import { plainEnvironment } from './cli.ts';

/** A clock that sleeps without waiting: the hours that a budget takes pass at once. */
export class FastClock implements Clock {
  /** Milliseconds that were slept so far. */
  slept = 0;
  #now: number;

  constructor(now = Date.UTC(2026, 6, 1)) {
    this.#now = now;
  }

  now(): Date {
    return new Date(this.#now);
  }

  /** Lets time pass. */
  pass(milliseconds: number): void {
    this.#now += milliseconds;
  }

  sleep(milliseconds: number): Promise<void> {
    this.slept += milliseconds;
    this.#now += milliseconds;
    return Promise.resolve();
  }
}

export interface GitHubWorkspaceOptions {
  /** The clone; its origin is set to `acme/shop` on the server. */
  readonly directory: string;
  /** Where the server is: `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly name?: string;
  readonly token?: string | null;
  readonly clock?: FastClock;
  /** Flags by their names in camel case. */
  readonly flags?: Readonly<Record<string, string>>;
}

interface Rows {
  readonly deployments: readonly AssessedDeployment[];
  readonly changes: readonly ShippedChange[];
  readonly incidents: readonly Incident[];
  readonly setAside: readonly SetAside[];
}

/** A workspace in `directory/../data` that is filled in this process, from a real clone and a server of ours. */
export class GitHubWorkspace {
  readonly clock: FastClock;
  readonly storage: LocalStorage;
  /** What was said on standard error. */
  readonly said: string[] = [];
  readonly #options: GitHubWorkspaceOptions;

  constructor(options: GitHubWorkspaceOptions) {
    this.#options = options;
    this.clock = options.clock ?? new FastClock();
    this.storage = new LocalStorage(path.join(options.directory, '..', 'data'));
  }

  async pointOrigin(): Promise<void> {
    const { directory, url, name = 'acme/shop' } = this.#options;
    await git(directory, ['config', 'remote.origin.url', `${url}/${name}.git`]);
  }

  async ports(): Promise<Ports> {
    const { token = 'ghp_test', directory } = this.#options;
    await this.pointOrigin();
    return {
      storage: this.storage,
      exec,
      http,
      streamingHttp: tlsHttp,
      clock: this.clock,
      log: createLog({
        format: 'pretty',
        level: 'debug',
        now: () => this.clock.now(),
        write: (text) => this.said.push(text),
        secrets: [],
      }),
      progress: { isShown: true, update: (text) => this.said.push(`${text}\n`), done: () => undefined },
      env: plainEnvironment(token === null ? {} : { GITHUB_TOKEN: token }),
      cacheFolder: path.join(directory, '..', 'cache'),
      version: '0.0.0',
    };
  }

  async settings(flags: Readonly<Record<string, string>> = {}) {
    const { directory, url } = this.#options;
    const given = { githubUrl: url, ...this.#options.flags, ...flags };
    const { settings } = await loadSettings({ cwd: directory, file: null, env: {}, flags: given });
    return settings;
  }

  async extract(
    request: Partial<ExtractRequest> = {},
    flags: Readonly<Record<string, string>> = {},
  ): Promise<ExtractSummary> {
    return await extract(
      {
        command: 'extract',
        settings: await this.settings(flags),
        full: false,
        only: [],
        sources: [],
        mayWait: true,
        concurrency: 2,
        shard: null,
        ...request,
      },
      await this.ports(),
    );
  }

  async rows(): Promise<Rows> {
    const deployments = await readDeployments(this.storage);
    const changes: ShippedChange[] = [];
    await scanChanges(
      this.storage,
      () => true,
      (change) => changes.push(change),
    );
    const setAside: SetAside[] = [];
    await scanSetAside(this.storage, (row) => setAside.push(row));
    return { deployments, changes, incidents: await readIncidents(this.storage), setAside };
  }

  /** What is stored of GitHub: by stream the newest of each item, in the order of their ids. */
  async raw(): Promise<Record<string, Record<string, unknown>>> {
    const state = await new Workspace(this.storage, systemClock).read();
    const found: Record<string, Record<string, unknown>> = {};
    for (const stream of Object.values(state?.streams ?? {})) {
      if (stream.source !== 'github') continue;
      const items = new Map<string, unknown>();
      for await (const records of readRecords(this.storage, stream))
        for (const record of records) items.set(githubKey(record), record);
      found[stream.stream] = Object.fromEntries([...items].sort(([a], [b]) => (a < b ? -1 : 1)));
    }
    return found;
  }
}
