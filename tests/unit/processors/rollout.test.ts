import { describe, expect, it } from 'vitest';
import type { Commit } from '../../../src/domain/commit.ts';
import type { DeploymentRecord } from '../../../src/domain/deployment-record.ts';
import type { Outcome } from '../../../src/domain/deployment.ts';
import { DAY, epochMs, HOUR, MINUTE } from '../../../src/domain/units.ts';
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
  trailers,
} from '../../support/builders.ts';

const START = at('2026-01-05T12:00:00Z');
const days = (n: number) => epochMs(START + n * DAY);

/** A deployment of commit `revision`; its number is its id. */
function shipped(
  number: number,
  revision: string,
  finishedAt: number,
  outcome: Outcome = 'succeeded',
): DeploymentRecord {
  return {
    source: 'github-deployment',
    id: String(number),
    name: '',
    url: null,
    revision: sha(revision),
    tag: null,
    environment: 'production',
    workflow: null,
    finishedAt: epochMs(finishedAt),
    outcome,
    notBecause: null,
  };
}

/** One commit after the other, `1` to `9`, of which a test describes those it is about. */
function line(
  described: Readonly<Record<string, Partial<Pick<Commit, 'subject' | 'trailers'>>>> = {},
): Commit[] {
  return Array.from({ length: 9 }, (_, n) => {
    const name = String(n + 1);
    return commit(name, { ...(n > 0 && { parents: [String(n)] }), ...described[name] });
  });
}

function told(deployments: readonly DeploymentRecord[], commits: readonly Commit[] = line()) {
  const settings = datasetSettings();
  const history = new RepositoryHistory({ name: REPOSITORY, components: [] }, settings);
  for (const each of commits) history.add(each);
  const head = commits.at(-1)?.sha ?? '';
  const refs = { refs: [{ ...branch('main', '9'), commit: head }], branch: { name: 'main', commit: head } };
  const dataset = associate(history, refs, settings, { ...NO_RECORDS, deployments });
  const short = (id: string | null) => id?.split(':').at(-1) ?? null;
  return {
    deployments: dataset.deployments,
    baseline: dataset.deployments.filter(({ baseline }) => baseline).map(({ id }) => short(id)),
    shipped: Object.fromEntries(
      dataset.deployments.map(({ id, shippedChanges }) => [short(id), shippedChanges]),
    ),
    failures: dataset.deployments.flatMap(({ id, failures }) =>
      failures.map(
        ({ rule, repairedBy }) => `${String(short(id))} ${rule} until ${String(short(repairedBy))}`,
      ),
    ),
    repairs: dataset.deployments.flatMap(({ id, repairs }) =>
      repairs.map(({ rule, deployment }) => `${String(short(id))} ${rule} of ${String(short(deployment))}`),
    ),
    reasons: Object.fromEntries(
      [...dataset.rows()].map(({ table, row }) => [
        'reason' in row ? row.id.slice(0, 1) : row.commit.slice(0, 1),
        'reason' in row ? row.reason : `${table} of ${String(short(row.deployment))}`,
      ]),
    ),
  };
}

describe('a deployment that failed', () => {
  it('is a failure from its end to the end of the next one that succeeded', () => {
    const { deployments } = told([
      shipped(1, '1', days(0)),
      shipped(2, '2', days(1), 'failed'),
      shipped(3, '3', days(2), 'unknown'),
      shipped(4, '3', days(3)),
      shipped(5, '4', days(4)),
    ]);

    expect(deployments.map(({ failures }) => failures)).toEqual([
      [],
      [
        {
          rule: 'rollout',
          failureAt: days(1),
          recoveredAt: days(3),
          knownAt: days(1),
          repairedBy: 'github-deployment:acme/shop:4',
          commits: [],
          incident: null,
        },
      ],
      [],
      [],
      [],
    ]);
  });

  it('is open until one succeeds', () => {
    const { deployments } = told([
      shipped(1, '1', days(0)),
      shipped(2, '2', days(1), 'failed'),
      shipped(3, '3', days(2), 'failed'),
    ]);

    expect(deployments.flatMap(({ failures }) => failures)).toMatchObject([
      { rule: 'rollout', failureAt: days(1), recoveredAt: null, repairedBy: null, knownAt: days(1) },
      { rule: 'rollout', failureAt: days(2), recoveredAt: null, repairedBy: null, knownAt: days(2) },
    ]);
  });

  it('is one of several that the same success ended', () => {
    const { failures } = told([
      shipped(1, '1', days(0), 'failed'),
      shipped(2, '2', days(1), 'failed'),
      shipped(3, '3', days(2)),
    ]);

    expect(failures).toEqual(['1 rollout until 3', '2 rollout until 3']);
  });

  it('may be repaired by anything that succeeds, also by what was there before', () => {
    const { failures } = told([
      shipped(1, '1', days(0)),
      shipped(2, '2', days(1), 'failed'),
      shipped(3, '1', days(1) + 2 * HOUR),
    ]);

    expect(failures).toContain('2 rollout until 3');
  });

  it('is repaired by the attempt at the same revision that went well ten minutes later', () => {
    const { failures, shipped: changes } = told([
      shipped(1, '1', days(0)),
      shipped(2, '2', days(1), 'failed'),
      shipped(3, '2', days(1) + 10 * MINUTE),
    ]);

    expect(failures).toEqual(['2 rollout until 3']);
    expect(changes).toEqual({ 1: 0, 2: 0, 3: 1 });
  });

  it('ships nothing: what it carried ships with the next one that succeeds', () => {
    const { shipped: changes, reasons } = told([
      shipped(1, '1', days(0)),
      shipped(2, '4', days(1), 'failed'),
      shipped(3, '3', days(2)),
      shipped(4, '5', days(3)),
    ]);

    expect(changes).toEqual({ 1: 0, 2: 0, 3: 2, 4: 2 });
    expect(reasons).toMatchObject({
      1: 'before-baseline',
      2: 'changes of 3',
      4: 'changes of 4',
      6: 'unreleased',
    });
  });

  it('is not the baseline, which is the first that succeeded', () => {
    const { baseline, shipped: changes } = told([
      shipped(1, '1', days(0), 'failed'),
      shipped(2, '2', days(1), 'unknown'),
      shipped(3, '3', days(2)),
      shipped(4, '5', days(3)),
    ]);

    expect(baseline).toEqual(['3']);
    expect(changes).toEqual({ 1: 0, 2: 0, 3: 0, 4: 2 });
  });

  it('leaves no baseline where none succeeded, and everything unreleased', () => {
    const { baseline, reasons } = told([
      shipped(1, '3', days(0), 'failed'),
      shipped(2, '3', days(1), 'unknown'),
    ]);

    expect(baseline).toEqual([]);
    expect(new Set(Object.values(reasons))).toEqual(new Set(['unreleased']));
  });
});

describe('a deployment of which nobody knows what came', () => {
  it('is no failure, ships nothing and repairs nothing', () => {
    const { failures, shipped: changes } = told([
      shipped(1, '1', days(0)),
      shipped(2, '2', days(1), 'failed'),
      shipped(3, '3', days(2), 'unknown'),
    ]);

    expect(failures).toEqual(['2 rollout until null']);
    expect(changes).toEqual({ 1: 0, 2: 0, 3: 0 });
  });
});

describe('a rollback', () => {
  it('blames what was there before it', () => {
    const { failures, repairs } = told([
      shipped(1, '1', days(0)),
      shipped(2, '3', days(1)),
      shipped(3, '1', days(2)),
    ]);

    expect(failures).toEqual(['2 rollback until 3']);
    expect(repairs).toEqual(['3 rollback of 2']);
  });

  it.each(['failed', 'unknown'] as const)(
    'across one that %s in between blames the last that succeeded',
    (outcome) => {
      const { failures, repairs } = told([
        shipped(1, '1', days(0)),
        shipped(2, '3', days(1)),
        shipped(3, '4', days(2), outcome),
        shipped(4, '1', days(3)),
      ]);

      expect(failures.filter((failure) => failure.includes('rollback'))).toEqual(['2 rollback until 4']);
      expect(repairs).toEqual(['4 rollback of 2']);
    },
  );

  it('to what has never succeeded before is none', () => {
    const { failures } = told([
      shipped(1, '1', days(0), 'failed'),
      shipped(2, '3', days(1)),
      shipped(3, '1', days(2)),
    ]);

    expect(failures).toEqual(['1 rollout until 2']);
  });

  it('that fails is none, and the one that then succeeds is', () => {
    const { failures } = told([
      shipped(1, '1', days(0)),
      shipped(2, '3', days(1)),
      shipped(3, '1', days(2), 'failed'),
      shipped(4, '1', days(3)),
    ]);

    expect(failures).toEqual(['2 rollback until 4', '3 rollout until 4']);
  });
});

describe('reverts and hotfixes', () => {
  const reverting = line({ 3: { trailers: trailers({ reverts: [sha('2')] }) } });
  const hotfixed = line({ 3: { subject: 'hotfix: the cart' } });

  it('blame no deployment that failed for what it did not ship', () => {
    const { failures } = told(
      [shipped(1, '1', days(0)), shipped(2, '2', days(1), 'failed'), shipped(3, '3', days(2))],
      reverting,
    );

    expect(failures).toEqual(['2 rollout until 3']);
  });

  it('blame what shipped the commit first, not the failed attempts before it', () => {
    const { failures } = told(
      [
        shipped(1, '1', days(0)),
        shipped(2, '2', days(1), 'failed'),
        shipped(3, '2', days(1) + 10 * MINUTE),
        shipped(4, '3', days(2)),
      ],
      reverting,
    );

    expect(failures).toEqual(['2 rollout until 3', '3 revert until 4']);
  });

  it('in a deployment that fails repair nothing until one with them succeeds', () => {
    const { failures } = told(
      [
        shipped(1, '1', days(0)),
        shipped(2, '2', days(1)),
        shipped(3, '3', days(2), 'failed'),
        shipped(4, '4', days(3)),
      ],
      reverting,
    );

    expect(failures).toEqual(['2 revert until 4', '3 rollout until 4']);
  });

  it('a hotfix blames what it was built on', () => {
    const { failures } = told(
      [shipped(1, '1', days(0)), shipped(2, '2', days(1)), shipped(3, '3', days(2))],
      hotfixed,
    );

    expect(failures).toEqual(['2 hotfix until 3']);
  });

  it('a hotfix blames a deployment of which nobody knows what came, for it may have been there', () => {
    const { failures } = told(
      [shipped(1, '1', days(0)), shipped(2, '2', days(1), 'unknown'), shipped(3, '3', days(2))],
      hotfixed,
    );

    expect(failures).toEqual(['2 hotfix until 3']);
  });

  it.each(['failed', 'unknown'] as const)(
    'a hotfix does not blame the attempt to deploy it that %s',
    (outcome) => {
      const { failures } = told(
        [
          shipped(1, '1', days(0)),
          shipped(2, '2', days(1)),
          shipped(3, '3', days(2), outcome),
          shipped(4, '3', days(2) + 10 * MINUTE),
        ],
        hotfixed,
      );

      expect(failures.filter((failure) => failure.includes('hotfix'))).toEqual(['2 hotfix until 4']);
    },
  );
});
