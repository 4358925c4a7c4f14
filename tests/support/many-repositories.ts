import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { NO_TRAILERS, type Ref } from '../../src/domain/commit.ts';
import { epochMs } from '../../src/domain/units.ts';
import { commitRecord, refRecords } from '../../src/extractors/git/normalise.ts';
import { systemClock } from '../../src/io/clock.ts';
import { LocalStorage } from '../../src/storage/local-storage.ts';
import { SegmentWriter } from '../../src/storage/raw-store.ts';
import { Workspace, type StreamUpdate } from '../../src/storage/workspace.ts';

/** The last commits lie before it; what the workspace knows ends here. */
const CHECKED_AT = '2026-11-20T00:00:00Z';
const HOUR = 3_600_000;
const BETWEEN_COMMITS = 17 * HOUR;
/** A version every so many commits. */
const RELEASE = 20;
/** Of those that repositories are called after all but the last five are configured. */
const TEAMS = 50;

export interface ManyRepositories {
  readonly repositories: number;
  /** In each of them. */
  readonly commits: number;
}

/**
 * Writes a configuration and the raw data of so many repositories into `folder`, as if all had been extracted; there are no clones.
 *
 * One repository in ten has two components, and every third change there touches both. One in ten belongs to no team, the others to one of
 * 45, some of them to two.
 */
export async function writeManyRepositories(folder: string, size: ManyRepositories): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const names = Array.from({ length: size.repositories }, (_, number) => nameOf(number));
  writeFileSync(path.join(folder, 'dora-metrics.yaml'), configuration(names));
  const storage = new LocalStorage(path.join(folder, 'data'));
  const workspace = new Workspace(storage, systemClock);
  await workspace.open();
  const updates: StreamUpdate[] = [];
  for (const [number, name] of names.entries()) {
    const { commits, refs } = history(number, size.commits);
    updates.push(
      await stream(storage, name, 'commits', commits, { location: name, withPaths: true }),
      await stream(storage, name, 'refs', refs, {}),
    );
  }
  await workspace.publish(updates, { at: CHECKED_AT, command: 'extract', changes: {} });
}

function nameOf(number: number): string {
  return `${teamPrefix(number % TEAMS)}-service-${String(number).padStart(4, '0')}`;
}

function teamPrefix(team: number): string {
  return `acme/t${String(team).padStart(2, '0')}`;
}

function isMonorepo(number: number): boolean {
  return number % 10 === 3;
}

function configuration(names: readonly string[]): string {
  const repositories = names.map((name, number) => {
    const components = isMonorepo(number)
      ? `, components: [{ name: ui-${String(number)}, paths: [ui/**], tags: ^v }, { name: api-${String(number)}, paths: [api/**], tags: ^v }]`
      : '';
    return `  - { path: ${name}, name: ${name}${components} }`;
  });
  const teams = Array.from({ length: TEAMS - 5 }, (_, team) => {
    const other = team % 7 === 0 ? `, ${teamPrefix(team + 1)}-service-*1` : '';
    return `  - { name: team ${String(team)}, repositories: [${teamPrefix(team)}-*${other}] }`;
  });
  return `version: 1\nrepositories:\n${repositories.join('\n')}\nteams:\n${teams.join('\n')}\n`;
}

/** A line of commits in the last two years, a version now and then, hotfixes among them. */
function history(number: number, count: number): { commits: string[]; refs: string[] } {
  const end = Date.parse(CHECKED_AT) - (1 + (number % 24)) * HOUR;
  const refs: Ref[] = [];
  let parent: string | null = null;
  const commits: string[] = [];
  for (let n = 1; n <= count; n += 1) {
    const sha: string = createHash('sha1')
      .update(`${String(number)} ${String(n)}`)
      .digest('hex');
    const at = epochMs(end - (count - n) * BETWEEN_COMMITS);
    const isHotfix = (n + number) % 97 === 0;
    commits.push(
      commitRecord({
        sha,
        parents: parent === null ? [] : [parent],
        author: `Developer ${String((n + number) % 40)}`,
        authorId: '0000000000000001',
        authoredAt: at,
        committedAt: at,
        subject: isHotfix ? `hotfix: what change ${String(n)} broke` : `change number ${String(n)} of many`,
        trailers: NO_TRAILERS,
        paths: n % 3 === 0 ? ['ui/a.ts', 'api/a.ts'] : [n % 2 === 0 ? 'ui/b.ts' : 'api/b.ts'],
      }),
    );
    parent = sha;
    if (n % RELEASE === 0 || isHotfix)
      refs.push({ kind: 'tag', name: `v1.${String(n)}.0`, commit: sha, taggedAt: epochMs(at + HOUR / 2) });
  }
  return {
    commits,
    refs: refRecords({ refs, branch: parent === null ? null : { name: 'main', commit: parent } }),
  };
}

async function stream(
  storage: LocalStorage,
  scope: string,
  name: 'commits' | 'refs',
  lines: readonly string[],
  cursor: StreamUpdate['after']['cursor'],
): Promise<StreamUpdate> {
  const id = { source: 'git', scope, stream: name };
  const envelope = { ...id, fetchedAt: CHECKED_AT, request: 'generated', tool: 'bench' };
  const writer = new SegmentWriter(storage, envelope, 1);
  for (const line of lines) await writer.add(line);
  const segments = await writer.finish();
  return { name: id, before: null, after: { ...id, checkedAt: CHECKED_AT, cursor, segments } };
}
