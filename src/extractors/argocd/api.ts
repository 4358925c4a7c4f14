import * as z from 'zod';
import { DoraError } from '../../domain/errors.ts';
import { serverAddress } from './address.ts';
import {
  ItemStream,
  StatusFailure,
  type Outgoing,
  type Refusal,
  type Server,
  type ServerDeps,
} from './item-stream.ts';
import type { Trouble } from './trouble.ts';

/** Which applications of which Argo CD. */
export interface ArgoApiOptions {
  /** `https://argocd.example.com`, with the root path where there is one. */
  readonly url: string;
  readonly token: string;
  /** The variable that holds the token, for messages. */
  readonly variable: string;
  readonly projects?: readonly string[] | undefined;
  /** Labels, as kubectl's `--selector`. */
  readonly selector?: string | undefined;
  /** The namespace of applications outside that of Argo CD. */
  readonly appNamespace?: string | undefined;
  /** How long to wait for the next byte. */
  readonly timeoutMs: number;
  /** How often something that may go well the next time is asked in a row; default six times. */
  readonly attempts?: number | undefined;
}

/**
 * The Applications that the API of Argo CD shows to the owner of the token, one at a time, whole: its selection of fields leaves out the history.
 *
 * What the token may not see it leaves out without a word. Throws a `DoraError` for what it refuses.
 */
export async function* argoApiDocuments(options: ArgoApiOptions, deps: ServerDeps): AsyncGenerator {
  const server = new ArgoServer(options);
  yield* new ItemStream(server, deps, options).items(`/api/v1/applications${queryOf(options)}`);
}

const Cluster = z.object({ server: z.string(), name: z.string() });

/** The names of clusters by their addresses; empty where the token may not see them. */
export async function argoClusterNames(
  options: ArgoApiOptions,
  deps: ServerDeps,
): Promise<ReadonlyMap<string, string>> {
  const server = new ArgoServer(options);
  const names = new Map<string, string>();
  try {
    for await (const item of new ItemStream(server, deps, options).items('/api/v1/clusters')) {
      const cluster = Cluster.safeParse(item).data;
      if (cluster !== undefined && cluster.name !== '') names.set(cluster.server, cluster.name);
    }
  } catch (error) {
    if (!(error instanceof StatusFailure) || ![403, 404].includes(error.status)) throw error;
    deps.log.debug(`${server.name} does not show the names of clusters`);
  }
  return names;
}

function queryOf({ projects = [], selector = '', appNamespace = '' }: ArgoApiOptions): string {
  const query = new URLSearchParams();
  for (const project of projects) {
    // one name is that of old versions, the other that of new ones; where both are known they mean the same
    query.append('projects', project);
    query.append('project', project);
  }
  if (selector !== '') query.set('selector', selector);
  if (appNamespace !== '') query.set('appNamespace', appNamespace);
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

class ArgoServer implements Server {
  readonly name: string;
  readonly #address: string;
  readonly #token: string;
  readonly #variable: string;

  constructor({ url, token, variable }: ArgoApiOptions) {
    this.#address = serverAddress(url, 'the address of Argo CD');
    this.#token = token.trim();
    this.#variable = variable;
    this.name = `Argo CD at ${this.#address}`;
    if (this.#token === '')
      throw new DoraError('config', `there is no token for ${this.name}: ${variable} is empty`, {
        hint: MAKE_A_TOKEN,
      });
  }

  async outgoing(path: string): Promise<Outgoing> {
    return {
      url: `${this.#address}${path}`,
      headers: { authorization: `Bearer ${this.#token}` },
      tls: {},
      secrets: [this.#token],
    };
  }

  async renew(): Promise<boolean> {
    return false;
  }

  refused(_path: string, { status, said, location }: Refusal): DoraError {
    const words = said === '' ? '' : `: ${said}`;
    switch (status) {
      case 401:
        return this.#failure(`does not accept the token in ${this.#variable}${words}`, MAKE_A_TOKEN);
      case 403:
        return this.#failure(
          `does not let the token in ${this.#variable} read this${words}`,
          'an administrator grants it in argocd-rbac-cm: p, ROLE, applications, get, */*, allow.',
        );
      case 404:
        return this.#failure('has no API at this address', ROOT_PATH);
      default:
        if (status >= 300 && status < 400)
          return this.#failure(
            `sends everybody to ${location === '' ? 'another place' : location}`,
            LOGIN_PAGE,
          );
        return this.#failure(
          `answered with status ${status}${words}`,
          'check the projects, the selector and the namespace that are asked for.',
        );
    }
  }

  unreachable(trouble: Trouble): DoraError {
    return this.#failure(...TROUBLE[trouble]);
  }

  #failure(what: string, hint: string): DoraError {
    return new DoraError('source', `${this.name} ${what}`, { hint });
  }
}

const MAKE_A_TOKEN =
  'make one for an account with the capability apiKey: argocd account generate-token; tokens of the browser end after a day.';
const ROOT_PATH =
  'check the address: the root path belongs to it where Argo CD has one (https://HOST/argocd).';
const LOGIN_PAGE =
  'a login of its own stands before it: use an address that does without, or kubectl port-forward to argocd-server.';
const OWN_AUTHORITY =
  "name the authority's file in NODE_EXTRA_CA_CERTS (PEM) and run this again; argocd's own certificate is in the secret argocd-server-tls.";

const NO_LIST = ['answered with something that is not a list of applications', ROOT_PATH] as const;

/** What is the matter, and what to do about it. */
const TROUBLE: Readonly<Record<Trouble, readonly [what: string, hint: string]>> = {
  'unknown-authority': ['has a certificate of an unknown authority', OWN_AUTHORITY],
  'wrong-name': ['has a certificate for another host', 'use the address that the certificate is for.'],
  expired: [
    'has a certificate that has expired or is not valid yet',
    'check the clock of this machine, then tell its administrator.',
  ],
  'client-certificate': [
    'wants a client certificate, which is not supported',
    'use an address that does without, or kubectl port-forward to argocd-server.',
  ],
  'no-tls': [
    'does not speak TLS',
    'check the port; a server without TLS is asked only on this machine, through kubectl port-forward and http://localhost:PORT.',
  ],
  'no-host': [
    'cannot be found: there is no such host',
    'check the address, and the VPN; proxies (HTTPS_PROXY) are not used.',
  ],
  'web-page': ['answered with a web page', `${LOGIN_PAGE} Or ${ROOT_PATH}`],
  'too-large': ['sent an application larger than any object of Kubernetes', ROOT_PATH],
  'other-answer': NO_LIST,
  malformed: NO_LIST,
  'not-utf-8': NO_LIST,
};
