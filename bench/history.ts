import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { FastImport } from '../fixtures/history/fast-import.ts';
import type { Mark, Person, Signature } from '../fixtures/history/fast-import.ts';
import { git, initRepository } from '../fixtures/history/git.ts';
import { Random } from '../fixtures/history/random.ts';

export interface BenchHistoryOptions {
  readonly commits: number;
  /** Default: a folder of `$DORA_BENCH_DIR`, else of the system's temporary folder, named after the size. */
  readonly directory?: string;
  readonly seed?: number;
}

export interface BenchHistory {
  /** The bare repository. */
  readonly directory: string;
  /** False when it was there already. */
  readonly made: boolean;
}

/** Changes whenever the same options give another history, so that an old one is not used by mistake. */
const GENERATOR = 2;
const MARKER = 'dora-bench.json';
const YEARS = 12;
const END = Date.UTC(2026, 10, 15) / 1000;
const COMMITS_PER_TAG = 700;
const TAGS_PER_RELEASE_BRANCH = 25;
const OPEN_BRANCHES = 12;
const ZONES = ['+0000', '+0100', '+0200', '+0530', '+0900', '-0500', '-0800'] as const;
const WORDS =
  'add allow avoid bring build cache check clean close correct drop extend fail fix guard handle hide hold improve ' +
  'keep limit list load log make merge move name open order parse pass prefer print read refresh remove rename ' +
  'repair replace report reset retry return revise save set show skip sort split start stop store stream support ' +
  'test trim update use wait warn write account api auth batch body branch buffer build cart client column config ' +
  'cookie counter cursor date default dialog driver entry error event field file filter footer form header hook ' +
  'image index input item key label layout limit link list lock login menu message model network node option order ' +
  'output page path payment price query queue record region release report request response result route row rule ' +
  'schema scope search server session setting shard sheet state status stream string table tag test theme thread ' +
  'time token total type upload user value version view widget worker zone';
const VOCABULARY = WORDS.split(' ');

/**
 * A big bare repository: branches worked on side by side and merged, an annotated version tag every 700 commits,
 * release branches with cherry-picks, hundreds of authors, and one file that never changes. There is no
 * commit-graph file, as in a fresh clone. A repository made before with the same options is used again.
 */
export async function generateBenchHistory(options: BenchHistoryOptions): Promise<BenchHistory> {
  const { commits, seed = 1 } = options;
  const directory = resolve(options.directory ?? defaultDirectory(commits));
  const marker = join(directory, MARKER);
  const complete = JSON.stringify({ generator: GENERATOR, commits, seed, complete: true });
  const found = await contentOf(marker);
  if (found === complete) return { directory, made: false };
  if (found === undefined && !(await isEmpty(directory))) {
    throw new Error(`will not replace ${directory}: it is not a benchmark history of ours`);
  }
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  await writeFile(marker, JSON.stringify({ complete: false }));
  await write(await initRepository(directory, { bare: true }), commits, seed);
  await git(directory, ['repack', '-a', '-d', '--quiet', '--no-write-bitmap-index']);
  await git(directory, ['pack-refs', '--all']);
  await writeFile(marker, complete);
  return { directory, made: true };
}

function defaultDirectory(commits: number): string {
  return join(process.env['DORA_BENCH_DIR'] ?? tmpdir(), `dora-metrics-bench-${commits}`);
}

async function contentOf(file: string): Promise<string | undefined> {
  return await readFile(file, 'utf8').catch(() => undefined);
}

async function isEmpty(directory: string): Promise<boolean> {
  return (await readdir(directory).catch(() => [])).length === 0;
}

async function write(gitDirectory: string, commits: number, seed: number): Promise<void> {
  const stream = new FastImport(gitDirectory);
  try {
    const history = new BigHistory(stream, commits, seed);
    await history.write();
    await stream.finish();
  } catch (error) {
    await stream.abort();
    throw error;
  }
}

class BigHistory {
  readonly #stream: FastImport;
  readonly #random: Random;
  readonly #target: number;
  readonly #authors: readonly Person[];
  readonly #branches: Mark[] = [];
  #main: Mark = 0;
  #made = 0;
  #tags = 0;

  constructor(stream: FastImport, target: number, seed: number) {
    this.#stream = stream;
    this.#random = new Random(seed);
    this.#target = target;
    const authors = Math.max(50, Math.min(5000, Math.round(target / 200)));
    this.#authors = Array.from({ length: authors }, (_, index) => ({
      name: `Author ${index}`,
      email: `author-${index}@bench.example`,
    }));
  }

  async write(): Promise<void> {
    const files = [['README.md', 'A made-up history for benchmarks.\n']] as const;
    this.#main = await this.#commit([], this.#message(), files);
    while (this.#made < this.#target) {
      await this.#step();
      const dueTags = Math.floor(this.#made / COMMITS_PER_TAG);
      if (dueTags > this.#tags) await this.#release(dueTags);
    }
    await this.#stream.ref('refs/heads/main', this.#main);
    for (const [index, tip] of this.#branches.entries())
      await this.#stream.ref(`refs/heads/work/${index}`, tip);
  }

  /** One thing that happens: a commit on main, or a branch is begun, worked on or merged. */
  async #step(): Promise<void> {
    const random = this.#random;
    const index = random.int(0, this.#branches.length - 1);
    const branch = this.#branches[index];
    if (branch === undefined || (this.#branches.length < OPEN_BRANCHES && random.chance(0.15))) {
      this.#branches.push(await this.#commit([this.#main], this.#message()));
    } else if (random.chance(0.25)) {
      this.#main = await this.#commit([this.#main], this.#message());
    } else if (random.chance(0.3)) {
      const title = `Merge pull request #${this.#made} from team/${this.#words(3, 12, '-')}`;
      this.#main = await this.#commit([this.#main, branch], `${title}\n\n${this.#words(10, 60, ' ')}\n`);
      this.#branches.splice(index, 1);
    } else {
      // Long-lived branches take in main now and then.
      const behind = random.chance(0.03);
      const message = behind ? `Merge branch 'main' into ${this.#words(3, 12, '-')}\n` : this.#message();
      this.#branches[index] = await this.#commit(behind ? [branch, this.#main] : [branch], message);
    }
  }

  async #release(number: number): Promise<void> {
    this.#tags = number;
    const minor = Math.floor(number / 10);
    await this.#tag(`v${1 + Math.floor(minor / 20)}.${minor % 20}.${number % 10}`, this.#main);
    if (number % TAGS_PER_RELEASE_BRANCH !== 0) return;
    const version = `${1 + Math.floor(minor / 20)}.${minor % 20}`;
    let tip = this.#main;
    for (let pick = 1; pick <= 8; pick += 1) {
      this.#main = await this.#commit([this.#main], `fix: ${this.#words(20, 50, ' ')}\n`);
      const sha = await this.#stream.sha(this.#main);
      const title = `fix: ${this.#words(20, 50, ' ')}`;
      tip = await this.#commit([tip], `${title}\n\n(cherry picked from commit ${sha})\n`);
      if (pick % 4 === 0) await this.#tag(`v${version}.${100 + pick / 4}`, tip);
    }
    await this.#stream.ref(`refs/heads/release/${version}`, tip);
  }

  async #tag(name: string, target: Mark): Promise<void> {
    await this.#stream.tag({
      name,
      target,
      annotation: { tagger: this.#signature(0), message: `${name}\n` },
    });
  }

  async #commit(
    parents: readonly Mark[],
    message: string,
    files: Iterable<readonly [string, string]> = [],
  ): Promise<Mark> {
    this.#made += 1;
    const author = this.#signature(this.#random.int(0, 3 * 86_400));
    return await this.#stream.commit({
      parents,
      message,
      author,
      committer: { ...author, at: this.#now() },
      files,
    });
  }

  /** The moment the history has come to, `earlier` seconds before that. */
  #signature(earlier: number): Signature {
    const { name, email } = this.#random.pick(this.#authors);
    return { person: { name, email }, at: this.#now() - earlier, zone: this.#random.pick(ZONES) };
  }

  #now(): number {
    const span = YEARS * 365 * 86_400;
    return Math.min(END, END - span + Math.floor((span * this.#made) / this.#target));
  }

  #message(): string {
    const subject = this.#words(20, 66, ' ');
    // as heavy as real ones: those of git/git are 890 bytes on average, of argo-cd 995
    return this.#random.chance(0.25) ? `${subject}\n` : `${subject}\n\n${this.#words(40, 1500, ' ')}\n`;
  }

  /** Words until a length between the two is reached. */
  #words(shortest: number, longest: number, separator: string): string {
    const length = this.#random.int(shortest, longest);
    let text = this.#random.pick(VOCABULARY);
    while (text.length < length) text += separator + this.#random.pick(VOCABULARY);
    return text;
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const started = performance.now();
  const { directory, made } = await generateBenchHistory({ commits: Number(process.argv[2] ?? 100_000) });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.error(`${directory}: ${made ? `made in ${seconds} s` : 'there already'}`);
}
