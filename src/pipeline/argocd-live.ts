import { DoraError } from '../domain/errors.ts';
import type { Settings } from '../domain/settings.ts';
import { SECOND } from '../domain/units.ts';
import { argoApiDocuments } from '../extractors/argocd/api.ts';
import { kubernetesDocuments } from '../extractors/argocd/kubernetes.ts';
import type { Ports } from './ports.ts';

const TOKEN = 'ARGOCD_AUTH_TOKEN';

/** The applications as Argo CD itself shows them where its address is configured, else as the cluster does. Throws a `DoraError` for what either refuses. */
export async function* liveApplications(settings: Settings, ports: Ports): AsyncGenerator {
  const { url, projects, selector, timeoutSeconds, context, kubeconfig } = settings.argocd;
  const { clock, log, version, signal, env, exec, streamingHttp: http } = ports;
  const deps = { http, clock, log, version, signal };
  const timeoutMs = timeoutSeconds * SECOND;
  const { namespaces } = settings.dataset.argocd;
  if (url !== null) {
    yield* argoApiDocuments(
      { url, token: tokenIn(env, url), variable: TOKEN, projects, selector: selector ?? '', timeoutMs },
      deps,
    );
    return;
  }
  const places = { env, exec, ...deps };
  // namespaces by a pattern can only be picked out of all of them
  const listed = namespaces.some((name) => /[*?]/u.test(name)) ? [] : namespaces;
  const cluster = { context: context ?? undefined, kubeconfig: kubeconfig ?? undefined };
  const options = { ...cluster, namespaces: listed, labelSelector: selector ?? undefined, timeoutMs };
  yield* kubernetesDocuments(options, places);
}

function tokenIn(env: Ports['env'], url: string): string {
  const token = env[TOKEN] ?? '';
  if (token !== '') return token;
  throw new DoraError('config', `there is no token for ${url}`, {
    hint: `set ${TOKEN} (argocd account generate-token), or leave argocd.url out to ask the cluster.`,
  });
}
