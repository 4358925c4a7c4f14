import path from 'node:path';
import { DoraError } from '../domain/errors.ts';
import type { Settings } from '../domain/settings.ts';
import type { EpochMs } from '../domain/units.ts';
import { createLog, LOG_LEVELS, secretsOf } from '../io/log.ts';
import { silentProgress, terminalProgress } from '../io/progress.ts';
import type { Ports } from '../pipeline/ports.ts';
import type { CliDeps } from './deps.ts';
import { instantIn } from './instant.ts';
import { VERSION } from './version.ts';

/** The options that every command has. */
export interface GlobalOptions {
  readonly config?: string | undefined;
  readonly data?: string | undefined;
  readonly singleWriter?: boolean | undefined;
  readonly logFormat?: string | undefined;
  readonly logLevel?: string | undefined;
  readonly quiet?: boolean | undefined;
  readonly asOf?: string | undefined;
}

/** A command's world: its settings and its ports. */
export interface Session {
  readonly settings: Settings;
  readonly ports: Ports;
  readonly asOf: EpochMs | null;
}

/** Reads the configuration and builds the ports; loaded only by commands that need them. */
export async function openSession(
  options: GlobalOptions & Readonly<Record<string, unknown>>,
  deps: CliDeps,
): Promise<Session> {
  const [{ loadSettings }, { compose }] = await Promise.all([
    import('../config/load.ts'),
    import('../pipeline/compose.ts'),
  ]);
  const { env, cwd, signal, readerProgram } = deps;
  const asOf = parseAsOf(options.asOf ?? env['DORA_METRICS_AS_OF']);
  const file = options.config ?? given(env['DORA_METRICS_CONFIG']) ?? null;
  const { settings, base } = await loadSettings({ cwd, file, env, flags: options });
  const format = logOption(options.logFormat, 'DORA_METRICS_LOG_FORMAT', deps, LOG_FORMATS) ?? 'pretty';
  const level = logOption(options.logLevel, 'DORA_METRICS_LOG_LEVEL', deps, LOG_LEVELS) ?? 'info';
  const log = createLog({
    format,
    level: options.quiet === true && (level === 'debug' || level === 'info') ? 'warn' : level,
    now: deps.now,
    write: (text) => {
      ports.progress.done();
      deps.stderr.write(text);
    },
    secrets: [...secretsOf(env), ...(settings.notify.webhook === null ? [] : [settings.notify.webhook])],
  });
  const isWatched = options.quiet !== true && env['CI'] === undefined && env['TERM'] !== 'dumb';
  const ports: Ports = compose({
    data: dataLocation(options, base, deps),
    singleWriter: options.singleWriter === true,
    env,
    log,
    progress: isWatched ? terminalProgress(deps.stderr, () => deps.now().getTime()) : silentProgress,
    version: VERSION,
    signal,
    readerProgram,
    owner: process.pid,
  });
  return { settings, ports, asOf };
}

/** An empty variable counts as not set. */
function given(variable: string | undefined): string | undefined {
  return variable === '' ? undefined : variable;
}

/** Beside the configuration or at the top of the clone; what is given is relative to where the command runs. */
function dataLocation({ data }: GlobalOptions, base: string, { env, cwd }: CliDeps): string {
  if (data === '') {
    throw new DoraError('usage', '--data is empty', { hint: 'give a folder, or leave the option out.' });
  }
  return (
    data ?? given(env['DORA_METRICS_DATA']) ?? bucketOf(env) ?? path.join(path.relative(cwd, base), 'data')
  );
}

/** What `DORA_STORAGE_TYPE=s3` says, in the form of `--data`. */
function bucketOf(env: CliDeps['env']): string | undefined {
  const type = given(env['DORA_STORAGE_TYPE']) ?? 'local';
  if (type === 'local') return undefined;
  const bucket = given(env['DORA_S3_BUCKET']);
  if (type !== 's3' || bucket === undefined) {
    throw new DoraError(
      'usage',
      type === 's3' ? 'DORA_STORAGE_TYPE=s3 needs DORA_S3_BUCKET' : `DORA_STORAGE_TYPE=${type} is not known`,
      {
        hint: 'set DORA_STORAGE_TYPE to local or s3, and with s3 DORA_S3_BUCKET and perhaps DORA_S3_PREFIX.',
      },
    );
  }
  return `s3://${bucket}/${given(env['DORA_S3_PREFIX']) ?? ''}`;
}

/** An option of the log from the command line or the environment; the parser has checked the former only. */
function logOption<Name extends string>(
  given: string | undefined,
  variable: string,
  { env }: CliDeps,
  names: readonly Name[],
): Name | null {
  const text = given ?? env[variable];
  if (text === undefined || text === '') return null;
  const found = names.find((name) => name === text);
  if (found !== undefined) return found;
  throw new DoraError('usage', `${variable}=${text} is not known`, {
    hint: `choose one of: ${names.join(', ')}.`,
  });
}

export const LOG_FORMATS = ['pretty', 'json'] as const;

function parseAsOf(text: string | undefined): EpochMs | null {
  if (text === undefined || text === '') return null;
  const instant = instantIn(text);
  if (instant !== null) return instant;
  throw new DoraError('usage', `--as-of ${text} is not an instant`, {
    hint: 'write it like 2026-11-20T00:00:00Z or 2026-11-20 (midnight UTC).',
  });
}
