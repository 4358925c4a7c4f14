/** Which tags are versions, and which of those are not meant for production. */

/**
 * What looks like a version when nobody chose a pattern: `v1.2.3`, `1.2`, `release-2024-01`, `ui@1.2.3`,
 * `@acme/ui@1.2.3`, `ui-v1.2.3`, `jenkins-2.401`, `sdk/go/v1.2.3`, `REL_15_3`, `go1.22.4`. A single number (`v1`) is no version: such
 * tags move.
 */
const VERSION =
  /^(?:(?:release|rel)[-_/]\S*\d\S*|(?:(?:[^\s@]+|@[^\s@]+)(?:@|[-_/]v?|[-_/]release-)|[a-z]+)?v?\d+(?:[._]\d+)+(?:[-+._~]?[0-9a-z][0-9a-z.+_-]*)?)$/iu;

/** `1.2.3-…`: by SemVer whatever follows the hyphen is a prerelease, but for the words people use for finished ones. */
const SEMVER_SUFFIX = /\d+\.\d+\.\d+-(?<suffix>[0-9a-z][0-9a-z.-]*)/iu;
const FINISHED =
  /^(?:[1-9]\d*(?:\.\d+)*|(?:final|ga|release|stable|lts|post|hotfix|patch|fix|jre|jdk|android)(?:[.-]?\d\S*)?|(?:sp|p|r|u)[.-]?\d+)$/iu;

/** `1.0rc1`, `7.1.0.beta2`, `2.0a1`, `3.0.dev0`, `2024.01_rc2`. */
const PRERELEASE_WORD =
  /\d[-._~]?(?:alpha|beta|rc|pre|preview|dev|snapshot|nightly|canary|next|milestone|cr|ea|[abcm](?=[-._]?\d))[-._]?\d*(?:\.\d+)*$/iu;

export interface VersionTags {
  readonly isVersion: (tag: string) => boolean;
}

/** Whether a tag is a version by `pattern` (a regular expression source), or by our own idea of one when `null`. */
export function versionTags(pattern: string | null): VersionTags {
  const expression = pattern === null ? VERSION : new RegExp(pattern, 'u');
  return { isVersion: (tag) => expression.test(tag) };
}

/** Whether a version is a prerelease: not meant for production, deployed to staging at the most. */
export function isPrerelease(tag: string): boolean {
  const suffix = SEMVER_SUFFIX.exec(tag)?.groups?.['suffix'];
  if (suffix !== undefined) return !FINISHED.test(suffix);
  return PRERELEASE_WORD.test(tag);
}

/** The pattern for a component that has none of its own: its name, a separator, a version. */
export function componentTagPattern(component: string): string {
  const name = component.replaceAll(/[.*+?^${}()|[\]\\/]/gu, String.raw`\$&`);
  return `^(?:@[^/]+/)?${name}(?:@|[-_/]v?)\\d`;
}
