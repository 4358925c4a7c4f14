import { NO_TRAILERS, type Commit, type Ref, type RefSnapshot, type Trailers } from '../../domain/commit.ts';
import { compareText } from '../../domain/compare.ts';
import { isInstant } from '../../domain/units.ts';

/**
 * Raw records of the git source: one JSON object a line.
 *
 * Written and read by this file only, and checked against a digest before, so reading checks the shape but not the meaning. A million of
 * them are read in one go: no schema library here.
 */

/**
 * A commit as a line of raw data; trailers and paths are left out where there are none.
 *
 * Put together by hand: shas and ids are hexadecimal, and `JSON.stringify` of the whole takes three times as long.
 */
export function commitRecord(commit: Commit): string {
  const { sha, parents, author, authorId, authoredAt, committedAt, subject, trailers, paths } = commit;
  const quotedParents = parents.length === 0 ? '' : `"${parents.join('","')}"`;
  const times = `"authoredAt":${String(authoredAt)},"committedAt":${String(committedAt)}`;
  const tail = trailers === NO_TRAILERS ? '' : `,"trailers":${JSON.stringify(trailers)}`;
  const touched = paths === null ? '' : `,"paths":${JSON.stringify(paths)}`;
  const who = `"author":${JSON.stringify(author)},"authorId":"${authorId}"`;
  return `{"sha":"${sha}","parents":[${quotedParents}],${who},${times},"subject":${JSON.stringify(subject)}${tail}${touched}}`;
}

/** A commit from a line of raw data. Throws `RangeError` for anything else. */
export function parseCommit(record: unknown): Commit {
  if (!isRecord(record)) throw new RangeError('a raw commit is an object');
  const { sha, parents, author, authorId, authoredAt, committedAt, subject, trailers, paths } = record;
  if (!isText(sha) || !isTexts(parents) || !isText(author) || !isText(authorId) || !isText(subject)) {
    throw new RangeError('a raw commit lacks a field');
  }
  return {
    sha,
    parents,
    author,
    authorId,
    authoredAt: instant(authoredAt),
    committedAt: instant(committedAt),
    subject,
    trailers: trailers === undefined ? NO_TRAILERS : parseTrailers(trailers),
    paths: isTexts(paths) ? paths : null,
  };
}

/** The refs as lines of raw data: the branch first, then one line a ref. */
export function refRecords({ refs, branch }: RefSnapshot): string[] {
  const head =
    branch === null ? [] : [JSON.stringify({ kind: 'head', name: branch.name, commit: branch.commit })];
  return [...head, ...refs.map((ref) => JSON.stringify(ref))];
}

/**
 * What has changed since a list of refs, as lines that follow on it.
 *
 * The first line is one that a version which knows whole lists only refuses, rather than take what is gone for something that is there.
 */
export function refChanges(before: RefSnapshot, { refs, branch }: RefSnapshot): string[] {
  const known = new Map(before.refs.map((ref) => [keyOf(ref), placeOf(ref)]));
  const now = new Set(refs.map(keyOf));
  const gone = before.refs
    .filter((ref) => !now.has(keyOf(ref)))
    .map(({ name, kind }) => JSON.stringify({ name, kind, commit: null, gone: true }));
  const moved = refs.filter((ref) => known.get(keyOf(ref)) !== placeOf(ref));
  const head = branch === null ? null : { kind: 'head', name: branch.name, commit: branch.commit };
  return [JSON.stringify({ kind: 'changes', head }), ...gone, ...moved.map((ref) => JSON.stringify(ref))];
}

/** What it says besides its name, in whatever order its fields are. */
function placeOf({ commit, taggedAt }: Ref): string {
  return JSON.stringify([commit, taggedAt]);
}

function keyOf({ kind, name }: Pick<Ref, 'kind' | 'name'>): string {
  return `${kind} ${name}`;
}

/** The refs from their lines: a list, and what has changed since. Throws `RangeError` for anything else. */
export function parseRefRecords(records: readonly unknown[]): RefSnapshot {
  let branch: RefSnapshot['branch'] = null;
  const refs = new Map<string, Ref>();
  let isChanged = false;
  for (const record of records) {
    if (!isRecord(record)) throw new RangeError('a raw ref is an object');
    if (record['kind'] === 'changes') {
      branch = headOf(record['head']);
      isChanged = true;
      continue;
    }
    const { kind, name, commit, taggedAt } = record;
    if (!isText(name) || !(isText(commit) || commit === null))
      throw new RangeError('a raw ref lacks a field');
    if (kind === 'head' && commit !== null) branch = { name, commit };
    else if (kind !== 'branch' && kind !== 'tag') continue;
    else if (record['gone'] === true) refs.delete(keyOf({ kind, name }));
    else refs.set(keyOf({ kind, name }), { kind, name, commit, taggedAt: instant(taggedAt) });
  }
  return { refs: isChanged ? [...refs.values()].sort(asListed) : [...refs.values()], branch };
}

function headOf(record: unknown): RefSnapshot['branch'] {
  if (record === null) return null;
  if (!isRecord(record) || !isText(record['name']) || !isText(record['commit']))
    throw new RangeError('a raw ref lacks a field');
  return { name: record['name'], commit: record['commit'] };
}

/** The order in which git lists them: branches, tags, each by the bytes of their names. */
function asListed(a: Ref, b: Ref): number {
  return compareText(a.kind, b.kind) || Buffer.compare(Buffer.from(a.name), Buffer.from(b.name));
}

function parseTrailers(value: unknown): Trailers {
  if (!isRecord(value)) throw new RangeError('raw trailers are an object');
  const { cherryPickedFrom, reverts, revertsPullRequests, coAuthors } = value;
  return {
    cherryPickedFrom: isTexts(cherryPickedFrom) ? cherryPickedFrom : [],
    reverts: isTexts(reverts) ? reverts : [],
    revertsPullRequests: Array.isArray(revertsPullRequests) ? revertsPullRequests.filter(isNumber) : [],
    coAuthors: isTexts(coAuthors) ? coAuthors : [],
  };
}

function instant(value: unknown) {
  return isNumber(value) && isInstant(value) ? value : null;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
const isText = (value: unknown): value is string => typeof value === 'string';
const isNumber = (value: unknown): value is number => typeof value === 'number';
const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(isText);
