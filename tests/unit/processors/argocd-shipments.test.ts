import { describe, expect, it } from 'vitest';
import {
  APPLICATIONS,
  deployedDaily,
  onDay,
  shippedIn,
  WITH_GITOPS,
  type Workspace,
} from '../../support/argocd/shipped.ts';
import { WEB } from '../../support/argocd/web.ts';
import { at, sha } from '../../support/builders.ts';

const SHOP = 'quay.io/acme/shop:1.0.0';
const SHOP_2 = 'quay.io/acme/shop:1.1.0';
const CART = 'quay.io/acme/cart:1.0.0';
const CART_2 = 'quay.io/acme/cart:1.1.0';
const NGINX = 'docker.io/library/nginx:1.27';
const DIGEST = `sha256:${'d'.repeat(64)}`;

/** What is told of the second of two deployments. */
function second(workspace: Workspace, before: readonly string[], after: readonly string[]) {
  const { lines, nowhere } = shippedIn(workspace, deployedDaily([before, after]).looks);
  return [...lines, ...nowhere].filter((line) => line.startsWith('03-02'));
}

describe('a deployment', () => {
  it('with another tag is one of the repository of the image, also where the GitOps repository is known', () => {
    for (const workspace of [APPLICATIONS, WITH_GITOPS])
      expect(second(workspace, [SHOP, CART], [SHOP_2, CART])).toEqual([
        `03-02 10:00:30 acme/shop: ${SHOP_2}`,
      ]);
  });

  it('with an image that was not there before is one of the repository of that image alone', () => {
    expect(second(WITH_GITOPS, [SHOP], [SHOP, CART])).toEqual([`03-02 10:00:30 acme/cart: ${CART}`]);
  });

  it('with only a digest more is one of the repository of the image', () => {
    expect(second(WITH_GITOPS, [SHOP], [`${SHOP}@${DIGEST}`])).toEqual([
      `03-02 10:00:30 acme/shop: ${SHOP}@${DIGEST}`,
    ]);
  });

  it('that only takes an image away is one of the configuration; nothing is told of what went', () => {
    const isChanged = () => true;

    expect(second({ ...WITH_GITOPS, isChanged }, [SHOP, CART], [SHOP])).toEqual([
      '03-02 10:00:30 acme/gitops: a10000',
    ]);
    // whether anything changed is known of no repository that is not there
    expect(second({ ...APPLICATIONS, isChanged }, [SHOP, CART], [SHOP])).toEqual([
      `03-02 10:00:30 acme/shop: ${SHOP}, no-op`,
    ]);
  });

  it('of two repositories is one of each', () => {
    expect(second(WITH_GITOPS, [SHOP, CART], [SHOP_2, CART_2])).toEqual([
      `03-02 10:00:30 acme/cart: ${CART_2}`,
      `03-02 10:00:30 acme/shop: ${SHOP_2}`,
    ]);
  });

  it('of two images of one repository is one with both', () => {
    const images = [{ image: 'quay.io/acme/*', repository: 'https://github.com/acme/shop' }];

    expect(second({ ...WITH_GITOPS, images }, [SHOP, CART], [SHOP_2, CART_2])).toEqual([
      `03-02 10:00:30 acme/shop: ${CART_2} + ${SHOP_2}`,
    ]);
  });

  it('is that of the new image, while the old one still runs beside it', () => {
    const { looks } = deployedDaily([[SHOP], [SHOP, SHOP_2]], { isOld: true });

    expect(shippedIn(WITH_GITOPS, looks).lines.at(-1)).toBe(`03-02 10:00:30 acme/shop: ${SHOP_2}`);
  });
});

describe('an image that leads to no commit', () => {
  const REVISION = 'org.opencontainers.image.revision';

  it.each([
    ['quay.io/acme/shop:latest', 'The tag moves from build to build and names no commit.'],
    [`quay.io/acme/shop@${DIGEST}`, 'It has no tag, and no label names a commit.'],
    [`quay.io/acme/shop:pr-7-${sha('c7')}`, 'It was built for a pull request and not from the branch.'],
  ])('%s: the commit of the GitOps repository stands in, and says why', (image, why) => {
    expect(second(WITH_GITOPS, [SHOP], [image])).toEqual([
      `03-02 10:00:30 acme/gitops: a10000, untraced (${image}: ${why})`,
    ]);
    // where there is none, the clone may know more
    expect(second(APPLICATIONS, [SHOP], [image])).toEqual([`03-02 10:00:30 acme/shop: ${image}`]);
  });

  it('leads to one when its labels do', () => {
    const image = `quay.io/acme/shop@${DIGEST}`;
    const labels = { [image]: { [REVISION]: sha('c7') } };
    const { looks } = deployedDaily([[SHOP], [image]]);

    expect(shippedIn({ ...WITH_GITOPS, labels }, looks).shipments.at(-1)).toMatchObject({
      repository: 'acme/shop',
      images: [{ reference: image, labels: [{ [REVISION]: sha('c7') }] }],
      untraced: null,
    });
  });

  it('is told all the same beside another one that does', () => {
    expect(second(WITH_GITOPS, [SHOP, CART], ['quay.io/acme/shop:latest', CART_2])).toEqual([
      `03-02 10:00:30 acme/cart: ${CART_2}`,
      '03-02 10:00:30 acme/shop: quay.io/acme/shop:latest',
    ]);
  });
});

describe('an image that leads to no repository of the workspace', () => {
  const OTHER = 'quay.io/acme/other:2.0.0';
  const OF_OTHER =
    'quay.io/acme/other is built from https://github.com/acme/other, which is not among the repositories';
  const OF_NGINX = 'nothing tells which repository docker.io/library/nginx is built from (argocd.images)';

  it.each([
    [OTHER, OF_OTHER],
    [NGINX, OF_NGINX],
  ])('%s: the commit of the GitOps repository stands in, else nobody claims it', (image, why) => {
    expect(second(WITH_GITOPS, [SHOP], [image])).toEqual([
      `03-02 10:00:30 acme/gitops: a10000, untraced (${why})`,
    ]);
    expect(shippedIn(APPLICATIONS, deployedDaily([[image]]).looks)).toMatchObject({
      lines: [],
      unclaimed: [{ component: 'web', environment: 'unknown', at: at('2026-03-01T10:00:30Z'), why }],
    });
  });

  it('may be none: the id of an image on one machine', () => {
    expect(shippedIn(APPLICATIONS, deployedDaily([[DIGEST]]).looks).nowhere).toEqual([
      `03-01 10:00:30 ${DIGEST} is not the name of an image`,
    ]);
  });

  it('does not matter beside one that does', () => {
    expect(second(APPLICATIONS, [SHOP, NGINX], [SHOP_2, OTHER])).toEqual([
      `03-02 10:00:30 acme/shop: ${SHOP_2}`,
    ]);
  });
});

describe('images that come and go', () => {
  it('are not deployed again by coming back as they were', () => {
    const { looks } = deployedDaily([[SHOP, CART], [SHOP], [SHOP, CART], [SHOP, CART_2]]);

    expect(shippedIn(WITH_GITOPS, looks).lines).toEqual([
      `03-01 10:00:30 acme/cart: ${CART}`,
      `03-01 10:00:30 acme/shop: ${SHOP}`,
      '03-02 10:00:30 acme/gitops: a10000, no-op',
      '03-03 10:00:30 acme/gitops: a20000, no-op',
      `03-04 10:00:30 acme/cart: ${CART_2}`,
    ]);
  });

  it('deploy nothing of a repository whose image is gone when something else is configured', () => {
    const model = deployedDaily([[SHOP, CART], [SHOP]]);
    const parameters = [{ name: 'replicas', value: '3' }];
    const { looks } = model
      .at(3600)
      .want([sha('a1')], [{ ...WEB, helm: { parameters } }])
      .sync({ images: [SHOP] });

    expect(shippedIn(APPLICATIONS, looks).lines.filter((line) => line > '03-02 11')).toEqual([
      `03-02 11:01:01 acme/shop: ${SHOP}`,
    ]);
  });
});

describe('images that nobody saw', () => {
  it('leave the commit of the GitOps repository, or the images of before, with a mark', () => {
    const { looks } = onDay(deployedDaily([[SHOP]]), 2).sync({ images: [], then: 'Progressing' });
    const why = 'untraced (the images that it deployed were not seen), unverified';

    expect(shippedIn(WITH_GITOPS, looks).lines.at(-1)).toBe(`03-02 10:00:30 acme/gitops: a10000, ${why}`);
    expect(shippedIn(APPLICATIONS, looks).lines.at(-1)).toBe(`03-02 10:00:30 acme/shop: ${SHOP}, ${why}`);
  });

  it('lead nowhere at all where none was ever seen', () => {
    const { looks } = deployedDaily([[]]);

    expect(shippedIn(APPLICATIONS, looks).nowhere).toEqual([
      '03-01 10:00:30 the images that it deployed were not seen',
    ]);
  });

  it('are those that the source puts in, as far as it says which', () => {
    const kustomized = (images: readonly string[]) => [{ ...WEB, kustomize: { images } }];
    const model = deployedDaily([[]], { sources: kustomized([`shop=${SHOP}`, 'cart=quay.io/acme/cart']) });
    const { looks } = onDay(model, 2)
      .want([sha('a1')], kustomized([SHOP_2, `quay.io/acme/cart@${DIGEST}`, `log=*:1.0.0`]))
      .sync({});

    expect(shippedIn(WITH_GITOPS, looks).lines).toEqual([
      `03-01 10:00:30 acme/shop: ${SHOP}`,
      `03-02 10:00:30 acme/shop: ${SHOP_2}`,
      `03-02 10:00:30 acme/cart: quay.io/acme/cart@${DIGEST}`,
    ]);
  });
});
