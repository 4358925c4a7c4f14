import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Devlake, tokenVariable } from '../../../src/config/devlake-schema.ts';
import type { DevlakeSettings } from '../../../src/domain/devlake-settings.ts';
import { tokenOf } from '../../../src/pipeline/push-devlake.ts';
import { configurationFolder } from '../../support/config.ts';

const configuration = configurationFolder();

const BASE = 'baseUrl: https://devlake.example.com';

/** The settings of a section in flow style; `rest` is what stands beside it. */
async function section(text: string, rest = ''): Promise<DevlakeSettings> {
  const yaml = `integration: { devlake: { ${text} } }\n${rest}`;
  return (await configuration.load({ yaml })).settings.devlake;
}

/** The lines of the error. */
async function mistakes(text: string, rest = ''): Promise<string> {
  const lines = await configuration.mistakes({ yaml: `integration: { devlake: { ${text} } }\n${rest}` });
  return lines.join('\n');
}

const SNAKE = `
argocd:
  enabled: true
  namespaces:
    - konflux-public-production
  components_to_ignore:
    - monitoring
    - openshift-gitops
integration:
  devlake:
    enabled: true
    base_url: "https://devlake.example.com"
    project_id: "1"  # Global project
    teams:
      - name: "my-team"
        project_id: "2"
        argocd_components:
          - my-service
          - my-api
`;

const CAMEL = SNAKE.replaceAll(/_([a-z])(?=\w*:)/gu, (_, letter: string) => letter.toUpperCase());

describe('the section as another tool writes it', () => {
  it.each([
    ['with low lines', SNAKE],
    ['in camel case', CAMEL],
  ])('is read %s', async (_, yaml) => {
    const { settings } = await configuration.load({ yaml });

    expect(settings.devlake).toEqual({
      isEnabled: true,
      baseUrl: 'https://devlake.example.com/api/rest',
      timeoutSeconds: 30,
      retryForSeconds: 600,
      commits: 'shipped',
      pullRequests: true,
      projects: [
        {
          name: 'global',
          webhook: { kind: 'connection', id: '1' },
          connections: [],
          owns: null,
          tokenVariables: ['DEVLAKE_WEBHOOK_TOKEN'],
        },
        {
          name: 'my-team',
          webhook: { kind: 'connection', id: '2' },
          connections: [],
          owns: { components: ['my-service', 'my-api'], repositories: [] },
          tokenVariables: ['DEVLAKE_WEBHOOK_TOKEN_MY_TEAM', 'DEVLAKE_WEBHOOK_TOKEN'],
        },
      ],
    });
  });

  it('is not what the camel case was made of by chance', () => {
    expect(CAMEL).toContain('argocdComponents:');
    expect(CAMEL).toContain('componentsToIgnore:');
    expect(CAMEL).not.toContain('base_url');
  });

  it('with a key in both spellings is refused', async () => {
    expect(await mistakes(`${BASE}, base_url: https://other.example, projectId: 1`)).toContain(
      'integration.devlake.base_url: is the same as baseUrl',
    );
  });

  it('with a key that is none is refused under the name that it has there', async () => {
    expect(await mistakes(`${BASE}, project_id: 1, retry_for_second: 3`)).toContain('retry_for_second');
    expect(await mistakes('base_url: ftp://x, project_id: 1')).toContain('integration.devlake.base_url');
  });
});

describe('without a section', () => {
  it.each(['', 'integration: {}', 'integration: { devlake: {} }'])('nothing is sent (%j)', async (yaml) => {
    const { devlake } = (await configuration.load({ yaml })).settings;

    expect(devlake).toMatchObject({ isEnabled: false, baseUrl: null, projects: [] });
  });

  it('that switches it off nothing is sent either', async () => {
    expect(await section(`${BASE}, projectId: 1, enabled: false`)).toMatchObject({ isEnabled: false });
  });
});

describe('the address', () => {
  it.each([
    ['https://devlake.example.com', 'https://devlake.example.com/api/rest'],
    ['https://devlake.example.com/', 'https://devlake.example.com/api/rest'],
    ['https://devlake.example.com/api', 'https://devlake.example.com/api/rest'],
    ['https://devlake.example.com/api/', 'https://devlake.example.com/api/rest'],
    ['https://devlake.example.com/api/rest', 'https://devlake.example.com/api/rest'],
    ['https://devlake.example.com/api/rest//', 'https://devlake.example.com/api/rest'],
    ['https://example.com/devlake', 'https://example.com/devlake/api/rest'],
    ['https://lake.example:8080', 'https://lake.example:8080/rest'],
    ['https://lake.example:8080/rest', 'https://lake.example:8080/rest'],
    ['https://DevLake.Example:4000', 'https://devlake.example:4000/api/rest'],
    ['http://localhost:8080', 'http://localhost:8080/rest'],
    ['http://127.0.0.1:4000', 'http://127.0.0.1:4000/api/rest'],
  ])('%s leads to %s', async (address, rest) => {
    expect((await section(`baseUrl: '${address}', projectId: 1`)).baseUrl).toBe(rest);
  });

  it('without encryption has to be allowed', async () => {
    const lake = `baseUrl: 'http://lake.internal:8080', projectId: 1`;

    expect(await mistakes(lake)).toContain('baseUrl: would send the token without encryption');
    expect((await section(`${lake}, allowHttp: true`)).baseUrl).toBe('http://lake.internal:8080/rest');
  });

  it.each([
    'devlake.example.com',
    'ftp://x',
    'file:///x',
    'https://u:p@x',
    'https://x?a=1',
    'https://x#a',
    '',
  ])('is not %j', async (address) => {
    expect(await mistakes(`baseUrl: '${address}', projectId: 1`)).toContain(
      'is not the address of a server (write https://devlake.example.com)',
    );
  });
});

describe('the webhook', () => {
  it.each([
    ['projectId: 7', { kind: 'connection', id: '7' }],
    ["projectId: ' 7 '", { kind: 'connection', id: '7' }],
    ['projectId: the shop', { kind: 'project', name: 'the shop' }],
    ['connection: shop_1.x~y-z', { kind: 'name', name: 'shop_1.x~y-z' }],
  ])('of %s', async (text, webhook) => {
    expect((await section(`${BASE}, ${text}`)).projects[0]?.webhook).toEqual(webhook);
  });

  it.each([
    ['projectId: 0', 'projectId'],
    ['projectId: -1', 'projectId'],
    ['projectId: 1.5', 'projectId'],
    ["projectId: ''", 'projectId'],
    ["projectId: 'a/b'", 'projectId'],
    ["projectId: 'a%2Fb'", 'projectId'],
    ["projectId: 'a:b'", 'projectId'],
    ["connection: 'a@b'", 'may consist of letters, digits, spaces and . _ ~ - only'],
    ["connection: '7'", 'connection: is a number: write it as projectId'],
    [`connection: ${'c'.repeat(81)}`, 'connection: is too long'],
    ['projectId: 1, connection: shop', 'connection: and projectId name a webhook each: keep one of them'],
    ['timeoutSeconds: 30', 'projectId: is missing: give the number of the webhook connection'],
    ['projectId: 1, timeoutSeconds: 0', 'timeoutSeconds'],
    ['projectId: 1, retryForSeconds: -1', 'retryForSeconds'],
    ['projectId: 1, commits: all', 'commits'],
    ['projectId: 1, connections: [{ components: [a] }, { projectId: 2 }]', 'name at least one of them'],
    ['projectId: 1, teams: [{ name: a, components: [a] }]', 'has no webhook'],
    ['projectId: 1, teams: [{ name: Global, projectId: 2 }]', 'stands for everybody: choose another name'],
  ])('%s is refused', async (text, message) => {
    expect(await mistakes(`${BASE}, ${text}`)).toContain(message);
  });

  it('of some components comes before that of the project', async () => {
    const [project] = (
      await section(`${BASE}, projectId: 1, connections: [{ components: ['api*'], connection: api }]`)
    ).projects;

    expect(project?.connections).toEqual([
      { components: ['api*'], repositories: [], webhook: { kind: 'name', name: 'api' } },
    ]);
  });

  it.each([
    'projectId: 1, teams: [{ name: a, projectId: 1, components: [a] }]',
    "projectId: 1, teams: [{ name: a, projectId: '1', components: [a] }]",
    'projectId: 1, teams: [{ name: a, connections: [{ components: [a], projectId: 1 }], components: [a] }]',
    'connection: x, teams: [{ name: a, connection: x, components: [a] }]',
  ])('is not that of two projects: %s', async (text) => {
    expect(await mistakes(`${BASE}, ${text}`)).toMatch(/global and a have the same webhook, [1x]/u);
  });
});

describe('a team', () => {
  const team = `${BASE}, teams: [{ name: Web, projectId: 2 }]`;

  it('has what the team of that name in the configuration has', async () => {
    const { projects } = await section(team, "teams: [{ name: web, components: [ui, 'ui-*'] }]\n");

    expect(projects.map(({ name, owns }) => ({ name, owns }))).toEqual([
      { name: 'Web', owns: expect.objectContaining({ components: ['ui', 'ui-*'] }) },
    ]);
  });

  it('that is in no place is refused', async () => {
    expect(await mistakes(team)).toContain('integration.devlake.teams: Web owns nothing');
  });

  it('without an own name, or an own variable for its token, is refused', async () => {
    const two = (a: string, b: string) =>
      `${BASE}, teams: [{ name: '${a}', projectId: 2, components: [a] }, { name: '${b}', projectId: 3, components: [b] }]`;

    expect(await mistakes(two('my-team', 'my team'))).toContain(
      'has its token in DEVLAKE_WEBHOOK_TOKEN_MY_TEAM',
    );
    expect(await mistakes(two('a', 'A'))).toContain('choose another name');
    expect((await section(two('a', 'b'))).projects).toHaveLength(2);
  });

  it.each([
    ['my-team', 'DEVLAKE_WEBHOOK_TOKEN_MY_TEAM'],
    ['Team 2 (web)', 'DEVLAKE_WEBHOOK_TOKEN_TEAM_2_WEB_'],
  ])('called %s has its token in %s', (name, variable) => {
    expect(tokenVariable(name)).toBe(variable);
  });
});

describe('the token', () => {
  const project = {
    name: 'web',
    webhook: null,
    connections: [],
    owns: null,
    tokenVariables: ['DEVLAKE_WEBHOOK_TOKEN_WEB', 'DEVLAKE_WEBHOOK_TOKEN'],
  };

  it('is its own where there is one, else that of everybody', () => {
    expect(tokenOf(project, { DEVLAKE_WEBHOOK_TOKEN: 'all', DEVLAKE_WEBHOOK_TOKEN_WEB: ' web\n' })).toBe(
      'web',
    );
    expect(tokenOf(project, { DEVLAKE_WEBHOOK_TOKEN: 'all', DEVLAKE_WEBHOOK_TOKEN_WEB: '  ' })).toBe('all');
  });

  it('that is missing, or cannot be one, is told without being said', () => {
    expect(() => tokenOf(project, {})).toThrow('there is no token for web in DevLake');
    expect(() => tokenOf(project, { DEVLAKE_WEBHOOK_TOKEN: 'se cret' })).toThrow(
      /^DEVLAKE_WEBHOOK_TOKEN holds a character that no token has$/u,
    );
    expect(() => tokenOf(project, { DEVLAKE_WEBHOOK_TOKEN: 'secrét' })).toThrow(
      'DEVLAKE_WEBHOOK_TOKEN holds',
    );
  });
});

describe('docs/configuration.md', () => {
  it('has every key of the section', async () => {
    const text = await readFile(path.join(import.meta.dirname, '../../../docs/configuration.md'), 'utf8');
    const rows = text.split('\n').filter((line) => line.startsWith('| `integration.devlake.'));
    const described = new Set(
      rows.flatMap((line) => [...line.matchAll(/`[\w.[\]]*\.(\w+)`/gu)].map(([, key]) => key)),
    );

    expect([...described].sort()).toEqual(
      [...Object.keys(Devlake.shape), ...['name', 'argocdComponents', 'components', 'repositories']].sort(),
    );
  });
});
