/** No address of a code host is longer, and a page full of longer ones would grow without bound. */
const LONGEST = 400;

/**
 * `text` as an address to which a page may link, in the form in which a browser writes it; `null` for anything else.
 *
 * Addresses come from outside: only http and https are let through, none that carries a user name, and none that is very long.
 */
export function webAddress(text: string | null): string | null {
  if (text === null || !URL.canParse(text)) return null;
  const { protocol, username, password, href } = new URL(text);
  const isWeb = (protocol === 'https:' || protocol === 'http:') && username === '' && password === '';
  return isWeb && href.length <= LONGEST ? href : null;
}

/** Whether a host, without its port, is this very machine: nobody is on the way to it, and a secret may go there in the clear. */
export function isThisMachine(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/u.test(host);
}

/** The parts of a repository's pages on a code host. */
const PARTS = ['actions', 'commit', 'deployments', 'issues', 'pull', 'releases', 'runs'];

/** The repository to which the address of a pull request, a release or the like belongs: `https://host/acme/shop`; `null` for others. */
export function repositoryAddress(text: string | null): string | null {
  const address = webAddress(text);
  if (address === null) return null;
  const { origin, pathname } = new URL(address);
  const [, owner = '', name = '', part = ''] = pathname.split('/');
  return owner !== '' && name !== '' && PARTS.includes(part) ? `${origin}/${owner}/${name}` : null;
}
