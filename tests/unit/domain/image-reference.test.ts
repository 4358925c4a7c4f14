import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatImageReference, imageReference, writtenNames } from '../../../src/domain/image-reference.ts';

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;

/** `[name, tag, digest]`, or `null`. */
function parts(text: string) {
  const image = imageReference(text);
  return image && [image.name, image.tag, image.digest];
}

describe('an image', () => {
  it.each([
    ['quay.io/acme/shop:1.2.3', 'quay.io/acme/shop', '1.2.3', null],
    ['quay.io/acme/shop', 'quay.io/acme/shop', null, null],
    ['quay.io/acme/group/shop:v1', 'quay.io/acme/group/shop', 'v1', null],
    ['QUAY.IO/acme/shop', 'quay.io/acme/shop', null, null],
    ['nginx', 'docker.io/library/nginx', null, null],
    ['nginx:1.27', 'docker.io/library/nginx', '1.27', null],
    ['docker.io/nginx', 'docker.io/library/nginx', null, null],
    ['library/nginx', 'docker.io/library/nginx', null, null],
    ['acme/shop', 'docker.io/acme/shop', null, null],
    ['index.docker.io/acme/shop', 'docker.io/acme/shop', null, null],
    ['registry-1.docker.io/nginx', 'docker.io/library/nginx', null, null],
    ['localhost/shop', 'localhost/shop', null, null],
    ['localhost:5000/shop:a', 'localhost:5000/shop', 'a', null],
    ['[::1]:5000/shop', '[::1]:5000/shop', null, null],
    ['a/b__c/d--e.f', 'docker.io/a/b__c/d--e.f', null, null],
  ])('%s is %s with the tag %s', (text, name, tag, digest) => {
    expect(parts(text)).toEqual([name, tag, digest]);
  });

  it('keeps the port of a host apart from a tag', () => {
    expect(parts('host:5000/img')).toEqual(['host:5000/img', null, null]);
    expect(parts('host:5000/img:1.0')).toEqual(['host:5000/img', '1.0', null]);
    expect(parts(`host:5000/img@${DIGEST}`)).toEqual(['host:5000/img', null, DIGEST]);
  });

  it('keeps a digest apart from a tag, and has both where both are written', () => {
    expect(parts(`quay.io/acme/shop@${DIGEST}`)).toEqual(['quay.io/acme/shop', null, DIGEST]);
    expect(parts(`quay.io/acme/shop:v1@${DIGEST}`)).toEqual(['quay.io/acme/shop', 'v1', DIGEST]);
  });

  it('is told apart by its registry', () => {
    expect(imageReference('quay.io/acme/shop')).toMatchObject({ registry: 'quay.io', path: 'acme/shop' });
    expect(imageReference('acme/shop')).toMatchObject({ registry: 'docker.io', path: 'acme/shop' });
  });

  it.each([
    '',
    ' ',
    ' quay.io/acme/shop',
    'quay.io/acme/shop\n',
    'quay.io/',
    'quay.io//shop',
    '/shop',
    'shop/',
    'Shop',
    'Acme/shop',
    'quay.io/acme/Shop',
    'quay.io/acme/../shop',
    'quay.io/acme/.shop',
    'quay.io/acme/shop-',
    'quay.io/acme/a___b',
    'quay.io/acme/shop:',
    'quay.io/acme/shop:-1',
    'quay.io/acme/shop:a b',
    `quay.io/acme/shop:${'a'.repeat(129)}`,
    'quay.io/acme/shop:1:2',
    'quay.io/acme/shop@',
    'quay.io/acme/shop@sha256:12',
    `quay.io/acme/shop@${DIGEST.toUpperCase()}`,
    `quay.io/acme/shop@md5:${'0'.repeat(32)}`,
    `quay.io/acme/shop@${DIGEST}@${DIGEST}`,
    `@${DIGEST}`,
    DIGEST,
    DIGEST.slice('sha256:'.length),
    'https://quay.io/acme/shop',
    'docker-pullable://quay.io/acme/shop',
    'user@quay.io/acme/shop',
    'quay.io:port/acme/shop',
    'quay..io/acme/shop',
    'evil.example#quay.io/acme/shop',
    `quay.io/${'a/'.repeat(200)}shop`,
  ])('"%s" is none', (text) => {
    expect(imageReference(text)).toBeNull();
  });

  it('is known by the names that people write for it', () => {
    const names = ['docker.io/nginx', 'acme/shop', 'quay.io/acme/shop'].map((text) => {
      const image = imageReference(text);
      return image && writtenNames(image);
    });

    expect(names).toEqual([
      ['docker.io/library/nginx', 'library/nginx', 'nginx'],
      ['docker.io/acme/shop', 'acme/shop'],
      ['quay.io/acme/shop'],
    ]);
  });
});

describe('laws of images', () => {
  const part = fc.stringMatching(/^[a-z0-9]{1,6}(?:[._-][a-z0-9]{1,4}){0,2}$/u);
  const host = fc.constantFrom(
    '',
    'quay.io/',
    'Quay.IO/',
    'localhost:5000/',
    'docker.io/',
    'r.example:8443/',
    '[::1]:5000/',
  );
  const tag = fc.option(fc.stringMatching(/^\w[\w.-]{0,20}$/u), { nil: null });
  const digest = fc.option(
    fc.stringMatching(/^[0-9a-f]{64}$/u).map((hex) => `sha256:${hex}`),
    { nil: null },
  );
  const path = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));

  it('reads back what it writes', () => {
    fc.assert(
      fc.property(host, path, tag, digest, (before, name, tagged, digested) => {
        // without a host, a first part with a dot is taken for one
        fc.pre(before !== '' || !/^[^/]*\.[^/]*\//u.test(name));
        const text = formatImageReference({ name: `${before}${name}`, tag: tagged, digest: digested });
        const image = imageReference(text);

        expect(image).toMatchObject({ tag: tagged, digest: digested });
        expect(image && imageReference(formatImageReference(image))).toEqual(image);
      }),
    );
  });

  it('takes any text for no image rather than fail, and reads back what it takes', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...Array.from('aA0.:/@-_ \né[]')) }), (text) => {
        const image = imageReference(text);

        if (image !== null) expect(imageReference(formatImageReference(image))).toEqual(image);
      }),
    );
  });
});
