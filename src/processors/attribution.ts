import type { CommitGraph } from './commit-graph.ts';

/** Which deployment was the first to carry each commit. */
export interface Attribution {
  /** By graph index: position of the deployment in the given order, -1 where none has the commit. */
  readonly owner: Int32Array;
  /** Every carried commit, deployment after deployment, each deployment's in the order of a walk from its revision. */
  readonly order: Int32Array;
  /** `order` from `starts[i]` to `starts[i + 1]` is what deployment `i` shipped. */
  readonly starts: Int32Array;
}

/**
 * Gives each commit to the first deployment whose history contains it: one pass, each commit and parent once.
 *
 * - In: graph indexes of the revisions, in the order of deployment.
 * - Dates play no part, so branches that live side by side never ship each other's commits.
 * - A revision that an earlier deployment contains (a rollback, a redeployment) ships nothing.
 */
export function attribute(graph: CommitGraph, revisions: readonly number[]): Attribution {
  const owner = new Int32Array(graph.size).fill(-1);
  const order = new Int32Array(graph.size);
  const starts = new Int32Array(revisions.length + 1);
  let used = 0;
  for (const [position, revision] of revisions.entries()) {
    starts[position] = used;
    graph.walk(
      revision,
      (index) => {
        if (owner[index] !== -1) return false;
        owner[index] = position;
        return true;
      },
      (index) => {
        order[used] = index;
        used += 1;
      },
    );
  }
  starts[revisions.length] = used;
  return { owner, order: order.subarray(0, used), starts };
}
