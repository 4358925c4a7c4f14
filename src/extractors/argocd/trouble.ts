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
export function connectionTrouble(code: string, message: string): Trouble | null {
  if (AUTHORITY.includes(code)) return 'unknown-authority';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'wrong-name';
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') return 'expired';
  // EAI_AGAIN is what a resolver says that may be back in a moment
  if (code === 'ENOTFOUND') return 'no-host';
  // some versions of Node have a code for each of these, others one for all
  const said = `${code} ${message}`;
  if (/alert[ _](?:.*[ _])?(?:certificate|unknown[ _]ca)/iu.test(said)) return 'client-certificate';
  return /wrong[ _]version[ _]number|packet[ _]length[ _]too[ _]long/iu.test(said) ? 'no-tls' : null;
}
