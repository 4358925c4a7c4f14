import { describe, expect, it } from 'vitest';
import { periodNamed } from '../../../src/calculators/periods.ts';
import { scopeOf } from '../../../src/calculators/scopes.ts';
import type { Rollout } from '../../../src/domain/argocd-settings.ts';
import { argoRecord } from '../../support/argocd/record.ts';
import { USUAL_ARGO } from '../../support/argocd/usual.ts';
import { BENCHMARKS } from '../../../src/domain/benchmarks.ts';
import type { DeploymentRecord, RolloutRecord } from '../../../src/domain/deployment-record.ts';
import type { AssessedDeployment, Sighting } from '../../../src/domain/deployment.ts';
import { epochMs, MINUTE } from '../../../src/domain/units.ts';
import { deploymentRows } from '../../../src/pipeline/explain-deployments.ts';
import { describeAll } from '../../../src/pipeline/report-deployments.ts';
import { failuresIn } from '../../../src/pipeline/report-failures.ts';
import { associate } from '../../../src/processors/data-associator.ts';
import { RepositoryHistory } from '../../../src/processors/repository-history.ts';
import {
  assessed,
  at,
  branch,
  commit,
  datasetSettings,
  failure,
  NO_RECORDS,
  REPOSITORY,
  sha,
} from '../../support/builders.ts';
import { columns, datasetOf } from '../../support/columns.ts';

const NOON = at('2026-11-05T12:00:00Z');
const after = (minutes: number) => epochMs(NOON + minutes * MINUTE);
const PERIOD = periodNamed('2026-11', 'UTC').period;
const CONTEXT = {
  asOf: at('2026-12-01T00:00:00Z'),
  timezone: 'UTC',
  bands: { table: BENCHMARKS[2024], minimumSample: 5 },
};

function seen(cluster: string, minutes: number, some: Partial<Sighting> = {}): Sighting {
  return { source: 'argocd', name: 'v1', at: after(minutes), cluster, ...some };
}

function rolled(sightings: readonly Sighting[], some: Partial<AssessedDeployment> = {}): AssessedDeployment {
  return assessed('v1', NOON, { source: 'argocd', sightings, ...some });
}

const FAILED = rolled(
  [
    { source: 'annotated-tag', name: 'v1', at: after(-10) },
    seen('us1', 45, { problem: 'degraded' }),
    seen('eu1', 0, { untraced: 'no tag', unverified: true, problem: 'degraded' }),
    seen('ap1', 20, { problem: 'sync failed' }),
    seen('sa1', 30),
  ],
  { outcome: 'failed', failures: [failure(NOON, after(60), { rule: 'rollout' })] },
);

describe('an explained deployment', () => {
  const explained = (deployment: AssessedDeployment) => {
    const dataset = datasetOf([deployment], columns([deployment], []));
    return deploymentRows('changeFailRate', {
      scope: scopeOf(dataset, () => true),
      finished: [deployment],
      period: PERIOD,
      context: CONTEXT,
      incidents: [],
    })[0];
  };

  it('has the clusters with their times, what went wrong and what is not known', () => {
    expect(explained(FAILED)).toMatchObject({
      rule: 'rollout',
      recoveredAt: '2026-11-05T13:00:00Z',
      timeToRestore: 3600,
      repairedBy: null,
      rollout: {
        clusters: [
          { name: 'eu1', at: '2026-11-05T12:00:00Z' },
          { name: 'ap1', at: '2026-11-05T12:20:00Z' },
          { name: 'sa1', at: '2026-11-05T12:30:00Z' },
          { name: 'us1', at: '2026-11-05T12:45:00Z' },
        ],
        unverified: true,
        untraced: 'no tag',
        problem: 'degraded; sync failed',
      },
    });
  });

  it('has none of it where nothing is to be said, and nothing where Argo CD does not know of it', () => {
    expect(explained(rolled([seen('eu1', 0)]))?.rollout).toEqual({
      clusters: [{ name: 'eu1', at: '2026-11-05T12:00:00Z' }],
      unverified: false,
      untraced: null,
      problem: null,
    });
    expect(explained(assessed('v1', NOON))?.rollout).toBeNull();
  });
});

describe('the report', () => {
  const rollout = {
    clusters: ['eu1', 'ap1', 'sa1'],
    foldedClusters: 1,
    spread: { from: NOON, to: after(45) },
    isUnverified: true,
    untraced: 'no tag',
    problem: 'degraded; sync failed',
  };

  it('shows them of failures', () => {
    expect(failuresIn([FAILED], [PERIOD], CONTEXT.asOf)).toMatchObject([{ rule: 'rollout', rollout }]);
    expect(
      failuresIn([assessed('v1', NOON, { failures: FAILED.failures })], [PERIOD], CONTEXT.asOf),
    ).toMatchObject([{ rollout: null }]);
  });

  it('shows them of deployments, and no spread of a single cluster', () => {
    const deployments = [FAILED, rolled([seen('eu1', 0)], { id: 'other' })];
    const dataset = datasetOf(deployments, columns(deployments, []));
    const shown = describeAll(deployments, {
      dataset,
      scope: scopeOf(dataset, () => true),
      context: CONTEXT,
      changes: [],
      links: { of: () => null },
    });

    expect(shown.map((one) => one.rollout)).toMatchObject([
      rollout,
      { clusters: ['eu1'], foldedClusters: 0, spread: null },
    ]);
  });
});

describe('the sheet', () => {
  const record = (id: string, revision: string, some: Partial<RolloutRecord>) =>
    argoRecord(NOON, { id, revision, ...some });

  function detected(deployments: readonly DeploymentRecord[], rollout: Rollout = 'component') {
    const settings = datasetSettings({ argocd: { ...USUAL_ARGO, rollout } });
    const history = new RepositoryHistory({ name: REPOSITORY, components: [] }, settings);
    history.add(commit('1'));
    history.add(commit('2', { parents: ['1'] }));
    const refs = { refs: [branch('main', '2')], branch: { name: 'main', commit: sha('2') } };
    const { review } = associate(history, refs, settings, { ...NO_RECORDS, deployments });
    return [...review()].map((row) => row.detected).filter((text) => text !== '');
  }

  it('names Argo CD, the cluster, what went wrong and what nobody saw', () => {
    const clusters = ['eu1', 'us1', 'ap1', 'sa1', 'af1'].map((name, n) => ({ name, at: after(n) }));
    const name = (revision: string) => sha(revision).slice(0, 10);

    expect(detected([record('a', '1', { isUnverified: true })])).toEqual([
      `Argo CD sync ${name('1')} in eu1; baseline; health not seen`,
    ]);
    expect(detected([record('a', '1', { clusters, problem: `sync failed:\n${'x'.repeat(99)}` })])).toEqual([
      `Argo CD sync ${name('1')} in eu1, us1, ap1 and 2 more; outcome failed (sync failed:\\x0a${'x'.repeat(43)}…); failed: rollout`,
    ]);
  });

  it('has a row for each cluster where each counts by itself', () => {
    const both = ['eu1', 'us1'].map((name) => record(name, '1', { clusters: [{ name, at: NOON }] }));
    const name = sha('1').slice(0, 10);

    expect(detected(both)).toEqual([`Argo CD sync ${name} in eu1, us1; baseline`]);
    expect(detected(both, 'cluster').sort()).toEqual([
      `Argo CD sync ${name} in eu1; baseline`,
      `Argo CD sync ${name} in us1 on 2026-11-05`,
    ]);
  });
});
