import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatImageReference, imageReference } from '../../../src/domain/image-reference.ts';
import { imageChanges, type ImageChanges } from '../../../src/processors/image-changes.ts';

const D1 = `sha256:${'1'.repeat(64)}`;
const D2 = `sha256:${'2'.repeat(64)}`;
const NOTHING: ImageChanges = { changed: [], added: [], removed: [], unchanged: [], unreadable: [] };

/** In few words, with what did not happen left out. */
function changes(before: readonly string[], after: readonly string[]) {
  const { changed, unreadable, ...others } = imageChanges(before, after);
  const lists = Object.entries({ ...others }).map(
    ([kind, list]) => [kind, list.map(formatImageReference)] as const,
  );
  const told = changed.map(
    ({ from, to, isDigestOnly }) =>
      `${from.map(formatImageReference).join(' + ')} → ${to.map(formatImageReference).join(' + ')}${isDigestOnly ? ' (digest)' : ''}`,
  );
  const all = [['changed', told] as const, ...lists, ['unreadable', unreadable] as const];
  return Object.fromEntries(all.filter(([, list]) => list.length > 0));
}

describe('the images of two deployments', () => {
  it('a known name with another tag is a change', () => {
    expect(changes(['quay.io/acme/shop:1'], ['quay.io/acme/shop:2'])).toEqual({
      changed: ['quay.io/acme/shop:1 → quay.io/acme/shop:2'],
    });
  });

  it('the port of a host is no tag', () => {
    expect(changes(['r.example:5000/shop'], ['r.example:5000/shop:2', 'r.example:5000/admin'])).toEqual({
      changed: ['r.example:5000/shop → r.example:5000/shop:2'],
      added: ['r.example:5000/admin'],
    });
  });

  it('a digest is no tag: the name before it is the same', () => {
    expect(changes([`quay.io/acme/shop@${D1}`], [`quay.io/acme/shop@${D2}`])).toEqual({
      changed: [`quay.io/acme/shop@${D1} → quay.io/acme/shop@${D2}`],
    });
    expect(changes([`quay.io/acme/shop:1@${D1}`], [`quay.io/acme/shop:1@${D2}`])).toEqual({
      changed: [`quay.io/acme/shop:1@${D1} → quay.io/acme/shop:1@${D2} (digest)`],
    });
    expect(changes(['quay.io/acme/shop:1'], [`quay.io/acme/shop:1@${D2}`])).toEqual({
      changed: [`quay.io/acme/shop:1 → quay.io/acme/shop:1@${D2} (digest)`],
    });
    expect(changes([`quay.io/acme/shop:1@${D1}`], [`quay.io/acme/shop:2@${D1}`])).toEqual({
      changed: [`quay.io/acme/shop:1@${D1} → quay.io/acme/shop:2@${D1}`],
    });
  });

  it('a new name is added, one that is gone is removed, what stays is unchanged', () => {
    expect(changes(['quay.io/a/a:1', 'quay.io/a/b:1'], ['quay.io/a/b:1', 'quay.io/a/c:1'])).toEqual({
      added: ['quay.io/a/c:1'],
      removed: ['quay.io/a/a:1'],
      unchanged: ['quay.io/a/b:1'],
    });
  });

  it('the same path in another registry is another image', () => {
    expect(changes(['quay.io/acme/shop:1'], ['ghcr.io/acme/shop:1'])).toEqual({
      added: ['ghcr.io/acme/shop:1'],
      removed: ['quay.io/acme/shop:1'],
    });
  });

  it('the same image in other words is the same', () => {
    expect(changes(['nginx:1', 'nginx:1'], ['docker.io/library/nginx:1'])).toEqual({
      unchanged: ['docker.io/library/nginx:1'],
    });
  });

  it('while pods are replaced, what is new is the change, and the end of it is none', () => {
    const [one, two] = ['quay.io/a/a:1', 'quay.io/a/a:2'];

    expect(changes([one], [one, two])).toEqual({ changed: [`${one} → ${two}`], unchanged: [one] });
    expect(changes([one, two], [two])).toEqual({ removed: [one], unchanged: [two] });
    expect(changes([one, two], ['quay.io/a/a:3'])).toEqual({ changed: [`${one} + ${two} → quay.io/a/a:3`] });
  });

  it('what is no image is told apart', () => {
    expect(changes(['Bad One', 'nginx:1'], [D1])).toEqual({
      removed: ['docker.io/library/nginx:1'],
      unreadable: ['Bad One', D1],
    });
    expect(imageChanges([], [])).toEqual(NOTHING);
  });
});

describe('laws of changes', () => {
  const one = fc.constantFrom(
    ...['a', 'b', 'ghcr.io/x/a'].flatMap((name) => [
      name,
      `${name}:1`,
      `${name}:2`,
      `${name}:1@${D1}`,
      `${name}@${D2}`,
    ]),
  );
  const images = fc.array(one, { maxLength: 8 });

  it('does not depend on order or repetition', () => {
    fc.assert(
      fc.property(images, images, (before, after) => {
        const shuffled = imageChanges([...before.toReversed(), ...before], [...after].sort());

        expect(shuffled).toEqual(imageChanges(before, after));
      }),
    );
  });

  it('has every image of the second deployment in one place, and finds nothing between equals', () => {
    fc.assert(
      fc.property(images, images, (before, after) => {
        const { changed, added, unchanged } = imageChanges(before, after);
        const told = [...changed.flatMap(({ to }) => to), ...added, ...unchanged].map(formatImageReference);
        const given = after.map((text) => imageReference(text)).filter((image) => image !== null);

        expect(told.sort()).toEqual([...new Set(given.map(formatImageReference))].sort());
        expect({ ...imageChanges(after, after), unchanged: [] }).toEqual(NOTHING);
      }),
    );
  });

  it('calls added what the way back calls removed', () => {
    fc.assert(
      fc.property(images, images, (before, after) => {
        const there = new Set(before.map((text) => imageReference(text)?.name));
        const back = imageChanges(after, before).removed.filter(({ name }) => !there.has(name));

        expect(back).toEqual(imageChanges(before, after).added);
      }),
    );
  });

  it('follows a renaming', () => {
    const renamed = (list: readonly string[]) =>
      list.map((text) => `r.example/z/${text.split('/').at(-1) ?? ''}`);
    const few = images.map((list) => list.filter((text) => !text.includes('/')));

    fc.assert(
      fc.property(few, few, (before, after) => {
        const count = (found: ImageChanges) =>
          [found.changed, found.added, found.removed, found.unchanged].map(({ length }) => length);

        expect(count(imageChanges(renamed(before), renamed(after)))).toEqual(
          count(imageChanges(before, after)),
        );
      }),
    );
  });
});
