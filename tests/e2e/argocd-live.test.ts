import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { git } from '../../fixtures/history/git.ts';
import { atHome, base64, type KubeconfigContent } from '../support/argocd/access.ts';
import { ARGO_TOKEN, startArgoApi } from '../support/argocd/argo-api.ts';
import { newAuthority } from '../support/argocd/certificates.ts';
import { ClusterWorld } from '../support/argocd/cluster-world.ts';
import { startKubernetes, TEST_TOKEN, type KubernetesDoubleOptions } from '../support/argocd/kubernetes.ts';
import { ArgoModel } from '../support/argocd/model.ts';
import { dora, type Run } from '../support/cli.ts';
import { image } from '../support/registry/images.ts';
import { startRegistry } from '../support/registry/server.ts';
import { smallShop, testFolder } from '../support/repo.ts';
import { filesIn } from '../support/workspace.ts';

const authority = newAuthority();

/** An application that was made and not deployed yet. */
function newShop(): ArgoModel {
  return new ArgoModel({
    uid: 'shop',
    name: 'shop',
    at: '2026-03-01T09:00:00Z',
    sources: [{ repoURL: 'https://github.com/acme/gitops.git', path: 'components/shop/production/eu1' }],
  });
}

/** A cluster with one application that was deployed once. */
function worldWithShop(): ClusterWorld {
  const model = newShop();
  model.at('2026-03-01T10:00:00Z').want(['a'.repeat(40)]);
  model.sync({ images: ['ghcr.io/acme/shop:1.1.0'], then: 'Healthy' });
  const world = new ClusterWorld();
  const { metadata, ...rest } = model.document();
  world.put({ metadata: { name: 'shop', namespace: 'argocd', ...Object(metadata) }, ...rest });
  return world;
}

/** A clone with a configuration, in which the program is run. */
async function clone(configuration: string): Promise<string> {
  const folder = path.join(await testFolder(), 'shop');
  await smallShop(folder);
  await writeFile(path.join(folder, 'dora-metrics.yaml'), configuration);
  return folder;
}

interface Given {
  readonly cluster?: KubernetesDoubleOptions;
  readonly kube?: KubeconfigContent;
  readonly argocd?: string;
}

async function fromCluster({ cluster: options, kube, argocd = 'enabled: true' }: Given): Promise<Run> {
  const cluster = await startKubernetes(worldWithShop(), { authority, ...options });
  onTestFinished(async () => await cluster.close());
  const cwd = await clone(`repositories: [{ path: ., name: acme/shop }]\nargocd: { ${argocd} }\n`);
  const home = await atHome(path.join(cwd, '..'), { server: cluster.url, ca: cluster.ca, ...kube });
  return await dora(['extract', '--source', 'argocd'], { cwd, env: home });
}

describe('a cluster', () => {
  it('shows its applications, whose image names the release', async () => {
    const { code, stdout, stderr } = await fromCluster({});

    expect(stderr).toBe('');
    expect(stdout).toContain('argocd: 1 application, 1 with news\n');
    expect(stdout).toContain('dataset: 3 deployments');
    expect(code).toBe(0);
  });

  const expired = authority.issue({ commonName: 'ada', until: new Date(Date.now() - 1000) });
  it.each<readonly [string, Given, string]>([
    [
      'the token is wrong',
      { kube: { user: { token: 'wrong-one' } } },
      'does not accept the credentials of user dev-admin',
    ],
    [
      'the client certificate expired',
      {
        kube: {
          user: {
            'client-certificate-data': base64(expired.cert),
            'client-key-data': base64(expired.key),
          },
        },
      },
      'expired',
    ],
    ['there is no such context', { argocd: 'context: nowhere' }, 'nowhere'],
    ['Argo CD is not there', { cluster: { hasCrd: false } }, 'has no applications.argoproj.io'],
    [
      'a namespace is forbidden',
      { cluster: { may: () => false }, argocd: 'enabled: true, namespaces: [secret-place]' },
      'secret-place',
    ],
  ])('is not read where %s: it is said, and nothing is kept', async (_, given, message) => {
    const { code, stderr } = await fromCluster(given);

    expect(stderr).toContain(message);
    expect(stderr).toContain('hint: ');
    expect(stderr).not.toMatch(/wrong-one|BEGIN/u);
    // a context is chosen by the user, and the rest is the cluster's word
    expect(code).toBe(given.argocd?.includes('context') === true ? 2 : 1);
  });

  it('that fails keeps nobody from reading the repositories', async () => {
    const cwd = await clone(
      'repositories: [{ path: ., name: acme/shop }]\nargocd: { enabled: true, context: nowhere }\n',
    );
    const home = await atHome(path.join(cwd, '..'), {});

    const { code, stdout, stderr } = await dora(['extract'], { cwd, env: home });

    expect(stderr).toMatch(/^error: argocd: .*nowhere/mu);
    expect(stdout).toContain('dataset: 3 deployments');
    expect(code).toBe(3);
  });
});

describe('the API of Argo CD', () => {
  it('shows its applications and the names of clusters, and the token to nobody else', async () => {
    const server = 'https://eu1.example:6443';
    const api = await startArgoApi(worldWithShop(), { clusters: [{ server, name: 'europe' }] });
    onTestFinished(async () => await api.close());
    const cwd = await clone(`repositories: [{ path: ., name: acme/shop }]\nargocd: { url: '${api.url}' }\n`);
    const run = async (token: string | undefined) =>
      await dora(['extract', '--source', 'argocd'], { cwd, env: { ARGOCD_AUTH_TOKEN: token } });

    const without = await run(undefined);
    const wrong = await run('another-token-altogether');
    const right = await run(ARGO_TOKEN);

    expect([without.code, wrong.code, right.code]).toEqual([2, 1, 0]);
    expect(without.stderr).toContain('ARGOCD_AUTH_TOKEN');
    expect(wrong.stderr).not.toContain('another-token');
    const files = await Promise.all(
      (await filesIn(path.join(cwd, 'data'))).map(async (file) => await read(cwd, file)),
    );
    expect(files.join('\n')).toContain('"cluster":"europe"'.replaceAll('"', '""'));
    expect(files.join('\n')).not.toMatch(new RegExp(`${ARGO_TOKEN}|${TEST_TOKEN}`, 'u'));
  });
});

async function read(cwd: string, file: string): Promise<string> {
  return await readFile(path.join(cwd, 'data', file), 'utf8');
}

describe('a registry', () => {
  it('is asked for the labels of images whose tags are no commits, once', async () => {
    const registry = await startRegistry();
    onTestFinished(async () => await registry.close());
    const cwd = await clone(`argocd: { registries: ['127.0.0.1:*'] }\n`);
    await git(cwd, ['config', 'remote.origin.url', 'https://github.com/acme/shop.git']);
    const shas = (await git(cwd, ['rev-list', '--reverse', 'main'])).trim().split('\n');
    const model = newShop();
    for (const [index, sha] of [shas[0], shas[2]].entries()) {
      const labels = {
        'org.opencontainers.image.revision': sha,
        'org.opencontainers.image.source': 'https://github.com/acme/shop',
      };
      registry.push('acme/web', `build-${String(index)}`, image({ labels }));
      model.at(`2026-03-0${String(index + 1)}T10:00:00Z`).want([String(index).repeat(40)]);
      model.sync({ images: [`${registry.local}/acme/web:build-${String(index)}`], then: 'Healthy' });
    }
    await writeFile(
      path.join(cwd, 'looks.ndjson'),
      model.looks.map(({ document }) => JSON.stringify(document)).join('\n'),
    );
    const run = async () => await dora(['extract', '--source', 'argocd', '--from', 'looks.ndjson'], { cwd });

    const first = await run();
    const asked = registry.requests.length;
    const again = await run();

    expect([first.code, again.code]).toEqual([0, 0]);
    expect(first.stderr).not.toContain('lead');
    const deployments = await read(cwd, 'dataset/deployments.csv');
    expect(deployments.match(/argocd:acme\/shop:shop#\d/gu)).toEqual([
      'argocd:acme/shop:shop#0',
      'argocd:acme/shop:shop#1',
    ]);
    expect(deployments).toContain(`,${shas[2] ?? ''},2026-03-02T10:00:30Z,`);
    expect(registry.requests).toHaveLength(asked);
  });
});
