import { describe, expect, it } from 'vitest';
import type { Ref } from '../../../src/domain/commit.ts';
import type { DeploymentRecord } from '../../../src/domain/deployment-record.ts';
import type { Deployment, DeploymentSource } from '../../../src/domain/deployment.ts';
import type { ComponentSettings, DeploymentOrigin } from '../../../src/domain/settings.ts';
import { DAY, epochMs, HOUR, MINUTE, SECOND } from '../../../src/domain/units.ts';
import { associate } from '../../../src/processors/data-associator.ts';
import { deduplicate } from '../../../src/processors/deduplicator.ts';
import { RepositoryHistory } from '../../../src/processors/repository-history.ts';
import { strongestOfTheirTime } from '../../../src/processors/strongest-source.ts';
import {
  NO_RECORDS,
  at,
  branch,
  commit,
  datasetSettings,
  deployment,
  REPOSITORY,
  sha,
  tag,
} from '../../support/builders.ts';

const START = at('2026-01-05T12:00:00Z');
const after = (milliseconds: number) => epochMs(START + milliseconds);

/** A deployment of a revision of its own, so many days after the start. */
function one(source: DeploymentSource, day: number, some: Partial<Deployment> = {}): Deployment {
  const name = `${source} ${String(day)}`;
  return deployment(name, after(day * DAY), {
    source,
    id: name,
    revision: sha(`${source}${String(day)}`),
    ...some,
  });
}

function judged(deployments: readonly Deployment[], deploymentsFrom: readonly DeploymentOrigin[] = ['auto']) {
  const { kept, silenced } = strongestOfTheirTime(deployments, datasetSettings({ deploymentsFrom }));
  return { kept: kept.map(({ name }) => name), silenced: silenced.map(({ name }) => name) };
}

describe('auto', () => {
  it('takes what the only source tells', () => {
    for (const source of [
      'github-deployment',
      'workflow-run',
      'release',
      'annotated-tag',
      'lightweight-tag',
    ] as const)
      expect(judged([one(source, 0), one(source, 1)]).silenced).toEqual([]);
  });

  it('takes the strongest source of a time in which several speak', () => {
    const sources = ['github-deployment', 'workflow-run', 'release', 'annotated-tag'] as const;
    const spoken = sources.flatMap((source) => [one(source, 0), one(source, 9)]);

    for (const n of sources.keys())
      expect(judged(spoken.slice(2 * n)).kept).toEqual([
        `${String(sources[n])} 0`,
        `${String(sources[n])} 9`,
      ]);
  });

  it('takes annotated and lightweight tags for one source', () => {
    expect(
      judged([one('annotated-tag', 0), one('lightweight-tag', 1), one('annotated-tag', 2)]).silenced,
    ).toEqual([]);
  });

  it('takes the tags from before the first release, and the releases from then on', () => {
    const tags = [0, 10, 20, 30].map((day) => one('annotated-tag', day));
    const releases = [15, 25].map((day) => one('release', day));

    expect(judged([...tags, ...releases])).toEqual({
      kept: ['annotated-tag 0', 'annotated-tag 10', 'release 15', 'release 25'],
      silenced: ['annotated-tag 20', 'annotated-tag 30'],
    });
  });

  it('takes the tags again when there was no release for 180 days', () => {
    const last = one('release', 10);
    const tags = [
      one('annotated-tag', 189),
      one('annotated-tag', 190, {
        finishedAt: epochMs(last.finishedAt + 180 * DAY - 1),
        name: 'just before',
      }),
      one('annotated-tag', 190),
      one('annotated-tag', 400),
    ];

    expect(judged([one('release', 0), last, ...tags])).toEqual({
      kept: ['release 0', 'release 10', 'annotated-tag 190', 'annotated-tag 400'],
      silenced: ['annotated-tag 189', 'just before'],
    });
  });

  it('takes the tags of 180 days without a release, though another release follows', () => {
    const tags = [200, 300, 401].map((day) => one('annotated-tag', day));

    expect(judged([one('release', 0), ...tags, one('release', 400)]).silenced).toEqual(['annotated-tag 401']);
  });

  it('silences what tells of a revision that a stronger source tells of, whenever that was', () => {
    const revision = sha('f');
    const tagged = [one('annotated-tag', 0, { revision }), one('annotated-tag', 300, { revision })];

    expect(judged([one('release', 10, { revision }), ...tagged]).silenced).toEqual([
      'annotated-tag 0',
      'annotated-tag 300',
    ]);
  });

  it('listens to a strong source even when it is silenced by a stronger one', () => {
    const all = [
      one('github-deployment', 0),
      one('github-deployment', 50),
      one('release', 20),
      one('annotated-tag', 30),
    ];

    expect(judged(all).kept).toEqual(['github-deployment 0', 'github-deployment 50']);
  });

  it('listens to failures too: whoever tells of them knows of that time', () => {
    const failed = one('github-deployment', 0, { outcome: 'failed' });

    expect(judged([failed, one('release', 1)])).toEqual({
      kept: ['github-deployment 0'],
      silenced: ['release 1'],
    });
  });
});

describe('a source that is named', () => {
  it('is never silenced', () => {
    const all = [one('github-deployment', 0), one('release', 1), one('annotated-tag', 2), one('merge', 3)];

    expect(judged(all, ['auto', 'releases']).silenced).toEqual(['annotated-tag 2']);
    expect(judged(all, ['auto', 'tags', 'merges']).silenced).toEqual(['release 1']);
    expect(judged(all, ['auto', 'github-deployments']).silenced).toEqual(['release 1', 'annotated-tag 2']);
  });

  it('is kept with every other one that is named where auto is not', () => {
    const all = [
      one('github-deployment', 0),
      one('workflow-run', 1),
      one('release', 2),
      one('annotated-tag', 3),
    ];

    expect(judged(all, ['releases', 'tags'])).toEqual({ kept: all.map(({ name }) => name), silenced: [] });
  });

  it('as a workflow takes its place in the chain of auto: behind deployments, before releases', () => {
    const all = [
      one('github-deployment', 10),
      one('workflow-run', 5),
      one('workflow-run', 11),
      one('release', 6),
    ];

    expect(judged(all, ['auto', 'workflow:deploy.yml'])).toEqual({
      kept: ['github-deployment 10', 'workflow-run 5'],
      silenced: ['workflow-run 11', 'release 6'],
    });
  });
});

/** A repository of one commit a version, `1` to `9`, with what the sources tell of it. */
function told(
  records: readonly DeploymentRecord[],
  {
    refs = [],
    components = [],
    deploymentsFrom = ['auto'],
  }: {
    readonly refs?: readonly Ref[];
    readonly components?: readonly ComponentSettings[];
    readonly deploymentsFrom?: readonly DeploymentOrigin[];
  } = {},
) {
  const settings = datasetSettings({ deploymentsFrom });
  const history = new RepositoryHistory({ name: REPOSITORY, components }, settings);
  for (let n = 1; n <= 9; n += 1) history.add(commit(String(n), n === 1 ? {} : { parents: [String(n - 1)] }));
  const main = branch('main', '9');
  const snapshot = { refs: [main, ...refs], branch: { name: 'main', commit: sha('9') } };
  const { deployments, rows } = associate(history, snapshot, settings, {
    ...NO_RECORDS,
    deployments: records,
  });
  return {
    deployments: deployments.map(
      ({ id, outcome, sightings }) => `${id} ${outcome} ${sightings.map(({ source }) => source).join('+')}`,
    ),
    setAside: [...rows()].flatMap(({ table, row }) =>
      table === 'set-aside' && row.kind === 'deployment' ? [`${row.id}: ${row.reason}`] : [],
    ),
    changes: deployments.map(({ shippedChanges }) => shippedChanges),
  };
}

function record(
  source: DeploymentRecord['source'],
  version: string,
  finishedAt: number,
  some: Partial<DeploymentRecord> = {},
): DeploymentRecord {
  const name = source === 'release' ? `v${version}` : version;
  return {
    source,
    id: name,
    name,
    url: null,
    revision: sha(version),
    tag: source === 'release' ? name : null,
    environment: source === 'workflow-run' ? null : 'production',
    workflow: source === 'workflow-run' ? 'deploy.yml' : null,
    finishedAt: epochMs(finishedAt),
    outcome: 'succeeded',
    notBecause: null,
    ...some,
  };
}

describe('what several sources tell of one revision', () => {
  it('within an hour is one deployment, of which the strongest is believed', () => {
    const records = [
      record('release', '2', after(59 * MINUTE)),
      record('github-deployment', '2', after(30 * MINUTE)),
    ];

    expect(told(records, { refs: [tag('v2', '2', START), tag('v2.0', '2', START)] })).toMatchObject({
      deployments: ['github-deployment:acme/shop:2 succeeded github-deployment+release+annotated-tag'],
      setAside: ['tag:acme/shop:v2: not-a-version'],
    });
  });

  it('an hour apart or more is not told twice: the weaker source is set aside', () => {
    const records = [record('release', '2', after(HOUR))];

    expect(told(records, { refs: [tag('v2.0', '2', START)] })).toMatchObject({
      deployments: ['release:acme/shop:v2 succeeded release'],
      setAside: ['tag:acme/shop:v2.0: weaker-source'],
    });
  });

  it('is two deployments where both are named', () => {
    const records = [record('release', '2', after(HOUR))];
    const named = { refs: [tag('v2.0', '2', START)], deploymentsFrom: ['tags', 'releases'] as const };

    expect(told(records, named).deployments).toHaveLength(2);
    expect(told(records, named).setAside).toEqual([]);
  });

  it('is asked of each component by itself', () => {
    const component = (name: string): ComponentSettings => ({
      name,
      paths: [],
      tags: `^${name}-`,
      environments: [`${name}-prod`],
      workflows: [],
    });
    const records = [record('github-deployment', '2', START, { environment: 'ui-prod' })];
    const refs = [tag('ui-1', '3', after(DAY)), tag('api-1', '3', after(DAY))];

    expect(told(records, { components: [component('api'), component('ui')], refs })).toMatchObject({
      deployments: [
        'tag:acme/shop:api:api-1 succeeded annotated-tag',
        'github-deployment:acme/shop:ui:2 succeeded github-deployment',
      ],
      setAside: ['tag:acme/shop:ui:ui-1: weaker-source'],
    });
  });

  it('is not believed of a release that goes elsewhere: a draft or a prerelease silences no tag', () => {
    const records = [
      record('release', '2', START, { environment: 'staging' }),
      record('release', '3', START, { notBecause: 'draft' }),
    ];

    expect(told(records, { refs: [tag('v4.0', '4', after(DAY))] }).deployments).toEqual([
      'tag:acme/shop:v4.0 succeeded annotated-tag',
    ]);
  });

  it('tells of every commit what shipped it, though sources change in between', () => {
    const records = [record('release', '5', after(20 * DAY)), record('release', '7', after(30 * DAY))];
    const refs = [
      tag('v1.0', '1', START),
      tag('v3.0', '3', after(10 * DAY)),
      tag('v6.0', '6', after(25 * DAY)),
    ];

    expect(told(records, { refs })).toMatchObject({
      deployments: [
        'tag:acme/shop:v1.0 succeeded annotated-tag',
        'tag:acme/shop:v3.0 succeeded annotated-tag',
        'release:acme/shop:v5 succeeded release',
        'release:acme/shop:v7 succeeded release',
      ],
      changes: [0, 2, 2, 2],
    });
  });
});

describe('attempts', () => {
  const attempt = (
    outcome: Deployment['outcome'],
    minutes: number,
    source: DeploymentSource = 'workflow-run',
  ) =>
    deployment(`${source} ${outcome} ${String(minutes)}`, after(minutes * MINUTE), {
      source,
      outcome,
      id: `${source} ${outcome} ${String(minutes)}`,
    });
  const kept = (...attempts: readonly Deployment[]) =>
    deduplicate(attempts)
      .toSorted((a, b) => a.finishedAt - b.finishedAt)
      .map(({ name, sightings }) => [name, sightings.length]);

  it('a failed one and the one that succeeded soon after are two deployments', () => {
    expect(kept(attempt('failed', 0), attempt('succeeded', 10))).toEqual([
      ['workflow-run failed 0', 1],
      ['workflow-run succeeded 10', 1],
    ]);
  });

  it('several that failed within the hour are one failure, with all of them as evidence', () => {
    expect(kept(attempt('failed', 0), attempt('failed', 5), attempt('succeeded', 10))).toEqual([
      ['workflow-run failed 0', 2],
      ['workflow-run succeeded 10', 1],
    ]);
  });

  it('that failed on both sides of an hour are two failures', () => {
    expect(kept(attempt('failed', 0), attempt('failed', 60))).toHaveLength(2);
  });

  it('what a weaker source saw is evidence of the one that succeeded', () => {
    const tagged = deployment('v1.0', after(-MINUTE), { source: 'annotated-tag' });

    expect(kept(tagged, attempt('failed', 0), attempt('succeeded', 10))).toEqual([
      ['workflow-run failed 0', 1],
      ['workflow-run succeeded 10', 2],
    ]);
  });

  it('the strongest source has the last word on what came of them', () => {
    expect(kept(attempt('succeeded', 0, 'release'), attempt('failed', 10, 'github-deployment'))).toEqual([
      ['github-deployment failed 10', 2],
    ]);
    expect(kept(attempt('failed', 0), attempt('succeeded', 10, 'github-deployment'))).toEqual([
      ['github-deployment succeeded 10', 2],
    ]);
  });

  it('come to the same in whatever order they are told', () => {
    const all = [attempt('failed', 0), attempt('succeeded', 10), attempt('failed', 5), attempt('unknown', 7)];

    expect(kept(...all.toReversed())).toEqual(kept(...all));
  });

  it('a second after the hour are deployments of their own', () => {
    const late = deployment('late', epochMs(after(HOUR) + SECOND), { source: 'workflow-run', id: 'late' });

    expect(kept(attempt('succeeded', 0), late)).toHaveLength(2);
  });
});
