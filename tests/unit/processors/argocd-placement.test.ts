import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DoraError } from '../../../src/domain/errors.ts';
import { applicationFilter, type ApplicationFilters } from '../../../src/processors/argocd-filter.ts';
import {
  argocdPlacement,
  type Placed,
  type PlacedApplication,
} from '../../../src/processors/argocd-placement.ts';
import { USUAL_PLACEMENT, type PlacementSettings } from '../../../src/domain/argocd-settings.ts';

interface Given extends Partial<PlacedApplication> {
  /** Of a source each. */
  readonly paths?: readonly string[];
}

function application({ paths = [], ...given }: Given = {}): PlacedApplication {
  const sources = paths.map((path) => ({ repoURL: 'https://github.com/acme/gitops', path }));
  return {
    name: 'shop',
    namespace: 'argocd',
    labels: {},
    destination: { name: null, server: null },
    owner: null,
    sources,
    ...given,
  };
}

function place(given: Given, settings: Partial<PlacementSettings> = {}) {
  const { component, environment, cluster } = argocdPlacement(
    { ...USUAL_PLACEMENT, ...settings },
    'argocd',
  )(application(given));
  return { component: inWords(component), environment: inWords(environment), cluster: inWords(cluster) };
}

function inWords(placed: Placed): string {
  return placed.kind === 'unknown' ? 'unknown' : `${placed.value} by ${placed.rule}`;
}

const HERE = 'https://kubernetes.default.svc';

describe('an application of which nothing is known', () => {
  it('is in no environment and on no cluster; its name is all there is', () => {
    expect(place({})).toEqual({ component: 'shop by name', environment: 'unknown', cluster: 'unknown' });
  });

  it('is never in production by default', () => {
    for (const path of ['k8s', 'components/shop/base', 'non-prod', 'apps/nonproduction/shop', 'prod-like'])
      expect(place({ name: 'shop-prod', paths: [path], destination: { server: HERE } }).environment).toBe(
        'unknown',
      );
  });
});

describe('the path of a source', () => {
  it('says component, environment and cluster where the folders are known', () => {
    const paths = ['components/build-service/production/stone-prd-rh01'];

    expect(place({ paths }, { knownClusters: ['stone-prd-rh01'] })).toEqual({
      component: 'build-service by path',
      environment: 'production by path',
      cluster: 'stone-prd-rh01 by path',
    });
    expect(place({ paths }).cluster).toBe('stone-prd-rh01 by path');
  });

  it.each([
    ['components/shop/staging', 'staging by path'],
    ['./components//shop/stage/', 'staging by path'],
    ['argo/components/shop/development/eu1/deep/er', 'development by path'],
    ['apps/shop/overlays/prod', 'production by path'],
    ['components/shop/overlays/Production', 'production by path'],
    ['components/shop/base', 'unknown'],
    ['envs/prd/shop', 'production by path-segment'],
    ['clusters/eu1/pre-prod/shop', 'preproduction by path-segment'],
    ['apps/products/shop', 'unknown'],
  ])('%s: the environment is %s', (path, environment) => {
    expect(place({ paths: [path] }).environment).toBe(environment);
  });

  it('with two environments says neither, in whichever order they stand', () => {
    for (const path of ['staging/production', 'production/staging', 'dev/x/prod'])
      expect(place({ paths: [path] }).environment).toBe('unknown');
    expect(place({ paths: ['prod/production'] }).environment).toBe('production by path-segment');
  });

  it('counts only where all sources agree', () => {
    const [shop, admin] = ['components/shop/production', 'components/admin/production'];

    expect(place({ paths: [shop, admin] })).toMatchObject({
      component: 'shop by name',
      environment: 'production by path',
    });
    expect(place({ paths: [shop, 'components/shop/staging'] })).toMatchObject({
      component: 'shop by path',
      environment: 'unknown',
    });
    expect(place({ paths: [shop], sources: [{ path: null }, { path: shop }, {}] })).toMatchObject({
      component: 'shop by path',
    });
  });

  it('is no cluster that is not known, nor a folder of another layout', () => {
    const paths = ['components/shop/production/frontend'];

    expect(place({ paths }, { knownClusters: ['eu1'] }).cluster).toBe('unknown');
    expect(place({ paths, destination: { server: HERE } }).cluster).toBe('in-cluster by in-cluster');
    expect(place({ paths: ['components/shop/overlays/production'] }).cluster).toBe('unknown');
  });

  it('is read by the patterns of the configuration first, which name what they like', () => {
    const paths = ['clusters/(?<cluster>[^/]+)/(?<environment>[^/]+)/(?<component>.+)'];
    const given = { paths: ['clusters/eu1/live/components/shop/prod'], destination: { server: HERE } };

    expect(place(given, { paths })).toEqual({
      component: 'components/shop/prod by path',
      environment: 'live by path',
      cluster: 'eu1 by path',
    });
    expect(place({ paths: ['clusters/eu1/stg/shop'] }, { paths }).environment).toBe('staging by path');
  });

  it.each([['[^/]+/(.+)'], ['('], ['(?<component>(?:a+)+)']])(
    'cannot be read by the pattern %s',
    (pattern) => {
      expect(() => place({}, { paths: [pattern] })).toThrow(DoraError);
      expect(() => place({}, { paths: [pattern] })).toThrow(/^argocd\.paths\[0\]: /u);
    },
  );
});

describe('the configuration', () => {
  it('comes before everything else, the first rule that says something of it', () => {
    const rules = [
      { when: { name: 'shop-*', labels: { tier: 'web' } }, component: 'web' },
      { when: { name: 'shop-*' }, component: 'store', environment: 'prod' },
      { when: {}, component: 'rest', environment: 'lab', cluster: 'lab1' },
    ];
    const labels = { 'app.kubernetes.io/name': 'labelled', environment: 'dev', cluster: 'labelled' };
    const found = place({ name: 'shop-eu', labels: { ...labels, tier: 'web' } }, { rules });

    expect(found).toEqual({
      component: 'web by configured',
      environment: 'production by configured',
      cluster: 'lab1 by configured',
    });
    expect(place({ name: 'x', labels }, { rules: rules.slice(0, 2) }).component).toBe('labelled by label');
  });

  it.each([
    [{ name: 'sh?p' }],
    [{ namespace: 'argo*' }],
    [{ owner: 'all' }],
    [{ destination: 'eu*' }],
    [{ destination: 'https://eu.example*' }],
    [{ path: '*/two' }],
    [{ repository: '*/acme/gitops' }],
    [{ labels: { a: 'b' } }],
  ])('asks for %j', (when) => {
    const destination = { name: 'eu1', server: 'https://eu.example:6443' };
    const given = { owner: 'all', destination, paths: ['one', 'x/two'], labels: { a: 'b' } };
    const rules = [{ when, component: 'found' }];

    expect(place(given, { rules }).component).toBe('found by configured');
    expect(place({ name: 'other', namespace: 'other' }, { rules }).component).toBe('other by name');
  });

  it.each([
    [{ environments: { production: ['live'], staging: ['Live'] } }, 'argocd.environments: live is both'],
    [
      { servers: { 'https://eu.example/': 'eu1', 'https://EU.example:443': 'eu2' } },
      'argocd.servers: https://eu.example is both eu1 and eu2',
    ],
  ])('must not contradict itself: %j', (settings, message) => {
    expect(() => place({}, settings)).toThrow(message);
  });
});

describe('labels', () => {
  it('say what they are for', () => {
    const labels = { 'app.kubernetes.io/name': 'shop-api', env: 'prod', cluster: 'eu1' };

    expect(place({ labels, paths: ['components/shop/staging'] })).toEqual({
      component: 'shop-api by label',
      environment: 'production by label',
      cluster: 'eu1 by label',
    });
    expect(place({ labels: { environment: 'eu-live', env: 'dev' } }).environment).toBe('eu-live by label');
    expect(place({ labels: { environment: ' ' } }).environment).toBe('unknown');
  });

  it('that name a parent, a group or a role name no component', () => {
    const labels = {
      'app.kubernetes.io/instance': 'all-apps',
      'app.kubernetes.io/part-of': 'platform',
      'app.kubernetes.io/component': 'database',
    };

    expect(place({ labels }).component).toBe('shop by name');
  });

  it('are asked for by name only', () => {
    const labels = { component: ['constructor'], environment: [], cluster: [] };

    expect(place({}, { labels }).component).toBe('shop by name');
  });
});

describe('the cluster', () => {
  it('is the name of the destination, or the name that the configuration gives its server', () => {
    const servers = { 'https://api.eu1.example:6443': 'eu1', [HERE]: 'hub' };
    const at = (destination: PlacedApplication['destination']) => place({ destination }, { servers }).cluster;

    expect(at({ name: 'us1' })).toBe('us1 by destination-name');
    expect(at({ server: 'https://API.eu1.example:6443/' })).toBe('eu1 by destination-server');
    expect(at({ server: HERE })).toBe('hub by destination-server');
    expect(at({ name: 'in-cluster' })).toBe('hub by destination-server');
    expect(at({ server: 'https://kubernetes.default.svc.cluster.local:443' })).toBe(
      'hub by destination-server',
    );
  });

  it('is where Argo CD runs, unless a known cluster is named', () => {
    const knownClusters = ['stone-prd-rh01'];
    const destination = { server: HERE };

    expect(place({ destination }).cluster).toBe('in-cluster by in-cluster');
    expect(place({ destination: { name: 'in-cluster' } }).cluster).toBe('in-cluster by in-cluster');
    expect(place({ destination, name: 'shop-stone-prd-rh01' }, { knownClusters }).cluster).toBe(
      'stone-prd-rh01 by name-suffix',
    );
    expect(
      place({ destination, paths: ['components/shop/production/stone-prd-rh01'] }, { knownClusters }).cluster,
    ).toBe('stone-prd-rh01 by path');
  });

  it('is at last the host of its server, so that two clusters are never one', () => {
    expect(place({ destination: { server: 'https://api.eu1.example:6443' } }).cluster).toBe(
      'api.eu1.example by destination-host',
    );
    expect(place({ destination: { server: 'nowhere' } }).cluster).toBe('unknown');
  });

  it('is the longest that fits the end of the name, whole and with something before it', () => {
    const knownClusters = ['rh01', 'prd-rh01', 'stone-prd-rh01'];

    expect(place({ name: 'shop-stone-prd-rh01' }, { knownClusters })).toMatchObject({
      component: 'shop by name-suffix',
      cluster: 'stone-prd-rh01 by name-suffix',
    });
    expect(place({ name: 'shop-xrh01' }, { knownClusters }).cluster).toBe('unknown');
    expect(place({ name: 'rh01' }, { knownClusters }).component).toBe('rh01 by name');
    expect(place({ name: '-rh01' }, { knownClusters }).component).toBe('-rh01 by name');
  });
});

describe('the ApplicationSet', () => {
  it.each([
    ['shop', 'unknown'],
    ['shop-production', 'production by owner'],
    ['shop-eu1', 'unknown'],
    ['shop-stg-eu1', 'staging by owner'],
    ['shop-eu1-dev', 'development by owner'],
    ['shop-us9', 'unknown'],
  ])('that made %s is the component where the rest of the name is a place', (name, environment) => {
    const found = place({ name, owner: 'shop', destination: { name: 'us9' } }, { knownClusters: ['eu1'] });

    expect(found).toMatchObject({ component: 'shop by owner', environment });
  });

  it.each(['shop-frontend', 'shop-frontend-eu1', 'shopping', 'admin'])(
    'that made %s makes several components, and is none',
    (name) => {
      const found = place({ name, owner: 'shop' }, { knownClusters: ['eu1'] });

      expect(found.component).not.toContain('owner');
    },
  );
});

describe('texts of others', () => {
  it('are shown without what a terminal acts on', () => {
    expect(place({ labels: { cluster: 'e\u001b[2Ju1' } }).cluster).toBe(String.raw`e\x1b[2Ju1 by label`);
  });
});

describe('laws of placement', () => {
  const word = fc.constantFrom('shop', 'prod', 'staging', 'eu1', 'prd-eu1', 'base', 'components', 'overlays');
  const path = fc.array(word, { maxLength: 5 }).map((words) => words.join('/'));
  const given = fc.record({
    name: fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join('-')),
    owner: fc.option(word, { nil: null }),
    paths: fc.array(path, { maxLength: 3 }),
    destination: fc.record({ name: fc.option(word, { nil: null }), server: fc.constantFrom(null, HERE) }),
  });
  const shuffled = fc.shuffledSubarray(['eu1', 'prd-eu1', 'shop', 'rh01'], { minLength: 4 });

  it('does not depend on the order of clusters, environments, servers or sources', () => {
    const environments = Object.entries(USUAL_PLACEMENT.environments);

    fc.assert(
      fc.property(
        given,
        shuffled,
        fc.shuffledSubarray(environments, { minLength: 5 }),
        (app, clusters, order) => {
          const one = place(app, { knownClusters: clusters });
          const other = place(
            { ...app, paths: app.paths.toReversed() },
            { knownClusters: clusters.toSorted(), environments: Object.fromEntries(order) },
          );

          expect(other).toEqual(one);
        },
      ),
    );
  });

  it('finds production only where something is called that', () => {
    fc.assert(
      fc.property(given, (app) => {
        const texts = [app.name, ...app.paths].join('/').split(/[/-]/u);
        fc.pre(!texts.includes('prod'));

        expect(place(app).environment).not.toContain('production');
      }),
    );
  });
});

describe('the filters', () => {
  const ALL: ApplicationFilters = { namespaces: [], componentsToMonitor: [], componentsToIgnore: [] };

  it.each([
    [{}, null],
    [{ namespaces: ['argo*'] }, null],
    [{ namespaces: ['other'] }, 'other-namespace'],
    [{ componentsToMonitor: ['sh*'] }, null],
    [{ componentsToMonitor: ['admin'] }, 'not-monitored'],
    [{ componentsToIgnore: ['SHOP'] }, 'ignored'],
    [{ componentsToMonitor: ['shop'], componentsToIgnore: ['s?op'] }, 'ignored'],
    [{ namespaces: ['other'], componentsToIgnore: ['shop'] }, 'other-namespace'],
  ] as const)('%j: %s', (filters: Partial<ApplicationFilters>, reason) => {
    const app = application();

    expect(applicationFilter({ ...ALL, ...filters })(app, argocdPlacement(USUAL_PLACEMENT, '')(app))).toBe(
      reason,
    );
  });
});
