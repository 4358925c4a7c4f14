import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { stringify } from 'yaml';
import { exec } from '../../../src/io/exec.ts';
import type { Log } from '../../../src/io/ports.ts';
import { tlsHttp } from '../../../src/io/tls-http.ts';
import { FastClock } from '../github-workspace.ts';
import { TEST_TOKEN } from './kubernetes.ts';

/** Entries of a kubeconfig by their names; what is left out is that of a cluster with a token. */
export interface KubeconfigContent {
  readonly server?: string;
  readonly ca?: string | undefined;
  readonly cluster?: Readonly<Record<string, unknown>>;
  readonly user?: Readonly<Record<string, unknown>>;
  readonly namespace?: string;
  readonly context?: string;
  /** `null` for none. */
  readonly currentContext?: string | null;
}

export function kubeconfig(content: KubeconfigContent): string {
  const { server = 'https://127.0.0.1:1', ca, cluster, user = { token: TEST_TOKEN } } = content;
  const { context = 'dev', currentContext = context, namespace } = content;
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    ...(currentContext !== null && { 'current-context': currentContext }),
    clusters: [
      {
        name: `${context}-cluster`,
        cluster: {
          server,
          ...(ca !== undefined && { 'certificate-authority-data': base64(ca) }),
          ...cluster,
        },
      },
    ],
    users: [{ name: `${context}-admin`, user }],
    contexts: [
      {
        name: context,
        context: {
          cluster: `${context}-cluster`,
          user: `${context}-admin`,
          ...(namespace !== undefined && { namespace }),
        },
      },
    ],
  });
}

/** Writes a kubeconfig where a home folder has it, and gives the environment that leads there. */
export async function atHome(folder: string, content: KubeconfigContent): Promise<Record<string, string>> {
  await mkdir(path.join(folder, '.kube'), { recursive: true });
  await writeFile(path.join(folder, '.kube', 'config'), kubeconfig(content));
  return { HOME: folder };
}

export function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** A log that is kept. */
export class KeptLog implements Log {
  readonly lines: string[] = [];

  debug(event: string): void {
    this.lines.push(`debug: ${event}`);
  }

  info(event: string): void {
    this.lines.push(`info: ${event}`);
  }

  warn(event: string): void {
    this.lines.push(`warning: ${event}`);
  }
}

/** The real world, but for a clock that does not wait and a log that is kept. */
export function worldly(env: Readonly<Record<string, string | undefined>> = {}, signal?: AbortSignal) {
  const clock = new FastClock(Date.now());
  return { http: tlsHttp, exec, clock, log: new KeptLog(), env, version: '0.0.0', signal };
}

export async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}
