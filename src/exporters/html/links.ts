import { webAddress } from '../../domain/web-address.ts';
import { escapeHtml } from './escape.ts';
import { html, type Content } from './markup.ts';

/** An address that needs more characters once escaped would let the page grow without bound. */
const LONGEST = 500;

/** `content` as a link out of the page; `content` alone where `url` is nothing that a page may link to. */
export function outward(url: string | null, content: Content): Content {
  const address = webAddress(url);
  if (address === null || escapeHtml(address).length > LONGEST) return content;
  return html`<a href="${address}" rel="noreferrer">${content}</a>`;
}

/** `github.com`; `null` where `url` is nothing that a page may link to. */
export function hostOf(url: string | null): string | null {
  const address = webAddress(url);
  return address === null ? null : new URL(address).host;
}
