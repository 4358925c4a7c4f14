import { DoraError } from './errors.ts';

/** The token in an environment variable, `null` where it is not set. Throws a `DoraError` for one that cannot be a token. */
export function tokenIn(variable: string, env: Readonly<Record<string, string | undefined>>): string | null {
  const token = env[variable]?.trim() ?? '';
  if (token === '') return null;
  // what cannot stand in a header would be told by an error of the connection, token and all
  if (!/^[\x21-\x7e]+$/u.test(token))
    throw new DoraError('config', `${variable} holds a character that no token has`, {
      hint: 'copy the token again: a space, a line break or a quotation mark may have come along.',
    });
  return token;
}
