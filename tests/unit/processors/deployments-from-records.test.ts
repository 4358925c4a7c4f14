import { describe, expect, it } from 'vitest';
import type { Ref } from '../../../src/domain/commit.ts';
import type { DeploymentRecord } from '../../../src/domain/deployment-record.ts';
import type { ComponentSettings, DatasetSettings } from '../../../src/domain/settings.ts';
import {
  deploymentsFromRecords,
  recordsOfNoComponent,
} from '../../../src/processors/deployments-from-records.ts';
import { RepositoryHistory } from '../../../src/processors/repository-history.ts';
import { at, commit, datasetSettings, REPOSITORY, sha, tag } from '../../support/builders.ts';

const NOON = at('2026-01-05T12:00:00Z');

/** A record that everything is right with: it succeeded in production at noon. */
function record(
  source: DeploymentRecord['source'],
  some: Partial<Omit<DeploymentRecord, 'source'>> = {},
): DeploymentRecord {
  return {
    source,
    id: '7',
    name: '',
    url: 'https://github.com/acme/shop',
    revision: sha('a'),
    tag: null,
    environment: source === 'workflow-run' ? null : 'production',
    workflow: source === 'workflow-run' ? 'deploy.yml' : null,
    finishedAt: NOON,
    outcome: 'succeeded',
    notBecause: null,
    ...some,
  };
}

const release = (name: string, some: Partial<DeploymentRecord> = {}) =>
  record('release', { name, tag: name, ...some });
const shipped = (some: Partial<DeploymentRecord> = {}) => record('github-deployment', some);
const run = (some: Partial<DeploymentRecord> = {}) => record('workflow-run', { name: '#512', ...some });

function component(name: string, some: Partial<ComponentSettings> = {}): ComponentSettings {
  return { name, paths: [`${name}/**`], tags: null, environments: [], workflows: [], ...some };
}

interface World {
  readonly settings?: DatasetSettings;
  readonly components?: readonly ComponentSettings[];
  readonly refs?: readonly Ref[];
}

/** What becomes of records: the deployments, and what is set aside, with the component before it. */
function found(
  records: readonly DeploymentRecord[],
  { settings = datasetSettings(), components = [], refs = [] }: World = {},
) {
  const history = new RepositoryHistory({ name: REPOSITORY, components }, settings);
  history.add(commit('a'));
  history.add(commit('b', { parents: ['a'] }));
  const request = { refs: { refs, branch: null }, records, settings };
  const parts = history.components.map((each) => deploymentsFromRecords(history, each, request));
  const setAside = [...parts.flatMap((part) => part.setAside), ...recordsOfNoComponent(history, request)];
  return {
    deployments: parts.flatMap(({ deployments }) => deployments),
    setAside,
    told: [
      ...parts.flatMap(({ deployments }) => deployments.map((each) => `${each.component} ${each.id}`)),
      ...setAside.map((each) => `${each.component} ${each.id}: ${each.reason}`),
    ],
  };
}

const from = (...deploymentsFrom: DatasetSettings['deploymentsFrom']) => datasetSettings({ deploymentsFrom });

describe('a record', () => {
  it('of a release is a deployment of its tag', () => {
    expect(found([release('v1.2.0')]).deployments).toEqual([
      {
        id: 'release:acme/shop:v1.2.0',
        repository: REPOSITORY,
        component: REPOSITORY,
        environment: 'production',
        name: 'v1.2.0',
        url: 'https://github.com/acme/shop',
        revision: sha('a'),
        finishedAt: NOON,
        estimated: false,
        outcome: 'succeeded',
        source: 'release',
        sightings: [{ source: 'release', name: 'v1.2.0', at: NOON, url: 'https://github.com/acme/shop' }],
      },
    ]);
  });

  it('of a deployment of a branch is called by its revision, of a tag by the tag', () => {
    const refs = [tag('v1.2.0', 'a')];
    const names = (name: string) =>
      found([shipped({ name, tag: name })], { refs }).deployments.map((each) => each.name);

    expect(names('main')).toEqual([sha('a').slice(0, 10)]);
    expect(names('')).toEqual([sha('a').slice(0, 10)]);
    expect(names('v1.2.0')).toEqual(['v1.2.0']);
  });

  it('of a run is known by its attempt, and measured whatever the environment is called', () => {
    const settings = datasetSettings({
      deploymentsFrom: ['workflow:deploy.yml'],
      environment: 'live',
      environmentNames: ['live'],
    });

    expect(found([run({ id: '9001/2', name: '#512, attempt 2' })], { settings }).deployments).toMatchObject([
      {
        id: 'workflow-run:acme/shop:9001/2',
        name: '#512, attempt 2',
        environment: 'live',
        source: 'workflow-run',
      },
    ]);
  });

  it('keeps an outcome that is no success', () => {
    const outcomes = (['failed', 'unknown'] as const).map((outcome) => shipped({ id: outcome, outcome }));

    expect(found(outcomes).deployments.map(({ outcome }) => outcome)).toEqual(['failed', 'unknown']);
  });

  it('writes out what a terminal would act on', () => {
    const { deployments, setAside } = found([
      release('v1\u001b[31m'),
      release('v2\u001b[31m', { notBecause: 'draft' }),
    ]);

    expect(deployments[0]).toMatchObject({
      name: String.raw`v1\x1b[31m`,
      id: String.raw`release:acme/shop:v1\x1b[31m`,
    });
    expect(setAside[0]).toMatchObject({ subject: String.raw`v2\x1b[31m` });
  });
});

describe('deployments.from', () => {
  const all = [release('v1.2.0'), shipped(), run()];
  const sources = (...origins: DatasetSettings['deploymentsFrom']) =>
    found(all, { settings: from(...origins) }).deployments.map(({ source }) => source);

  it('decides which records are asked', () => {
    expect(sources('auto')).toEqual(['release', 'github-deployment']);
    expect(sources('releases')).toEqual(['release']);
    expect(sources('github-deployments')).toEqual(['github-deployment']);
    expect(sources('workflow:deploy.yml')).toEqual(['workflow-run']);
    expect(sources('auto', 'workflow:deploy.yml')).toEqual(['release', 'github-deployment', 'workflow-run']);
    expect(sources('workflow:other.yml')).toEqual([]);
    expect(sources('tags', 'merges')).toEqual([]);
  });

  it('sets nothing aside of what it does not ask for', () => {
    expect(found(all, { settings: from('tags') }).setAside).toEqual([]);
  });

  it('does not ask for a run that does not tell its workflow', () => {
    expect(found([run({ workflow: null })], { settings: from('tags') }).told).toEqual([]);
  });
});

describe('what is set aside', () => {
  it.each<[string, DeploymentRecord, string]>([
    [
      'a draft',
      release('v1.2.0', { id: 'RE_1', notBecause: 'draft', finishedAt: null, revision: null }),
      'draft',
    ],
    ['a release that is gone', release('v1.2.0', { notBecause: 'deleted' }), 'deleted'],
    [
      'a deployment under way',
      shipped({ notBecause: 'in-progress', finishedAt: null, outcome: 'unknown' }),
      'in-progress',
    ],
    ['a run that was cancelled', run({ notBecause: 'not-deployed', outcome: 'unknown' }), 'not-deployed'],
    ['a commit that the clone lacks', shipped({ revision: sha('dead') }), 'unknown-revision'],
    ['a text that is no sha', shipped({ revision: 'main' }), 'unknown-revision'],
    ['a release whose tag is nowhere', release('v1.2.0', { revision: null }), 'unknown-revision'],
    ['something without a time', release('v1.2.0', { finishedAt: null }), 'invalid-date'],
    ['a prerelease', release('v1.2.0', { environment: 'staging' }), 'other-environment'],
    ['another environment', shipped({ environment: 'staging' }), 'other-environment'],
    [
      'an environment whose name only begins so',
      shipped({ environment: 'production2' }),
      'other-environment',
    ],
    ['an environment without a name', shipped({ environment: '' }), 'other-environment'],
  ])('%s', (_, one, reason) => {
    const settings = from('auto', 'workflow:deploy.yml');
    const { deployments, setAside } = found([one], { settings });

    expect(deployments).toEqual([]);
    expect(setAside).toMatchObject([
      { kind: 'deployment', reason, repository: REPOSITORY, component: REPOSITORY },
    ]);
  });

  it('is told with its time, its commit, and the environment where it is another one', () => {
    const [row] = found([shipped({ name: 'main', tag: 'main', environment: 'qa' })]).setAside;

    expect(row).toMatchObject({
      at: NOON,
      detail: sha('a'),
      subject: 'main to qa',
      id: 'github-deployment:acme/shop:7',
    });
  });

  it('tells drafts of one tag apart', () => {
    const drafts = ['RE_1', 'RE_2'].map((id) => release('v1.2.0', { id, notBecause: 'draft' }));

    expect(found(drafts).setAside.map(({ id }) => id)).toEqual([
      'release:acme/shop:RE_1',
      'release:acme/shop:RE_2',
    ]);
  });
});

describe('the environment', () => {
  it.each(['production', 'Production', 'PROD', 'prod'])('%s is production', (environment) => {
    expect(found([shipped({ environment })]).deployments).toMatchObject([{ environment: 'production' }]);
  });

  it('goes by the names that are configured', () => {
    const settings = datasetSettings({ environment: 'live', environmentNames: ['live-*'] });

    expect(found([shipped({ environment: 'live-eu' })], { settings }).deployments).toMatchObject([
      { environment: 'live' },
    ]);
    expect(found([shipped({ environment: 'production' })], { settings }).setAside).toMatchObject([
      { reason: 'other-environment' },
    ]);
  });

  it('staging measures prereleases', () => {
    const settings = datasetSettings({ environment: 'staging', environmentNames: ['staging'] });
    const both = [release('v1.2.0'), release('v1.3.0-rc.1', { environment: 'staging' })];

    expect(found(both, { settings }).deployments.map(({ name }) => name)).toEqual(['v1.3.0-rc.1']);
  });

  it('under another name on GitHub leaves releases what they were', () => {
    const settings = datasetSettings({ environmentNames: ['live'] });

    expect(found([release('v1.2.0')], { settings }).deployments).toHaveLength(1);
  });
});

describe('a tag', () => {
  it('that the clone has finds the release whose commit GitHub has lost', () => {
    const refs = [tag('v1.2.0', 'b')];

    expect(found([release('v1.2.0', { revision: null })], { refs }).deployments).toMatchObject([
      { revision: sha('b') },
    ]);
  });

  it('that looks like no version is a release all the same, unless a pattern says what one is', () => {
    const records = [release('spring-update'), release('v1.2.0')];

    expect(found(records).deployments.map(({ name }) => name)).toEqual(['spring-update', 'v1.2.0']);
    expect(found(records, { settings: datasetSettings({ tagPattern: '^v' }) }).told).toEqual([
      'acme/shop release:acme/shop:v1.2.0',
      ' release:acme/shop:spring-update: not-a-version',
    ]);
  });
});

describe('components', () => {
  const components = [
    component('api', { tags: '^backend-', environments: ['api-*'], workflows: ['deploy-api.yml'] }),
    component('ui', { environments: ['production'], workflows: ['deploy.yml'] }),
  ];

  it('take the releases whose tags are theirs', () => {
    const records = ['ui@1.0.0', 'ui-v1.0.1', 'backend-1.0.0', 'api@1.0.0', 'v1.0.0'].map((name) =>
      release(name),
    );

    expect(found(records, { components }).told).toEqual([
      'api release:acme/shop:api:backend-1.0.0',
      'ui release:acme/shop:ui:ui@1.0.0',
      'ui release:acme/shop:ui:ui-v1.0.1',
      ' release:acme/shop:api@1.0.0: not-a-version',
      ' release:acme/shop:v1.0.0: not-a-version',
    ]);
  });

  it('take the deployments to their environments, which are measured because they are named', () => {
    const records = ['api-eu', 'API-us', 'production', 'other'].map((environment) =>
      shipped({ id: environment, environment }),
    );

    expect(found(records, { components }).told).toEqual([
      'api github-deployment:acme/shop:api:api-eu',
      'api github-deployment:acme/shop:api:API-us',
      'ui github-deployment:acme/shop:ui:production',
      ' github-deployment:acme/shop:other: no-component',
    ]);
  });

  it('take the runs of their workflows', () => {
    const records = ['deploy.yml', 'deploy-api.yml', 'nightly.yml'].map((workflow) =>
      run({ id: workflow, workflow }),
    );
    const settings = from('workflow:deploy.yml', 'workflow:deploy-api.yml', 'workflow:nightly.yml');

    expect(found(records, { components, settings }).told).toEqual([
      'api workflow-run:acme/shop:api:deploy-api.yml',
      'ui workflow-run:acme/shop:ui:deploy.yml',
      ' workflow-run:acme/shop:nightly.yml: no-component',
    ]);
  });

  it('that share an environment are deployed together', () => {
    const both = [
      component('api', { environments: ['production'] }),
      component('ui', { environments: ['production'] }),
    ];

    expect(found([shipped()], { components: both }).told).toEqual([
      'api github-deployment:acme/shop:api:7',
      'ui github-deployment:acme/shop:ui:7',
    ]);
  });

  it('that name no environment and no workflow have only releases', () => {
    const settings = from('auto', 'workflow:deploy.yml');

    expect(
      found([shipped(), run(), release('ui@1.0.0')], { components: [component('ui')], settings }).told,
    ).toEqual([
      'ui release:acme/shop:ui:ui@1.0.0',
      ' github-deployment:acme/shop:7: no-component',
      ' workflow-run:acme/shop:7: no-component',
    ]);
  });

  it('have no part in what is no deployment for another reason', () => {
    const records = [
      shipped({ environment: 'other', notBecause: 'in-progress' }),
      release('draft', { notBecause: 'draft' }),
    ];

    expect(found(records, { components }).told).toEqual([
      ' github-deployment:acme/shop:7: in-progress',
      ' release:acme/shop:7: draft',
    ]);
  });
});
