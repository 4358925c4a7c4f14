import { DoraError } from '../../domain/errors.ts';
import { isThisMachine } from '../../domain/web-address.ts';

/**
 * The address of a server as it is asked: no slash at its end, no user, no query.
 *
 * `what` is where it was found. Throws a `DoraError` for what is no address, and for one over which a token would go in the clear.
 */
export function serverAddress(text: string, what: string): string {
  if (!URL.canParse(text))
    throw new DoraError('config', `${what} is not an address`, { hint: 'write it as https://HOST.' });
  const { protocol, host, hostname, pathname, username, password } = new URL(text);
  if (username !== '' || password !== '')
    throw new DoraError('config', `${what} contains a user or a password`, {
      hint: 'leave them out: credentials are given apart from the address.',
    });
  const isSafe = protocol === 'https:' || (protocol === 'http:' && isThisMachine(hostname));
  if (!isSafe)
    throw new DoraError('config', `${what} is ${protocol}//${host}, which anybody on the way can read`, {
      hint: 'use https://; http:// is for servers on this machine (kubectl proxy, port-forward).',
    });
  return `${protocol}//${host}${pathname.replace(/\/+$/u, '')}`;
}
