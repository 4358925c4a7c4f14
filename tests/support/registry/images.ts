import { createHash } from 'node:crypto';

/** Documents as builders push them. */

export function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

export interface Blob {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly text: string;
}

export function blob(mediaType: string, content: object): Blob {
  const text = JSON.stringify(content);
  return { mediaType, digest: digestOf(text), size: Buffer.byteLength(text), text };
}

export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
export const OCI_CONFIG = 'application/vnd.oci.image.config.v1+json';
export const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
export const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';
export const DOCKER_CONFIG = 'application/vnd.docker.container.image.v1+json';

export interface Image {
  readonly manifest: Blob;
  readonly config: Blob;
}

interface Parts {
  readonly labels?: Readonly<Record<string, unknown>> | null;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly mediaTypes?: readonly [manifest: string, config: string];
  /** What the manifest says of the length of the configuration. */
  readonly size?: number;
}

export function image({
  labels = {},
  annotations,
  mediaTypes = [OCI_MANIFEST, OCI_CONFIG],
  size,
}: Parts = {}): Image {
  const config = blob(mediaTypes[1], { architecture: 'amd64', os: 'linux', config: { Labels: labels } });
  const manifest = blob(mediaTypes[0], {
    schemaVersion: 2,
    mediaType: mediaTypes[0],
    config: { mediaType: config.mediaType, digest: config.digest, size: size ?? config.size },
    layers: [],
    ...(annotations !== undefined && { annotations }),
  });
  return { manifest, config };
}

/** `linux/amd64` → the image for it. */
export function index(
  images: readonly (readonly [platform: string, image: Image])[],
  {
    annotations,
    mediaType = OCI_INDEX,
  }: { readonly annotations?: Record<string, string>; readonly mediaType?: string } = {},
): Blob {
  return blob(mediaType, {
    schemaVersion: 2,
    mediaType,
    manifests: images.map(([platform, { manifest }]) => {
      const [os, architecture] = platform.split('/');
      return {
        mediaType: manifest.mediaType,
        digest: manifest.digest,
        size: manifest.size,
        platform: { os, architecture },
      };
    }),
    ...(annotations !== undefined && { annotations }),
  });
}
