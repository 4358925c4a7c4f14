import { printable } from '../domain/printable.ts';
import type { Log, LogFields } from './ports.ts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LogOptions {
  readonly format: 'pretty' | 'json';
  readonly level: LogLevel;
  readonly now: () => Date;
  readonly write: (text: string) => void;
  /** Values that must never appear, whatever line they are in. */
  readonly secrets: readonly string[];
}

/** One line an event, on the stream that is given; control characters are written out and secrets masked. */
export function createLog({ format, level, now, write, secrets }: LogOptions): Log {
  const line = (at: LogLevel, event: string, fields: LogFields = {}) => {
    if (LOG_LEVELS.indexOf(at) < LOG_LEVELS.indexOf(level)) return;
    const text = format === 'json' ? jsonLine(now(), at, event, fields) : prettyLine(at, event, fields);
    write(`${mask(text, secrets)}\n`);
  };
  return {
    debug: (event, fields) => line('debug', event, fields),
    info: (event, fields) => line('info', event, fields),
    warn: (event, fields) => line('warn', event, fields),
  };
}

function jsonLine(at: Date, level: string, event: string, fields: LogFields): string {
  return JSON.stringify({ at: at.toISOString(), level, event, ...fields });
}

function prettyLine(level: LogLevel, event: string, fields: LogFields): string {
  const prefix = level === 'info' ? '' : `${level === 'warn' ? 'warning' : level}: `;
  const rest = Object.entries(fields).map(([name, value]) => ` ${name}=${printable(String(value))}`);
  return `${prefix}${printable(event)}${rest.join('')}`;
}

/** `text` without any of `secrets`. */
export function mask(text: string, secrets: readonly string[]): string {
  return secrets.reduce(
    (masked, secret) => (secret.length < 4 ? masked : masked.replaceAll(secret, '***')),
    text,
  );
}

/** The values of environment variables that hold secrets, by their names; of `argv`, what is given to a flag of a webhook. */
export function secretsOf(
  env: Readonly<Record<string, string | undefined>>,
  argv: readonly string[] = [],
): string[] {
  const variables = Object.entries(env).flatMap(([name, value]) =>
    /TOKEN|SECRET|PASSWORD|CREDENTIAL|WEBHOOK/u.test(name) && value !== undefined ? [value] : [],
  );
  const flags = argv.flatMap((part, position) => {
    // misspelt ones too: the message that says so repeats the whole
    if (!/^--[\w-]*(?:notify|webhook)/iu.test(part)) return [];
    const equals = part.indexOf('=');
    return equals === -1 ? argv.slice(position + 1, position + 2) : [part.slice(equals + 1)];
  });
  const addresses = flags.filter((value) => value.includes('/'));
  return [...variables, ...addresses].map((value) => value.trim()).filter((value) => value !== '');
}
