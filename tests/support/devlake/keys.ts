import type { Answer } from '../answer.ts';
import { json } from '../answer.ts';

/** An API key, as `POST /api-keys` makes them. */
export interface Key {
  readonly key: string;
  /** A regular expression that is looked for anywhere in the path without `/rest`. */
  readonly allowedPath: string;
  readonly expired?: boolean;
}

/** Why a request below `/rest` is not let in, in the order in which DevLake looks; `null` for one that is. */
export function refusalOf(keys: readonly Key[], authorization: string | null, path: string): Answer | null {
  if (authorization === null || authorization === '') return refuse(401, 'token is missing');
  if (!/^Bearer ./su.test(authorization)) return refuse(401, 'token is not present or malformed');
  const token = authorization.slice('Bearer '.length);
  const found = keys.find(({ key }) => key === token);
  if (found === undefined) return refuse(403, 'api key is invalid');
  if (found.expired === true) return refuse(403, 'api key has expired');
  if (!new RegExp(found.allowedPath).test(path)) return refuse(403, "path doesn't match api key's scope");
  return null;
}

/** What the gate of `AUTH_ENABLED` says to whom it does not know. */
export function unauthorized(): Answer {
  return json(401, { message: 'unauthorized', success: false });
}

function refuse(status: number, message: string): Answer {
  return json(status, { success: false, message });
}
