/** Faults that are reported. Each test fails as long as its fault is there; then `.fails` goes, and the test finds its place. */
import { expect, it } from 'vitest';
import type { Commit, RefSnapshot } from '../../../src/domain/commit.ts';
import type { ComponentSettings, DatasetSettings } from '../../../src/domain/settings.ts';
import { associate } from '../../../src/processors/data-associator.ts';
import { RepositoryHistory } from '../../../src/processors/repository-history.ts';
import {
  at,
  branch,
  commit,
  datasetSettings,
  REPOSITORY,
  sha,
  tag,
  trailers,
} from '../../support/builders.ts';

const DAY_1 = at('2026-01-05T00:00:00Z');
const DAY_2 = at('2026-01-06T00:00:00Z');

function dataset(
  commits: readonly Commit[],
  refs: RefSnapshot['refs'],
  settings: DatasetSettings = datasetSettings(),
  components: readonly ComponentSettings[] = [],
) {
  const history = new RepositoryHistory({ name: REPOSITORY, components }, settings);
  for (const each of commits) history.add(each);
  const main = refs.find(({ kind }) => kind === 'branch');
  const head = { name: 'main', commit: main?.commit ?? '' };
  const { deployments, rows } = associate(history, { refs, branch: head }, settings);
  return { deployments, rows: [...rows()] };
}

it.fails('does not take a commit that no ref reaches any more for the original of a copy', () => {
  const commits = [
    commit('a'),
    commit('dead', { parents: ['a'] }),
    commit('b', { parents: ['a'], trailers: trailers({ cherryPickedFrom: [sha('dead')] }) }),
  ];

  const { rows } = dataset(commits, [
    branch('main', 'b'),
    tag('v1.0.0', 'a', DAY_1),
    tag('v1.0.1', 'b', DAY_2),
  ]);

  expect(rows.find(({ table }) => table === 'changes')?.row).toMatchObject({
    commit: sha('b'),
    landedAs: null,
  });
});

it.fails('does not blame a component for the merge of a hotfix branch that touches another one', () => {
  const components = [
    { name: 'ui', paths: ['ui/**'], tags: '^v' },
    { name: 'api', paths: ['api/**'], tags: '^v' },
  ];
  const commits = [
    commit('a', { paths: ['ui/a.ts', 'api/a.ts'] }),
    commit('b', { parents: ['a'], paths: ['api/a.ts'] }),
    commit('c', { parents: ['a', 'b'], subject: "Merge branch 'hotfix/x'", paths: [] }),
    commit('d', { parents: ['c'], paths: ['ui/a.ts'] }),
  ];
  const refs = [branch('main', 'd'), tag('v1.0.0', 'a', DAY_1), tag('v1.0.1', 'd', DAY_2)];

  const { deployments } = dataset(commits, refs, datasetSettings(), components);

  expect(
    deployments.flatMap(({ component, failures }) => failures.map(({ rule }) => [component, rule])),
  ).toEqual([['api', 'hotfix']]);
});
