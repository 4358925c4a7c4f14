import { compareText } from '../domain/compare.ts';
import { formatImageReference, imageReference, type ImageReference } from '../domain/image-reference.ts';

/** An image of which something runs that did not run before. */
export interface ChangedImage {
  readonly name: string;
  /** All that ran before under the name, at least one. */
  readonly from: readonly ImageReference[];
  /** What is new, at least one. */
  readonly to: readonly ImageReference[];
  /** The tags stayed, and with them what people call the version: it was built again, or pinned. */
  readonly isDigestOnly: boolean;
}

/** What became of the images between two deployments. Every list is in the order of the names. */
export interface ImageChanges {
  readonly changed: readonly ChangedImage[];
  /** Images under a name that was not there before. */
  readonly added: readonly ImageReference[];
  /** What does not run any more, and was not replaced by something new. */
  readonly removed: readonly ImageReference[];
  readonly unchanged: readonly ImageReference[];
  /** Texts that are no image, of either side. */
  readonly unreadable: readonly string[];
}

/**
 * What became of the images between two deployments: the same name with another tag or digest is a change.
 *
 * While pods are replaced, both the old and the new tag of a name are there: what counts is what was not there before. The same path in two registries
 * is two images. Neither order nor repetition in the lists matters.
 */
export function imageChanges(before: readonly string[], after: readonly string[]): ImageChanges {
  const old = byName(before);
  const young = byName(after);
  const names = [...new Set([...old.images.keys(), ...young.images.keys()])].sort(compareText);
  const parts = names.map((name) => ofName(name, old.images.get(name) ?? [], young.images.get(name) ?? []));
  return {
    changed: parts.flatMap(({ changed }) => changed),
    added: parts.flatMap(({ added }) => added),
    removed: parts.flatMap(({ removed }) => removed),
    unchanged: parts.flatMap(({ unchanged }) => unchanged),
    unreadable: [...new Set([...old.unreadable, ...young.unreadable])].sort(compareText),
  };
}

function ofName(
  name: string,
  old: readonly ImageReference[],
  young: readonly ImageReference[],
): Omit<ImageChanges, 'unreadable'> {
  const fresh = without(young, old);
  const gone = without(old, young);
  const unchanged = without(young, fresh);
  if (old.length === 0) return { changed: [], added: fresh, removed: [], unchanged };
  if (fresh.length === 0) return { changed: [], added: [], removed: gone, unchanged };
  const tags = new Set(old.map(({ tag }) => tag));
  const isDigestOnly = fresh.every(({ tag }) => tag !== null && tags.has(tag));
  return { changed: [{ name, from: old, to: fresh, isDigestOnly }], added: [], removed: [], unchanged };
}

function byName(texts: readonly string[]): {
  readonly images: ReadonlyMap<string, readonly ImageReference[]>;
  readonly unreadable: readonly string[];
} {
  const images = new Map<string, Map<string, ImageReference>>();
  const unreadable: string[] = [];
  for (const text of [...texts].sort(compareText)) {
    const image = imageReference(text);
    if (image === null) {
      unreadable.push(text);
      continue;
    }
    const same = images.get(image.name) ?? new Map<string, ImageReference>();
    images.set(image.name, same.set(formatImageReference(image), image));
  }
  const sorted = [...images].map(
    ([name, same]) =>
      [name, [...same].sort(([one], [other]) => compareText(one, other)).map(([, image]) => image)] as const,
  );
  return { images: new Map(sorted), unreadable };
}

function without(images: readonly ImageReference[], others: readonly ImageReference[]): ImageReference[] {
  const left = new Set(others.map(formatImageReference));
  return images.filter((image) => !left.has(formatImageReference(image)));
}

/** A commit of a repository, which is named by its address or in whatever way the caller tells repositories apart. */
export interface CommitOf {
  readonly repository: string;
  readonly sha: string;
}

/** What a changed image means for its repository. */
export type ImageRange =
  /** The commits that are reachable from `to` and from none of `from` were deployed. `isDiverged`: commits of `from` were taken back as well. */
  | {
      readonly kind: 'range';
      readonly repository: string;
      readonly from: readonly string[];
      readonly to: readonly string[];
      readonly isDiverged: boolean;
    }
  /** Everything new is older than what ran before: the commits from `to` to `from` were taken back. */
  | {
      readonly kind: 'rolled-back';
      readonly repository: string;
      readonly from: readonly string[];
      readonly to: readonly string[];
    }
  /** Built anew from the same commit. */
  | { readonly kind: 'same-commit'; readonly repository: string; readonly sha: string }
  | { readonly kind: 'unknown'; readonly reason: UnknownRange };

/** Why there is no range; each with what it means to a reader. */
export const UNKNOWN_RANGES = {
  'old-commit': 'Nobody knows which commit the image that ran before was built from.',
  'new-commit': 'Nobody knows which commit the new image was built from.',
  'other-repository': 'The old and the new image were built from different repositories.',
  'not-in-clone': 'The clone lacks one of the commits.',
} as const;
export type UnknownRange = keyof typeof UNKNOWN_RANGES;

export interface RangeQuestions {
  /** The commit that an image was built from; `null` where nobody knows. */
  readonly commitOf: (image: ImageReference) => CommitOf | null;
  /** Whether commit `a` is an ancestor of commit `b`; `null` where the clone lacks one of them. A commit may or may not count as its own ancestor. */
  readonly isAncestor: (repository: string, a: string, b: string) => boolean | null;
}

/** The commits that a changed image brought, or took back. */
export function imageRange({ from, to }: ChangedImage, { commitOf, isAncestor }: RangeQuestions): ImageRange {
  const newCommits = to.map(commitOf);
  if (!allKnown(newCommits)) return { kind: 'unknown', reason: 'new-commit' };
  // one old commit that is not known, and its whole history would count as new
  const oldCommits = from.map(commitOf);
  if (!allKnown(oldCommits)) return { kind: 'unknown', reason: 'old-commit' };
  const [repository = '', ...others] = new Set(
    [...newCommits, ...oldCommits].map((commit) => commit.repository),
  );
  if (others.length > 0) return { kind: 'unknown', reason: 'other-repository' };
  const old = shas(oldCommits);
  const young = shas(newCommits);
  const ask = (a: string, b: string) => a === b || isAncestor(repository, a, b);
  const contained = young.map((sha) => anyOf(old.map((other) => ask(sha, other))));
  const followed = old.map((sha) => anyOf(young.map((other) => ask(sha, other))));
  if ([...contained, ...followed].includes(null)) return { kind: 'unknown', reason: 'not-in-clone' };
  const fresh = young.filter((_, at) => contained[at] === false);
  if (fresh.length > 0)
    return { kind: 'range', repository, from: old, to: fresh, isDiverged: followed.includes(false) };
  const [sha = ''] = young;
  const isSame = young.every((one) => old.includes(one));
  if (isSame) return { kind: 'same-commit', repository, sha };
  return { kind: 'rolled-back', repository, from: old, to: young };
}

function allKnown(commits: readonly (CommitOf | null)[]): commits is readonly CommitOf[] {
  return !commits.includes(null);
}

function shas(commits: readonly CommitOf[]): string[] {
  return [...new Set(commits.map(({ sha }) => sha))].sort(compareText);
}

/** `true` where one is; else `null` where one is not known. */
function anyOf(answers: readonly (boolean | null)[]): boolean | null {
  if (answers.includes(true)) return true;
  return answers.includes(null) ? null : false;
}
