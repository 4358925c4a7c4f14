import path from 'node:path';
import * as z from 'zod';
import { DoraError, messageOf } from '../../domain/errors.ts';
import { printable } from '../../domain/printable.ts';
import { ProgramMissing } from '../../io/exec.ts';
import { mask, secretsOf } from '../../io/log.ts';
import type { Exec, ExecResult } from '../../io/ports.ts';
import type { ClientCertificate, ClusterAccess } from './kubeconfig.ts';
import type { ExecPlugin } from './kubeconfig-file.ts';

export interface ExecDeps {
  readonly exec: Exec;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal | undefined;
}

/** What a plugin gave. */
export interface PluginCredential {
  readonly token: string | null;
  readonly certificate: ClientCertificate | null;
  /** Epoch milliseconds; `null` where it is good until it is refused. */
  readonly expiresAt: number | null;
}

const VERSIONS = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'];
/** Long enough to ask a distant server; nobody is there to answer a question. */
const LONGEST_MS = 60_000;

const ExecCredential = z.object({
  apiVersion: z.string(),
  kind: z.literal('ExecCredential'),
  status: z.object({
    token: z.string().min(1).nullish(),
    clientCertificateData: z.string().nullish(),
    clientKeyData: z.string().nullish(),
    expirationTimestamp: z.string().nullish(),
  }),
});

/** Runs the program by which a kubeconfig gets credentials. Throws a `DoraError` where it gives none. No message quotes its standard output, where the credentials are. */
export async function runPlugin(
  plugin: ExecPlugin,
  folder: string,
  access: ClusterAccess,
  deps: ExecDeps,
): Promise<PluginCredential> {
  const { command, apiVersion } = supported(plugin, access);
  // a path is seen from the kubeconfig, a bare name is looked up
  const program = command.includes('/') ? path.resolve(folder, command) : command;
  const env = {
    ...deps.env,
    ...Object.fromEntries(plugin.env.map(({ name, value }) => [name, value])),
    KUBERNETES_EXEC_INFO: JSON.stringify(request(plugin, apiVersion, access)),
  };
  const result = await run(program, { plugin, access, env, deps });
  if (result.code !== 0) {
    const said = printable(mask(result.stderr.trim().slice(0, 300), secretsOf(env)));
    throw failed(access, command, `ended with code ${result.code}${said === '' ? '' : `: ${said}`}`, plugin);
  }
  return credentialIn(result.stdout, { plugin, apiVersion, access, command });
}

function supported(
  plugin: ExecPlugin,
  access: ClusterAccess,
): { readonly command: string; readonly apiVersion: string } {
  const { command, apiVersion = '', interactiveMode } = plugin;
  if (command === undefined) throw failed(access, 'its exec plugin', 'has no command', plugin);
  if (!VERSIONS.includes(apiVersion)) {
    const version = apiVersion === '' ? 'no version' : `the version ${printable(apiVersion)}`;
    throw failed(
      access,
      command,
      `speaks ${version}, which is not supported (${VERSIONS.join(', ')})`,
      plugin,
    );
  }
  if (interactiveMode === 'Always')
    throw failed(
      access,
      command,
      'asks questions (interactiveMode: Always), and nobody is there to answer',
      plugin,
    );
  return { command, apiVersion };
}

function request(plugin: ExecPlugin, apiVersion: string, access: ClusterAccess): unknown {
  const { server, serverName, isUnchecked, ca } = access;
  const cluster = {
    server,
    ...(serverName !== undefined && { 'tls-server-name': serverName }),
    ...(isUnchecked && { 'insecure-skip-tls-verify': true }),
    ...(ca !== undefined && { 'certificate-authority-data': Buffer.from(ca).toString('base64') }),
  };
  return {
    apiVersion,
    kind: 'ExecCredential',
    spec: { interactive: false, ...(plugin.provideClusterInfo && { cluster }) },
  };
}

interface Running {
  readonly plugin: ExecPlugin;
  readonly access: ClusterAccess;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly deps: ExecDeps;
}

async function run(
  program: string,
  { plugin, access, env, deps: { exec, signal } }: Running,
): Promise<ExecResult> {
  const timeout = AbortSignal.timeout(LONGEST_MS);
  try {
    return await exec.run(program, plugin.args, {
      env,
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
  } catch (error) {
    if (signal?.aborted === true) throw error;
    const name = plugin.command ?? program;
    if (timeout.aborted) throw failed(access, name, `did not end within ${LONGEST_MS / 1000} s`, plugin);
    if (error instanceof ProgramMissing) throw failed(access, name, 'is not installed', plugin);
    throw failed(access, name, `cannot be run: ${messageOf(error)}`, plugin);
  }
}

function credentialIn(
  stdout: string,
  given: { plugin: ExecPlugin; apiVersion: string; access: ClusterAccess; command: string },
): PluginCredential {
  const { plugin, apiVersion, access, command } = given;
  const parsed = ExecCredential.safeParse(parsedJson(stdout));
  if (!parsed.success) throw failed(access, command, 'printed no ExecCredential', plugin);
  const { status } = parsed.data;
  if (parsed.data.apiVersion !== apiVersion)
    throw failed(access, command, `answered in another version than ${apiVersion}`, plugin);
  const { clientCertificateData: cert, clientKeyData: key, expirationTimestamp: expiry } = status;
  const certificate = typeof cert === 'string' && typeof key === 'string' ? { cert, key } : null;
  const token = status.token ?? null;
  if (token === null && certificate === null)
    throw failed(access, command, 'gave neither a token nor a certificate with its key', plugin);
  const expiresAt = typeof expiry === 'string' ? Date.parse(expiry) : NaN;
  return { token, certificate, expiresAt: Number.isNaN(expiresAt) ? null : expiresAt };
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function failed(
  { user }: ClusterAccess,
  command: string,
  what: string,
  { installHint }: ExecPlugin,
): DoraError {
  return new DoraError('source', `${user} has no credentials: ${printable(command)} ${what}`, {
    hint:
      installHint === undefined
        ? 'run it by hand, log in where it says so, then run this again.'
        : printable(installHint.slice(0, 500)),
  });
}
