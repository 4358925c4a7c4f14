import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AssessedDeployment } from '../../../src/domain/deployment.ts';
import type { DevlakeProject } from '../../../src/domain/devlake-settings.ts';
import type { Incident } from '../../../src/domain/incident.ts';
import type { PullRequest } from '../../../src/domain/pull-request.ts';
import { MINUTE, type EpochMs } from '../../../src/domain/units.ts';
import { DevlakeClient } from '../../../src/exporters/devlake/client.ts';
import { http } from '../../../src/io/http.ts';
import { mask } from '../../../src/io/log.ts';
import type { DevlakeFact } from '../../../src/pipeline/devlake-facts.ts';
import { devlakePlan } from '../../../src/pipeline/devlake-plan.ts';
import type { Deliveries } from '../../../src/storage/delivery-store.ts';
import { assessed, at, REPOSITORY, sha } from '../../support/builders.ts';
import { KEY, startDevLake, type DevLake } from '../../support/devlake/server.ts';
import { FastClock } from '../../support/github-workspace.ts';

const NOON = at('2026-01-12T12:00:00Z');
const ADDRESS = 'https://git.example.org/acme/shop';
/** Of the environment, as that of GitHub would be. */
const SECRET = 'ghp_0123456789abcdefghijklmnopqrstuvwxyz';

/** Parts of a payload that must be so. */
type Expected = Readonly<Record<string, unknown>>;

interface Case {
  readonly name: string;
  readonly fact: DevlakeFact;
  /** Where its repository is. */
  readonly address?: string;
  /** What is sent has these fields (`undefined`: has it not), or why nothing is. */
  readonly then: Expected | string;
}

/** An instant that no branded type would let through. */
function wild(value: number): EpochMs {
  const box: object = { value };
  const instant: EpochMs = Reflect.get(box, 'value');
  return instant;
}

function deploymentOf(
  name: string,
  some: Partial<AssessedDeployment>,
  then: Case['then'],
  { shipped = [], ...more }: { readonly shipped?: readonly string[]; readonly address?: string } = {},
): Case {
  const deployment = { ...assessed('v1', NOON), ...some };
  const { id, repository, component, finishedAt } = deployment;
  const common = { id, repository, components: [component], at: finishedAt };
  return { name, fact: { ...common, kind: 'deployment', deployment, shipped: () => shipped }, then, ...more };
}

function incidentOf(name: string, some: Partial<Incident>, then: Case['then']): Case {
  const incident: Incident = {
    id: 'github:acme/shop#12',
    repository: REPOSITORY,
    component: 'shop',
    openedAt: NOON,
    resolvedAt: null,
    title: 'Checkout answers 502',
    url: null,
    deployment: null,
    severity: null,
    link: null,
    ...some,
  };
  const { id, repository, component, openedAt } = incident;
  const common = { id, repository, components: [component], at: openedAt };
  return { name, fact: { ...common, kind: 'incident', incident }, then };
}

function pullRequestOf(
  name: string,
  { title = 'Retry', ...some }: Partial<PullRequest> & { readonly title?: string },
  then: Case['then'],
): Case {
  const pullRequest: PullRequest = {
    number: 311,
    url: 'https://git.example.org/acme/shop/pull/311',
    author: 'ada',
    byBot: false,
    openedAt: wild(NOON - 60 * MINUTE),
    mergedAt: NOON,
    headBranch: 'retry',
    labels: [],
    mergeCommit: sha('a1'),
    firstReviewAt: null,
    commits: [],
    ...some,
  };
  const common = { id: `${REPOSITORY}#311`, repository: REPOSITORY, components: ['shop'], at: NOON };
  return { name, fact: { ...common, kind: 'pull-request', pullRequest, title }, then };
}

const commitsOf = (count: number, make: (n: number) => string = (n) => n.toString(16).padStart(40, 'e')) =>
  Array.from({ length: count }, (_, n) => make(n));

const hasCommits = (count: number): Expected => ({
  deploymentCommits: expect.objectContaining({ length: count }),
});

const NO_SHA = (shown: string) =>
  `its revision is no full SHA-1 (${shown}), and DevLake knows no other commits`;
const NO_YEAR = 'it finished in a year that DevLake cannot store';
const NO_INCIDENT_YEAR = 'it was opened or resolved in a year that DevLake cannot store';
const NO_PULL_REQUEST_YEAR = 'it was opened or merged in a year that DevLake cannot store';
const NO_ADDRESS = 'the address of its repository is not known, or longer than DevLake can store';

const REVISIONS: readonly Case[] = [
  deploymentOf('no sha', { revision: '' }, NO_SHA('it has none')),
  deploymentOf('a sha of 64 digits', { revision: sha('b2', 64) }, NO_SHA(sha('b2', 64))),
  deploymentOf('a sha in capitals', { revision: 'A'.repeat(40) }, NO_SHA('A'.repeat(40))),
  deploymentOf('a sha with a dash', { revision: `a-${'0'.repeat(38)}` }, NO_SHA(`a-${'0'.repeat(38)}`)),
  deploymentOf('a sha of 39 digits', { revision: '1'.repeat(39) }, NO_SHA('1'.repeat(39))),
  deploymentOf('a sha and a line break', { revision: `${sha('1')}\n` }, NO_SHA(String.raw`${sha('1')}\x0a`)),
  deploymentOf('an image digest', { revision: 'sha256:12ab' }, NO_SHA('sha256:12ab')),
  deploymentOf('a branch in place of a sha', { revision: 'main' }, NO_SHA('main')),
  deploymentOf('a revision of 10,000 letters', { revision: 'g'.repeat(10_000) }, NO_SHA('g'.repeat(70))),
];

const COMMITS: readonly Case[] = [
  deploymentOf('10,000 commits', {}, hasCommits(1000), { shipped: commitsOf(10_000) }),
  deploymentOf('every commit three times', {}, hasCommits(3), {
    shipped: [sha('1'), sha('2'), sha('2'), sha('3'), sha('2'), sha('3'), sha('1'), sha('3')],
  }),
  deploymentOf('commits of 64 digits among the others', {}, hasCommits(2), {
    shipped: [sha('2', 64), sha('2'), sha('3', 64)],
  }),
  deploymentOf('commits that are none', {}, hasCommits(1), { shipped: ['', 'HEAD', '\0', '__proto__'] }),
  deploymentOf(
    'an address of 500 characters',
    {},
    { deploymentCommits: [expect.objectContaining({ repoUrl: `https://h/${'p'.repeat(490)}` })] },
    { address: `https://h/${'p'.repeat(490)}` },
  ),
  deploymentOf('an address of 501 characters', {}, NO_ADDRESS, { address: `https://h/${'p'.repeat(491)}` }),
  deploymentOf('an address that is empty', {}, NO_ADDRESS, { address: '' }),
  deploymentOf('an address of control characters', {}, hasCommits(1), { address: 'a\0b\nc\u202ed' }),
  deploymentOf('an address with half a character', {}, hasCommits(1), { address: 'shop-\ud83d' }),
  ...['constructor', '__proto__', 'toString'].map((address) =>
    deploymentOf(`a repository called ${address}`, {}, hasCommits(2), { address, shipped: [sha('2')] }),
  ),
];

const ENVIRONMENTS: readonly Case[] = [
  ['production', 'PRODUCTION'],
  ['', 'PRODUCTION'],
  ['pre-prod/eu', 'STAGING'],
  ['UAT 2', 'STAGING'],
  ['qa', 'TESTING'],
  ['Dev', 'DEVELOPMENT'],
  ['__proto__', 'PRODUCTION'],
  ['produção\u202e\0', 'PRODUCTION'],
  ['e'.repeat(300), 'PRODUCTION'],
].map(([environment = '', then]) =>
  deploymentOf(
    `the environment ${JSON.stringify(environment.slice(0, 20))}`,
    { environment },
    {
      environment: then,
    },
  ),
);

const FAMILY = '\u{1f469}\u{200d}\u{1f467}';
const SMILE = '\u{1f600}';

const NAMES: readonly Case[] = [
  deploymentOf(
    'a name of 300 characters',
    { name: 'n'.repeat(300) },
    {
      name: `${`${REPOSITORY} ${'n'.repeat(300)}`.slice(0, 254)}…`,
    },
  ),
  deploymentOf(
    'a component of 10,000 characters',
    { component: 'c'.repeat(10_000) },
    {
      name: `${'c'.repeat(254)}…`,
    },
  ),
  deploymentOf('no name and no component', { component: '', name: '' }, hasCommits(1)),
  deploymentOf(
    '255 emoji',
    { component: SMILE.repeat(253), name: SMILE },
    {
      name: `${SMILE.repeat(253)} ${SMILE}`,
    },
  ),
  deploymentOf(
    '256 emoji, the cut within them',
    { component: '', name: SMILE.repeat(256) },
    {
      name: `${SMILE.repeat(254)}…`,
    },
  ),
  deploymentOf(
    'an emoji of several at the cut',
    { component: 'c'.repeat(252), name: FAMILY.repeat(3) },
    {
      name: `${'c'.repeat(252)} \u{1f469}…`,
    },
  ),
  deploymentOf(
    'control characters',
    { name: 'a\u0007b\u001b[31mc\r\n' },
    {
      name: String.raw`${REPOSITORY} a\x07b\x1b[31mc\x0d\x0a`,
    },
  ),
  deploymentOf('NUL', { name: 'a\0b' }, { name: String.raw`${REPOSITORY} a\x00b` }),
  deploymentOf('half a character, the first one', { name: 'a\ud83d' }, { name: `${REPOSITORY} a\u{fffd}` }),
  deploymentOf('half a character, the second one', { name: '\ude00b' }, { name: `${REPOSITORY} \u{fffd}b` }),
  deploymentOf(
    'both halves the wrong way round',
    { name: '\ude00\ud83d' },
    {
      name: `${REPOSITORY} \u{fffd}\u{fffd}`,
    },
  ),
  deploymentOf(
    'marks that turn the text round',
    { name: 'a\u202egpj.exe\u200f' },
    {
      name: String.raw`${REPOSITORY} a\u202egpj.exe\u200f`,
    },
  ),
  deploymentOf(
    'a tag called __proto__',
    { name: '__proto__' },
    {
      deploymentCommits: [expect.objectContaining({ refName: '__proto__' })],
    },
  ),
  deploymentOf('a component called constructor', { component: 'constructor' }, { name: 'constructor v1' }),
  deploymentOf('JSON', { name: '{"result":"SUCCESS"}],' }, { result: 'SUCCESS' }),
  deploymentOf(
    'HTML',
    { name: '<script>alert(1)</script>' },
    {
      name: `${REPOSITORY} <script>alert(1)</script>`,
    },
  ),
  deploymentOf('SQL', { name: `'); DROP TABLE cicd_deployments; --` }, hasCommits(1)),
  deploymentOf('a formula', { component: '=HYPERLINK("http://x")' }, hasCommits(1)),
  deploymentOf('the secret of somebody', { name: `v1-${SECRET}` }, { name: `${REPOSITORY} v1-***` }),
  deploymentOf(
    'a page of 10,000 characters',
    { url: `https://h/${'u'.repeat(10_000)}` },
    {
      displayTitle: expect.objectContaining({ length: 500 }),
    },
  ),
];

const IDS: readonly Case[] = [
  'a%2Fb%3Ac',
  'a/b@c+d e',
  '../../etc/passwd',
  '..',
  '',
  'a\0b\nc',
  '"\'`\\;',
  `${SMILE}é\u202e`,
  'i'.repeat(1000),
  '__proto__',
].flatMap((id) => [
  deploymentOf(
    `a deployment with the id ${JSON.stringify(id.slice(0, 20))}`,
    { id },
    {
      id: expect.stringMatching(/^dora-metrics-1-[\w.-]{1,110}$/u),
    },
  ),
  incidentOf(
    `an incident with the id ${JSON.stringify(id.slice(0, 20))}`,
    { id },
    {
      issueKey: expect.stringMatching(/^[\w.-]{1,110}$/u),
    },
  ),
]);

const DATES: readonly Case[] = [
  deploymentOf('finished in the year 0', { finishedAt: at('0000-06-01T00:00:00Z') }, NO_YEAR),
  deploymentOf('finished in the year 999', { finishedAt: at('0999-12-31T23:59:59.999Z') }, NO_YEAR),
  deploymentOf(
    'finished in the year 1000',
    { finishedAt: at('1000-01-01T00:00:00Z') },
    {
      finishedDate: '1000-01-01T00:00:00.000Z',
    },
  ),
  deploymentOf(
    'finished in the year 9999',
    { finishedAt: at('9999-12-31T23:59:59.999Z') },
    {
      finishedDate: '9999-12-31T23:59:59.999Z',
    },
  ),
  deploymentOf('finished in the year 10000', { finishedAt: wild(Date.UTC(10_000, 0)) }, NO_YEAR),
  deploymentOf('finished at no time', { finishedAt: wild(Number.NaN) }, NO_YEAR),
  deploymentOf('finished never', { finishedAt: wild(Number.POSITIVE_INFINITY) }, NO_YEAR),
  deploymentOf('finished after the last instant', { finishedAt: wild(8.64e15 + 1) }, NO_YEAR),
  incidentOf('opened at no time', { openedAt: wild(Number.NaN) }, NO_INCIDENT_YEAR),
  incidentOf('resolved at no time', { resolvedAt: wild(Number.NaN) }, NO_INCIDENT_YEAR),
  incidentOf('resolved in the year 10000', { resolvedAt: wild(Date.UTC(10_000, 0)) }, NO_INCIDENT_YEAR),
  incidentOf(
    'resolved before it was opened',
    { resolvedAt: wild(NOON - 1) },
    'it was resolved before it was opened, which DevLake takes for millions of years',
  ),
  incidentOf('resolved when it was opened', { resolvedAt: NOON }, { status: 'DONE', leadTimeMinutes: 0 }),
  incidentOf(
    'open for eight thousand years',
    { openedAt: at('1900-01-01T00:00:00Z'), resolvedAt: at('9999-12-31T00:00:00Z') },
    { status: 'DONE', leadTimeMinutes: expect.any(Number) },
  ),
  pullRequestOf('opened in the year 0', { openedAt: at('0000-06-01T00:00:00Z') }, NO_PULL_REQUEST_YEAR),
  pullRequestOf('merged at no time', { mergedAt: wild(Number.NaN) }, NO_PULL_REQUEST_YEAR),
  pullRequestOf(
    'merged before it was opened',
    { openedAt: wild(NOON + 1) },
    'it was merged before it was opened',
  ),
];

const INCIDENTS: readonly Case[] = [
  incidentOf('no title', { title: '' }, { title: expect.stringMatching(/^incident github-acme-shop-12-/u) }),
  incidentOf('a title of spaces', { title: ' \u2003\u00a0\t' }, { title: String.raw`\x09` }),
  incidentOf('a title of nothing to be seen', { title: '\u200b' }, { title: String.raw`\u200b` }),
  incidentOf('a title of 10,000 characters', { title: 't'.repeat(10_000) }, { title: `${'t'.repeat(499)}…` }),
  incidentOf(
    'a title of 10,000 halves',
    { title: '\ud83d'.repeat(10_000) },
    {
      title: `${'\u{fffd}'.repeat(499)}…`,
    },
  ),
  incidentOf('a secret in the title', { title: `leaked ${SECRET}!` }, { title: 'leaked ***!' }),
  incidentOf(
    'a secret at the cut of the title',
    { title: `${'t'.repeat(490)}${SECRET}` },
    {
      title: `${'t'.repeat(490)}***`,
    },
  ),
  incidentOf(
    'a component of 300 characters',
    { component: 'c'.repeat(300) },
    {
      component: `${'c'.repeat(254)}…`,
    },
  ),
  incidentOf(
    'a severity of 300 emoji',
    { severity: SMILE.repeat(300) },
    {
      severity: `${SMILE.repeat(254)}…`,
    },
  ),
  incidentOf(
    'a page of 255 characters',
    { url: `https://h/${'u'.repeat(245)}` },
    {
      url: `https://h/${'u'.repeat(245)}`,
    },
  ),
  incidentOf('a page of 256 characters', { url: `https://h/${'u'.repeat(246)}` }, { url: undefined }),
  incidentOf(
    'a page with a line break and a secret',
    { url: `https://h/\n?key=${SECRET}` },
    {
      url: String.raw`https://h/\x0a?key=***`,
    },
  ),
];

const PULL_REQUESTS: readonly Case[] = [
  pullRequestOf('a pull request without title', { title: '' }, { displayTitle: '#311' }),
  pullRequestOf(
    'a title of control characters',
    { title: 'a\0\u0085\u2028b' },
    {
      displayTitle: String.raw`a\x00\x85\u2028b`,
    },
  ),
  pullRequestOf(
    'a secret in title and branch',
    { title: SECRET, headBranch: `x/${SECRET}` },
    {
      displayTitle: '***',
      headRef: 'x/***',
    },
  ),
  pullRequestOf(
    'an author of 101 characters',
    { author: 'a'.repeat(101) },
    {
      authorName: `${'a'.repeat(99)}…`,
    },
  ),
  pullRequestOf('an author that is gone', { author: null }, { authorName: undefined }),
  pullRequestOf('a merge of 64 digits', { mergeCommit: sha('c', 64) }, { mergeCommitSha: undefined }),
  pullRequestOf(
    'a branch of 300 characters',
    { headBranch: '/'.repeat(300) },
    {
      headRef: `${'/'.repeat(254)}…`,
    },
  ),
  pullRequestOf('a page of 256 characters of a pull request', { url: 'u'.repeat(256) }, { url: undefined }),
  pullRequestOf(
    'the number of the last pull request there can be',
    { number: 2 ** 24 - 1 },
    {
      pullRequestKey: expect.toSatisfy((key: unknown) => Number.isSafeInteger(key)),
    },
  ),
];

const CASES = [
  ...[REVISIONS, COMMITS, ENVIRONMENTS, NAMES, IDS],
  ...[DATES, INCIDENTS, PULL_REQUESTS],
].flat();

const PROJECT: DevlakeProject = {
  name: 'global',
  webhook: { kind: 'connection', id: '1' },
  connections: [],
  owns: null,
  tokenVariables: ['DEVLAKE_WEBHOOK_TOKEN'],
};

const NOTHING_SENT: Deliveries = { entries: new Map(), rows: async function* () {} };

/** What would act on a terminal, a table or a browser. */
// eslint-disable-next-line no-control-regex -- finding them is the point
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\ud800-\udfff]/u;

describe.each(['mysql', 'postgres'] as const)(
  `${String(CASES.length)} hostile rows are sent validly, or not at all and with a reason (%s)`,
  (dialect) => {
    let lake: DevLake;
    beforeAll(async () => {
      lake = await startDevLake({ dialect });
    });
    afterAll(async () => {
      await lake.close();
    });

    it.each(CASES)('$name', async ({ fact, address = ADDRESS, then }) => {
      const addresses = new Map([[fact.repository, address]]);
      const frame = {
        project: PROJECT,
        environment: 'production',
        since: null,
        mask: (text: string) => mask(text, [SECRET]),
      };
      const plan = devlakePlan({ facts: [fact], addresses }, NOTHING_SENT, frame);
      if (typeof then === 'string') {
        expect(plan.refused).toEqual([{ fact, reason: then }]);
        expect(plan.ids.size).toBe(0);
        return;
      }
      expect(plan.refused).toEqual([]);
      const before = lake.requests.length;
      let sent = 0;
      for await (const { to, body } of plan.rows()) {
        const absent = Object.fromEntries(Object.keys(then).map((field) => [field, undefined]));
        expect({ ...absent, ...body }).toMatchObject(then);
        expect(await client(lake).deliver(to, JSON.stringify(body))).toEqual({ kind: 'stored' });
        sent += 1;
      }
      expect(sent).toBe(1);
      expect(lake.requests.slice(before).map(({ status, stored }) => ({ status, stored }))).toEqual([
        { status: 200, stored: true },
      ]);
      expect(lake.warnings).toEqual([]);
      const [text] = lake.requests.slice(before).map(({ body }) => body);
      expect(text).not.toContain(SECRET);
      const strings = stringsIn(JSON.parse(text ?? ''));
      expect(strings.filter((one) => UNPRINTABLE.test(one))).toEqual([]);
    });
  },
);

it('are fifty at the least, each with a name of its own', () => {
  expect(CASES.length).toBeGreaterThanOrEqual(50);
  expect(new Set(CASES.map(({ name }) => name)).size).toBe(CASES.length);
});

it('keep the commits of a repository whose name every object has', async () => {
  for (const address of ['constructor', 'toString']) {
    const [one] = CASES.filter(({ name }) => name === `a repository called ${address}`);
    if (one === undefined) throw new Error('no such case');
    const facts = { facts: [one.fact], addresses: new Map([[one.fact.repository, address]]) };
    const plan = devlakePlan(facts, NOTHING_SENT, {
      project: PROJECT,
      environment: 'production',
      since: null,
      mask: (text) => text,
    });
    for await (const { commits } of plan.rows())
      expect(commits).toEqual({ [address]: `${sha('1')}${sha('2')}` });
  }
});

function client(lake: DevLake): DevlakeClient {
  const options = { token: KEY, timeoutMs: 30_000, retryForMs: 0, lanes: 1, version: '0.0.0' };
  return new DevlakeClient(
    { baseUrl: `${lake.url}/rest`, ...options },
    { http, clock: new FastClock(), beforeRequest: () => Promise.resolve() },
  );
}

function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsIn) : [];
}
