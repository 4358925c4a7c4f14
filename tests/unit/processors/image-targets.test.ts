import { describe, expect, it } from 'vitest';
import { type ImageRule } from '../../../src/domain/argocd-settings.ts';
import { USUAL_ARGO } from '../../support/argocd/usual.ts';
import { isSameRepository } from '../../../src/domain/clone-address.ts';
import { DoraError } from '../../../src/domain/errors.ts';
import type { LabelSet } from '../../../src/processors/image-labels.ts';
import { imageTargets, type ImageTarget } from '../../../src/processors/image-targets.ts';
import { sha } from '../../support/builders.ts';

const SOURCE = 'org.opencontainers.image.source';
const REVISION = 'org.opencontainers.image.revision';
const DIGEST = `sha256:${'d'.repeat(64)}`;

interface Given {
  readonly rules?: readonly ImageRule[];
  readonly labels?: readonly LabelSet[];
  readonly tagPatterns?: readonly string[];
  readonly names?: readonly string[];
}

function find(
  reference: string,
  { rules = [], labels = [], tagPatterns = [], names = ['acme/shop', 'acme/cart'] }: Given = {},
): ImageTarget {
  const repositoryAt = (address: string) =>
    names.find((name) => isSameRepository(`https://github.com/${name}`, address)) ?? null;
  const settings = { ...USUAL_ARGO, images: rules, tagPatterns };
  return imageTargets(settings, { repositoryAt, names, labelsOf: () => labels })(reference);
}

/** The repository, or why there is none. */
function repositoryOf(reference: string, given: Given = {}): string {
  const target = find(reference, given);
  return target.kind === 'found' ? target.repository : target.why;
}

function untraceable(reference: string, given: Given = {}): string | null {
  const target = find(reference, given);
  if (target.kind === 'nowhere') throw new RangeError(target.why);
  return target.untraceable;
}

describe('the repository of an image', () => {
  const rules = [{ image: 'quay.io/teams/(.+)', repository: 'git@github.com:acme/$1.git' }];

  it('is what the configuration says, else a label, else the name', () => {
    const labels = [{ [SOURCE]: 'https://github.com/acme/cart' }];

    expect(repositoryOf('quay.io/teams/shop:1.0.0', { rules, labels })).toBe('acme/shop');
    expect(repositoryOf('ghcr.io/acme/shop:1.0.0', { rules, labels })).toBe('acme/cart');
    expect(repositoryOf('ghcr.io/acme/shop:1.0.0', { rules })).toBe('acme/shop');
  });

  it('is found by its name in whichever registry and case', () => {
    const names = ['Acme/Shop'];

    for (const reference of [
      'ghcr.io/acme/shop',
      'acme/shop:1',
      `eu.registry.example:5000/acme/shop@${DIGEST}`,
    ])
      expect(repositoryOf(reference, { names })).toBe('Acme/Shop');
    expect(repositoryOf('ghcr.io/acme/team/shop', { names })).not.toBe('Acme/Shop');
  });

  it('is found by its name where the label is that of a base image', () => {
    const labels = [{ [SOURCE]: 'https://github.com/distro/base' }];

    expect(repositoryOf('ghcr.io/acme/shop:1.0.0', { labels })).toBe('acme/shop');
    expect(repositoryOf('quay.io/elsewhere/shop:1.0.0', { labels })).toBe(
      'quay.io/elsewhere/shop is built from https://github.com/distro/base, which is not among the repositories',
    );
  });

  it('is not found by its name where the configuration names another one', () => {
    const elsewhere = [{ image: 'ghcr.io/*/*', repository: 'https://git.example/$1/$2' }];

    expect(repositoryOf('ghcr.io/acme/shop:1.0.0', { rules: elsewhere })).toBe(
      'ghcr.io/acme/shop is built from https://git.example/acme/shop, which is not among the repositories',
    );
  });

  it('is nowhere in words', () => {
    expect(repositoryOf('nginx:1.27')).toBe(
      'nothing tells which repository docker.io/library/nginx is built from (argocd.images)',
    );
    expect(repositoryOf('quay.io/x/y', { labels: [{ [SOURCE]: 'jenkins' }] })).toBe(
      `what is said of quay.io/x/y is no address of a repository (${SOURCE}=jenkins)`,
    );
    expect(repositoryOf('not an image')).toBe('not an image is not the name of an image');
    expect(repositoryOf(DIGEST)).toBe(`${DIGEST} is not the name of an image`);
  });

  it('cannot be looked for by rules that cannot work', () => {
    expect(() => find('nginx', { rules: [{ image: '((', repository: 'https://github.com/a/b' }] })).toThrow(
      DoraError,
    );
    expect(() => find('nginx', { tagPatterns: ['v.*'] })).toThrow(/argocd\.tagPatterns\[0\]/u);
  });
});

describe('an image of a repository', () => {
  it('may be traced by its clone where its tag or a label looks like a commit or a release', () => {
    for (const tag of [sha('c7'), '9c1e0d8', 'main-9c1e0d8', 'v1.2.3', '1.2.3'])
      expect(untraceable(`ghcr.io/acme/shop:${tag}`)).toBeNull();
    expect(
      untraceable(`ghcr.io/acme/shop@${DIGEST}`, { labels: [{}, { [REVISION]: sha('c7') }] }),
    ).toBeNull();
    expect(
      untraceable('ghcr.io/acme/shop:build_9c1e0d8_x', { tagPatterns: ['build_(?<sha>.+)_x'] }),
    ).toBeNull();
  });

  it.each([
    ['ghcr.io/acme/shop', 'It has no tag, and no label names a commit.'],
    ['ghcr.io/acme/shop:latest', 'The tag moves from build to build and names no commit.'],
    ['ghcr.io/acme/shop:pr-12', 'It was built for a pull request and not from the branch.'],
    [
      `ghcr.io/acme/shop:${'d'.repeat(64)}`,
      'The tag has the form of a digest, which names contents and no commit.',
    ],
  ])('%s leads to no commit of it', (reference, why) => {
    expect(untraceable(reference)).toBe(`${reference}: ${why}`);
  });

  it('comes with its labels as they are, as far as they have a value', () => {
    const labels = [{ [REVISION]: sha('c7'), [SOURCE]: undefined }, {}];

    expect(find('ghcr.io/acme/shop:latest', { labels })).toMatchObject({
      image: { reference: 'ghcr.io/acme/shop:latest', labels: [{ [REVISION]: sha('c7') }, {}] },
    });
  });
});
