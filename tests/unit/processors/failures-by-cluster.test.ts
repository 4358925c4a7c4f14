import { describe, expect, it } from 'vitest';
import { failureAsOf, recoveryAsOf } from '../../../src/calculators/failure-as-of.ts';
import type { Opinion } from '../../../src/domain/annotation.ts';
import { type Rollout } from '../../../src/domain/argocd-settings.ts';
import { argoRecord } from '../../support/argocd/record.ts';
import { USUAL_ARGO } from '../../support/argocd/usual.ts';
import type { Commit } from '../../../src/domain/commit.ts';
import type { DeploymentRecord } from '../../../src/domain/deployment-record.ts';
import { DAY, epochMs, HOUR } from '../../../src/domain/units.ts';
import { associate } from '../../../src/processors/data-associator.ts';
import { RepositoryHistory } from '../../../src/processors/repository-history.ts';
import { at, branch, commit, datasetSettings, NO_RECORDS, REPOSITORY, sha } from '../../support/builders.ts';

const START = at('2026-01-05T12:00:00Z');
const days = (n: number) => epochMs(START + n * DAY);

interface Rolled {
  readonly cluster?: string;
  readonly outcome?: 'succeeded' | 'failed';
  readonly recoveredAt?: number;
}

/** Revision `1` to `9` in a cluster, so many days after the start. */
function rolled(
  id: string,
  revision: string,
  day: number,
  { cluster = 'eu1', outcome = 'succeeded', recoveredAt }: Rolled = {},
): DeploymentRecord {
  return argoRecord(days(day), {
    id,
    revision,
    clusters: [{ name: cluster, at: days(day) }],
    problem: outcome === 'failed' ? 'degraded' : null,
    recoveredAt: recoveredAt === undefined ? null : days(recoveredAt),
  });
}

function line(subjects: Readonly<Record<string, string>> = {}): Commit[] {
  return Array.from({ length: 9 }, (_, n) => {
    const name = String(n + 1);
    const subject = subjects[name];
    return commit(name, {
      ...(n > 0 && { parents: [String(n)] }),
      ...(subject !== undefined && { subject }),
    });
  });
}

interface World {
  readonly commits?: readonly Commit[];
  readonly opinions?: readonly Opinion[];
}

function dataset(
  deployments: readonly DeploymentRecord[],
  rollout: Rollout,
  { commits = line(), opinions = [] }: World = {},
) {
  const settings = datasetSettings({ argocd: { ...USUAL_ARGO, rollout } });
  const history = new RepositoryHistory({ name: REPOSITORY, components: [] }, settings);
  for (const each of commits) history.add(each);
  const refs = { refs: [branch('main', '9')], branch: { name: 'main', commit: sha('9') } };
  return associate(history, refs, settings, { ...NO_RECORDS, deployments, opinions });
}

/** `e2 rollback until e3`. */
function failures(...asked: Parameters<typeof dataset>): string[] {
  const short = (id: string | null) => id?.split(':').at(-1) ?? 'itself';
  return dataset(...asked).deployments.flatMap(({ id, failures: found }) =>
    found.map(({ rule, repairedBy, recoveredAt }) => {
      const end = recoveredAt === null ? 'open' : `until ${short(repairedBy)}`;
      return `${short(id)} ${rule} ${end}`;
    }),
  );
}

const eu = (id: string, revision: string, day: number, some: Rolled = {}) => rolled(id, revision, day, some);
const us = (id: string, revision: string, day: number, some: Rolled = {}) =>
  rolled(id, revision, day, { ...some, cluster: 'us1' });

describe('two clusters that take turns', () => {
  // us comes to each revision a day after eu has gone on
  const turns = [eu('e1', '1', 0), eu('e2', '3', 1), us('u1', '1', 2), us('u2', '3', 3)];

  it('do not go back where each counts by itself', () => {
    expect(failures(turns, 'cluster')).toEqual([]);
  });

  it('go back as a component, of which one place is as good as another', () => {
    expect(failures(turns, 'component')).toEqual(['e2 rollback until u1']);
  });

  it('are blamed for what they had themselves', () => {
    const back = [...turns, eu('e3', '4', 4), us('u3', '4', 4.5), us('u4', '3', 5)];

    expect(failures(back, 'cluster')).toEqual(['u3 rollback until u4']);
  });

  it('do not go back to what only the other one had', () => {
    expect(failures([eu('e1', '1', 0), us('u1', '3', 1), us('u2', '1', 2)], 'cluster')).toEqual([]);
  });
});

describe('a failed roll-out', () => {
  it('is over when the next one succeeds in the same cluster', () => {
    const records = [
      eu('e1', '1', 0),
      eu('e2', '2', 1, { outcome: 'failed' }),
      us('u1', '2', 2),
      eu('e3', '2', 3),
      us('u2', '3', 4, { outcome: 'failed' }),
      eu('e4', '3', 5),
    ];

    expect(failures(records, 'cluster')).toEqual(['e2 rollout until e3', 'u2 rollout open']);
    expect(failures(records, 'component')).toEqual(['e2 rollout until u1', 'u2 rollout until e4']);
  });

  const failed = (recoveredAt: number) => [
    eu('e1', '1', 0),
    eu('e2', '2', 1, { outcome: 'failed', recoveredAt }),
    eu('e3', '3', 3),
  ];
  const evidence = (recoveredAt: number) =>
    dataset(failed(recoveredAt), 'component').deployments[1]?.failures;

  it('is over when it is well again by itself, if that comes before the next one', () => {
    expect(evidence(2)).toEqual([
      {
        rule: 'rollout',
        failureAt: days(1),
        recoveredAt: days(2),
        knownAt: days(1),
        repairedBy: null,
        commits: [],
        incident: null,
      },
    ]);
    expect(evidence(4)).toMatchObject([{ recoveredAt: days(3), repairedBy: 'argocd:acme/shop:e3' }]);
    expect(evidence(3)).toMatchObject([{ recoveredAt: days(3), repairedBy: 'argocd:acme/shop:e3' }]);
  });

  it('is not over before it failed', () => {
    expect(evidence(0.5)).toMatchObject([{ recoveredAt: days(3), repairedBy: 'argocd:acme/shop:e3' }]);
  });

  it('is over by itself where no other deployment follows', () => {
    expect(failures(failed(2).slice(0, 2), 'cluster')).toEqual(['e2 rollout until itself']);
  });

  it('is known from its end on, and open until it is well again', () => {
    const [, deployment] = dataset(failed(2), 'component').deployments;
    if (deployment === undefined) throw new Error('there are three');
    const open = (day: number) => {
      const failure = failureAsOf(deployment, days(day));
      return failure === null ? 'no failure' : (recoveryAsOf(failure, days(day)) ?? 'open');
    };

    expect([0.9, 1, 1.9, 2, 5].map(open)).toEqual(['no failure', 'open', 'open', days(2), days(2)]);
  });
});

describe('what repairs', () => {
  it('a hotfix blames what its own cluster had', () => {
    const commits = line({ 3: 'hotfix: the cart' });
    const records = [eu('e1', '2', 0), us('u1', '2', 1), eu('e2', '3', 2), us('u2', '3', 3)];

    expect(failures(records, 'cluster', { commits })).toEqual(['e1 hotfix until e2']);
    expect(failures(records, 'component', { commits })).toEqual(['u1 hotfix until e2']);
  });

  it('a rollback that people tell of blames what its own cluster had before', () => {
    const records = [eu('e1', '2', 0), us('u1', '2', 1), eu('e2', '1', 2)];
    const opinion: Opinion = {
      row: 'r',
      facts: {
        kind: 'deployment',
        repository: REPOSITORY,
        component: REPOSITORY,
        commit: sha('1'),
        committedAt: null,
        author: '',
        title: '',
        deployment: { id: 'argocd:acme/shop:e2', name: 'e2', finishedAt: days(2) },
      },
      isDeployment: null,
      deployedAt: null,
      environment: null,
      isHotfix: null,
      isRollback: true,
      failed: null,
      failedAt: null,
      recoveredAt: null,
      ignore: null,
      notes: null,
      by: 'Jane',
    };

    expect(failures(records, 'cluster', { opinions: [opinion] })).toEqual(['e1 rollback until e2']);
    expect(failures(records, 'component', { opinions: [opinion] })).toEqual(['u1 rollback until e2']);
  });
});

describe('what is shipped', () => {
  it('is shipped by the first cluster that has it, in either way to count', () => {
    const records = [eu('e1', '1', 0), us('u1', '1', 0), eu('e2', '3', 1), us('u2', '3', 2)];
    const shipped = (rollout: Rollout) =>
      dataset(records, rollout).deployments.map(
        ({ name, finishedAt, shippedChanges }) =>
          `${name.slice(0, 1)} ${String((finishedAt - START) / HOUR)}: ${String(shippedChanges)}`,
      );

    expect(shipped('component')).toEqual(['1 0: 0', '3 24: 2', '3 48: 0']);
    expect(shipped('cluster')).toEqual(['1 0: 0', '1 0: 0', '3 24: 2', '3 48: 0']);
  });
});
