import type { ChangeColumns } from '../domain/dataset.ts';
import type { AssessedDeployment } from '../domain/deployment.ts';
import { SECOND } from '../domain/units.ts';
import { authoredAt, earlierOf } from './change-columns.ts';

/** The changes of one pull request in one component, or one change without a pull request. */
interface Group {
  /** Row of its earliest change; of several at the same instant the first. */
  row: number;
  authoredAt: number;
  /** Position of the first deployment that shipped one of its changes. */
  deployment: number;
}

/**
 * The changes with each pull request as one: an entry for each pull request of a component, in the order in which they are met, and one
 * for each change without a pull request.
 *
 * The lead time of a pull request runs from its earliest change to the first deployment that shipped one of its changes. In a repository of
 * several components `commits` names the pull request instead of a commit, so that a scope of several of them counts it once.
 */
export function changesByPullRequest(
  changes: ChangeColumns,
  deployments: readonly AssessedDeployment[],
): ChangeColumns {
  const groups = groupsOf(changes, deployments);
  const { pullRequest, pullRequests, byBot, commits } = changes;
  const nameOf = ({ row }: Group): string => {
    const found = pullRequests[pullRequest[row] ?? -1];
    return found === undefined ? (commits?.[row] ?? '') : `#${String(found.number)}`;
  };
  return {
    length: groups.length,
    deployment: Int32Array.from(groups, ({ deployment }) => deployment),
    leadTime: Float64Array.from(groups, (group) => leadTimeOf(group, deployments)),
    pullRequest: Int32Array.from(groups, ({ row }) => pullRequest[row] ?? -1),
    pullRequests,
    byBot: Uint8Array.from(groups, ({ row }) => byBot[row] ?? 0),
    commits: commits === null ? null : groups.map(nameOf),
    rows: Int32Array.from(groups, ({ row }) => row),
  };
}

function groupsOf(changes: ChangeColumns, deployments: readonly AssessedDeployment[]): Group[] {
  const groups: Group[] = [];
  const components = componentNumbers(deployments);
  const known = new Map<number, Group>();
  for (let row = 0; row < changes.length; row += 1) {
    const deployment = changes.deployment[row] ?? -1;
    const group = { row, authoredAt: authoredAt(changes, deployments, row), deployment };
    const pullRequest = changes.pullRequest[row] ?? -1;
    const key = pullRequest * deployments.length + (components[deployment] ?? 0);
    const other = pullRequest < 0 ? undefined : known.get(key);
    if (other === undefined) {
      groups.push(group);
      if (pullRequest >= 0) known.set(key, group);
      continue;
    }
    other.deployment = earlierOf(deployments, other.deployment, deployment);
    if (group.authoredAt < other.authoredAt) Object.assign(other, { ...group, deployment: other.deployment });
  }
  return groups;
}

/** For each deployment a number that those of the same component share, below the number of deployments. */
function componentNumbers(deployments: readonly AssessedDeployment[]): number[] {
  const numbers = new Map<string, number>();
  return deployments.map(({ repository, component }) => {
    const key = `${repository}\n${component}`;
    const number = numbers.get(key) ?? numbers.size;
    numbers.set(key, number);
    return number;
  });
}

function leadTimeOf(group: Group, deployments: readonly AssessedDeployment[]): number {
  return ((deployments[group.deployment]?.finishedAt ?? NaN) - group.authoredAt) / SECOND;
}
