import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDuration } from '../../../src/config/duration.ts';
import { nearest } from '../../../src/config/explain.ts';
import { SETTINGS } from '../../../src/config/layers.ts';
import { configurationSchema } from '../../../src/config/load.ts';
import { Configuration } from '../../../src/config/schema.ts';
import { configurationFolder } from '../../support/config.ts';
import { USUAL_ARGO } from '../../support/argocd/usual.ts';
import { BENCHMARKS } from '../../../src/domain/benchmarks.ts';
import { DAY, HOUR, MINUTE, WEEK } from '../../../src/domain/units.ts';

const { folder, load, mistakes } = configurationFolder();

describe('without any configuration', () => {
  it('the defaults hold: the clone that one stands in, tags, UTC', async () => {
    const { settings } = await load({});

    expect(settings).toEqual({
      timezone: 'UTC',
      repositories: [
        { from: { kind: 'path', path: folder() }, location: '.', name: null, branch: null, components: [] },
      ],
      dataset: {
        environment: 'production',
        environmentNames: ['production', 'prod'],
        deploymentsFrom: ['auto'],
        tagPattern: null,
        exclude: { authors: [], paths: [], bots: false },
        bots: [],
        failures: { revertWithin: WEEK, hotfixWithin: WEEK, incidentWithin: WEEK },
        hotfix: { labels: ['hotfix'], branches: ['hotfix/*'], subjects: [String.raw`^hotfix\b`] },
        incidentLabels: ['incident'],
        argocd: USUAL_ARGO,
      },
      leadTimeUnit: 'commit',
      teams: [],
      github: {
        baseUrl: null,
        organizations: [],
        include: ['*'],
        exclude: [],
        forks: false,
        archived: true,
        maxConcurrency: 4,
        minRemainingPoints: 100,
        timeoutSeconds: 30,
      },
      argocd: {
        isEnabled: false,
        name: 'argocd',
        url: null,
        context: null,
        kubeconfig: null,
        projects: [],
        selector: null,
        timeoutSeconds: 30,
        registries: [],
      },
      notify: { webhook: null, minimumRows: 1 },
      devlake: {
        isEnabled: false,
        baseUrl: null,
        timeoutSeconds: 30,
        retryForSeconds: 600,
        commits: 'shipped',
        pullRequests: true,
        projects: [],
      },
      review: { maximumRows: 200_000 },
      bands: { year: 2024, minimumSample: 5, table: BENCHMARKS[2024] },
      differing: [],
    });
  });

  it.each(['', '# nothing\n', 'version: 1\n', '{}'])('and a file that says %j is none', async (yaml) => {
    const { settings } = await load({ yaml });

    expect(settings.differing).toEqual([]);
    expect(settings.timezone).toBe('UTC');
  });
});

describe('a setting', () => {
  const yaml = 'timezone: Europe/Berlin\n';
  const env = { DORA_METRICS_TIMEZONE: 'Asia/Kathmandu' };
  const flags = { timezone: 'America/St_Johns' };

  it('is what the flag says, else the environment, else the file, else the default', async () => {
    const zones = await Promise.all([load({ yaml, env, flags }), load({ yaml, env }), load({ yaml })]).then(
      (all) => all.map(({ settings }) => settings.timezone),
    );

    expect(zones).toEqual(['America/St_Johns', 'Asia/Kathmandu', 'Europe/Berlin']);
  });

  it('is not set by an empty variable', async () => {
    const { settings } = await load({ yaml, env: { DORA_METRICS_TIMEZONE: '' } });

    expect(settings.timezone).toBe('Europe/Berlin');
  });

  it('may be a list or a number on the command line', async () => {
    const { settings } = await load({
      flags: { deploymentsFrom: 'tags, merges', excludeAuthors: '*[bot],', minimumSample: '9' },
      env: { DORA_METRICS_BENCHMARK_YEAR: '2022', DORA_METRICS_REVERT_WITHIN: '36h' },
    });

    expect(settings.dataset.deploymentsFrom).toEqual(['tags', 'merges']);
    expect(settings.dataset.exclude.authors).toEqual(['*[bot]']);
    expect(settings.dataset.failures.revertWithin).toBe(36 * HOUR);
    expect(settings.bands).toEqual({ year: 2022, minimumSample: 9, table: BENCHMARKS[2022] });
  });

  it('that differs from the default is listed for the report', async () => {
    const { settings } = await load({
      yaml: 'timezone: Europe/Berlin\nbands: { year: 2024 }\nexclude: { authors: ["*[bot]"] }\n',
    });

    expect(settings.differing).toEqual([
      { key: 'timezone', value: 'Europe/Berlin' },
      { key: 'exclude.authors', value: '["*[bot]"]' },
    ]);
  });

  it.each(SETTINGS.map(({ path: where, flag, env: variable }) => ({ key: where.join('.'), flag, variable })))(
    '$key has a flag and a variable of the same name',
    ({ flag, variable }) => {
      expect(variable).toBe(`DORA_METRICS_${flag.toUpperCase().replaceAll('-', '_')}`);
    },
  );
});

describe('the file', () => {
  it('is found upwards, and its paths count from where it lies', async () => {
    const deep = path.join(folder(), 'a', 'b');
    await mkdir(deep, { recursive: true });

    const { settings } = await load({ cwd: deep, yaml: 'repositories: [{ path: clone }]\n' });

    expect(settings.repositories[0]?.from).toEqual({ kind: 'path', path: path.join(folder(), 'clone') });
  });

  it('may have another name, which must be that of a file', async () => {
    await writeFile(path.join(folder(), 'other.yaml'), 'timezone: Europe/Berlin\n');

    expect((await load({ file: 'other.yaml' })).settings.timezone).toBe('Europe/Berlin');
    expect(await mistakes({ file: 'gone.yaml' })).toEqual(['no such configuration file: gone.yaml']);
  });

  it('may name repositories to clone, with components', async () => {
    const { settings } = await load({
      yaml: `
repositories:
  - url: https://example.com/acme/shop.git
    name: acme/shop
    branch: main
    components:
      - { name: ui, paths: ["packages/ui/**"], tags: "^ui-v" }
      - name: api
`,
    });

    expect(settings.repositories).toEqual([
      {
        from: { kind: 'url', url: 'https://example.com/acme/shop.git', isListed: false },
        location: 'https://example.com/acme/shop.git',
        name: 'acme/shop',
        branch: 'main',
        components: [
          {
            name: 'ui',
            paths: ['packages/ui/**'],
            tags: '^ui-v',
            environments: [],
            workflows: [],
            argocd: [],
          },
          { name: 'api', paths: [], tags: null, environments: [], workflows: [], argocd: [] },
        ],
      },
    ]);
  });

  it('may name teams by what they own', async () => {
    const { settings } = await load({
      yaml: `
teams:
  - { name: payments, repositories: ["acme/pay-*"] }
  - { name: " web ", components: [ui], repositories: [acme/site] }
`,
    });

    expect(settings.teams).toEqual([
      { name: 'payments', repositories: ['acme/pay-*'], components: [] },
      { name: 'web', repositories: ['acme/site'], components: ['ui'] },
    ]);
    expect(settings.differing.map(({ key }) => key)).toEqual(['teams']);
  });

  it('may not name two teams alike, nor one that owns nothing, nor one like those of no team', async () => {
    const yaml = `teams:
  - { name: payments, repositories: [a] }
  - { name: empty }
  - { name: web, components: [ui] }
  - { name: Payments, components: [b] }
  - { name: (no team), components: [b] }
  - { name: typo, repository: [b], components: [c] }
`;

    expect(await mistakes({ yaml })).toEqual([
      'the configuration has 4 mistakes:',
      'teams[1]: has neither repositories nor components: name at least one of them (dora-metrics.yaml line 3)',
      'teams[4].name: is what stands for what belongs to no team: choose another name (dora-metrics.yaml line 6)',
      'teams[5].repository: unknown key (dora-metrics.yaml line 7); did you mean repositories?',
      'teams[3].name: two teams are called Payments (dora-metrics.yaml line 5)',
    ]);
  });

  it('may name the environments that are measured; else those that people usually mean by its name', async () => {
    const named = await load({ yaml: 'deployments: { environments: [live, live-*] }' });
    const staging = await load({ yaml: 'deployments: { environment: staging }' });

    expect(named.settings.dataset.environmentNames).toEqual(['live', 'live-*']);
    expect(staging.settings.dataset.environmentNames).toEqual(['staging']);
  });

  it.each(['releases', 'github-deployments', 'workflow:deploy.yml', 'workflow:deploy to prod.yaml'])(
    'may have deployments from %s',
    async (from) => {
      const { settings } = await load({ yaml: `deployments: { from: "${from}" }` });

      expect(settings.dataset.deploymentsFrom).toEqual([from]);
    },
  );

  it.each([
    'workflow:',
    'workflow:deploy',
    'workflow:../deploy.yml',
    'workflow:a/b.yml',
    'github',
    'Releases',
  ])('may not have deployments from %s', async (from) => {
    await expect(load({ yaml: `deployments: { from: "${from}" }` })).rejects.toThrow('workflow:<file>');
  });

  it('may leave bots out, by flag and variable as well', async () => {
    const all = await Promise.all([
      load({ yaml: 'exclude: { bots: true }' }),
      load({ env: { DORA_METRICS_EXCLUDE_BOTS: 'true' } }),
      load({ flags: { excludeBots: 'true' } }),
    ]);

    expect(all.map(({ settings }) => settings.dataset.exclude.bots)).toEqual([true, true, true]);
    await expect(load({ flags: { excludeBots: 'maybe' } })).rejects.toThrow('exclude.bots');
  });

  it.each([
    'https://github.example.com',
    'https://github.example.com/',
    'https://github.example.com:8443',
    'http://localhost:8080',
    'http://127.0.0.1:8080',
    'http://[::1]:8080',
  ])('may send the token to %s', async (url) => {
    const { settings } = await load({ yaml: `github: { baseUrl: "${url}" }` });

    expect(settings.github.baseUrl).toBe(url);
  });

  it.each([
    'http://github.example.com',
    'https://github.example.com/api/v3',
    'https://user@github.example.com',
    'https://:password@github.example.com',
    'https://github.example.com?x=1',
    'https://github.example.com#x',
    'ftp://github.example.com',
    'github.example.com',
  ])('may not send the token to %s', async (url) => {
    await expect(load({ yaml: `github: { baseUrl: "${url}" }` })).rejects.toThrow(
      'not the address of a server',
    );
  });

  it('may replace the bounds of the levels: each goes from the one before it to its own', async () => {
    const { settings } = await load({
      yaml: `
bands:
  thresholds:
    leadTime: { elite: 1h, high: 1d, low: 2w }
    changeFailRate: { elite: 0.05, high: 0.1 }
`,
    });

    expect(settings.bands.table).toEqual({
      ...BENCHMARKS[2024],
      leadTime: { elite: [0, 3600], high: [3600, 86_400], low: [86_400, 14 * 86_400] },
      changeFailRate: { elite: [0, 0.05], high: [0.05, 0.1] },
    });
  });

  it.each([
    ['a: b: c', /^dora-metrics\.yaml line 1, column \d+ is not YAML: /u],
    ['a: [1\n', /is not YAML/u],
    ['a: 1\na: 2\n', /line 2, column 1 is not YAML: Map keys must be unique/u],
  ])('that is not YAML (%j) is refused with line and column', async (yaml, message) => {
    expect((await mistakes({ yaml })).join('\n')).toMatch(message);
  });

  it('that refers to itself for ever is refused', async () => {
    const bomb = [
      'a: &a [x, x]',
      ...'bcdefghi'.split('').map((key, n) => {
        const before = 'abcdefgh'.charAt(n);
        return `${key}: &${key} [${Array.from({ length: 9 }, () => `*${before}`).join(', ')}]`;
      }),
    ].join('\n');

    expect(await mistakes({ yaml: bomb })).toEqual([
      expect.stringContaining('dora-metrics.yaml cannot be read'),
    ]);
  });

  it.each(['- a\n', 'just text\n', '42\n'])('that is no map (%j) is refused', async (yaml) => {
    expect((await mistakes({ yaml })).slice(1)).toEqual([
      'the file: must be a map of keys (dora-metrics.yaml)',
    ]);
  });
});

describe('mistakes', () => {
  it('are listed all at once: what, where, who said so, and what was meant', async () => {
    const lines = await mistakes({
      yaml: `version: 2
timezone: Mars/Olympus
deployment: {}
tags: { patern: x, pattern: "(" }
repositories:
  - { path: a, url: "https://x.example/y" }
  - { components: [{ paths: [] }], name: "a b" }
exclude: { authors: ["ada@example.com"] }
failures: { revertWithin: 7 days }
`,
      env: { DORA_METRICS_DEPLOYMENTS_FROM: 'tag', DORA_METRICS_BENCHMARK_YEAR: '2020' },
      flags: { minimumSample: 'many', hotfixWithin: 'soon' },
    });

    expect(lines[0]).toBe('the configuration has 14 mistakes:');
    expect(lines.slice(1).sort()).toEqual(
      [
        'bands.minimumSample: must be a number (--minimum-sample)',
        'bands.year: must be 2018 or 2019 or 2021 or 2022 or 2023 or 2024 (DORA_METRICS_BENCHMARK_YEAR)',
        'deployment: unknown key (dora-metrics.yaml line 3); did you mean deployments?',
        'deployments.from[0]: write auto, tags, merges, releases, argocd, github-deployments or workflow:<file>, for instance workflow:deploy.yml (DORA_METRICS_DEPLOYMENTS_FROM)',
        'exclude.authors[0]: e-mail addresses are not stored: write the name (* and ? are wildcards) (dora-metrics.yaml line 8)',
        'failures.hotfixWithin: write a number and a unit: 90m, 12h, 7d or 2w (--hotfix-within)',
        'failures.revertWithin: write a number and a unit: 90m, 12h, 7d or 2w (dora-metrics.yaml line 9)',
        'repositories[0]: has more than one of path, url and file: keep one of them (dora-metrics.yaml line 6)',
        'repositories[1].components[0].name: must be a text (dora-metrics.yaml line 7)',
        'repositories[1].name: must not hold spaces (dora-metrics.yaml line 7)',
        'tags.patern: unknown key (dora-metrics.yaml line 4); did you mean pattern?',
        'tags.pattern: is not a regular expression (dora-metrics.yaml line 4)',
        'timezone: is not an IANA time zone (write Europe/Berlin or UTC) (dora-metrics.yaml line 2)',
        'version: must be 1 (dora-metrics.yaml line 1)',
      ].sort(),
    );
  });

  it('of one line say that it is one', async () => {
    expect((await mistakes({ yaml: 'timezone: 7\n' }))[0]).toBe('the configuration has a mistake:');
  });

  it('in a key that is like no other list those that are known', async () => {
    expect(await mistakes({ yaml: 'tags: { colour: red }\n' })).toContain(
      'tags.colour: unknown key (dora-metrics.yaml line 1); known keys: pattern',
    );
  });

  it.each([
    [
      'repositories: []',
      'repositories: name at least one repository, or set github.organization (dora-metrics.yaml line 1)',
    ],
    ['repositories: x', 'repositories: must be a list (dora-metrics.yaml line 1)'],
    ['bands: 3', 'bands: must be a map of keys (dora-metrics.yaml line 1)'],
    [
      'bands: { minimumSample: 1.5 }',
      'bands.minimumSample: must be a whole number (dora-metrics.yaml line 1)',
    ],
    [
      'repositories: [{ url: "https://ada:secret@x.example/y" }]',
      'repositories[0].url: holds a password: use a credential helper of git instead (dora-metrics.yaml line 1)',
    ],
    [
      'repositories: [{ url: "ftp://x" }]',
      'repositories[0].url: is not an address that git can clone from (dora-metrics.yaml line 1)',
    ],
    [
      'timezone: "+02:00"',
      'timezone: is not an IANA time zone (write Europe/Berlin or UTC) (dora-metrics.yaml line 1)',
    ],
  ])('in %j are put in words', async (yaml, line) => {
    expect(await mistakes({ yaml })).toContain(line);
  });

  it('in a flag are the flag’s, also where the file has the same key', async () => {
    expect(await mistakes({ yaml: 'timezone: Europe/Berlin\n', flags: { timezone: 'x' } })).toContain(
      'timezone: is not an IANA time zone (write Europe/Berlin or UTC) (--timezone)',
    );
  });

  it('stay where a flag cannot go', async () => {
    expect(await mistakes({ yaml: 'bands: [1]\n', flags: { benchmarkYear: '2022' } })).toContainEqual(
      expect.stringContaining('bands: must be a map of keys'),
    );
  });
});

describe('nearest', () => {
  it.each([
    ['timezne', 'timezone'],
    ['TIMEZONE', 'timezone'],
    ['tag', 'tags'],
    ['x', null],
    ['colour', null],
  ])('to %s is %s', (word, known) => {
    expect(nearest(word, ['timezone', 'tags', 'repositories'])).toBe(known);
  });

  it('to a known word is the word itself', () => {
    const words = fc.uniqueArray(fc.string({ minLength: 1 }), {
      minLength: 1,
      selector: (word) => word.toLowerCase(),
    });

    fc.assert(
      fc.property(words, (known) => {
        expect(nearest(known[0] ?? '', known)).toBe(known[0]);
      }),
    );
  });
});

describe('a duration', () => {
  it.each([
    ['90m', 90 * MINUTE],
    ['12h', 12 * HOUR],
    ['7d', 7 * DAY],
    ['2w', 2 * WEEK],
    ['1.5h', 90 * MINUTE],
    ['7 d', 7 * DAY],
    ['0d', 0],
  ])('of %s is read', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
    expect(Configuration.safeParse({ failures: { revertWithin: text } }).success).toBe(true);
  });

  it.each(['7', 'd', '-1d', '1y', '1d2h', ''])('is not %j', (text) => {
    expect(Configuration.safeParse({ failures: { revertWithin: text } }).success).toBe(false);
  });
});

describe('the schema for editors', () => {
  it('knows every key that has a flag', () => {
    const text = JSON.stringify(configurationSchema());

    expect(SETTINGS.filter(({ path: where }) => where.some((key) => !text.includes(`"${key}"`)))).toEqual([]);
  });
});
