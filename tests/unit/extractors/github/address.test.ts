import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { githubAddress, tokenFor, type GitHubAddress } from '../../../../src/extractors/github/address.ts';

const GITHUB: GitHubAddress = {
  owner: 'acme',
  name: 'shop',
  host: 'github.com',
  api: 'https://api.github.com',
  isEnterprise: false,
};
const SERVER = 'https://github.example.com';

describe('the address of origin', () => {
  it.each([
    'https://github.com/acme/shop',
    'https://github.com/acme/shop.git',
    'https://github.com/acme/shop/',
    'https://github.com/acme/shop.git/',
    'https://github.com/acme/shop//',
    'https://github.com:443/acme/shop.git',
    'http://github.com/acme/shop',
    'git://github.com/acme/shop.git',
    'https://www.github.com/acme/shop',
    'https://ada@github.com/acme/shop.git',
    'https://ada:s3cret@github.com/acme/shop.git',
    'https://GitHub.COM/acme/shop.git',
    'git@github.com:acme/shop',
    'git@github.com:acme/shop.git',
    'git@github.com:acme/shop/',
    'git@GITHUB.com:acme/shop.git',
    'github.com:acme/shop.git',
    'org-1234@github.com:acme/shop.git',
    'git@github.com:/acme/shop.git',
    'ssh://git@github.com/acme/shop.git',
    'ssh://git@github.com:22/acme/shop.git',
    'ssh://git@ssh.github.com:443/acme/shop.git',
  ])('%s is on github.com', (origin) => {
    expect(githubAddress(origin, null)).toEqual(GITHUB);
    expect(githubAddress(origin, SERVER)).toEqual(GITHUB);
  });

  it('keeps dots and capital letters of the name, and takes away one .git', () => {
    expect(githubAddress('https://github.com/Acme/Shop.js.git', null)).toMatchObject({
      owner: 'Acme',
      name: 'Shop.js',
    });
  });

  it.each([
    'https://acme.ghe.com/acme/shop.git',
    'git@acme.ghe.com:acme/shop.git',
    'ssh://git@ACME.ghe.com/acme/shop',
  ])(
    '%s is on GHE.com, whose interface is at a host of its own and whose token is the usual one',
    (origin) => {
      expect(githubAddress(origin, null)).toEqual({
        owner: 'acme',
        name: 'shop',
        host: 'acme.ghe.com',
        api: 'https://api.acme.ghe.com',
        isEnterprise: false,
      });
    },
  );

  it.each([
    ['https://github.example.com/acme/shop.git', SERVER],
    ['https://github.example.com/acme/shop.git', `${SERVER}/`],
    ['https://github.example.com/acme/shop.git', 'https://GitHub.Example.com'],
    ['git@github.example.com:acme/shop.git', SERVER],
    ['ssh://git@github.example.com:2222/acme/shop.git', SERVER],
  ])('%s is on the server %s', (origin, baseUrl) => {
    expect(githubAddress(origin, baseUrl)).toEqual({
      owner: 'acme',
      name: 'shop',
      host: 'github.example.com',
      api: 'https://github.example.com/api/v3',
      isEnterprise: true,
    });
  });

  it.each([
    ['https://github.example.com:8443/acme/shop.git'],
    ['ssh://git@github.example.com:2222/acme/shop.git'],
    ['git@github.example.com:acme/shop.git'],
  ])('%s is on a server whose interface has a port of its own', (origin) => {
    expect(githubAddress(origin, 'https://github.example.com:8443')).toMatchObject({
      host: 'github.example.com:8443',
      api: 'https://github.example.com:8443/api/v3',
    });
  });

  it('is no server that nobody named', () => {
    expect(githubAddress('https://github.example.com/acme/shop.git', null)).toBeNull();
    expect(githubAddress('https://git.example.com/acme/shop.git', SERVER)).toBeNull();
  });

  it.each([
    '/home/ada/github.com/acme/shop',
    './github.com/acme/shop',
    '../acme/shop',
    'acme/shop',
    '~/acme/shop.git',
    'file:///srv/git/acme/shop.git',
    'file:///github.com/acme/shop',
    'file://github.com/acme/shop.git',
    'C:/Users/ada/shop',
    String.raw`C:\Users\ada\shop`,
    '',
    'https://github.com',
    'https://github.com/',
    'https://github.com/acme',
    'https://github.com/acme/',
    'https://github.com/acme/.git',
    'https://github.com/acme/shop/pulls',
    'https://github.com/group/sub-group/shop.git',
    'git@github.com:group/sub-group/shop.git',
    'https://gitlab.com/acme/shop.git',
    'https://gitlab.com/github.com/acme/shop.git',
    'git@bitbucket.org:acme/shop.git',
    'git@github.com:/shop.git',
  ])('"%s" is no repository on GitHub', (origin) => {
    expect(githubAddress(origin, null)).toBeNull();
    expect(githubAddress(origin, SERVER)).toBeNull();
  });

  it.each([
    'https://github.com.evil.example/acme/shop.git',
    'https://evilgithub.com/acme/shop.git',
    'https://evil-github.com/acme/shop.git',
    'https://evil.github.com/acme/shop.git',
    'https://githubxcom/acme/shop.git',
    'https://github.com@evil.example/acme/shop.git',
    'https://github.com:x@evil.example/acme/shop.git',
    'https://evil.example/github.com/acme/shop.git',
    'https://evil.example#github.com/acme/shop.git',
    'https://evil.example?.github.com/acme/shop.git',
    'git@github.com.evil.example:acme/shop.git',
    'git@evilgithub.com:acme/shop.git',
    'git@github.com-work:acme/shop.git',
    'ssh://git@github.com.evil.example:443/acme/shop.git',
    'https://acme.ghe.com.evil.example/acme/shop.git',
    'https://evilghe.com/acme/shop.git',
    'https://ghe.com/acme/shop.git',
    'https://github.example.com.evil.example/acme/shop.git',
    'https://evilgithub.example.com/acme/shop.git',
  ])('%s only looks like GitHub', (origin) => {
    expect(githubAddress(origin, null)).toBeNull();
    expect(githubAddress(origin, SERVER)).toBeNull();
  });

  it.each([
    'https://evil.example#.ghe.com/acme/shop.git',
    'https://evil.example?.ghe.com/acme/shop.git',
    String.raw`https://evil.example\.ghe.com/acme/shop.git`,
  ])('%s only looks like GHE.com', (origin) => {
    const api = githubAddress(origin, null)?.api;
    expect(api === undefined || new URL(api).hostname.endsWith('.ghe.com')).toBe(true);
  });

  it('https://github.com//shop.git has no owner', () => {
    expect(githubAddress('https://github.com//shop.git', null)).toBeNull();
  });

  it('asks no host but github.com, one below ghe.com or the server that was named', () => {
    const forms = fc.constantFrom(
      (host: string) => `https://${host}/acme/shop.git`,
      (host: string) => `ssh://git@${host}:22/acme/shop.git`,
      (host: string) => `git@${host}:acme/shop.git`,
    );
    const hosts = fc.oneof(
      fc.domain(),
      fc
        .tuple(fc.constantFrom('github.com', 'acme.ghe.com', 'github.example.com'), fc.domain())
        .map(([known, other]) => `${known}.${other}`),
      fc
        .tuple(fc.stringMatching(/^[a-z0-9.-]{1,5}$/u), fc.constantFrom('github.com', 'github.example.com'))
        .map(([other, known]) => `${other}${known}`),
    );
    fc.assert(
      fc.property(forms, hosts, (form, host) => {
        const known = ['github.com', 'www.github.com', 'ssh.github.com', 'github.example.com'];
        const address = githubAddress(form(host), SERVER);
        if (!known.includes(host) && !host.endsWith('.ghe.com')) expect(address).toBeNull();
      }),
    );
  });

  it('takes any text for no address rather than fail', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(() => githubAddress(text, SERVER)).not.toThrow();
      }),
    );
  });
});

describe('the token', () => {
  const enterprise: GitHubAddress = { ...GITHUB, host: 'github.example.com', isEnterprise: true };
  const all = {
    GH_ENTERPRISE_TOKEN: 'a',
    GITHUB_ENTERPRISE_TOKEN: 'b',
    GITHUB_TOKEN: 'c',
    GH_TOKEN: 'd',
  };

  it('for github.com is GITHUB_TOKEN, else GH_TOKEN', () => {
    expect(tokenFor(GITHUB, all)).toEqual({ token: 'c', variable: 'GITHUB_TOKEN' });
    expect(tokenFor(GITHUB, { ...all, GITHUB_TOKEN: undefined })).toEqual({
      token: 'd',
      variable: 'GH_TOKEN',
    });
  });

  it('of an enterprise server is never sent to github.com', () => {
    const { GH_ENTERPRISE_TOKEN, GITHUB_ENTERPRISE_TOKEN } = all;
    expect(tokenFor(GITHUB, { GH_ENTERPRISE_TOKEN, GITHUB_ENTERPRISE_TOKEN })).toBeNull();
  });

  it.each([
    ['GH_ENTERPRISE_TOKEN', []],
    ['GITHUB_ENTERPRISE_TOKEN', ['GH_ENTERPRISE_TOKEN']],
    ['GITHUB_TOKEN', ['GH_ENTERPRISE_TOKEN', 'GITHUB_ENTERPRISE_TOKEN']],
    ['GH_TOKEN', ['GH_ENTERPRISE_TOKEN', 'GITHUB_ENTERPRISE_TOKEN', 'GITHUB_TOKEN']],
  ])('for an enterprise server is %s where %s are not set', (variable, unset) => {
    const env = Object.fromEntries(Object.entries(all).filter(([name]) => !unset.includes(name)));
    expect(tokenFor(enterprise, env)?.variable).toBe(variable);
  });

  it('is not the empty variable, and has no space around it', () => {
    expect(tokenFor(GITHUB, { GITHUB_TOKEN: ' \n', GH_TOKEN: ' d\n' })).toEqual({
      token: 'd',
      variable: 'GH_TOKEN',
    });
    expect(tokenFor(GITHUB, { GITHUB_TOKEN: '' })).toBeNull();
    expect(tokenFor(enterprise, {})).toBeNull();
  });

  it.each(['gh p', 'ghp_\n1', 'ghp_“1”', 'ghp_1\u0000', 'ghp_ä'])(
    'that cannot be one, %j, is refused without being told',
    (token) => {
      const refused = () => tokenFor(GITHUB, { GITHUB_TOKEN: token });

      expect(refused).toThrow('GITHUB_TOKEN holds a character that no token has');
      expect(refused).not.toThrow(token);
    },
  );
});

describe('a repository that the configuration names by its address', () => {
  it('gets no token for github.com on a server of its own', () => {
    const address = githubAddress(`${SERVER}/acme/shop`, SERVER);
    const env = { GITHUB_TOKEN: 'ghp_mine' };

    expect(address === null ? undefined : tokenFor(address, env, true)).toBeNull();
    expect(
      address === null ? undefined : tokenFor(address, { ...env, GH_ENTERPRISE_TOKEN: 'theirs' }, true),
    ).toEqual({
      token: 'theirs',
      variable: 'GH_ENTERPRISE_TOKEN',
    });
  });
});
