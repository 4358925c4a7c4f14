import type { DeploymentSource } from './deployment.ts';

/** What a person calls each source of deployments, in the singular. */
export const SOURCE_WORDS: Readonly<Record<DeploymentSource, string>> = {
  argocd: 'Argo CD sync',
  'github-deployment': 'GitHub deployment',
  'workflow-run': 'workflow run',
  release: 'GitHub release',
  'annotated-tag': 'annotated tag',
  'lightweight-tag': 'lightweight tag',
  merge: 'merge',
  annotation: 'annotation',
};
