import { expect, it } from 'vitest';
import { connectionTrouble } from '../../../../src/extractors/argocd/trouble.ts';

it.each([
  ['SELF_SIGNED_CERT_IN_CHAIN', '', 'unknown-authority'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', '', 'unknown-authority'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', '', 'wrong-name'],
  ['CERT_HAS_EXPIRED', '', 'expired'],
  ['ENOTFOUND', 'getaddrinfo ENOTFOUND api.example', 'no-host'],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', '', 'client-certificate'],
  ['ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', '', 'client-certificate'],
  ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', '', 'client-certificate'],
  [
    'EPROTO',
    'write EPROTO error:0A000412:SSL routines:ssl3_read_bytes:sslv3 alert bad certificate',
    'client-certificate',
  ],
  ['EPROTO', 'write EPROTO error:0A00010B:SSL routines:ssl3_get_record:wrong version number', 'no-tls'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', '', 'no-tls'],
  ['ECONNRESET', 'read ECONNRESET', null],
  ['ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:6443', null],
  ['EAI_AGAIN', 'getaddrinfo EAI_AGAIN api.example', null],
  ['', 'aborted', null],
])('%s (%s) means %s', (code, message, trouble) => {
  expect(connectionTrouble(code, message)).toBe(trouble);
});
