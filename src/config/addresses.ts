import { isThisMachine } from '../domain/web-address.ts';

/** Which addresses may be sent a secret. */

/** Of a server that is sent a token; a root path belongs to it, a user name does not. */
export function isServer(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return url.search === '' && url.hash === '' && holdsNobody(url) && keepsSecrets(url);
}

/** Of a server without a root path. */
export function isServerRoot(text: string): boolean {
  return isServer(text) && /^\/*$/u.test(new URL(text).pathname);
}

/** The address itself is the secret, and is sent there. */
export function isWebhook(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return holdsNobody(url) && keepsSecrets(url);
}

function holdsNobody({ username, password }: URL): boolean {
  return username === '' && password === '';
}

/** In the clear only to this very machine. */
function keepsSecrets({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || (protocol === 'http:' && isThisMachine(hostname));
}
