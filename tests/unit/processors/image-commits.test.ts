import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { imageReference, type ImageReference } from '../../../src/domain/image-reference.ts';
import {
  imageCommit,
  type ImageCommit,
  type ImageOrigin,
  type Resolution,
} from '../../../src/processors/image-commits.ts';
import type { LabelSet } from '../../../src/processors/image-labels.ts';
import { tagPatterns } from '../../../src/processors/image-tags.ts';

const SHA = '9c1e0d8f7a6b5c4d3e2f1a0b9c8d7e6f5a4b3c2d';
const OTHER = '1234567aa6b5c4d3e2f1a0b9c8d7e6f5a4b3c2d1';
const TWIN = '1234567bb6b5c4d3e2f1a0b9c8d7e6f5a4b3c2d1';
const BASE = '77aa0d8f7a6b5c4d3e2f1a0b9c8d7e6f5a4b3c2d';
const HEX_64 = `${SHA}${SHA.slice(0, 24)}`;

const REVISION = 'org.opencontainers.image.revision';
const SOURCE = 'org.opencontainers.image.source';

/** A clone with these commits. */
function clone(...shas: readonly string[]): (prefix: string) => Resolution {
  return (prefix) => {
    const [sha, ...others] = shas.filter((one) => one.startsWith(prefix));
    if (sha === undefined) return { kind: 'none' };
    return others.length > 0 ? { kind: 'several' } : { kind: 'one', sha };
  };
}

const ORIGIN: ImageOrigin = {
  repository: 'https://github.com/acme/shop',
  resolve: clone(SHA, OTHER, TWIN),
  tagCommit: (tag) => (tag === 'v1.2.3' ? OTHER : null),
};
const NO_CLONE: ImageOrigin = { ...ORIGIN, resolve: null };

function image(tag: string | null): ImageReference {
  const found = imageReference(`quay.io/acme/shop${tag === null ? '' : `:${tag}`}`);
  if (found === null) throw new Error(`no image: ${String(tag)}`);
  return found;
}

function traced(tag: string | null, labels: LabelSet = {}, origin = ORIGIN): string {
  return inWords(imageCommit(image(tag), [labels], origin));
}

function inWords(found: ImageCommit): string {
  if (found.kind === 'untraced') return found.reason;
  const known = found.isInClone === null ? 'no clone' : found.isInClone ? 'in clone' : 'not in clone';
  return `${found.sha.slice(0, 7)} by ${found.rule} (${found.detail}), ${known}`;
}

describe('the commit of an image', () => {
  it('is its tag, where that is a whole sha', () => {
    expect(traced(SHA)).toBe(`9c1e0d8 by tag-is-sha (${SHA}), in clone`);
    expect(traced(BASE)).toBe(`77aa0d8 by tag-is-sha (${BASE}), not in clone`);
    expect(traced(SHA, {}, NO_CLONE)).toBe(`9c1e0d8 by tag-is-sha (${SHA}), no clone`);
  });

  it('is no tag of 64 digits, whatever stands at its beginning', () => {
    expect(traced(HEX_64)).toBe('digest-tag');
    expect(traced(`sha256-${HEX_64}`)).toBe('digest-tag');
    expect(traced(`main-${HEX_64}`)).toBe('moving-tag');
  });

  it.each([
    [`sha-${SHA}`, 'sha-<sha>'],
    ['sha-9c1e0d8', 'sha-<sha>'],
    [`git-${SHA}`, 'sha-<sha>'],
    ['v1.2.3-9c1e0d8', '<version>-<sha>'],
    ['1.2-9c1e0d8', '<version>-<sha>'],
    ['v1.2.3-5-g9c1e0d8', '<version>-<sha>'],
    ['v1.2.3-rc.1-9c1e0d8', '<version>-<sha>'],
    ['main-9c1e0d8-1724148660', '<branch>-<sha>-<time>'],
    [`main-${SHA}-20260820101100`, '<branch>-<sha>-<time>'],
    ['main-9c1e0d8', '<branch>-<sha>'],
    ['release-1.2-9c1e0d8', '<branch>-<sha>'],
    ['9c1e0d8-1724148660', '<sha>-<time>'],
  ])('stands in the tag %s', (tag, pattern) => {
    expect(traced(tag)).toBe(`9c1e0d8 by tag-pattern (${pattern}), in clone`);
  });

  it('is the one that an abbreviation means, and nothing where it means none or several', () => {
    expect(traced('9c1e0d8')).toBe('9c1e0d8 by tag-is-prefix (9c1e0d8), in clone');
    expect(traced('1234567')).toBe('ambiguous-commit');
    expect(traced('abcdef1')).toBe('unknown-commit');
    expect(traced('9c1e0d8', {}, NO_CLONE)).toBe('no-clone');
  });

  it('is no number that only looks like an abbreviation', () => {
    expect(traced('20260820')).toBe('unknown-commit');
    expect(traced('nightly-20260820')).toBe('unknown-commit');
    expect(traced('20260820', {}, NO_CLONE)).toBe('no-clone');
    expect(traced('1234567', {}, { ...ORIGIN, resolve: clone(OTHER) })).toContain('tag-is-prefix');
  });

  it('is not that of a pull request, whatever the labels say', () => {
    for (const tag of [`on-pr-${SHA}`, 'on-pr-9c1e0d8', 'on-pr-x', 'pr-12', 'pr-12-9c1e0d8', 'PR-12'])
      expect(traced(tag, { [REVISION]: SHA })).toBe('pull-request-build');
    expect(traced('pr-tool-v1.2.3')).toBe('unknown-release');
  });

  it('is read by the patterns of the configuration in place of the usual ones', () => {
    const patterns = tagPatterns([String.raw`build\.\d+\.(?<sha>[0-9a-f]{7,40})`], 'images.tags');
    const origin = { ...ORIGIN, patterns };

    expect(traced('build.7.9c1e0d8', {}, origin)).toContain('9c1e0d8 by tag-pattern');
    expect(traced('main-9c1e0d8', {}, origin)).toBe('moving-tag');
    expect(traced(SHA, {}, origin)).toContain('tag-is-sha');
  });

  it.each([
    ['[0-9a-f]{7}', 'say where in the tag'],
    ['(', 'is not a regular expression'],
    ['(?<sha>(?:[0-9a-f]+)+)', 'more than one way'],
  ])('cannot be read by the pattern %s', (source, why) => {
    expect(() => tagPatterns([source], 'images.tags')).toThrow(why);
    expect(() => tagPatterns([source], 'images.tags')).toThrow(/^images\.tags\[0\]: /u);
  });
});

describe('the commit that a label names', () => {
  it.each([REVISION, 'vcs-ref', 'org.label-schema.vcs-ref', 'io.openshift.build.commit.id'])(
    '%s counts where the clone has it, wherever it says that it is from',
    (label) => {
      expect(traced('latest', { [label]: SHA })).toBe(`9c1e0d8 by label (${label}), in clone`);
      expect(traced(null, { [label]: ' 9C1E0D8 ' })).toBe(`9c1e0d8 by label (${label}), in clone`);
      expect(traced(null, { [label]: SHA, [SOURCE]: 'https://github.com/fork/shop' })).toContain('in clone');
    },
  );

  it.each([
    'https://github.com/acme/shop',
    'git@github.com:acme/shop.git',
    'https://github.com/Acme/Shop/tree/main',
    'github.com/acme/shop',
  ])('counts without a clone where its source %s is the expected repository', (source) => {
    const labels = { [REVISION]: BASE, [SOURCE]: source };

    expect(traced('latest', labels, NO_CLONE)).toBe(`77aa0d8 by label (${REVISION}), no clone`);
    expect(traced('latest', labels)).toBe(`77aa0d8 by label (${REVISION}), not in clone`);
  });

  it('is the one of the base image where the builder set none: it does not count', () => {
    const inherited = { [REVISION]: BASE, [SOURCE]: 'https://github.com/distro/base' };

    expect(traced('latest', inherited)).toBe('foreign-label');
    expect(traced('latest', inherited, NO_CLONE)).toBe('foreign-label');
    expect(traced('latest', { [REVISION]: BASE })).toBe('unconfirmed-label');
    expect(traced('latest', { ...inherited, 'vcs-ref': SHA })).toBe('9c1e0d8 by label (vcs-ref), in clone');
    expect(traced('latest', inherited, { ...NO_CLONE, repository: null })).toBe('unconfirmed-label');
  });

  it('is not taken from one label with the source from another place', () => {
    const sets = [{ [REVISION]: BASE }, { [SOURCE]: 'https://github.com/acme/shop' }];

    expect(inWords(imageCommit(image('latest'), sets, NO_CLONE))).toBe('unconfirmed-label');
  });

  it('is nothing where it is empty, and unreadable where it is something else', () => {
    expect(traced(null, { [REVISION]: ' ' })).toBe('no-tag');
    expect(traced(null, { [REVISION]: 'main' })).toBe('unreadable-label');
    expect(traced(null, { [REVISION]: 'abcdef1' })).toBe('unconfirmed-label');
    expect(traced(null, { [REVISION]: HEX_64 }, { ...ORIGIN, resolve: clone(HEX_64) })).toContain('in clone');
  });

  it('comes after the tag, but before a tag whose commit the clone lacks', () => {
    expect(traced(OTHER, { [REVISION]: SHA })).toContain('1234567 by tag-is-sha');
    expect(traced(BASE, { [REVISION]: SHA })).toBe(`9c1e0d8 by label (${REVISION}), in clone`);
  });
});

describe('the commit of a release', () => {
  it('is that of the tag of the same name, with or without its v', () => {
    expect(traced('v1.2.3')).toBe('1234567 by release-tag (v1.2.3), in clone');
    expect(traced('1.2.3')).toBe('1234567 by release-tag (v1.2.3), in clone');
    expect(traced('v1.2.3', {}, NO_CLONE)).toBe('1234567 by release-tag (v1.2.3), no clone');
    const bare = { ...ORIGIN, tagCommit: (tag: string) => (tag === '1.2.3' ? OTHER : null) };
    expect(traced('v1.2.3', {}, bare)).toContain('release-tag (1.2.3)');
  });

  it('is not that of another one, nor of a tag that moves', () => {
    expect(traced('v1.2.4')).toBe('unknown-release');
    expect(traced('v1.2.3-abcdef1')).toBe('unknown-commit');
    for (const tag of ['latest', 'main', 'v1', 'stable']) expect(traced(tag)).toBe('moving-tag');
    expect(traced(null)).toBe('no-tag');
  });
});

describe('an image without a commit', () => {
  it('says all that was tried, the strongest first', () => {
    const labels = { [REVISION]: BASE, [SOURCE]: 'https://github.com/distro/base', 'vcs-ref': 'HEAD' };

    expect(imageCommit(image('abcdef1'), [labels], ORIGIN)).toEqual({
      kind: 'untraced',
      reason: 'unknown-commit',
      refusals: [
        { reason: 'unknown-commit', detail: 'abcdef1' },
        { reason: 'foreign-label', detail: `${REVISION}=${BASE}` },
        { reason: 'unreadable-label', detail: 'vcs-ref=HEAD' },
        { reason: 'moving-tag', detail: 'abcdef1' },
      ],
    });
  });

  it('is never an error, and never an abbreviation that the clone does not know', () => {
    const tag = fc.stringMatching(/^\w[\w.-]{0,60}$/u);
    const label = fc.oneof(fc.string({ unit: 'binary-ascii' }), fc.constantFrom(SHA, 'abcdef1', BASE));

    fc.assert(
      fc.property(tag, label, label, fc.boolean(), (text, revision, source, hasClone) => {
        const labels = [{ [REVISION]: revision, [SOURCE]: source }];

        const found = imageCommit(image(text), labels, hasClone ? ORIGIN : NO_CLONE);

        if (found.kind === 'traced') expect(found.sha).toMatch(/^[0-9a-f]{40}$/u);
        else expect(found.refusals[0].reason).toBe(found.reason);
      }),
    );
  });
});
