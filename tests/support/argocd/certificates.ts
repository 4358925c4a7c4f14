import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { isIPv4 } from 'node:net';
import {
  bits,
  explicit,
  implicit,
  largeInteger,
  isTrue,
  octets,
  oid,
  sequence,
  set,
  smallInteger,
  text,
  time,
} from './der.ts';

/** A certificate and its key, in PEM. Made anew for each run of the tests; nothing but them trusts it. */
export interface Issued {
  readonly cert: string;
  readonly key: string;
}

export interface Wanted {
  /** The name of a user or of a server. */
  readonly commonName: string;
  /** Hosts and addresses for which it is good. */
  readonly hosts?: readonly string[];
  /** Default: from a day ago to in ten years. */
  readonly from?: Date;
  readonly until?: Date;
}

/** Signs certificates. */
export interface Authority {
  /** Its own certificate, in PEM. */
  readonly cert: string;
  issue(wanted: Wanted): Issued;
}

const ECDSA_WITH_SHA256 = sequence(oid('1.2.840.10045.4.3.2'));
const DAY_MS = 86_400_000;

export function newAuthority(commonName = 'an authority of the tests'): Authority {
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signer = { name: nameOf(commonName), key: own.privateKey };
  return {
    cert: certificate({ commonName }, own.publicKey, signer, [basicConstraints()]),
    issue: (wanted) => {
      const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const hosts = wanted.hosts ?? [];
      return {
        cert: certificate(wanted, publicKey, signer, hosts.length === 0 ? [] : [alternativeNames(hosts)]),
        key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      };
    },
  };
}

function certificate(
  { commonName, from, until }: Wanted,
  publicKey: KeyObject,
  signer: { readonly name: Buffer; readonly key: KeyObject },
  extensions: readonly Buffer[],
): string {
  const toSign = sequence(
    explicit(0, smallInteger(2)),
    largeInteger(randomBytes(8)),
    ECDSA_WITH_SHA256,
    signer.name,
    sequence(
      time(from ?? new Date(Date.now() - DAY_MS)),
      time(until ?? new Date(Date.now() + 3650 * DAY_MS)),
    ),
    nameOf(commonName),
    publicKey.export({ type: 'spki', format: 'der' }),
    ...(extensions.length === 0 ? [] : [explicit(3, sequence(...extensions))]),
  );
  const whole = sequence(toSign, ECDSA_WITH_SHA256, bits(sign('sha256', toSign, signer.key)));
  const lines = whole.toString('base64').match(/.{1,64}/gu) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

function nameOf(commonName: string): Buffer {
  return sequence(set(sequence(oid('2.5.4.3'), text(commonName))));
}

function basicConstraints(): Buffer {
  return sequence(oid('2.5.29.19'), isTrue(), octets(sequence(isTrue())));
}

function alternativeNames(hosts: readonly string[]): Buffer {
  const names = hosts.map((host) =>
    isIPv4(host)
      ? implicit(7, Buffer.from(host.split('.').map(Number)))
      : implicit(2, Buffer.from(host, 'latin1')),
  );
  return sequence(oid('2.5.29.17'), octets(sequence(...names)));
}
