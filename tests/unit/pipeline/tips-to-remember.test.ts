import { describe, expect, it } from 'vitest';
import { tipsToRemember } from '../../../src/pipeline/history.ts';
import { RepositoryHistory } from '../../../src/processors/repository-history.ts';
import { commit, datasetSettings, sha } from '../../support/builders.ts';

/** A line of so many commits from the root on, and a release branch of one commit that leaves it at the tenth. */
function lineOf(count: number): RepositoryHistory {
  const history = new RepositoryHistory({ name: 'shop', components: [] }, datasetSettings());
  for (let n = 0; n < count; n += 1)
    history.add(commit(nameOf(n), { parents: n === 0 ? [] : [nameOf(n - 1)] }));
  history.add(commit('beef', { parents: [nameOf(10)] }));
  return history;
}

/** No two begin with the digits of another. */
function nameOf(n: number): string {
  return n.toString(16).padStart(4, '0');
}

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);
const HEAD = { name: 'main', commit: sha(nameOf(99)) };

describe('of the commits that refs name', () => {
  const history = lineOf(100);
  const all = [...numbers(0, 100).map((n) => sha(nameOf(n))), sha('beef')];

  it('the branch, what it does not have and the newest of what it has are remembered', () => {
    expect(tipsToRemember(history, all, HEAD)).toEqual([
      ...numbers(83, 99).map((n) => sha(nameOf(n))),
      HEAD.commit,
      sha('beef'),
    ]);
  });

  it('all are where they are few, or no branch is known', () => {
    const few = [...all.slice(0, 5), sha('beef')];

    expect(tipsToRemember(history, few, HEAD)).toEqual(few);
    expect(tipsToRemember(history, all, null)).toEqual(all);
  });
});
