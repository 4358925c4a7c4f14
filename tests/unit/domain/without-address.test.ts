import { describe, expect, it } from 'vitest';
import { withoutAddress } from '../../../src/domain/without-address.ts';

describe('withoutAddress', () => {
  it.each([
    'ada@example.com',
    'ada.l+x@mail.example.co.uk',
    'wang@163.com',
    'joe@mail.163.com',
    'joe@3m.com',
    'jose\u0301@example.com',
    'अजय@डाटा.भारत',
    'u@example.xn--p1ai',
    '"john doe"@acme.com',
    'tess@[10.0.0.1]',
    "o'hara@acme.com",
  ])('takes %s out', (address) => {
    expect(withoutAddress(address)).toBe('[e-mail]');
    expect(withoutAddress(`see ${address}, or <${address}>.`)).toBe('see [e-mail], or <[e-mail]>.');
  });

  it.each(['ines@acme.com-ask her', 'ines@acme.com_x'])('takes the address out of %s', (text) => {
    expect(withoutAddress(text)).toMatch(/^\[e-mail\][-_]/u);
  });

  it.each([
    'ui@1.2.3',
    'rails@7.1.stable',
    'pkg@1.2.3-beta.rc',
    'actions/checkout@v4.1',
    '@types/node@20.19.43',
    'git@github.com:acme/shop',
    'a@b',
    '@ada',
    'no address at all',
  ])('leaves %s alone', (text) => {
    expect(withoutAddress(text)).toBe(text);
  });
});
