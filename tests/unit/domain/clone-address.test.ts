import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalAddress, isSameRepository } from '../../../src/domain/clone-address.ts';

describe('the one address of a repository', () => {
  it.each([
    'https://github.com/Acme/Shop.js',
    'https://github.com/Acme/Shop.js.git',
    'https://github.com/Acme/Shop.js/',
    'https://GitHub.com:443/Acme/Shop.js.git',
    'http://www.github.com/Acme/Shop.js',
    'https://ada:s3cret@github.com/Acme/Shop.js',
    'git@github.com:Acme/Shop.js.git',
    'ssh://git@github.com/Acme/Shop.js.git',
    'ssh://git@ssh.github.com:443/Acme/Shop.js.git',
    'git://github.com:9418/Acme/Shop.js',
  ])('of %s has the host in lower case and the path as it is', (text) => {
    expect(canonicalAddress(text)).toBe('https://github.com/Acme/Shop.js');
  });

  it.each([
    ['ssh://git@git.example.com:2222/group/sub/shop.git', 'https://git.example.com/group/sub/shop'],
    ['https://git.example.com:8443/acme/shop', 'https://git.example.com:8443/acme/shop'],
    ['http://git.example.com:80/acme/shop', 'https://git.example.com/acme/shop'],
    ['git@git.example.com:shop', 'https://git.example.com/shop'],
  ])('of %s is %s: a port of ssh says nothing, one of its own does', (text, address) => {
    expect(canonicalAddress(text)).toBe(address);
  });

  it.each([
    '',
    '/srv/git/shop',
    '../shop',
    'acme/shop',
    'file:///srv/git/shop',
    'https://github.com/acme',
    'https://git.example.com/a/../b',
    'https://git.example.com/a//b',
    'https://git.example.com/a b',
    'https://git.example.com/a?b',
    'https://git.example.com/a\u0000b',
    'https://git.example.com#github.com/acme/shop',
    `https://git.example.com/${'a'.repeat(1000)}`,
  ])('"%s" has none', (text) => {
    expect(canonicalAddress(text)).toBeNull();
  });

  it('is the same for the same repository, however it was written', () => {
    expect(isSameRepository('git@github.com:Acme/shop.git', 'https://github.com/acme/Shop')).toBe(true);
    expect(isSameRepository('git@github.com:acme/shop', 'https://gitlab.com/acme/shop')).toBe(false);
    expect(isSameRepository('', '')).toBe(false);
  });

  const anything = fc.string({ unit: fc.constantFrom(...Array.from('aA0.:/@-_ \né[]#?')) });

  const beginning = fc.constantFrom('', 'https://', 'ssh://git@h:1/', 'git@h:', 'https://github.com/a');

  it('is its own address, and takes any text', () => {
    fc.assert(
      fc.property(fc.tuple(beginning, anything), (parts) => {
        const address = canonicalAddress(parts.join(''));

        if (address !== null) expect(canonicalAddress(address)).toBe(address);
      }),
    );
  });
});
