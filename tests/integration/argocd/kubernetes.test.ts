import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { kubernetesDocuments, type KubernetesOptions } from '../../../src/extractors/argocd/kubernetes.ts';
import { all, atHome, base64, worldly, type KubeconfigContent } from '../../support/argocd/access.ts';
import type { Fault } from '../../support/argocd/answers.ts';
import { application } from '../../support/argocd/applications.ts';
import { newAuthority } from '../../support/argocd/certificates.ts';
import { ClusterWorld } from '../../support/argocd/cluster-world.ts';
import {
  startKubernetes,
  TEST_TOKEN,
  type KubernetesDouble,
  type KubernetesDoubleOptions,
} from '../../support/argocd/kubernetes.ts';
import { testFolder } from '../../support/repo.ts';

const authority = newAuthority();

interface Stage {
  readonly world: ClusterWorld;
  readonly cluster: KubernetesDouble;
  readonly folder: string;
  /** Everything that was put into the cluster, in the order in which it is listed. */
  readonly documents: readonly unknown[];
}

/** A cluster with seven applications in three namespaces. */
async function stage(options: KubernetesDoubleOptions = {}): Promise<Stage> {
  const world = new ClusterWorld();
  const documents = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name, position) =>
    world.put(
      application(name, `ns-${Math.floor(position / 3)}`, { tier: position % 2 === 0 ? 'web' : 'db' }),
    ),
  );
  const cluster = await startKubernetes(world, { authority, ...options });
  onTestFinished(async () => await cluster.close());
  return { world, cluster, documents, folder: await testFolder() };
}

type Given = Partial<KubernetesOptions> & {
  readonly kube?: KubeconfigContent;
  readonly signal?: AbortSignal;
};

async function reading({ cluster, folder }: Stage, { kube, signal, ...options }: Given = {}) {
  const env = {
    PATH: process.env['PATH'],
    ...(await atHome(folder, { server: cluster.url, ca: cluster.ca, ...kube })),
  };
  const deps = worldly(env, signal);
  return { deps, documents: kubernetesDocuments({ timeoutMs: 10_000, pageSize: 3, ...options }, deps) };
}

async function read(on: Stage, given: Given = {}): Promise<unknown[]> {
  return await all((await reading(on, given)).documents);
}

/** The error, with its hint, that reading ends in. */
async function failure(on: Stage, given: Given = {}): Promise<string> {
  const error: unknown = await read(on, given).then(
    () => 'it did not fail',
    (thrown: unknown) => thrown,
  );
  return error instanceof Error
    ? `${error.message} | ${'hint' in error ? String(error.hint) : ''}`
    : String(error);
}

/** The faults, one after the other, at the first requests for which `when` holds. */
function faults(...list: readonly Fault[]): NonNullable<KubernetesDoubleOptions['fault']> {
  const left = [...list];
  return () => left.shift() ?? null;
}

describe('the Applications of a cluster', () => {
  it('come whole, from all namespaces, page by page', async () => {
    const on = await stage();

    expect(await read(on)).toEqual(on.documents);
    expect(on.cluster.requests.map(({ query }) => query.get('limit'))).toEqual(['3', '3', '3']);
  });

  it('come just as well where the items are written last', async () => {
    const on = await stage({ itemsLast: true });

    expect(await read(on)).toEqual(on.documents);
  });

  it('come from the namespaces that are named, once each', async () => {
    const on = await stage();

    expect(await read(on, { namespaces: ['ns-2', 'ns-0', 'ns-2'] })).toEqual([
      ...on.documents.slice(6),
      ...on.documents.slice(0, 3),
    ]);
  });

  it('come by their labels', async () => {
    const on = await stage();

    expect(await read(on, { labelSelector: 'tier=db' })).toEqual([1, 3, 5].map((at) => on.documents[at]));
  });

  it('may be none', async () => {
    const on = await stage();

    expect(await read(on, { namespaces: ['empty'] })).toEqual([]);
  });

  it('come from a server without TLS on this machine, as kubectl proxy is', async () => {
    const on = await stage({ certificate: null });

    expect(await read(on, { kube: { ca: undefined, user: {} } })).toEqual(on.documents);
  });
});

describe('who asks', () => {
  const asOf = (user: Readonly<Record<string, unknown>>): Given => ({ kube: { user } });

  it('is known by a token in a file, which is read again when it is refused', async () => {
    const on = await stage();
    const file = path.join(on.folder, '.kube', 'token');
    const { documents } = await reading(on, asOf({ tokenFile: 'token' }));
    await writeFile(file, `${TEST_TOKEN}\n`);
    const found: unknown[] = [];
    for await (const document of documents) {
      found.push(document);
      if (found.length !== 1) continue;
      on.cluster.tokens.delete(TEST_TOKEN);
      on.cluster.tokens.set('the next token', 'tester');
      await writeFile(file, 'the next token\n');
    }

    expect(found).toEqual(on.documents);
  });

  it('is known by a client certificate', async () => {
    const on = await stage({ may: (_verb, _namespace, user) => user === 'alice' });
    const { cert, key } = authority.issue({ commonName: 'alice' });

    expect(
      await read(on, asOf({ 'client-certificate-data': base64(cert), 'client-key-data': base64(key) })),
    ).toEqual(on.documents);
  });

  it('is told when their client certificate expired', async () => {
    const on = await stage();
    const until = new Date('2026-01-01T00:00:00Z');
    const { cert, key } = authority.issue({ commonName: 'alice', from: new Date('2025-01-01'), until });
    const user = { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) };

    expect(await failure(on, asOf(user))).toMatch(
      /does not accept the client certificate of user dev-admin: it expired on 2026-01-01 \| log in/u,
    );
  });

  it('is told when the key is that of another certificate', async () => {
    const on = await stage();
    const { cert } = authority.issue({ commonName: 'alice' });
    const { key } = authority.issue({ commonName: 'bob' });
    const user = { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) };

    expect(await failure(on, asOf(user))).toMatch(/certificate of user dev-admin and its key do not belong/u);
    expect(on.cluster.requests).toEqual([]);
  });

  it('is told that the token is refused, which is not shown', async () => {
    const on = await stage();

    const said = await failure(on, asOf({ token: 'a-stale-token' }));

    expect(said).toMatch(/does not accept the credentials of user dev-admin: Unauthorized \| log in/u);
    expect(said).not.toContain('a-stale-token');
    expect(on.cluster.requests).toHaveLength(1);
  });

  it('is told which right is missing in which namespaces, and how it is granted', async () => {
    const on = await stage({ may: (_verb, namespace) => namespace === 'ns-1' });

    expect(await failure(on)).toMatch(
      /user dev-admin may not list applications\.argoproj\.io in all namespaces: .*"tester" cannot list.* \| .*create clusterrole .*--verb=get,list,watch --resource=applications\.argoproj\.io.*or name the namespaces/u,
    );
    expect(await failure(on, { namespaces: ['ns-0'] })).toMatch(
      /in the namespace ns-0: .* \| .*create role .* -n ns-0/u,
    );
    expect(await read(on, { namespaces: ['ns-1'] })).toEqual(on.documents.slice(3, 6));
  });
});

describe('credentials from a program', () => {
  /** A plugin that prints what it is given, and a user of it. */
  async function plugin(on: Stage, script: string, more: Readonly<Record<string, unknown>> = {}) {
    await writeFile(path.join(on.folder, 'plugin.mjs'), script);
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      interactiveMode: 'Never',
      command: process.execPath,
      args: [path.join(on.folder, 'plugin.mjs')],
      env: [{ name: 'GIVEN', value: TEST_TOKEN }],
      ...more,
    };
    return { kube: { user: { exec } } };
  }

  const PRINT = `
    const { apiVersion, spec } = JSON.parse(process.env.KUBERNETES_EXEC_INFO);
    if (spec.interactive) process.exit(1);
    const print = (status) => process.stdout.write(JSON.stringify({ apiVersion, kind: 'ExecCredential', status }));
  `;

  it.each(['v1', 'v1beta1'])('are used as they come (%s)', async (version) => {
    const on = await stage();
    const apiVersion = `client.authentication.k8s.io/${version}`;

    expect(
      await read(on, await plugin(on, `${PRINT}print({ token: process.env.GIVEN })`, { apiVersion })),
    ).toEqual(on.documents);
  });

  it('may be a certificate, and it is told of the cluster where it wants to know', async () => {
    const on = await stage({ may: (_verb, _namespace, user) => user === 'carol' });
    const { cert, key } = authority.issue({ commonName: 'carol' });
    const script = `${PRINT}
      if (spec.cluster.server !== ${JSON.stringify(on.cluster.url)}) process.exit(2);
      print({ clientCertificateData: ${JSON.stringify(cert)}, clientKeyData: ${JSON.stringify(key)} })`;

    expect(await read(on, await plugin(on, script, { provideClusterInfo: true }))).toEqual(on.documents);
  });

  it('are asked for anew once they are refused, and once only', async () => {
    const on = await stage();
    const counter = path.join(on.folder, 'count');
    const script = `${PRINT}
      import { appendFileSync, readFileSync } from 'node:fs';
      appendFileSync(${JSON.stringify(counter)}, 'x');
      const times = readFileSync(${JSON.stringify(counter)}).length;
      print({ token: times === 2 ? process.env.GIVEN : 'too old', expirationTimestamp: '2999-01-01T00:00:00Z' })`;
    const given = await plugin(on, script);

    expect(await read(on, given)).toEqual(on.documents);
    expect(on.cluster.requests).toHaveLength(4);
    expect(await failure(on, given)).toMatch(/does not accept the credentials of user dev-admin/u);
    expect(on.cluster.requests).toHaveLength(6);
  });

  it('are asked for anew before they expire', async () => {
    const on = await stage();
    const counter = path.join(on.folder, 'count');
    const script = `${PRINT}
      import { appendFileSync } from 'node:fs';
      appendFileSync(${JSON.stringify(counter)}, 'x');
      print({ token: process.env.GIVEN, expirationTimestamp: new Date(Date.now() + 10_000).toISOString() })`;

    expect(await read(on, await plugin(on, script))).toEqual(on.documents);
    expect(on.cluster.requests).toHaveLength(3);
  });

  it.each([
    ['it asks questions', { interactiveMode: 'Always' }, '', /asks questions \(interactiveMode: Always\)/u],
    [
      'it is too old',
      { apiVersion: 'client.authentication.k8s.io/v1alpha1' },
      '',
      /speaks the version .*v1alpha1/u,
    ],
    ['it fails', {}, 'console.error("please log in"); process.exit(3)', /ended with code 3: please log in/u],
    ['it prints something else', {}, 'console.log("hello")', /printed no ExecCredential/u],
    ['it gives nothing', {}, `${PRINT}print({})`, /gave neither a token nor a certificate/u],
    [
      'it is not there',
      { command: 'no-such-plugin', installHint: 'get it from the shop' },
      '',
      /no-such-plugin is not installed \| get it from the shop/u,
    ],
  ])('are missing where %s', async (_what, more, script, message) => {
    const on = await stage();

    expect(await failure(on, await plugin(on, script, more))).toMatch(message);
    expect(on.cluster.requests).toEqual([]);
  });
});

describe('whom it asks', () => {
  const other = newAuthority('an authority of somebody else');
  const cases: readonly (readonly [string, KubernetesDoubleOptions, KubeconfigContent, RegExp])[] = [
    [
      'an authority that it does not know',
      { authority: other },
      { ca: authority.cert },
      /certificate of an unknown authority \| .*certificate-authority-data/u,
    ],
    [
      'another host',
      { certificate: { hosts: ['kubernetes.default.svc'] } },
      {},
      /certificate for another host \| .*tls-server-name/u,
    ],
    [
      'an expired certificate',
      { certificate: { from: new Date('2024-01-01'), until: new Date('2025-01-01') } },
      {},
      /certificate that has expired/u,
    ],
    ['no TLS', { certificate: null }, { user: {} }, /does not speak TLS/u],
    [
      'no Applications',
      { hasCrd: false },
      {},
      /has no applications\.argoproj\.io \| is it the one in which Argo CD runs/u,
    ],
  ];

  it.each(cases)('is refused with words: %s', async (_what, options, kube, message) => {
    const on = await stage(options);
    const server = on.cluster.url.replace('http:', 'https:');

    expect(await failure(on, { kube: { ca: authority.cert, server, ...kube } })).toMatch(message);
    expect(on.cluster.requests.length).toBeLessThanOrEqual(1);
  });

  it('may have another name in its certificate, where the kubeconfig says which', async () => {
    const on = await stage({ certificate: { hosts: ['kubernetes.default.svc'] } });

    expect(await read(on, { kube: { cluster: { 'tls-server-name': 'kubernetes.default.svc' } } })).toEqual(
      on.documents,
    );
  });

  it('is not checked where the kubeconfig says so, with a warning', async () => {
    const on = await stage({ authority: other });
    const { deps, documents } = await reading(on, {
      kube: { ca: undefined, cluster: { 'insecure-skip-tls-verify': true } },
    });

    expect(await all(documents)).toEqual(on.documents);
    expect(deps.log.lines).toEqual([
      expect.stringMatching(/^warning: the certificate of .* is not checked/u),
    ]);
  });

  it.each([
    [
      'a web page',
      { headers: { 'content-type': 'text/html' }, body: '<html>log in</html>' },
      /answered with a web page/u,
    ],
    ['a page that does not say so', { body: '<html>log in</html>' }, /not a list of applications/u],
    ['another object', { body: '{"kind":"Status","status":"Success"}' }, /not a list of applications/u],
    ['another list', { body: '{"kind":"Pods","items":[]}' }, /not a list of applications/u],
  ])('is no cluster where it answers with %s', async (_what, answer, message) => {
    const on = await stage({ fault: () => ({ kind: 'status', status: 200, ...answer }) });

    expect(await failure(on)).toMatch(message);
    expect(on.cluster.requests).toHaveLength(1);
  });

  it('is not followed to where it sends everybody', async () => {
    const headers = { location: 'https://sso.example/login?state=secret' };
    const on = await stage({ fault: () => ({ kind: 'status', status: 302, headers }) });

    const said = await failure(on);

    expect(said).toMatch(/sends everybody to sso\.example \|/u);
    expect(said).not.toContain('state=secret');
  });
});

describe('what passes', () => {
  it.each<readonly [string, Fault]>([
    ['too many requests', { kind: 'status', status: 429 }],
    ['a server that is down', { kind: 'status', status: 503 }],
    ['an error within the server', { kind: 'status', status: 500 }],
    ['a connection that is reset', { kind: 'reset' }],
    ['an answer that breaks off within the first item', { kind: 'cut', after: 200 }],
    ['an answer that breaks off between items', { kind: 'cut', after: 2200 }],
  ])('is waited for: %s', async (_what, fault) => {
    const on = await stage({ fault: faults(fault, fault) });
    const { deps, documents } = await reading(on);

    expect(await all(documents)).toEqual(on.documents);
    expect(deps.clock.slept).toBeGreaterThan(0);
  });

  it('is not waited for any longer than the server wants', async () => {
    const on = await stage({
      fault: faults({ kind: 'status', status: 429, headers: { 'retry-after': '17' } }),
    });
    const { deps, documents } = await reading(on);

    expect(await all(documents)).toEqual(on.documents);
    expect(deps.clock.slept).toBe(17_000);
  });

  it('is not waited for longer than anybody would', async () => {
    const on = await stage({
      fault: faults({ kind: 'status', status: 503, headers: { 'retry-after': '3600' } }),
    });

    expect(await failure(on)).toMatch(/asks to be left alone for 60 minutes/u);
  });

  it('is given up on after a few attempts', async () => {
    const body = JSON.stringify({ kind: 'Status', message: `etcd is gone, ${TEST_TOKEN}` });
    const on = await stage({ fault: () => ({ kind: 'status', status: 500, body }) });

    expect(await failure(on)).toMatch(/gave up after 6 attempts: status 500: etcd is gone, \*\*\* \|/u);
    expect(on.cluster.requests).toHaveLength(6);
  });

  it('is nothing that keeps silent', async () => {
    const on = await stage({ fault: faults({ kind: 'hang' }) });

    expect(await read(on, { timeoutMs: 100 })).toEqual(on.documents);
  });

  it('is a list that got too old: it is listed anew, and nothing comes twice', async () => {
    const on = await stage();
    const { documents } = await reading(on);
    const found: unknown[] = [];
    for await (const document of documents) {
      found.push(document);
      if (found.length === 1) on.world.compact();
    }

    expect(found).toEqual(on.documents);
    expect(on.cluster.requests.map(({ query }) => query.has('continue'))).toEqual([
      false,
      true,
      false,
      true,
      true,
    ]);
  });

  it('is not a list that is too old again and again', async () => {
    const gone: Fault = { kind: 'status', status: 410 };
    const on = await stage({ fault: ({ query }) => (query.has('continue') ? gone : null) });

    expect(await failure(on)).toMatch(/forgets a list faster than it can be read/u);
    expect(on.cluster.requests).toHaveLength(4);
  });

  it('is an application that changes while the list is read: the newer one comes later', async () => {
    const on = await stage();
    const { documents } = await reading(on);
    const found: unknown[] = [];
    let changed: unknown;
    for await (const document of documents) {
      found.push(document);
      if (found.length !== 1) continue;
      changed = on.world.put({ ...application('a', 'ns-0'), operation: {} });
      on.world.compact();
    }

    expect(found).toEqual([...on.documents.slice(0, 3), changed, ...on.documents.slice(3)]);
  });
});

describe('whoever has seen enough', () => {
  it('ends it at once, also while it waits', async () => {
    const abort = new AbortController();
    const on = await stage({
      fault: () => {
        setImmediate(() => abort.abort());
        return { kind: 'hang' };
      },
    });

    await expect(read(on, { signal: abort.signal })).rejects.toThrow(/abort/u);
    expect(on.cluster.requests).toHaveLength(1);
  });

  it('lets go of the connection', async () => {
    const on = await stage();
    for await (const _document of (await reading(on)).documents) break;

    await on.cluster.close();
    expect(on.cluster.requests).toHaveLength(1);
  });
});
