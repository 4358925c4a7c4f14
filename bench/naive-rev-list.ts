import { execFileSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';

/**
 * Deployment counts and lead times by year, computed in the most obvious way: `git rev-list` of each tag against all earlier tags.
 *
 * Shares no code with the tool, on purpose: it is what the tool's numbers on real repositories are checked against.
 *
 * Usage: tsx bench/naive-rev-list.ts <repository> <tag pattern>
 */

export interface NaiveYear {
  readonly year: string;
  readonly deployments: number;
  readonly changes: number;
  /** Seconds. */
  readonly medianLeadTime: number | null;
}

export function naiveByYear(repository: string, pattern: string): NaiveYear[] {
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', repository, '--no-replace-objects', ...args], {
      encoding: 'utf8',
      maxBuffer: 1 << 30,
    });
  const lines = (text: string) => text.split('\n').filter((line) => line !== '');
  const tags = lines(
    git(
      'for-each-ref',
      '--format=%(refname:short)%09%(objecttype)%09%(taggerdate:unix)%09%(committerdate:unix)',
      'refs/tags',
    ),
  )
    .map((line) => line.split('\t'))
    .flatMap(([name = '', type, tagged = '', committed = '']) =>
      new RegExp(pattern, 'u').test(name)
        ? [{ name, at: Number(type === 'tag' ? tagged : committed), sha: '' }]
        : [],
    )
    .map((tag) => ({ ...tag, sha: git('rev-parse', `${tag.name}^{commit}`).trim() }))
    .sort((a, b) => a.at - b.at || (a.name < b.name ? -1 : 1));
  const distinct = tags.filter(
    (tag, position) =>
      !tags.slice(0, position).some((other) => other.sha === tag.sha && tag.at - other.at < 3600),
  );
  const authored = new Map<string, number>();
  const pickedFrom = new Map<string, string>();
  const isMerge = new Set<string>();
  for (const record of git('log', '--format=%H%x01%P%x01%at%x01%B%x00', '--all', '--tags').split('\0')) {
    const [sha = '', parents = '', at = '', body = ''] = record.trim().split('\x01');
    if (sha === '') continue;
    authored.set(sha, Number(at));
    if (parents.includes(' ')) isMerge.add(sha);
    const picks = [...body.matchAll(/\(cherry picked from commit ([0-9a-f]{40})\)/gu)].map(
      ([, from = '']) => from,
    );
    const last = picks.findLast((from) => from !== sha);
    if (last !== undefined) pickedFrom.set(sha, last);
  }
  const originalOf = (sha: string) => {
    let at = sha;
    for (let from = pickedFrom.get(at); from !== undefined; from = pickedFrom.get(at)) at = from;
    return at;
  };
  const first = distinct[0];
  const ownRoots = new Set(first === undefined ? [] : lines(git('rev-list', '--max-parents=0', first.sha)));
  const foreignRoots = lines(git('rev-list', '--max-parents=0', '--tags')).filter(
    (root) => !ownRoots.has(root),
  );
  // what descends from a root of our own was written here; everything else came with another history
  const own = new Set(
    lines(git('rev-list', '--tags', '--ancestry-path', ...[...ownRoots].map((root) => `^${root}`))),
  );
  const isImported = (sha: string) => foreignRoots.length > 0 && !own.has(sha) && !ownRoots.has(sha);
  const shipped = new Set(first === undefined ? [] : lines(git('rev-list', first.sha)).map(originalOf));
  const years = new Map<string, { deployments: number; leadTimes: number[] }>();
  for (const [position, tag] of distinct.entries()) {
    const year = new Date(tag.at * 1000).toISOString().slice(0, 4);
    const entry = years.get(year) ?? { deployments: 0, leadTimes: [] };
    years.set(year, entry);
    entry.deployments += 1;
    if (position === 0) continue;
    const earlier = distinct.slice(0, position).map(({ sha }) => `^${sha}`);
    for (const sha of lines(git('rev-list', '--no-merges', tag.sha, ...earlier))) {
      const original = originalOf(sha);
      if (isImported(sha) || shipped.has(original)) continue;
      shipped.add(original);
      const leadTime = tag.at - (authored.get(original) ?? authored.get(sha) ?? NaN);
      if (leadTime >= 0) entry.leadTimes.push(leadTime);
    }
  }
  return [...years].sort().map(([year, { deployments, leadTimes }]) => ({
    year,
    deployments,
    changes: leadTimes.length,
    medianLeadTime: median(leadTimes),
  }));
}

function median(values: readonly number[]): number | null {
  const ordered = values.toSorted((a, b) => a - b);
  const high = ordered[Math.floor(ordered.length / 2)];
  const low = ordered[Math.ceil(ordered.length / 2) - 1];
  return high === undefined || low === undefined ? null : (low + high) / 2;
}

const [script, repository, pattern] = process.argv.slice(1);
if (script !== undefined && import.meta.url === pathToFileURL(script).href) {
  process.stdout.write(`${JSON.stringify(naiveByYear(repository ?? '.', pattern ?? '.'), null, 1)}\n`);
}
