import type { Opinion } from '../domain/annotation.ts';
import type { RefSnapshot } from '../domain/commit.ts';
import { attribute } from './attribution.ts';
import { firstParentLine } from './deployments-from-refs.ts';
import { BitSet, type RepositoryHistory } from './repository-history.ts';

/** The first-parent line of the branch, and which of its commits brought each other one. */
export interface MainLine {
  /** Oldest first. */
  readonly commits: readonly number[];
  /** Position in `commits` of the one that brought a commit onto the branch (itself, where it is of the line); -1 for others. */
  readonly bringer: (index: number) => number;
  /** What the commit at a position brought, itself included. */
  readonly broughtBy: (position: number) => Iterable<number>;
}

/** Follows the branch; what each commit brought is worked out when it is first asked for. */
export function mainLine({ graph }: RepositoryHistory, { branch }: RefSnapshot): MainLine {
  const commits = firstParentLine(graph, branch?.commit ?? '');
  let found: ReturnType<typeof attribute> | null = null;
  const attributed = () => (found ??= attribute(graph, commits));
  return {
    commits,
    bringer: (index) => attributed().owner[index] ?? -1,
    broughtBy: (position) => {
      const { order, starts } = attributed();
      return order.subarray(starts[position], starts[position + 1]);
    },
  };
}

/** The commits that people set aside: those of the rows, and what those brought onto the branch. */
export function ignoredCommits(
  history: RepositoryHistory,
  line: MainLine,
  opinions: readonly Opinion[],
): (index: number) => boolean {
  const rows = opinions.filter(({ ignore, facts }) => ignore === true && facts.kind === 'commit');
  if (rows.length === 0) return () => false;
  const ignored = new BitSet();
  for (const { facts } of rows)
    for (const index of rowCommits(history, line, facts.commit)) ignored.add(index);
  return (index) => ignored.has(index);
}

/**
 * The commits that are a hotfix after people had their say: those of rows that say so, without what rows deny and what those brought.
 */
export function annotatedHotfixes(
  history: RepositoryHistory,
  line: MainLine,
  hotfixes: ReadonlyMap<number, readonly string[] | null>,
  opinions: readonly Opinion[],
): ReadonlyMap<number, readonly string[] | null> {
  const rows = opinions.filter(({ isHotfix, facts }) => isHotfix !== null && facts.kind === 'commit');
  if (rows.length === 0) return hotfixes;
  const own = new Map(hotfixes);
  for (const { isHotfix, facts } of rows) {
    const index = history.graph.indexOf(facts.commit);
    if (!history.graph.has(index)) continue;
    if (isHotfix === true) own.set(index, null);
    else for (const brought of rowCommits(history, line, facts.commit)) own.delete(brought);
  }
  return own;
}

/** The commit of a row with what it brought; alone where it is not on the line any more. */
function rowCommits({ graph }: RepositoryHistory, line: MainLine, commit: string): Iterable<number> {
  const index = graph.indexOf(commit);
  if (!graph.has(index)) return [];
  const position = line.bringer(index);
  return line.commits[position] === index ? line.broughtBy(position) : [index];
}
