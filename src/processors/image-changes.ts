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
