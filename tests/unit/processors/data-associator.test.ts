import { expect, it } from 'vitest';
import type { Commit, RefSnapshot } from '../../../src/domain/commit.ts';
import type { ComponentSettings, DatasetSettings } from '../../../src/domain/settings.ts';
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
  const { deployments, rows } = associate(history, { refs, branch: head }, settings, NO_RECORDS);
  return { deployments, rows: [...rows()] };
}

it('does not take a commit that no ref reaches any more for the original of a copy', () => {
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

it('does not blame a component for the merge of a hotfix branch that touches another one', () => {
  const components = [
    { name: 'ui', paths: ['ui/**'], tags: '^v', environments: [], workflows: [] },
    { name: 'api', paths: ['api/**'], tags: '^v', environments: [], workflows: [] },
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

it('takes the smallest sha for the original of copies that name each other', () => {
  const copyOf = (name: string) => trailers({ cherryPickedFrom: [sha(name)] });
  const commits = [
    commit('a'),
    commit('c1', { parents: ['a'], trailers: copyOf('c2') }),
    commit('c2', { parents: ['c1'], trailers: copyOf('c1') }),
  ];

  const { rows } = dataset(commits, [
    branch('main', 'c2'),
    tag('v1.0.0', 'a', DAY_1),
    tag('v1.0.1', 'c2', DAY_2),
  ]);

  expect(rows.map(({ table, row }) => [table, 'reason' in row ? row.id : row.commit])).toEqual([
    ['set-aside', sha('a')],
    ['set-aside', sha('c2')],
    ['changes', sha('c1')],
  ]);
});

it('writes out what a terminal would act on, in subjects, names and tags', () => {
  const hostile = '\u001b[31m';
  const commits = [commit('a'), commit('b', { parents: ['a'], subject: hostile, author: hostile })];
  const settings = datasetSettings({ tagPattern: '.' });
  const refs = [branch('main', 'b'), tag('v1', 'a', DAY_1), tag(`v2${hostile}`, 'b', DAY_2)];

  const { deployments, rows } = dataset(commits, refs, settings);

  const shown = String.raw`\x1b[31m`;
  expect(deployments[1]).toMatchObject({ name: `v2${shown}`, id: `tag:acme/shop:v2${shown}` });
  expect(rows.find(({ table }) => table === 'changes')?.row).toMatchObject({ subject: shown, author: shown });
});

it('calls merges deployments to the environment that is measured', () => {
  const settings = datasetSettings({ deploymentsFrom: ['merges'], environment: 'staging' });

  expect(dataset([commit('a')], [branch('main', 'a')], settings).deployments).toMatchObject([
    { id: `merge:acme/shop:${sha('a')}`, environment: 'staging', source: 'merge', estimated: true },
  ]);
});
