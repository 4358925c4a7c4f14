import { DoraError } from '../../domain/errors.ts';
import type { Credentials } from './credentials.ts';
import type { Outgoing, Refusal, Server } from './item-stream.ts';
import type { ClusterAccess } from './kubeconfig.ts';
import type { Trouble } from './trouble.ts';

const RESOURCE = 'applications.argoproj.io';

/** A cluster, and what its answers mean. */
export class KubernetesServer implements Server {
  readonly name: string;
  readonly #access: ClusterAccess;
  readonly #credentials: Credentials;

  constructor(access: ClusterAccess, credentials: Credentials) {
    this.name = `the cluster at ${access.server} (${access.place})`;
    this.#access = access;
    this.#credentials = credentials;
  }

  async outgoing(path: string): Promise<Outgoing> {
    const { server, ca, serverName, isUnchecked } = this.#access;
    const { token, certificate } = await this.#credentials.current();
    return {
      url: `${server}${path}`,
      headers: token === null ? {} : { authorization: `Bearer ${token}` },
      tls: { ca, serverName, isUnchecked, ...certificate },
      secrets: token === null ? [] : [token],
    };
  }

  async renew(): Promise<boolean> {
    return await this.#credentials.renew();
  }

  refused(path: string, { status, said, location }: Refusal): DoraError {
    const words = said === '' ? '' : `: ${said}`;
    const { user } = this.#access;
    switch (status) {
      case 401:
        return this.#unauthorized(words);
      case 403:
        return forbidden(user, path, `${words} (${this.name})`);
      case 404:
        return this.#failure(
          `has no ${RESOURCE}`,
          'is it the one in which Argo CD runs? Choose its context.',
        );
      case 410:
        return this.#failure(
          'forgets a list faster than it can be read',
          'ask for fewer applications at a time: name namespaces or a selector.',
        );
      default:
        if (status >= 300 && status < 400)
          return this.#failure(
            `sends everybody to ${location === '' ? 'another place' : location}`,
            'it is not the API of a cluster: check the server in the kubeconfig.',
          );
        return this.#failure(
          `answered with status ${status}${words}`,
          'check the label selector and the server in the kubeconfig.',
        );
    }
  }

  unreachable(trouble: Trouble): DoraError {
    if (trouble === 'client-certificate')
      return this.#failure(
        `does not accept the client certificate of ${this.#access.user}${this.#expiry()}`,
        LOG_IN,
      );
    return this.#failure(...TROUBLE[trouble]);
  }

  #unauthorized(words: string): DoraError {
    const expiry = this.#expiry();
    if (expiry !== '')
      return this.#failure(`does not accept the client certificate of ${this.#access.user}${expiry}`, LOG_IN);
    return this.#failure(`does not accept the credentials of ${this.#access.user}${words}`, LOG_IN);
  }

  #expiry(): string {
    const expired = this.#credentials.expiredAt();
    return expired === null ? '' : `: it expired on ${expired.toISOString().slice(0, 10)}`;
  }

  #failure(what: string, hint: string): DoraError {
    return new DoraError('source', `${this.name} ${what}`, { hint });
  }
}

const LOG_IN = 'log in to the cluster again, then run this again.';

const NO_LIST = [
  'answered with something that is not a list of applications',
  'it is not the API of a cluster: check the server in the kubeconfig.',
] as const;

/** What is the matter, and what to do about it. */
const TROUBLE: Readonly<
  Record<Exclude<Trouble, 'client-certificate'>, readonly [what: string, hint: string]>
> = {
  'unknown-authority': [
    'has a certificate of an unknown authority',
    'add its authority to the kubeconfig: certificate-authority-data.',
  ],
  'wrong-name': [
    'has a certificate for another host',
    'use the address that the certificate is for, or tls-server-name in the kubeconfig.',
  ],
  expired: [
    'has a certificate that has expired or is not valid yet',
    'check the clock of this machine, then tell its administrator.',
  ],
  'no-tls': ['does not speak TLS', 'check the server in the kubeconfig: its port, perhaps.'],
  'no-host': [
    'cannot be found: there is no such host',
    'check the server in the kubeconfig, and the VPN; proxies (HTTPS_PROXY) are not used.',
  ],
  'web-page': [
    'answered with a web page',
    'a proxy or a login stands before it: check the server in the kubeconfig.',
  ],
  'too-large': [
    'sent an application larger than any object of Kubernetes',
    'it is not the API of a cluster: check the server in the kubeconfig.',
  ],
  'other-answer': NO_LIST,
  malformed: NO_LIST,
  'not-utf-8': NO_LIST,
};

function forbidden(user: string, path: string, words: string): DoraError {
  const namespace = /\/namespaces\/([^/]+)\//u.exec(path)?.[1];
  const where = namespace === undefined ? 'all namespaces' : `the namespace ${namespace}`;
  const kind = namespace === undefined ? 'clusterrole' : 'role';
  const within = namespace === undefined ? '' : ` -n ${namespace}`;
  const grant = `kubectl create ${kind} dora-metrics --verb=get,list,watch --resource=${RESOURCE}${within}, and a ${kind}binding of it`;
  const or = namespace === undefined ? '; or name the namespaces that may be read' : '';
  return new DoraError('source', `${user} may not list ${RESOURCE} in ${where}${words}`, {
    hint: `an administrator grants it: ${grant}${or}.`,
  });
}
