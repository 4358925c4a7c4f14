import { describe, expect, it, onTestFinished } from 'vitest';
import {
  argoApiDocuments,
  argoClusterNames,
  type ArgoApiOptions,
} from '../../../src/extractors/argocd/api.ts';
import { all, worldly } from '../../support/argocd/access.ts';
import type { Fault } from '../../support/argocd/answers.ts';
import { application } from '../../support/argocd/applications.ts';
import {
  ARGO_TOKEN,
  startArgoApi,
  type ArgoApiDouble,
  type ArgoApiOptions as DoubleOptions,
} from '../../support/argocd/argo-api.ts';
import { newAuthority } from '../../support/argocd/certificates.ts';
import { ClusterWorld } from '../../support/argocd/cluster-world.ts';
import { startKubernetes } from '../../support/argocd/kubernetes.ts';

interface Stage {
  readonly argo: ArgoApiDouble;
  readonly documents: readonly unknown[];
}

async function stage(options: DoubleOptions = {}): Promise<Stage> {
  const world = new ClusterWorld();
  const documents = ['a', 'b', 'c'].map((name) =>
    world.put(application(name, name === 'c' ? 'team' : 'argocd', { tier: name === 'b' ? 'db' : 'web' })),
  );
  const argo = await startArgoApi(world, { projects: new Map([['argocd/a', 'shop']]), ...options });
  onTestFinished(async () => await argo.close());
  return { argo, documents };
}

function optionsFor({ argo }: Stage, given: Partial<ArgoApiOptions> = {}): ArgoApiOptions {
  return { url: argo.url, token: ARGO_TOKEN, variable: 'ARGOCD_AUTH_TOKEN', timeoutMs: 10_000, ...given };
}

async function read(on: Stage, given: Partial<ArgoApiOptions> = {}): Promise<unknown[]> {
  return await all(argoApiDocuments(optionsFor(on, given), worldly()));
}

async function failure(on: Stage, given: Partial<ArgoApiOptions> = {}): Promise<string> {
  const error: unknown = await read(on, given).then(
    () => 'it did not fail',
    (thrown: unknown) => thrown,
  );
  return error instanceof Error
    ? `${error.message} | ${'hint' in error ? String(error.hint) : ''}`
    : String(error);
}

describe('the Applications that Argo CD shows', () => {
  it('come whole: no selection of fields is asked for', async () => {
    const on = await stage();

    expect(await read(on)).toEqual(on.documents);
    expect(on.argo.requests.map(({ path, query }) => [path, query.size])).toEqual([
      ['/api/v1/applications', 0],
    ]);
  });

  it('come from below its root path', async () => {
    const on = await stage({ rootPath: '/argocd' });

    expect(await read(on)).toEqual(on.documents);
    expect(await read(on, { url: `${on.argo.url}/` })).toEqual(on.documents);
  });

  it('come by project, by labels and by namespace', async () => {
    const on = await stage();

    expect(await read(on, { projects: ['shop', 'other'] })).toEqual([on.documents[0]]);
    expect(await read(on, { selector: 'tier=db' })).toEqual([on.documents[1]]);
    expect(await read(on, { appNamespace: 'team' })).toEqual([on.documents[2]]);
    expect(await read(on, { appNamespace: 'nowhere' })).toEqual([]);
  });

  it('do not come twice where the answer breaks off', async () => {
    const left: Fault[] = [
      { kind: 'cut', after: 1500 },
      { kind: 'reset' },
      { kind: 'status', status: 502, body: '<html>' },
    ];
    const on = await stage({ fault: () => left.shift() ?? null });

    expect(await read(on)).toEqual(on.documents);
    expect(on.argo.requests).toHaveLength(4);
  });
});

describe('what Argo CD refuses', () => {
  const denied = { error: 'permission denied', code: 7, message: 'permission denied: applications, get' };

  it.each<readonly [string, Fault, RegExp]>([
    [
      'the right',
      { kind: 'status', status: 403, body: JSON.stringify(denied) },
      /does not let the token in ARGOCD_AUTH_TOKEN read this: permission denied: applications, get \| .*argocd-rbac-cm/u,
    ],
    [
      'the path',
      { kind: 'status', status: 404, body: '404 page not found' },
      /has no API at this address \| .*root path/u,
    ],
    [
      'the question',
      { kind: 'status', status: 400, body: '{"error":"bad selector"}' },
      /status 400: bad selector/u,
    ],
    [
      'everybody without a login',
      { kind: 'status', status: 302, headers: { location: 'https://sso.example/?x=1' } },
      /sends everybody to sso\.example \| a login of its own/u,
    ],
    [
      'programs',
      { kind: 'status', status: 403, headers: { 'content-type': 'text/html' }, body: '<html>no</html>' },
      /does not let the token in ARGOCD_AUTH_TOKEN read this \|/u,
    ],
  ])('is said in words: %s', async (_what, fault, message) => {
    const on = await stage({ fault: () => fault });

    expect(await failure(on)).toMatch(message);
    expect(on.argo.requests).toHaveLength(1);
  });

  it('is a stale token, which is not shown', async () => {
    const said = await failure(await stage(), { token: 'a-stale-token' });

    expect(said).toMatch(
      /does not accept the token in ARGOCD_AUTH_TOKEN: no session information \| make one/u,
    );
    expect(said).not.toContain('a-stale-token');
  });

  it('is an address at which the web interface answers', async () => {
    const on = await stage({ rootPath: '/argocd' });

    expect(await failure(on, { url: on.argo.url.replace('/argocd', '') })).toMatch(
      /answered with a web page \| .*root path/u,
    );
  });

  it.each([
    ['no token', { token: ' ' }, /there is no token for Argo CD at .*: ARGOCD_AUTH_TOKEN is empty/u],
    ['no address', { url: 'argocd.example' }, /the address of Argo CD is not an address/u],
    [
      'an address in the clear',
      { url: 'http://argocd.example' },
      /is http:\/\/argocd\.example, which anybody on the way can read/u,
    ],
  ])('never is asked with %s', async (_what, given, message) => {
    const on = await stage();

    expect(await failure(on, given)).toMatch(message);
    expect(on.argo.requests).toEqual([]);
  });

  it('has a certificate of its own making: it says how that is trusted', async () => {
    const on = await stage();
    const other = await startKubernetes(new ClusterWorld(), { authority: newAuthority() });
    onTestFinished(async () => await other.close());

    expect(await failure(on, { url: other.url })).toMatch(
      /certificate of an unknown authority \| .*NODE_EXTRA_CA_CERTS/u,
    );
  });
});

describe('the names of clusters', () => {
  it('are known by their addresses', async () => {
    const clusters = [
      { server: 'https://kubernetes.default.svc', name: 'in-cluster' },
      { server: 'https://eu1.example:6443', name: 'eu1' },
      { server: 'https://nameless.example', name: '' },
    ];
    const on = await stage({ clusters });

    expect(await argoClusterNames(optionsFor(on), worldly())).toEqual(
      new Map([
        ['https://kubernetes.default.svc', 'in-cluster'],
        ['https://eu1.example:6443', 'eu1'],
      ]),
    );
  });

  it('are none where the token may not see them', async () => {
    expect(await argoClusterNames(optionsFor(await stage({ clusters: null })), worldly())).toEqual(new Map());
  });
});
