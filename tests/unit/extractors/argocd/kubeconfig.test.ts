import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  clusterAccess,
  type ClusterAccess,
  type KubeconfigOptions,
} from '../../../../src/extractors/argocd/kubeconfig.ts';
import { base64, kubeconfig, type KubeconfigContent } from '../../../support/argocd/access.ts';
import { testFolder } from '../../../support/repo.ts';

/** Writes kubeconfigs by their names into a folder of their own. */
async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await testFolder();
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), text);
  }
  return folder;
}

/** What is found in one kubeconfig. */
async function found(
  content: KubeconfigContent | string,
  options: KubeconfigOptions = {},
): Promise<ClusterAccess> {
  const text = typeof content === 'string' ? content : kubeconfig(content);
  const folder = await folderWith({
    config: text,
    'ca.pem': 'CA\n',
    'user.pem': 'CERT\n',
    'user.key': 'KEY\n',
  });
  return await clusterAccess(options, { env: { KUBECONFIG: path.join(folder, 'config') } });
}

async function refusal(looking: Promise<unknown>): Promise<string> {
  const error: unknown = await looking.then(
    () => 'it was not refused',
    (thrown: unknown) => thrown,
  );
  return error instanceof Error
    ? `${error.message} | ${'hint' in error ? String(error.hint) : ''}`
    : String(error);
}

describe('a kubeconfig', () => {
  it('says where the cluster is, whom to trust and who asks', async () => {
    const access = await found({
      server: 'https://api.example:6443/k8s/clusters/c-1/',
      ca: 'CA',
      user: { token: 't0ken' },
      namespace: 'argocd',
      cluster: { 'tls-server-name': 'kubernetes' },
    });

    expect(access).toEqual({
      server: 'https://api.example:6443/k8s/clusters/c-1',
      place: 'context dev',
      user: 'user dev-admin',
      namespace: 'argocd',
      ca: 'CA',
      serverName: 'kubernetes',
      isUnchecked: false,
      proof: { kind: 'token', token: 't0ken' },
      certificate: null,
    });
  });

  it('names files from where it is itself', async () => {
    const access = await found({
      cluster: { 'certificate-authority': 'ca.pem' },
      user: { 'client-certificate': 'user.pem', 'client-key': './user.key' },
    });

    expect(access).toMatchObject({
      ca: 'CA\n',
      certificate: { cert: 'CERT\n', key: 'KEY\n' },
      proof: { kind: 'none' },
    });
  });

  it('prefers what is written into it to what it names, and a file with a token to a token', async () => {
    const access = await found({
      ca: 'INLINE',
      cluster: { 'certificate-authority': 'ca.pem' },
      user: {
        token: 'old',
        tokenFile: '/run/token',
        'client-key-data': base64('K'),
        'client-certificate-data': base64('C'),
      },
    });

    expect(access).toMatchObject({
      ca: 'INLINE',
      proof: { kind: 'token-file', file: '/run/token' },
      certificate: { cert: 'C', key: 'K' },
    });
  });

  it('may have an empty user, and nulls where there is nothing', async () => {
    const access = await found(`
current-context: x
preferences: {}
clusters: [{ name: c, cluster: { server: 'https://h', certificate-authority: '' } }]
users: null
contexts: [{ name: x, context: { cluster: c, user: '' } }]
`);

    expect(access).toMatchObject({ server: 'https://h', ca: undefined, proof: { kind: 'none' } });
  });

  it.each<readonly [string, KubeconfigContent, RegExp]>([
    [
      'a proxy',
      { cluster: { 'proxy-url': 'http://proxy:3128' } },
      /goes through a proxy, which is not supported \| pipe/u,
    ],
    [
      'a password',
      { user: { username: 'admin', password: 'hunter2' } },
      /uses a password, which is not supported/u,
    ],
    ['impersonation', { user: { token: 't', as: 'root' } }, /uses impersonation, which is not supported/u],
    [
      'an auth-provider',
      { user: { 'auth-provider': { name: 'gcp' } } },
      /uses the auth-provider gcp, which is not/u,
    ],
    [
      'half a certificate',
      { user: { 'client-certificate-data': base64('C') } },
      /only one of certificate and key/u,
    ],
    [
      'a server in the clear',
      { server: 'http://api.example' },
      /is http:\/\/api\.example, which anybody on the way can read/u,
    ],
    ['no address', { server: 'api.example' }, /the server of context dev of .* is not an address/u],
    ['a password in the address', { server: 'https://me:hunter2@h' }, /contains a user or a password/u],
    ['no server', { server: '' }, /the context dev of .* names a cluster that is not there/u],
  ])('is refused with words for %s', async (_what, content, message) => {
    const said = await refusal(found(content));

    expect(said).toMatch(message);
    expect(said).not.toContain('hunter2');
  });

  it.each(['http://localhost:8001', 'http://127.0.0.1:8001', 'http://[::1]:8001'])(
    'may name %s',
    async (server) => {
      expect((await found({ server })).server).toBe(server);
    },
  );

  it.each([
    ['no YAML', 'token: "hunter2', /the kubeconfig .* is not YAML/u],
    ['something else', 'clusters: hunter2', /the kubeconfig .* is not one \(at clusters\)/u],
    ['a list', '- hunter2', /the kubeconfig .* is not one/u],
    ['nothing', '', /the kubeconfig .* has no current context \| log in/u],
  ])('is not %s', async (_what, text, message) => {
    const said = await refusal(found(text));

    expect(said).toMatch(message);
    expect(said).not.toContain('hunter2');
  });
});

describe('the context', () => {
  it('is the current one, or the one that is asked for', async () => {
    const folder = await folderWith({
      dev: kubeconfig({ context: 'dev', server: 'https://dev' }),
      prod: kubeconfig({ context: 'prod', server: 'https://prod' }),
    });
    const env = { KUBECONFIG: [path.join(folder, 'dev'), path.join(folder, 'prod')].join(path.delimiter) };

    expect((await clusterAccess({}, { env })).server).toBe('https://dev');
    expect((await clusterAccess({ context: 'prod' }, { env })).server).toBe('https://prod');
    expect(await refusal(clusterAccess({ context: 'stage' }, { env }))).toMatch(
      /has no context stage \| it has these: dev, prod\./u,
    );
  });

  it('must be said where none is current', async () => {
    expect(await refusal(found({ currentContext: null }))).toMatch(
      /has no current context \| it has these: dev\./u,
    );
    expect((await found({ currentContext: null }, { context: 'dev' })).place).toBe('context dev');
  });
});

describe('several files', () => {
  it('are one, in which the first of two entries counts', async () => {
    const folder = await folderWith({
      'one/config': kubeconfig({
        context: 'dev',
        server: 'https://first',
        currentContext: null,
        cluster: { 'certificate-authority': 'ca.pem' },
      }),
      'one/ca.pem': 'FIRST',
      'two/config': kubeconfig({ context: 'dev', server: 'https://second' }),
      'two/ca.pem': 'SECOND',
    });
    const files = ['one/config', 'missing', 'two/config', ''].map((name) =>
      name === '' ? '' : path.join(folder, name),
    );

    expect(await clusterAccess({}, { env: { KUBECONFIG: files.join(path.delimiter) } })).toMatchObject({
      server: 'https://first',
      ca: 'FIRST',
    });
  });

  it('must not all be missing', async () => {
    expect(await refusal(clusterAccess({}, { env: { KUBECONFIG: '/no/such/file' } }))).toMatch(
      /KUBECONFIG names files that do not exist: \/no\/such\/file/u,
    );
  });

  it('give way to one that is named', async () => {
    const folder = await folderWith({
      one: kubeconfig({ server: 'https://one' }),
      two: kubeconfig({ server: 'https://two' }),
    });
    const options = { kubeconfig: path.join(folder, 'two') };

    expect((await clusterAccess(options, { env: { KUBECONFIG: path.join(folder, 'one') } })).server).toBe(
      'https://two',
    );
    expect(await refusal(clusterAccess({ kubeconfig: path.join(folder, 'three') }, { env: {} }))).toMatch(
      /cannot read/u,
    );
  });
});

describe('without a kubeconfig', () => {
  const pod = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '6443' };

  it('the cluster is the one in which the process runs', async () => {
    const serviceAccountFolder = await folderWith({ token: 't\n', 'ca.crt': 'CA', namespace: 'tools\n' });

    expect(await clusterAccess({}, { env: pod, serviceAccountFolder })).toEqual({
      server: 'https://[fd00::1]:6443',
      place: 'this pod',
      user: 'the service account of this pod',
      namespace: 'tools',
      ca: 'CA',
      serverName: undefined,
      isUnchecked: false,
      proof: { kind: 'token-file', file: path.join(serviceAccountFolder, 'token') },
      certificate: null,
    });
    expect(await refusal(clusterAccess({ context: 'dev' }, { env: pod, serviceAccountFolder }))).toMatch(
      /no kubeconfig that could have the context dev/u,
    );
  });

  it('no cluster is guessed', async () => {
    const serviceAccountFolder = await folderWith({});

    for (const env of [{}, pod, { HOME: serviceAccountFolder }])
      expect(await refusal(clusterAccess({}, { env, serviceAccountFolder }))).toMatch(
        /no cluster is known: there is neither a kubeconfig nor a service account/u,
      );
  });
});
