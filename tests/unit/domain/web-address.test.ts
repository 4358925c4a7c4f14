import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { repositoryAddress, webAddress } from '../../../src/domain/web-address.ts';
import { HOSTILE_ADDRESSES } from '../../support/report-model.ts';

describe('webAddress', () => {
  it.each([
    ['https://github.com/acme/shop/pull/1', 'https://github.com/acme/shop/pull/1'],
    ['http://localhost:3000/x', 'http://localhost:3000/x'],
    [' HTTPS://GitHub.com/a b ', 'https://github.com/a%20b'],
    ['https://github.com/"><script>', 'https://github.com/%22%3E%3Cscript%3E'],
    ['https://bücher.example/ü', 'https://xn--bcher-kva.example/%C3%BC'],
  ])('gives %j as %j', (text, address) => {
    expect(webAddress(text)).toBe(address);
  });

  it.each([null, ...HOSTILE_ADDRESSES, `https://x.example/${'a'.repeat(400)}`])('refuses %j', (text) => {
    expect(webAddress(text)).toBeNull();
  });

  it('gives nothing but http and https, in letters that need no care, and the same a second time', () => {
    const text = fc.oneof(
      fc.webUrl({ withFragments: true, withQueryParameters: true }),
      fc.string({ unit: 'binary' }).map((rest) => `https://x.example/${rest}`),
      fc.string({ unit: 'binary' }),
      fc
        .tuple(fc.constantFrom('javascript', 'data', 'http', 'HTTPS', 'file', 'ws'), fc.string())
        .map(([scheme, rest]) => `${scheme}:${rest}`),
    );

    fc.assert(
      fc.property(text, (given) => {
        const address = webAddress(given);
        if (address === null) return;

        expect(address).toMatch(/^https?:\/\/[^/@]+\/[!#-;=?-~]*$/u);
        expect(address.length).toBeLessThanOrEqual(400);
        expect(webAddress(address)).toBe(address);
      }),
    );
  });
});

describe('repositoryAddress', () => {
  it.each([
    ['https://github.com/acme/shop/pull/12', 'https://github.com/acme/shop'],
    ['https://github.com/acme/shop/releases/tag/v1', 'https://github.com/acme/shop'],
    ['https://ghe.local:8443/acme/shop/actions/runs/1?check=1', 'https://ghe.local:8443/acme/shop'],
    ['https://github.com/acme/shop/issues/3#issuecomment-1', 'https://github.com/acme/shop'],
    ['https://shop.example.com/', null],
    ['https://shop.example.com/acme/shop', null],
    ['https://ci.example.com/job/shop/42', null],
    ['https://github.com//shop/pull/1', null],
    ['javascript:/acme/shop/pull/1', null],
    [null, null],
  ])('of %j is %j', (url, address) => {
    expect(repositoryAddress(url)).toBe(address);
  });
});
