import type { ArgoDatasetSettings } from '../domain/argocd-settings.ts';
import type { BuiltImage } from '../domain/deployment-record.ts';
import { imageReference, type ImageReference } from '../domain/image-reference.ts';
import { imageCommit, UNTRACED_REASONS } from './image-commits.ts';
import type { LabelSet } from './image-labels.ts';
import { imageRepositories, type ImageRepository } from './image-repositories.ts';
import { tagPatterns, USUAL_TAG_PATTERNS } from './image-tags.ts';
import { versionTags } from './version-tag.ts';

/** Where an image leads: to a repository of the workspace, or nowhere, in words that finish "because". */
export type ImageTarget =
  | {
      readonly kind: 'found';
      /** Its name in the workspace. */
      readonly repository: string;
      readonly image: BuiltImage;
      /** Why no clone can tell which commit it was built from; `null` where one may. */
      readonly untraceable: string | null;
      /** Whether its tag holds the commit, so that no label has to tell it. */
      readonly isInTag: boolean;
    }
  | { readonly kind: 'nowhere'; readonly why: string };

export type ImageTargets = (reference: string) => ImageTarget;

/** What the workspace knows. */
export interface ImageTargetsQuestions {
  /** The repository of the workspace that is at an address; `null` for none. */
  readonly repositoryAt: (address: string) => string | null;
  /** The names of the repositories of the workspace. */
  readonly names: readonly string[];
  /** The labels of an image, the most trusted set first; empty where nobody asked. */
  readonly labelsOf: (reference: string) => readonly LabelSet[];
}

/**
 * Finds the repositories of images; made once from the configuration.
 *
 * First by `argocd.images`, then by the labels of the image, at last by its name: `ghcr.io/acme/shop` is that of the repository `acme/shop`. Throws a
 * `DoraError` for rules and patterns that cannot work.
 */
export function imageTargets(
  { images, tagPatterns: sources }: ArgoDatasetSettings,
  { repositoryAt, names, labelsOf }: ImageTargetsQuestions,
): ImageTargets {
  const repositoryOf = imageRepositories(images, 'argocd.images');
  const patterns = [...tagPatterns(sources, 'argocd.tagPatterns'), ...USUAL_TAG_PATTERNS];
  const byName = new Map(names.map((name) => [name.toLowerCase(), name]));
  const { isVersion } = versionTags(null);
  return (reference) => {
    const image = imageReference(reference);
    if (image === null) return { kind: 'nowhere', why: `${reference} is not the name of an image` };
    const labels = labelsOf(reference);
    const found = repositoryOf(image, labels);
    const address = found.kind === 'found' ? found.repository : null;
    const named = byName.get(image.path.toLowerCase()) ?? null;
    const configured = address === null ? null : repositoryAt(address);
    const isTold = found.kind === 'found' && found.rule === 'configured';
    const repository = configured ?? (isTold ? null : named);
    if (repository === null) return { kind: 'nowhere', why: whyNowhere(image, found) };
    // what a clone may know is taken for granted: it is asked when the rows are built
    const commit = imageCommit(image, labels, {
      repository: address,
      resolve: (sha) => ({ kind: 'one', sha }),
      tagCommit: (tag) => (isVersion(tag) ? tag : null),
      patterns,
    });
    const untraceable = commit.kind === 'traced' ? null : `${reference}: ${UNTRACED_REASONS[commit.reason]}`;
    const isInTag = commit.kind === 'traced' && commit.rule.startsWith('tag-');
    return {
      kind: 'found',
      repository,
      image: { reference, labels: labels.map(defined) },
      untraceable,
      isInTag,
    };
  };
}

function whyNowhere({ name }: ImageReference, found: ImageRepository): string {
  if (found.kind === 'found')
    return `${name} is built from ${found.repository}, which is not among the repositories`;
  return found.reason === 'no-rule'
    ? `nothing tells which repository ${name} is built from (argocd.images)`
    : `what is said of ${name} is no address of a repository (${found.detail})`;
}

function defined(labels: LabelSet): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(labels).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
