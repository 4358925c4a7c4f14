import type { ApplicationDocument } from './cluster-world.ts';

/** An Application that has been deployed once. Everything but its name is fixed and valid. */
export function application(
  name: string,
  namespace = 'argocd',
  labels: Record<string, string> = {},
): ApplicationDocument {
  return {
    metadata: { name, namespace, labels, creationTimestamp: '2026-01-09T08:00:00Z' },
    spec: {
      project: 'default',
      destination: { server: 'https://kubernetes.default.svc', namespace: name },
      source: {
        repoURL: 'https://git.example/gitops.git',
        path: `components/${name}`,
        targetRevision: 'main',
      },
    },
    status: {
      sync: { status: 'Synced', revision: 'a'.repeat(40) },
      health: { status: 'Healthy', lastTransitionTime: '2026-01-09T08:10:00Z' },
      // brackets, quotes and escapes within texts are what a reader of pieces trips over
      conditions: [
        { type: 'ComparisonError', message: `a "quoted" {brace] \\ and a line\nfeed — ${name} €` },
      ],
      history: [{ id: 0, revision: 'a'.repeat(40), deployedAt: '2026-01-09T08:05:00Z' }],
    },
  };
}

/** The JSON of one with so many bytes, as applications with hundreds of resources have. `number` is part of its name. */
export function fatApplication(bytes: number): (number: number) => string {
  const resource = {
    group: 'apps',
    version: 'v1',
    kind: 'Deployment',
    namespace: 'billing',
    name: 'billing-worker-7',
    status: 'Synced',
    health: { status: 'Healthy', message: 'a message with "quotes" in it' },
    syncWave: 1,
  };
  const count = Math.ceil(bytes / (JSON.stringify(resource).length + 1));
  const document = application('NAME');
  const history = Array.from({ length: 10 }, (_, id) => ({
    id: id + 40,
    revision: String(id).repeat(40),
    deployStartedAt: `2026-01-${String(id + 10)}T08:04:00Z`,
    deployedAt: `2026-01-${String(id + 10)}T08:05:00Z`,
    source: { repoURL: 'https://git.example/gitops.git', path: 'components/NAME/production' },
    initiatedBy: { automated: true },
  }));
  const status = {
    ...Object(document['status']),
    history,
    reconciledAt: '2026-01-20T08:00:00Z',
    summary: { images: [`quay.io/acme/NAME:${'b'.repeat(40)}`] },
    resources: Array.from({ length: count }, () => resource),
  };
  const text = JSON.stringify({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    ...document,
    status,
    metadata: { ...document.metadata, uid: 'uid-of-NAME', resourceVersion: '1' },
  });
  return (number) => text.replaceAll('NAME', `app-${String(number).padStart(5, '0')}`);
}
