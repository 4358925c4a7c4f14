import { describe, expect, it } from 'vitest';
import { periodNamed } from '../../../src/calculators/periods.ts';
import { BENCHMARKS } from '../../../src/domain/benchmarks.ts';
import type { AssessedDeployment, DeploymentSource, Sighting } from '../../../src/domain/deployment.ts';
import type { DatasetSettings } from '../../../src/domain/settings.ts';
import { caveatsOf } from '../../../src/pipeline/report-caveats.ts';
import { emptyState, type StreamState } from '../../../src/storage/state.ts';
import { streamKey } from '../../../src/storage/workspace.ts';
import { assessed, at, datasetSettings } from '../../support/builders.ts';
import { columns, datasetOf } from '../../support/columns.ts';

const AS_OF = at('2026-11-20T00:00:00Z');

type StreamFields = Partial<StreamState> & { readonly stream: string };

function stream(some: StreamFields): StreamState {
  return {
    source: 'github',
    scope: 'acme/shop',
    checkedAt: '2026-11-20T00:00:00Z',
    cursor: { complete: true },
    segments: [],
    ...some,
  };
}

interface Situation {
  readonly streams?: readonly StreamFields[];
  readonly repositories?: readonly string[];
  readonly deployments?: readonly AssessedDeployment[];
  readonly settings?: Partial<DatasetSettings>;
}

const ISSUES = { stream: 'issues-incident' };
const DEPLOYED = [assessed('v1', at('2026-11-01T00:00:00Z'))];

function caveats({
  streams = [ISSUES],
  repositories = ['acme/shop'],
  deployments = DEPLOYED,
  settings = {},
}: Situation): string[] {
  const state = {
    ...emptyState('key'),
    streams: Object.fromEntries(streams.map(stream).map((one) => [streamKey(one), one])),
  };
  return caveatsOf({
    opened: {
      dataset: datasetOf(deployments, columns(deployments, [])),
      state,
      context: { asOf: AS_OF, timezone: 'UTC', bands: { table: BENCHMARKS[2024], minimumSample: 5 } },
      repositories,
    },
    deployments,
    periods: [periodNamed('2026-10', 'UTC').period, periodNamed('2026-11', 'UTC').period],
    settings: datasetSettings(settings),
  });
}

function from(source: DeploymentSource, ...days: readonly string[]): AssessedDeployment[] {
  return days.map((day) => assessed(day, at(`${day}T12:00:00Z`), { source, estimated: false }));
}

describe('the caveats of a report', () => {
  it('are none where nothing is missing', () => {
    expect(caveats({})).toEqual([]);
  });

  it('say that there is no incident source only where there is none', () => {
    const none = 'No incident source: failures come from rollbacks, reverts and hotfixes only.';

    expect(caveats({ streams: [] })).toEqual([none]);
    expect(caveats({ streams: [{ stream: 'pull-requests' }] })).toEqual([none]);
    expect(caveats({ settings: { incidentLabels: ['outage'] } })).toEqual([none]);
    expect(caveats({ streams: [], deployments: [assessed('v1', AS_OF, { outcome: 'failed' })] })).toEqual([
      'No incident source: failures come from failed rollouts, rollbacks, reverts and hotfixes only.',
    ]);
  });

  it('say how many repositories have none', () => {
    expect(caveats({ repositories: ['acme/shop', 'acme/api', 'acme/cli'] })).toEqual([
      'No incident source for 2 of 3 repositories: there failures come from rollbacks, reverts and hotfixes only.',
    ]);
  });

  it('name what was not asked for more than a day before as-of, and until when it is known', () => {
    const old = { stream: 'pull-requests', checkedAt: '2026-11-12T23:00:00Z' };
    const older = { stream: 'releases', checkedAt: '2026-11-10T23:00:00Z' };

    expect(caveats({ streams: [ISSUES, old, older] })).toEqual([
      'What is known of the GitHub pull requests and releases of acme/shop ends on 2026-11-10: run dora-metrics extract.',
    ]);
    expect(caveats({ streams: [ISSUES, { ...old, checkedAt: '2026-11-19T00:00:00Z' }] })).toEqual([]);
  });

  it('name what is stored in part only', () => {
    const part = { cursor: { complete: false } };

    expect(caveats({ streams: [ISSUES, { stream: 'pull-requests', ...part }] })).toEqual([
      'Only part of the GitHub pull requests of acme/shop is stored yet: run dora-metrics extract again.',
    ]);
    expect(caveats({ streams: [{ ...ISSUES, ...part }] })).toEqual([
      'Only part of the GitHub issues labelled incident of acme/shop is stored yet: run dora-metrics extract again.',
    ]);
  });

  it('pass over streams that the settings ask for no more, and those of other repositories', () => {
    const part = { cursor: { complete: false } };
    const others = [
      { stream: 'issues-outage', ...part },
      { stream: 'workflow-runs-deploy.yml', ...part },
      { stream: 'releases', scope: 'acme/other', ...part },
    ];

    expect(caveats({ streams: [ISSUES, ...others] })).toEqual([]);
    expect(
      caveats({ streams: [ISSUES, ...others], settings: { deploymentsFrom: ['workflow:deploy.yml'] } }),
    ).toEqual([
      'Only part of the GitHub runs of deploy.yml of acme/shop is stored yet: run dora-metrics extract again.',
    ]);
  });

  describe('where auto finds several sources of deployments', () => {
    const tags = from('annotated-tag', '2026-10-05', '2026-10-12');
    const deployments = from('github-deployment', '2026-11-02', '2026-11-09');

    it('say when it changed from one to the other', () => {
      expect(caveats({ deployments: [...tags, ...deployments] })).toEqual([
        'Deployments are known from version tags until 2026-11-02, then from GitHub deployments: a step in the numbers there may be no more than that.',
      ]);
    });

    it('take tags of both kinds for one source', () => {
      const light = from('lightweight-tag', '2026-10-20');

      expect(caveats({ deployments: [...tags, ...light, ...deployments] })).toHaveLength(1);
      expect(caveats({ deployments: [...tags, ...light] })).toEqual([]);
    });

    it('look at what is shown only, and at what auto chose', () => {
      const before = from('annotated-tag', '2026-09-01');
      const named = { deploymentsFrom: ['tags', 'github-deployments'] } as const;

      expect(caveats({ deployments: [...before, ...deployments] })).toEqual([]);
      expect(caveats({ deployments: [...tags, ...deployments], settings: named })).toEqual([]);
    });

    it('name the component where there are several', () => {
      const api = from('annotated-tag', '2026-10-07').map((row) => ({ ...row, component: 'api' }));

      expect(caveats({ deployments: [...tags, ...api, ...deployments] })[0]).toContain(
        'Deployments of acme/shop are known from version tags until 2026-11-02',
      );
    });

    it('do not list every turn of a source that comes and goes', () => {
      const mixed = ['2026-10-01', '2026-10-02', '2026-10-03', '2026-10-04', '2026-10-05'].flatMap((day, n) =>
        from(n % 2 === 0 ? 'annotated-tag' : 'merge', day),
      );
      const settings = { deploymentsFrom: ['auto', 'merges'] } as const;

      expect(caveats({ deployments: mixed, settings })[0]).toBe(
        'Deployments are known from version tags and merges by turns.',
      );
    });
  });

  it('count the deployments whose time is that of their commit', () => {
    const deployments = [
      ...from('annotated-tag', '2026-11-01'),
      assessed('v2', AS_OF, { source: 'lightweight-tag', estimated: true }),
    ];

    expect(caveats({ deployments })).toEqual([
      '1 of 2 deployments come from lightweight tags, which have no time: that of their commit stands in.',
    ]);
  });

  describe('of deployments of Argo CD', () => {
    const seen = (day: string, ...some: readonly Partial<Sighting>[]) =>
      assessed(day, at(`${day}T12:00:00Z`), {
        source: 'argocd',
        estimated: false,
        sightings: some.map((one) => ({ source: 'argocd', name: day, at: AS_OF, ...one })),
      });
    const settings = { deploymentsFrom: ['argocd'] } as const;

    it('say of how many nobody saw whether they became healthy, in one cluster at least', () => {
      const deployments = [
        // before what is shown
        seen('2026-09-05', { unverified: true }),
        seen('2026-10-05', { cluster: 'eu1' }, { cluster: 'us1', unverified: true }),
        seen('2026-11-02', {}),
        seen('2026-11-03', { unverified: true }),
        assessed('v1', at('2026-11-04T12:00:00Z')),
      ];

      expect(caveats({ deployments, settings })).toEqual([
        '2 of 3 deployments of Argo CD: nobody saw whether they became healthy.',
      ]);
      expect(caveats({ deployments: deployments.slice(3), settings })).toEqual([
        '1 of 1 deployment of Argo CD: nobody saw whether it became healthy.',
      ]);
    });

    it('say how many are known by the commit of the GitOps repository only', () => {
      const deployments = [
        seen('2026-11-01', { untraced: 'no tag' }),
        seen('2026-11-02', {}),
        seen('2026-11-03', { untraced: 'no tag' }),
      ];

      expect(caveats({ deployments, settings })).toEqual([
        '2 of 3 deployments of Argo CD: known by the commit of the GitOps repository only, which is not that of the application.',
      ]);
    });
  });

  it('say what to do where nothing was deployed', () => {
    expect(caveats({ deployments: [] })).toEqual([expect.stringMatching(/^No deployment is known: .*\.$/u)]);
  });
});
