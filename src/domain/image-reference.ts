/** A container image as a manifest names it: `[host[:port]/]path[:tag][@digest]`. */
export interface ImageReference {
  /** Host and port of the registry, in lower case; `docker.io` where none is named. */
  readonly registry: string;
  /** Path within the registry; what has a single part on Docker Hub is `library/…`. */
  readonly path: string;
  /** `null` where none is written; `latest` is then a guess of whoever pulls, not of ours. */
  readonly tag: string | null;
  /** `sha256:…`; `null` where none is written. */
  readonly digest: string | null;
  /** `registry/path`: the same image has the same name, however it was written. */
  readonly name: string;
}

const DOCKER_HUB = 'docker.io';
/** Other names of Docker Hub's registry. */
const ALSO_DOCKER_HUB = ['index.docker.io', 'registry-1.docker.io', 'registry.hub.docker.com'];

/** What the registries' own specification allows for a name; nobody writes a longer one by chance. */
const LONGEST_NAME = 255;

const HOST =
  /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*|\[[0-9a-f:.]+\])(?::\d{1,5})?$/u;
const PATH_PART = /^[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*$/u;
const TAG = /^\w[\w.-]{0,127}$/u;
const DIGEST = /^(?:sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})$/u;
/** The id of an image on one machine: what looks like a name or a tag there is none. */
const LOCAL_ID = /^(?:sha256:)?[0-9a-f]{64}$/u;

/**
 * The parts of an image's name; `null` for what is none.
 *
 * The digest is what follows `@`; a tag only what follows a `:` after the last `/`, since one before it belongs to the host. The first part is a
 * host when it has a dot or a port, or is `localhost`. Source: the reference grammar of the OCI distribution specification.
 */
export function imageReference(text: string): ImageReference | null {
  const [named = '', digest = null, ...rest] = text.split('@');
  if (rest.length > 0 || LOCAL_ID.test(named)) return null;
  if (digest !== null && !DIGEST.test(digest)) return null;
  const colon = named.indexOf(':', named.lastIndexOf('/') + 1);
  const tag = colon === -1 ? null : named.slice(colon + 1);
  if (tag !== null && !TAG.test(tag)) return null;
  const place = placeOf(colon === -1 ? named : named.slice(0, colon));
  return place === null ? null : { ...place, tag, digest };
}

function placeOf(written: string): Pick<ImageReference, 'registry' | 'path' | 'name'> | null {
  if (written.length > LONGEST_NAME) return null;
  const [first = '', ...others] = written.split('/');
  const isHost = others.length > 0 && (/[.:]/u.test(first) || /^localhost$/iu.test(first));
  const host = isHost ? first.toLowerCase() : DOCKER_HUB;
  if (!HOST.test(host)) return null;
  const parts = isHost ? others : [first, ...others];
  if (!parts.every((part) => PATH_PART.test(part))) return null;
  const registry = ALSO_DOCKER_HUB.includes(host) ? DOCKER_HUB : host;
  const path = (registry === DOCKER_HUB && parts.length === 1 ? ['library', ...parts] : parts).join('/');
  return { registry, path, name: `${registry}/${path}` };
}

/** An image's name in full; `imageReference` reads it back as the same. */
export function formatImageReference({
  name,
  tag,
  digest,
}: Omit<ImageReference, 'registry' | 'path'>): string {
  return `${name}${tag === null ? '' : `:${tag}`}${digest === null ? '' : `@${digest}`}`;
}

/** The names under which people write an image: in full, and as Docker Hub's can be shortened. */
export function writtenNames({ registry, path, name }: ImageReference): readonly string[] {
  if (registry !== DOCKER_HUB) return [name];
  const short = path.replace(/^library\//u, '');
  return short === path ? [name, path] : [name, path, short];
}
