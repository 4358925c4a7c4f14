import type { S3Failure } from './api.ts';

/** What to do about an answer of S3, in a sentence. */
export function hintFor({ status, code }: S3Failure): string {
  return HINTS.get(code) ?? STATUS_HINTS.get(status) ?? 'run again; nothing stored is lost.';
}

const HINTS = new Map([
  [
    'NoSuchBucket',
    'there is no such bucket, or it is in another region: see AWS_REGION and AWS_ENDPOINT_URL_S3.',
  ],
  [
    'AccessDenied',
    'these credentials may not do this; s3:GetObject, PutObject, DeleteObject and ListBucket are needed.',
  ],
  ['InvalidAccessKeyId', 'the store does not know these credentials.'],
  [
    'SignatureDoesNotMatch',
    'the secret key does not belong to the access key, or the address of the store is another one than it believes.',
  ],
  ['ExpiredToken', 'the credentials have expired: get new ones and run again; nothing stored is lost.'],
  ['PermanentRedirect', 'the bucket is in another region: set AWS_REGION.'],
  ['AuthorizationHeaderMalformed', 'the bucket is in another region: set AWS_REGION.'],
  [
    'CredentialsProviderError',
    'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE; roles of pods and machines are found by themselves.',
  ],
  ['ENOTFOUND', 'there is no such host: see AWS_ENDPOINT_URL_S3.'],
  ['ECONNREFUSED', 'nothing listens there: see AWS_ENDPOINT_URL_S3.'],
]);
const STATUS_HINTS = new Map([
  [301, 'the bucket is in another region: set AWS_REGION.'],
  [
    403,
    'these credentials may not do this; s3:GetObject, PutObject, DeleteObject and ListBucket are needed.',
  ],
  [412, 'another run has written it meanwhile: run again.'],
]);
