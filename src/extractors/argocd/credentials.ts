import { createPrivateKey, X509Certificate } from 'node:crypto';
import { DoraError } from '../../domain/errors.ts';
import { readTextFile } from '../../io/files.ts';
import type { Clock } from '../../io/ports.ts';
import { runPlugin, type ExecDeps, type PluginCredential } from './exec-plugin.ts';
import type { ClientCertificate, ClusterAccess } from './kubeconfig.ts';

export interface CredentialsDeps extends ExecDeps {
  readonly clock: Clock;
}

/** What goes along with a request. */
export interface Credential {
  readonly token: string | null;
  readonly certificate: ClientCertificate | null;
}

/** What is about to expire is replaced before it is refused in the middle of something. */
const EARLY_MS = 30_000;

/** The credentials of one user, kept current. */
export class Credentials {
  readonly #access: ClusterAccess;
  readonly #deps: CredentialsDeps;
  #given: PluginCredential | null = null;
  #lastToken: string | null = null;

  constructor(access: ClusterAccess, deps: CredentialsDeps) {
    this.#access = access;
    this.#deps = deps;
    if (access.certificate !== null) check(access.certificate, access.user);
  }

  /** Throws a `DoraError` where there are none. */
  async current(): Promise<Credential> {
    const { proof, certificate } = this.#access;
    switch (proof.kind) {
      case 'none':
        return { token: null, certificate };
      case 'token':
        return { token: proof.token, certificate };
      case 'token-file':
        // a pod's token is replaced every hour or so
        this.#lastToken = (await readTextFile(proof.file)).trim();
        return { token: this.#lastToken, certificate };
      case 'exec': {
        const given = await this.#fromPlugin();
        return { token: given.token, certificate: given.certificate ?? certificate };
      }
    }
  }

  /** Gets others than those that were refused; `false` where there are no others. */
  async renew(): Promise<boolean> {
    const { proof } = this.#access;
    if (proof.kind === 'token-file') return (await readTextFile(proof.file)).trim() !== this.#lastToken;
    this.#given = null;
    return proof.kind === 'exec';
  }

  /** Since when the certificate has been worth nothing; `null` while it is good, or where there is none. */
  expiredAt(): Date | null {
    const certificate = this.#given?.certificate ?? this.#access.certificate;
    if (certificate === null) return null;
    const end = new Date(new X509Certificate(certificate.cert).validTo);
    return end.getTime() < this.#deps.clock.now().getTime() ? end : null;
  }

  async #fromPlugin(): Promise<PluginCredential> {
    const { proof, user } = this.#access;
    const now = this.#deps.clock.now().getTime();
    const kept = this.#given;
    if (kept !== null && (kept.expiresAt === null || kept.expiresAt - EARLY_MS > now)) return kept;
    if (proof.kind !== 'exec') throw new TypeError('only a plugin gives credentials');
    const given = await runPlugin(proof.plugin, proof.folder, this.#access, this.#deps);
    if (given.certificate !== null) check(given.certificate, user);
    this.#given = given;
    return given;
  }
}

/** Throws a `DoraError` for what Node would only stumble over, and say so in the words of OpenSSL. */
function check({ cert, key }: ClientCertificate, user: string): void {
  let isPair: boolean;
  try {
    isPair = new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch {
    throw new DoraError('config', `the client certificate of ${user} or its key is not one in PEM`, {
      hint: 'a key with a pass phrase cannot be used; log in to the cluster again.',
    });
  }
  if (!isPair)
    throw new DoraError('config', `the client certificate of ${user} and its key do not belong together`, {
      hint: 'log in to the cluster again.',
    });
}
