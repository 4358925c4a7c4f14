import { DoraError } from '../domain/errors.ts';
import { safePattern } from '../domain/safe-pattern.ts';

/** What the tag of an image says about the commit that it was built from. */

/** A pattern for tags that hold a sha, with a name for whoever asks why. */
export interface TagPattern {
  readonly name: string;
  /** The sha within the tag, in lower case; `null` where the tag has another form. */
  readonly shaIn: (tag: string) => string | null;
}

/** The forms that need no configuration, as regular expressions. A sha stands between separators: a longer run of digits holds none. */
const USUAL: Readonly<Record<string, string>> = {
  'sha-<sha>': '(?:sha|git|commit|rev)[-_.]g?(?<sha>[0-9a-f]{7,40})',
  '<version>-<sha>': String.raw`v?\d+\.\d+[\w.-]*[-_.]g?(?<sha>[0-9a-f]{7,40})`,
  '<branch>-<sha>-<time>': String.raw`[a-z][\w.-]*-(?<sha>[0-9a-f]{7,40})-\d{8,14}`,
  '<branch>-<sha>': String.raw`[a-z][\w.-]*[-_.](?<sha>[0-9a-f]{7,40})`,
  '<sha>-<time>': String.raw`(?<sha>[0-9a-f]{7,40})-\d{8,14}`,
};

/** The forms that are recognised where nothing is configured. */
export const USUAL_TAG_PATTERNS: readonly TagPattern[] = Object.entries(USUAL).map(([name, source]) =>
  patternOf(name, source, name),
);

/**
 * The patterns of the configuration: regular expressions for the whole tag with a group named `sha`.
 *
 * `where` is for the message. Throws a `DoraError` for one without that group, and for what `safePattern` refuses.
 */
export function tagPatterns(sources: readonly string[], where: string): readonly TagPattern[] {
  return sources.map((source, at) => patternOf(source, source, `${where}[${String(at)}]`));
}

function patternOf(name: string, source: string, where: string): TagPattern {
  const pattern = safePattern(source, where);
  if (!pattern.groups.names.includes('sha'))
    throw new DoraError('config', `${where}: ${source} does not say where in the tag the commit stands`, {
      hint: 'name the group: (?<sha>[0-9a-f]{7,40})',
    });
  return {
    name,
    shaIn: (tag) => {
      const sha = pattern.match(tag)?.groups?.['sha']?.toLowerCase() ?? '';
      return isShaOrPrefix(sha) ? sha : null;
    },
  };
}

/** Seven to forty hexadecimal digits: git's shortest usual abbreviation to a whole SHA-1. */
export function isShaOrPrefix(text: string): boolean {
  return /^[0-9a-f]{7,40}$/u.test(text);
}

/** Whether a sha is a whole SHA-1 rather than the beginning of one. */
export function isWholeSha(text: string): boolean {
  return /^[0-9a-f]{40}$/u.test(text);
}

/** Whether a tag is that of a build of a pull request, which never was on the branch: `on-pr-…`, `pr-12`, `pr-12-<sha>`. */
export function isPullRequestTag(tag: string): boolean {
  return /^(?:on-pr-|pr-\d{1,6}(?:$|[-_.]))/iu.test(tag);
}

/** Whether a tag has the form of a digest: 64 hexadecimal digits name contents, no commit. */
export function isDigestTag(tag: string): boolean {
  return /^(?:sha256[-_.])?[0-9a-f]{64}$/iu.test(tag);
}
