import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { settingsOptions } from '../../../src/cli/commands/settings-options.ts';
import { ARGOCD_ACCESS_SETTINGS, SETTINGS } from '../../../src/config/layers.ts';
import { configurationSchema } from '../../../src/config/load.ts';
import { USUAL_PLACEMENT } from '../../../src/domain/argocd-settings.ts';
import { configurationFolder, type GivenConfiguration } from '../../support/config.ts';
import { USUAL_ARGO } from '../../support/argocd/usual.ts';
import type { Settings } from '../../../src/domain/settings.ts';
import { HOUR, MINUTE } from '../../../src/domain/units.ts';
import { argocdPlacement } from '../../../src/processors/argocd-placement.ts';
import { imageRepositories } from '../../../src/processors/image-repositories.ts';
import { tagPatterns } from '../../../src/processors/image-tags.ts';

const configuration = configurationFolder();

async function load(given: GivenConfiguration): Promise<Settings> {
  return (await configuration.load(given)).settings;
}

/** The settings of a section `argocd` in flow style. */
async function section(text: string): Promise<Settings> {
  return await load({ yaml: `argocd: ${text}\n` });
}

/** The lines of the error but for its head. */
async function mistakes(given: GivenConfiguration): Promise<string[]> {
  return (await configuration.mistakes(given)).slice(1);
}

const NOT_ASKED: Settings['argocd'] = {
  isEnabled: false,
  name: 'argocd',
  url: null,
  context: null,
  kubeconfig: null,
  projects: [],
  selector: null,
  timeoutSeconds: 30,
  registries: [],
};

describe('Argo CD without configuration', () => {
  it.each(['', 'argocd: {}', 'argocd: { labels: {}, failures: {} }'])(
    'is not asked, and the usual holds (%j)',
    async (yaml) => {
      const settings = await load({ yaml });

      expect(settings.argocd).toEqual(NOT_ASKED);
      expect(settings.dataset.argocd).toEqual(USUAL_ARGO);
      expect(settings.differing).toEqual([]);
    },
  );
});

describe('how Argo CD is asked', () => {
  it.each([
    ['{ url: "https://argocd.example.com" }', true],
    ['{ context: east }', true],
    ['{ kubeconfig: kube.yaml }', true],
    ['{ enabled: true }', true],
    ['{ enabled: false, context: east }', false],
    ['{ namespaces: [argocd], name: east }', false],
    ['{ url: null, context: null, kubeconfig: null, selector: null }', false],
  ])('by %s: asked at all %s', async (text, isEnabled) => {
    expect((await section(text)).argocd.isEnabled).toBe(isEnabled);
  });

  it('may be said in full', async () => {
    const { argocd } = await section(
      '{ name: east, context: gitops, kubeconfig: kube/config, projects: [shop], selector: "tier in (a,b)", timeoutSeconds: 0.5, registries: [quay.io, "*.example.com", "localhost:5000"] }',
    );

    expect(argocd).toEqual({
      isEnabled: true,
      name: 'east',
      url: null,
      context: 'gitops',
      kubeconfig: path.join(configuration.folder(), 'kube', 'config'),
      projects: ['shop'],
      selector: 'tier in (a,b)',
      timeoutSeconds: 0.5,
      registries: ['quay.io', '*.example.com', 'localhost:5000'],
    });
  });

  it('with a kubeconfig that is found from where the file lies, or anywhere', async () => {
    const cwd = path.join(configuration.folder(), 'deep');
    await mkdir(cwd);
    const found = await load({ yaml: 'argocd: { kubeconfig: ../kube.yaml }', cwd });
    const absolute = await section('{ kubeconfig: /etc/kube.yaml }');

    expect(found.argocd.kubeconfig).toBe(path.join(path.dirname(configuration.folder()), 'kube.yaml'));
    expect(absolute.argocd.kubeconfig).toBe('/etc/kube.yaml');
  });

  it.each([
    'https://argocd.example.com',
    'https://argocd.example.com/',
    'https://argocd.example.com:8443/root/path',
    'http://localhost:8080',
    'http://127.0.0.1:8080/argocd',
    'http://[::1]:8080',
  ])('may be at %s', async (url) => {
    expect((await section(`{ url: "${url}" }`)).argocd.url).toBe(url);
  });

  it.each([
    'http://argocd.example.com',
    'http://localhost.evil.example/very-secret',
    'https://very-secret@argocd.example.com',
    'https://ada:very-secret@argocd.example.com',
    'https://:very-secret@argocd.example.com',
    'https://argocd.example.com?token=very-secret',
    'https://argocd.example.com#very-secret',
    'ftp://argocd.example.com',
    'argocd.example.com',
    '',
  ])('may not be at %j, and what is said about it does not repeat it', async (url) => {
    const inFile = await mistakes({ yaml: `argocd: { url: "${url}" }` });
    const inFlag = url === '' ? inFile : await mistakes({ flags: { argocdUrl: url } });

    for (const message of [inFile, inFlag].map((lines) => lines.join('\n'))) {
      expect(message).toMatch(/^argocd\.url: is not the address of a server/u);
      expect(message).not.toContain('very-secret');
    }
  });

  it('may not be said for both APIs', async () => {
    const yaml = `argocd:
  url: https://argocd.example.com
  context: east
  kubeconfig: kube.yaml
`;
    const why = 'is for the API of Kubernetes, and url for that of Argo CD: keep one of them';

    expect(await mistakes({ yaml })).toEqual([
      `argocd.context: ${why} (dora-metrics.yaml line 3)`,
      `argocd.kubeconfig: ${why} (dora-metrics.yaml line 4)`,
    ]);
    expect(
      await mistakes({
        yaml: 'argocd: { url: "https://argocd.example.com" }',
        flags: { argocdContext: 'x' },
      }),
    ).toEqual([`argocd.context: ${why} (--argocd-context)`]);
  });
});

describe('what Argo CD deployed', () => {
  it('may be placed by names, labels, paths and rules', async () => {
    const { dataset } = await load({
      yaml: `
argocd:
  namespaces: [argocd, openshift-gitops]
  componentsToMonitor: ["shop-*"]
  componentsToIgnore: [monitoring]
  rollout: cluster
  knownClusters: [east]
  clusters: { "https://api.west.example.com:6443": west }
  environments: { production: [live], canary: [cny] }
  labels: { environment: [stage], cluster: [] }
  paths: ['(?<component>[^/]+)/(?<environment>[^/]+)']
  rules:
    - when: { name: "a-*", namespace: n, destination: d, owner: o, path: p, repository: r, labels: { tier: edge, gone: "" } }
      component: a
      environment: staging
      cluster: east
    - environment: production
`,
    });

    expect(dataset.argocd).toEqual({
      ...USUAL_ARGO,
      namespaces: ['argocd', 'openshift-gitops'],
      componentsToMonitor: ['shop-*'],
      componentsToIgnore: ['monitoring'],
      rollout: 'cluster',
      placement: {
        knownClusters: ['east'],
        servers: { 'https://api.west.example.com:6443': 'west' },
        environments: { ...USUAL_PLACEMENT.environments, production: ['live'], canary: ['cny'] },
        labels: { component: ['app.kubernetes.io/name'], environment: ['stage'], cluster: [] },
        paths: ['(?<component>[^/]+)/(?<environment>[^/]+)'],
        rules: [
          {
            when: {
              name: 'a-*',
              namespace: 'n',
              destination: 'd',
              owner: 'o',
              path: 'p',
              repository: 'r',
              labels: { tier: 'edge', gone: '' },
            },
            component: 'a',
            environment: 'staging',
            cluster: 'east',
          },
          { when: {}, environment: 'production' },
        ],
      },
    });
  });

  it.each([
    '[{ image: quay.io/acme/shop, repository: "https://github.com/acme/shop" }, { image: "quay.io/acme/*", repository: "git@github.com:acme/$1" }]',
    '{ quay.io/acme/shop: "https://github.com/acme/shop", "quay.io/acme/*": "git@github.com:acme/$1" }',
  ])('may be built from repositories that a list or a map names: %s', async (images) => {
    expect((await section(`{ images: ${images} }`)).dataset.argocd.images).toEqual([
      { image: 'quay.io/acme/shop', repository: 'https://github.com/acme/shop' },
      { image: 'quay.io/acme/*', repository: 'git@github.com:acme/$1' },
    ]);
  });

  it('may be tagged in other ways', async () => {
    const { dataset } = await section(String.raw`{ tagPatterns: ['b-\d+-(?<sha>[0-9a-f]{7})'] }`);

    expect(dataset.argocd.tagPatterns).toEqual([String.raw`b-\d+-(?<sha>[0-9a-f]{7})`]);
  });

  it('may fail sooner or later', async () => {
    const { dataset } = await section(
      '{ failures: { degradedWithin: 2h, degradedFor: 0m, retries: 1, retryingFor: 1m, progressingFor: 30m, missingFor: 1h } }',
    );
    const endless = await section('{ failures: { progressingFor: null } }');

    expect(dataset.argocd.failures).toEqual({
      degradedWithin: 2 * HOUR,
      degradedFor: 0,
      retries: 1,
      retryingFor: MINUTE,
      progressingFor: 30 * MINUTE,
      missingFor: HOUR,
    });
    expect(endless.dataset.argocd.failures).toEqual(USUAL_ARGO.failures);
  });
});

describe('keys with underscores', () => {
  it('are those of another tool, whose section is taken as it is', async () => {
    const settings = await load({
      yaml: `argocd:
  enabled: true
  namespaces:
    - konflux-public-production
  components_to_ignore:
    - monitoring
    - openshift-gitops
`,
    });

    expect(settings.argocd).toEqual({ ...NOT_ASKED, isEnabled: true });
    expect(settings.dataset.argocd).toEqual({
      ...USUAL_ARGO,
      namespaces: ['konflux-public-production'],
      componentsToIgnore: ['monitoring', 'openshift-gitops'],
    });
  });

  it('mean the same as those without', async () => {
    const snake = await section(
      '{ timeout_seconds: 5, components_to_monitor: [a], components_to_ignore: [b], known_clusters: [c], tag_patterns: ["(?<sha>x)"], failures: { degraded_within: 2h, degraded_for: 1m, retrying_for: 1m, progressing_for: 1h, missing_for: 1m } }',
    );
    const camel = await section(
      '{ timeoutSeconds: 5, componentsToMonitor: [a], componentsToIgnore: [b], knownClusters: [c], tagPatterns: ["(?<sha>x)"], failures: { degradedWithin: 2h, degradedFor: 1m, retryingFor: 1m, progressingFor: 1h, missingFor: 1m } }',
    );

    expect(snake).toEqual(camel);
    expect(snake.dataset.argocd.failures.degradedWithin).toBe(2 * HOUR);
  });

  it('stay what they are where the names are people’s own', async () => {
    const { dataset } = await section(
      '{ rules: [{ when: { labels: { tag_patterns: x } }, component: a_b }], clusters: { known_clusters: c_d }, environments: { degraded_for: [e_f] }, images: { tag_patterns: "https://example.com/g_h/i" } }',
    );

    expect(dataset.argocd.placement.rules).toEqual([
      { when: { labels: { tag_patterns: 'x' } }, component: 'a_b' },
    ]);
    expect(dataset.argocd.placement.servers).toEqual({ known_clusters: 'c_d' });
    expect(dataset.argocd.placement.environments['degraded_for']).toEqual(['e_f']);
    expect(dataset.argocd.images).toEqual([
      { image: 'tag_patterns', repository: 'https://example.com/g_h/i' },
    ]);
  });

  it('are refused beside their other spelling', async () => {
    const yaml = `argocd:
  componentsToIgnore: [a]
  components_to_ignore: [a]
  failures:
    degraded_for: 1m
    degradedFor: 1m
    retries: none
`;

    expect(await mistakes({ yaml })).toEqual([
      'argocd.components_to_ignore: is the same as componentsToIgnore, which stands there as well: keep one of them (dora-metrics.yaml line 3)',
      'argocd.failures.degraded_for: is the same as degradedFor, which stands there as well: keep one of them (dora-metrics.yaml line 5)',
      'argocd.failures.retries: must be a number (dora-metrics.yaml line 7)',
    ]);
  });

  it('are not known outside the section', async () => {
    expect(await mistakes({ yaml: 'failures: { revert_within: 7d }' })).toEqual([
      'failures.revert_within: unknown key (dora-metrics.yaml line 1); did you mean revertWithin?',
    ]);
  });

  it('are named in mistakes as they were written, with their line', async () => {
    const yaml = `argocd:
  components_to_ignore:
    - a
    - ""
  failures:
    missing_for: soon
  timeout_seconds: 601
`;

    expect((await mistakes({ yaml })).sort()).toEqual([
      'argocd.components_to_ignore[1]: must not be empty (dora-metrics.yaml line 4)',
      'argocd.failures.missing_for: write a number and a unit: 90m, 12h, 7d or 2w (dora-metrics.yaml line 6)',
      'argocd.timeout_seconds: must be at most 600 (dora-metrics.yaml line 7)',
    ]);
  });
});

describe('mistakes about Argo CD', () => {
  it('in keys are answered with the one that was meant, at every level', async () => {
    const yaml = `argocd:
  namespace: [a]
  components_to_ignor: [a]
  __proto__: 1
  labels: { component: [a], componnent: [a] }
  rules:
    - { when: { nme: a }, component: a }
  images:
    - { image: a, repository: "https://x.example/a", repositry: b }
  failures: { degradedwithin: 1h }
`;

    expect((await mistakes({ yaml })).sort()).toEqual([
      expect.stringContaining(
        'argocd.__proto__: unknown key (dora-metrics.yaml line 4); known keys: enabled, ',
      ),
      'argocd.components_to_ignor: unknown key (dora-metrics.yaml line 3); did you mean componentsToIgnore?',
      'argocd.failures.degradedwithin: unknown key (dora-metrics.yaml line 10); did you mean degradedWithin?',
      'argocd.images[0].repositry: unknown key (dora-metrics.yaml line 9); did you mean repository?',
      'argocd.labels.componnent: unknown key (dora-metrics.yaml line 5); did you mean component?',
      'argocd.namespace: unknown key (dora-metrics.yaml line 2); did you mean namespaces?',
      'argocd.rules[0].when.nme: unknown key (dora-metrics.yaml line 7); did you mean name?',
    ]);
  });

  it.each([
    ['5', 'argocd: must be a map of keys'],
    ['[a]', 'argocd: must be a map of keys'],
    ['{ enabled: often }', 'argocd.enabled: must be a boolean'],
    ['{ name: "" }', 'argocd.name: must not be empty'],
    ['{ name: a/b }', 'argocd.name: must be a name that can be shown, without a slash'],
    ['{ name: "a\\u202eb" }', 'argocd.name: must be a name that can be shown, without a slash'],
    ['{ name: "a\\ud800b" }', 'argocd.name: must be a name that can be shown, without a slash'],
    ['{ context: "" }', 'argocd.context: must not be empty'],
    ['{ kubeconfig: 5 }', 'argocd.kubeconfig: must be a text'],
    ['{ namespaces: argocd }', 'argocd.namespaces: must be a list'],
    ['{ namespaces: [" "] }', 'argocd.namespaces[0]: must not be empty'],
    ['{ projects: [5] }', 'argocd.projects[0]: must be a text'],
    ['{ selector: [a] }', 'argocd.selector: must be a text'],
    ['{ timeoutSeconds: 0 }', 'argocd.timeoutSeconds: must be more than 0'],
    ['{ timeoutSeconds: 601 }', 'argocd.timeoutSeconds: must be at most 600'],
    [
      '{ registries: ["https://quay.io"] }',
      'argocd.registries[0]: is not a host (write quay.io, localhost:5000 or *.example.com)',
    ],
    ['{ clusters: [east] }', 'argocd.clusters: must be a map'],
    ['{ clusters: { "https://a.example": "" } }', 'argocd.clusters.https://a.example: must not be empty'],
    ['{ environments: { production: live } }', 'argocd.environments.production: must be a list'],
    ['{ environments: { "": [live] } }', 'argocd.environments: the name "" must not be empty'],
    ['{ labels: [a] }', 'argocd.labels: must be a map of keys'],
    ['{ labels: { cluster: [""] } }', 'argocd.labels.cluster[0]: must not be empty'],
    ['{ paths: ["("] }', 'argocd.paths[0]: is not a regular expression'],
    ['{ tagPatterns: [""] }', 'argocd.tagPatterns[0]: must not be empty'],
    ['{ tagPatterns: ["[b-a]"] }', 'argocd.tagPatterns[0]: is not a regular expression'],
    [
      '{ rules: [{ when: { name: a } }] }',
      'argocd.rules[0]: says nothing: give a component, an environment or a cluster',
    ],
    ['{ rules: [{ component: "" }] }', 'argocd.rules[0].component: must not be empty'],
    [
      '{ rules: [{ component: a, when: { labels: { b: 1 } } }] }',
      'argocd.rules[0].when.labels.b: must be a text',
    ],
    ['{ rollout: both }', 'argocd.rollout: must be component or cluster'],
    [
      '{ images: quay.io/a }',
      'argocd.images: must be a list of image and repository, or a map from the one to the other',
    ],
    ['{ images: [{ image: a }] }', 'argocd.images[0].repository: must be a text'],
    ['{ images: [{ image: "", repository: a }] }', 'argocd.images[0].image: must not be empty'],
    ['{ images: { quay.io/a: 5 } }', 'argocd.images.quay.io/a: must be a text'],
    [
      '{ images: { a: "https://very-secret@github.com/a/b" } }',
      'argocd.images.a: holds credentials: write the address without them',
    ],
    [
      '{ images: [{ image: a, repository: "ssh://git:very-secret@github.com/a/b" }] }',
      'argocd.images[0].repository: holds credentials: write the address without them',
    ],
    ['{ failures: { retries: 0 } }', 'argocd.failures.retries: must be at least 1'],
    ['{ failures: { retries: 1.5 } }', 'argocd.failures.retries: must be a whole number'],
    [
      '{ failures: { degradedFor: null } }',
      'argocd.failures.degradedFor: write a number and a unit: 90m, 12h, 7d or 2w',
    ],
  ])('in %s are put in words', async (text, line) => {
    expect(await mistakes({ yaml: `argocd: ${text}` })).toEqual([`${line} (dora-metrics.yaml line 1)`]);
  });
});

describe('flags and variables', () => {
  const yaml = 'argocd: { name: file, namespaces: [file], rollout: component, context: file }';
  const env = {
    DORA_METRICS_ARGOCD_NAME: 'variable',
    DORA_METRICS_ARGOCD_NAMESPACES: 'variable, other',
    DORA_METRICS_ARGOCD_ROLLOUT: 'cluster',
    DORA_METRICS_ARGOCD_CONTEXT: 'variable',
  };
  const flags = {
    argocdName: 'flag',
    argocdNamespaces: 'flag',
    argocdRollout: 'component',
    argocdContext: 'flag',
  };
  const said = ({ argocd, dataset }: Settings) => [
    argocd.name,
    argocd.context,
    dataset.argocd.namespaces,
    dataset.argocd.rollout,
  ];

  it('are over the file, also where that has underscores beside them', async () => {
    const other = 'argocd: { known_clusters: [a] }';

    expect(said(await load({ yaml }))).toEqual(['file', 'file', ['file'], 'component']);
    expect(said(await load({ yaml, env }))).toEqual([
      'variable',
      'variable',
      ['variable', 'other'],
      'cluster',
    ]);
    expect(said(await load({ yaml, env, flags }))).toEqual(['flag', 'flag', ['flag'], 'component']);
    expect(said(await load({ yaml: other, flags }))).toEqual(['flag', 'flag', ['flag'], 'component']);
  });

  it('that say where Argo CD is make it be asked', async () => {
    const url = 'https://argocd.example.com/root';
    const asked = { ...NOT_ASKED, isEnabled: true, url };

    expect((await load({ env: { DORA_METRICS_ARGOCD_URL: `${url}\n` } })).argocd).toEqual(asked);
    expect((await load({ flags: { argocdUrl: url } })).argocd).toEqual(asked);
    expect((await load({ flags: { argocdContext: 'east' } })).argocd.isEnabled).toBe(true);
    expect((await load({ yaml: 'argocd: { enabled: false }', flags: { argocdUrl: url } })).argocd).toEqual({
      ...NOT_ASKED,
      url,
    });
  });

  it('are named in mistakes', async () => {
    expect(
      await mistakes({ flags: { argocdRollout: 'both' }, env: { DORA_METRICS_ARGOCD_NAME: 'a/b' } }),
    ).toEqual([
      'argocd.name: must be a name that can be shown, without a slash (DORA_METRICS_ARGOCD_NAME)',
      'argocd.rollout: must be component or cluster (--argocd-rollout)',
    ]);
  });

  it('belong to who extracts; those that results depend on also to who computes', () => {
    const names = (which: 'all' | 'asking' | 'computing') =>
      settingsOptions(which).flatMap(({ long }) => (long?.startsWith('--argocd') === true ? [long] : []));
    const computing = ['--argocd-name', '--argocd-namespaces', '--argocd-rollout'];

    expect(names('all')).toEqual([...computing, '--argocd-url', '--argocd-context']);
    expect(names('computing')).toEqual(computing);
    expect(names('asking')).toEqual([]);
  });

  it('have variables of the same names', () => {
    const all = [...SETTINGS, ...ARGOCD_ACCESS_SETTINGS].filter(({ path: [first] }) => first === 'argocd');

    expect(all.map(({ env: name }) => name)).toEqual([
      'DORA_METRICS_ARGOCD_NAME',
      'DORA_METRICS_ARGOCD_NAMESPACES',
      'DORA_METRICS_ARGOCD_ROLLOUT',
      'DORA_METRICS_ARGOCD_URL',
      'DORA_METRICS_ARGOCD_CONTEXT',
    ]);
  });
});

describe('the report', () => {
  it('says nothing of how Argo CD is asked', async () => {
    const kubernetes = await section(
      '{ enabled: true, name: east, context: c, kubeconfig: k, projects: [p], selector: s, timeout_seconds: 5, registries: [quay.io] }',
    );
    const api = await section('{ url: "https://argocd.example.com" }');

    expect([...kubernetes.differing, ...api.differing]).toEqual([]);
  });

  it('says what decides about deployments, key by key', async () => {
    const { differing } = await section(
      '{ components_to_ignore: [monitoring], rollout: cluster, clusters: { "https://a.example": east }, environments: { live: [prod-eu] }, labels: { cluster: [] }, images: { quay.io/a/b: "https://github.com/a/b" }, failures: { progressing_for: 1h, retries: 5 } }',
    );

    expect(differing).toEqual([
      { key: 'argocd.componentsToIgnore', value: '["monitoring"]' },
      { key: 'argocd.clusters.https://a.example', value: 'east' },
      { key: 'argocd.environments.live', value: '["prod-eu"]' },
      { key: 'argocd.labels.cluster', value: '[]' },
      { key: 'argocd.rollout', value: 'cluster' },
      { key: 'argocd.images', value: '{"quay.io/a/b":"https://github.com/a/b"}' },
      { key: 'argocd.failures.retries', value: '5' },
      { key: 'argocd.failures.progressingFor', value: '1h' },
    ]);
  });
});

const JsonSchema = z.record(z.string(), z.unknown());

describe('the schema for editors', () => {
  it('has the section, and takes images in both forms', () => {
    const accepts = new Ajv2020({ strict: false }).compile(JsonSchema.parse(configurationSchema()));
    const images = [{ image: 'a', repository: 'b' }];

    expect(accepts({ argocd: { enabled: true, context: null, images, rules: [{ component: 'a' }] } })).toBe(
      true,
    );
    expect(accepts({ argocd: { images: { a: 'b' }, environments: { live: ['x'] } } })).toBe(true);
    expect(accepts({ argocd: { images: { a: 5 } } })).toBe(false);
    expect(accepts({ argocd: { rollout: 'both' } })).toBe(false);
    expect(accepts({ argocd: { nmae: 'a' } })).toBe(false);
  });
});

describe('docs/configuration.md', () => {
  const Part = z.looseObject({
    properties: z.record(z.string(), z.unknown()).optional(),
    items: z.unknown().optional(),
    anyOf: z.array(z.unknown()).optional(),
  });

  /** `argocd.failures.retries`, `argocd.images[].image`; of conditions and of what has keys below it the place alone. */
  function keysIn(schema: unknown, prefix: string): string[] {
    const { properties, items, anyOf = [] } = Part.parse(schema ?? {});
    const found = [
      ...Object.entries(properties ?? {}).flatMap(([key, part]) => keysIn(part, `${prefix}.${key}`)),
      ...(items === undefined ? [] : keysIn(items, `${prefix}[]`)),
      ...anyOf.flatMap((form) => keysIn(form, prefix)),
    ];
    return found.length === 0 ? [prefix.replace(/\[\]$/u, '').replace(/\.when\..*$/u, '.when')] : found;
  }

  async function documentation(): Promise<string> {
    return await readFile(path.join(import.meta.dirname, '../../../docs/configuration.md'), 'utf8');
  }

  it('has every key of the section', async () => {
    const text = (await documentation())
      .replace('`argocd.rules[].component`, `.environment`, `.cluster`', (keys) =>
        keys.replaceAll('`.', '`argocd.rules[].'),
      )
      .split('\n')
      .filter((line) => line.startsWith('| `argocd.'))
      .join('\n');
    const Whole = z.looseObject({ properties: JsonSchema });
    const keys = [...new Set(keysIn(Whole.parse(configurationSchema()).properties['argocd'], 'argocd'))];

    expect(keys.length).toBeGreaterThan(30);
    expect(keys.filter((key) => !text.includes(`\`${key}\``))).toEqual([]);
  });

  it('has an example that loads, and that those who use it accept', async () => {
    const blocks = (await documentation()).matchAll(/```yaml\n(argocd:\n.*?)```/gsu);
    const [example = ''] = Array.from(blocks, ([, yaml = '']) => yaml);
    const { argocd, dataset } = await load({ yaml: example });

    expect(Object.keys(z.object({ argocd: JsonSchema }).parse(parse(example)).argocd).length).toBeGreaterThan(
      10,
    );
    expect(argocd.isEnabled).toBe(true);
    expect(() => argocdPlacement(dataset.argocd.placement, 'argocd')).not.toThrow();
    expect(() => imageRepositories(dataset.argocd.images, 'argocd.images')).not.toThrow();
    expect(() => tagPatterns(dataset.argocd.tagPatterns, 'argocd.tagPatterns')).not.toThrow();
  });
});
