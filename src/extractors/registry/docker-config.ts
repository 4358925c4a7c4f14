import path from 'node:path';
import * as z from 'zod';
import { DoraError } from '../../domain/errors.ts';
import type { ImageReference } from '../../domain/image-reference.ts';
import { textOrNull } from '../../io/files.ts';

export interface RegistryCredential {
  /** A registry, or a registry and the beginning of a path: `quay.io`, `quay.io/acme`. */
  readonly place: string;
  readonly username: string;
  readonly password: string;
}

/** What `docker login` left behind. */
export interface DockerConfig {
  readonly credentials: readonly RegistryCredential[];
  /** Whether a program keeps the credentials of a registry. It is not run. */
  readonly hasHelper: (registry: string) => boolean;
}

export const NO_DOCKER_CONFIG: DockerConfig = { credentials: [], hasHelper: () => false };

/** Docker's own configuration, wherever it is; none where there is no file. Throws a `DoraError` for one that is no JSON. */
export function readDockerConfig(
  env: Readonly<Record<string, string | undefined>>,
  home: string,
): DockerConfig {
  const folder = env['DOCKER_CONFIG'] ?? '';
  const file = path.join(folder === '' ? path.join(home, '.docker') : folder, 'config.json');
  const text = textOrNull(file);
  return text === null ? NO_DOCKER_CONFIG : dockerConfig(text, file);
}

const Entry = z.object({
  auth: z.string().catch(''),
  username: z.string().catch(''),
  password: z.string().catch(''),
});

const Config = z.object({
  auths: z.record(z.string(), Entry.catch({ auth: '', username: '', password: '' })).catch({}),
  credsStore: z.string().catch(''),
  credHelpers: z.record(z.string(), z.unknown()).catch({}),
});

/** The credentials that stand in the file itself; `file` is for the message. */
export function dockerConfig(text: string, file: string): DockerConfig {
  const { auths, credsStore, credHelpers } = parsed(text, file);
  const credentials = Object.entries(auths).flatMap(([address, entry]) => {
    const [username, password] = pairOf(entry);
    return username === '' || password === '' ? [] : [{ place: placeOf(address), username, password }];
  });
  const helped = Object.keys(credHelpers).map(placeOf);
  return { credentials, hasHelper: (registry) => credsStore !== '' || helped.includes(registry) };
}

function parsed(text: string, file: string): z.infer<typeof Config> {
  try {
    return Config.parse(JSON.parse(text));
  } catch {
    // the reason would tell what stands in the file
    throw new DoraError('config', `${file} is not the configuration of Docker`, {
      hint: 'repair it, or let DOCKER_CONFIG name a folder with another one.',
    });
  }
}

function pairOf({ auth, username, password }: z.infer<typeof Entry>): readonly [string, string] {
  if (auth === '') return [username, password];
  const text = Buffer.from(auth, 'base64').toString('utf8').replace(/\0+$/u, '');
  const colon = text.indexOf(':');
  return colon === -1 ? ['', ''] : [text.slice(0, colon), text.slice(colon + 1)];
}

/** `https://index.docker.io/v1/` is what Docker writes for its own registry. */
function placeOf(address: string): string {
  const [host = '', ...parts] = address.replace(/^https?:\/\//u, '').split('/');
  const kept = parts.filter((part) => part !== '' && !/^v[12]$/u.test(part));
  const registry = host.toLowerCase().replace(/^(?:index|registry-1)\.docker\.io$/u, 'docker.io');
  return [registry, ...kept].join('/');
}

/** The credentials for an image: those of the longest place that it is in. `null` where there are none. */
export function credentialFor(
  { name }: Pick<ImageReference, 'name'>,
  { credentials }: DockerConfig,
): RegistryCredential | null {
  const fitting = credentials.filter(({ place }) => name.startsWith(`${place}/`) || name === place);
  return fitting.sort((one, other) => other.place.length - one.place.length)[0] ?? null;
}
