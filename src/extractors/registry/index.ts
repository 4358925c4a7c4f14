import { createHash } from 'node:crypto';
import { formatImageReference, type ImageReference } from '../../domain/image-reference.ts';
import { json, RegistryClient, type RegistryDeps, type RegistryOptions } from './client.ts';
import { RegistryFailure } from './failure.ts';
import { chosenImage, Document, ImageConfig } from './schema.ts';

/** What an image says of itself. `name@digest` names it for ever: what was read once need not be read again. */
export interface ImageLabels {
  /** `registry/path`. */
  readonly name: string;
  /** Of what was asked for: an image, or an index with one for each platform. */
  readonly digest: string;
  /** Of the image that was read. */
  readonly imageDigest: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Of the manifest; those of the index are added where it has others. */
  readonly annotations: Readonly<Record<string, string>>;
}

/** What is known already of `name@digest`; `null` where nothing is. */
export type KnownLabels = (name: string, digest: string) => ImageLabels | null;

const ACCEPT = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/** Registries themselves take no longer manifest. */
const LONGEST = 4 * 2 ** 20;

/** A configuration of an image, and not of a chart or of something else that registries keep. */
const IMAGE_CONFIG = /^application\/vnd\.(?:oci\.image\.config|docker\.container\.image)\.v1\+json$/u;

/** Reads the labels of images from their registries. */
export class RegistryReader {
  readonly #client: RegistryClient;

  constructor(options: RegistryOptions, deps: RegistryDeps) {
    this.#client = new RegistryClient(options, deps);
  }

  /**
   * The labels of an image; `null` where the registry does not have it (any more). A tag has to be asked about every time, a digest that is
   * known never.
   *
   * Throws `RegistryFailure` for what the registry refuses or garbles.
   */
  async labelsOf(image: ImageReference, known: KnownLabels = () => null): Promise<ImageLabels | null> {
    const { name } = image;
    const kept = image.digest === null ? null : known(name, image.digest);
    if (kept !== null) return kept;
    const named = await this.#document(image, image.digest ?? image.tag ?? 'latest');
    if (named === null) return null;
    const { digest, document } = named;
    const found = image.digest === null ? known(name, digest) : null;
    if (found !== null) return found;
    if (document.kind === 'manifest')
      return {
        name,
        digest,
        imageDigest: digest,
        labels: await this.#labels(image, document.config),
        annotations: document.annotations,
      };
    const imageDigest = chosenImage(document);
    const chosen = imageDigest === null ? null : await this.#document(image, imageDigest);
    if (chosen?.document.kind !== 'manifest') throw garbled(image, 'an index that leads to no image');
    return {
      name,
      digest,
      imageDigest: chosen.digest,
      labels: await this.#labels(image, chosen.document.config),
      annotations: { ...document.annotations, ...chosen.document.annotations },
    };
  }

  async #document(image: ImageReference, reference: string) {
    const text = await this.#client.get(image, {
      what: `manifests/${reference}`,
      accept: ACCEPT,
      maxBytes: LONGEST,
    });
    if (text === null) return null;
    const isDigest = reference.includes(':');
    if (isDigest) checkDigest(image, text, reference);
    const document = Document.safeParse(json(text)).data;
    if (document === undefined) throw garbled(image, 'a manifest of a form that is not known');
    return { digest: isDigest ? reference : digestOf(text, 'sha256'), document };
  }

  async #labels(
    image: ImageReference,
    {
      mediaType,
      digest,
      size,
    }: { readonly mediaType: string; readonly digest: string; readonly size: number },
  ): Promise<Readonly<Record<string, string>>> {
    if (!IMAGE_CONFIG.test(mediaType)) return {};
    if (size > LONGEST) throw garbled(image, `a configuration of ${String(size)} bytes`);
    const text = await this.#client.get(image, { what: `blobs/${digest}`, accept: '*/*', maxBytes: size });
    if (text === null) throw garbled(image, 'a manifest whose configuration is not there');
    checkDigest(image, text, digest);
    const config = ImageConfig.safeParse(json(text)).data;
    if (config === undefined) throw garbled(image, 'a configuration of a form that is not known');
    return config.config;
  }
}

/** What is kept for ever has to be what its digest says. */
function checkDigest(image: ImageReference, text: string, digest: string): void {
  const [algorithm = ''] = digest.split(':');
  if (digestOf(text, algorithm) !== digest) throw garbled(image, `something else than ${digest}`);
}

function digestOf(text: string, algorithm: string): string {
  return `${algorithm}:${createHash(algorithm).update(text, 'utf8').digest('hex')}`;
}

function garbled(image: ImageReference, what: string): RegistryFailure {
  return new RegistryFailure(`${formatImageReference(image)}: the registry has ${what}`, {
    hint: 'see whether the same image can be pulled with docker; build it again where it cannot.',
  });
}
