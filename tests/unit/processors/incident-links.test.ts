import { describe, expect, it } from 'vitest';
import type { Ref } from '../../../src/domain/commit.ts';
import type { DeploymentRecord } from '../../../src/domain/deployment-record.ts';
import type { IncidentRecord } from '../../../src/domain/incident.ts';
import type { ComponentSettings, DatasetSettings } from '../../../src/domain/settings.ts';
import { DAY, durationMs, epochMs, HOUR, MINUTE } from '../../../src/domain/units.ts';
import { associate } from '../../../src/processors/data-associator.ts';
import { RepositoryHistory } from '../../../src/processors/repository-history.ts';
import {
  NO_RECORDS,
  at,
  branch,
  commit,
  datasetSettings,
  REPOSITORY,
  sha,
  tag,
} from '../../support/builders.ts';

const START = at('2026-01-05T12:00:00Z');
const days = (n: number) => epochMs(START + n * DAY);
const PAGE = 'https://github.com/acme/shop';

/** Commits whose shas look like shas, oldest first. */
const NAMES = ['a1a1a1a1', 'b2b2b2b2', 'c3c3c3c3', 'd4d4d4d4', 'e5e5e5e5'];

function shipped(
  source: DeploymentRecord['source'],
  id: string,
  revision: string,
  day: number,
  some: Partial<DeploymentRecord> = {},
): DeploymentRecord {
  return {
    source,
    id,
    name: source === 'workflow-run' ? `#${id}` : '',
    url: null,
    revision: sha(revision),
    tag: null,
    environment: source === 'workflow-run' ? null : 'production',
    workflow: source === 'workflow-run' ? 'deploy.yml' : null,
    finishedAt: days(day),
    outcome: 'succeeded',
    notBecause: null,
    ...some,
  };
}

const release = (name: string, revision: string, day: number) =>
  shipped('release', name, revision, day, { name, tag: name, url: `${PAGE}/releases/tag/${name}` });

/** An incident on day 5 that was over an hour later. */
function incident(text: string, some: Partial<IncidentRecord> = {}): IncidentRecord {
  return {
    id: 'github:acme/shop#91',
    title: 'Checkout is down',
    text: `Checkout is down\n${text}`,
    url: `${PAGE}/issues/91`,
    labels: ['incident'],
    severity: null,
    component: null,
    deployment: null,
    openedAt: days(5),
    resolvedAt: epochMs(days(5) + HOUR),
    notBecause: null,
    ...some,
  };
}

interface World {
  readonly settings?: Partial<DatasetSettings>;
  readonly components?: readonly ComponentSettings[];
  readonly deployments?: readonly DeploymentRecord[];
  readonly refs?: readonly Ref[];
}

/** Three versions, shipped on days 0, 2 and 4. */
const VERSIONS = [
  release('v1.0.0', 'a1a1a1a1', 0),
  release('v1.1.0', 'c3c3c3c3', 2),
  release('v1.2.0', 'd4d4d4d4', 4),
];

function told(
  incidents: readonly IncidentRecord[],
  { settings = {}, components = [], deployments = VERSIONS, refs = [] }: World = {},
) {
  const all = datasetSettings(settings);
  const history = new RepositoryHistory({ name: REPOSITORY, components }, all);
  for (const [n, name] of NAMES.entries())
    history.add(commit(name, { parents: NAMES.slice(Math.max(0, n - 1), n) }));
  const head = { name: 'main', commit: sha('e5e5e5e5') };
  const snapshot = { refs: [branch('main', 'e5e5e5e5'), ...refs], branch: head };
  const dataset = associate(history, snapshot, all, { ...NO_RECORDS, deployments, incidents });
  return {
    incidents: dataset.incidents,
    deployments: dataset.deployments,
    links: dataset.incidents.map(({ deployment, link, component }) => {
      if (deployment === null || link === null) return 'none';
      const name = deployment.replace(/^[a-z-]+:acme\/shop:/u, '');
      return [name, link, ...(component === REPOSITORY ? [] : [component])].join(' ');
    }),
    setAside: [...dataset.rows()].flatMap(({ table, row }) =>
      table === 'set-aside' && row.kind === 'incident' ? [row] : [],
    ),
  };
}

/** What a text written on day 5 names. */
const named = (text: string, world: World = {}) => told([incident(text)], world).links[0];

describe('an incident names the deployment that caused it', () => {
  it.each([
    ['v1.1.0'],
    ['Broken since v1.1.0.'],
    ['Broken since "v1.1.0"!'],
    ['(v1.1.0)'],
    ['[v1.1.0], of all days'],
    ['`v1.1.0`'],
    ['**v1.1.0**:'],
    [`see ${PAGE}/releases/tag/v1.1.0`],
    [`see [the notes](${PAGE}/releases/tag/v1.1.0).`],
    [`<${PAGE}/releases/tag/v1.1.0>`],
    [`${PAGE}/tree/v1.1.0/src`],
    ['c3c3c3c'],
    ['C3C3C3C3'],
    [sha('c3c3c3c3')],
    ['since commit c3c3c3c3.'],
    [`see ${PAGE}/commit/${sha('c3c3c3c3')}`],
    [`see ${PAGE}/commit/c3c3c3c3#diff-1`],
    [`${PAGE}/releases/tag/v1%2E1.0`],
    ['__v1.1.0__'],
    // it was shipped by v1.1.0, though it is not its revision
    ['b2b2b2b2'],
  ])('by %s', (text) => {
    expect(named(text)).toBe('v1.1.0 named');
  });

  it.each([
    'v1.1',
    '1.1.0',
    'v1.1.0-rc.1',
    'v1.1.00',
    'version v1',
    'c3c3c3',
    'f00f00f00',
    '1234567',
    'decade',
    'e5e5e5e5',
    '',
  ])('but not by "%s"', (text) => {
    expect(named(text)).toBe('v1.2.0 last-before');
  });

  const sources = {
    settings: { deploymentsFrom: ['github-deployments', 'workflow:deploy.yml', 'tags'] as const },
    deployments: [
      shipped('github-deployment', '4711', 'a1a1a1a1', 0),
      shipped('workflow-run', '9001/1', 'b2b2b2b2', 1, {
        url: `${PAGE}/actions/runs/9001`,
        outcome: 'failed',
      }),
      shipped('workflow-run', '9002/1', 'c3c3c3c3', 2, { url: `${PAGE}/actions/runs/9002` }),
    ],
    refs: [tag('v3.0', 'd4d4d4d4', days(3))],
  };

  it.each([
    [`${PAGE}/deployments/4711`, '4711 named'],
    [`${PAGE}/deployments/4711/`, '4711 named'],
    [`${PAGE}/actions/runs/9001`, '9001/1 named'],
    [`${PAGE}/actions/runs/9001/job/17?pr=3#step:4:1`, '9001/1 named'],
    [`${PAGE}/actions/runs/9002/attempts/1`, '9002/1 named'],
    [`${PAGE}/deployments/471`, 'v3.0 last-before'],
    [`${PAGE}/deployments/production`, 'v3.0 last-before'],
    [`${PAGE}/actions/runs/900`, 'v3.0 last-before'],
    ['4711', 'v3.0 last-before'],
    ['#9001', 'v3.0 last-before'],
    [`see ${sha('a1a1a1a1').slice(0, 10)}`, '4711 named'],
  ])('by %s: %s', (text, link) => {
    expect(named(text, sources)).toBe(link);
  });

  it('by one of several tags or sources of it', () => {
    const deployments = [...VERSIONS, shipped('github-deployment', '1', 'c3c3c3c3', 2)];

    expect(told([incident('v1.1.0')], { deployments }).links).toEqual(['1 named']);
  });

  it.each(['#12', '12'])('but not by what is in any text, such as the number of a run: %s', (text) => {
    const deployments = [
      shipped('workflow-run', '12', 'a1a1a1a1', 0),
      shipped('workflow-run', '13', 'b2b2b2b2', 4),
    ];

    expect(named(text, { deployments, settings: { deploymentsFrom: ['workflow:deploy.yml'] } })).toBe(
      '13 last-before',
    );
  });

  it('and of several it is the last one before it opened', () => {
    expect(named('fine in v1.0.0, broken in v1.1.0')).toBe('v1.1.0 named');
    expect(named('broken in v1.1.0, fine in v1.0.0')).toBe('v1.1.0 named');
    expect(named(`${PAGE}/releases/tag/v1.0.0 a1a1a1a1 c3c3c3c3`)).toBe('v1.1.0 named');
  });

  it('however long before it opened', () => {
    expect(told([incident('v1.0.0', { openedAt: days(400) })]).links).toEqual(['v1.0.0 named']);
  });

  it('what is named after it opened is not the cause, but maybe the repair', () => {
    const opened = { openedAt: days(3) };

    expect(told([incident('mended by v1.2.0', opened)]).links).toEqual(['v1.1.0 last-before']);
    expect(told([incident('v1.0.0, mended by v1.2.0', opened)]).links).toEqual(['v1.0.0 named']);
    expect(told([incident('mended by d4d4d4d4', opened)]).links).toEqual(['v1.1.0 last-before']);
  });

  it('the moment at which it was shipped is soon enough', () => {
    expect(told([incident('v1.1.0', { openedAt: days(2) })]).links).toEqual(['v1.1.0 named']);
  });

  it('of a revision that was shipped twice the last one before it opened', () => {
    const again = release('v1.1.0-again', 'c3c3c3c3', 4.5);

    expect(named('c3c3c3c3', { deployments: [...VERSIONS, again] })).toBe('v1.1.0-again named');
  });

  it('by a commit to which somebody went back afterwards', () => {
    const deployments = [...VERSIONS, release('v1.1.0-back', 'b2b2b2b2', 6)];

    expect(named('b2b2b2b2', { deployments })).toBe('v1.1.0 named');
  });

  it('but not the baseline by a commit from before it', () => {
    const deployments = [release('v1.0.0', 'c3c3c3c3', 0), release('v1.1.0', 'd4d4d4d4', 4)];

    expect(named('written in b2b2b2b2', { deployments })).toBe('v1.1.0 last-before');
  });

  it.each([
    'https://github.com/other/library/releases/tag/v1.1.0',
    'https://github.com/other/library/commit/c3c3c3c3',
    'https://github.com/acme/shop-ui/releases/tag/v1.1.0',
    'https://evil.example/acme/shop/releases/tag/v1.1.0',
    'other/library@c3c3c3c3',
    'acme/shop@v1.1.00',
    'https://github.com/other/library/releases?q=v1.1.0',
    'https://ci.example/build?sha=c3c3c3c3',
  ])('but not by what is in another repository: %s', (text) => {
    expect(named(text)).toBe('v1.2.0 last-before');
  });

  it('also by the page of a commit in its pull request', () => {
    expect(named(`${PAGE}/pull/12/commits/${sha('c3c3c3c3')}`)).toBe('v1.1.0 named');
  });

  it('also by refs/tags/v1.1.0', () => {
    expect(named('refs/tags/v1.1.0')).toBe('v1.1.0 named');
  });

  it('also where the name of the repository is written otherwise', () => {
    expect(named('https://github.com/Acme/Shop/commit/c3c3c3c3')).toBe('v1.1.0 named');
  });

  it('also by acme/shop@c3c3c3c3', () => {
    expect(named('since acme/shop@c3c3c3c3')).toBe('v1.1.0 named');
  });

  it('also where the tag is emphasised', () => {
    expect(named('broken since _v1.1.0_')).toBe('v1.1.0 named');
  });

  it('also by the run of a deployment that GitHub tells of as well', () => {
    const deployments = [
      shipped('github-deployment', '1', 'a1a1a1a1', 0),
      shipped('workflow-run', '9001/1', 'a1a1a1a1', 0, { url: `${PAGE}/actions/runs/9001` }),
      shipped('github-deployment', '2', 'b2b2b2b2', 4),
    ];
    const settings = { deploymentsFrom: ['github-deployments', 'workflow:deploy.yml'] as const };

    expect(named(`${PAGE}/actions/runs/9001`, { deployments, settings })).toBe('1 named');
  });

  it('also by the run of whose job it is', () => {
    const deployments = [
      shipped('github-deployment', '1', 'a1a1a1a1', 0, { url: `${PAGE}/actions/runs/9001/job/17` }),
      shipped('github-deployment', '2', 'b2b2b2b2', 4),
    ];

    expect(named(`${PAGE}/actions/runs/9001`, { deployments })).toBe('1 named');
  });
});

describe('an incident that names nothing', () => {
  it('is blamed on the last deployment before it opened', () => {
    expect(named('nobody knows why')).toBe('v1.2.0 last-before');
    expect(told([incident('', { openedAt: days(3.5) })]).links).toEqual(['v1.1.0 last-before']);
    expect(told([incident('', { openedAt: days(4) })]).links).toEqual(['v1.2.0 last-before']);
  });

  it('is blamed on nothing when that was more than seven days before', () => {
    expect(told([incident('', { openedAt: days(11) })]).links).toEqual(['v1.2.0 last-before']);
    expect(told([incident('', { openedAt: epochMs(days(11) + 1) })]).links).toEqual(['none']);
  });

  it('is blamed on nothing when there was no deployment before', () => {
    expect(told([incident('', { openedAt: epochMs(days(0) - MINUTE) })]).links).toEqual(['none']);
    expect(told([incident('')], { deployments: [] }).links).toEqual(['none']);
  });

  it('may come as late as failures.incidentWithin says', () => {
    const failures = { ...datasetSettings().failures, incidentWithin: durationMs(HOUR) };

    expect(named('', { settings: { failures } })).toBe('none');
    expect(
      told([incident('', { openedAt: epochMs(days(4) + HOUR) })], { settings: { failures } }).links,
    ).toEqual(['v1.2.0 last-before']);
  });
});

describe('of several components', () => {
  const component = (name: string, some: Partial<ComponentSettings> = {}): ComponentSettings => ({
    name,
    paths: [],
    tags: null,
    environments: [],
    workflows: [],
    ...some,
  });
  const world = {
    components: [component('api'), component('ui')],
    deployments: [
      release('api@1.0.0', 'a1a1a1a1', 0),
      release('ui@1.0.0', 'b2b2b2b2', 1),
      release('api@1.1.0', 'c3c3c3c3', 3),
      release('ui@1.1.0', 'd4d4d4d4', 4),
    ],
  };
  const labelled = (...labels: readonly string[]) => told([incident('', { labels })], world).links[0];

  it.each(['api', 'API', 'component: api', 'component:api', 'area/api', 'component api'])(
    'the one that is labelled %s is blamed',
    (label) => {
      expect(labelled('incident', label)).toBe('api:api@1.1.0 last-before api');
    },
  );

  it.each(['api-gateway', 'rapi', 'public-api', 'apis', 'not api!'])(
    'none is named by the label %s',
    (label) => {
      expect(labelled('incident', label)).toBe('none');
    },
  );

  it('none is blamed where none is named', () => {
    const { incidents, links } = told([incident('')], world);

    expect(links).toEqual(['none']);
    expect(incidents).toMatchObject([{ component: '', deployment: null, link: null }]);
  });

  it('the one whose deployment is named is blamed', () => {
    expect(told([incident('since api@1.0.0')], world).links).toEqual(['api:api@1.0.0 named api']);
    expect(told([incident('ui@1.1.0 or api@1.1.0')], world).links).toEqual(['ui:ui@1.1.0 named ui']);
  });

  it('the one whose release is named by its page is blamed, though its tag is written otherwise there', () => {
    expect(told([incident(`${PAGE}/releases/tag/ui%401.0.0`)], world).links).toEqual([
      'ui:ui@1.0.0 named ui',
    ]);
  });

  it('the label decides between several that are named', () => {
    const labels = ['incident', 'area/api'];

    expect(told([incident('ui@1.1.0 or api@1.0.0', { labels })], world).links).toEqual([
      'api:api@1.0.0 named api',
    ]);
  });

  it('what is named counts for more than the label', () => {
    expect(told([incident('ui@1.1.0', { labels: ['api'] })], world).links).toEqual(['ui:ui@1.1.0 named ui']);
  });

  it('the only one needs no label', () => {
    const only = { ...world, components: [component('api')] };

    expect(told([incident('')], only).links).toEqual(['api:api@1.1.0 last-before api']);
  });
});

describe('a deployment with incidents', () => {
  it('failed from when each opened until it was over, the first to open first', () => {
    const records = [
      incident('v1.1.0', { id: 'github:acme/shop#92', openedAt: days(4), resolvedAt: null }),
      incident('v1.1.0', { id: 'github:acme/shop#91', openedAt: days(3) }),
    ];
    const { deployments, incidents } = told(records);

    expect(deployments.map(({ failures }) => failures)).toEqual([
      [],
      [
        {
          rule: 'incident',
          failureAt: days(3),
          recoveredAt: epochMs(days(5) + HOUR),
          knownAt: days(3),
          repairedBy: null,
          commits: [],
          incident: 'github:acme/shop#91',
        },
        {
          rule: 'incident',
          failureAt: days(4),
          recoveredAt: null,
          knownAt: days(4),
          repairedBy: null,
          commits: [],
          incident: 'github:acme/shop#92',
        },
      ],
      [],
    ]);
    expect(incidents.map(({ resolvedAt }) => resolvedAt)).toEqual([null, epochMs(days(5) + HOUR)]);
  });

  it('failed by the incident before all else', () => {
    const failed = shipped('github-deployment', '2', 'b2b2b2b2', 4, { outcome: 'failed' });
    const deployments = [shipped('github-deployment', '1', 'a1a1a1a1', 0), failed];

    const rules = told([incident('')], { deployments }).deployments.map(({ failures }) =>
      failures.map(({ rule }) => rule),
    );

    expect(rules).toEqual([[], ['incident', 'rollout']]);
  });

  it('is no failure for what turned out to be none', () => {
    const records = [
      incident('v1.1.0', { id: 'a', notBecause: 'not-planned' }),
      incident('v1.1.0', { id: 'b', notBecause: 'deleted', openedAt: days(3) }),
    ];
    const { deployments, incidents, setAside } = told(records);

    expect(incidents).toEqual([]);
    expect(deployments.flatMap(({ failures }) => failures)).toEqual([]);
    expect(setAside).toMatchObject([
      { id: 'a', reason: 'not-planned', at: days(5), subject: 'Checkout is down', repository: REPOSITORY },
      { id: 'b', reason: 'deleted', at: days(3) },
    ]);
  });
});

it('writes out what a terminal would act on', () => {
  const hostile = '\u001b[31m';
  const shown = String.raw`\x1b[31m`;

  expect(told([incident('', { id: hostile, title: hostile, url: hostile })]).incidents).toMatchObject([
    { id: shown, title: shown, url: shown },
  ]);
});
