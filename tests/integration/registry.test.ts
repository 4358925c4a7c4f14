import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { imageReference } from '../../src/domain/image-reference.ts';
import { challengeOf, isOwnRealm } from '../../src/extractors/registry/challenge.ts';
import {
  credentialFor,
  dockerConfig,
  NO_DOCKER_CONFIG,
  readDockerConfig,
  type DockerConfig,
} from '../../src/extractors/registry/docker-config.ts';
import { RegistryFailure } from '../../src/extractors/registry/failure.ts';
import { RegistryReader, type ImageLabels } from '../../src/extractors/registry/index.ts';
import { AnswerTooLong, http } from '../../src/io/http.ts';
import type { Http } from '../../src/io/ports.ts';
import * as make from '../support/registry/images.ts';
import { startRegistry, type RegistryDouble, type RegistryOptions } from '../support/registry/server.ts';

const REVISION = 'org.opencontainers.image.revision';
const SHA = '9c1e0d8f7a6b5c4d3e2f1a0b9c8d7e6f5a4b3c2d';
const SHOP = make.image({ labels: { [REVISION]: SHA } });

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function registry(options: RegistryOptions = {}): Promise<RegistryDouble> {
  const double = await startRegistry(options);
  closers.push(async () => await double.close());
  double.push('acme/shop', '1.0', SHOP);
  return double;
}

interface World {
  readonly docker?: DockerConfig;
  readonly plainHttp?: readonly string[];
  readonly http?: Http;
  readonly signal?: AbortSignal;
}

function reader(
  double: RegistryDouble,
  { docker = NO_DOCKER_CONFIG, plainHttp = [], http: other, signal }: World = {},
) {
  const waits: number[] = [];
  const time = { now: Date.UTC(2026, 7, 20, 10) };
  const clock = {
    now: () => new Date(time.now),
    sleep: async (milliseconds: number, aborted?: AbortSignal) => {
      aborted?.throwIfAborted();
      waits.push(milliseconds);
      time.now += milliseconds;
    },
  };
  const deps = { http: other ?? double.http, clock, version: '1.2.3', signal };
  return { reader: new RegistryReader({ docker, plainHttp, timeoutMs: 5000 }, deps), waits, time };
}

function named(text: string) {
  const image = imageReference(text);
  if (image === null) throw new Error(`no image: ${text}`);
  return image;
}

async function labelsOf(double: RegistryDouble, text = 'registry.example/acme/shop:1.0', world: World = {}) {
  return await reader(double, world).reader.labelsOf(named(text));
}

async function failure(reading: Promise<unknown>): Promise<RegistryFailure> {
  const error: unknown = await reading.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof RegistryFailure) return error;
  throw new Error(`no failure of a registry: ${String(error)}`);
}

function docker(...entries: readonly (readonly [string, string])[]): DockerConfig {
  const auths = Object.fromEntries(
    entries.map(([place, user]) => [place, { auth: Buffer.from(user).toString('base64') }]),
  );
  return dockerConfig(JSON.stringify({ auths }), 'config.json');
}

describe('the labels of an image', () => {
  it('stand in its configuration, the annotations in its manifest', async () => {
    const double = await registry();
    const image = make.image({ labels: { [REVISION]: SHA }, annotations: { a: 'b' } });
    double.push('acme/shop', '2.0', image);

    expect(await labelsOf(double, 'registry.example/acme/shop:2.0')).toEqual({
      name: 'registry.example/acme/shop',
      digest: image.manifest.digest,
      imageDigest: image.manifest.digest,
      labels: { [REVISION]: SHA },
      annotations: { a: 'b' },
    });
    expect(double.requests.map(({ at, path: asked }) => `${at}${asked}`)).toEqual([
      'https://registry.example/v2/acme/shop/manifests/2.0',
      `https://registry.example/v2/acme/shop/blobs/${image.config.digest}`,
    ]);
  });

  it.each([
    [make.OCI_INDEX, make.OCI_MANIFEST, make.OCI_CONFIG],
    [make.DOCKER_LIST, make.DOCKER_MANIFEST, make.DOCKER_CONFIG],
  ])('of an index (%s) are those for linux/amd64', async (mediaType, manifest, config) => {
    const double = await registry();
    const images = ['unknown', 'arm64', 'amd64', 'windows'].map((name) =>
      make.image({ labels: { name }, annotations: { own: name }, mediaTypes: [manifest, config] }),
    );
    const platforms = ['unknown/unknown', 'linux/arm64', 'linux/amd64', 'windows/amd64'];
    const index = make.index(
      images.map((image, at) => [platforms[at] ?? '', image] as const),
      { mediaType, annotations: { own: 'index', of: 'index' } },
    );
    images.forEach((image, at) => double.push('acme/many', String(at), image));
    double.push('acme/many', 'all', index);

    expect(await labelsOf(double, 'registry.example/acme/many:all')).toEqual({
      name: 'registry.example/acme/many',
      digest: index.digest,
      imageDigest: images[2]?.manifest.digest,
      labels: { name: 'amd64' },
      annotations: { own: 'amd64', of: 'index' },
    });
  });

  it('of an index without that platform are those of the first that is any', async () => {
    const double = await registry();
    const arm = make.image({ labels: { name: 'arm' } });
    double.push('acme/arm', '1', arm);
    double.push(
      'acme/arm',
      'all',
      make.index([
        ['unknown/unknown', SHOP],
        ['darwin/arm64', SHOP],
        ['linux/arm64', arm],
      ]),
    );

    expect((await labelsOf(double, 'registry.example/acme/arm:all'))?.labels).toEqual({ name: 'arm' });
  });

  it('are none where there are none, and of a chart', async () => {
    const double = await registry();
    double.push('acme/bare', '1', make.image({ labels: null }));
    double.push(
      'acme/chart',
      '1',
      make.image({ mediaTypes: [make.OCI_MANIFEST, 'application/vnd.cncf.helm.config.v1+json'] }),
    );

    expect((await labelsOf(double, 'registry.example/acme/bare:1'))?.labels).toEqual({});
    expect((await labelsOf(double, 'registry.example/acme/chart:1'))?.labels).toEqual({});
    expect(double.requests.filter(({ path: asked }) => asked.startsWith('/v2/acme/chart'))).toHaveLength(1);
  });

  it('are texts of a sensible length and number', async () => {
    const double = await registry();
    const many = Object.fromEntries(Array.from({ length: 600 }, (_, at) => [`label-${String(at)}`, 'x']));
    double.push('acme/odd', '1', make.image({ labels: { number: 1, text: 'x', long: 'y'.repeat(5000) } }));
    double.push('acme/odd', '2', make.image({ labels: many }));

    expect((await labelsOf(double, 'registry.example/acme/odd:1'))?.labels).toEqual({ text: 'x' });
    expect(Object.keys((await labelsOf(double, 'registry.example/acme/odd:2'))?.labels ?? {})).toHaveLength(
      500,
    );
  });

  it('of an image that the registry does not have are null', async () => {
    const double = await registry();

    expect(await labelsOf(double, 'registry.example/acme/shop:gone')).toBeNull();
    expect(await labelsOf(double, `registry.example/acme/shop@sha256:${'0'.repeat(64)}`)).toBeNull();
  });

  it('are asked for as latest where nothing is said, and by digest where there is one', async () => {
    const double = await registry();
    double.push('acme/shop', 'latest', SHOP);
    const { digest } = SHOP.manifest;

    expect(await labelsOf(double, 'registry.example/acme/shop')).not.toBeNull();
    expect(await labelsOf(double, `registry.example/acme/shop:other@${digest}`)).toMatchObject({ digest });
    expect(double.requests[0]?.path).toBe('/v2/acme/shop/manifests/latest');
    expect(double.requests[2]?.path).toBe(`/v2/acme/shop/manifests/${digest}`);
  });

  it("of Docker Hub's are asked for at its registry, under library where there is no owner", async () => {
    const double = await registry();
    double.push('library/nginx', '1', SHOP);

    expect(await labelsOf(double, 'nginx:1')).toMatchObject({ name: 'docker.io/library/nginx' });
    expect(double.requests[0]).toMatchObject({
      at: 'https://registry-1.docker.io',
      path: '/v2/library/nginx/manifests/1',
    });
  });
});

describe('what is known already', () => {
  const kept: ImageLabels = {
    name: 'registry.example/acme/shop',
    digest: SHOP.manifest.digest,
    imageDigest: SHOP.manifest.digest,
    labels: { from: 'before' },
    annotations: {},
  };
  const known = (name: string, digest: string) =>
    name === kept.name && digest === kept.digest ? kept : null;

  it('is not asked for again by digest, and by tag only which digest it has', async () => {
    const double = await registry();
    const { reader: one } = reader(double);

    expect(await one.labelsOf(named(`registry.example/acme/shop@${kept.digest}`), known)).toBe(kept);
    expect(double.requests).toHaveLength(0);
    expect(await one.labelsOf(named('registry.example/acme/shop:1.0'), known)).toBe(kept);
    expect(double.requests).toHaveLength(1);
  });
});

describe('what a registry sends', () => {
  it.each([
    [
      'something else than its digest says',
      'manifests/sha256',
      { status: 200, body: '{"manifests":[]}' },
      'something else than sha256:',
    ],
    ['no JSON', 'manifests', { status: 200, body: '<html>' }, 'a form that is not known'],
    [
      'the oldest form',
      'manifests',
      { status: 200, body: '{"schemaVersion":1}' },
      'a form that is not known',
    ],
    ['an empty index', 'manifests/1', { status: 200, body: '{"manifests":[]}' }, 'leads to no image'],
    [
      'a path for a digest',
      'manifests/1',
      { status: 200, body: '{"config":{"mediaType":"a","size":1,"digest":"sha256:../../x"}}' },
      'a form that is not known',
    ],
    [
      'another configuration',
      'blobs',
      { status: 200, body: '{"config":{"Labels":{}}}' },
      'something else than sha256:',
    ],
    ['more than it said', 'blobs', { status: 200, body: 'x'.repeat(5000) }, 'is longer than'],
    ['a manifest without end', 'manifests', { status: 200, body: 'x'.repeat(5 * 2 ** 20) }, 'is longer than'],
    ['no configuration', 'blobs', { status: 404 }, 'configuration is not there'],
    ['a refusal', 'manifests', { status: 403 }, 'status 403'],
    [
      'a status of its own',
      'manifests',
      { status: 418, body: '{"errors":[{"code":"TEAPOT"}]}' },
      'status 418 TEAPOT',
    ],
  ] as const)('%s is not taken', async (_, part, fault, message) => {
    const double = await registry({
      fault: ({ path: asked }) => (asked.includes(`/${part}`) ? fault : null),
    });
    const text = part.includes('sha256') ? `acme/shop@${SHOP.manifest.digest}` : 'acme/shop:1.0';

    const error = await failure(labelsOf(double, `registry.example/${text}`));

    expect(error.message).toContain(message);
    expect(error.message).toContain('registry.example/acme/shop');
    expect(error.isFinal).toBe(false);
    expect(error.hint).toBeTruthy();
  });

  it('is not read where it is said to be too long', async () => {
    const double = await registry();
    double.push('acme/big', '1', make.image({ size: 2 ** 30 }));

    expect((await failure(labelsOf(double, 'registry.example/acme/big:1'))).message).toContain(
      '1073741824 bytes',
    );
    expect(double.requests).toHaveLength(1);
  });

  it('is an index in an index: that leads nowhere', async () => {
    const double = await registry();
    const inner = make.index([['linux/amd64', SHOP]]);
    double.push('acme/deep', 'inner', inner);
    double.push('acme/deep', '1', make.index([['linux/amd64', { manifest: inner, config: SHOP.config }]]));

    expect((await failure(labelsOf(double, 'registry.example/acme/deep:1'))).message).toContain('no image');
  });
});

describe('a registry that wants a token', () => {
  it('gets one that anybody gets, once for all requests about an image', async () => {
    const double = await registry({ auth: 'token' });
    const { reader: one } = reader(double);

    await one.labelsOf(named('registry.example/acme/shop:1.0'));
    await one.labelsOf(named('registry.example/acme/shop:1.0'));

    const tokens = double.requests.filter(({ path: asked }) => asked === '/token');
    expect(tokens).toHaveLength(1);
    expect(tokens[0]).toMatchObject({
      authorization: null,
      query: { service: 'registry.example', scope: 'repository:acme/shop:pull' },
    });
    expect(double.requests).toHaveLength(6);
  });

  it('gets another one when that has ended, and for another image', async () => {
    const double = await registry({ auth: 'token', expiresIn: 60 });
    double.push('acme/admin', '1.0', SHOP);
    const { reader: one, time } = reader(double);
    const tokens = () => double.requests.filter(({ path: asked }) => asked === '/token').length;

    await one.labelsOf(named('registry.example/acme/shop:1.0'));
    time.now += 55_000;
    await one.labelsOf(named('registry.example/acme/shop:1.0'));
    expect(tokens()).toBe(2);
    await one.labelsOf(named('registry.example/acme/admin:1.0'));
    expect(tokens()).toBe(3);
  });

  it('is shown the password of Docker, and nobody else is', async () => {
    const double = await registry({
      auth: 'token',
      realm: 'https://auth.registry.example/token',
      users: ['ada:s3cret'],
      blobsElsewhere: true,
    });
    const world = { docker: docker(['registry.example', 'ada:s3cret'], ['other.example', 'eve:wrong']) };

    expect((await labelsOf(double, undefined, world))?.labels).toEqual({ [REVISION]: SHA });
    expect(double.requests.map(({ at, authorization }) => [at, authorization])).toEqual([
      ['https://registry.example', null],
      ['https://auth.registry.example', `Basic ${Buffer.from('ada:s3cret').toString('base64')}`],
      ['https://registry.example', 'Bearer token-for-repository:acme/shop:pull'],
      ['https://registry.example', 'Bearer token-for-repository:acme/shop:pull'],
    ]);
    expect(double.elsewhere.map(({ authorization }) => authorization)).toEqual([null]);
  });

  it('that lets a stranger make its tokens sends the password to nobody', async () => {
    const realm = 'https://evil.example/token';
    const double = await registry({ auth: 'token', realm, users: ['ada:s3cret'] });

    const error = await failure(
      labelsOf(double, undefined, { docker: docker(['registry.example', 'ada:s3cret']) }),
    );

    expect(double.requests.map(({ authorization }) => authorization)).toEqual([null, null]);
    expect(error.hint).toBe(
      'the password of ada was not sent to evil.example, which is not of registry.example.',
    );
  });

  it.each(['http://registry.example/token', 'https://a:b@registry.example/token', 'ftp://registry.example/'])(
    'at %s is not asked for one',
    async (realm) => {
      const double = await registry({ auth: 'token', realm });

      const error = await failure(labelsOf(double));

      expect(error.message).toContain('not safe');
      expect(double.requests).toHaveLength(1);
    },
  );

  it.each([
    ['no JSON', { status: 200, body: 'hello' }, 'no token from registry.example, but status 200'],
    ['no token', { status: 200, body: '{"token":""}' }, 'no token'],
    ['a token that is no header', { status: 200, body: '{"token":"a\\nb"}' }, 'no token'],
    ['a refusal', { status: 403, body: '' }, 'to nobody, or not to us'],
  ])('and answers with %s gets no further', async (_, fault, message) => {
    const double = await registry({
      auth: 'token',
      fault: ({ path: asked }) => (asked === '/token' ? fault : null),
    });

    expect((await failure(labelsOf(double))).message).toContain(message);
  });

  it('and takes none of its own tokens is asked twice, not for ever', async () => {
    const fault = ({ path: asked }: { readonly path: string }) =>
      asked === '/token'
        ? null
        : {
            status: 401,
            headers: {
              'www-authenticate': 'Bearer realm="https://registry.example/token",service="registry.example"',
            },
          };
    const double = await registry({ fault });

    expect((await failure(labelsOf(double))).hint).toBe('if it is not public: docker login registry.example');
    expect(double.requests).toHaveLength(3);
  });
});

describe('a registry that wants a password', () => {
  it('gets it only where there is one, and it is right', async () => {
    const double = await registry({ auth: 'basic', users: ['ada:s3cret'] });
    const right = { docker: docker(['https://registry.example/v2/', 'ada:s3cret']) };
    const wrong = { docker: docker(['registry.example', 'ada:other']) };

    expect(await labelsOf(double, undefined, right)).not.toBeNull();
    expect((await failure(labelsOf(double, undefined, wrong))).hint).toContain('see whether ada may pull it');
    expect((await failure(labelsOf(double))).hint).toContain('docker login registry.example');
  });

  it('that a program keeps does not get it, and the reader is told', async () => {
    const double = await registry({ auth: 'basic', users: ['ada:s3cret'] });
    const helped = dockerConfig('{"auths":{"registry.example":{}},"credsStore":"desktop"}', '');

    expect((await failure(labelsOf(double, undefined, { docker: helped }))).hint).toContain(
      'kept by a program',
    );
  });

  it('does not get it without encryption', async () => {
    const double = await registry({ auth: 'basic', users: ['ada:s3cret'] });
    const world = { docker: docker([double.local, 'ada:s3cret']), plainHttp: [double.local] };

    const error = await failure(labelsOf(double, `${double.local}/acme/shop:1.0`, world));

    expect(error.hint).toContain('not sent without encryption');
    expect(double.requests.every(({ authorization }) => authorization === null)).toBe(true);
  });
});

describe('a registry without encryption', () => {
  it('is asked only where the configuration says so, and may make its own tokens', async () => {
    const double = await registry({ auth: 'token' });

    const found = await labelsOf(double, `${double.local}/acme/shop:1.0`, { plainHttp: [double.local] });

    expect(found?.labels).toEqual({ [REVISION]: SHA });
    const error = await failure(labelsOf(double, `${double.local}/acme/shop:1.0`));
    expect(error.message).toContain('no answer from');
  });
});

describe('a registry that is busy', () => {
  it.each([
    ['7', 7000],
    ['Thu, 20 Aug 2026 10:00:30 GMT', 30_000],
    [undefined, 5000],
  ])('is asked again when it says: Retry-After %s', async (after, wait) => {
    const headers = after === undefined ? {} : { 'retry-after': after };
    const double = await registry({ fault: (_, number) => (number === 0 ? { status: 429, headers } : null) });
    const { reader: one, waits } = reader(double);

    expect(await one.labelsOf(named('registry.example/acme/shop:1.0'))).not.toBeNull();
    expect(waits).toEqual([wait]);
  });

  it('for hours, or again and again, is left alone', async () => {
    const hours = await registry({ fault: () => ({ status: 429, headers: { 'retry-after': '21600' } }) });
    const always = await registry({ fault: () => ({ status: 429, headers: { 'retry-after': '1' } }) });
    const { reader: one, waits } = reader(always);

    const error = await failure(labelsOf(hours));

    expect(error).toMatchObject({ isFinal: true, kind: 'source' });
    expect(error.hint).toContain('again in 360 min');
    expect(hours.requests).toHaveLength(1);
    await failure(one.labelsOf(named('registry.example/acme/shop:1.0')));
    expect(waits).toEqual([1000, 1000, 1000]);
  });

  it.each([[{ status: 503 }], ['cut' as const]])('for a moment (%j) is asked again', async (fault) => {
    const double = await registry({ fault: (_, number) => (number < 2 ? fault : null) });
    const { reader: one, waits } = reader(double);

    expect(await one.labelsOf(named('registry.example/acme/shop:1.0'))).not.toBeNull();
    expect(waits).toEqual([1000, 2000]);
  });

  it('for good is given up, with the reason', async () => {
    const double = await registry({ fault: () => ({ status: 502 }) });

    const error = await failure(labelsOf(double));

    expect(error.message).toBe('registry.example/acme/shop:1.0: no answer from registry.example: status 502');
    expect(error.isFinal).toBe(true);
    expect(double.requests).toHaveLength(4);
  });

  it('is left at once when the user stops', async () => {
    const double = await registry({ fault: () => ({ status: 503 }) });
    const stop = new AbortController();
    const reason = new Error('stopped');
    const asked: Http = async (request) => {
      const answer = await double.http(request);
      stop.abort(reason);
      return answer;
    };

    await expect(labelsOf(double, undefined, { http: asked, signal: stop.signal })).rejects.toBe(reason);
    expect(double.requests).toHaveLength(1);
  });
});

describe('how a registry asks', () => {
  it.each([
    ['Basic realm="x"', 'basic'],
    ['Bearer realm="https://r.example/t",service="s"', 'https://r.example/t s'],
    ['Basic realm="x", Bearer realm="https://r.example/t"', 'https://r.example/t null'],
    ['bearer Realm="https://r.example/t?a=b" , Basic realm="x"', 'https://r.example/t?a=b null'],
    ['Bearer realm="nowhere"', null],
    ['Negotiate', null],
    ['', null],
    [`Bearer realm="https://r.example/${'a'.repeat(5000)}"`, null],
  ])('%s', (header, expected) => {
    const found = challengeOf(header);
    const words = found?.kind === 'bearer' ? `${found.realm.href} ${String(found.service)}` : found?.kind;

    expect(words ?? null).toBe(expected);
  });

  it.each([
    ['https://quay.io/v2/auth', 'quay.io', true],
    ['https://auth.docker.io/token', 'registry-1.docker.io', true],
    ['https://gitlab.com/jwt/auth', 'registry.gitlab.com', true],
    ['https://gitlab.example.com/jwt', 'gitlab.example.com:5050', true],
    ['https://auth.quay.io/token', 'quay.io', true],
    ['https://evilquay.io/token', 'quay.io', false],
    ['https://evil.io/token', 'quay.io', false],
    ['https://evilgitlab.com/jwt', 'registry.gitlab.com', false],
    ['https://evil.example/jwt', 'registry.gitlab.com', false],
    ['https://10.0.0.2/t', '10.0.0.1:5000', false],
    ['https://10.0.0.1/t', '10.0.0.1:5000', true],
  ])('with tokens from %s, %s: its own is %s', (realm, host, isOwn) => {
    expect(isOwnRealm(new URL(realm), host)).toBe(isOwn);
  });
});

describe("Docker's configuration", () => {
  it('has a password for a registry, or for the longest beginning of a name', () => {
    const config = docker(
      ['quay.io', 'a:1'],
      ['quay.io/acme', 'b:2:3'],
      ['https://index.docker.io/v1/', 'c:4'],
    );
    const user = (text: string) => {
      const found = credentialFor(named(text), config);
      return found && `${found.username} ${found.password}`;
    };

    expect(user('quay.io/other/shop')).toBe('a 1');
    expect(user('quay.io/acme/shop')).toBe('b 2:3');
    expect(user('quay.io/acme-two/shop')).toBe('a 1');
    expect(user('nginx')).toBe('c 4');
    expect(user('quay.io.evil.example/acme/shop')).toBeNull();
    expect(user('quay.io:5000/acme/shop')).toBeNull();
  });

  it('is read from where Docker has it, and is none where there is no file', async () => {
    const home = await mkdtemp(path.join(tmpdir(), 'docker-'));
    closers.push(async () => await rm(home, { recursive: true }));
    await writeFile(path.join(home, 'config.json'), '{"auths":{"quay.io":{"username":"a","password":"1"}}}');

    expect(readDockerConfig({ DOCKER_CONFIG: home }, '/nowhere').credentials).toEqual([
      { place: 'quay.io', username: 'a', password: '1' },
    ]);
    expect(readDockerConfig({}, home)).toBe(NO_DOCKER_CONFIG);
  });

  it.each(['{', '[]', '"x"'])('%s is none, and the message does not repeat it', (text) => {
    expect(() => dockerConfig(text, 'config.json')).toThrow(
      /^config\.json is not the configuration of Docker$/u,
    );
  });

  it.each(['{}', '{"auths":{"quay.io":{"auth":"!!!"}}}', '{"auths":{"quay.io":null}}', '{"auths":7}'])(
    '%s has none',
    (text) => {
      expect(dockerConfig(text, '').credentials).toEqual([]);
    },
  );

  it('knows for which registries a program keeps it', () => {
    const some = dockerConfig('{"credHelpers":{"gcr.io":"gcloud"}}', '');

    expect([some.hasHelper('gcr.io'), some.hasHelper('quay.io')]).toEqual([true, false]);
  });
});

describe('an answer with a bound', () => {
  it('is whole up to it, and an error beyond', async () => {
    const double = await registry({ fault: () => ({ status: 200, body: 'äöü' }) });
    const request = { url: `http://${double.local}/`, method: 'GET', headers: {}, timeoutMs: 5000 };

    expect((await http({ ...request, maxBytes: 6 })).text).toBe('äöü');
    await expect(http({ ...request, maxBytes: 5 })).rejects.toThrow(AnswerTooLong);
  });
});
