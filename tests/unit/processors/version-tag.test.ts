import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { componentTagPattern, isPrerelease, versionTags } from '../../../src/processors/version-tag.ts';

const { isVersion } = versionTags(null);

describe('a tag', () => {
  it.each([
    // argo-cd, kubernetes, go
    'v2.13.1',
    'v1.31.0',
    'api/v1.12.3',
    'sdk/go/v1.2.3',
    // git, etcd, rails
    'v2.45.2',
    'v2.45.0-rc0',
    'v3.5.14',
    'client/v3.5.14',
    'v7.1.3.4',
    'v7.1.0.beta2',
    // changesets, lerna, release-please
    '@acme/ui@1.2.3',
    'ui@1.2.3',
    'ui-v1.2.3',
    '@babel/core@7.24.0',
    'create-vite@5.2.3',
    'prometheus-operator-v0.74.0',
    // python
    '1.26.4',
    '2.0.0rc1',
    '24.1.2',
    '2024.6.1',
    '1.0.0.post1',
    '3.12.0a7',
    // java
    'jackson-databind-2.17.1',
    'rel/release-3.3.0',
    'commons-lang-3.14.0',
    'jenkins-2.401',
    'release-2024-01',
    'release/1.2',
    'spring-boot-3.3.0',
    '4.1.110.Final',
    'netty-4.1.110.Final',
    'v3.3.0-M1',
    // databases, C
    'REL_15_3',
    'curl-8_8_0',
    'OpenSSL_1_1_1w',
    'openssl-3.3.1',
    'redis-7.2.5',
    'go1.22.4',
    'n7.0.1',
    // others
    'V1.2.3',
    '1.2',
    'v1.2',
    'v1.2.3+build.5',
    'v1.0.0-20240102',
    '1.2.3-4',
    'chart-1.2.3',
    'helm-release-1.2.3',
  ])('called %s is a version', (tag) => {
    expect(isVersion(tag)).toBe(true);
  });

  it.each([
    'v1',
    'v12',
    '7',
    'latest',
    'stable',
    'nightly',
    'main',
    'nightly-latest',
    'before-refactoring',
    'archive/old-ui',
    'backup',
    'ui@latest',
    '',
    '20240102',
    'weekly',
    'v',
    'version',
    'a b 1.2.3',
    'release',
    'release-',
    'release-candidate',
    // of projects that write their name right before the number: they choose a pattern
  ])('called %j is none', (tag) => {
    expect(isVersion(tag)).toBe(false);
  });

  it.each([
    'v1.2.3-rc.1',
    'v1.31.0-alpha.3',
    'v2.45.0-rc0',
    'v7.1.0.beta2',
    'v7.1.0.rc1',
    '2.0.0rc1',
    '3.12.0a7',
    '3.12.0b1',
    '2.0.dev0',
    '5.0.0-SNAPSHOT',
    'v1.2.3-beta',
    'ui@1.2.3-next.0',
    '@acme/ui@2.0.0-canary.4',
    'v3.3.0-M1',
    '2024.01_rc2',
    'v1.0.0-preview3',
    'client/v3.6.0-alpha.0',
    '1.0-rc.1',
    'REL_16_BETA1',
    'v1.2.3-pr.12',
  ])('called %s is a prerelease', (tag) => {
    expect(isPrerelease(tag)).toBe(true);
  });

  it.each([
    'v1.2.3',
    '1.2',
    'v1.2.3+build.5',
    '4.1.110.Final',
    '5.6.0-final',
    '33.2.1-jre',
    '33.2.1-android',
    '1.2.3-ga',
    'v1.2.3-1',
    'v1.2.3-2',
    '1.0.0.post1',
    'v1.2.3-hotfix.1',
    'v1.2.3-lts',
    'v1.2.3-p1',
    'v1.2.3-sp2',
    'jenkins-2.401',
    'REL_15_3',
    'release-2024-01',
    'OpenSSL_1_1_1w',
    'v7.1.3.4',
    'ui-v1.2.3',
    'alpha-1.2.3',
    'create-next-app@1.2.3',
  ])('called %s is for production', (tag) => {
    expect(isPrerelease(tag)).toBe(false);
  });
});

describe('a pattern of one’s own', () => {
  it('alone decides, and minds the case', () => {
    const tags = versionTags(String.raw`^v\d+$`);

    expect(['v1', 'V1', 'v1.2.3'].map((tag) => tags.isVersion(tag))).toEqual([true, false, false]);
  });
});

describe('the pattern of a component', () => {
  const ofUi = versionTags(componentTagPattern('ui'));

  it.each(['ui@1.2.3', 'ui-v1.2.3', 'ui-1.2.3', 'ui/v1.2.3', 'ui_1.2', '@acme/ui@1.2.3'])(
    'takes %s for its own',
    (tag) => {
      expect(ofUi.isVersion(tag)).toBe(true);
    },
  );

  it.each(['gui@1.2.3', 'ui-kit@1.2.3', 'ui', 'ui@next', 'v1.2.3', 'uiv1.2.3', 'x/ui-v1'])(
    'leaves %s to others',
    (tag) => {
      expect(ofUi.isVersion(tag)).toBe(false);
    },
  );

  it('takes any name for itself, signs and all', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (name) => {
        const tags = versionTags(componentTagPattern(name));

        expect(tags.isVersion(`${name}@1.2.3`)).toBe(true);
        expect(tags.isVersion(`${name}-v1.2.3`)).toBe(true);
      }),
    );
  });
});
