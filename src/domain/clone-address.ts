/** Where a repository can be cloned from, taken apart. */
export interface CloneAddress {
  /** In lower case, with its port where one is written. */
  readonly host: string;
  /** As written, without `.git` and slashes at its ends: `acme/shop`, `group/sub-group/shop`. */
  readonly path: string;
}

/**
 * In: `https://host/owner/name.git`, `git@host:owner/name`, `ssh://git@host:22/owner/name`. A user name and a password are left out.
 *
 * `null` for a folder, a `file:` address, and what holds a character that could end a host where it stands in an address.
 */
export function cloneAddress(text: string): CloneAddress | null {
  const url = /^(?!file:)\w+:\/\/(?:[^/]*@)?([^/@]+)\/(.+)$/u.exec(text);
  const scp = /^(?:[\w.-]+@)?([\w.-]+):(?!\/\/)\/?(.+)$/u.exec(text);
  const [, host = '', written = ''] = url ?? scp ?? [];
  if (!/^(?:[\w.-]+|\[[0-9a-f:]+\])(?::\d+)?$/iu.test(host)) return null;
  const path = written.replace(/(?:\.git)?\/*$/u, '');
  return path === '' ? null : { host: host.toLowerCase(), path };
}

const GITHUB = /^(?:(?:www|ssh)\.)?github\.com$/u;

/** Whether a host is github.com, under any of its names. */
export function isGitHub(host: string): boolean {
  return GITHUB.test(host.replace(/:\d+$/u, ''));
}

/** A port that does not tell which server it is: the usual one, and whichever ssh listens on. */
const SILENT_PORT = /^(?:https:.*:443|http:.*:80|git:.*:9418|ssh:.*:\d+)$/iu;

/** No address of a repository is longer; what is comes from somebody who wants something else. */
const LONGEST = 1000;

/**
 * One address for all ways to write a repository's: `https://host/path`, the host in lower case, the path as it is.
 *
 * `null` where there is no host, or where the path is none that a repository has (`..`, an empty part, a space; an owner alone on GitHub).
 */
export function canonicalAddress(text: string): string | null {
  const found = text.length > LONGEST ? null : cloneAddress(text);
  if (found === null) return null;
  const [scheme = ''] = /^\w+:(?=\/\/)/u.exec(text) ?? [];
  const host = SILENT_PORT.test(`${scheme}${found.host}`) ? found.host.replace(/:\d+$/u, '') : found.host;
  const parts = found.path.replace(/^\/+/u, '').split('/');
  if (!parts.every((part) => /^[^\s\p{C}?#%\\]+$/u.test(part) && !/^\.{1,2}$/u.test(part))) return null;
  if (!isGitHub(host)) return `https://${host}/${parts.join('/')}`;
  return parts.length === 1 ? null : `https://github.com/${parts.join('/')}`;
}

/**
 * Whether two addresses, in any form, are the same repository's. What is no address is nobody's.
 *
 * The case of the path does not matter: the code hosts make no difference, and people write what they like.
 */
export function isSameRepository(one: string, other: string): boolean {
  const [first, second] = [canonicalAddress(one), canonicalAddress(other)];
  return first !== null && first.toLowerCase() === second?.toLowerCase();
}
