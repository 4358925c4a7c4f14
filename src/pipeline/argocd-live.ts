import { DoraError } from '../domain/errors.ts';
import type { Settings } from '../domain/settings.ts';
import { SECOND } from '../domain/units.ts';
import { argoApiDocuments, argoClusterNames, type ArgoApiOptions } from '../extractors/argocd/api.ts';
import { kubernetesDocuments } from '../extractors/argocd/kubernetes.ts';
import type { Ports } from './ports.ts';

const TOKEN = 'ARGOCD_AUTH_TOKEN';

/** The applications as Argo CD itself shows them where its address is configured, else as the cluster does. Throws a `DoraError` for what either refuses. */
export async function* liveApplications(settings: Settings, ports: Ports): AsyncGenerator {
  const { selector, timeoutSeconds, context, kubeconfig } = settings.argocd;
  const { env, exec } = ports;
  const api = apiOf(settings, ports);
  if (api !== null) {
    yield* argoApiDocuments(api, depsOf(ports));
    return;
  }
  const timeoutMs = timeoutSeconds * SECOND;
  const { namespaces } = settings.dataset.argocd;
  const places = { env, exec, ...depsOf(ports) };
  // namespaces by a pattern can only be picked out of all of them
  const listed = namespaces.some((name) => /[*?]/u.test(name)) ? [] : namespaces;
  const cluster = { context: context ?? undefined, kubeconfig: kubeconfig ?? undefined };
  const options = { ...cluster, namespaces: listed, labelSelector: selector ?? undefined, timeoutMs };
  yield* kubernetesDocuments(options, places);
}

/** The names of clusters by their addresses, as Argo CD knows them; empty where the cluster is asked, whose secrets hold them. */
export async function clusterNames(settings: Settings, ports: Ports): Promise<ReadonlyMap<string, string>> {
  const api = apiOf(settings, ports);
  return api === null ? new Map() : await argoClusterNames(api, depsOf(ports));
}

function apiOf({ argocd }: Settings, { env }: Ports): ArgoApiOptions | null {
  const { url, projects, selector, timeoutSeconds } = argocd;
  if (url === null) return null;
  const timeoutMs = timeoutSeconds * SECOND;
  return { url, token: tokenIn(env, url), variable: TOKEN, projects, selector: selector ?? '', timeoutMs };
}

function depsOf({ clock, log, version, signal, streamingHttp: http }: Ports) {
  return { http, clock, log, version, signal };
}

function tokenIn(env: Ports['env'], url: string): string {
  const token = env[TOKEN] ?? '';
  if (token !== '') return token;
  throw new DoraError('config', `there is no token for ${url}`, {
    hint: `set ${TOKEN} (argocd account generate-token), or leave argocd.url out to ask the cluster.`,
  });
}
