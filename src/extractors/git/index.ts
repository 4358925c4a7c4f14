import { createHash } from 'node:crypto';
import path from 'node:path';
import { compareText } from '../../domain/compare.ts';
import { DoraError } from '../../domain/errors.ts';
import type { Commit, Ref, RefSnapshot } from '../../domain/commit.ts';
import { fileExists } from '../../io/files.ts';
import type { CommitRange, ExtractorDeps } from '../extractor.ts';
import { originInFile, plainFolder } from './clone-files.ts';
import { Git } from './git.ts';
import { logArguments, LogParser } from './log-format.ts';
import { parseRefs, REFS_FORMAT } from './refs-format.ts';

/** Refs and HEAD at a glance: one question, no object opened. Enough to know that nothing is new. */
export interface GlancedRepository {
  readonly fingerprint: string;
  /** The full name of the branch's ref, or a sha for a detached HEAD; `null` in a repository without commits. */
  readonly branchRef: string | null;
  /** The commit that the branch's ref names; `null` where HEAD is detached or there is no commit. */
  readonly branchCommit: string | null;
  readonly branchName: string;
  /** What stands before the short name of the branches that are read. */
  readonly branchPrefix: string;
  readonly notices: readonly string[];
  /** What `inspect` would ask for, where it was asked for at once. */
  readonly listing: string | null;
}

const REMOTE = 'refs/remotes/origin/';
const LOCAL = 'refs/heads/';

/**
 * Looks at the repository in `directory`: which branch counts, and a fingerprint of every ref that matters.
 *
 * `branch` is the configured one; `null` means origin/HEAD, else the current branch. `wantsAll` says that `inspect` will
 * follow, so that git is asked once. Refuses shallow clones.
 */
export async function glance(
  directory: string,
  branch: string | null,
  deps: ExtractorDeps,
  wantsAll = false,
): Promise<GlancedRepository> {
  const git = new Git(directory, deps);
  const format = wantsAll ? ALL_COLUMNS : QUICK_COLUMNS;
  const answers = Promise.all([
    factsOf(directory, git),
    git.ask(['for-each-ref', `--format=${format}`, ...LOOKED_AT]),
  ]);
  // an old git may not understand the questions: that it is old is the better answer
  answers.catch(() => undefined);
  await git.requireVersion();
  const [{ isShallow, commonFolder }, listed] = await answers;
  if (isShallow) throw shallowClone(directory);
  const refs = new Map<string, { readonly object: string; readonly target: string }>();
  let head: string | null = null;
  for (const line of listed.split('\n').filter((text) => text !== '')) {
    const [name = '', , object = '', , , , target = '', isHead = ''] = line.split('\t');
    refs.set(name, { object, target });
    if (isHead === '*') head = name;
  }
  head ??= await headOf(git);
  const branchRef = chooseBranch(directory, branch, refs, head);
  return {
    ...usedOf(refs, branchRef),
    branchName: branch ?? shortName(branchRef),
    listing: wantsAll ? listed : null,
    notices: noticesOf(refs, branchRef, fileExists(path.join(commonFolder, 'info/grafts'))),
  };
}

type ListedRefs = ReadonlyMap<string, { readonly object: string; readonly target: string }>;

function usedOf(refs: ListedRefs, branchRef: string | null) {
  const hasRemote = [...refs.keys()].some((name) => name.startsWith(REMOTE));
  const branchPrefix = hasRemote ? REMOTE : LOCAL;
  const used = [...refs].filter(
    ([name]) => name === branchRef || name.startsWith('refs/tags/') || name.startsWith(branchPrefix),
  );
  // a tag may be named as the branch: what it points at is another question
  const isBranch = branchRef !== null && !branchRef.startsWith('refs/tags/');
  return {
    fingerprint: fingerprint(
      used.map(([name, { object }]) => `${object} ${name}`),
      branchRef,
    ),
    branchRef,
    branchCommit: isBranch ? (refs.get(branchRef)?.object ?? null) : null,
    branchPrefix,
  };
}

/** What `REFS_FORMAT` lists, then where a symbolic ref points to and whether HEAD names the ref. */
const ALL_COLUMNS = [REFS_FORMAT, '%(symref)', '%(HEAD)'].join('%09');
/** The same columns without those for which objects must be opened. */
const QUICK_COLUMNS = ['%(refname)', '', '%(objectname)', '', '', '', '%(symref)', '%(HEAD)'].join('%09');
const LOOKED_AT = [LOCAL, REMOTE, 'refs/tags/', 'refs/replace/'];

interface CloneFacts {
  readonly isShallow: boolean;
  /** What all work trees of a clone share. */
  readonly commonFolder: string;
}

/** A look at the disk saves asking git, which for a thousand repositories costs seconds. */
async function factsOf(directory: string, git: Git): Promise<CloneFacts> {
  const plain = plainFolder(directory);
  if (plain !== null) return { isShallow: fileExists(path.join(plain, 'shallow')), commonFolder: plain };
  // a folder inside a work tree, a linked work tree
  const facts = await git.ask(['rev-parse', '--is-shallow-repository', '--git-common-dir']);
  const [shallow, common = ''] = facts.split('\n');
  return { isShallow: shallow === 'true', commonFolder: path.resolve(directory, common) };
}

/** What HEAD names where that is no branch with a commit: a ref that does not exist yet, or a commit. */
async function headOf(git: Git): Promise<string | null> {
  const ref = await git.askOrNo(['symbolic-ref', '--quiet', 'HEAD']);
  return (ref ?? (await git.askOrNo(['rev-parse', '--verify', '--quiet', 'HEAD'])))?.trim() ?? null;
}

/** Everything that `glance` left out: each ref resolved to its commit. */
export async function inspect(
  directory: string,
  glanced: GlancedRepository,
  deps: ExtractorDeps,
): Promise<RefSnapshot> {
  const git = new Git(directory, deps);
  const { branchPrefix } = glanced;
  const wanted = [branchPrefix, 'refs/tags/'];
  const [output, branch] = await Promise.all([
    glanced.listing ?? git.ask(['for-each-ref', `--format=${REFS_FORMAT}`, ...wanted]),
    resolveBranch(git, glanced),
  ]);
  const lines = output.split('\n').filter((line) => wanted.some((prefix) => line.startsWith(prefix)));
  const listed = parseRefs(lines.join('\n'), branchPrefix);
  const refs: Ref[] = [];
  for (const { fullName, ref, isNested } of listed) {
    refs.push(isNested ? { ...ref, commit: await commitOf(git, fullName) } : ref);
  }
  return { refs: refs.sort(byKindAndName), branch };
}

async function resolveBranch(
  git: Git,
  { branchRef, branchCommit, branchName: name }: GlancedRepository,
): Promise<RefSnapshot['branch']> {
  if (branchRef === null) return null;
  const commit = branchCommit ?? (await commitOf(git, branchRef));
  return commit === null ? null : { name, commit };
}

/** The commit behind a ref, however many tags stand before it; `null` when there is none. */
async function commitOf(git: Git, ref: string): Promise<string | null> {
  return (await git.askOrNo(['rev-parse', '--verify', '--quiet', `${ref}^{commit}`]))?.trim() ?? null;
}

/** Every commit of `range`, as git reads it, in batches; the order carries no meaning. */
export async function* readCommits(
  directory: string,
  range: CommitRange,
  idOf: (email: string) => string,
  deps: ExtractorDeps,
): AsyncGenerator<readonly Commit[]> {
  if (range.tips.length === 0) return;
  const revisions = [...range.tips, ...range.known.map((sha) => `^${sha}`)].join('\n');
  const parser = new LogParser(range.withPaths, idOf);
  for await (const chunk of new Git(directory, deps).stream(
    logArguments(range.withPaths),
    `${revisions}\n`,
  )) {
    const commits = parser.push(chunk);
    if (commits.length > 0) yield commits;
  }
  const last = lastCommit(parser, directory);
  if (last.length > 0) yield last;
}

function lastCommit(parser: LogParser, directory: string): readonly Commit[] {
  try {
    return parser.end();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw incomplete(directory, error);
  }
}

/** git ended as if all had gone well, and has not told all. */
export function incomplete(directory: string, cause?: Error): DoraError {
  return new DoraError('source', `git left out part of the history of ${directory}`, {
    hint: 'run it again; git fsck shows whether the repository is damaged.',
    ...(cause && { cause }),
  });
}

/** `origin`'s address without credentials; `null` when there is none. */
export async function originOf(directory: string, deps: ExtractorDeps): Promise<string | null> {
  const url =
    originInFile(directory) ??
    (await new Git(directory, deps).askOrNo(['config', '--get', 'remote.origin.url']));
  return url === null ? null : withoutCredentials(url.trim());
}

/**
 * Whether anything under the paths is different between two commits; `null` where the clone lacks one of them. Paths are relative to the top of the repository.
 */
export async function hasChanged(
  directory: string,
  { from, to, paths }: { readonly from: string; readonly to: string; readonly paths: readonly string[] },
  deps: ExtractorDeps,
): Promise<boolean | null> {
  const all = [
    '--literal-pathspecs',
    'diff-tree',
    '-r',
    '--name-only',
    '-z',
    '--no-renames',
    from,
    to,
    '--',
    ...paths,
  ];
  const names = await new Git(directory, deps).tryAsk(all);
  return names === null ? null : names !== '';
}

/** An address without the user and the password that may stand in it. */
export function withoutCredentials(url: string): string {
  return url.replace(/^(\w+:\/\/)[^/]*@/u, '$1');
}

/** Subjects of the last hundred commits on the first-parent line of `head`. */
export async function recentSubjects(
  directory: string,
  head: string,
  deps: ExtractorDeps,
): Promise<string[]> {
  const output = await new Git(directory, deps).ask([
    'log',
    '--first-parent',
    '-100',
    '-z',
    '--format=%s',
    head,
  ]);
  return output.split('\0').filter((subject) => subject !== '');
}

function chooseBranch(
  directory: string,
  branch: string | null,
  refs: ReadonlyMap<string, { readonly object: string; readonly target: string }>,
  head: string | null,
): string | null {
  if (branch !== null) {
    const found = [`${REMOTE}${branch}`, `${LOCAL}${branch}`, branch].find((name) => refs.has(name));
    if (found !== undefined) return found;
    throw new DoraError('config', `repository ${directory} has no branch ${branch}`, {
      hint: `set repositories[].branch to one of: ${branchNames(refs).slice(0, 8).join(', ')}.`,
    });
  }
  const remoteHead = refs.get(`${REMOTE}HEAD`)?.target;
  if (remoteHead !== undefined && refs.has(remoteHead)) return remoteHead;
  if (head === null || !head.startsWith('refs/')) return head;
  const current = [head.replace(LOCAL, REMOTE), head].find((name) => refs.has(name));
  return current ?? onlyBranch(directory, refs);
}

/** The branch of a repository whose HEAD names one that does not exist: the only one there is, else a usual name. */
function onlyBranch(directory: string, refs: ReadonlyMap<string, unknown>): string | null {
  const names = branchNames(refs);
  if (names.length === 0) return null;
  const name =
    names.length === 1 ? names[0] : ['main', 'master', 'trunk'].find((usual) => names.includes(usual));
  const found = [`${REMOTE}${name ?? ''}`, `${LOCAL}${name ?? ''}`].find((ref) => refs.has(ref));
  if (found !== undefined) return found;
  throw new DoraError('config', `repository ${directory}: HEAD names a branch that does not exist`, {
    hint: `set repositories[].branch to one of: ${names.slice(0, 8).join(', ')}.`,
  });
}

function branchNames(refs: ReadonlyMap<string, unknown>): string[] {
  const names = [...refs.keys()].filter((name) => name.startsWith(LOCAL) || name.startsWith(REMOTE));
  return [...new Set(names.map(shortName))].filter((name) => name !== 'HEAD').sort(compareText);
}

function shortName(ref: string | null): string {
  if (ref === null) return '';
  return ref.startsWith('refs/') ? ref.replace(REMOTE, '').replace(LOCAL, '') : ref.slice(0, 10);
}

function noticesOf(
  refs: ReadonlyMap<string, unknown>,
  branchRef: string | null,
  hasGrafts: boolean,
): string[] {
  const notices: string[] = [];
  if (hasGrafts) notices.push('grafts (info/grafts) are ignored: a result must be the same in every clone');
  if ([...refs.keys()].some((name) => name.startsWith('refs/replace/'))) {
    notices.push('replaced commits (refs/replace) are ignored: a result must be the same in every clone');
  }
  if (branchRef === null)
    notices.push(
      refs.size === 0 ? 'the repository has no commits yet' : 'no branch is known: only tags are read',
    );
  else if (!branchRef.startsWith('refs/'))
    notices.push('HEAD is detached and origin/HEAD is not known: its commit stands in for the branch');
  return notices;
}

function fingerprint(lines: readonly string[], branchRef: string | null): string {
  const hash = createHash('sha256');
  for (const line of lines.toSorted(compareText)) hash.update(`${line}\n`);
  return hash.update(branchRef ?? '').digest('hex');
}

function shallowClone(directory: string): DoraError {
  return new DoraError('source', `the clone in ${directory} is shallow: part of its history is missing`, {
    hint: `run: git -C ${directory} fetch --unshallow --tags (in GitHub Actions: actions/checkout with fetch-depth: 0).`,
  });
}

function byKindAndName(a: Ref, b: Ref): number {
  return compareText(a.kind, b.kind) || compareText(a.name, b.name);
}
