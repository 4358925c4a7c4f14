import { describe, expect, it } from 'vitest';
import { hostOf, outward } from '../../../../src/exporters/html/links.ts';
import { html } from '../../../../src/exporters/html/markup.ts';
import { HOSTILE_ADDRESSES } from '../../../support/report-model.ts';

/** The link as it stands in a page. */
function written(url: string | null): string {
  return html`${outward(url, '<b>')}`.text;
}

describe('a link out of the page', () => {
  it('leads to http and https, and tells nobody where the reader was', () => {
    expect(written('https://github.com/acme/shop/pull/1?a=1&b=2')).toBe(
      '<a href="https://github.com/acme/shop/pull/1?a=1&amp;b=2" rel="noreferrer">&lt;b&gt;</a>',
    );
    expect(written('http://ghe.local:8080/x')).toContain('href="http://ghe.local:8080/x"');
  });

  it.each([null, ...HOSTILE_ADDRESSES])('is none for %j, and the text stays', (url) => {
    expect(written(url)).toBe('&lt;b&gt;');
    expect(hostOf(url)).toBeNull();
  });

  it('is none where the address is too long to carry, plain or escaped', () => {
    expect(written(`https://x.example/${'a'.repeat(400)}`)).toBe('&lt;b&gt;');
    expect(written(`https://x.example/?${'&'.repeat(300)}`)).toBe('&lt;b&gt;');
    expect(written(`https://x.example/${'a'.repeat(300)}`)).toContain('<a ');
  });

  it('can say where it leads', () => {
    expect(hostOf('https://GitHub.com/acme')).toBe('github.com');
    expect(hostOf('https://ghe.local:8443/acme')).toBe('ghe.local:8443');
  });
});
