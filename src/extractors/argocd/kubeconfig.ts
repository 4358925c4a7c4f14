import path from 'node:path';
import { DoraError } from '../../domain/errors.ts';
import { fileExists, readTextFile } from '../../io/files.ts';
import { serverAddress } from './address.ts';
import { readKubeconfigs, type Entry, type ExecPlugin, type MergedKubeconfig } from './kubeconfig-file.ts';

/** Which cluster is meant. */
export interface KubeconfigOptions {
  /** Else the current one. */
  readonly context?: string | undefined;
  /** A file to read instead of those of `$KUBECONFIG` and `~/.kube/config`. */
  readonly kubeconfig?: string | undefined;
}

export interface KubeconfigPlaces {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where a pod finds its service account. */
  readonly serviceAccountFolder?: string | undefined;
}

/** How a user proves who they are. */
export type Proof =
  /** With a certificate, or not at all. */
  | { readonly kind: 'none' }
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'token-file'; readonly file: string }
  | { readonly kind: 'exec'; readonly plugin: ExecPlugin; readonly folder: string };

export interface ClientCertificate {
  readonly cert: string;
  readonly key: string;
}

/** All that is needed to talk to one cluster. */
export interface ClusterAccess {
  /** Without a slash at its end. */
  readonly server: string;
  /** For messages: `context dev`. */
  readonly place: string;
  /** For messages: `user dev-admin`. */
  readonly user: string;
  /** The namespace that is meant where none is named; `null` where the context does not say. */
  readonly namespace: string | null;
  readonly ca: string | undefined;
  readonly serverName: string | undefined;
  readonly isUnchecked: boolean;
  readonly proof: Proof;
  readonly certificate: ClientCertificate | null;
}

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
/** More names than these do not help anybody. */
const LISTED = 20;

/**
 * The cluster of a kubeconfig, or that in which this process runs.
 *
 * Never guesses an address: where nothing says which cluster is meant, it throws a `DoraError`, as for everything in a kubeconfig that it
 * cannot do.
 */
export async function clusterAccess(
  options: KubeconfigOptions,
  places: KubeconfigPlaces,
): Promise<ClusterAccess> {
  const { env, serviceAccountFolder = SERVICE_ACCOUNT } = places;
  const files = kubeconfigFiles(options, env);
  if (files.length > 0) return await accessFrom(await readKubeconfigs(files), files, options.context);
  const tokenFile = path.join(serviceAccountFolder, 'token');
  const host = env['KUBERNETES_SERVICE_HOST'] ?? '';
  if (host !== '' && fileExists(tokenFile)) {
    if (options.context !== undefined)
      throw new DoraError('config', `there is no kubeconfig that could have the context ${options.context}`, {
        hint: 'leave the context out to use the service account of this pod.',
      });
    return await inCluster(serviceAccountFolder, tokenFile, env);
  }
  throw new DoraError('config', 'no cluster is known: there is neither a kubeconfig nor a service account', {
    hint: 'log in to the cluster first, or name the file in KUBECONFIG.',
  });
}

function kubeconfigFiles(
  { kubeconfig }: KubeconfigOptions,
  env: Readonly<Record<string, string | undefined>>,
): string[] {
  if (kubeconfig !== undefined) return [kubeconfig];
  const listed = (env['KUBECONFIG'] ?? '').split(path.delimiter).filter((file) => file !== '');
  if (listed.length > 0) {
    const present = listed.filter(fileExists);
    if (present.length > 0) return present;
    throw new DoraError('config', `KUBECONFIG names files that do not exist: ${listed.join(', ')}`, {
      hint: 'set it to a file that exists, or unset it to use ~/.kube/config.',
    });
  }
  const home = env['HOME'] ?? env['USERPROFILE'];
  const usual = home === undefined ? null : path.join(home, '.kube', 'config');
  return usual !== null && fileExists(usual) ? [usual] : [];
}

async function accessFrom(
  config: MergedKubeconfig,
  files: readonly string[],
  wanted: string | undefined,
): Promise<ClusterAccess> {
  const where = `the kubeconfig ${files.join(', ')}`;
  const { name, context, cluster } = chosen(config, where, wanted);
  const { value, folder } = cluster;
  if (value['proxy-url'] !== undefined)
    throw new DoraError(
      'config',
      `the context ${name} of ${where} goes through a proxy, which is not supported`,
      { hint: 'pipe the applications in: kubectl get applications.argoproj.io -A -o json.' },
    );
  const user = config.users.get(context.user ?? '');
  if (user === undefined && context.user !== undefined) throw notThere(name, where, 'user');
  const userName = context.user === undefined ? `nobody of context ${name}` : `user ${context.user}`;
  return {
    server: serverAddress(value.server ?? '', `the server of context ${name} of ${where}`),
    place: `context ${name}`,
    user: userName,
    namespace: context.namespace ?? null,
    ca: await pem(value['certificate-authority-data'], value['certificate-authority'], folder),
    serverName: value['tls-server-name'],
    isUnchecked: value['insecure-skip-tls-verify'],
    ...(user === undefined ? ANONYMOUS : await proofOf(user, userName)),
  };
}

/** The context that is meant, and its cluster. */
function chosen(config: MergedKubeconfig, where: string, wanted: string | undefined) {
  const name = wanted ?? config.currentContext;
  const known = [...config.contexts.keys()].toSorted().slice(0, LISTED).join(', ');
  const hint = known === '' ? 'log in to the cluster first.' : `it has these: ${known}.`;
  if (name === undefined) throw new DoraError('config', `${where} has no current context`, { hint });
  const context = config.contexts.get(name)?.value;
  if (context === undefined) throw new DoraError('config', `${where} has no context ${name}`, { hint });
  const cluster = config.clusters.get(context.cluster ?? '');
  if (cluster?.value.server === undefined) throw notThere(name, where, 'cluster');
  return { name, context, cluster };
}

function notThere(name: string, where: string, what: string): DoraError {
  return new DoraError('config', `the context ${name} of ${where} names a ${what} that is not there`, {
    hint: 'log in to the cluster again, or choose another context.',
  });
}

const ANONYMOUS: Pick<ClusterAccess, 'proof' | 'certificate'> = {
  proof: { kind: 'none' },
  certificate: null,
};

type User = Entry<MergedKubeconfig['users'] extends ReadonlyMap<string, Entry<infer Value>> ? Value : never>;

async function proofOf(
  { value, folder }: User,
  name: string,
): Promise<Pick<ClusterAccess, 'proof' | 'certificate'>> {
  const cannot =
    value.username !== undefined ? 'a password' : value.as !== undefined ? 'impersonation' : undefined;
  const provider = value['auth-provider'];
  const what = provider ? `the auth-provider ${provider.name ?? ''}`.trim() : cannot;
  if (what !== undefined)
    throw new DoraError('config', `${name} of the kubeconfig uses ${what}, which is not supported`, {
      hint: 'use a token, a certificate or an exec plugin, or pipe in what kubectl get … -o json prints.',
    });
  const cert = await pem(value['client-certificate-data'], value['client-certificate'], folder);
  const key = await pem(value['client-key-data'], value['client-key'], folder);
  if ((cert === undefined) !== (key === undefined))
    throw new DoraError('config', `${name} of the kubeconfig has only one of certificate and key`, {
      hint: 'log in to the cluster again.',
    });
  const certificate = cert === undefined || key === undefined ? null : { cert, key };
  if (value.tokenFile !== undefined)
    return { certificate, proof: { kind: 'token-file', file: path.resolve(folder, value.tokenFile) } };
  if (value.token !== undefined) return { certificate, proof: { kind: 'token', token: value.token } };
  if (value.exec) return { certificate, proof: { kind: 'exec', plugin: value.exec, folder } };
  return { certificate, proof: { kind: 'none' } };
}

/** Written into the kubeconfig, or else into a file. */
async function pem(
  data: string | undefined,
  file: string | undefined,
  folder: string,
): Promise<string | undefined> {
  if (data !== undefined) return Buffer.from(data, 'base64').toString('latin1');
  return file === undefined ? undefined : await readTextFile(path.resolve(folder, file));
}

async function inCluster(
  folder: string,
  tokenFile: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<ClusterAccess> {
  const host = env['KUBERNETES_SERVICE_HOST'] ?? '';
  const port = env['KUBERNETES_SERVICE_PORT'] ?? '443';
  const namespaceFile = path.join(folder, 'namespace');
  return {
    server: serverAddress(
      `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
      'KUBERNETES_SERVICE_HOST',
    ),
    place: 'this pod',
    user: 'the service account of this pod',
    namespace: fileExists(namespaceFile) ? (await readTextFile(namespaceFile)).trim() : null,
    ca: await readTextFile(path.join(folder, 'ca.crt')),
    serverName: undefined,
    isUnchecked: false,
    proof: { kind: 'token-file', file: tokenFile },
    certificate: null,
  };
}
