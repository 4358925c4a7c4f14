import type { ImageRule } from '../domain/argocd-settings.ts';
import { canonicalAddress } from '../domain/clone-address.ts';
import { DoraError } from '../domain/errors.ts';
import { imageReference, writtenNames, type ImageReference } from '../domain/image-reference.ts';
import { safePattern, type SafePattern } from '../domain/safe-pattern.ts';
import { labelledSources, sourceAddress, type LabelSet } from './image-labels.ts';

/** Which repository an image is built from. */

/** Where the repository of an image was found; `repository` is `https://host/path`. */
export type ImageRepository =
  | {
      readonly kind: 'found';
      readonly repository: string;
      readonly rule: 'configured' | 'label';
      /** The `image` of the rule, or the name of the label. */
      readonly detail: string;
    }
  /** `unusable-address`: what a rule or a label gives is no address of a repository. */
  | { readonly kind: 'unknown'; readonly reason: 'no-rule' | 'unusable-address'; readonly detail: string };

/** Knows the repositories of images; made once from the configuration. */
export type ImageRepositories = (image: ImageReference, labels: readonly LabelSet[]) => ImageRepository;

/**
 * The repository of an image: that of the first rule that matches its name, else what a label says.
 *
 * A label may be the base image's: whoever traces a commit by it has to ask the clone. Throws a `DoraError` for a rule that can never
 * work; `where` is for its message.
 */
export function imageRepositories(rules: readonly ImageRule[], where: string): ImageRepositories {
  const asked = rules.map((rule, at) => compile(rule, `${where}[${String(at)}]`));
  return (image, labels) => {
    for (const rule of asked) {
      const written = rule.repositoryOf(image);
      if (written === null) continue;
      const repository = canonicalAddress(written);
      const detail = rule.image;
      return repository === null
        ? { kind: 'unknown', reason: 'unusable-address', detail }
        : { kind: 'found', repository, rule: 'configured', detail };
    }
    return byLabel(labels);
  };
}

function byLabel(labels: readonly LabelSet[]): ImageRepository {
  const sources = labelledSources(labels);
  for (const { label, source } of sources) {
    const repository = sourceAddress(source);
    if (repository !== null) return { kind: 'found', repository, rule: 'label', detail: label };
  }
  const [first] = sources;
  return first === undefined
    ? { kind: 'unknown', reason: 'no-rule', detail: '' }
    : { kind: 'unknown', reason: 'unusable-address', detail: `${first.label}=${first.source}` };
}

interface CompiledRule {
  readonly image: string;
  /** With the groups filled in; `null` where the rule is not about this image. */
  readonly repositoryOf: (image: ImageReference) => string | null;
}

function compile({ image, repository }: ImageRule, where: string): CompiledRule {
  const kind = kindOf(image);
  if (kind === 'exact') {
    const exact = imageReference(image);
    if (exact === null || exact.tag !== null || exact.digest !== null)
      throw new DoraError('config', `${where}: ${image} is not the name of an image`, {
        hint: 'write it without tag and digest, as in quay.io/acme/shop',
      });
    checkAddress(repository, where);
    return { image, repositoryOf: ({ name }) => (name === exact.name ? repository : null) };
  }
  const pattern = safePattern(kind === 'wildcard' ? wildcard(image) : image, where);
  checkGroups(repository, pattern, where);
  // a group may hold several parts of the path
  checkAddress(repository.replaceAll(GROUP, 'x/x'), where);
  return {
    image,
    repositoryOf: (reference) => {
      const names = writtenNames(reference);
      const found = names.map((name) => pattern.match(name)).find((match) => match !== null);
      return found === undefined ? null : filledIn(repository, found);
    },
  };
}

/** Brackets, a backslash and the like stand in no name of an image; `.*` and `.+` are what people write in regular expressions only. */
function kindOf(image: string): 'exact' | 'wildcard' | 'expression' {
  if (/[()[\]{}|\\^$+]|\.\*/u.test(image)) return 'expression';
  return /[*?]/u.test(image) ? 'wildcard' : 'exact';
}

/** `*` may stand for several parts of a path, and its match can be used as `$1`, `$2` and so on. */
function wildcard(image: string): string {
  return image
    .replaceAll('.', String.raw`\.`)
    .replaceAll(/\*+/gu, '(.*)')
    .replaceAll('?', '.');
}

const GROUP = /\$(?:(\d+)|<(\w+)>)/gu;

function checkGroups(repository: string, { groups }: SafePattern, where: string): void {
  for (const [written, number, name] of repository.matchAll(GROUP)) {
    const isThere =
      name === undefined
        ? Number(number) >= 1 && Number(number) <= groups.count
        : groups.names.includes(name);
    if (!isThere)
      throw new DoraError(
        'config',
        `${where}: ${repository} uses ${written}, and the image has no such group`,
        {
          hint: 'put the part of the image that it stands for into brackets.',
        },
      );
  }
}

function checkAddress(repository: string, where: string): void {
  if (canonicalAddress(repository) === null)
    throw new DoraError('config', `${where}: ${repository} is not the address of a repository`, {
      hint: 'write it as git would clone it, as in https://github.com/acme/shop',
    });
}

function filledIn(repository: string, match: RegExpExecArray): string {
  return repository.replaceAll(GROUP, (_, number: string | undefined, name: string | undefined) =>
    name === undefined ? (match[Number(number)] ?? '') : (match.groups?.[name] ?? ''),
  );
}
