import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { documentsIn } from '../../src/extractors/argocd/documents.ts';
import { kubernetesDocuments } from '../../src/extractors/argocd/kubernetes.ts';
import { fileBytes } from '../../src/io/input.ts';
import { all, atHome, base64, worldly, type KubeconfigContent } from '../support/argocd/access.ts';
import { application } from '../support/argocd/applications.ts';
import { ClusterWorld } from '../support/argocd/cluster-world.ts';
import { startKubernetes, type KubernetesDouble } from '../support/argocd/kubernetes.ts';
import { testFolder } from '../support/repo.ts';

/** What kubectl makes of the cluster of the tests, and what is made of what kubectl writes. */

interface Stage {
  readonly cluster: KubernetesDouble;
  readonly documents: readonly unknown[];
  readonly folder: string;
}

/** More applications than kubectl asks for at a time. */
async function stage(): Promise<Stage> {
  const world = new ClusterWorld();
  const names = Array.from({ length: 620 }, (_, number) => `app-${String(number).padStart(3, '0')}`);
  const documents = names.map((name) => world.put(application(name, 'argocd', { tier: 'web' })));
  const cluster = await startKubernetes(world);
  onTestFinished(async () => await cluster.close());
  return { cluster, documents, folder: await testFolder() };
}

async function homeFor(
  { cluster, folder }: Stage,
  content: KubeconfigContent = {},
): Promise<Record<string, string>> {
  return await atHome(folder, { server: cluster.url, ca: cluster.ca, ...content });
}

/** Runs kubectl with its output in a file, which it gives. Throws with what it says when it fails. */
async function kubectl(
  folder: string,
  home: Readonly<Record<string, string>>,
  args: readonly string[],
): Promise<string> {
  const file = path.join(folder, 'output');
  const output = await open(file, 'w');
  try {
    const child = spawn('kubectl', args, {
      cwd: folder,
      env: { PATH: process.env['PATH'], ...home },
      stdio: ['ignore', output.fd, 'pipe'],
    });
    let said = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
    const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')} ended with ${String(code)}: ${said}`);
  } finally {
    await output.close();
  }
  return file;
}

const GET = ['get', 'applications.argoproj.io', '-A'];

describe('what kubectl writes', () => {
  it.each(['json', 'yaml'])('is read as the same documents as the cluster has (%s)', async (format) => {
    const on = await stage();
    const file = await kubectl(on.folder, await homeFor(on), [...GET, '-o', format]);

    expect(
      await all(documentsIn({ name: 'output', bytes: fileBytes('output', path.dirname(file)) })),
    ).toEqual(on.documents);
  });

  it('is one document where one application is asked for', async () => {
    const on = await stage();
    const file = await kubectl(on.folder, await homeFor(on), [
      'get',
      'applications.argoproj.io',
      'app-007',
      '-n',
      'argocd',
      '-o',
      'json',
    ]);

    expect(await all(documentsIn({ name: 'output', bytes: createReadStream(file) }))).toEqual([
      on.documents[7],
    ]);
  });

  it('is refused with words where it is a table', async () => {
    const on = await stage();
    const file = await kubectl(on.folder, await homeFor(on), GET);

    await expect(all(documentsIn({ name: 'output', bytes: createReadStream(file) }))).rejects.toMatchObject({
      hint: expect.stringContaining('mind -o json'),
    });
  });
});

describe('a kubeconfig', () => {
  /** What kubectl is given, and we are given. */
  const ways: readonly (readonly [string, (cluster: KubernetesDouble) => KubeconfigContent])[] = [
    ['with a token', () => ({})],
    [
      'with a client certificate',
      ({ authority }) => {
        const { cert, key } = authority.issue({ commonName: 'alice' });
        return { user: { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) } };
      },
    ],
    ['with another name of the server', () => ({ cluster: { 'tls-server-name': 'localhost' } })],
    [
      'that does not check the server',
      () => ({ ca: undefined, cluster: { 'insecure-skip-tls-verify': true } }),
    ],
  ];

  it.each(ways)('%s leads both of us to the same', async (_what, content) => {
    const on = await stage();
    const home = await homeFor(on, content(on.cluster));
    const file = await kubectl(on.folder, home, [...GET, '-o', 'json']);

    const theirs = await all(documentsIn({ name: 'output', bytes: createReadStream(file) }));
    const ours = await all(kubernetesDocuments({ timeoutMs: 60_000 }, worldly(home)));

    expect(theirs).toEqual(on.documents);
    expect(ours).toEqual(on.documents);
  });
});
