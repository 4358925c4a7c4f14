import { withoutAddress } from '../domain/without-address.ts';
import { Git } from '../extractors/git/git.ts';
import type { Ports } from './ports.ts';

/** Who annotates: what was said on the command line, else git's user, else whoever is logged in. Never an e-mail address. */
export async function whoIsThis(said: string | undefined, ports: Ports): Promise<string> {
  const { env } = ports;
  const git =
    said === undefined ? await new Git('.', ports).tryAsk(['config', 'user.name']).catch(() => null) : null;
  const names = [said, git, env['GITHUB_ACTOR'], env['USER'], env['USERNAME']];
  const found = names
    .map((name) => withoutAddress((name ?? '').replaceAll(/\s+/gu, ' ').trim()))
    .find((name) => name !== '');
  return found ?? 'somebody';
}
