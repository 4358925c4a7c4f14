import { describe, expect, it, onTestFinished } from 'vitest';
import { tlsHttp } from '../../../src/io/tls-http.ts';
import { application } from '../../support/argocd/applications.ts';
import { ClusterWorld } from '../../support/argocd/cluster-world.ts';
import { startKubernetes, TEST_TOKEN, type KubernetesDouble } from '../../support/argocd/kubernetes.ts';

/** The cluster of the tests is watched as a real one is; nothing but the tests watches yet. */

async function stage(): Promise<{ readonly world: ClusterWorld; readonly cluster: KubernetesDouble }> {
  const world = new ClusterWorld();
  world.put(application('a'));
  const cluster = await startKubernetes(world);
  onTestFinished(async () => await cluster.close());
  return { world, cluster };
}

/** One event after the other. */
async function* watching({ url, ca }: KubernetesDouble, query: string): AsyncGenerator {
  const { body } = await tlsHttp({
    url: `${url}/apis/argoproj.io/v1alpha1/applications?watch=true&${query}`,
    headers: { authorization: `Bearer ${TEST_TOKEN}` },
    tls: { ca },
    idleTimeoutMs: 10_000,
  });
  let rest = '';
  for await (const chunk of body) {
    const lines = `${rest}${Buffer.from(chunk).toString('utf8')}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield JSON.parse(line);
  }
}

describe('a watch', () => {
  it('tells what has happened and what happens, and how far it has come', async () => {
    const { world, cluster } = await stage();
    const before = world.version;
    const added = world.put(application('b'));
    const events = watching(cluster, `resourceVersion=${before}&allowWatchBookmarks=true`);

    expect((await events.next()).value).toEqual({ type: 'ADDED', object: added });
    const changed = world.put({ ...application('a'), operation: {} });
    expect((await events.next()).value).toEqual({ type: 'MODIFIED', object: changed });
    world.remove('argocd', 'b');
    expect((await events.next()).value).toMatchObject({ type: 'DELETED' });
    cluster.bookmark();
    expect((await events.next()).value).toMatchObject({
      type: 'BOOKMARK',
      object: { metadata: { resourceVersion: String(world.version) } },
    });
    cluster.endWatches();
    expect(await events.next()).toMatchObject({ done: true });
  });

  it('has no bookmarks for who does not want them', async () => {
    const { world, cluster } = await stage();
    const events = watching(cluster, `resourceVersion=${world.version}`);
    const next = events.next();
    await expect.poll(() => cluster.watches).toBe(1);
    cluster.bookmark();
    const added = world.put(application('b'));

    expect((await next).value).toEqual({ type: 'ADDED', object: added });
    await events.return(undefined);
  });

  it('is over where what it asks for has been forgotten', async () => {
    const { world, cluster } = await stage();
    const before = world.version;
    world.compact();
    const events = watching(cluster, `resourceVersion=${before}`);

    expect((await events.next()).value).toMatchObject({ type: 'ERROR', object: { code: 410 } });
    expect(await events.next()).toMatchObject({ done: true });
  });
});
