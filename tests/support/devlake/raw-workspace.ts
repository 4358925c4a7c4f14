import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { NO_TRAILERS, type Ref } from '../../../src/domain/commit.ts';
import { epochMs } from '../../../src/domain/units.ts';
import { commitRecord, refRecords } from '../../../src/extractors/git/normalise.ts';
import { systemClock } from '../../../src/io/clock.ts';
import { LocalStorage } from '../../../src/storage/local-storage.ts';
import { nextNumber, SegmentWriter } from '../../../src/storage/raw-store.ts';
import type { Storage } from '../../../src/storage/storage.ts';
import { streamKey, Workspace, type StreamUpdate } from '../../../src/storage/workspace.ts';

/** What the raw data says; everything later is this much later than the commit before. */
const CHECKED_AT = '2026-11-20T00:00:00.000Z';
const HOUR = 3_600_000;

/** A repository with a version after every commit but the first, which the first version has as well. */
export interface RawRepository {
  readonly name: string;
  readonly versions: number;
  /** When its first commit was made. */
  readonly begunAt: number;
}

/** An issue on GitHub that is an incident. */
export interface RawIncident {
  readonly number: number;
  readonly title: string;
  readonly openedAt: number;
  readonly resolvedAt: number | null;
}

/** A workspace made of raw data that nobody had to extract. */
export class RawWorkspace {
  readonly folder: string;
  readonly #storage: Storage;
  readonly #workspace: Workspace;

  /** The data is in the folder unless another place is given. */
  constructor(folder: string, storage: Storage = new LocalStorage(path.join(folder, 'data'))) {
    this.folder = folder;
    this.#storage = storage;
    this.#workspace = new Workspace(this.#storage, systemClock);
  }

  async configure(lines: readonly string[]): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    await writeFile(path.join(this.folder, 'dora-metrics.yaml'), `${lines.join('\n')}\n`);
  }

  async repositories(all: readonly RawRepository[]): Promise<void> {
    await this.#workspace.open();
    const updates: StreamUpdate[] = [];
    for (const one of all) {
      const { commits, refs } = historyOf(one);
      const cursor = {
        location: one.name,
        withPaths: false,
        origin: `https://git.example.com/${one.name}.git`,
      };
      updates.push(await this.#appended('git', one.name, 'commits', { lines: commits, cursor }));
      updates.push(await this.#appended('git', one.name, 'refs', { lines: refs, cursor: {} }));
    }
    await this.#publish(updates);
  }

  /** What GitHub says now of some of the issues of a repository. */
  async incidents(repository: string, incidents: readonly RawIncident[]): Promise<void> {
    const lines = incidents.map(({ number, title, openedAt, resolvedAt }) => ({
      id: `I_${repository}_${String(number)}`,
      number,
      title,
      url: `https://git.example.com/${repository}/issues/${String(number)}`,
      createdAt: new Date(openedAt).toISOString(),
      state: resolvedAt === null ? 'OPEN' : 'CLOSED',
      closedAt: resolvedAt === null ? null : new Date(resolvedAt).toISOString(),
      labels: { nodes: [{ name: 'incident' }] },
    }));
    await this.github(repository, 'issues-incident', lines);
  }

  /** Adds records as GitHub gives them; of an id the last one counts. */
  async github(repository: string, stream: string, records: readonly object[]): Promise<void> {
    await this.#workspace.open();
    const lines = records.map((record) => JSON.stringify(record));
    await this.#publish([await this.#appended('github', repository, stream, { lines, cursor: {} })]);
  }

  async #publish(updates: readonly StreamUpdate[]): Promise<void> {
    await this.#workspace.publish(updates, { at: CHECKED_AT, command: 'extract', changes: {} });
  }

  async #appended(
    source: string,
    scope: string,
    stream: string,
    {
      lines,
      cursor,
    }: { readonly lines: readonly string[]; readonly cursor: StreamUpdate['after']['cursor'] },
  ): Promise<StreamUpdate> {
    const name = { source, scope, stream };
    const before = (await this.#workspace.latest()).streams[streamKey(name)] ?? null;
    const envelope = { ...name, fetchedAt: CHECKED_AT, request: 'made up', tool: 'test' };
    const kept = before?.segments ?? [];
    const writer = new SegmentWriter(this.#storage, envelope, nextNumber(kept));
    for (const line of lines) await writer.add(line);
    const segments = [...kept, ...(await writer.finish())];
    return { name, before, after: { ...name, checkedAt: CHECKED_AT, cursor, segments } };
  }
}

/** The commit that a version of a repository is. */
export function commitOf(repository: string, version: number): string {
  return createHash('sha1')
    .update(`${repository} ${String(version)}`)
    .digest('hex');
}

function historyOf({ name, versions, begunAt }: RawRepository): { commits: string[]; refs: string[] } {
  const commits: string[] = [];
  const refs: Ref[] = [];
  for (let version = 0; version <= versions; version += 1) {
    const sha = commitOf(name, version);
    const at = epochMs(begunAt + version * 12 * HOUR);
    commits.push(
      commitRecord({
        sha,
        parents: version === 0 ? [] : [commitOf(name, version - 1)],
        author: 'Ada',
        authorId: '0000000000000001',
        authoredAt: at,
        committedAt: at,
        subject: `change ${String(version)}`,
        trailers: NO_TRAILERS,
        paths: null,
      }),
    );
    if (version > 0)
      refs.push({ kind: 'tag', name: `v1.${String(version)}.0`, commit: sha, taggedAt: epochMs(at + HOUR) });
  }
  const branch = { name: 'main', commit: commitOf(name, versions) };
  return { commits, refs: refRecords({ refs, branch }) };
}
