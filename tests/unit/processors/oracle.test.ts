import { NO_RECORDS } from '../../support/builders.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Commit } from '../../../src/domain/commit.ts';
import { associate } from '../../../src/processors/data-associator.ts';
import { RepositoryHistory } from '../../../src/processors/repository-history.ts';
import { histories, type MadeHistory } from '../../support/naive-histories.ts';
import {
  naiveDataset,
  type NaiveChange,
  type NaiveDataset,
  type NaiveDeployment,
  type NaiveSetAside,
} from '../../support/naive.ts';

/** The same histories on every machine; DORA_ORACLE_RUNS tries more of them, DORA_ORACLE_SEED others. */
const RUNS = Number(process.env['DORA_ORACLE_RUNS'] ?? 700);
const SEED = Number(process.env['DORA_ORACLE_SEED'] ?? 20_261_120);
const PATIENCE = 20_000 + RUNS * 100;

/** What must occur, and in how many of the histories (of 100) at least. */
const FREQUENT: readonly (readonly [feature: string, percent: number])[] = [
  // what is put in
  ['empty repository', 0.3],
  ['merge', 60],
  ['criss-cross merge', 15],
  ['octopus merge', 15],
  ['release branch', 40],
  ['rewritten history', 20],
  ['deleted branch', 20],
  ['imported history', 30],
  ['imported twice', 4],
  ['cherry-pick', 30],
  ['cherry-pick with its chain', 30],
  ['long chain of cherry-picks', 1],
  ['cherry-pick, abbreviated', 30],
  ['cherry-pick of a missing commit', 30],
  ['cherry-pick of a missing copy', 30],
  ['cherry-pick of a copy of a missing commit', 30],
  ['cherry-pick of two commits', 30],
  ['ambiguous abbreviation', 40],
  ['revert', 60],
  ['revert of a merge', 15],
  ['revert of a revert', 30],
  ['revert of a copy', 15],
  ['copy of a revert', 20],
  ['shipped and reverted', 40],
  ['merge of a hotfix branch', 40],
  ['author clock ahead', 30],
  ['committed before its parent', 30],
  ['author date that git cannot read', 30],
  ['committer date that git cannot read', 30],
  ['annotated tag', 60],
  ['lightweight tag', 40],
  ['prerelease', 30],
  ['two tags on one commit', 40],
  ['two tags within an hour', 15],
  ['two tags an hour apart', 15],
  ['two tags at one instant', 30],
  ['tag on an earlier release', 40],
  ['tag that is no version', 15],
  ['tag of a file', 15],
  ['tag of an unknown commit', 15],
  ['from: auto', 30],
  ['from: tags', 8],
  ['from: merges', 8],
  ['from: tags+merges', 8],
  ['environment: staging', 4],
  ['format: sha256', 20],
  ['layout: whole repository', 10],
  ['layout: tag pattern', 10],
  ['layout: components by name', 10],
  ['layout: components deployed together', 10],
  ['layout: component without paths', 10],
  // what comes out
  ['set aside: merge-commit', 40],
  ['set aside: excluded', 20],
  ['set aside: outside-component', 20],
  ['set aside: before-baseline', 50],
  ['set aside: imported-history', 15],
  ['set aside: duplicate-change', 30],
  ['set aside: unreleased', 30],
  ['set aside: other-branch', 40],
  ['set aside: authored-after-deployment', 8],
  ['set aside: invalid-date', 15],
  ['set aside: unknown-revision', 8],
  ['set aside: not-a-commit', 8],
  ['set aside: not-a-version', 15],
  ['set aside: other-environment', 20],
  ['failed by rollback', 15],
  ['failed by revert', 20],
  ['failed by hotfix', 15],
  ['change', 40],
  ['change that landed as a copy', 10],
  ['several records of a deployment', 20],
  ['more than eight deployments', 30],
  // turns that the rules take
  ['deployments at the same instant', 30],
  ['ancestors before smaller ids', 2],
  ['a change authored when it was deployed', 20],
  ['a copy of an excluded original', 0.5],
  ['a revert is taken back by what ships with it', 5],
  ['a revert ships with what it reverts', 10],
  ['a revert of something before the baseline', 5],
  ['a revert at the very end of its window', 2],
  ['a revert after its window', 10],
  ['a revert on another line than a copy of what it reverts', 0.5],
  ['a revert blames the deployment of a copy', 0.5],
  ['a hotfix branch shipped before its merge did', 5],
  ['a hotfix branch of another component', 1],
  ['a hotfix that is a copy counted elsewhere', 3],
  ['a hotfix built on no deployment', 0.5],
  ['a hotfix spares the deployment before it', 2],
  ['a hotfix at the very end of its window', 2],
  ['a hotfix after its window', 5],
];

interface RealDataset {
  readonly deployments: ReturnType<typeof associate>['deployments'];
  readonly rows: readonly unknown[];
  readonly inNaiveWords: NaiveDataset;
}

function realDataset({ repository, settings, refs }: MadeHistory, commits: readonly Commit[]): RealDataset {
  const history = new RepositoryHistory(repository, settings);
  for (const commit of commits) history.add(commit);
  const { deployments, rows } = associate(history, refs, settings, NO_RECORDS);
  const all = [...rows()];
  const changes: NaiveChange[] = [];
  const setAside: NaiveSetAside[] = [];
  for (const each of all) {
    if (each.table === 'changes') {
      const { component, commit, landedAs, deployment, authoredAt, deployedAt } = each.row;
      const leadTime = (deployedAt - authoredAt) / 1000;
      changes.push({ component, commit, landedAs, deployment, authoredAt, leadTime });
    } else {
      const { kind, component, id, reason, deployment, detail } = each.row;
      setAside.push({ kind, component, id, reason, deployment, detail });
    }
  }
  return {
    deployments,
    rows: all,
    inNaiveWords: { deployments: deployments.map(inNaiveWords), changes, setAside },
  };
}

function inNaiveWords(deployment: RealDataset['deployments'][number]): NaiveDeployment {
  const { id, component, name, revision, environment, finishedAt, estimated, source } = deployment;
  return {
    ...{ id, component, name, revision, environment, finishedAt, estimated, source },
    sightings: deployment.sightings.map((seen) => `${seen.source} ${seen.name} ${String(seen.at)}`),
    baseline: deployment.baseline,
    shippedChanges: deployment.shippedChanges,
    failures: deployment.failures.map(({ rule, failureAt, recoveredAt, repairedBy, commits }) => ({
      rule,
      failureAt,
      recoveredAt: recoveredAt ?? NaN,
      repairedBy: repairedBy ?? '',
      commits,
    })),
    repairs: deployment.repairs.map((repair) => `${repair.rule} ${repair.deployment}`),
  };
}

/** The order of rows is not the naive one's business; that of deployments is. */
function inOneOrder({ deployments, changes, setAside }: NaiveDataset): NaiveDataset {
  const byText = (a: object, b: object) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
  return { deployments, changes: changes.toSorted(byText), setAside: setAside.toSorted(byText) };
}

function outcomes({ deployments, changes, setAside }: NaiveDataset): string[] {
  return [
    ...setAside.map(({ reason }) => `set aside: ${reason}`),
    ...deployments.flatMap(({ failures }) => failures.map(({ rule }) => `failed by ${rule}`)),
    ...changes.map(({ landedAs }) => (landedAs === null ? 'change' : 'change that landed as a copy')),
    ...(deployments.some(({ sightings }) => sightings.length > 1) ? ['several records of a deployment'] : []),
    ...(deployments.length > 8 ? ['more than eight deployments'] : []),
  ];
}

/** The shas that branches and tags reach, by following every parent. */
function reachable({ commits, refs }: MadeHistory): Set<string> {
  const parents = new Map(commits.map((commit) => [commit.sha, commit.parents]));
  const reached = new Set<string>();
  const left = [refs.branch?.commit, ...refs.refs.map(({ commit }) => commit ?? undefined)];
  for (let sha = left.pop(); left.length > 0 || sha !== undefined; sha = left.pop()) {
    const known = sha === undefined ? undefined : parents.get(sha);
    if (sha === undefined || known === undefined || reached.has(sha)) continue;
    reached.add(sha);
    left.push(...known);
  }
  return reached;
}

describe(`${String(RUNS)} made-up histories (seed ${String(SEED)})`, () => {
  it(
    'come out as from the naive implementation, and hold every feature often',
    () => {
      const seen = new Map<string, number>();

      fc.assert(
        fc.property(histories(), (made) => {
          const features = new Set(made.features);
          const naive = naiveDataset(made, (turn) => features.add(turn));

          const real = realDataset(made, made.commits);

          for (const feature of [...features, ...new Set(outcomes(naive))])
            seen.set(feature, (seen.get(feature) ?? 0) + 1);
          expect(inOneOrder(real.inNaiveWords)).toEqual(inOneOrder(naive));
        }),
        { numRuns: RUNS, seed: SEED },
      );

      const rare = FREQUENT.map(([feature, percent]) => {
        const share = ((seen.get(feature) ?? 0) * 100) / RUNS;
        return share < percent ? `${feature}: ${share.toFixed(1)} % instead of ${String(percent)} %` : '';
      });
      expect(rare.filter((line) => line !== '')).toEqual([]);
    },
    PATIENCE,
  );

  it(
    'give the same rows in the same order, in whatever order their commits are added',
    () => {
      const shuffled = histories(40).chain((made) =>
        fc.tuple(
          fc.constant(made),
          fc.shuffledSubarray([...made.commits], {
            minLength: made.commits.length,
            maxLength: made.commits.length,
          }),
        ),
      );

      fc.assert(
        fc.property(shuffled, ([made, commits]) => {
          const { deployments, rows } = realDataset(made, commits);

          expect({ deployments, rows }).toEqual({
            deployments: realDataset(made, made.commits).deployments,
            rows: realDataset(made, made.commits).rows,
          });
        }),
        { numRuns: Math.ceil(RUNS / 4), seed: SEED },
      );
    },
    PATIENCE,
  );

  it(
    'put each reachable commit in one row for each component that it belongs to, or in one without',
    () => {
      fc.assert(
        fc.property(histories(40), (made) => {
          const { changes, setAside } = realDataset(made, made.commits).inNaiveWords;

          const rows = [
            ...changes.map(({ component, commit, landedAs }) => `${landedAs ?? commit} ${component}`),
            ...setAside.flatMap(({ kind, id, component }) =>
              kind === 'commit' ? [`${id} ${component}`] : [],
            ),
          ];
          const commits = new Set(rows.map((row) => row.split(' ')[0] ?? ''));
          const withComponent = new Set(
            rows.filter((row) => !row.endsWith(' ')).map((row) => row.split(' ')[0] ?? ''),
          );
          const without = rows.filter((row) => row.endsWith(' ')).map((row) => row.trim());
          expect(new Set(rows).size).toBe(rows.length);
          expect(commits).toEqual(reachable(made));
          expect(without.filter((commit) => withComponent.has(commit))).toEqual([]);
        }),
        { numRuns: Math.ceil(RUNS / 4), seed: SEED },
      );
    },
    PATIENCE,
  );

  it(
    'ship as many changes with each deployment as it says',
    () => {
      fc.assert(
        fc.property(histories(40), (made) => {
          const { deployments, changes } = realDataset(made, made.commits).inNaiveWords;

          expect(
            deployments.map(({ id }) => changes.filter(({ deployment }) => deployment === id).length),
          ).toEqual(deployments.map(({ shippedChanges }) => shippedChanges));
        }),
        { numRuns: Math.ceil(RUNS / 4), seed: SEED },
      );
    },
    PATIENCE,
  );
});
