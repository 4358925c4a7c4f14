import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import path from 'node:path';
import { DoraError } from '../domain/errors.ts';
import type { Clock } from '../io/ports.ts';
import { LocalStorage } from './local-storage.ts';
import { S3Storage, type Connect, type S3Options } from './s3-storage.ts';
import type { Storage } from './storage.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What decides where a workspace is. */
export interface StorageRequest {
  /** A folder, or `s3://bucket/prefix`. */
  readonly data: string;
  readonly env: Environment;
  readonly singleWriter: boolean;
  /** The process that answers for what is stored: while it runs, nobody takes that for abandoned. */
  readonly owner: number;
  readonly clock: Clock;
  /** Ends what is under way. */
  readonly signal: AbortSignal;
}

export interface FoundStorage {
  readonly storage: Storage;
  /** A folder on this machine for what can be fetched again. */
  readonly cacheFolder: string;
}

/** The storage of a workspace. Throws a `DoraError` for a place that cannot be written to. */
export function storageAt({ data, env, singleWriter, owner, clock, signal }: StorageRequest): FoundStorage {
  if (/^s3:(?!\/\/)/iu.test(data)) {
    throw new DoraError('usage', `--data ${data} looks like a bucket and is none`, {
      hint: 'write s3://bucket/prefix, or ./ before the name of a folder.',
    });
  }
  const scheme = /^(\w[\w+.-]+):\/\//u.exec(data)?.[1];
  if (scheme === undefined)
    return { storage: new LocalStorage(data, owner), cacheFolder: path.join(data, 'cache') };
  if (scheme !== 's3') {
    throw new DoraError('usage', `--data ${data}: ${scheme} is not a place that can be written to`, {
      hint: 'give a folder, or s3://bucket/prefix.',
    });
  }
  const storage = new S3Storage(s3Options(data, env, singleWriter), { connect: connectTo, clock, signal });
  const name = createHash('sha256').update(storage.location).digest('hex').slice(0, 16);
  return { storage, cacheFolder: path.join(userCache(env), 'dora-metrics', name) };
}

/** Amazon's client is large, and most workspaces are folders. */
export const connectTo: Connect = async (place, signal) => {
  // it warns on standard error of what package.json promises anyway
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
  const { connect } = await import('./s3/client.ts');
  return connect(place, signal);
};

function userCache({ XDG_CACHE_HOME: cache, HOME: home }: Environment): string {
  return cache === undefined || cache === '' ? path.join(home ?? homedir(), '.cache') : cache;
}

function s3Options(data: string, env: Environment, singleWriter: boolean): S3Options {
  const given = (name: string) => (env[name] === '' ? null : (env[name] ?? null));
  const [, bucket = '', rest = ''] = /^s3:\/\/([^/]*)\/?(.*)$/u.exec(data) ?? [];
  // the rules of S3 for names, as far as a slip of the finger is concerned
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/u.test(bucket)) {
    throw new DoraError('usage', `--data ${data}: there can be no bucket "${bucket}"`, {
      hint: 'write s3://bucket/prefix.',
    });
  }
  const prefix = rest.replace(/^\/+|\/+$/gu, '');
  const endpoint = given('AWS_ENDPOINT_URL_S3') ?? given('AWS_ENDPOINT_URL');
  const style = chosen(env, 'DORA_S3_PATH_STYLE', ['true', 'false']);
  const region = given('AWS_REGION') ?? given('AWS_DEFAULT_REGION');
  return {
    bucket,
    prefix: prefix === '' ? '' : `${prefix}/`,
    endpoint,
    // a compatible store has one region, whatever it is called
    region: region ?? (endpoint === null ? null : 'us-east-1'),
    pathStyle: style === null ? endpoint !== null : style === 'true',
    encryption: chosen(env, 'DORA_S3_ENCRYPTION', ['AES256', 'aws:kms', 'aws:kms:dsse']),
    encryptionKey: given('DORA_S3_KMS_KEY_ID'),
    storageClass: chosen(env, 'DORA_S3_STORAGE_CLASS', [
      'STANDARD',
      'STANDARD_IA',
      'ONEZONE_IA',
      'INTELLIGENT_TIERING',
      'GLACIER_IR',
    ]),
    singleWriter: singleWriter || chosen(env, 'DORA_S3_SINGLE_WRITER', ['true', 'false']) === 'true',
  };
}

/** `null` for a variable that is not set. */
function chosen<Name extends string>(
  env: Environment,
  variable: string,
  names: readonly Name[],
): Name | null {
  const text = env[variable];
  if (text === undefined || text === '') return null;
  const found = names.find((name) => name === text);
  if (found !== undefined) return found;
  throw new DoraError('usage', `${variable}=${text} is not known`, {
    hint: `choose one of: ${names.join(', ')}.`,
  });
}
