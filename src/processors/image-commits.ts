import type { ImageReference } from '../domain/image-reference.ts';
import { isSameRepository } from '../domain/clone-address.ts';
import { labelledCommits, sourceAddress, type LabelledCommit, type LabelSet } from './image-labels.ts';
import {
  isDigestTag,
  isPullRequestTag,
  isShaOrPrefix,
  isWholeSha,
  USUAL_TAG_PATTERNS,
  type TagPattern,
} from './image-tags.ts';
import { versionTags } from './version-tag.ts';

/** The rules by which a commit is found, in the order in which they are asked; each with what it means to a reader. */
export const IMAGE_COMMIT_RULES = {
  'tag-is-sha': 'The tag is the sha of the commit.',
  'tag-is-prefix': 'The tag is the beginning of the sha of one commit.',
  'tag-pattern': 'The tag holds the sha of the commit.',
  label: 'A label or an annotation of the image names the commit.',
  'release-tag': 'The tag of the image is a tag of the repository.',
} as const;
export type ImageCommitRule = keyof typeof IMAGE_COMMIT_RULES;

/** Why an image leads to no commit; each with what it means to a reader. */
export const UNTRACED_REASONS = {
  'pull-request-build': 'It was built for a pull request and not from the branch.',
  'digest-tag': 'The tag has the form of a digest, which names contents and no commit.',
  'unknown-commit': 'The clone has no commit that begins as the tag or the label says.',
  'ambiguous-commit': 'The clone has several commits that begin as the tag or the label says.',
  'no-clone': 'The commit is abbreviated, and there is no clone that could tell which one it is.',
  'foreign-label': 'The label names a commit of another repository, most likely that of the base image.',
  'unconfirmed-label': 'The label names a commit, but neither its repository nor a clone confirms it.',
  'unreadable-label': 'The label that should name a commit holds something else.',
  'unknown-release': 'The tag looks like a version, and the repository has no such tag.',
  'moving-tag': 'The tag moves from build to build and names no commit.',
  'no-tag': 'It has no tag, and no label names a commit.',
} as const;
export type UntracedReason = keyof typeof UNTRACED_REASONS;

/** What the clone knows of the beginning of a sha. */
export type Resolution =
  { readonly kind: 'one'; readonly sha: string } | { readonly kind: 'none' } | { readonly kind: 'several' };

/** What is known of the repository that an image should come from. */
export interface ImageOrigin {
  /** Its address, in any form; `null` where nobody knows. */
  readonly repository: string | null;
  /** The commits whose sha begins so; `null` without a clone. */
  readonly resolve: ((prefix: string) => Resolution) | null;
  /** The commit of a tag of the repository; `null` for a tag that it has not. */
  readonly tagCommit: (tag: string) => string | null;
  /** The forms of tags that hold a sha; default `USUAL_TAG_PATTERNS`. */
  readonly patterns?: readonly TagPattern[];
}

/** One thing that was tried, and why it came to nothing. */
export interface Refusal {
  readonly reason: UntracedReason;
  /** The tag or the label, and what it holds. */
  readonly detail: string;
}

/** The commit that an image was built from, or why nobody knows. */
export type ImageCommit =
  | {
      readonly kind: 'traced';
      readonly sha: string;
      readonly rule: ImageCommitRule;
      /** The name of the pattern, of the label or of the tag. */
      readonly detail: string;
      /** Whether the clone has it; `null` without a clone. */
      readonly isInClone: boolean | null;
    }
  | {
      readonly kind: 'untraced';
      /** That of the strongest evidence. */
      readonly reason: UntracedReason;
      readonly refusals: readonly [Refusal, ...Refusal[]];
    };

type Traced = Extract<ImageCommit, { kind: 'traced' }>;

/**
 * Which commit an image was built from: by its tag, else by its labels, else by the release of the same name.
 *
 * Evidence that the clone confirms is taken before stronger evidence that it does not; without a clone only whole shas count, of a label only where
 * its repository is the expected one. `labels` are the sets of one image, the most trusted first; empty where nobody asked a registry.
 */
export function imageCommit(
  image: ImageReference,
  labels: readonly LabelSet[],
  origin: ImageOrigin,
): ImageCommit {
  const { tag } = image;
  if (tag !== null && isPullRequestTag(tag)) return untraced([{ reason: 'pull-request-build', detail: tag }]);
  const answers = [
    ...(tag === null ? [] : fromTag(tag, origin)),
    ...labelledCommits(labels).map((label) => fromLabel(label, origin)),
    fromRelease(tag, origin),
  ];
  const traced = answers.filter((answer) => 'kind' in answer);
  const best = traced.find(({ isInClone }) => isInClone === true) ?? traced[0];
  return best ?? untraced(answers.filter((answer) => 'reason' in answer));
}

function untraced([first = { reason: 'no-tag', detail: '' }, ...rest]: readonly Refusal[]): ImageCommit {
  return { kind: 'untraced', reason: first.reason, refusals: [first, ...rest] };
}

type Answer = Traced | Refusal;

function fromTag(tag: string, origin: ImageOrigin): readonly Answer[] {
  if (isDigestTag(tag)) return [{ reason: 'digest-tag', detail: tag }];
  const whole = tag.toLowerCase();
  if (isShaOrPrefix(whole)) {
    const rule = isWholeSha(whole) ? 'tag-is-sha' : 'tag-is-prefix';
    return [fromSha(whole, { rule, detail: tag }, origin)];
  }
  for (const { name, shaIn } of origin.patterns ?? USUAL_TAG_PATTERNS) {
    const sha = shaIn(tag);
    if (sha !== null) return [fromSha(sha, { rule: 'tag-pattern', detail: name }, origin)];
  }
  return [];
}

function fromSha(sha: string, by: Pick<Traced, 'rule' | 'detail'>, { resolve }: ImageOrigin): Answer {
  const found = resolve?.(sha) ?? null;
  if (found?.kind === 'one') return { kind: 'traced', sha: found.sha, ...by, isInClone: true };
  if (isWholeSha(sha)) return { kind: 'traced', sha, ...by, isInClone: found === null ? null : false };
  if (found === null) return { reason: 'no-clone', detail: sha };
  return { reason: found.kind === 'none' ? 'unknown-commit' : 'ambiguous-commit', detail: sha };
}

/**
 * A builder that sets no labels leaves those of the base image in place: a label counts where its repository is the expected one, or the clone
 * has the commit.
 */
function fromLabel({ label, revision, source }: LabelledCommit, origin: ImageOrigin): Answer {
  const sha = revision.toLowerCase();
  const detail = `${label}=${revision}`;
  if (!/^(?:[0-9a-f]{7,40}|[0-9a-f]{64})$/u.test(sha)) return { reason: 'unreadable-label', detail };
  const answer = fromSha(sha, { rule: 'label', detail: label }, origin);
  const { repository } = origin;
  if ('kind' in answer && answer.isInClone === true) return answer;
  if (source === null || repository === null) return { reason: 'unconfirmed-label', detail };
  const isExpected = isSameRepository(sourceAddress(source) ?? '', repository);
  return isExpected ? answer : { reason: 'foreign-label', detail };
}

const { isVersion } = versionTags(null);

/** Builders take the `v` away from a version, or put one before it. */
function fromRelease(tag: string | null, { resolve, tagCommit }: ImageOrigin): Answer {
  if (tag === null) return { reason: 'no-tag', detail: '' };
  if (!isVersion(tag)) return { reason: 'moving-tag', detail: tag };
  const names = [tag, /^\d/u.test(tag) ? `v${tag}` : tag.replace(/^v(?=\d)/u, '')];
  for (const name of names) {
    const sha = tagCommit(name);
    if (sha !== null)
      return {
        kind: 'traced',
        sha,
        rule: 'release-tag',
        detail: name,
        isInClone: resolve === null ? null : resolve(sha).kind === 'one',
      };
  }
  return { reason: 'unknown-release', detail: tag };
}
