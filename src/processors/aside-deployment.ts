import type { Deployment } from '../domain/deployment.ts';
import type { SetAside, SetAsideReason } from '../domain/set-aside.ts';

/** The row of a deployment that was found and does not count. */
export function asideDeployment(
  { repository, component, id, finishedAt, name, revision }: Deployment,
  reason: SetAsideReason,
): SetAside {
  return {
    kind: 'deployment',
    reason,
    repository,
    component,
    id,
    at: finishedAt,
    deployment: null,
    author: '',
    subject: name,
    detail: revision,
  };
}
