import * as z from 'zod';
import { DoraError } from '../../domain/errors.ts';
import type { Exec } from '../../io/ports.ts';
import { Credentials } from './credentials.ts';
import { ItemStream, StatusFailure, type Envelope, type ServerDeps } from './item-stream.ts';
import { clusterAccess, type KubeconfigOptions, type KubeconfigPlaces } from './kubeconfig.ts';
import { KubernetesServer } from './kubernetes-server.ts';

/** Which applications of which cluster. */
export interface KubernetesOptions extends KubeconfigOptions {
  /** None means all of them, for which a right of its own is needed. */
  readonly namespaces?: readonly string[] | undefined;
  /** As kubectl's `--selector`. */
  readonly labelSelector?: string | undefined;
  /** How long to wait for the next byte. */
  readonly timeoutMs: number;
  /** Applications a request; default 500. */
  readonly pageSize?: number | undefined;
  /** How often something that may go well the next time is asked in a row; default six times. */
  readonly attempts?: number | undefined;
}

export interface KubernetesDeps extends ServerDeps, KubeconfigPlaces {
  readonly exec: Exec;
}

const PAGE_SIZE = 500;

/**
 * The Applications of a cluster as its API has them, one at a time.
 *
 * An application that changes meanwhile may come twice, the newer one later. Throws a `DoraError` for what the cluster refuses.
 */
export async function* kubernetesDocuments(options: KubernetesOptions, deps: KubernetesDeps): AsyncGenerator {
  const access = await clusterAccess(options, deps);
  if (access.isUnchecked)
    deps.log.warn(
      `the certificate of ${access.server} is not checked (insecure-skip-tls-verify): anybody on the way can read the token`,
    );
  const server = new KubernetesServer(access, new Credentials(access, deps));
  const stream = new ItemStream(server, deps, options);
  const namespaces = new Set(options.namespaces);
  for (const namespace of namespaces.size === 0 ? [null] : namespaces) {
    const pages = new Pages(namespace, options);
    yield* allPages(pages, stream, server, deps);
  }
}

async function* allPages(
  pages: Pages,
  stream: ItemStream,
  server: KubernetesServer,
  { log }: KubernetesDeps,
): AsyncGenerator {
  let after = '';
  let isAnew = false;
  for (;;) {
    try {
      after = continuation(yield* stream.items(pages.path(after)), server);
      if (after === '') return;
    } catch (error) {
      const isExpired = error instanceof StatusFailure && error.status === 410 && after !== '';
      if (!isExpired || isAnew) throw error;
      // the cluster has forgotten the state that was being listed
      log.debug(`${server.name}: the list is too old to go on with; listing anew`);
      isAnew = true;
      after = '';
    }
  }
}

const OfAList = z.object({
  kind: z.string().regex(/List$/u).optional(),
  metadata: z.object({ continue: z.string().optional() }).optional(),
});

/** What to ask for next; `''` at the end. */
function continuation(envelope: Envelope, server: KubernetesServer): string {
  const parsed = OfAList.safeParse(envelope);
  if (!parsed.success) throw server.unreachable('other-answer');
  return parsed.data.metadata?.continue ?? '';
}

class Pages {
  readonly #path: string;
  readonly #query: URLSearchParams;

  constructor(namespace: string | null, { labelSelector, pageSize = PAGE_SIZE }: KubernetesOptions) {
    if (namespace !== null && !/^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/u.test(namespace))
      throw new DoraError('config', `${namespace} is no name of a namespace`, {
        hint: 'names are of lower-case letters, digits and hyphens.',
      });
    const within = namespace === null ? '' : `/namespaces/${namespace}`;
    this.#path = `/apis/argoproj.io/v1alpha1${within}/applications`;
    this.#query = new URLSearchParams({ limit: String(pageSize) });
    if (labelSelector !== undefined && labelSelector !== '') this.#query.set('labelSelector', labelSelector);
  }

  path(after: string): string {
    const query = new URLSearchParams(this.#query);
    if (after !== '') query.set('continue', after);
    return `${this.#path}?${query.toString()}`;
  }
}
