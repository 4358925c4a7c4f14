import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { attribute } from '../src/processors/attribution.ts';
import { CommitGraph } from '../src/processors/commit-graph.ts';
import { writeManyRepositories } from '../tests/support/many-repositories.ts';
import { tableText } from '../tests/support/workspace.ts';
import { measureGitHub } from './github.ts';
import { generateBenchHistory } from './history.ts';
import { measureReview } from './review.ts';
import { inTurns, medianSeconds, peak, run } from './measure.ts';

/**
 * Measures what docs/performance.md says, as ratios taken in one run.
 *
 *   npm run bench                          a generated history of 100,000 commits
 *   npm run bench -- --commits 1000000     of a million
 *   npm run bench -- --repository <dir>    a real one, besides
 *   npm run bench -- --repositories 1000   so many generated ones of 1,000 commits each, besides
 *   npm run bench -- --write               and put the results into docs/performance.md
 */

const { values: options } = parseArgs({
  options: {
    commits: { type: 'string', default: '100000' },
    repository: { type: 'string', multiple: true, default: [] },
    repositories: { type: 'string', default: '0' },
    rounds: { type: 'string', default: '5' },
    write: { type: 'boolean', default: false },
  },
});

const ROUNDS = Number(options.rounds);
const BIN = path.resolve(import.meta.dirname, '../bin/dora-metrics.js');
const NODE = process.execPath;
const FIELDS = '%H%n%P%n%at%n%ct%n%aN%n%aE%n%s%n%b';

interface Row {
  readonly what: string;
  readonly goal: string;
  readonly measured: string;
  readonly met: boolean;
}

async function measureRepository(directory: string): Promise<Row[]> {
  const data = mkdtempSync(path.join(tmpdir(), 'dora-metrics-bench-'));
  try {
    const commits = Number(git(directory, 'rev-list', '--branches', '--tags', '--count'));
    const isLarge = commits > 500_000;
    const name = `${path.basename(directory)} (${commits.toLocaleString('en')} commits)`;
    const tool = (...args: string[]) => run(NODE, [BIN, '--quiet', '--data', data, ...args], directory);
    const log = () => run('git', ['log', '--branches', '--tags', '-z', `--format=${FIELDS}`], directory);
    const rounds = isLarge ? Math.min(3, ROUNDS) : ROUNDS;
    const [logs, extracts] = await inTurns(rounds, [log, () => tool('extract', '--full')]);
    const [heads, nodes, updates] = await inTurns(ROUNDS, [
      () => run('git', ['rev-parse', 'HEAD'], directory),
      () => run(NODE, ['-e', '0'], directory),
      () => tool('update'),
    ]);
    const html = path.join(data, 'report.html');
    const [calculates, reports] = await inTurns(ROUNDS, [
      () => tool('calculate', '--period', 'month'),
      () => tool('report', '--output', html),
    ]);
    const idle = medianSeconds(heads) + medianSeconds(nodes);
    const { pass, deployments } = await attributionPass(directory, data);
    return [
      ratio(`${name}: extract --full ÷ git log`, medianSeconds(extracts), medianSeconds(logs), 1.5),
      below(`${name}: its peak memory, MB`, peak(extracts) / 1e6, isLarge ? 500 : 200),
      ratio(`${name}: update with nothing new ÷ (git rev-parse + node)`, medianSeconds(updates), idle, 3),
      below(`${name}: calculate, s`, medianSeconds(calculates), isLarge ? 2.5 : 0.5),
      below(`${name}: its peak memory, MB`, peak(calculates) / 1e6, 500),
      below(`${name}: report, s`, medianSeconds(reports), 1.5),
      below(`${name}: report, MB`, statSync(html).size / 1e6, 1),
      below(`${name}: attribution of ${String(deployments)} deployments, ms`, pass * 1000, 50),
    ];
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}

/** The pass alone, in this process, over the graph of every branch and tag; the best of five. */
async function attributionPass(
  directory: string,
  data: string,
): Promise<{ readonly pass: number; readonly deployments: number }> {
  const graph = new CommitGraph();
  for (const line of git(directory, 'rev-list', '--branches', '--tags', '--parents').split('\n')) {
    const [sha = '', ...parents] = line.split(' ');
    if (sha !== '') graph.add({ sha, parents, authoredAt: null, committedAt: null });
  }
  const revisions = (await tableText(data, 'deployments'))
    .split('\n')
    .flatMap((line) => /,([0-9a-f]{40,64}),/u.exec(line)?.[1] ?? [])
    .map((sha) => graph.indexOf(sha));
  const times = Array.from({ length: 5 }, () => {
    const started = performance.now();
    attribute(graph, revisions);
    return (performance.now() - started) / 1000;
  });
  return { pass: Math.min(...times), deployments: revisions.length };
}

async function measureStart(): Promise<Row[]> {
  const here = process.cwd();
  const [nodes, versions, helps] = await inTurns(ROUNDS * 3, [
    () => run(NODE, ['-e', '0'], here),
    () => run(NODE, [BIN, '--version'], here),
    () => run(NODE, [BIN, '--help'], here),
  ]);
  const bare = medianSeconds(nodes);
  return [
    ratio('--version ÷ node', medianSeconds(versions), bare, 2),
    ratio('--help ÷ node', medianSeconds(helps), bare, 2),
  ];
}

/** Packs, and installs the package with an empty cache into an empty folder. */
async function measurePackage(): Promise<Row[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'dora-metrics-pack-'));
  try {
    const packed = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [info]: { filename: string; size: number; unpackedSize: number }[] = JSON.parse(packed);
    const tarball = path.join(folder, info?.filename ?? '');
    const started = performance.now();
    await run(
      'npx',
      ['--yes', '--cache', path.join(folder, 'cache'), '--package', tarball, 'dora-metrics', '--version'],
      folder,
    );
    const seconds = (performance.now() - started) / 1000;
    return [
      below('package unpacked, MB', (info?.unpackedSize ?? NaN) / 1e6, 3),
      below('package packed, MB', (info?.size ?? NaN) / 1e6, 3),
      below('cold npx from the tarball, s', seconds, 3),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Requests to GitHub for many pull requests, and for a day of changes. */
async function measureRequests(): Promise<Row[]> {
  const { pullRequests, first, update } = await measureGitHub(BIN);
  const name = `GitHub, ${pullRequests.toLocaleString('en')} pull requests`;
  return [
    below(`${name}: requests of a first extract`, first.requests, 1100),
    below(`${name}: points a request`, first.points / first.requests, 2),
    below(`${name}: peak memory, MB`, first.peakMemory / 1e6, 500),
    below(`${name}, 20 changed: requests of an update`, update.requests, 3),
  ];
}

/** The spreadsheet, out and back. */
async function measureSheet(): Promise<Row[]> {
  const found = await measureReview(BIN, SHEET_ROWS, Math.min(3, ROUNDS));
  const name = `pending_review.csv, ${found.rows.toLocaleString('en')} rows`;
  return [
    below(`${name}: update that writes it, s`, found.write.seconds, 3),
    below(`${name}: its peak memory, MB`, found.write.peakMemory / 1e6, 400),
    below(`${name}: import, nothing filled in, s`, found.importUnchanged.seconds, 5),
    below(`${name}: import, one row in a hundred filled in, s`, found.import.seconds, 5),
    below(`${name}: its peak memory, MB`, found.import.peakMemory / 1e6, 400),
  ];
}

/** One workspace of many repositories, by repository and by team. */
async function measureMany(repositories: number): Promise<Row[]> {
  if (repositories === 0) return [];
  const folder = mkdtempSync(path.join(tmpdir(), 'dora-metrics-many-'));
  try {
    await writeManyRepositories(folder, { repositories, commits: 1000 });
    const tool = (...args: string[]) => run(NODE, [BIN, '--quiet', ...args], folder);
    await tool('calculate');
    const [totals, byRepository, byTeam, reports] = await inTurns(Math.min(3, ROUNDS), [
      () => tool('calculate', '--format', 'json'),
      () => tool('calculate', '--format', 'json', '--by', 'repository'),
      () => tool('calculate', '--format', 'json', '--by', 'team'),
      () => tool('report', '--output', 'report.html'),
    ]);
    const name = `${repositories.toLocaleString('en')} repositories of 1,000 commits`;
    return [
      below(`${name}: calculate, s`, medianSeconds(totals), 10),
      below(`${name}: calculate --by repository, s`, medianSeconds(byRepository), 15),
      below(`${name}: its peak memory, MB`, peak(byRepository) / 1e6, 500),
      below(`${name}: calculate --by team, s`, medianSeconds(byTeam), 15),
      below(`${name}: report, s`, medianSeconds(reports), 15),
      below(`${name}: its peak memory, MB`, peak(reports) / 1e6, 500),
      below(`${name}: report, MB`, statSync(path.join(folder, 'report.html')).size / 1e6, 1),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const SHEET_ROWS = 200_000;

function ratio(what: string, value: number, base: number, goal: number): Row {
  const measured = `${(value / base).toFixed(2)} (${value.toFixed(2)} s ÷ ${base.toFixed(2)} s)`;
  return { what, goal: `≤ ${String(goal)}`, measured, met: value / base <= goal };
}

function below(what: string, value: number, goal: number): Row {
  return { what, goal: `≤ ${String(goal)}`, measured: value.toFixed(value < 10 ? 2 : 0), met: value <= goal };
}

function git(directory: string, ...args: string[]): string {
  return execFileSync('git', ['-C', directory, ...args], { encoding: 'utf8', maxBuffer: 2 ** 30 });
}

function machine(): string {
  const [cpu] = cpus();
  const version = execFileSync('git', ['version'], { encoding: 'utf8' }).trim();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${String(cpus().length)} cores (${cpu?.model.trim() ?? 'unknown'}), ${String(memory)} GB, Node ${process.versions.node}, ${version}`;
}

function markdown(rows: readonly Row[]): string {
  const lines = rows.map(
    ({ what, goal, measured, met }) => `| ${what} | ${goal} | ${measured} | ${met ? 'yes' : '**no**'} |`,
  );
  return ['| what | goal | measured | met |', '|---|---|---|---|', ...lines].join('\n');
}

const { directory } = await generateBenchHistory({ commits: Number(options.commits) });
const rows: Row[] = [];
for (const repository of [directory, ...options.repository])
  rows.push(...(await measureRepository(repository)));
rows.push(
  ...(await measureMany(Number(options.repositories))),
  ...(await measureSheet()),
  ...(await measureRequests()),
  ...(await measureStart()),
  ...(await measurePackage()),
);
const table = `${machine()}; medians of ${String(ROUNDS)} runs in turns.\n\n${markdown(rows)}`;
process.stdout.write(`${table}\n`);
if (options.write) {
  const file = path.resolve(import.meta.dirname, '../docs/performance.md');
  const marks = new RegExp(`(<!-- results ${options.commits} -->\n)[^]*?(<!-- end -->)`, 'u');
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replace(
      marks,
      (_, open: string, close: string) => `${open}${table}\n${close}`,
    ),
  );
}
