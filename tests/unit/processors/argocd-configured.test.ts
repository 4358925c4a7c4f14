import { describe, expect, it } from 'vitest';
import { ArgoModel } from '../../support/argocd/model.ts';
import type { ModelSource } from '../../support/argocd/model-types.ts';
import {
  APPLICATIONS,
  deployedDaily,
  onDay,
  shippedIn,
  WITH_GITOPS,
  type Workspace,
} from '../../support/argocd/shipped.ts';
import { newborn, running, WEB } from '../../support/argocd/web.ts';
import { sha } from '../../support/builders.ts';

const SHOP = 'quay.io/acme/shop:1.0.0';
const SHOP_2 = 'quay.io/acme/shop:1.1.0';

const VALUES: ModelSource = { repoURL: WEB.repoURL, ref: 'values' };
const CHART: ModelSource = { repoURL: 'https://charts.acme.dev', chart: 'web' };

function withReplicas(value: string): ModelSource[] {
  return [{ ...WEB, helm: { parameters: [{ name: 'replicas', value }] } }];
}

/** What is told of the last thing that happened to the application. */
function last(workspace: Workspace, { looks }: ArgoModel): string | undefined {
  const { lines, nowhere } = shippedIn(workspace, looks);
  return [...lines, ...nowhere].sort().at(-1);
}

describe('another commit with the same images', () => {
  const model = deployedDaily([[SHOP], [SHOP]]);

  it.each([
    ['changed something under the paths: it configures', true, ''],
    ['changed nothing under the paths: nothing was deployed', false, ', no-op'],
    ['of which nobody knows what it changed: nothing was deployed', null, ', no-op'],
  ])('%s', (_, isChanged, aside) => {
    expect(last({ ...WITH_GITOPS, isChanged: () => isChanged }, model)).toBe(
      `03-02 10:00:30 acme/gitops: a10000${aside}`,
    );
  });

  it('of a repository that is not there deployed nothing, and nobody is asked', () => {
    const { lines, asked } = shippedIn({ ...APPLICATIONS, isChanged: () => true }, model.looks);

    expect(lines.at(-1)).toBe(`03-02 10:00:30 acme/shop: ${SHOP}, no-op`);
    expect(asked).toEqual([]);
  });

  it('is compared with the one before, under the path of the source and those of the annotation', () => {
    const { looks } = deployedDaily([[SHOP], [SHOP]], { generatePaths: '.;../base;/charts' });

    expect(shippedIn(WITH_GITOPS, looks).asked).toEqual([
      { repository: 'acme/gitops', from: sha('a0'), to: sha('a1'), paths: ['base', 'charts', 'web'] },
    ]);
  });

  it('configures when the source itself is another, whatever changed under its paths', () => {
    const moved = deployedDaily([[SHOP]])
      .at(3600)
      .want([sha('a1')], [{ ...WEB, path: 'web/v2' }]);

    expect(last({ ...WITH_GITOPS, isChanged: () => false }, moved.sync({ images: [SHOP] }))).toBe(
      '03-01 11:01:01 acme/gitops: a10000',
    );
  });
});

describe('a parameter that changed', () => {
  const model = deployedDaily([[SHOP]], { sources: withReplicas('2') });
  model
    .at(3600)
    .want([sha('a0')], withReplicas('3'))
    .sync({ images: [SHOP] });

  it('configures: it deploys the GitOps repository, else what the images are built from', () => {
    expect(last(WITH_GITOPS, model)).toBe('03-01 11:01:01 acme/gitops: a00000');
    expect(last(APPLICATIONS, model)).toBe(`03-01 11:01:01 acme/shop: ${SHOP}`);
  });

  it('and changes back configures again', () => {
    const back = deployedDaily([[SHOP]], { sources: withReplicas('2') });
    back
      .at(3600)
      .want([sha('a0')], withReplicas('3'))
      .sync({ images: [SHOP] });
    back
      .at(3600)
      .want([sha('a0')], withReplicas('2'))
      .sync({ images: [SHOP] });

    expect(shippedIn(WITH_GITOPS, back.looks).lines).toEqual([
      `03-01 10:00:30 acme/shop: ${SHOP}`,
      '03-01 11:01:01 acme/gitops: a00000',
      '03-01 12:01:32 acme/gitops: a00000',
    ]);
  });

  it('that names the image deploys that', () => {
    const other = deployedDaily([[SHOP]], { sources: withReplicas('2') });
    other
      .at(3600)
      .want([sha('a0')], withReplicas('3'))
      .sync({ images: [SHOP_2] });

    expect(last(WITH_GITOPS, other)).toBe(`03-01 11:01:01 acme/shop: ${SHOP_2}`);
  });
});

describe('a redeploy', () => {
  it('is set aside, in the GitOps repository or in those of the images', () => {
    const model = deployedDaily([[SHOP]])
      .at(3600)
      .sync({ by: 'somebody', images: [SHOP] });

    expect(last(WITH_GITOPS, model)).toBe('03-01 11:01:01 acme/gitops: a00000, redeployed');
    expect(last(APPLICATIONS, model)).toBe(`03-01 11:01:01 acme/shop: ${SHOP}, redeployed`);
  });

  it('that leads nowhere is not worth telling', () => {
    const model = running().at(3600).sync({ by: 'somebody' });

    expect(shippedIn(APPLICATIONS, model.looks).nowhere).toEqual([
      '03-01 10:00:30 the images that it deployed were not seen',
    ]);
  });
});

describe('a rollback', () => {
  it('deploys the older image again, by hand as by a commit', () => {
    const model = deployedDaily([[SHOP], [SHOP_2]]);
    model.at(600).rollback({ revisions: [sha('a0')], sources: [WEB], images: [SHOP] });

    expect(shippedIn(WITH_GITOPS, model.looks).lines.slice(1)).toEqual([
      `03-02 10:00:30 acme/shop: ${SHOP_2}`,
      `03-02 10:11:01 acme/shop: ${SHOP}`,
    ]);
    expect(last(WITH_GITOPS, deployedDaily([[SHOP], [SHOP_2], [SHOP]]))).toBe(
      `03-03 10:00:30 acme/shop: ${SHOP}`,
    );
  });

  it('to a commit with the same images configures', () => {
    const model = deployedDaily([[SHOP], [SHOP]]);
    model.at(600).rollback({ revisions: [sha('a0')], sources: [WEB], images: [SHOP] });

    expect(last({ ...WITH_GITOPS, isChanged: () => true }, model)).toBe('03-02 10:11:01 acme/gitops: a00000');
  });
});

describe('several sources', () => {
  it('with another version of the chart configure', () => {
    const model = newborn({ sources: [CHART, VALUES] }).at(3600);
    model.want(['1.0.0', sha('a0')]).sync({ images: [SHOP], then: 'Healthy' });
    model
      .at(3600)
      .want(['1.1.0', sha('a0')])
      .sync({ images: [SHOP] });

    expect(last(WITH_GITOPS, model)).toBe('03-01 11:01:01 acme/gitops: a00000');
    expect(last(APPLICATIONS, model)).toBe(`03-01 11:01:01 acme/shop: ${SHOP}`);
  });

  it('without a path are the files that the annotation names', () => {
    const model = newborn({ sources: [CHART, VALUES], generatePaths: '/values/web' }).at(3600);
    model.want(['1.0.0', sha('a0')]).sync({ images: [SHOP], then: 'Healthy' });
    model
      .at(3600)
      .want(['1.0.0', sha('a1')])
      .sync({ images: [SHOP] });

    expect(shippedIn(WITH_GITOPS, model.looks).asked).toMatchObject([{ paths: ['values/web'] }]);
  });

  it('deploy the commit that is new, of whichever repository', () => {
    const sources = [WEB, { repoURL: 'https://github.com/acme/values.git', path: 'web' }];
    const model = newborn({ sources }).at(3600);
    model.want([sha('a0'), sha('b0')]).sync({ images: [SHOP], then: 'Healthy' });
    model
      .at(3600)
      .want([sha('a0'), sha('b1')])
      .sync({ images: [SHOP] });
    const repositories = [...WITH_GITOPS.repositories, 'acme/values'];

    expect(last({ ...WITH_GITOPS, repositories, isChanged: () => true }, model)).toBe(
      '03-01 11:01:01 acme/values: b10000',
    );
  });

  it('of which the workspace has one deploy that', () => {
    const sources = [{ repoURL: 'https://github.com/else/where.git', path: 'web' }, WEB];
    const model = newborn({ sources })
      .at(3600)
      .want([sha('b0'), sha('a0')])
      .sync({ then: 'Healthy' });

    expect(last(WITH_GITOPS, model)).toContain('acme/gitops: a00000');
  });
});

describe('a chart alone', () => {
  it('is no commit: what its images lead to is deployed, else nobody claims it', () => {
    const model = newborn({ sources: [CHART] }).at(3600);
    model.want(['1.0.0']).sync({ images: ['docker.io/library/nginx:1.27'], then: 'Healthy' });

    expect(shippedIn(WITH_GITOPS, model.looks).nowhere).toEqual([
      '03-01 10:00:30 nothing tells which repository docker.io/library/nginx is built from (argocd.images)',
    ]);
  });
});

describe('a commit that a hydrator made', () => {
  const hydrated = () => {
    const model = newborn({ hydrates: true, retryLimit: 0 }).at(3600).hydrated(sha('d0'), sha('ee0'));
    return model.sync({ then: 'Healthy', images: ['docker.io/library/nginx:1.27'] });
  };

  it('stands for that of the developer', () => {
    expect(last(WITH_GITOPS, hydrated())).toMatch(/^03-01 10:00:30 acme\/gitops: d00000, untraced/u);
  });

  it('does so also where its sync fails', () => {
    const model = hydrated().at(3600).hydrated(sha('d1'), sha('ee1'));

    expect(last(WITH_GITOPS, model.sync({ isUnfinished: true }).failAttempt('no'))).toBe(
      '03-01 11:01:01 acme/gitops: attempt at d10000, failed (sync failed: no)',
    );
  });

  it('is compared with the one that the hydrator made before', () => {
    const model = hydrated().at(3600).hydrated(sha('d1'), sha('ee1'));
    model.sync({ images: ['docker.io/library/nginx:1.27'] });

    expect(shippedIn(WITH_GITOPS, model.looks).asked).toMatchObject([{ from: sha('ee0'), to: sha('ee1') }]);
  });
});

describe('an application that is made anew', () => {
  /** A day after the other one was last seen. */
  function anew(images: readonly string[], revision: string, sources: readonly ModelSource[] = [WEB]) {
    const before = deployedDaily([[SHOP]])
      .at(600)
      .delete();
    const model = new ArgoModel({ uid: 'anew', name: 'web', at: '2026-03-02T09:00:00Z', sources });
    const { looks } = model.at(3600).want([revision]).sync({ images, then: 'Healthy' });
    return [...before.looks, ...looks];
  }

  it('as it was deploys nothing', () => {
    expect(shippedIn(WITH_GITOPS, anew([SHOP], sha('a0'))).lines).toEqual([
      `03-01 10:00:30 acme/shop: ${SHOP}`,
      '03-02 10:00:30 acme/gitops: a00000, redeployed',
    ]);
    expect(shippedIn(APPLICATIONS, anew([SHOP], sha('a0'))).lines).toEqual([
      `03-01 10:00:30 acme/shop: ${SHOP}`,
      `03-02 10:00:30 acme/shop: ${SHOP}, redeployed`,
    ]);
  });

  it.each([
    [true, ''],
    [null, ', no-op'],
  ])(
    'with another commit and the same images configures, if that changed something (%s)',
    (isChanged, aside) => {
      expect(
        shippedIn({ ...WITH_GITOPS, isChanged: () => isChanged }, anew([SHOP], sha('a1'))).lines.at(-1),
      ).toBe(`03-02 10:00:30 acme/gitops: a10000${aside}`);
    },
  );

  it('with another image deploys that', () => {
    expect(shippedIn(WITH_GITOPS, anew([SHOP_2], sha('a1'))).lines.at(-1)).toBe(
      `03-02 10:00:30 acme/shop: ${SHOP_2}`,
    );
  });

  it('with other parameters configures', () => {
    expect(shippedIn(WITH_GITOPS, anew([SHOP], sha('a0'), withReplicas('3'))).lines.at(-1)).toBe(
      '03-02 10:00:30 acme/gitops: a00000',
    );
  });

  it('in another place is deployed there', () => {
    const before = deployedDaily([[SHOP]])
      .at(600)
      .delete();
    const cluster = 'https://us1.example:6443';
    const model = new ArgoModel({
      uid: 'anew',
      name: 'web',
      at: '2026-03-02T09:00:00Z',
      sources: [WEB],
      cluster,
    });
    const { looks } = onDay(model, 2)
      .want([sha('a0')])
      .sync({ images: [SHOP], then: 'Healthy' });

    expect(shippedIn(APPLICATIONS, [...before.looks, ...looks]).shipments).toMatchObject([
      { cluster: 'eu1.example', notBecause: null },
      { cluster: 'us1.example', notBecause: null },
    ]);
  });
});
