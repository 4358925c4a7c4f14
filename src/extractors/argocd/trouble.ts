import type { ScanProblem } from './json-scanner.ts';

/** Why a server cannot be read, where asking again would not help. */
export type Trouble =
  | 'unknown-authority'
  | 'wrong-name'
  | 'expired'
  | 'client-certificate'
  | 'no-tls'
  | 'no-host'
  /** A page for people. */
  | 'web-page'
  /** JSON, but no list. */
  | 'other-answer'
  | Exclude<ScanProblem, 'truncated' | 'too-many-aliases'>;

const AUTHORITY = [
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'INVALID_CA',
];

/** What a failed connection means, by the code that Node gives it; `null` for what may be different the next time. */
export function connectionTrouble(code: string): Trouble | null {
  if (AUTHORITY.includes(code)) return 'unknown-authority';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'wrong-name';
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') return 'expired';
  // the other side refuses ours
  if (/^ERR_SSL_.*ALERT.*(?:CERT|UNKNOWN_CA)/u.test(code)) return 'client-certificate';
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG') return 'no-tls';
  // EAI_AGAIN is what a resolver says that may be back in a moment
  return code === 'ENOTFOUND' ? 'no-host' : null;
}
