import { describe, expect, it } from 'vitest';
import { DoraError } from '../../../src/domain/errors.ts';
import { imageReference } from '../../../src/domain/image-reference.ts';
import type { LabelSet } from '../../../src/processors/image-labels.ts';
import type { ImageRule } from '../../../src/domain/argocd-settings.ts';
import { imageRepositories } from '../../../src/processors/image-repositories.ts';

const SOURCE = 'org.opencontainers.image.source';

function find(rules: readonly ImageRule[], name: string, ...labels: readonly LabelSet[]) {
  const image = imageReference(name);
  if (image === null) throw new Error(`no image: ${name}`);
  const found = imageRepositories(rules, 'images.repositories')(image, labels);
  return found.kind === 'found' ? `${found.repository} (${found.rule} ${found.detail})` : found.reason;
}

/** The repository that one line of the configuration gives. */
function by(image: string, repository: string, name: string) {
  return find([{ image, repository }], name).replace(/ \(.*/u, '');
}

describe('the repository of an image', () => {
  it.each([
    [
      'quay.io/acme/(.+)',
      'https://github.com/acme/$1',
      'quay.io/acme/shop:v1',
      'https://github.com/acme/shop',
    ],
    [
      'quay.io/(?<org>[^/]+)/(?<name>.+)',
      'https://git.example/$<org>/$<name>',
      'quay.io/a/b',
      'https://git.example/a/b',
    ],
    ['quay.io/acme/*', 'https://github.com/acme/$1', 'quay.io/acme/shop', 'https://github.com/acme/shop'],
    ['quay.io/*/*', 'https://github.com/$2/$1', 'quay.io/acme/shop', 'https://github.com/shop/acme'],
    [
      'quay.io/acme/shop-?',
      'https://github.com/acme/shop',
      'quay.io/acme/shop-b',
      'https://github.com/acme/shop',
    ],
    ['quay.io/acme/.*', 'https://github.com/acme/all', 'quay.io/acme/shop', 'https://github.com/acme/all'],
    [
      'quay.io/acme/shop',
      'git@github.com:acme/shop.git',
      'QUAY.io/acme/shop',
      'https://github.com/acme/shop',
    ],
    ['acme/shop', 'https://github.com/acme/shop', 'docker.io/acme/shop:1', 'https://github.com/acme/shop'],
    ['nginx', 'https://github.com/nginx/nginx', 'docker.io/library/nginx', 'https://github.com/nginx/nginx'],
    ['acme/*', 'https://github.com/acme/$1', 'acme/shop', 'https://github.com/acme/shop'],
    [
      '(?:quay|ghcr).io/acme/(a)?shop',
      'https://github.com/acme/shop$1',
      'ghcr.io/acme/shop',
      'https://github.com/acme/shop',
    ],
  ])('by %s → %s', (image, repository, name, expected) => {
    expect(by(image, repository, name)).toBe(expected);
  });

  it.each([
    ['quay.io/acme/(.+)', 'evil.example/quay.io/acme/shop'],
    ['acme/(.+)', 'quay.io/acme/shop'],
    ['quay.io/acme/shop', 'quay.io/acme/shop-admin'],
    ['quay.io/acme/*', 'quay.io/acme-two/shop'],
    ['quay.io/acme/*', 'quayxio/acme/shop'],
  ])('is not found by %s for %s: a pattern is for the whole name', (image, name) => {
    expect(by(image, 'https://github.com/acme/x', name)).toBe('no-rule');
  });

  it('is that of the first line that matches', () => {
    const rules = [
      { image: 'quay.io/acme/shop', repository: 'https://github.com/acme/store' },
      { image: 'quay.io/acme/*', repository: 'https://github.com/acme/$1' },
    ];

    expect(find(rules, 'quay.io/acme/shop')).toBe(
      'https://github.com/acme/store (configured quay.io/acme/shop)',
    );
    expect(find(rules.toReversed(), 'quay.io/acme/shop')).toContain('acme/shop (configured quay.io/acme/*)');
  });

  it.each([
    ['https://github.com/Acme/shop', 'https://github.com/Acme/shop'],
    ['https://github.com/acme/shop.git', 'https://github.com/acme/shop'],
    ['git@github.com:acme/shop.git', 'https://github.com/acme/shop'],
    ['git+https://github.com/acme/shop.git#main', 'https://github.com/acme/shop'],
    ['https://github.com/acme/shop/tree/main/cmd', 'https://github.com/acme/shop'],
    ['https://github.com/acme/shop?tab=readme', 'https://github.com/acme/shop'],
    ['github.com/acme/shop', 'https://github.com/acme/shop'],
    ['https://gitlab.com/group/sub/shop/-/tree/main', 'https://gitlab.com/group/sub/shop'],
    ['https://user:secret@git.example/acme/shop', 'https://git.example/acme/shop'],
  ])('by the label %s is %s', (source, repository) => {
    expect(find([], 'quay.io/acme/shop', { [SOURCE]: source })).toBe(`${repository} (label ${SOURCE})`);
  });

  it('by a label comes after the configuration, and from older labels too', () => {
    const labels = { 'vcs-url': 'https://github.com/acme/old', [SOURCE]: 'https://github.com/acme/new' };
    const rules = [{ image: 'quay.io/*', repository: 'https://github.com/acme/configured' }];

    expect(find(rules, 'quay.io/acme/shop', labels)).toContain('acme/configured');
    expect(find([], 'quay.io/acme/shop', labels)).toContain('acme/new');
    expect(find([], 'quay.io/acme/shop', { ...labels, [SOURCE]: 'n/a' })).toContain(
      'acme/old (label vcs-url)',
    );
  });

  it('is unknown where nothing says it, and where what says it is no address', () => {
    expect(find([], 'quay.io/acme/shop')).toBe('no-rule');
    for (const source of [
      'n/a',
      'file:///src',
      'https://[zz]/a/b',
      'https://github.com/acme',
      'x'.repeat(3000),
    ])
      expect(find([], 'quay.io/acme/shop', { [SOURCE]: source })).toBe('unusable-address');
    expect(by('quay.io/acme/?(.*)', 'https://github.com/$1', 'quay.io/acme/shop')).toBe('unusable-address');
  });

  it.each([
    ['quay.io/acme/shop:v1', 'https://github.com/acme/shop', 'is not the name of an image'],
    ['Shop', 'https://github.com/acme/shop', 'is not the name of an image'],
    ['quay.io/(', 'https://github.com/acme/shop', 'is not a regular expression'],
    ['quay.io/(a+)+', 'https://github.com/acme/shop', 'more than one way'],
    ['quay.io/*', 'https://github.com/acme/$2', 'no such group'],
    ['quay.io/(?<a>.*)', 'https://github.com/acme/$<b>', 'no such group'],
    ['quay.io/*', 'https://github.com/acme/$0', 'no such group'],
    ['quay.io/*', '../shop', 'is not the address of a repository'],
    ['quay.io/acme/shop', 'shop', 'is not the address of a repository'],
  ])('cannot be configured as %s → %s', (image, repository, why) => {
    expect(() => by(image, repository, 'nginx')).toThrow(DoraError);
    expect(() => by(image, repository, 'nginx')).toThrow(why);
    expect(() => by(image, repository, 'nginx')).toThrow(/^images\.repositories\[0\]: /u);
  });
});
